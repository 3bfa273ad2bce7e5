import { encodeLine } from '../kernel/encode.ts';
import type { Place } from '../kernel/place.ts';
import type { Style } from './style.ts';

/** How much of a line is shown, and how much of it before the place. */
const WINDOW = 100;
const BEFORE = 60;

/** The line of a place with carets under it; nothing where the line is empty. */
export function excerptOf(source: string, place: Place, style: Style): readonly string[] {
  // A tab is as wide as the terminal pleases; an arrow is one column, and can be seen.
  const line = source.split('\n')[place.line - 1]?.replace(/\r$/u, '').replaceAll('\t', '→');
  if (line === undefined || line.trim() === '') return [];
  const at = Math.min(place.column - 1, line.length);
  const from = line.length <= WINDOW ? 0 : wholeFrom(line, Math.max(0, at - BEFORE));
  const to = Math.min(line.length, from + WINDOW);
  const end = Math.min(endOf(place, line), to);
  const lead = from > 0 ? '…' : '';
  // Of a whole, so that nothing comes together that the encoder keeps apart; carets count in what it wrote out.
  const upTo = (stop: number): string => `${lead}${encodeLine(line.slice(from, stop), WINDOW * 10)}`;
  const text = `${upTo(to)}${to < line.length ? '…' : ''}`;
  const before = widthOf(upTo(at));
  const gutter = String(place.line);
  const space = ' '.repeat(gutter.length);
  const carets = `${' '.repeat(before)}${style.bad('^'.repeat(Math.max(1, widthOf(upTo(end)) - before)))}`;
  return [
    style.dim(`    ${space} |`),
    `    ${style.dim(`${gutter} |`)} ${text}`,
    `    ${style.dim(`${space} |`)} ${carets}`,
  ];
}

/** What goes on over several lines is marked to the end of the first. */
function endOf(place: Place, line: string): number {
  if (place.end === undefined) return place.column;
  return place.end.line === place.line ? place.end.column - 1 : line.trimEnd().length;
}

/** Never between the halves of a surrogate pair. */
function wholeFrom(line: string, from: number): number {
  return /[\udc00-\udfff]/u.test(line.charAt(from)) ? from - 1 : from;
}

/**
 * Characters that take two columns of a terminal, by their blocks (UAX #11, "East Asian Width"); emoji do as well. A fixed
 * table: it only places carets.
 */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/gu;

function widthOf(text: string): number {
  // Surrogate pairs are one character.
  const characters = text.length - (text.match(/[\ud800-\udbff](?=[\udc00-\udfff])/g)?.length ?? 0);
  return characters + (text.match(WIDE)?.length ?? 0);
}
