/**
 * Characters that a reader cannot see or that reorder what a reader sees: default-ignorable and format characters, line
 * and paragraph separators, blank fillers, variation selectors, tags, private use and noncharacters. A fixed table,
 * because `\p{…}` follows the Unicode version of the Node that runs, and a verdict must not.
 * Unicode 16, DerivedCoreProperties (Default_Ignorable_Code_Point), UAX #9 (explicit directional formatting).
 */
const HIDDEN =
  '\\u00ad\\u034f\\u061c\\u070f\\u08e2\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f' +
  '\\u2800\\u3164\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff' +
  '\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}\\u{f0000}-\\u{10ffff}';

/** A fresh expression that matches one hidden character; `flags` must hold `u`. */
export function hiddenCharacter(flags: 'u' | 'gu'): RegExp {
  return new RegExp(`[${HIDDEN}]`, flags);
}

/** Source of a character class body: hidden, control and lone surrogate characters. */
export const UNPRINTABLE = `\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff${HIDDEN}`;
