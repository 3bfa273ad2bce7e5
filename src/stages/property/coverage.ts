import { nodesOf } from '../../expression/tree.ts';
import type { Program } from '../../flow/model.ts';
import { ownExpressions, ownSteps } from '../../flow/walk.ts';
import { isArray, isObject, type Json } from '../../kernel/json.ts';
import { branchOf } from '../../simulate/log.ts';
import type { Coverage, Run } from '../../simulate/model.ts';
import { wordsOf } from '../../simulate/reply.ts';

/** Worlds that must bring nothing new before no more are tried: where all there is was reached, and where some was not. */
const QUIET = { complete: 60, incomplete: 150 };
/** Worlds that brought something new and are varied further. */
const KEPT = 40;

/** What a run can reach: tasks, arms, handlers, loop counts, and both ways of every `if` and `//`; of the workflow's own document. */
export function goalsOf(program: Program): readonly string[] {
  const steps = ownSteps(program).flatMap((step): readonly string[] => {
    const { at } = step;
    switch (step.kind) {
      case 'switch':
        return [at, ...step.arms.map(({ name }) => `${at}:${name}`)];
      case 'try':
        return [at, `${at}:caught`];
      case 'for':
        return step.in.kind === 'expression' ? [at, `${at}:0`, `${at}:1`, `${at}:many`] : [at];
      default:
        return step.if === undefined ? [at] : [at, `${at}:skipped`];
    }
  });
  const branches = ownExpressions(program).flatMap(({ at, expression }) =>
    nodesOf(expression.root)
      .filter(({ kind }) => kind === 'if' || kind === 'alternative')
      .flatMap(({ span }) => [branchOf(at, span.offset, true), branchOf(at, span.offset, false)]),
  );
  return [...steps, ...branches];
}

/**
 * What the runs so far have reached, and which worlds led to something new: those are varied further. Settled when nothing
 * new has come for long.
 */
export class Reached implements Coverage {
  readonly tasks = new Set<string>();
  readonly arms = new Set<string>();
  readonly branches = new Set<string>();
  /** Runs that reached something first, the latest last. */
  readonly kept: Run[] = [];
  private readonly endings = new Set<string>();
  private readonly shapes = new Set<string>();
  private readonly open: Set<string>;
  private readonly goals: number;
  private quiet = 0;
  private stopped = false;

  constructor(goals: readonly string[]) {
    this.open = new Set(goals);
    this.goals = this.open.size;
  }

  /** Whether trying more worlds promises nothing. */
  get settled(): boolean {
    return this.stopped || this.quiet >= (this.open.size === 0 ? QUIET.complete : QUIET.incomplete);
  }

  /** How many of the goals there are, and how many were reached. */
  get share(): { readonly goals: number; readonly reached: number } {
    return { goals: this.goals, reached: this.goals - this.open.size };
  }

  stop(): void {
    this.stopped = true;
  }

  /** What was reached before the first world. */
  know(coverage: Coverage): void {
    for (const one of [...coverage.tasks, ...coverage.arms, ...coverage.branches]) this.open.delete(one);
  }

  /** Enters a run, and says whether it reached anything first. */
  add(run: Run): boolean {
    const { ending, coverage } = run;
    const before = this.size();
    for (const [mine, theirs] of [
      [this.tasks, coverage.tasks],
      [this.arms, coverage.arms],
      [this.branches, coverage.branches],
    ] as const) {
      for (const one of theirs) {
        mine.add(one);
        this.open.delete(one);
      }
    }
    for (const shape of shapesOf(run)) this.shapes.add(shape);
    this.endings.add(`${ending.kind} ${ending.kind === 'error' ? ending.name : ''}`);
    const isNew = this.size() > before;
    this.quiet = isNew ? 0 : this.quiet + 1;
    if (isNew && this.kept.push(run) > KEPT) this.kept.shift();
    return isNew;
  }

  private size(): number {
    return this.tasks.size + this.arms.size + this.branches.size + this.endings.size + this.shapes.size;
  }
}

/** Of every list that came from outside, whether it had no item, one, or many. */
function shapesOf({ world }: Run): readonly string[] {
  const shapes: string[] = [];
  const visit = (json: Json, at: string): void => {
    if (isArray(json)) {
      shapes.push(`${at}:${json.length > 1 ? 'many' : json.length}`);
      for (const item of json) visit(item, `${at}/*`);
    } else if (isObject(json)) for (const [key, item] of Object.entries(json)) visit(item, `${at}/${key}`);
  };
  visit(world.input, '');
  for (const [at, replies] of world.replies) for (const reply of replies) visit(wordsOf(reply)?.json ?? null, at);
  return shapes;
}
