import type { Json } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type {
  ApproveEffect,
  CallEffect,
  Effect,
  EndEffect,
  InferEffect,
  Outcome,
  RaceEffect,
  Reply,
} from '../machine/effect.ts';
import type { ScriptedReply } from '../store/model.ts';
import type { Start } from './drive.ts';
import { RunLog } from './log.ts';
import type { Asking, Gate, Run } from './model.ts';
import { toReply } from './reply.ts';

/** The real outside of a run. Every failure of it is an answer; what rejects ends the run and comes out of {@link executeLive}. */
export interface Outside {
  call(effect: CallEffect): Promise<ScriptedReply>;
  infer(effect: InferEffect): Promise<ScriptedReply>;
  approve(effect: ApproveEffect): Promise<ScriptedReply>;
  /** Resolves when that much time has passed, or when `until` is aborted. */
  wait(milliseconds: number, until?: AbortSignal): Promise<void>;
  /** Milliseconds from any fixed moment, never going back. */
  now(): number;
}

/** Told of everything as it happens. */
export interface Watcher {
  asking(effect: Asking): void;
  answered(effect: Asking, reply: ScriptedReply): void;
}

/**
 * The real driver: runs a workflow against the outside, the gate deciding about every effect before it happens; the first
 * refusal ends the run. Effects happen one at a time, in the machine's order. The run's world, given to the concrete driver,
 * gives the same run again: it says how long each reply took.
 */
export async function executeLive(
  start: Start,
  input: Json,
  outside: Outside,
  gate: Gate,
  watcher?: Watcher,
): Promise<Run> {
  const log = new RunLog(input);
  const machine = start(log.observer);

  const refusalOf = (effect: Asking | EndEffect): Extract<Reply, { kind: 'refused' }> | undefined => {
    const verdict = gate(effect);
    log.decide(effect, verdict);
    return verdict.allowed ? undefined : { kind: 'refused', refusals: verdict.refusals };
  };

  const ask = async (effect: Asking): Promise<Reply> => {
    const refusal = refusalOf(effect);
    if (refusal !== undefined) return refusal;
    watcher?.asking(effect);
    const began = outside.now();
    log.call(effect);
    const heard = await inTime(outside, effect);
    const took = Math.max(0, Math.round(outside.now() - began));
    // However the clocks round: nobody waited for an answer any longer.
    const elapsed = heard === undefined ? Math.max(took, (effect.within ?? 0) + 1) : took;
    const answered = heard ?? UNHEARD;
    const reply = elapsed === 0 ? answered : { ...answered, elapsed };
    log.reply(effect, reply);
    watcher?.answered(effect, reply);
    return toReply(reply);
  };

  const answer = async (effect: Effect): Promise<Reply> => {
    switch (effect.kind) {
      case 'call':
      case 'infer':
      case 'approve':
        return ask(effect);
      case 'wait':
        await outside.wait(effect.milliseconds);
        return { kind: 'waited' };
      case 'jitter':
        return { kind: 'jitter', fraction: log.fraction(effect.at) };
      case 'race': {
        const branch = winnerOf(effect);
        log.win(effect, branch);
        return { kind: 'winner', branch };
      }
      case 'return':
      case 'raise':
        return refusalOf(effect) ?? { kind: 'granted' };
    }
  };

  let step: IteratorResult<Effect, Outcome> = machine.next();
  while (step.done !== true) step = machine.next(await answer(step.value));
  return log.finish(step.value);
}

/** Stands for an answer that came after a time limit had interrupted the waiting for it, or never. */
const UNHEARD: ScriptedReply = { kind: 'error', error: 'timeout', detail: 'no answer within the time limit' };

/** The answer; `undefined` where a time limit runs out first. The outside may then still be at work: its answer is not heard. */
async function inTime(outside: Outside, effect: Asking): Promise<ScriptedReply | undefined> {
  const { within } = effect;
  const answer = put(outside, effect);
  if (within === undefined) return answer;
  const answered = new AbortController();
  const tooLate = outside.wait(within, answered.signal).then(() => undefined);
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    answered.abort();
    answer.catch(() => undefined);
  }
}

async function put(outside: Outside, effect: Asking): Promise<ScriptedReply> {
  switch (effect.kind) {
    case 'call':
      return outside.call(effect);
    case 'infer':
      return outside.infer(effect);
    case 'approve':
      return outside.approve(effect);
  }
}

/** Branches run one after the other, so the first that finished won. */
function winnerOf({ branches }: RaceEffect): string {
  const [branch] = branches;
  assert(branch !== undefined, 'a race is won by one of its branches');
  return branch;
}
