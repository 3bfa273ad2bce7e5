import type { Json } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type { Effect, Outcome, Reply } from '../machine/effect.ts';
import type { Observer } from '../machine/run.ts';
import type { ScriptedReply, ToolId } from '../store/model.ts';
import type { Asking, Ending, Gate, Responder, Run } from './model.ts';
import { toReply } from './reply.ts';
import type { Recorded } from './trace.ts';
import { traceOf } from './trace.ts';

/** Starts the machine on a workflow; `observer` is told what the run reaches. */
export type Start = (observer: Observer) => Generator<Effect, Outcome, Reply>;

/**
 * The concrete driver: runs a workflow to its end with `responder` as the outside and `gate` as the law. Deterministic: no
 * clock, no I/O, and the same replies give the same run, byte for byte.
 */
export function drive(start: Start, input: Json, responder: Responder, gate: Gate): Run {
  const tasks: string[] = [];
  const arms = new Set<string>();
  const machine = start({ task: (at) => tasks.push(at), arm: (at, arm) => arms.add(`${at}:${arm}`) });
  const recorded: Recorded[] = [];
  const decided: Run['decided'][number][] = [];
  const called: ToolId[] = [];
  const replies = new Map<string, ScriptedReply[]>();
  const asked = new Map<string, Asking[]>();
  const choices = new Map<string, string>();

  const ask = (effect: Asking): Reply | undefined => {
    const verdict = gate(effect);
    decided.push({ effect, verdict });
    if (!verdict.allowed) return { kind: 'refused', refusals: verdict.refusals };
    const given = replies.get(effect.at) ?? [];
    const reply = responder.reply(effect, given.length);
    if (reply === undefined) return undefined;
    replies.set(effect.at, [...given, reply]);
    asked.set(effect.at, [...(asked.get(effect.at) ?? []), effect]);
    recorded.push({ effect, reply });
    if (effect.kind === 'call') called.push(effect.tool);
    return toReply(reply);
  };

  const answer = (effect: Effect): Reply | Ending => {
    switch (effect.kind) {
      case 'call':
      case 'infer':
      case 'approve':
        return ask(effect) ?? { kind: 'no-reply', at: effect.at, effect };
      case 'wait':
        return { kind: 'waited' };
      case 'jitter':
        return { kind: 'jitter', fraction: fractionOf(effect.at, recorded.length) };
      case 'race': {
        const branch = responder.choose(effect) ?? effect.branches[0];
        assert(branch !== undefined && effect.branches.includes(branch), 'a race is won by one of its branches');
        choices.set(effect.at, branch);
        return { kind: 'winner', branch };
      }
      case 'return':
      case 'raise': {
        const verdict = gate(effect);
        decided.push({ effect, verdict });
        return verdict.allowed ? { kind: 'granted' } : { kind: 'refused', refusals: verdict.refusals };
      }
    }
  };

  const runToEnd = (): Ending => {
    let step = machine.next();
    while (step.done !== true) {
      const reply = answer(step.value);
      if (reply.kind === 'no-reply') return reply;
      step = machine.next(reply as Reply);
    }
    return step.value;
  };

  const ending = runToEnd();
  let trace: Run['trace'] | undefined;
  return {
    ending,
    get trace() {
      return (trace ??= traceOf(input, ending, recorded, tasks));
    },
    coverage: { tasks: new Set(tasks), arms },
    decided,
    asked,
    called,
    world: { input, replies, choices },
  };
}

/** A fixed pseudo-random fraction for back-off jitter (FNV-1a over the place): reproducible without a seed. */
export function fractionOf(at: string, nth: number): number {
  let hash = 0x811c9dc5;
  for (const unit of `${at}#${nth}`) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
