import { type CodeSet, rangesOf } from '../../schema/codepoints.ts';
import type { Pattern } from '../../schema/patterns.ts';
import { type Condition, parseRegex, type Regex } from '../../schema/regex.ts';

/**
 * Texts and languages in SMT-LIB 2.6 (theory of strings). Its characters end at 2FFFF, ours at 10FFFF: what begins at
 * {@link BLOCK} is one block that a language takes whole or not at all, and of which a solver then has more than any question
 * can tell apart. What splits the block is not expressed.
 */

const BLOCK = 0x20000;
const LAST = 0x2ffff;

export const EVERY_TEXT = 're.all';
export const NO_TEXT = 're.none';

/** The text as a literal; `undefined` for what holds characters of the block. */
export function literal(text: string): string | undefined {
  let written = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= BLOCK) return undefined;
    written += isPlain(code) ? (character === '"' ? '""' : character) : escape(code);
  }
  return `"${written}"`;
}

/** Printable ASCII stands for itself, but for the backslash that begins an escape. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code <= 0x7e && code !== 0x5c;
}

function escape(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** The text that a literal of a model stands for. */
export function textOf(written: string): string | undefined {
  if (!/^"(?:[^"]|"")*"$/u.test(written)) return undefined;
  return written
    .slice(1, -1)
    .replaceAll('""', '"')
    .replaceAll(/\\u(?:\{([0-9a-fA-F]{1,5})\}|([0-9a-fA-F]{4}))/gu, (_, braced?: string, four?: string) =>
      String.fromCodePoint(Number.parseInt(braced ?? four ?? '', 16)),
    );
}

export function exactly(text: string): string | undefined {
  const written = literal(text);
  return written === undefined ? undefined : `(str.to_re ${written})`;
}

/** Texts of so many characters. */
export function ofLength(least: number, most: number): string {
  if (most === Infinity) return least === 0 ? EVERY_TEXT : `(re.++ ((_ re.^ ${least}) re.allchar) re.all)`;
  return least > most ? NO_TEXT : `((_ re.loop ${least} ${most}) re.allchar)`;
}

/** The texts that hold a match; `undefined` for what is not expressed. */
export function languageOf({ source }: Pattern): string | undefined {
  const parsed = parseRegex(source);
  return parsed.ok ? conditionOf(parsed.value) : undefined;
}

function conditionOf({ all, none }: Condition<Regex>): string | undefined {
  const parts = [...all.map(searchOf), ...none.map((it) => negated(searchOf(it)))];
  return every(parts, (known) => nary('re.inter', known, EVERY_TEXT));
}

function negated(language: string | undefined): string | undefined {
  return language === undefined ? undefined : `(re.comp ${language})`;
}

/** Texts with a match of the expression somewhere: the two ends are looked for where an expression begins and ends alone. */
function searchOf(regex: Regex): string | undefined {
  if (regex.kind === 'choice')
    return every(regex.items.map(searchOf), (languages) => nary('re.union', languages, NO_TEXT));
  const items = regex.kind === 'sequence' ? regex.items : [regex];
  const isAt = (item: Regex | undefined, at: 'start' | 'end'): boolean => item?.kind === 'assert' && item.at === at;
  const from = isAt(items[0], 'start') ? 1 : 0;
  const to = items.length - (items.length > from && isAt(items.at(-1), 'end') ? 1 : 0);
  return every(items.slice(from, to).map(wholeOf), (languages) =>
    nary(
      're.++',
      [...(from === 0 ? [EVERY_TEXT] : []), ...languages, ...(to === items.length ? [EVERY_TEXT] : [])],
      EMPTY,
    ),
  );
}

const EMPTY = '(str.to_re "")';

/** Texts that match as a whole. */
function wholeOf(regex: Regex): string | undefined {
  switch (regex.kind) {
    case 'assert':
      return undefined;
    case 'set':
      return setOf(regex.set);
    case 'sequence':
      return every(regex.items.map(wholeOf), (languages) => nary('re.++', languages, EMPTY));
    case 'choice':
      return every(regex.items.map(wholeOf), (languages) => nary('re.union', languages, NO_TEXT));
    case 'repeat': {
      const body = wholeOf(regex.body);
      return body === undefined ? undefined : repeated(body, regex.min, regex.max);
    }
  }
}

function repeated(body: string, min: number, max: number): string {
  if (max === Infinity) {
    if (min === 0) return `(re.* ${body})`;
    return min === 1 ? `(re.+ ${body})` : `(re.++ ((_ re.^ ${min}) ${body}) (re.* ${body}))`;
  }
  return min === 0 && max === 1 ? `(re.opt ${body})` : `((_ re.loop ${min} ${max}) ${body})`;
}

function setOf(set: CodeSet): string | undefined {
  const ranges: string[] = [];
  let isAbove = false;
  for (const [low, high] of rangesOf(set)) {
    if (high >= BLOCK) {
      if (low > BLOCK || high < 0x10ffff) return undefined;
      isAbove = true;
    }
    ranges.push(range(low, Math.min(high, LAST)));
  }
  return isAbove && set.length === 2 && set[0] === 0 ? 're.allchar' : nary('re.union', ranges, NO_TEXT);
}

function range(low: number, high: number): string {
  return `(re.range "${character(low)}" "${character(high)}")`;
}

function character(code: number): string {
  return isPlain(code) ? (code === 0x22 ? '""' : String.fromCodePoint(code)) : escape(code);
}

/** All of the parts together, or nothing where one of them is not expressed. */
function every(parts: readonly (string | undefined)[], make: (known: readonly string[]) => string): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? make(known) : undefined;
}

/** An operator of any number of operands; `none` is what it is of none. */
export function nary(operator: string, operands: readonly string[], none: string): string {
  const [only] = operands;
  if (only === undefined) return none;
  return operands.length === 1 ? only : `(${operator} ${operands.join(' ')})`;
}
