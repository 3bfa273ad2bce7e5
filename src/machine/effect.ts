import type { Json, JsonObject } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { ToolId } from '../store/model.ts';
import type { Marks } from '../value/label.ts';
import type { Quantity } from '../expression/symbolic.ts';
import type { Label } from '../value/label.ts';
import type { Term } from '../value/term.ts';
import type { ObjectValue, Value } from '../value/value.ts';

/**
 * Where a task stands in a whole run: its pointer, and for a task of a callee the caller's pointer before a `#`
 * (`/do/3/run#/do/0/x`).
 */
export type At = string & { readonly __at: unique symbol };

/** A place in a run, from the prefix of a callee and a pointer in its document. */
export function atOf(prefix: string, pointer: string): At {
  return `${prefix}${pointer}` as At;
}

/**
 * What policies may know of the run so far (FORMATS, "Cedar request"). Inside a fork `calls` also counts what the siblings
 * may still do; `totals` holds what they did: whichever of them comes last sees the whole sum.
 */
export interface History {
  /** Distinct intents per tool before this call. */
  readonly calls: ReadonlyMap<ToolId, number>;
  /** Sums of the tool's `sum` arguments over the distinct intents before this call, by tool and pointer. */
  readonly totals: ReadonlyMap<ToolId, ReadonlyMap<Pointer, Quantity>>;
}

/** What an answer is waited for. */
interface Awaited {
  /** Virtual milliseconds until a time limit gives up waiting; absent where none is in force. An answer that takes longer is not heard. */
  readonly within?: number;
}

/** An idempotency key: equal keys are equal values. */
export type Key = Value;

/** A tool is about to be called. */
export interface CallEffect extends Awaited {
  readonly kind: 'call';
  readonly at: At;
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
  /** The decisions that this call depends on, its arguments' `control` joined. */
  readonly control: Marks;
  /** An earlier, unconsumed approval showed this tool and equal arguments; `approvers` are the distinct identities that gave one. */
  readonly approved: boolean;
  readonly approvers: readonly (string | Term)[];
  /**
   * 1 for the first attempt. Later ones are those of a retried `try`, and calls equal to one that failed, unless a person
   * approved them since.
   */
  readonly attempt: number;
  /** The tool declares an idempotency key and the call carries one. */
  readonly keyed: boolean;
  readonly history: History;
}

/** A model is about to be asked. */
export interface InferEffect extends Awaited {
  readonly kind: 'infer';
  readonly at: At;
  readonly instructions: string;
  readonly data: Value;
  readonly schema: JsonObject;
  readonly control: Marks;
}

/** A person is about to be asked about exactly one call. */
export interface ApproveEffect extends Awaited {
  readonly kind: 'approve';
  readonly at: At;
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
  readonly control: Marks;
}

/** Virtual time passes. */
export interface WaitEffect {
  readonly kind: 'wait';
  readonly at: At;
  readonly milliseconds: number;
}

/** Which of the branches that finished wins a race. */
export interface RaceEffect {
  readonly kind: 'race';
  readonly at: At;
  readonly branches: readonly string[];
}

/** A number in [0, 1) from the driver's seed, for jitter. */
export interface JitterEffect {
  readonly kind: 'jitter';
  readonly at: At;
}

/**
 * The workflow is about to end with data that its caller sees: a sink like any other. `raise` is an error in the author's
 * words, of a `raise` task or a declined approval; an uncaught failure carries no data out.
 */
export interface EndEffect {
  readonly kind: 'return' | 'raise';
  readonly at: At;
  readonly value: Value;
  readonly control: Marks;
}

export type Effect = CallEffect | InferEffect | ApproveEffect | WaitEffect | RaceEffect | JitterEffect | EndEffect;

/** Standard failures of a call. */
export type FailureName = 'runtime' | 'communication' | 'timeout' | 'validation' | 'authorization' | 'authentication';

/** Why the gate refused an effect: capability, tool schema or policy. */
export interface Refusal {
  readonly reason: 'capability' | 'where' | 'most' | 'total' | 'arguments' | 'policy' | 'policy-error';
  /** The policy's id, or what was breached. */
  readonly id: string;
  readonly detail: string;
}

/** What a driver answers. `elapsed` is virtual milliseconds. `result` of a call is the JSON-RPC result, unlabelled. */
export type Reply =
  | { readonly kind: 'result'; readonly result: JsonObject; readonly elapsed: number }
  /** Of a driver that explores: any result or value that may come, as it is seen inside, under the label that it then has. */
  | { readonly kind: 'unknown'; readonly value: (label: Label) => Value; readonly elapsed: number }
  /** The same of an approval, and of a failure in words that are not known. */
  | { readonly kind: 'unknown-approval'; readonly by: (label: Label) => Value; readonly elapsed: number }
  | { readonly kind: 'unknown-failure'; readonly errors: readonly FailureName[]; readonly elapsed: number }
  | { readonly kind: 'value'; readonly value: Json; readonly elapsed: number }
  | { readonly kind: 'approval'; readonly approved: boolean; readonly by: string; readonly elapsed: number }
  | { readonly kind: 'failure'; readonly error: FailureName; readonly detail: string; readonly elapsed: number }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'waited' }
  | { readonly kind: 'winner'; readonly branch: string }
  | { readonly kind: 'jitter'; readonly fraction: number }
  | { readonly kind: 'granted' };

/** How a run ended. */
export type Outcome =
  | { readonly kind: 'output'; readonly value: Value }
  /**
   * `explicit`: the author's own words, by a `raise` task or for a declined approval; else an uncaught failure, whose data
   * stays inside. `name` is the last segment of the type.
   */
  | {
      readonly kind: 'error';
      readonly name: string;
      /** Of a driver that explores, where it is not known: all that it may be. */
      readonly names?: readonly string[];
      readonly error: Value;
      readonly at: At;
      readonly explicit: boolean;
      /** What went wrong, for the author; never shown to whoever called. */
      readonly why: string;
    }
  | { readonly kind: 'refused'; readonly at: At; readonly action: string; readonly refusals: readonly Refusal[] }
  | {
      readonly kind: 'over-budget';
      readonly at: At;
      readonly budget: 'tasks' | 'calls' | 'infers' | 'time' | 'steps';
      readonly limit: number;
    };
