import { writesIn } from '../flow/graph.ts';
import { END } from '../flow/model.ts';
import { assert } from '../kernel/result.ts';
import { arrayValue, controlledDeep } from '../value/concrete.ts';
import { BOTTOM, joinMarks, type Marks, NO_MARKS } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { At } from './effect.ts';
import type { Failure } from './errors.ts';
import { foldContext } from './fold.ts';
import { controlOf, decidingDeep } from './labels.ts';
import { type BranchContext, mergeContexts } from './merge.ts';
import { DONE, RAISED, type StepOf, type Steps, STOPPED } from './signal.ts';
import type { RunList, State } from './state.ts';

interface EndedBranch extends BranchContext {
  readonly name: string;
  readonly data: Value;
  readonly written: Set<string> | 'all';
  readonly time: number;
  readonly timeMarks: Marks;
  readonly failure: Failure | undefined;
}

/**
 * The branches run one after another on virtual time that starts anew for each, apart from each other: none sees what a
 * sibling exports or is approved. All of them run to their end, since in a real engine all would have begun; only a
 * failure that nothing would see ends the run at once.
 */
export function* fork(run: State, step: StepOf<'fork'>, list: RunList): Steps {
  const { frame } = run;
  const { context: before, written: writtenBefore } = frame;
  const at = run.at(step.at);
  const input = run.data;
  const { now: begun, marks: begunMarks } = run.clock;
  const outerTrail = run.trail;
  run.trail = NO_MARKS;
  const isSeen = step.compete || frame.flow.failure(step.finish) !== undefined;
  const approvals = frame.approvals.fork();
  const ended: EndedBranch[] = [];
  let escaped = NO_MARKS;
  for (const [i, branch] of step.branches.entries()) {
    run.clock.now = begun;
    run.clock.marks = begunMarks;
    run.data = input;
    run.setContext(before);
    frame.written = new Set();
    approvals.branch();
    for (const bounds of step.callBounds.slice(i + 1)) run.intents.expect(bounds);
    run.apart += 1;
    const signal = yield* list(run, branch);
    run.apart -= 1;
    run.intents.expectLess(step.callBounds.length - i - 1);
    const isOver =
      signal === STOPPED || signal === END || (signal === RAISED && run.raised().cause !== 'raise' && !isSeen);
    if (isOver) {
      run.trail = joinMarks(outerTrail, run.trail);
      return signal;
    }
    escaped = joinMarks(escaped, run.leave(branch.end));
    ended.push({
      name: branch.steps[0]?.name ?? '',
      data: run.data,
      context: frame.context,
      written: frame.written,
      writes: writesIn(branch).context,
      time: run.clock.now,
      timeMarks: run.clock.marks,
      failure: run.failure,
    });
    run.failure = undefined;
  }
  approvals.join();
  const finished = ended.filter((branch) => branch.failure === undefined);
  run.clock.now = Math.max(begun, ...ended.map(({ time }) => time));
  for (const { timeMarks } of ended) run.clock.marks = joinMarks(run.clock.marks, timeMarks);
  run.setContext(before);
  run.decided(step.finish, escaped);
  if (finished.length < ended.length && (!step.compete || finished.length === 0)) {
    frame.written = writtenBefore;
    run.trail = joinMarks(outerTrail, run.trail);
    const first = ended.find(({ failure }) => failure !== undefined)?.failure;
    assert(first !== undefined, 'a branch that did not finish failed');
    return run.raise(first);
  }
  if (step.compete) {
    yield* race(run, at, ended, finished, before, escaped);
  } else {
    const outputs = run.bounded(
      arrayValue(
        ended.map(({ data }) => data),
        BOTTOM,
      ),
      at,
    );
    const context = run.bounded(mergeContexts(before, ended), at);
    if (outputs === undefined || context === undefined) return STOPPED;
    run.data = outputs;
    run.setContext(context);
  }
  frame.written = ended.map(({ written }) => written).reduce(bothWritten, writtenBefore);
  run.trail = joinMarks(outerTrail, run.trail);
  return DONE;
}

/** Whoever is fastest was decided by everything that happened in any branch (FORMATS, "Races"). */
function* race(
  run: State,
  at: At,
  ended: readonly EndedBranch[],
  finished: readonly EndedBranch[],
  before: Value,
  escaped: Marks,
): Steps<void> {
  let winner = finished[0];
  if (finished.length > 1) {
    const reply = yield { kind: 'race', at, branches: finished.map(({ name }) => name) };
    assert(reply.kind === 'winner', 'a race is answered with its winner');
    winner = finished.find(({ name }) => name === reply.branch);
  }
  assert(winner !== undefined, 'the winner of a race is a branch that finished');
  let marks = joinMarks(run.trail, escaped);
  for (const { data, context } of ended) marks = joinMarks(marks, joinMarks(decidingDeep(data), controlOf(context)));
  run.trail = marks;
  run.data = controlledDeep(winner.data, marks);
  let { context } = winner;
  for (const { writes } of ended) context = foldContext(context, writes, marks, before);
  run.setContext(context);
  run.clock.now = winner.time;
  run.clock.marks = joinMarks(run.clock.marks, marks);
}

function bothWritten(a: Set<string> | 'all', b: Set<string> | 'all'): Set<string> | 'all' {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}
