import type { Json, JsonObject } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { Locate, ToolId, WorkflowName } from '../store/model.ts';

/** The strict profile of the Open Workflow Specification 1.0.3, as data with positions (DESIGN 4). */

/** Source of a jq-profile expression, without `${ }`; `at` is the pointer of the string that holds it. */
export interface Source {
  readonly kind: 'expression';
  readonly source: string;
  readonly at: Pointer;
  /** Where the source starts inside the string (after `${`), in UTF-16 code units, for carets. */
  readonly offset: number;
}

/** A JSON value in which whole strings `${ … }` are expressions. */
export type Template =
  | Source
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string; readonly at: Pointer }
  | { readonly kind: 'array'; readonly items: readonly Template[]; readonly at: Pointer }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Template>; readonly at: Pointer };

/** Where a task goes when it is done: the next task, out of its list, the end of the workflow, or a named task of its list. */
export type Then =
  | { readonly kind: 'continue' }
  | { readonly kind: 'exit' }
  | { readonly kind: 'end' }
  | { readonly kind: 'task'; readonly name: string };

/** Milliseconds. */
export type Duration = number;

export interface DataFlow {
  readonly input?: { readonly schema?: JsonObject; readonly from?: Template };
  readonly output?: { readonly schema?: JsonObject; readonly as?: Template };
}

export interface TaskBase extends DataFlow {
  readonly name: string;
  /** `/do/0/read`: the pointer of the task's definition. */
  readonly at: Pointer;
  readonly if?: Source;
  readonly export?: { readonly schema?: JsonObject; readonly as?: Template };
  readonly timeout?: Duration;
  readonly then: Then;
}

export type TaskList = readonly Task[];

export interface Retry {
  readonly when?: Source;
  readonly exceptWhen?: Source;
  readonly delay: Duration;
  readonly backoff:
    | { readonly kind: 'constant' }
    | { readonly kind: 'linear'; readonly increment: Duration }
    | { readonly kind: 'exponential'; readonly multiplier: number; readonly max?: Duration };
  readonly jitter?: { readonly from: Duration; readonly to: Duration };
  /** Attempts in all, the first included. */
  readonly count?: number;
  readonly attemptDuration?: Duration;
  readonly totalDuration?: Duration;
}

/**
 * An error as `raise` gives it: literal type and status. `name` is what a contract lists: the key in `use.errors`, and for
 * an inline error the last segment of its type (FORMATS, contract.yaml).
 */
export interface ErrorDefinition {
  readonly name: string;
  readonly type: string;
  readonly status: number;
  readonly title?: Template;
  readonly detail?: Template;
  readonly instance?: Template;
}

export type Call =
  | {
      readonly kind: 'tool';
      readonly tool: ToolId;
      readonly server: string;
      readonly arguments: Template;
      readonly timeout?: Duration;
    }
  | { readonly kind: 'infer'; readonly instructions: string; readonly data: Template; readonly schema: JsonObject }
  | { readonly kind: 'approve'; readonly tool: ToolId; readonly arguments: Template; readonly otherwise: string };

export type Task = TaskBase &
  (
    | { readonly kind: 'do'; readonly do: TaskList }
    | { readonly kind: 'set'; readonly set: Template }
    | {
        readonly kind: 'switch';
        readonly arms: readonly {
          readonly name: string;
          readonly at: Pointer;
          readonly when?: Source;
          readonly then: Then;
        }[];
      }
    | {
        readonly kind: 'for';
        readonly each: string;
        readonly in: Template;
        readonly index: string;
        readonly while?: Source;
        readonly do: TaskList;
      }
    | { readonly kind: 'fork'; readonly branches: TaskList; readonly compete: boolean }
    | {
        readonly kind: 'try';
        readonly try: TaskList;
        readonly catch: {
          readonly at: Pointer;
          /** Property filter: each given member of the error must be equal. */
          readonly errors?: {
            readonly type?: string;
            readonly status?: number;
            readonly instance?: string;
            readonly title?: string;
            readonly detail?: string;
          };
          readonly as: string;
          readonly when?: Source;
          readonly exceptWhen?: Source;
          readonly retry?: Retry;
          readonly do?: TaskList;
          readonly then?: Then;
        };
      }
    | { readonly kind: 'raise'; readonly error: ErrorDefinition }
    | { readonly kind: 'wait'; readonly duration: Duration }
    | {
        readonly kind: 'call';
        readonly call: Call;
        /**
         * For a call of a function of `use.functions`: the arguments, evaluated where the task stands. They are checked
         * against `schema`, and are then what `.` means in the templates of `call`.
         */
        readonly with?: { readonly arguments: Template; readonly schema?: JsonObject };
      }
    | {
        readonly kind: 'run';
        readonly workflow: { readonly name: WorkflowName; readonly version: string };
        readonly argument?: Template;
      }
  );

/** One workflow, checked against the official schema and the profile. Expressions are still source text. */
export interface Workflow extends DataFlow {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly summary?: string;
  readonly timeout?: Duration;
  readonly do: TaskList;
  /** Error definitions of `use.errors`. */
  readonly errors: ReadonlyMap<string, ErrorDefinition>;
  readonly locate: Locate;
  readonly document: Json;
}
