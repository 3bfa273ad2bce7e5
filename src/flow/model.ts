import type { Expression } from '../expression/tree.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { Schema } from '../schema/compile.ts';
import type { Tool, ToolId, WorkflowName } from '../store/model.ts';
import type { Value } from '../value/value.ts';
import type { Retry, Workflow } from '../workflow/model.ts';

/**
 * A workflow ready to run: the task tree of `workflow/` with parsed expressions, compiled schemas and resolved jumps. A
 * compiled task is called a step. Every point that control passes has a node of the control-flow graph, so that the
 * machine can name it.
 */

/** A node of the control-flow graph of one program, counted from 0. */
export type Node = number;

/** A template in which everything that needs no evaluation is a value already. */
export type Code =
  | { readonly kind: 'constant'; readonly value: Value }
  /** `offset`: where the source starts in the string at `at`. */
  | {
      readonly kind: 'expression';
      readonly expression: Expression;
      readonly at: Pointer;
      readonly offset: number;
    }
  | { readonly kind: 'array'; readonly items: readonly Code[] }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, Code])[] };

export type ExpressionCode = Extract<Code, { kind: 'expression' }>;

/** Where control goes when a step is done: the index of a step in its list (its length: the end of the list), or the end. */
export type Target = number;
export const END: Target = -1;

/** What part of a run's state something may write. */
export interface Writes {
  /** Members of `$context`; `all`: any, and `$context` itself. */
  readonly context: ReadonlySet<string> | 'all';
  /** The data that flows from task to task. */
  readonly data: boolean;
  /** How much virtual time has passed. */
  readonly time: boolean;
  /** Variables that hold a caught error. */
  readonly errors: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();
export const NO_WRITES: Writes = { context: NOTHING, data: false, time: false, errors: NOTHING };

/**
 * What a decision controls: everything between the node at which it falls and the first node that is passed whichever way
 * it falls (Denning & Denning, "Certification of Programs for Secure Information Flow", 1977).
 */
export interface Region {
  /** The decision. */
  readonly from: Node;
  /** Its immediate post-dominator, where the decision no longer matters except through what was written. */
  readonly end: Node;
  /** What may be written inside, on any path. */
  readonly writes: Writes;
}

/** The regions of one program's decisions. */
export interface Flow {
  /** The region of a decision at `node`; `undefined` where control has only one way to go. */
  decision(node: Node): Region | undefined;
  /** The region of whether `node` fails; `undefined` where nothing would see the failure. */
  failure(node: Node): Region | undefined;
}

export interface Transform {
  readonly schema?: Schema;
  readonly code?: Code;
}

export interface StepList {
  readonly steps: readonly Step[];
  /** The node behind the last step. */
  readonly end: Node;
}

/** An error that the author defined, with a literal type and status. */
export interface ErrorCode {
  readonly name: string;
  readonly type: string;
  readonly status: number;
  readonly title?: Code;
  readonly detail?: Code;
  readonly instance?: Code;
}

export type CallCode =
  | {
      readonly kind: 'tool';
      readonly tool: Tool;
      readonly arguments: Code;
      readonly output?: Schema;
      readonly timeout?: number;
    }
  | {
      readonly kind: 'infer';
      readonly instructions: string;
      readonly data: Code;
      readonly json: JsonObject;
      readonly schema: Schema;
    }
  | { readonly kind: 'approve'; readonly tool: ToolId; readonly arguments: Code; readonly otherwise: ErrorCode };

export interface Catch {
  readonly node: Node;
  readonly at: Pointer;
  readonly errors?: {
    readonly type?: string;
    readonly status?: number;
    readonly instance?: string;
    readonly title?: string;
    readonly detail?: string;
  };
  readonly as: string;
  readonly when?: ExpressionCode;
  readonly exceptWhen?: ExpressionCode;
  readonly retry?: Omit<Retry, 'when' | 'exceptWhen'> & {
    readonly when?: ExpressionCode;
    readonly exceptWhen?: ExpressionCode;
  };
  readonly do?: StepList;
  readonly then?: Target;
  /** With `then`, a caught error passes through nodes of its own, since it goes elsewhere. */
  readonly finish: Node;
  readonly done: Node;
}

export interface StepBase {
  readonly name: string;
  readonly at: Pointer;
  readonly index: number;
  readonly if?: ExpressionCode;
  readonly input: Transform;
  readonly output: Transform;
  readonly export: Transform;
  readonly timeout?: number;
  readonly then: Target;
  /**
   * Before `if`; before it is decided; before the input is transformed; before the output is transformed; before control
   * moves on. Evaluating and deciding have nodes of their own, since a failure reaches further than a decision.
   */
  readonly enter: Node;
  readonly choice: Node;
  readonly start: Node;
  readonly finish: Node;
  readonly done: Node;
  /** What the end of the step writes. */
  readonly writes: Writes;
  /** At which of its own points an operation may fail, whatever its replies. */
  readonly partial: {
    readonly enter: boolean;
    readonly start: boolean;
    readonly finish: boolean;
    readonly inner: boolean;
  };
}

export type Step = StepBase &
  (
    | { readonly kind: 'do'; readonly do: StepList }
    | { readonly kind: 'set'; readonly set: Code }
    | {
        readonly kind: 'switch';
        readonly arms: readonly {
          readonly name: string;
          readonly when?: ExpressionCode;
          readonly then: Target;
          /** A later arm's condition may fail, so that this one also decides about that. */
          readonly spares: boolean;
        }[];
      }
    | {
        readonly kind: 'for';
        readonly each: string;
        /** The name of the variable that counts the iterations, `for.at`. */
        readonly counter: string;
        readonly in: Code;
        readonly while?: ExpressionCode;
        /** Before it is known whether there is another item; before `while`; before that is decided. */
        readonly head: Node;
        readonly test: Node;
        readonly turn: Node;
        readonly do: StepList;
      }
    | {
        readonly kind: 'fork';
        readonly branches: readonly StepList[];
        readonly compete: boolean;
        /** Per branch: upper bounds of the distinct intents per tool. */
        readonly callBounds: readonly ReadonlyMap<ToolId, number>[];
      }
    | { readonly kind: 'try'; readonly try: StepList; readonly catch: Catch }
    | { readonly kind: 'raise'; readonly error: ErrorCode }
    | { readonly kind: 'wait'; readonly milliseconds: number }
    | {
        readonly kind: 'call';
        readonly call: CallCode;
        /** The arguments of a function of `use.functions`, which `call` sees as its `.`. */
        readonly with?: { readonly code: Code; readonly schema?: Schema };
      }
    | { readonly kind: 'run'; readonly callee: Program; readonly argument?: Code }
  );

export interface Program {
  readonly name: WorkflowName;
  readonly version: string;
  readonly workflow: Workflow;
  readonly input: Transform;
  readonly output: Transform;
  readonly timeout?: number;
  readonly body: StepList;
  /** Before the input is transformed; before the output is; behind that. */
  readonly start: Node;
  readonly finish: Node;
  readonly done: Node;
  /** The node behind the workflow's end. */
  readonly exit: Node;
  readonly size: number;
  /** An explicit `raise` may leave the workflow. */
  readonly mayRaise: boolean;
  /** Predefined variables that some expression reads. */
  readonly reads: ReadonlySet<string>;
  /** What it counts, written out: its tasks, templates and expressions, with what `use` defines and the workflows that it runs wherever they stand. */
  readonly written: number;
  /** A part of the document as data, for `$workflow.definition` and `$task.definition`. */
  definition(at: Pointer): Value;
  /** Upper bounds of the distinct intents per tool of one run, callees included. */
  readonly callBounds: ReadonlyMap<ToolId, number>;
  /**
   * Regions of the decisions. `guarded`: the run stands inside a `try` of its caller, so that any failure of its own is
   * visible; otherwise a failure that nothing catches ends the run (the termination channel).
   */
  flow(guarded: boolean): Flow;
}
