import { assert, unreachable } from '../kernel/result.ts';
import { type CodeSet, has, MAX_CODE_POINT, rangesOf, SURROGATES, WORD } from './codepoints.ts';
import type { Assertion, Regex } from './regex.ts';

/** One step of a nondeterministic program; `next` and `other` are indices of steps. */
export type Step =
  | { readonly op: 'match' }
  | { readonly op: 'set'; readonly set: CodeSet; readonly next: number }
  | { readonly op: 'assert'; readonly at: Assertion; readonly next: number }
  | { readonly op: 'split'; readonly next: number; readonly other: number };

/** A regular expression as Thompson's program. */
export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  /** Whether any step asks for a word boundary: only then does the kind of the previous character matter. */
  readonly boundaries: boolean;
}

/** Writes counted repetitions out, so the size is that which `parseRegex` has bounded. */
export function programOf(regex: Regex): Program {
  const steps: Step[] = [{ op: 'match' }];
  let boundaries = false;

  function add(step: Step): number {
    steps.push(step);
    return steps.length - 1;
  }

  /** The entry of a fragment that runs `node` and goes on at `next`; built from the back, so every target is known. */
  function before(node: Regex, next: number): number {
    switch (node.kind) {
      case 'set':
        return add({ op: 'set', set: node.set, next });
      case 'assert':
        boundaries ||= node.at === 'word' || node.at === 'not-word';
        return add({ op: 'assert', at: node.at, next });
      case 'sequence':
        return node.items.reduceRight((after, item) => before(item, after), next);
      case 'choice':
        return node.items
          .map((item) => before(item, next))
          .reduceRight((other, entry) => add({ op: 'split', next: entry, other }));
      case 'repeat':
        return repeated(node, next);
      default:
        return unreachable(node);
    }
  }

  function repeated(node: Extract<Regex, { kind: 'repeat' }>, next: number): number {
    let entry = next;
    if (node.max === Infinity) {
      const loop = add({ op: 'match' });
      steps[loop] = { op: 'split', next: before(node.body, loop), other: next };
      entry = loop;
    } else {
      for (let i = node.min; i < node.max; i += 1) {
        entry = add({ op: 'split', next: before(node.body, entry), other: next });
      }
    }
    for (let i = 0; i < node.min; i += 1) entry = before(node.body, entry);
    return entry;
  }

  const start = before(regex, 0);
  return { steps, start, boundaries };
}

/** A partition of the code points that no set of some programs splits: what one letter of an automaton is. */
export interface Alphabet {
  readonly size: number;
  /** One code point of each letter, the most readable one that it has. */
  readonly representatives: readonly number[];
  /** Whether the letter holds word characters; a letter never mixes them with others. */
  readonly isWord: readonly boolean[];
  /** Letters that hold surrogates only: no text of Unicode scalar values has one. */
  readonly isSurrogate: readonly boolean[];
  letterOf(codePoint: number): number;
  /** The ranges of a letter, for picking members. */
  members(letter: number): CodeSet;
}

/** The coarsest alphabet over which every set of `programs` is a set of letters. */
export function alphabetOf(programs: readonly Program[]): Alphabet {
  const sets = distinctSets(programs);
  const starts = [
    ...new Set([0, ...[...sets].flatMap((set) => [...rangesOf(set)].flatMap(([low, high]) => [low, high + 1]))]),
  ]
    .filter((start) => start <= MAX_CODE_POINT)
    .toSorted((a, b) => a - b);
  const letters = new Int32Array(starts.length);
  const byMembership = new Map<string, number>();
  const ranges: number[][] = [];
  const cursors = sets.map(() => 0);
  for (const [i, start] of starts.entries()) {
    let membership = '';
    for (const [s, set] of sets.entries()) {
      let cursor = cursors[s] ?? 0;
      while (cursor < set.length && (set[cursor + 1] ?? 0) < start) cursor += 2;
      cursors[s] = cursor;
      membership += cursor < set.length && (set[cursor] ?? 0) <= start ? '1' : '0';
    }
    let letter = byMembership.get(membership);
    if (letter === undefined) {
      letter = ranges.length;
      byMembership.set(membership, letter);
      ranges.push([]);
    }
    letters[i] = letter;
    ranges[letter]?.push(start, (starts[i + 1] ?? MAX_CODE_POINT + 1) - 1);
  }
  const representatives = ranges.map(representative);
  const ascii = Int32Array.from({ length: 128 }, (_, codePoint) => letters[intervalOf(starts, codePoint)] ?? 0);
  return {
    size: ranges.length,
    representatives,
    isWord: representatives.map((codePoint) => has(WORD, codePoint)),
    isSurrogate: representatives.map((codePoint) => has(SURROGATES, codePoint)),
    letterOf: (codePoint) => (codePoint < 128 ? ascii[codePoint] : letters[intervalOf(starts, codePoint)]) ?? 0,
    members: (letter) => ranges[letter] ?? [],
  };
}

function distinctSets(programs: readonly Program[]): readonly CodeSet[] {
  const sets = new Map<string, CodeSet>([
    ['surrogates', SURROGATES],
    ['word', WORD],
  ]);
  const seen = new Set<CodeSet>();
  for (const program of programs) {
    for (const step of program.steps) {
      if (step.op !== 'set' || seen.has(step.set)) continue;
      seen.add(step.set);
      sets.set(step.set.join(), step.set);
    }
  }
  return [...sets.values()];
}

function intervalOf(starts: readonly number[], codePoint: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Readable before rare: a letter, a digit, then printable ASCII, then whatever there is.
const PREFERRED: readonly (readonly [number, number])[] = [
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0x30, 0x39],
  [0x20, 0x7e],
  [0xa1, 0x17f],
];

function representative(ranges: CodeSet): number {
  for (const [low, high] of PREFERRED) {
    for (const [from, to] of rangesOf(ranges)) {
      if (from <= high && to >= low) return Math.max(from, low);
    }
  }
  const first = ranges[0];
  assert(first !== undefined, 'a letter has a member');
  return first;
}
