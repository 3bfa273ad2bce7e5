import type { Program } from '../flow/model.ts';
import { assert } from '../kernel/result.ts';
import { joinMarks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Effect, Outcome, Reply } from './effect.ts';
import { RAISED, type Steps, STOPPED } from './signal.ts';
import { type Options, State } from './state.ts';
import { workflow } from './tasks.ts';

export type { Observer } from './observe.ts';
export type { Options } from './state.ts';

/**
 * Runs a workflow: the only implementation of what one means. It yields what it wants of the world and is resumed with the
 * answers; everything else is a function of them. `input` must have passed `ingress` and carries its labels.
 *
 * Errors of the workflow are outcomes. A reply that does not fit its effect is the driver's defect and throws.
 */
export function* execute(program: Program, input: Value, options: Options): Generator<Effect, Outcome, Reply> {
  return yield* toEnd(new State(program, input, options));
}

function* toEnd(run: State): Steps<Outcome> {
  const { program } = run.frame;
  const signal = yield* workflow(run, program);
  if (signal === STOPPED) return run.stopped();
  if (signal === RAISED) {
    const { name, names, value: error, at, cause, why } = run.raised();
    const explicit = cause !== 'failure';
    if (explicit) {
      // Which error it is, and so its name and place, is seen along with its data.
      const control = joinMarks(run.regions.control(), error.label.control);
      const reply = yield { kind: 'raise', at, value: error, control };
      if (reply.kind === 'refused') return { kind: 'refused', at, action: 'raise', refusals: reply.refusals };
      assert(reply.kind === 'granted', 'a raise is granted or refused');
    }
    return { kind: 'error', name, ...(names === undefined ? {} : { names }), error, at, explicit, why };
  }
  const at = run.at('');
  // Whether it returns or raises depends on every decision that reaches so far.
  const control = run.regions.control();
  run.leave(program.exit);
  const value = run.data;
  const reply = yield { kind: 'return', at, value, control };
  if (reply.kind === 'refused') return { kind: 'refused', at, action: 'return', refusals: reply.refusals };
  assert(reply.kind === 'granted', 'a return is granted or refused');
  return { kind: 'output', value };
}
