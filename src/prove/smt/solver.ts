import { digestText } from '../../kernel/digest.ts';
import type { Json } from '../../kernel/json.ts';
import type { Term } from '../../value/term.ts';
import type { Condition } from '../obligations.ts';
import type { Query } from './query.ts';
import { textOf } from './texts.ts';

/** What a solver says of the assertions of a text; of what has a solution, values of the variables as SMT-LIB writes them. */
export type SolverAnswer = {
  /** The steps that it took. */
  readonly taken: number;
} & (
  | { readonly kind: 'unsat' }
  | { readonly kind: 'sat'; readonly model: ReadonlyMap<string, string> }
  | { readonly kind: 'unknown' }
);

/** A solver of SMT-LIB 2.6, which `connect/` implements. The same text and the same budget give the same answer, everywhere. */
export interface Solver {
  /**
   * Whether the assertions of a text have a solution. `steps` bounds the work; where it does not suffice, nothing is known.
   * @throws where the solver cannot be asked: no answer is not an answer.
   */
  solve(text: string, steps: number): Promise<SolverAnswer>;
}

/** Questions for one workflow. */
const MAX_QUERIES = 100;
/** Of the steps that the store allows, one question may take this part. Most take less than a hundredth of that. */
const QUERY_SHARE = 100;
/** And all questions of one workflow this part: where some do not end, the rest need not be waited for. */
const WORKFLOW_SHARE = 10;

/** Asks about one workflow: each question once, within the budget. */
export class Inquiry {
  private readonly solver: Solver | undefined;
  private readonly steps: number;
  private left: number;
  private readonly answers = new Map<string, SolverAnswer>();
  /** Digests of the questions on whose answers something rests. */
  private readonly used = new Set<string>();

  /** @param rlimit `limits.rlimit` of `store.yaml`. */
  constructor(solver: Solver | undefined, rlimit: number) {
    this.solver = solver;
    this.steps = Math.floor(rlimit / QUERY_SHARE);
    this.left = Math.floor(rlimit / WORKFLOW_SHARE);
  }

  /** How many questions were asked. */
  get asked(): number {
    return this.answers.size;
  }

  /** The digests of the questions on whose answers what was proved rests, in order. */
  queries(): readonly string[] {
    return [...this.used].toSorted();
  }

  /** Whether no run takes any of the paths that the conditions are of. */
  async areImpossible(conditions: Iterable<Condition>): Promise<boolean> {
    const grounds: string[] = [];
    for (const condition of conditions) {
      const ground = await this.impossibleOf(condition);
      if (ground === undefined) return false;
      grounds.push(ground);
    }
    for (const text of grounds) this.used.add(digestText(text));
    return true;
  }

  private async impossibleOf(condition: Condition): Promise<string | undefined> {
    for (const text of condition) if ((await this.ask(text)).kind === 'unsat') return text;
    return undefined;
  }

  /** Values with which all questions about a path have a solution; `undefined` where that is not known. */
  async valuesFor(queries: readonly Query[]): Promise<Values | undefined> {
    const values: Values = { values: new Map(), lengths: new Map() };
    for (const { text, variables } of queries) {
      const answer = await this.ask(text);
      if (answer.kind !== 'sat') return undefined;
      for (const [name, { term, of }] of variables) {
        const value = jsonOf(answer.model.get(name));
        if (value === undefined) continue;
        if (of === 'value') values.values.set(term, value);
        else if (typeof value === 'number') values.lengths.set(term, value);
      }
    }
    return values;
  }

  private async ask(text: string): Promise<SolverAnswer> {
    const known = this.answers.get(text);
    if (known !== undefined) return known;
    const steps = Math.min(this.steps, this.left);
    if (this.solver === undefined || steps <= 0 || this.answers.size >= MAX_QUERIES)
      return { kind: 'unknown', taken: 0 };
    const answer = await this.solver.solve(text, steps);
    this.left -= answer.taken;
    this.answers.set(text, answer);
    return answer;
  }
}

/** What terms may stand for, and how long their texts may be. */
export interface Values {
  readonly values: Map<Term, Json>;
  readonly lengths: Map<Term, number>;
}

/** The JSON that a value of a model stands for; `undefined` where it is none. */
function jsonOf(written: string | undefined): Json | undefined {
  if (written === undefined) return undefined;
  if (written === 'true' || written === 'false') return written === 'true';
  if (written.startsWith('"')) {
    const text = textOf(written);
    return text === undefined || /[\uD800-\uDFFF]/u.test(text) ? undefined : text;
  }
  const number = numberOf(written);
  return Number.isFinite(number) ? number : undefined;
}

/** Of `5`, `2.5`, `(/ 1.0 4.0)` and what has a minus before it. */
function numberOf(written: string): number {
  const [, negative] = /^\(- (.+)\)$/u.exec(written) ?? [];
  if (negative !== undefined) return -numberOf(negative);
  const [, above, below] = /^\(\/ ([^ ]+) ([^ ]+)\)$/u.exec(written) ?? [];
  if (above !== undefined && below !== undefined) return Number(above) / Number(below);
  return /^\d+(?:\.\d+)?$/u.test(written) ? Number(written) : Number.NaN;
}
