/**
 * A set of Unicode code points: flat inclusive ranges `[low, high, low, high, …]`, ascending, disjoint and not adjacent,
 * so that equal sets are equal arrays.
 */
export type CodeSet = readonly number[];

export const MAX_CODE_POINT = 0x10ffff;
export const EVERY_CODE_POINT: CodeSet = [0, MAX_CODE_POINT];
/** What a text of Unicode scalar values never holds. */
export const SURROGATES: CodeSet = [0xd800, 0xdfff];

/** The set of any ranges `[low, high]`, in any order, overlapping or not. */
export function codeSet(ranges: Iterable<readonly [number, number]>): CodeSet {
  const sorted = [...ranges].toSorted((a, b) => a[0] - b[0]);
  const flat: number[] = [];
  for (const [low, high] of sorted) {
    const last = flat.at(-1);
    if (last !== undefined && low <= last + 1) flat[flat.length - 1] = Math.max(last, high);
    else flat.push(low, high);
  }
  return flat;
}

export function* rangesOf(set: CodeSet): Generator<readonly [number, number]> {
  for (let i = 0; i < set.length; i += 2) yield [set[i] ?? 0, set[i + 1] ?? 0];
}

export function union(...sets: readonly CodeSet[]): CodeSet {
  return codeSet(sets.flatMap((set) => [...rangesOf(set)]));
}

export function complement(set: CodeSet): CodeSet {
  const flat: number[] = [];
  let next = 0;
  for (const [low, high] of rangesOf(set)) {
    if (low > next) flat.push(next, low - 1);
    next = high + 1;
  }
  if (next <= MAX_CODE_POINT) flat.push(next, MAX_CODE_POINT);
  return flat;
}

export function has(set: CodeSet, codePoint: number): boolean {
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[2 * middle + 1] ?? 0) < codePoint) low = middle + 1;
    else high = middle;
  }
  return (set[2 * low] ?? MAX_CODE_POINT + 1) <= codePoint;
}

// ECMA-262, CharacterClassEscape and the pattern character `.`, without the flags i and s.
export const DIGITS: CodeSet = [0x30, 0x39];
export const WORD: CodeSet = codeSet([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]);
export const LINE_TERMINATORS: CodeSet = codeSet([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]);
export const SPACES: CodeSet = codeSet([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);
