import type { Program } from '../../flow/model.ts';
import { expressionsOf, programsOf, stepsOf } from '../../flow/walk.ts';
import { nodesOf } from '../../expression/tree.ts';

/** What a workflow itself compares with: where its behaviour may change. */
export interface Hints {
  /** Milliseconds of its time limits, ascending. */
  readonly limits: readonly number[];
  readonly numbers: readonly number[];
  readonly words: readonly string[];
}

const known = new WeakMap<Program, Hints>();

/** The time limits, numbers and texts that stand in a workflow and in those that it runs. */
export function hintsOf(program: Program): Hints {
  let found = known.get(program);
  if (found === undefined) {
    const nodes = expressionsOf(program).flatMap(({ root }) => nodesOf(root));
    found = {
      limits: unique(limitsOf(program)).toSorted((a, b) => a - b),
      numbers: unique(
        nodes.flatMap((node) => (node.kind === 'literal' && node.value.kind === 'number' ? [node.value.value] : [])),
      ),
      words: unique(
        nodes.flatMap((node) => (node.kind === 'literal' && node.value.kind === 'string' ? [node.value.value] : [])),
      ),
    };
    known.set(program, found);
  }
  return found;
}

function limitsOf(program: Program): readonly number[] {
  const steps = stepsOf(program).flatMap((step) => [
    step.timeout,
    ...(step.kind === 'call' && step.call.kind === 'tool' ? [step.call.timeout] : []),
    ...(step.kind === 'try' ? [step.catch.retry?.attemptDuration, step.catch.retry?.totalDuration] : []),
  ]);
  return [...programsOf(program).map(({ timeout }) => timeout), ...steps].filter((limit) => limit !== undefined);
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
