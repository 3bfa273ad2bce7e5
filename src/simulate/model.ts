import type { Json, JsonObject } from '../kernel/json.ts';
import type { ApproveEffect, At, CallEffect, EndEffect, InferEffect, Outcome, RaceEffect } from '../machine/effect.ts';
import type { Verdict } from '../policy/authority.ts';
import type { ScriptedReply, ToolId } from '../store/model.ts';
import type { Marks } from '../value/label.ts';

/** A world: everything that is not the workflow. Data only, so that a witness can hold it. */
export interface World {
  readonly input: Json;
  /** By task pointer, in order of execution. */
  readonly replies: ReadonlyMap<string, readonly ScriptedReply[]>;
  /** Which branch of a race wins, by task pointer. */
  readonly choices: ReadonlyMap<string, string>;
}

/** An effect that only the outside can answer. */
export type Asking = CallEffect | InferEffect | ApproveEffect;

/**
 * Whoever stands for the outside of a run. `nth` counts the replies already asked of the task at `effect.at`. No reply
 * stops the run.
 */
export interface Responder {
  reply(effect: Asking, nth: number): ScriptedReply | undefined;
  /** One of `effect.branches`; the first where absent. */
  choose(effect: RaceEffect): string | undefined;
}

/** What the law says of an effect before it happens. */
export type Gate = (effect: Asking | EndEffect) => Verdict;

/** What invariants, goals and transcripts read (FORMATS, "Trace"). */
export interface Trace {
  readonly input: Json;
  readonly outcome: JsonObject;
  readonly calls: readonly JsonObject[];
  readonly infers: readonly JsonObject[];
  readonly approvals: readonly JsonObject[];
  readonly tasks: readonly string[];
}

export interface Coverage {
  readonly tasks: ReadonlySet<string>;
  /** `<at>:<arm>` of a switch; `<at>:caught`, `<at>:skipped`; loop counts `<at>:0`, `<at>:1`, `<at>:many`. */
  readonly arms: ReadonlySet<string>;
  /** `<at of the expression>@<offset>:then` or `:else`, of every `if` and `//` inside expressions. */
  readonly branches: ReadonlySet<string>;
}

/** Whether only the outside can answer the effect; else it is an end that the law alone decides about. */
export function isAsking(effect: Asking | EndEffect): effect is Asking {
  return effect.kind !== 'return' && effect.kind !== 'raise';
}

/** Why a run stopped: an outcome of the workflow, or a task that nobody answered. */
export type Ending = Outcome | { readonly kind: 'no-reply'; readonly at: At; readonly effect: Asking };

/** One thing that happened, in order; `decided` is an index of {@link Run.decided}. */
export type Step =
  | { readonly kind: 'task'; readonly at: At }
  | { readonly kind: 'arm'; readonly at: At; readonly arm: string; readonly decision: Marks }
  | { readonly kind: 'effect'; readonly decided: number };

/** A finished run. */
export interface Run {
  readonly ending: Ending;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly steps: readonly Step[];
  /** Every effect that was put to the gate, in order, with its verdict. */
  readonly decided: readonly { readonly effect: Asking | EndEffect; readonly verdict: Verdict }[];
  /** The effects that were answered, by task, in order. */
  readonly asked: ReadonlyMap<string, readonly Asking[]>;
  /** The tools that were really called, in order. */
  readonly called: readonly ToolId[];
  /** The world as it was consumed: replaying it gives this run again. */
  readonly world: World;
}
