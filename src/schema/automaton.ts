import { type CodeSet, has } from './codepoints.ts';
import { type Alphabet, alphabetOf, type Program } from './program.ts';

/** What the characters around a position are, as far as assertions ask: nothing, a word character or another. */
const EDGE = 0;
const WORD = 1;
const OTHER = 2;

/** Whether a text that leads to this state has matched for good, can still match, or never will. */
type State = {
  /** Steps to resume at, ascending; those of a match that has happened need no going on. */
  readonly kernel: readonly number[];
  readonly previous: number;
  readonly matched: boolean;
  readonly next: Int32Array;
  atEnd: boolean | undefined;
};

const UNKNOWN = -1;
/** A deterministic automaton is thrown away and begun anew beyond this many table cells. */
const MAX_CELLS = 200_000;
const MAX_KERNELS = 500_000;
/** A text that makes the automaton begin anew so often seldom comes to a state twice: it is followed without one. */
const MAX_RESETS = 2;

/**
 * The deterministic automaton of "somewhere in the text there is a match", made on demand. States are numbers; a state
 * is forgotten when {@link Search.reset} is called or, between texts, when the table grows too large.
 */
export class Search {
  readonly alphabet: Alphabet;
  private readonly program: Program;
  private readonly anchored: boolean;
  private states: State[] = [];
  private readonly numbers = new Map<string, number>();
  private cells = 0;
  private kernels = 0;
  /** Steps followed so far, for those who bound it. */
  work = 0;
  // Marks of the closure in progress: a step is in it when its mark is the current generation.
  private readonly marks: Int32Array;
  private generation = 0;
  /** Of each step that consumes a character: per letter, whether it takes it. */
  private readonly takes: readonly (Uint8Array | undefined)[];

  constructor(program: Program, alphabet: Alphabet = alphabetOf([program])) {
    this.program = program;
    this.alphabet = alphabet;
    this.marks = new Int32Array(program.steps.length);
    const rows = new Map<CodeSet, Uint8Array>();
    this.takes = program.steps.map((step) => {
      if (step.op !== 'set') return undefined;
      const row = rows.get(step.set) ?? Uint8Array.from(alphabet.representatives, (it) => (has(step.set, it) ? 1 : 0));
      rows.set(step.set, row);
      return row;
    });
    this.anchored = [WORD, OTHER].every((previous) =>
      [EDGE, WORD, OTHER].every((following) => {
        const { steps, matched } = this.closure([program.start], previous, following);
        return !matched && steps.length === 0;
      }),
    );
    this.reset();
  }

  get start(): number {
    return 0;
  }

  get size(): number {
    return this.states.length;
  }

  reset(): void {
    this.states = [];
    this.numbers.clear();
    this.cells = 0;
    this.kernels = 0;
    this.intern([this.program.start], EDGE, false);
  }

  /** Whether every continuation of a text that leads to `state` matches. */
  isMatched(state: number): boolean {
    return this.states[state]?.matched === true;
  }

  /** Whether no continuation of a text that leads to `state` matches. */
  isDead(state: number): boolean {
    const it = this.states[state];
    return it !== undefined && !it.matched && it.kernel.length === 0;
  }

  /** Whether a text that leads to `state` and ends there matches. */
  accepts(state: number): boolean {
    const it = this.states[state];
    if (it === undefined) return false;
    it.atEnd ??= it.matched || this.closure(it.kernel, it.previous, EDGE).matched;
    return it.atEnd;
  }

  step(state: number, letter: number): number {
    const from = this.states[state];
    if (from === undefined) return state;
    const known = from.next[letter] ?? UNKNOWN;
    if (known !== UNKNOWN) return known;
    const to = this.next(from, letter);
    from.next[letter] = to;
    return to;
  }

  /** Whether there is a match anywhere in `text`; time linear in its length. */
  test(text: string): boolean {
    let state = this.start;
    let resets = 0;
    for (let i = 0; i < text.length; i += 1) {
      const codePoint = text.codePointAt(i) ?? 0;
      if (codePoint > 0xffff) i += 1;
      state = this.step(state, this.alphabet.letterOf(codePoint));
      if (this.isMatched(state)) return true;
      if (this.isDead(state)) return false;
      if (this.cells > MAX_CELLS || this.kernels > MAX_KERNELS) {
        const here = this.states[state];
        this.reset();
        if (here === undefined) return false;
        resets += 1;
        if (resets > MAX_RESETS) return this.follow(here.kernel, here.previous, text, i + 1);
        state = this.intern(here.kernel, here.previous, here.matched);
      }
    }
    return this.accepts(state);
  }

  /** The same from a position on, without states: slower for a text that comes back to them, faster for one that does not. */
  private follow(kernel: readonly number[], previous: number, text: string, from: number): boolean {
    let here = kernel;
    let before = previous;
    for (let i = from; i < text.length; i += 1) {
      const codePoint = text.codePointAt(i) ?? 0;
      if (codePoint > 0xffff) i += 1;
      const moved = this.move(here, before, this.alphabet.letterOf(codePoint));
      if (moved === undefined) return true;
      if (moved.kernel.length === 0) return false;
      here = moved.kernel;
      before = moved.previous;
    }
    return this.closure(here, before, EDGE).matched;
  }

  private next(from: State, letter: number): number {
    const moved = from.matched ? undefined : this.move(from.kernel, from.previous, letter);
    if (moved === undefined) return this.intern([], EDGE, true);
    return this.intern(
      moved.kernel.toSorted((a, b) => a - b),
      moved.previous,
      false,
    );
  }

  /** Where a letter leads; `undefined` for a match before it. The steps are without repeats. */
  private move(
    from: readonly number[],
    previous: number,
    letter: number,
  ): { readonly kernel: readonly number[]; readonly previous: number } | undefined {
    const isWord = this.alphabet.isWord[letter] === true;
    const { steps, matched } = this.closure(from, previous, isWord ? WORD : OTHER);
    if (matched) return undefined;
    this.generation += 1;
    const kernel: number[] = [];
    const add = (index: number): void => {
      if (this.marks[index] === this.generation) return;
      this.marks[index] = this.generation;
      kernel.push(index);
    };
    for (const index of steps) {
      const step = this.program.steps[index];
      if (step?.op === 'set' && this.takes[index]?.[letter] === 1) add(step.next);
    }
    if (!this.anchored) add(this.program.start);
    return { kernel, previous: this.program.boundaries && isWord && kernel.length > 0 ? WORD : OTHER };
  }

  /** The steps that consume a character, reached from `kernel` between these two neighbours, and whether a match is. */
  private closure(
    kernel: readonly number[],
    previous: number,
    following: number,
  ): { readonly steps: readonly number[]; readonly matched: boolean } {
    this.generation += 1;
    const stack = [...kernel];
    const steps: number[] = [];
    let matched = false;
    while (stack.length > 0) {
      const index = stack.pop() ?? 0;
      if (this.marks[index] === this.generation) continue;
      this.marks[index] = this.generation;
      this.work += 1;
      const step = this.program.steps[index];
      if (step === undefined) continue;
      if (step.op === 'match') matched = true;
      else if (step.op === 'set') steps.push(index);
      else if (step.op === 'split') stack.push(step.next, step.other);
      else if (holds(step.at, previous, following)) stack.push(step.next);
    }
    return { steps, matched };
  }

  private intern(kernel: readonly number[], previous: number, matched: boolean): number {
    const key = `${matched ? 'm' : previous}:${kernel.join()}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.states.length;
      const next = new Int32Array(this.alphabet.size).fill(UNKNOWN);
      this.states.push({ kernel, previous, matched, next, atEnd: undefined });
      this.numbers.set(key, number);
      this.cells += this.alphabet.size;
      this.kernels += kernel.length;
    }
    return number;
  }
}

function holds(at: 'start' | 'end' | 'word' | 'not-word', previous: number, following: number): boolean {
  switch (at) {
    case 'start':
      return previous === EDGE;
    case 'end':
      return following === EDGE;
    case 'word':
      return (previous === WORD) !== (following === WORD);
    case 'not-word':
      return (previous === WORD) === (following === WORD);
  }
}
