import { UNPRINTABLE } from './characters.ts';
import { brief } from './text.ts';

/**
 * Encoders for text that an attacker may have written: names, messages, replies, values of a store. What they return
 * stands for the text and does nothing else where it is shown.
 */

const CONTROLS = new RegExp(`[${UNPRINTABLE}]`, 'gu');

/**
 * One line for a terminal or a log: no line break, control sequence, invisible or reordering character (shown as
 * `\u{202e}`), and nothing that a GitHub runner takes for a command: a line that begins with `::`, or `##[` anywhere.
 * At most `length` UTF-16 code units.
 */
export function encodeLine(text: string, length: number): string {
  // Bounded before the work as well as after it: the encoding can be eight times as long.
  const visible = brief(text, length + 1)
    .replace(CONTROLS, escape)
    .replace(/^:|:(?=:)/gu, escape)
    .replace(/#(?=#)/gu, escape);
  return cut(visible, length);
}

/**
 * Text for a cell or a sentence of GitHub-flavoured Markdown, as inline code: every character that could be markup is a
 * numeric entity, and inside `<code>` GitHub makes no mention, issue, commit or address into a link. At most `length`
 * characters are shown.
 */
export function encodeMarkdown(text: string, length: number): string {
  const shown = cut(brief(text, length + 1).replace(CONTROLS, escape), length);
  return `<code>${shown.replace(/[^A-Za-z0-9 \u00a1-\u{10ffff}]/gu, entity)}</code>`;
}

/**
 * Text for a quoted label of a Mermaid diagram: every character that could be syntax of Mermaid, Markdown or HTML is one of
 * Mermaid's numeric entities, which are resolved after all of that has been read. At most `length` characters are shown.
 */
export function encodeMermaid(text: string, length: number): string {
  const shown = cut(brief(text, length + 1).replace(CONTROLS, escape), length);
  return shown.replace(/[^A-Za-z0-9 \u00a1-\u{10ffff}]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function entity(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`;
}

/** Cuts at a whole character or escape. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, Math.max(0, length - 1)).replace(/(?:\\(?:u(?:\{[0-9a-f]*)?)?|[\ud800-\udbff])$/, '');
  return `${kept}…`;
}
