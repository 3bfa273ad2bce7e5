import type { Json, JsonObject } from '../kernel/json.ts';
import type { At, CallEffect, Outcome } from '../machine/effect.ts';
import type { ScriptedReply, ToolId } from '../store/model.ts';

/** A world: everything that is not the workflow. Data only, so that a witness can hold it. */
export interface World {
  readonly input: Json;
  /** By task pointer, in order of execution. */
  readonly replies: ReadonlyMap<string, readonly ScriptedReply[]>;
  readonly choices: ReadonlyMap<string, Json>;
}

/** What invariants, goals and transcripts read (FORMATS, "Trace"); plain JSON so that the jq profile reads it. */
export interface Trace {
  readonly input: Json;
  readonly outcome: JsonObject;
  readonly calls: readonly JsonObject[];
  readonly infers: readonly JsonObject[];
  readonly approvals: readonly JsonObject[];
  readonly tasks: readonly string[];
}

/** One call as it happened, with what the law said of it. */
export interface CallRecord {
  readonly effect: CallEffect;
  readonly reply: ScriptedReply | undefined;
}

export interface Coverage {
  readonly tasks: ReadonlySet<string>;
  /** `<at of the switch>:<arm>`; also `<at>:caught`, `<at>:skipped`, and loop counts `<at>:0 | :1 | :many`. */
  readonly arms: ReadonlySet<string>;
}

/** A finished run. */
export interface Run {
  readonly outcome: Outcome;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly calls: readonly { readonly tool: ToolId; readonly at: At }[];
  /** The world as it was consumed: replaying it gives this run again. */
  readonly world: World;
}
