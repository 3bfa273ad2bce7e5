import type { Json } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type { Effect, Outcome, Reply } from '../machine/effect.ts';
import type { Observer } from '../machine/run.ts';
import { RunLog } from './log.ts';
import type { Asking, Ending, Gate, Responder, Run } from './model.ts';
import { fits, toReply } from './reply.ts';

type NoReply = Extract<Ending, { readonly kind: 'no-reply' }>;

/** Starts the machine on a workflow; `observer` is told what the run reaches. */
export type Start = (observer: Observer) => Generator<Effect, Outcome, Reply>;

/**
 * The concrete driver: runs a workflow to its end with `responder` as the outside and `gate` as the law. Deterministic: no
 * clock, no I/O, and the same replies give the same run, byte for byte.
 */
export function drive(start: Start, input: Json, responder: Responder, gate: Gate): Run {
  const log = new RunLog(input);
  const machine = start(log.observer);

  const ask = (effect: Asking): Reply | NoReply => {
    const verdict = gate(effect);
    log.decide(effect, verdict);
    if (!verdict.allowed) return { kind: 'refused', refusals: verdict.refusals };
    const reply = responder.reply(effect, log.repliesTo(effect.at));
    // A reply of another kind is none: no model answers like a tool.
    if (reply === undefined || !fits(effect.kind, reply)) return { kind: 'no-reply', at: effect.at, effect };
    log.call(effect);
    log.reply(effect, reply);
    return toReply(reply);
  };

  const answer = (effect: Effect): Reply | NoReply => {
    switch (effect.kind) {
      case 'call':
      case 'infer':
      case 'approve':
        return ask(effect);
      case 'wait':
        return { kind: 'waited' };
      case 'jitter':
        return { kind: 'jitter', fraction: log.fraction(effect.at) };
      case 'race': {
        const branch = responder.choose(effect) ?? effect.branches[0];
        assert(branch !== undefined && effect.branches.includes(branch), 'a race is won by one of its branches');
        log.win(effect, branch);
        return { kind: 'winner', branch };
      }
      case 'return':
      case 'raise': {
        const verdict = gate(effect);
        log.decide(effect, verdict);
        return verdict.allowed ? { kind: 'granted' } : { kind: 'refused', refusals: verdict.refusals };
      }
    }
  };

  let step = machine.next();
  while (step.done !== true) {
    const reply = answer(step.value);
    if (reply.kind === 'no-reply') return log.finish(reply);
    step = machine.next(reply);
  }
  return log.finish(step.value);
}
