import { ExpressionError } from '../expression/error.ts';
import { evaluate } from '../expression/evaluate.ts';
import {
  type CallCode,
  type Catch,
  type Code,
  END,
  type ErrorCode,
  type ExpressionCode,
  type Node,
  type Program,
  type Step,
  type StepList,
  type Target,
  type Transform,
} from '../flow/model.ts';
import { writesIn } from '../flow/graph.ts';
import type { Flow } from '../flow/model.ts';
import { assert, unreachable } from '../kernel/result.ts';
import { firstError, type Schema } from '../schema/compile.ts';
import type { Budgets } from '../store/model.ts';
import {
  arrayValue,
  booleanValue,
  controlledDeep,
  isTruthy,
  lower,
  MAX_DEPTH,
  MAX_WEIGHT,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
} from '../value/concrete.ts';
import {
  AUTHOR,
  BOTTOM,
  deciding,
  join,
  joinMarks,
  type Label,
  labelFrom,
  type Marks,
  NO_MARKS,
  withoutAuthor,
} from '../value/label.ts';
import type { Value } from '../value/value.ts';
import { Approvals, type CallIdentity } from './approvals.ts';
import { delayOf } from './backoff.ts';
import { Clock } from './clock.ts';
import { taskDescriptor, RUNTIME, workflowDescriptor } from './descriptors.ts';
import { type At, atOf, type Effect, type Outcome, type Refusal, type Reply } from './effect.ts';
import { type Failure, passesFilter, standardFailure, withControl } from './errors.ts';
import { foldContext } from './fold.ts';
import { Intents, keyOf } from './intents.ts';
import { approveReplyLabel, controlOf, decidingDeep, inferReplyLabel, toolReplyLabel } from './labels.ts';
import { type BranchContext, mergeContexts } from './merge.ts';
import { NOBODY, type Observer } from './observe.ts';
import { inferResult, readableText, toolResult } from './reply.ts';
import { type Active, RegionStack } from './stack.ts';

export type { Observer } from './observe.ts';

export interface Options {
  readonly budgets: Budgets;
  readonly observer?: Observer;
  /** Answers a condition; by default as jq does: everything but null and false is true. */
  readonly decide?: (condition: Value) => boolean;
  /** Bound of the work inside the machine: tasks, iterations, and steps of evaluating expressions. */
  readonly steps?: number;
}

const DEFAULT_STEPS = 2_000_000;

/** How a part of a run ended: in a list, with the {@link Target} that comes next, or with one of these. */
type Signal = number;
const DONE: Signal = 0;
/** An error is on its way. (`END` of `flow/model.ts`: the workflow ends with the current data.) */
const RAISED: Signal = -2;
/** The run is over, whatever stands around: refused, or over its budget. */
const STOPPED: Signal = -3;
const SKIPPED: Signal = -4;
/** Answers inside a `catch`. */
const ACCEPTED: Signal = 1;
const DECLINED: Signal = 2;
const RETRY: Signal = 3;

type Steps<T = Signal> = Generator<Effect, T, Reply>;
type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;
type CallOf<K extends CallCode['kind']> = Extract<CallCode, { kind: K }>;

/** One workflow in progress: the whole run, or a callee. */
interface Frame {
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

function frameOf(program: Program, flow: Flow, prefix: string): Frame {
  return {
    program,
    flow,
    prefix,
    variables: new Map(),
    approvals: new Approvals(),
    context: NULL,
    written: new Set(),
  };
}

const NULL = nullValue(BOTTOM);
const EMPTY = objectValue(new Map(), AUTHOR);

/**
 * Runs a workflow: the only implementation of what one means. It yields what it wants of the world and is resumed with the
 * answers; everything else is a function of them. `input` must have passed `ingress` and carries its labels.
 *
 * Errors of the workflow are outcomes. A reply that does not fit its effect is the driver's defect and throws.
 */
export function* execute(program: Program, input: Value, options: Options): Generator<Effect, Outcome, Reply> {
  return yield* new Machine(program, input, options).run();
}

class Machine {
  private readonly budgets: Budgets;
  private readonly observer: Observer;
  private readonly decide: (condition: Value) => boolean;
  private readonly steps: number;

  private readonly regions = new RegionStack();
  private readonly clock = new Clock();
  private readonly intents: Intents;
  private readonly environment: {
    input: Value;
    variables: ReadonlyMap<string, Value>;
    readonly decide: (condition: Value) => boolean;
    readonly mayThrow: (marks: Marks) => void;
    readonly fuel: { steps: number };
  };
  private tasks = 0;
  private calls = 0;
  private infers = 0;
  /** Which attempt of the innermost or any outer retried `try` this is. */
  private attempt = 1;
  /** What decided, was replied or might have failed since the innermost race began. */
  private trail: Marks = NO_MARKS;

  private frame: Frame;
  /** What flows from task to task. */
  private data: Value;
  /** The error on its way, with `RAISED`. */
  private failure: Failure | undefined;
  /** With `STOPPED`. */
  private outcome: Outcome | undefined;
  /** What the evaluation in progress would reveal by failing. */
  private thrown: Marks = NO_MARKS;
  /** Of the switch that was just decided: what the decision carries and where it leads. */
  private chosen: { readonly marks: Marks; readonly then: Target | undefined } = { marks: NO_MARKS, then: undefined };
  /** The `try` that was just done handled an error. */
  private handled = false;

  constructor(program: Program, input: Value, options: Options) {
    this.budgets = options.budgets;
    this.intents = new Intents(options.budgets.calls);
    this.observer = options.observer ?? NOBODY;
    this.decide = options.decide ?? isTruthy;
    this.steps = options.steps ?? DEFAULT_STEPS;
    this.frame = frameOf(program, program.flow(false), '');
    this.data = input;
    this.environment = {
      input,
      variables: this.frame.variables,
      decide: this.decide,
      mayThrow: (marks) => {
        this.thrown = joinMarks(this.thrown, marks);
      },
      fuel: { steps: this.steps },
    };
  }

  *run(): Steps<Outcome> {
    const { program } = this.frame;
    const signal = yield* this.workflow(program);
    if (signal === STOPPED) return this.stopped();
    if (signal === RAISED) {
      const { name, value: error, at, cause, why } = this.raised();
      const explicit = cause !== 'failure';
      if (explicit) {
        // Which error it is, and so its name and place, is seen along with its data.
        const control = joinMarks(this.regions.control(), error.label.control);
        const reply = yield { kind: 'raise', at, value: error, control };
        if (reply.kind === 'refused') return { kind: 'refused', at, action: 'raise', refusals: reply.refusals };
        assert(reply.kind === 'granted', 'a raise is granted or refused');
      }
      return { kind: 'error', name, error, at, explicit, why };
    }
    const at = this.at('');
    // Whether it returns or raises depends on every decision that reaches so far.
    const control = this.regions.control();
    this.leave(program.exit);
    const value = this.data;
    const reply = yield { kind: 'return', at, value, control };
    if (reply.kind === 'refused') return { kind: 'refused', at, action: 'return', refusals: reply.refusals };
    assert(reply.kind === 'granted', 'a return is granted or refused');
    return { kind: 'output', value };
  }

  // Workflows and task lists

  /** A whole workflow, from raw input to transformed output, both in the current data. */
  private *workflow(program: Program): Steps {
    const { frame } = this;
    const limit = program.timeout === undefined ? undefined : this.clock.limit(program.timeout);
    if (program.reads.has('workflow'))
      frame.variables.set('workflow', workflowDescriptor(program, this.data, this.clock));
    if (program.reads.has('runtime')) frame.variables.set('runtime', RUNTIME);
    let signal = this.transformInput(program.input, program.start, this.at('/input'));
    if (signal === DONE) {
      this.setContext(this.data);
      signal = yield* this.list(program.body);
      if (signal === DONE) this.leave(program.body.end);
      if (signal === DONE || signal === END) {
        this.leave(program.finish);
        signal = this.transformOutput(program.output, program.finish, this.at(''));
      }
    }
    if (limit !== undefined) this.expire(limit, signal, this.at(''));
    return signal;
  }

  private *list(list: StepList): Steps {
    const { steps } = list;
    let index: Target = 0;
    for (let step = steps[index]; step !== undefined; step = steps[index]) {
      this.leave(step.enter);
      const entered = this.enter(step);
      if (entered === SKIPPED) {
        index = step.index + 1;
        continue;
      }
      const next: Signal = entered === DONE ? yield* this.perform(step) : entered;
      if (next < 0) return next;
      index = next;
    }
    return DONE;
  }

  /** Whether a task runs at all. */
  private enter(step: Step): Signal {
    const at = this.at(step.at);
    if (step.if !== undefined) {
      this.describe(step, this.data, undefined);
      const condition = this.evaluate(step.if, this.data, step.enter, at);
      if (condition === undefined) return this.interrupted();
      if (!this.choose(condition, step.enter)) {
        this.observer.arm(at, 'skipped');
        return this.work(at) ? SKIPPED : STOPPED;
      }
    }
    if (!this.work(at)) return STOPPED;
    this.tasks += 1;
    if (this.tasks > this.budgets.tasks) return this.overBudget('tasks', at);
    this.observer.task(at);
    return DONE;
  }

  /** A task that is not skipped. Gives the {@link Target} that comes next in its list, or how the list ends. */
  private *perform(step: Step): Steps {
    const { frame } = this;
    const raw = this.data;
    const limit = step.timeout === undefined ? undefined : this.clock.limit(step.timeout);
    this.describe(step, raw, undefined);
    let signal = this.transformInput(step.input, step.start, this.at(step.at));
    if (signal === DONE) {
      const input = this.data;
      frame.variables.set('input', input);
      signal = isPlain(step) ? this.compute(step) : yield* this.compose(step);
      // Inner tasks had an input and a descriptor of their own.
      frame.variables.set('input', input);
      this.describe(step, raw, this.data);
    }
    if (limit !== undefined) this.expire(limit, signal, this.at(step.at));
    return signal === DONE ? this.complete(step) : signal;
  }

  /** Sets `$task`, where anything reads it: what it said of another task would tell which one that was. */
  private describe(step: Step, raw: Value, output: Value | undefined): void {
    const { program, variables } = this.frame;
    if (program.reads.has('task'))
      variables.set('task', taskDescriptor(program, step, this.at(step.at), raw, output, this.clock));
  }

  /** What follows a task's work: output, export, and where control goes. */
  private complete(step: Step): Signal {
    const caught = step.kind === 'try' && this.handled && step.catch.then !== undefined ? step.catch : undefined;
    const { finish, done } = caught ?? step;
    this.leave(finish);
    const output = this.transformOutput(step.output, finish, this.at(step.at));
    if (output !== DONE) return output;
    if (step.export.code !== undefined || step.export.schema !== undefined) {
      const exported = this.exportContext(step, finish);
      if (exported !== DONE) return exported;
    }
    this.leave(done);
    if (caught?.then !== undefined) return caught.then;
    if (step.kind !== 'switch') return step.then;
    this.decided(step.done, this.chosen.marks);
    return this.chosen.then ?? step.then;
  }

  // Data flow

  private transformInput(transform: Transform, node: Node, at: At): Signal {
    const { schema, code } = transform;
    if (schema !== undefined && !this.valid(schema, this.data, node, at)) return RAISED;
    return code === undefined ? DONE : this.replaceData(code, node, at);
  }

  private transformOutput(transform: Transform, node: Node, at: At): Signal {
    const { schema, code } = transform;
    const signal = code === undefined ? DONE : this.replaceData(code, node, at);
    if (signal !== DONE || schema === undefined) return signal;
    return this.valid(schema, this.data, node, at) ? DONE : RAISED;
  }

  private replaceData(code: Code, node: Node, at: At): Signal {
    const value = this.value(code, this.data, node, at);
    if (value === undefined) return this.interrupted();
    this.data = value;
    return DONE;
  }

  private exportContext(step: Step, node: Node): Signal {
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

  private setContext(context: Value): void {
    this.frame.context = context;
    this.frame.variables.set('context', context);
  }

  private valid(schema: Schema, value: Value, node: Node, at: At): boolean {
    const errors = schema.validate(lower(value));
    const marks = decidingDeep(value);
    this.mayFail(node, marks);
    if (errors.length > 0) this.raise(standardFailure('validation', at, firstError(errors), labelFrom(marks)));
    return errors.length === 0;
  }

  /** The value of a template; `undefined` where evaluating it was {@link interrupted}. */
  private value(code: Code, input: Value, node: Node, at: At): Value | undefined {
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

  private evaluate(code: ExpressionCode, input: Value, node: Node, at: At): Value | undefined {
    const { environment } = this;
    environment.input = input;
    environment.variables = this.frame.variables;
    this.thrown = NO_MARKS;
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
      this.raise({
        ...standardFailure('expression', at, error.message, labelFrom(marks)),
        why: `${error.message} in ${code.expression.source}`,
      });
      return undefined;
    }
  }

  /** Values share parts, so they could grow beyond all bounds in few steps. */
  private bounded(value: Value, at: At): Value | undefined {
    if ((value.kind !== 'array' && value.kind !== 'object') || (value.weight <= MAX_WEIGHT && value.depth <= MAX_DEPTH))
      return value;
    this.overBudget('steps', at);
    return undefined;
  }

  // Tasks without effects

  private compute(step: PlainStep): Signal {
    const at = this.at(step.at);
    switch (step.kind) {
      case 'set':
        return this.replaceData(step.set, step.start, at);
      case 'switch':
        return this.select(step, at);
      case 'raise':
        return this.raiseError(step.error, 'raise', step.start, at);
      default:
        return unreachable(step);
    }
  }

  private select(step: StepOf<'switch'>, at: At): Signal {
    let marks = NO_MARKS;
    let otherwise: (typeof step.arms)[number] | undefined;
    let taken: (typeof step.arms)[number] | undefined;
    for (const arm of step.arms) {
      if (arm.when === undefined) {
        otherwise ??= arm;
        continue;
      }
      const condition = this.evaluate(arm.when, this.data, step.start, at);
      if (condition === undefined) return this.interrupted();
      marks = joinMarks(marks, deciding(condition.label));
      if (arm.spares) this.decided(step.start, marks);
      if (!this.decide(condition)) continue;
      taken = arm;
      break;
    }
    taken ??= otherwise;
    if (taken !== undefined) this.observer.arm(at, taken.name);
    this.chosen = { marks, then: taken?.then };
    return DONE;
  }

  private raiseError(error: ErrorCode, cause: Failure['cause'], node: Node, at: At): Signal {
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

  // Composite tasks and effects

  private *compose(step: Exclude<Step, PlainStep>): Steps {
    switch (step.kind) {
      case 'do': {
        const signal = yield* this.list(step.do);
        if (signal === DONE) this.leave(step.do.end);
        return signal;
      }
      case 'for':
        return yield* this.loop(step);
      case 'fork':
        return yield* this.fork(step);
      case 'try':
        return yield* this.guard(step);
      case 'wait':
        return yield* this.wait(step.milliseconds, step.start, this.at(step.at));
      case 'call':
        return yield* this.call(step, step.call);
      case 'run':
        return yield* this.callee(step);
      default:
        return unreachable(step);
    }
  }

  private *loop(step: StepOf<'for'>): Steps {
    const at = this.at(step.at);
    const { variables } = this.frame;
    const list = this.value(step.in, this.data, step.start, at);
    if (list === undefined) return this.interrupted();
    const marks = deciding(list.label);
    this.mayFail(step.start, marks);
    if (list.kind !== 'array') {
      return this.raise(standardFailure('expression', at, `for.in yields ${list.kind}, no array`, labelFrom(marks)));
    }
    const outer = [variables.get(step.each), variables.get(step.counter)] as const;
    const restore = (): void => {
      assign(variables, step.each, outer[0]);
      assign(variables, step.counter, outer[1]);
    };
    const input = this.data;
    const described = variables.get('task');
    let count = 0;
    for (;;) {
      this.leave(step.head);
      this.decided(step.head, marks);
      const item = list.items[count];
      if (item === undefined) break;
      if (!this.work(at)) return STOPPED;
      variables.set(step.each, item);
      variables.set(step.counter, numberValue(count, join(list.label, AUTHOR)));
      if (step.while !== undefined) {
        variables.set('input', input);
        assign(variables, 'task', described);
        const condition = this.evaluate(step.while, this.data, step.head, at);
        if (condition === undefined || !this.choose(condition, step.head)) {
          restore();
          if (condition === undefined) return this.interrupted();
          break;
        }
      }
      count += 1;
      const signal = yield* this.list(step.do);
      if (signal !== DONE) {
        restore();
        return signal;
      }
      this.leave(step.do.end);
    }
    restore();
    this.observer.arm(at, count > 1 ? 'many' : String(count));
    return DONE;
  }

  /**
   * The branches run one after another on virtual time that starts anew for each, apart from each other: none sees what a
   * sibling exports or is approved. All of them run to their end, since in a real engine all would have begun; only a
   * failure that nothing would see ends the run at once.
   */
  private *fork(step: StepOf<'fork'>): Steps {
    const { frame } = this;
    const { context: before, written: writtenBefore } = frame;
    const at = this.at(step.at);
    const input = this.data;
    const begun = this.clock.now;
    const outerTrail = this.trail;
    this.trail = NO_MARKS;
    const isSeen = step.compete || frame.flow.failure(step.finish) !== undefined;
    const approvals = frame.approvals.fork();
    const ended: EndedBranch[] = [];
    let escaped = NO_MARKS;
    for (const [i, branch] of step.branches.entries()) {
      this.clock.now = begun;
      this.data = input;
      this.setContext(before);
      frame.written = new Set();
      approvals.branch();
      for (const bounds of step.callBounds.slice(i + 1)) this.intents.expect(bounds);
      const signal = yield* this.list(branch);
      this.intents.expectLess(step.callBounds.length - i - 1);
      const isOver =
        signal === STOPPED || signal === END || (signal === RAISED && this.raised().cause !== 'raise' && !isSeen);
      if (isOver) {
        this.trail = joinMarks(outerTrail, this.trail);
        return signal;
      }
      escaped = joinMarks(escaped, this.leave(branch.end));
      ended.push({
        name: branch.steps[0]?.name ?? '',
        data: this.data,
        context: frame.context,
        written: frame.written,
        writes: writesIn(branch).context,
        time: this.clock.now,
        failure: this.failure,
      });
      this.failure = undefined;
    }
    approvals.join();
    const finished = ended.filter((branch) => branch.failure === undefined);
    this.clock.now = Math.max(begun, ...ended.map(({ time }) => time));
    this.setContext(before);
    this.decided(step.finish, escaped);
    if (finished.length < ended.length && (!step.compete || finished.length === 0)) {
      frame.written = writtenBefore;
      this.trail = joinMarks(outerTrail, this.trail);
      const first = ended.find(({ failure }) => failure !== undefined)?.failure;
      assert(first !== undefined, 'a branch that did not finish failed');
      return this.raise(first);
    }
    if (step.compete) {
      yield* this.race(at, ended, finished, before, escaped);
    } else {
      const outputs = this.bounded(
        arrayValue(
          ended.map(({ data }) => data),
          BOTTOM,
        ),
        at,
      );
      const context = this.bounded(mergeContexts(before, ended), at);
      if (outputs === undefined || context === undefined) return STOPPED;
      this.data = outputs;
      this.setContext(context);
    }
    frame.written = ended.map(({ written }) => written).reduce(bothWritten, writtenBefore);
    this.trail = joinMarks(outerTrail, this.trail);
    return DONE;
  }

  /** Whoever is fastest was decided by everything that happened in any branch (FORMATS, "Races"). */
  private *race(
    at: At,
    ended: readonly EndedBranch[],
    finished: readonly EndedBranch[],
    before: Value,
    escaped: Marks,
  ): Steps<void> {
    let winner = finished[0];
    if (finished.length > 1) {
      const reply = yield { kind: 'race', at, branches: finished.map(({ name }) => name) };
      assert(reply.kind === 'winner', 'a race is answered with its winner');
      winner = finished.find(({ name }) => name === reply.branch);
    }
    assert(winner !== undefined, 'the winner of a race is a branch that finished');
    let marks = joinMarks(this.trail, escaped);
    for (const { data, context } of ended) marks = joinMarks(marks, joinMarks(decidingDeep(data), controlOf(context)));
    this.trail = marks;
    this.data = controlledDeep(winner.data, marks);
    let { context } = winner;
    for (const { writes } of ended) context = foldContext(context, writes, marks, before);
    this.setContext(context);
    this.clock.now = winner.time;
    this.clock.marks = joinMarks(this.clock.marks, marks);
  }

  private *guard(step: StepOf<'try'>): Steps {
    const { catch: handler } = step;
    const at = this.at(step.at);
    const input = this.data;
    const begun = this.clock.now;
    const outerAttempt = this.attempt;
    const outerLimits = this.clock.depth;
    const { variables } = this.frame;
    const outerError = variables.get(handler.as);
    const described = variables.get('task');
    for (let count = 1; ; count += 1) {
      this.attempt = Math.max(outerAttempt, count);
      this.data = input;
      const limit =
        handler.retry?.attemptDuration === undefined ? undefined : this.clock.limit(handler.retry.attemptDuration);
      const signal = yield* this.list(step.try);
      if (limit !== undefined) this.expire(limit, signal, at);
      this.attempt = outerAttempt;
      this.handled = false;
      if (signal === DONE) this.leave(step.try.end);
      if (signal !== RAISED) return signal;
      // A time limit around this task interrupts it: it is not for this task to catch.
      if ((this.raised().limit ?? outerLimits) < outerLimits) return RAISED;

      this.data = input;
      variables.set('input', input);
      assign(variables, 'task', described);
      this.leave(handler.node);
      const failure = this.raised();
      variables.set(handler.as, failure.value);
      const answer = yield* this.handle(handler, failure, count, begun, at);
      if (answer === RETRY) {
        if (!this.work(at)) return STOPPED;
        continue;
      }
      assign(variables, handler.as, outerError);
      this.handled = answer === DONE;
      return answer;
    }
  }

  /** An error that reached a `catch`: whether it is caught, tried again, or handled. */
  private *handle(handler: Catch, failure: Failure, count: number, begun: number, at: At): Steps {
    const caught = this.catches(handler, failure, at);
    if (caught < 0) return caught;
    if (caught === DECLINED) return this.raise(failure);
    this.failure = undefined;
    this.observer.arm(at, 'caught');
    const { retry } = handler;
    if (retry !== undefined) {
      const retries = yield* this.retries(handler, retry, count, begun, at);
      if (retries !== DECLINED) return retries;
      if (handler.do === undefined) return this.raise(failure);
    }
    if (handler.do === undefined) return DONE;
    const signal = yield* this.list(handler.do);
    if (signal === DONE) this.leave(handler.do.end);
    return signal;
  }

  private catches(handler: Catch, failure: Failure, at: At): Signal {
    if (handler.errors !== undefined) {
      const { passes, marks } = passesFilter(handler.errors, failure.value);
      this.decided(handler.node, marks);
      if (!passes) return DECLINED;
    }
    const wanted = this.condition(handler.when, true, handler.node, at);
    if (wanted !== ACCEPTED) return wanted;
    return this.condition(handler.exceptWhen, false, handler.node, at);
  }

  private *retries(handler: Catch, retry: NonNullable<Catch['retry']>, count: number, begun: number, at: At): Steps {
    const { node } = handler;
    for (const [code, wanted] of [
      [retry.when, true],
      [retry.exceptWhen, false],
    ] as const) {
      const answer = this.condition(code, wanted, node, at);
      if (answer !== ACCEPTED) return answer;
    }
    if (retry.count !== undefined && count >= retry.count) return DECLINED;
    let fraction = 0;
    if (retry.jitter !== undefined) {
      const reply = yield { kind: 'jitter', at };
      assert(reply.kind === 'jitter' && reply.fraction >= 0 && reply.fraction < 1, 'jitter is a fraction');
      ({ fraction } = reply);
    }
    const delay = delayOf(retry, count, fraction);
    if (retry.totalDuration !== undefined) {
      this.decided(node, this.clock.marks);
      if (this.clock.now + delay - begun > retry.totalDuration) return DECLINED;
    }
    if (delay > 0) {
      const waited = yield* this.wait(delay, node, at);
      if (waited !== DONE) return waited;
    }
    return RETRY;
  }

  /** Whether an optional condition on `.` answers as `wanted`. */
  private condition(code: ExpressionCode | undefined, wanted: boolean, node: Node, at: At): Signal {
    if (code === undefined) return ACCEPTED;
    const condition = this.evaluate(code, this.data, node, at);
    if (condition === undefined) return this.interrupted();
    return this.choose(condition, node) === wanted ? ACCEPTED : DECLINED;
  }

  private *wait(milliseconds: number, node: Node, at: At): Steps {
    const reply = yield { kind: 'wait', at, milliseconds };
    assert(reply.kind === 'waited', 'a wait is answered when it is over');
    return this.pass(milliseconds, NO_MARKS, node, at);
  }

  private *call(step: StepOf<'call'>, call: CallCode): Steps {
    if (step.with !== undefined) {
      const { code, schema } = step.with;
      const at = this.at(step.at);
      const given = this.replaceData(code, step.start, at);
      if (given !== DONE) return given;
      if (schema !== undefined && !this.valid(schema, this.data, step.start, at)) return RAISED;
    }
    switch (call.kind) {
      case 'tool':
        return yield* this.callTool(step, call);
      case 'infer':
        return yield* this.infer(step, call);
      case 'approve':
        return yield* this.approve(step, call);
      default:
        return unreachable(call);
    }
  }

  private *callTool(step: StepOf<'call'>, call: CallOf<'tool'>): Steps {
    const { frame } = this;
    const { tool } = call;
    const at = this.at(step.at);
    const args = this.value(call.arguments, this.data, step.start, at);
    if (args === undefined) return this.interrupted();
    if (args.kind !== 'object') return this.invalid(step, `the arguments are ${args.kind}, no object`, args, at);
    const key = keyOf(tool, args);
    const identity: CallIdentity = { at, tool: tool.id, arguments: args, key, isRetry: this.attempt > 1 };
    const approvers = frame.approvals.approvers(identity);
    const control = joinMarks(this.regions.control(), withoutAuthor(controlOf(args)));
    this.calls += 1;
    if (this.calls > this.budgets.calls) return this.overBudget('calls', at);
    const reply = yield {
      kind: 'call',
      at,
      tool: tool.id,
      arguments: args,
      control,
      approved: approvers.length > 0,
      approvers,
      attempt: approvers.length === 0 ? Math.max(this.attempt, this.intents.attempt(tool.id, args)) : this.attempt,
      keyed: key !== undefined,
      history: this.intents.before(tool.id, key),
    };
    if (reply.kind === 'refused') return this.refuse(at, tool.id, reply.refusals);
    frame.approvals.use(identity);
    this.intents.add(tool, key, args);
    const label = toolReplyLabel(tool, args, control);
    const limit = call.timeout === undefined ? undefined : this.clock.limit(call.timeout);
    const passed = this.settle(reply, label, step.start, at);
    if (limit !== undefined) this.expire(limit, passed, at);
    if (passed !== DONE) {
      this.intents.fail(tool.id, args);
      return passed;
    }
    assert(reply.kind === 'result', 'a call is answered with a result or a failure');
    const result = toolResult(reply.result, call.output, label);
    if (!result.ok) {
      this.intents.fail(tool.id, args);
      return this.raise(standardFailure(result.error.error, at, result.error.detail, label));
    }
    this.data = result.value;
    return DONE;
  }

  private *infer(step: StepOf<'call'>, call: CallOf<'infer'>): Steps {
    const at = this.at(step.at);
    const data = this.value(call.data, this.data, step.start, at);
    if (data === undefined) return this.interrupted();
    const control = joinMarks(this.regions.control(), withoutAuthor(controlOf(data)));
    this.infers += 1;
    if (this.infers > this.budgets.infers) return this.overBudget('infers', at);
    const reply = yield { kind: 'infer', at, instructions: call.instructions, data, schema: call.json, control };
    if (reply.kind === 'refused') return this.refuse(at, 'infer', reply.refusals);
    const label = inferReplyLabel(data, control);
    const passed = this.settle(reply, label, step.start, at);
    if (passed !== DONE) return passed;
    assert(reply.kind === 'value', 'an infer is answered with a value or a failure');
    const result = inferResult(reply.value, call.schema, label);
    if (!result.ok) return this.raise(standardFailure(result.error.error, at, result.error.detail, label));
    this.data = result.value;
    return DONE;
  }

  private *approve(step: StepOf<'call'>, call: CallOf<'approve'>): Steps {
    const at = this.at(step.at);
    const args = this.value(call.arguments, this.data, step.start, at);
    if (args === undefined) return this.interrupted();
    if (args.kind !== 'object') return this.invalid(step, `the arguments are ${args.kind}, no object`, args, at);
    const control = joinMarks(this.regions.control(), withoutAuthor(controlOf(args)));
    const reply = yield { kind: 'approve', at, tool: call.tool, arguments: args, control };
    if (reply.kind === 'refused') return this.refuse(at, 'approve', reply.refusals);
    const label = approveReplyLabel(args, control);
    const passed = this.settle(reply, label, step.start, at);
    if (passed !== DONE) return passed;
    assert(reply.kind === 'approval', 'an approval is answered with one, or a failure');
    if (!reply.approved) {
      const declined = this.raiseError(call.otherwise, 'declined', step.start, at);
      // That the person said no depends on what they were shown, and whoever sees the error sees that.
      if (declined === RAISED) this.failure = withControl(this.raised(), deciding(label));
      return declined;
    }
    const by = readableText(reply.by);
    this.frame.approvals.give(call.tool, args, by);
    const fields = [
      ['approved', booleanValue(true, label)],
      ['by', stringValue(by, label)],
    ] as const;
    this.data = objectValue(new Map<string, Value>(fields), label);
    return DONE;
  }

  /** What every answer of the outside does: it takes time, and that it came, or failed, says what its label says. */
  private settle(reply: Reply, label: Label, node: Node, at: At): Signal {
    const marks = deciding(label);
    this.trail = joinMarks(this.trail, marks);
    this.mayFail(node, marks);
    assert('elapsed' in reply && reply.elapsed >= 0, 'an answer says how long it took');
    const passed = this.pass(reply.elapsed, marks, node, at);
    if (passed !== DONE || reply.kind !== 'failure') return passed;
    return this.raise(standardFailure(reply.error, at, readableText(reply.detail), label));
  }

  private *callee(step: StepOf<'run'>): Steps {
    const at = this.at(step.at);
    const argument = step.argument === undefined ? EMPTY : this.value(step.argument, this.data, step.start, at);
    if (argument === undefined) return this.interrupted();
    const { frame: outer } = this;
    const isSeen = outer.flow.failure(step.start) !== undefined;
    const base = this.regions.open();
    this.frame = frameOf(step.callee, step.callee.flow(isSeen), `${at}#`);
    this.data = argument;
    const signal = yield* this.workflow(step.callee);
    if (signal === STOPPED) return STOPPED;
    const escaped = joinMarks(this.leave(step.callee.exit), this.foldAll(this.regions.leaveAll()));
    this.regions.close(base);
    this.frame = outer;
    this.decided(step.start, escaped);
    return signal;
  }

  // Decisions and regions

  /** Answers a condition on which control depends at `node`. */
  private choose(condition: Value, node: Node): boolean {
    this.decided(node, deciding(condition.label));
    return this.decide(condition);
  }

  /** A decision that carries `marks` falls at `node`. */
  private decided(node: Node, marks: Marks): void {
    if (marks === NO_MARKS) return;
    this.trail = joinMarks(this.trail, marks);
    const region = this.frame.flow.decision(node);
    if (region !== undefined) this.regions.enter(region, marks, this.frame.context);
  }

  /** Something at `node` that depends on `marks` might have failed, or has. */
  private mayFail(node: Node, marks: Marks): void {
    if (marks === NO_MARKS) return;
    const { frame } = this;
    this.trail = joinMarks(this.trail, marks);
    const region = frame.flow.failure(node);
    if (region !== undefined) this.regions.enter(region, marks, frame.context);
  }

  /** Control passes `node`: regions that end there are folded into what they may have written. Gives their marks. */
  private leave(node: Node): Marks {
    return this.foldAll(this.regions.leave(node));
  }

  private foldAll(left: readonly Active[]): Marks {
    let all = NO_MARKS;
    for (const { region, marks, context } of left) {
      const { writes } = region;
      all = joinMarks(all, marks);
      if (writes.data) this.data = controlledDeep(this.data, marks);
      this.setContext(foldContext(this.frame.context, writes.context, marks, context));
      if (writes.time) this.clock.marks = joinMarks(this.clock.marks, marks);
      if (this.failure !== undefined) this.failure = withControl(this.failure, marks);
    }
    return all;
  }

  // How things end

  private raise(failure: Failure): Signal {
    this.failure = failure;
    return RAISED;
  }

  private invalid(step: Step, why: string, value: Value, at: At): Signal {
    const marks = deciding(value.label);
    this.mayFail(step.start, marks);
    return this.raise(standardFailure('validation', at, why, labelFrom(marks)));
  }

  /** Time passes; a limit that runs out raises its error, the run's budget ends the run. */
  private pass(milliseconds: number, marks: Marks, node: Node, at: At): Signal {
    const { clock } = this;
    const limit = clock.advance(milliseconds, marks);
    if (clock.depth > 0) this.mayFail(node, clock.marks);
    if (clock.now > this.budgets.time) return this.overBudget('time', at);
    if (limit === undefined) return DONE;
    return this.raise({
      ...standardFailure('timeout', at, 'interrupted by a time limit', labelFrom(clock.marks)),
      limit,
    });
  }

  /** Control leaves what time limit `number` limits; if that ran out, it is now an error like any other. */
  private expire(number: number, signal: Signal, at: At): void {
    this.clock.release(number);
    if (signal !== RAISED || this.raised().limit !== number) return;
    this.failure = standardFailure('timeout', at, 'the time limit ran out', labelFrom(this.clock.marks));
  }

  private refuse(at: At, action: string, refusals: readonly Refusal[]): Signal {
    this.outcome = { kind: 'refused', at, action, refusals };
    return STOPPED;
  }

  private overBudget(budget: 'tasks' | 'calls' | 'infers' | 'time' | 'steps', at: At): Signal {
    const limit = budget === 'steps' ? this.steps : this.budgets[budget];
    this.outcome = { kind: 'over-budget', at, budget, limit };
    return STOPPED;
  }

  /** One step of the machine's own work. */
  private work(at: At): boolean {
    const { fuel } = this.environment;
    fuel.steps -= 1;
    if (fuel.steps >= 0) return true;
    this.overBudget('steps', at);
    return false;
  }

  /** Why there is no value: the run is over, or an error is on its way. */
  private interrupted(): Signal {
    return this.outcome === undefined ? RAISED : STOPPED;
  }

  private raised(): Failure {
    assert(this.failure !== undefined, 'an error is on its way');
    return this.failure;
  }

  private stopped(): Outcome {
    assert(this.outcome !== undefined, 'a run that stopped says why');
    return this.outcome;
  }

  private at(pointer: string): At {
    return atOf(this.frame.prefix, pointer);
  }
}

interface EndedBranch extends BranchContext {
  readonly name: string;
  readonly data: Value;
  readonly written: Set<string> | 'all';
  readonly time: number;
  readonly failure: Failure | undefined;
}

type PlainStep = StepOf<'set' | 'switch' | 'raise'>;

/** Tasks that neither hold others nor have effects are done without a generator. */
function isPlain(step: Step): step is PlainStep {
  return step.kind === 'set' || step.kind === 'switch' || step.kind === 'raise';
}

function bothWritten(a: Set<string> | 'all', b: Set<string> | 'all'): Set<string> | 'all' {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}

function assign(variables: Map<string, Value>, name: string, value: Value | undefined): void {
  if (value === undefined) variables.delete(name);
  else variables.set(name, value);
}
