import { END, type Program, type Step, type StepList, type Target } from '../flow/model.ts';
import { unreachable } from '../kernel/result.ts';
import { kindOf, quantityValue } from '../expression/symbolic.ts';
import { objectValue } from '../value/concrete.ts';
import { AUTHOR, deciding, join, joinMarks, labelFrom, NO_MARKS } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import { call, wait } from './calls.ts';
import type { Reading } from './clock.ts';
import { RUNTIME, taskDescriptor, workflowDescriptor } from './descriptors.ts';
import type { At } from './effect.ts';
import { standardFailure } from './errors.ts';
import { fork } from './fork.ts';
import { guard } from './guard.ts';
import type { Held, Item } from './held.ts';
import { DONE, type Signal, SKIPPED, type StepOf, type Steps, STOPPED } from './signal.ts';
import { assign, frameOf, type State } from './state.ts';

const EMPTY = objectValue(new Map(), AUTHOR);

/** A whole workflow, from raw input to transformed output, both in the current data. */
export function* workflow(run: State, program: Program): Steps {
  const { frame } = run;
  const limit = program.timeout === undefined ? undefined : run.clock.limit(program.timeout);
  if (program.reads.has('workflow'))
    frame.variables.set('workflow', workflowDescriptor(program, run.data, run.clock, run.unknown));
  if (program.reads.has('runtime')) frame.variables.set('runtime', RUNTIME);
  let signal = run.transformInput(program.input, program.start, run.at('/input'));
  if (signal === DONE) {
    run.setContext(run.data);
    signal = yield* list(run, program.body);
    if (signal === DONE) run.leave(program.body.end);
    if (signal === DONE || signal === END) {
      run.leave(program.finish);
      signal = run.transformOutput(program.output, program.finish, run.at(''));
    }
  }
  if (limit !== undefined) run.expire(limit, signal, run.at(''));
  return signal;
}

function* list(run: State, list: StepList): Steps {
  const { steps } = list;
  const depth = run.place.length;
  let index: Target = 0;
  for (let step = steps[index]; step !== undefined; step = steps[index]) {
    run.leave(step.enter);
    run.reach(step.enter, depth);
    const entered = enter(run, step);
    if (entered === SKIPPED) {
      index = step.index + 1;
      continue;
    }
    const next: Signal = entered === DONE ? yield* perform(run, step) : entered;
    if (next < 0) {
      run.place.length = depth;
      return next;
    }
    index = next;
  }
  run.place.length = depth;
  return DONE;
}

/** Whether a task runs at all. */
function enter(run: State, step: Step): Signal {
  const at = run.at(step.at);
  if (step.if !== undefined) {
    describe(run, step, run.data, undefined, run.clock.reading());
    const condition = run.evaluate(step.if, run.data, step.enter, at);
    if (condition === undefined) return run.interrupted();
    run.leave(step.choice);
    if (!run.choose(condition, step.choice)) {
      run.observer.arm(at, 'skipped', deciding(condition.label));
      return run.work(at) ? SKIPPED : STOPPED;
    }
  }
  if (!run.work(at)) return STOPPED;
  run.tasks += 1;
  if (run.isOver('tasks')) return run.overBudget('tasks', at);
  run.observer.task(at);
  return DONE;
}

/** A task that is not skipped. Gives the {@link Target} that comes next in its list, or how the list ends. */
function* perform(run: State, step: Step): Steps {
  const { variables } = run.frame;
  const limit = step.timeout === undefined ? undefined : run.clock.limit(step.timeout);
  const held = run.hold();
  describe(run, step, held.data, undefined, held.startedAt);
  let signal = run.transformInput(step.input, step.start, run.at(step.at));
  if (signal === DONE) {
    held.input = run.data;
    variables.set('input', held.input);
    signal = isPlain(step) ? compute(run, step) : yield* compose(run, step);
    // Inner tasks had an input and a descriptor of their own.
    variables.set('input', held.input);
    describe(run, step, held.data, run.data, held.startedAt);
  }
  run.release();
  if (limit !== undefined) run.expire(limit, signal, run.at(step.at));
  return signal === DONE ? complete(run, step) : signal;
}

/** Sets `$task`, where anything reads it: what it said of another task would tell which one that was. */
function describe(run: State, step: Step, raw: Value, output: Value | undefined, startedAt: Reading): void {
  const { program, variables } = run.frame;
  if (program.reads.has('task'))
    variables.set('task', taskDescriptor(program, step, run.at(step.at), raw, output, startedAt, run.unknown));
}

/** What follows a task's work: output, export, and where control goes. */
function complete(run: State, step: Step): Signal {
  const caught = step.kind === 'try' && run.handled && step.catch.then !== undefined ? step.catch : undefined;
  const { finish, done } = caught ?? step;
  run.leave(finish);
  const output = run.transformOutput(step.output, finish, run.at(step.at));
  if (output !== DONE) return output;
  if (step.export.code !== undefined || step.export.schema !== undefined) {
    const exported = run.exportContext(step, finish);
    if (exported !== DONE) return exported;
  }
  run.leave(done);
  if (caught?.then !== undefined) return caught.then;
  if (step.kind !== 'switch') return step.then;
  run.decided(step.done, run.chosen.marks);
  return run.chosen.then ?? step.then;
}

function compute(run: State, step: PlainStep): Signal {
  const at = run.at(step.at);
  switch (step.kind) {
    case 'set':
      return run.replaceData(step.set, step.start, at);
    case 'switch':
      return select(run, step, at);
    case 'raise':
      return run.raiseError(step.error, 'raise', step.start, at);
    default:
      return unreachable(step);
  }
}

function select(run: State, step: StepOf<'switch'>, at: At): Signal {
  let marks = NO_MARKS;
  let otherwise: (typeof step.arms)[number] | undefined;
  let taken: (typeof step.arms)[number] | undefined;
  for (const arm of step.arms) {
    if (arm.when === undefined) {
      otherwise ??= arm;
      continue;
    }
    const condition = run.evaluate(arm.when, run.data, step.start, at);
    if (condition === undefined) return run.interrupted();
    marks = joinMarks(marks, deciding(condition.label));
    if (arm.spares) run.decided(step.start, marks);
    if (!run.decide(condition)) continue;
    taken = arm;
    break;
  }
  taken ??= otherwise;
  if (taken !== undefined) run.observer.arm(at, taken.name, marks);
  run.chosen = { marks, then: taken?.then };
  return DONE;
}

function* compose(run: State, step: Exclude<Step, PlainStep>): Steps {
  switch (step.kind) {
    case 'do': {
      const signal = yield* list(run, step.do);
      if (signal === DONE) run.leave(step.do.end);
      return signal;
    }
    case 'for':
      return yield* loop(run, step);
    case 'fork':
      return yield* fork(run, step, list);
    case 'try':
      return yield* guard(run, step, list);
    case 'wait':
      return yield* wait(run, step.milliseconds, step.start, run.at(step.at));
    case 'call':
      return yield* call(run, step, step.call);
    case 'run':
      return yield* callee(run, step);
    default:
      return unreachable(step);
  }
}

function* loop(run: State, step: StepOf<'for'>): Steps {
  const at = run.at(step.at);
  const { variables } = run.frame;
  const found = run.value(step.in, run.data, step.start, at);
  if (found === undefined) return run.interrupted();
  const marks = deciding(found.label);
  run.mayFail(step.start, marks);
  const kind = kindOf(run.symbols, found);
  if (kind !== 'array')
    return run.raise(standardFailure('expression', at, `for.in yields ${kind}, no array`, labelFrom(marks)));
  const held = run.hold();
  held.items = found;
  held.outer = [variables.get(step.each), variables.get(step.counter), variables.get('task')];
  held.marks = marks;
  const depth = run.place.length;
  let count = 0;
  let signal = DONE;
  for (; signal === DONE; count += 1) {
    run.leave(step.head);
    run.decided(step.head, held.marks);
    run.place[depth] = count;
    const next = run.item(held, count);
    if (next === undefined) break;
    signal = begin(run, step, held, next);
    if (signal === SKIPPED) break;
    if (signal === DONE) signal = yield* list(run, step.do);
    if (signal === DONE) run.leave(step.do.end);
  }
  run.place.length = depth;
  assign(variables, step.each, held.outer[0]);
  assign(variables, step.counter, held.outer[1]);
  run.release();
  if (signal !== DONE && signal !== SKIPPED) return signal;
  run.observer.arm(at, count > 1 ? 'many' : String(count), held.marks);
  return DONE;
}

/** The beginning of an iteration; `SKIPPED`: its condition ends the loop. */
function begin(run: State, step: StepOf<'for'>, held: Held, { value, index }: Item): Signal {
  const { variables } = run.frame;
  const at = run.at(step.at);
  if (!run.work(at)) return STOPPED;
  variables.set(step.each, value);
  variables.set(step.counter, quantityValue(index, join(held.items?.label ?? AUTHOR, AUTHOR)));
  if (step.while === undefined) return DONE;
  variables.set('input', held.data);
  assign(variables, 'task', held.outer[2]);
  run.leave(step.test);
  const condition = run.evaluate(step.while, run.data, step.test, at);
  if (condition === undefined) return run.interrupted();
  run.leave(step.turn);
  return run.choose(condition, step.turn) ? DONE : SKIPPED;
}

function* callee(run: State, step: StepOf<'run'>): Steps {
  const at = run.at(step.at);
  const argument = step.argument === undefined ? EMPTY : run.value(step.argument, run.data, step.start, at);
  if (argument === undefined) return run.interrupted();
  const { frame: outer } = run;
  const isSeen = outer.flow.failure(step.start) !== undefined;
  run.regions.open();
  run.frame = frameOf(step.callee, step.callee.flow(isSeen), `${at}#`, run.equal);
  run.frames.push(run.frame);
  run.data = argument;
  const signal = yield* workflow(run, step.callee);
  if (signal === STOPPED) return STOPPED;
  const escaped = joinMarks(run.leave(step.callee.exit), run.foldAll(run.regions.leaveAll()));
  run.regions.close();
  run.frame = outer;
  run.frames.length -= 1;
  run.decided(step.start, escaped);
  return signal;
}

type PlainStep = StepOf<'set' | 'switch' | 'raise'>;

/** Tasks that neither hold others nor have effects are done without a generator. */
function isPlain(step: Step): step is PlainStep {
  return step.kind === 'set' || step.kind === 'switch' || step.kind === 'raise';
}
