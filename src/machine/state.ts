import { ExpressionError } from '../expression/error.ts';
import { evaluate } from '../expression/evaluate.ts';
import { areEqual, either, truthOf } from '../expression/symbolic.ts';
import { type Symbols, Unexplored } from '../expression/symbols.ts';
import type { Node as ExpressionNode } from '../expression/tree.ts';
import type {
  Code,
  ErrorCode,
  ExpressionCode,
  Node,
  Program,
  Step,
  Target,
  Transform,
  StepList,
} from '../flow/model.ts';
import type { Flow } from '../flow/model.ts';
import { assert, unreachable } from '../kernel/result.ts';
import { firstError, type Schema } from '../schema/compile.ts';
import type { Budgets } from '../store/model.ts';
import {
  arrayValue,
  controlledDeep,
  isConcrete,
  isTruthy,
  lower,
  MAX_DEPTH,
  MAX_WEIGHT,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  symbolValue,
} from '../value/concrete.ts';
import {
  AUTHOR,
  BOTTOM,
  deciding,
  joinMarks,
  type Label,
  labelFrom,
  type Marks,
  NO_MARKS,
  withoutAuthor,
} from '../value/label.ts';
import type { Value } from '../value/value.ts';
import { Approvals } from './approvals.ts';
import { Clock } from './clock.ts';
import { type At, atOf, type Outcome, type Refusal } from './effect.ts';
import { type Failure, someStandardFailure, type StandardError, standardFailure, withControl } from './errors.ts';
import { foldContext } from './fold.ts';
import { Intents } from './intents.ts';
import { decidingDeep } from './labels.ts';
import { NOBODY, type Observer } from './observe.ts';
import { DONE, RAISED, type Signal, type Steps, STOPPED } from './signal.ts';
import { type Active, RegionStack } from './stack.ts';
import type { Held, Item } from './held.ts';

/**
 * Where a driver of unknown values may put paths together. Everything on which the rest of the run depends is in the
 * {@link State} then, what the tasks and constructs around have {@link Held} included.
 */
export interface Points {
  /** Control stands before a task of a list, outside of forks. */
  reach(run: State): void;
  /**
   * Before an iteration of a loop over a list that is not known (what is {@link Held} by the innermost construct), after `count`
   * others on this path: the next item, or `undefined` where the loop ends.
   */
  item(run: State, held: Held, count: number): Item | undefined;
  /** Whether a run may be within a budget although its count, an upper bound here, is not; absent where counts are exact. */
  isWithin?(): boolean;
}

export interface Options {
  readonly budgets: Budgets;
  readonly observer?: Observer;
  /** Of a driver whose values may be unknown: what it knows of them, and how it decides. */
  readonly symbols?: Symbols;
  /** Of a driver that puts paths together: told of the points at which it may. */
  readonly points?: Points;
  /** Bound of the work inside the machine: tasks, iterations, and steps of evaluating expressions. */
  readonly steps?: number;
}

const DEFAULT_STEPS = 2_000_000;

/** One workflow in progress: the whole run, or a callee. */
export interface Frame {
  readonly program: Program;
  readonly flow: Flow;
  /** Before the pointers of its tasks: `''`, or the caller's task and `#`. */
  readonly prefix: string;
  readonly variables: Map<string, Value>;
  readonly approvals: Approvals;
  context: Value;
  /** What tasks have exported since the frame, or the branch of a fork, began. */
  written: Set<string> | 'all';
}

export function frameOf(program: Program, flow: Flow, prefix: string, equal: State['equal']): Frame {
  return {
    program,
    flow,
    prefix,
    variables: new Map(),
    approvals: new Approvals(equal),
    context: NULL,
    written: new Set(),
  };
}

const NULL = nullValue(BOTTOM);
const NO_VALUES: readonly (Value | undefined)[] = [];

/**
 * What a run is while it runs, and what every task does to it: data flow, decisions and their regions, time, and the ways
 * to end. What the kinds of task mean stands beside this file.
 */
export class State {
  readonly budgets: Budgets;
  readonly observer: Observer;
  readonly decide: (condition: Value) => boolean;
  readonly equal: (a: Value, b: Value) => boolean;
  /** What the driver knows of values that are not known; absent for a concrete one. */
  readonly unknown: Symbols | undefined;
  readonly steps: number;
  readonly points: Points | undefined;

  /** Where control stands: of every list, loop and retry around, the node or the count that it is at. */
  readonly place: number[] = [];
  /** What the tasks and constructs around keep for later, from the outside. */
  readonly held: Held[] = [];
  /** The workflow and the callees around what runs now, `frame` included. */
  readonly frames: Frame[] = [];
  /** How many forks are around: a branch stands apart from what its siblings have done. */
  apart = 0;

  readonly regions = new RegionStack();
  readonly clock = new Clock();
  readonly intents: Intents;
  readonly environment: {
    input: Value;
    variables: ReadonlyMap<string, Value>;
    readonly decide: (condition: Value, node?: ExpressionNode) => boolean;
    readonly mayThrow: (marks: Marks) => void;
    readonly fuel: { steps: number };
    readonly symbols: Symbols | undefined;
  };
  tasks = 0;
  calls = 0;
  infers = 0;
  /** Which attempt of the innermost or any outer retried `try` this is. */
  attempt = 1;
  /** What decided, was replied or might have failed since the innermost race began. */
  trail: Marks = NO_MARKS;

  frame: Frame;
  /** What flows from task to task. */
  data: Value;
  /** The error on its way, with `RAISED`. */
  failure: Failure | undefined;
  /** With `STOPPED`. */
  outcome: Outcome | undefined;
  /** Where the expression in evaluation stands. */
  evaluating: At | undefined;
  /** What the evaluation in progress would reveal by failing. */
  thrown: Marks = NO_MARKS;
  /** Of the switch that was just decided: what the decision carries and where it leads. */
  chosen: { readonly marks: Marks; readonly then: Target | undefined } = { marks: NO_MARKS, then: undefined };
  /** The `try` that was just done handled an error. */
  handled = false;

  constructor(program: Program, input: Value, options: Options) {
    this.budgets = options.budgets;
    this.equal = (a, b) => areEqual(this.symbols, a, b);
    this.intents = new Intents(options.budgets.calls, this.symbols, this.equal);
    this.observer = options.observer ?? NOBODY;
    this.unknown = options.symbols;
    this.decide = options.symbols === undefined ? isTruthy : (condition) => truthOf(this.symbols, condition);
    this.steps = options.steps ?? DEFAULT_STEPS;
    this.points = options.points;
    this.frame = frameOf(program, program.flow(false), '', this.equal);
    this.frames.push(this.frame);
    this.data = input;
    this.environment = {
      input,
      variables: this.frame.variables,
      decide: (condition, node) => {
        const truth = this.decide(condition);
        if (node !== undefined && this.evaluating !== undefined)
          this.observer.branch?.(this.evaluating, node.span.offset, truth);
        return truth;
      },
      mayThrow: (marks) => {
        this.thrown = joinMarks(this.thrown, marks);
      },
      fuel: { steps: this.steps },
      symbols: options.symbols,
    };
  }

  readonly symbols = (): Symbols => {
    assert(this.unknown !== undefined, 'only a driver of unknown values has them');
    return this.unknown;
  };

  transformInput(transform: Transform, node: Node, at: At): Signal {
    const { schema, code } = transform;
    if (schema !== undefined && !this.valid(schema, this.data, node, at)) return RAISED;
    return code === undefined ? DONE : this.replaceData(code, node, at);
  }

  transformOutput(transform: Transform, node: Node, at: At): Signal {
    const { schema, code } = transform;
    const signal = code === undefined ? DONE : this.replaceData(code, node, at);
    if (signal !== DONE || schema === undefined) return signal;
    return this.valid(schema, this.data, node, at) ? DONE : RAISED;
  }

  replaceData(code: Code, node: Node, at: At): Signal {
    const value = this.value(code, this.data, node, at);
    if (value === undefined) return this.interrupted();
    this.data = value;
    return DONE;
  }

  exportContext(step: Step, node: Node): Signal {
    const { schema, code } = step.export;
    const { frame } = this;
    const at = this.at(step.at);
    if (code !== undefined) {
      frame.variables.set('output', this.data);
      const context = this.value(code, this.data, node, at);
      if (context === undefined) return this.interrupted();
      this.setContext(context);
      const { context: writes } = step.writes;
      if (writes === 'all' || frame.written === 'all') frame.written = 'all';
      else for (const name of writes) frame.written.add(name);
    }
    return schema === undefined || this.valid(schema, frame.context, node, at) ? DONE : RAISED;
  }

  setContext(context: Value): void {
    this.frame.context = context;
    this.frame.variables.set('context', context);
  }

  valid(schema: Schema, value: Value, node: Node, at: At): boolean {
    const marks = decidingDeep(value);
    if (!isConcrete(value)) return this.validUnknown(schema, value, marks, node, at);
    const errors = schema.validate(lower(value));
    this.mayFail(node, marks);
    if (errors.length > 0) this.raise(standardFailure('validation', at, firstError(errors), labelFrom(marks)));
    return errors.length === 0;
  }

  private validUnknown(schema: Schema, value: Value, marks: Marks, node: Node, at: At): boolean {
    this.mayFail(node, marks);
    if (this.symbols().valid(schema, value)) return true;
    this.raise(this.vague(standardFailure('validation', at, '', labelFrom(marks))));
    return false;
  }

  /** The same failure in words that are not known. */
  vague(failure: Failure): Failure {
    const detail = failure.value.fields.get('detail');
    assert(detail !== undefined, 'a standard failure has a detail');
    const term = this.symbols().fresh('detail', { type: 'string' });
    const fields = new Map(failure.value.fields).set('detail', symbolValue(term, detail.label));
    return { ...failure, value: objectValue(fields, failure.value.label) };
  }

  /** One of several failures in words that are not known. */
  someFailure(names: readonly StandardError[], at: At, label: Label): Failure {
    return someStandardFailure(names, at, label, (hint, schema) => this.symbols().fresh(hint, schema));
  }

  /** The value of a template; `undefined` where evaluating it was {@link interrupted}. */
  value(code: Code, input: Value, node: Node, at: At): Value | undefined {
    switch (code.kind) {
      case 'constant':
        return code.value;
      case 'expression':
        return this.evaluate(code, input, node, at);
      case 'array': {
        const items: Value[] = [];
        for (const item of code.items) {
          const value = this.value(item, input, node, at);
          if (value === undefined) return undefined;
          items.push(value);
        }
        return this.bounded(arrayValue(items, AUTHOR), at);
      }
      case 'object': {
        const fields = new Map<string, Value>();
        for (const [name, field] of code.fields) {
          const value = this.value(field, input, node, at);
          if (value === undefined) return undefined;
          fields.set(name, value);
        }
        return this.bounded(objectValue(fields, AUTHOR), at);
      }
      default:
        return unreachable(code);
    }
  }

  evaluate(code: ExpressionCode, input: Value, node: Node, at: At): Value | undefined {
    const { environment } = this;
    environment.input = input;
    environment.variables = this.frame.variables;
    this.thrown = NO_MARKS;
    this.evaluating = this.at(code.at);
    try {
      const value = evaluate(code.expression, environment);
      this.mayFail(node, this.thrown);
      return this.bounded(value, at);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (error.resource) {
        this.overBudget('steps', at);
        return undefined;
      }
      const marks = joinMarks(this.thrown, withoutAuthor(error.label));
      this.mayFail(node, marks);
      const failure = standardFailure('expression', at, error.message, labelFrom(marks));
      this.raise({
        ...(error.isVague ? this.vague(failure) : failure),
        why: `${error.message} in ${code.expression.source}`,
      });
      return undefined;
    }
  }

  /** Values share parts, so they could grow beyond all bounds in few steps. */
  bounded(value: Value, at: At): Value | undefined {
    if ((value.kind !== 'array' && value.kind !== 'object') || (value.weight <= MAX_WEIGHT && value.depth <= MAX_DEPTH))
      return value;
    this.overBudget('steps', at);
    return undefined;
  }

  raiseError(error: ErrorCode, cause: Failure['cause'], node: Node, at: At): Signal {
    const fields = new Map<string, Value>([
      ['type', stringValue(error.type, AUTHOR)],
      ['status', numberValue(error.status, AUTHOR)],
    ]);
    for (const name of ['title', 'detail', 'instance'] as const) {
      const code = error[name];
      if (code === undefined) continue;
      const value = this.value(code, this.data, node, at);
      if (value === undefined) return this.interrupted();
      fields.set(name, value);
    }
    if (!fields.has('instance')) fields.set('instance', stringValue(at, AUTHOR));
    const detail = fields.get('detail');
    const why = detail?.kind === 'string' ? detail.value : '';
    return this.raise({ name: error.name, at, value: objectValue(fields, BOTTOM), cause, why });
  }

  /** Keeps what a task or construct needs again when what it holds is done; {@link release} forgets it. */
  hold(): Held {
    const { data } = this;
    const held: Held = {
      data,
      input: data,
      items: undefined,
      outer: NO_VALUES,
      marks: NO_MARKS,
      startedAt: this.clock.reading(),
    };
    this.held.push(held);
    return held;
  }

  release(): void {
    this.held.length -= 1;
  }

  /** The item of a loop that comes after `count` others. */
  item(held: Held, count: number): Item | undefined {
    const { items } = held;
    if (items?.kind === 'array') {
      const value = items.items[count];
      return value === undefined ? undefined : { value, index: count };
    }
    if (this.points === undefined || this.apart > 0) throw new Unexplored('a loop over a list that is not known');
    return this.points.item(this, held, count);
  }

  /** Control stands at `node` of a list, after everything that ends there. */
  reach(node: Node, depth: number): void {
    this.place[depth] = node;
    if (this.points !== undefined && this.apart === 0) this.points.reach(this);
  }

  /** Answers a condition on which control depends at `node`. */
  choose(condition: Value, node: Node): boolean {
    this.decided(node, deciding(condition.label));
    return this.decide(condition);
  }

  /** A decision that carries `marks` falls at `node`. */
  decided(node: Node, marks: Marks): void {
    if (marks === NO_MARKS) return;
    this.trail = joinMarks(this.trail, marks);
    const region = this.frame.flow.decision(node);
    if (region !== undefined) this.regions.enter(region, marks, this.frame.context);
  }

  /** Something at `node` that depends on `marks` might have failed, or has. */
  mayFail(node: Node, marks: Marks): void {
    if (marks === NO_MARKS) return;
    const { frame } = this;
    this.trail = joinMarks(this.trail, marks);
    const region = frame.flow.failure(node);
    if (region !== undefined) this.regions.enter(region, marks, frame.context);
  }

  /** Control passes `node`: regions that end there are folded into what they may have written. Gives their marks. */
  leave(node: Node): Marks {
    return this.foldAll(this.regions.leave(node));
  }

  foldAll(left: readonly Active[]): Marks {
    let all = NO_MARKS;
    for (const { region, marks, context } of left) {
      const { writes } = region;
      all = joinMarks(all, marks);
      if (writes.data) this.data = controlledDeep(this.data, marks);
      this.setContext(foldContext(this.frame.context, writes.context, marks, context));
      // With a retry, which attempt's error it is was decided inside too.
      for (const name of writes.errors) {
        const error = this.frame.variables.get(name);
        if (error !== undefined) this.frame.variables.set(name, controlledDeep(error, marks));
      }
      if (writes.time) this.clock.marks = joinMarks(this.clock.marks, marks);
      if (this.failure !== undefined) this.failure = withControl(this.failure, marks);
    }
    return all;
  }

  raise(failure: Failure): Signal {
    this.failure = failure;
    return RAISED;
  }

  /** Time passes; a limit that runs out raises its error, the run's budget ends the run. */
  pass(milliseconds: number, marks: Marks, node: Node, at: At): Signal {
    const { clock } = this;
    const limit = this.unknown === undefined ? clock.advance(milliseconds, marks) : this.runsOut(marks);
    if (clock.depth > 0) this.mayFail(node, clock.marks);
    if (clock.now > this.budgets.time) return this.overBudget('time', at);
    if (limit === undefined) return DONE;
    return this.raise({
      ...standardFailure('timeout', at, 'interrupted by a time limit', labelFrom(clock.marks)),
      limit,
    });
  }

  /** How much time anything takes is not known: any limit may run out wherever time passes. */
  private runsOut(marks: Marks): number | undefined {
    const { clock } = this;
    clock.marks = joinMarks(clock.marks, marks);
    for (let number = 0; number < clock.depth; number += 1) {
      if (!either(this.symbols(), 'in time')) return number;
    }
    return undefined;
  }

  /** Control leaves what time limit `number` limits; if that ran out, it is now an error like any other. */
  expire(number: number, signal: Signal, at: At): void {
    this.clock.release(number);
    if (signal !== RAISED || this.raised().limit !== number) return;
    this.failure = standardFailure('timeout', at, 'the time limit ran out', labelFrom(this.clock.marks));
  }

  refuse(at: At, action: string, refusals: readonly Refusal[]): Signal {
    this.outcome = { kind: 'refused', at, action, refusals };
    return STOPPED;
  }

  /** Whether a budget is used up. */
  isOver(budget: 'tasks' | 'calls' | 'infers'): boolean {
    if (this[budget] <= this.budgets[budget]) return false;
    if (this.points?.isWithin?.() !== true) return true;
    this[budget] = this.budgets[budget];
    return false;
  }

  overBudget(budget: 'tasks' | 'calls' | 'infers' | 'time' | 'steps', at: At): Signal {
    const limit = budget === 'steps' ? this.steps : this.budgets[budget];
    this.outcome = { kind: 'over-budget', at, budget, limit };
    return STOPPED;
  }

  /** One step of the machine's own work. */
  work(at: At): boolean {
    const { fuel } = this.environment;
    fuel.steps -= 1;
    if (fuel.steps >= 0) return true;
    this.overBudget('steps', at);
    return false;
  }

  /** Why there is no value: the run is over, or an error is on its way. */
  interrupted(): Signal {
    return this.outcome === undefined ? RAISED : STOPPED;
  }

  raised(): Failure {
    assert(this.failure !== undefined, 'an error is on its way');
    return this.failure;
  }

  stopped(): Outcome {
    assert(this.outcome !== undefined, 'a run that stopped says why');
    return this.outcome;
  }

  at(pointer: string): At {
    return atOf(this.frame.prefix, pointer);
  }
}

/** Gives a variable its value, or none. */
export function assign(variables: Map<string, Value>, name: string, value: Value | undefined): void {
  if (value === undefined) variables.delete(name);
  else variables.set(name, value);
}

/** Runs the steps of a list: what tasks that hold tasks need of the machine. */
export type RunList = (run: State, list: StepList) => Steps;
