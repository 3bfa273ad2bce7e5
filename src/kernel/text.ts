import { type Finding, finding } from './finding.ts';
import { hiddenCharacter } from './characters.ts';
import type { Place } from './place.ts';
import { type Pointer, ROOT } from './pointer.ts';

/** Bounds on one document; every count is exact, so that a verdict never depends on the machine. */
export interface DocumentLimits {
  readonly bytes: number;
  /** Collections inside one another. */
  readonly depth: number;
  /** Scalars, collections and keys, aliases expanded. A value under long names counts as several: see {@link weightOf}. */
  readonly nodes: number;
  /** Anchors, and separately aliases. */
  readonly aliases: number;
  /** False: nobody will ask where a value stands. Default true. */
  readonly places?: boolean;
}

/** Characters of a pointer that count as one value. */
const POINTER = 256;

/**
 * What a value counts. Whoever walks a document keeps a pointer for each of its values, so that long names above many values
 * would cost the product of both.
 */
export function weightOf(pointer: string): number {
  return 1 + Math.floor(pointer.length / POINTER);
}

export const DOCUMENT_LIMITS: DocumentLimits = { bytes: 1 << 20, depth: 64, nodes: 20_000, aliases: 32 };

/** How many findings of one rule a document may have: enough to fix it, never a flood. */
export const PROBLEM_LIMIT = 50;

/** A file as text, with the places of its offsets. Offsets are UTF-16 code units. */
export interface TextSource {
  readonly file: string;
  readonly text: string;
  /** `end` is exclusive. */
  place(start: number, end?: number, pointer?: Pointer): Place;
}

/**
 * Decodes a file that people read and write: UTF-8 without a byte order mark, control or invisible characters. `source`
 * is absent where the bytes are no text at all.
 */
export function readText(
  file: string,
  bytes: Uint8Array,
  limits: Pick<DocumentLimits, 'bytes'> = DOCUMENT_LIMITS,
): { readonly source?: TextSource; readonly findings: readonly Finding[] } {
  const start: Place = { file, pointer: ROOT, line: 1, column: 1 };
  if (bytes.length > limits.bytes) {
    return { findings: [finding('structure/file-too-large', start, { bytes: bytes.length, limit: limits.bytes })] };
  }
  const text = decode(bytes);
  if (text === undefined) {
    const valid = validPrefix(bytes);
    const before = textSource(file, decode(bytes.subarray(0, valid)) ?? '');
    const place = before.place(before.text.length);
    return { findings: [finding('structure/invalid-text', place, { detail: `byte ${valid} is not UTF-8` })] };
  }
  const source = textSource(file, text);
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/u.exec(text);
  if (control !== null) {
    const detail = `control character ${codepoint(control[0])}`;
    return { findings: [finding('structure/invalid-text', source.place(control.index), { detail })] };
  }
  return { source, findings: hiddenCharacters(source) };
}

/** A text that is known to be good, with its places. */
export function textSource(file: string, text: string): TextSource {
  let lines: number[] | undefined;
  return {
    file,
    text,
    place(start, end, pointer = ROOT) {
      lines ??= lineStarts(text);
      const from = position(lines, start);
      const place = { file, pointer, line: from.line, column: from.column };
      return end === undefined || end <= start ? place : { ...place, end: position(lines, end) };
    },
  };
}

/** `U+202E` for the first character of `text`. */
export function codepoint(text: string): string {
  return `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** At most `length` UTF-16 code units of a text, never half a surrogate pair: what findings may quote of a store. */
export function brief(text: string, length = 120): string {
  if (text.length <= length) return text;
  const cut = /[\ud800-\udbff]/u.test(text.charAt(length - 2)) ? length - 2 : length - 1;
  return `${text.slice(0, cut)}…`;
}

/** Whether a string holds no lone surrogate, so that UTF-8 can hold it. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}

function hiddenCharacters(source: TextSource): Finding[] {
  const findings: Finding[] = [];
  for (const match of source.text.matchAll(hiddenCharacter('gu'))) {
    if (findings.length === PROBLEM_LIMIT) break;
    const place = source.place(match.index, match.index + match[0].length);
    findings.push(finding('structure/hidden-character', place, { codepoint: codepoint(match[0]) }));
  }
  return findings;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The length of the longest prefix that some valid UTF-8 begins with. */
function validPrefix(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (beginsValid(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  // A sequence that is only cut short is no error until it ends: step back to where it starts.
  while (low > 0 && decode(bytes.subarray(0, low)) === undefined) low -= 1;
  return low;
}

function beginsValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function position(lines: readonly number[], offset: number): { readonly line: number; readonly column: number } {
  const line = lastAtMost(lines, offset);
  return { line: line + 1, column: offset - (lines[line] ?? 0) + 1 };
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
