import { Search } from './automaton.ts';
import { has, rangesOf, type CodeSet } from './codepoints.ts';
import type { Pattern } from './patterns.ts';
import { type Alphabet, alphabetOf } from './program.ts';
import type { Condition } from './regex.ts';

/** The texts that match all of some patterns and none of others; lengths in code points. */
export interface Language {
  readonly all: readonly Pattern[];
  readonly none: readonly Pattern[];
  readonly minLength: number;
  /** `Infinity` where there is none. */
  readonly maxLength: number;
}

/** One pattern of a language: which searches it asks, by index, and whether a text is to match it. */
interface Part extends Condition<number> {
  readonly isWanted: boolean;
}

/** A source of numbers: `below(n)` is one of 0 … n-1. */
export interface Chance {
  below(n: number): number;
}

const MAX_STATES = 3000;
const MAX_TABLE = 2_000_000;
/** Steps of the automata of single patterns that are followed. */
const MAX_WORK = 10_000_000;
const NEVER = Number.MAX_SAFE_INTEGER;

// Tried as members of a letter before any other, in this order.
const READABLE = Array.from(
  'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 -_.,:/@#!?%&=+~\'"\\()[]{}<>*$^|;`éßñλж中日한😀\t\n\u00a0\u2028\0',
  (character) => character.codePointAt(0) ?? 0,
);

/**
 * The automaton of a language, explored from its start up to a cap; `isComplete` says whether all of it was. What an
 * incomplete one finds is true, what it does not find is unknown.
 */
export class Words {
  readonly isComplete: boolean;
  /** The work of exploring, for callers that count it. */
  cost = 0;
  private readonly language: Language;
  private readonly alphabet: Alphabet;
  /** Of each state: the following state per letter, -1 for unexplored or impossible. */
  private readonly next: Int32Array[] = [];
  private readonly accepting: boolean[] = [];
  /** The least number of characters to an accepted text; {@link NEVER} where none is known. */
  private readonly distance: number[] = [];
  private readonly samples: (readonly number[])[] = [];

  constructor(language: Language) {
    this.language = language;
    const patterns = [...language.all, ...language.none];
    const programs = patterns.flatMap(({ programs }) => [...programs.all, ...programs.none]);
    this.alphabet = alphabetOf(programs);
    const searches = programs.map((program) => new Search(program, this.alphabet));
    let next = 0;
    const take = (many: readonly unknown[]): readonly number[] => many.map(() => next++);
    const parts = patterns.map(({ programs }, i) => ({
      all: take(programs.all),
      none: take(programs.none),
      isWanted: i < language.all.length,
    }));
    this.isComplete = this.explore(searches, parts);
    this.measure();
  }

  /** Whether no text is in the language; `undefined` where the cap came first. */
  get isEmpty(): boolean | undefined {
    if (this.language.minLength > this.language.maxLength) return true;
    const found = this.isReachable();
    if (found === true) return false;
    return this.isComplete && found === false ? true : undefined;
  }

  /** A text of the language; `undefined` where none was found. Short unless `minLength` asks for more. */
  draw(chance: Chance): string | undefined {
    if (this.isComplete && this.distance[0] === NEVER) return undefined;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const text = this.walk(chance, attempt < 4 ? 2 + chance.below(chance.below(4) === 0 ? 60 : 10) : NEVER);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /**
   * The binary logarithm of how many texts there are, of at most `longest` characters; `Infinity` where there are longer
   * ones or the automaton is incomplete, `-Infinity` for none.
   */
  bits(longest: number): number {
    const { minLength, maxLength } = this.language;
    if (!this.isComplete) return Infinity;
    const sizes = Array.from({ length: this.alphabet.size }, (_, letter) =>
      Math.log2(sizeOf(this.alphabet.members(letter))),
    );
    let level = new Map([[0, 0]]);
    let total = -Infinity;
    for (let length = 0; level.size > 0 && length <= maxLength; length += 1) {
      if (length > longest || length * this.next.length * this.alphabet.size > MAX_TABLE * 10) return Infinity;
      const following = new Map<number, number>();
      for (const [state, bits] of level) {
        if (length >= minLength && this.accepting[state] === true) total = addBits(total, bits);
        for (const [letter, to] of (this.next[state] ?? []).entries()) {
          if (to < 0 || this.distance[to] === NEVER) continue;
          following.set(to, addBits(following.get(to) ?? -Infinity, bits + (sizes[letter] ?? 0)));
        }
      }
      level = following;
    }
    return total;
  }

  /** `wanted` is the length beyond which the shortest way to the end is taken. */
  private walk(chance: Chance, wanted: number): string | undefined {
    const { minLength, maxLength } = this.language;
    const limit = Math.min(maxLength, Math.max(minLength, 0) + 400);
    let text = '';
    let state = 0;
    for (let length = 0; ; length += 1) {
      const enough = length >= minLength;
      if (enough && this.accepting[state] === true) {
        const stops = length >= limit || length >= wanted || chance.below(wanted > 12 ? 20 : 3) === 0;
        if (stops) return text;
      }
      const letter = this.letter(chance, state, limit - length - 1, enough && length >= wanted);
      if (letter === undefined) return enough && this.accepting[state] === true ? text : undefined;
      text += String.fromCodePoint(this.character(chance, letter));
      state = this.next[state]?.[letter] ?? 0;
    }
  }

  /** A letter after which the rest fits into `room` characters; `hurries` takes one that comes nearer to the end. */
  private letter(chance: Chance, state: number, room: number, hurries: boolean): number | undefined {
    const row = this.next[state];
    if (row === undefined) return undefined;
    const best = this.distance[state] ?? NEVER;
    const fits = (letter: number): boolean => {
      const target = row[letter] ?? -1;
      const rest = target < 0 ? NEVER : (this.distance[target] ?? NEVER);
      return rest <= room && rest !== NEVER && (!hurries || rest < best || best === 0);
    };
    // A few blind picks before the whole row is looked at: most letters do.
    for (let i = 0; i < 4; i += 1) {
      const letter = chance.below(this.alphabet.size);
      if (fits(letter) && (this.isReadable(letter) || chance.below(6) === 0)) return letter;
    }
    const all = Array.from({ length: this.alphabet.size }, (_, letter) => letter).filter(fits);
    const readable = all.filter((letter) => this.isReadable(letter));
    const from = readable.length > 0 ? readable : all;
    return from[chance.below(Math.max(1, from.length))];
  }

  private isReadable(letter: number): boolean {
    const representative = this.alphabet.representatives[letter] ?? 0;
    return representative >= 0x20 && representative < 0x7f;
  }

  private character(chance: Chance, letter: number): number {
    const samples = (this.samples[letter] ??= this.sample(letter));
    const most = chance.below(4) === 0 ? samples.length : Math.min(samples.length, 26);
    return samples[chance.below(most)] ?? 0;
  }

  private sample(letter: number): readonly number[] {
    const members = this.alphabet.members(letter);
    const readable = READABLE.filter((codePoint) => has(members, codePoint));
    const ends = members.length > 40 ? [] : members.filter((codePoint) => !isSurrogate(codePoint));
    const samples = [...new Set([...readable, ...ends])];
    return samples.length > 0 ? samples : [firstScalar(members)];
  }

  private explore(searches: readonly Search[], parts: readonly Part[]): boolean {
    const accepts = (state: readonly number[], i: number): boolean => searches[i]?.accepts(state[i] ?? 0) === true;
    const isMatched = (state: readonly number[], i: number): boolean => searches[i]?.isMatched(state[i] ?? 0) === true;
    const isDead = (state: readonly number[], i: number): boolean => searches[i]?.isDead(state[i] ?? 0) === true;
    const isAccepting = (state: readonly number[]): boolean =>
      parts.every(
        ({ all, none, isWanted }) =>
          (all.every((i) => accepts(state, i)) && !none.some((i) => accepts(state, i))) === isWanted,
      );
    const isHopeless = (state: readonly number[]): boolean =>
      parts.some(({ all, none, isWanted }) =>
        isWanted
          ? all.some((i) => isDead(state, i)) || none.some((i) => isMatched(state, i))
          : all.every((i) => isMatched(state, i)) && none.every((i) => isDead(state, i)),
      );

    const numbers = new Map<string, number>();
    const states: (readonly number[])[] = [];
    const add = (state: readonly number[]): number => {
      const key = state.join();
      let number = numbers.get(key);
      if (number === undefined) {
        number = states.length;
        numbers.set(key, number);
        states.push(state);
        this.next.push(new Int32Array(this.alphabet.size).fill(-1));
        this.accepting.push(isAccepting(state));
      }
      return number;
    };
    add(searches.map((search) => search.start));
    for (let i = 0; i < states.length; i += 1) {
      const work = searches.reduce((sum, search) => sum + search.work, 0);
      this.cost = states.length * this.alphabet.size + work;
      if (states.length > MAX_STATES || states.length * this.alphabet.size > MAX_TABLE || work > MAX_WORK) return false;
      const from = states[i] ?? [];
      for (let letter = 0; letter < this.alphabet.size; letter += 1) {
        if (this.alphabet.isSurrogate[letter] === true) continue;
        const to = searches.map((search, s) => search.step(from[s] ?? 0, letter));
        const row = this.next[i];
        if (!isHopeless(to) && row !== undefined) row[letter] = add(to);
      }
    }
    return true;
  }

  private measure(): void {
    const before: number[][] = this.next.map(() => []);
    for (const [from, row] of this.next.entries()) {
      for (const to of new Set(row)) if (to >= 0) before[to]?.push(from);
    }
    this.distance.push(...this.accepting.map((accepts) => (accepts ? 0 : NEVER)));
    let wave = [...this.accepting.keys()].filter((state) => this.accepting[state]);
    for (let distance = 1; wave.length > 0; distance += 1) {
      const following: number[] = [];
      for (const state of wave) {
        for (const from of before[state] ?? []) {
          if (this.distance[from] !== NEVER) continue;
          this.distance[from] = distance;
          following.push(from);
        }
      }
      wave = following;
    }
  }

  /** Whether a text of an allowed length is accepted; `undefined` where telling would take too long. */
  private isReachable(): boolean | undefined {
    const { minLength, maxLength } = this.language;
    const shortest = this.distance[0] ?? NEVER;
    if (shortest === NEVER || shortest > maxLength) return false;
    if (shortest >= minLength) return true;
    // States after exactly `length` characters; beyond `minLength` only the nearest end counts.
    let level = new Set([0]);
    if (minLength * this.next.length * this.alphabet.size > MAX_TABLE * 10) return undefined;
    for (let length = 0; length < minLength; length += 1) {
      const following = new Set<number>();
      for (const state of level)
        for (const to of this.next[state] ?? []) if (to >= 0 && this.distance[to] !== NEVER) following.add(to);
      level = following;
      if (level.size === 0) return false;
    }
    return [...level].some((state) => minLength + (this.distance[state] ?? NEVER) <= maxLength);
  }
}

function sizeOf(set: CodeSet): number {
  let size = 0;
  for (const [low, high] of rangesOf(set)) size += high - low + 1;
  return size;
}

/** The logarithm of a sum. */
function addBits(a: number, b: number): number {
  const [less, more] = a < b ? [a, b] : [b, a];
  return less === -Infinity ? more : more + Math.log2(1 + 2 ** (less - more));
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

function firstScalar(set: CodeSet): number {
  const first = set[0] ?? 0;
  return isSurrogate(first) ? 0xe000 : first;
}
