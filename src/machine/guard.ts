import type { Catch, ExpressionCode, Node } from '../flow/model.ts';
import { assert } from '../kernel/result.ts';
import { either } from '../expression/symbolic.ts';
import { delayOf } from './backoff.ts';
import { wait } from './calls.ts';
import type { At } from './effect.ts';
import { type Failure, passesFilter } from './errors.ts';
import { ACCEPTED, DECLINED, DONE, RAISED, RETRY, type Signal, type StepOf, type Steps, STOPPED } from './signal.ts';
import { assign, type RunList, type State } from './state.ts';

export function* guard(run: State, step: StepOf<'try'>, list: RunList): Steps {
  const { catch: handler } = step;
  const at = run.at(step.at);
  const begun = run.clock.now;
  const outerAttempt = run.attempt;
  const outerLimits = run.clock.depth;
  const { variables } = run.frame;
  const held = run.hold();
  held.outer = [variables.get(handler.as), variables.get('task')];
  const depth = run.place.length;
  const done = (signal: Signal): Signal => {
    run.place.length = depth;
    run.release();
    return signal;
  };
  for (let count = 1; ; count += 1) {
    run.place[depth] = count;
    run.attempt = Math.max(outerAttempt, count);
    run.data = held.data;
    const limit =
      handler.retry?.attemptDuration === undefined ? undefined : run.clock.limit(handler.retry.attemptDuration);
    const signal = yield* list(run, step.try);
    if (limit !== undefined) run.expire(limit, signal, at);
    run.attempt = outerAttempt;
    run.handled = false;
    if (signal === DONE) run.leave(step.try.end);
    if (signal !== RAISED) return done(signal);
    // A time limit around this task interrupts it: it is not for this task to catch.
    if ((run.raised().limit ?? outerLimits) < outerLimits) return done(RAISED);

    run.data = held.data;
    variables.set('input', held.data);
    assign(variables, 'task', held.outer[1]);
    run.leave(handler.node);
    const failure = run.raised();
    variables.set(handler.as, failure.value);
    const answer = yield* handle(run, list, handler, failure, count, begun, at);
    if (answer === RETRY) {
      if (!run.work(at)) return done(STOPPED);
      continue;
    }
    assign(variables, handler.as, held.outer[0]);
    run.handled = answer === DONE;
    return done(answer);
  }
}

/** An error that reached a `catch`: whether it is caught, tried again, or handled. */
function* handle(
  run: State,
  list: RunList,
  handler: Catch,
  failure: Failure,
  count: number,
  begun: number,
  at: At,
): Steps {
  const caught = catches(run, handler, failure, at);
  if (caught < 0) return caught;
  if (caught === DECLINED) return run.raise(failure);
  run.failure = undefined;
  run.observer.arm(at, 'caught', run.regions.control());
  const { retry } = handler;
  if (retry !== undefined) {
    const again = yield* retries(run, handler, retry, count, begun, at);
    if (again !== DECLINED) return again;
    if (handler.do === undefined) return run.raise(failure);
  }
  if (handler.do === undefined) return DONE;
  const signal = yield* list(run, handler.do);
  if (signal === DONE) run.leave(handler.do.end);
  return signal;
}

function catches(run: State, handler: Catch, failure: Failure, at: At): Signal {
  if (handler.errors !== undefined) {
    const { passes, marks } = passesFilter(handler.errors, failure.value, run.equal);
    run.decided(handler.node, marks);
    if (!passes) return DECLINED;
  }
  const wanted = condition(run, handler.when, true, handler.node, at);
  if (wanted !== ACCEPTED) return wanted;
  return condition(run, handler.exceptWhen, false, handler.node, at);
}

function* retries(
  run: State,
  handler: Catch,
  retry: NonNullable<Catch['retry']>,
  count: number,
  begun: number,
  at: At,
): Steps {
  const { node } = handler;
  for (const [code, wanted] of [
    [retry.when, true],
    [retry.exceptWhen, false],
  ] as const) {
    const answer = condition(run, code, wanted, node, at);
    if (answer !== ACCEPTED) return answer;
  }
  if (retry.count !== undefined && count >= retry.count) return DECLINED;
  let fraction = 0;
  if (retry.jitter !== undefined) {
    const reply = yield { kind: 'jitter', at };
    assert(reply.kind === 'jitter' && reply.fraction >= 0 && reply.fraction < 1, 'jitter is a fraction');
    ({ fraction } = reply);
  }
  const delay = delayOf(retry, count, fraction);
  if (retry.totalDuration !== undefined) {
    run.decided(node, run.clock.marks);
    const isOver =
      run.unknown === undefined
        ? run.clock.now + delay - begun > retry.totalDuration
        : either(run.unknown, 'total duration');
    if (isOver) return DECLINED;
  }
  if (delay > 0) {
    const waited = yield* wait(run, delay, node, at);
    if (waited !== DONE) return waited;
  }
  return RETRY;
}

/** Whether an optional condition on `.` answers as `wanted`. */
function condition(run: State, code: ExpressionCode | undefined, wanted: boolean, node: Node, at: At): Signal {
  if (code === undefined) return ACCEPTED;
  const condition = run.evaluate(code, run.data, node, at);
  if (condition === undefined) return run.interrupted();
  return run.choose(condition, node) === wanted ? ACCEPTED : DECLINED;
}
