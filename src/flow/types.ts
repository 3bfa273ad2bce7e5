import { conflictOf } from '../expression/describe.ts';
import { type Fuel, inferType, OutOfFuel } from '../expression/infer.ts';
import { assume, type Scope } from '../expression/narrow.ts';
import { schemaType } from '../expression/schema-type.ts';
import {
  ANY,
  arrayType,
  falsy,
  from,
  isNever,
  join,
  joinAll,
  literalType,
  meet,
  type Member,
  memberOf,
  numberType,
  objectType,
  type Origin,
  passed,
  truthy,
  type Type,
  widen,
  within,
} from '../expression/type.ts';
import type { Finding } from '../kernel/finding.ts';
import { child, type Pointer, pointerOf, ROOT } from '../kernel/pointer.ts';
import { unreachable } from '../kernel/result.ts';
import { compileSchema, type Schema } from '../schema/compile.ts';
import type { Law, Tool, ToolId } from '../store/model.ts';
import { lower } from '../value/concrete.ts';
import {
  type Code,
  END,
  type ExpressionCode,
  type Program,
  type Step,
  type StepList,
  type Target,
  type Transform,
} from './model.ts';
import { writesIn } from './graph.ts';
import { TypeFindings } from './type-findings.ts';
import { APPROVAL, errorType, RUNTIME, taskType, toolReplyType, workflowType } from './type-sources.ts';

/**
 * What can be said of a program before it runs, from the schemas of its input, of its tools' replies and of its models':
 * members that are never there, operations that always fail, comparisons that always come out the same, arms that are never
 * taken, arguments and outputs that no schema takes. Types flow through the tasks as data does (Open Workflow DSL, "Data
 * Flow"), are joined where paths meet, and are never smaller than what a run can bring; so whatever is found holds of every
 * run that comes there. Beyond a bound of work nothing is found.
 */
export function typeFindings(program: Program, law: Pick<Law, 'servers'>, seen: Seen = () => {}): readonly Finding[] {
  const flow = new Flow(program, law, seen);
  try {
    flow.workflow();
  } catch (error) {
    if (!(error instanceof OutOfFuel)) throw error;
    return [];
  }
  return flow.findings.all;
}

/** Told what is known where an expression is evaluated: for each way to come there, in the last and largest state of a loop. */
export type Seen = (code: ExpressionCode, scope: Scope, type: Type) => void;

/** What inference may cost for one workflow. */
const FUEL = 250_000;
/** What passing a step costs by itself, beside its expressions. */
const STEP = 40;
/** Loops in one another that are settled together. */
const SETTLED = 2;

/** What is known where control is. `$context` and the rest of the specification's arguments are among the variables. */
interface State {
  readonly data: Type;
  readonly variables: ReadonlyMap<string, Type>;
  readonly narrowed: boolean;
}

/** A task list while its steps are walked: the states that come in at each. */
type Go = (target: Target, state: State | undefined) => void;

/** A state in which a task is done, if it ever is, and where control goes from there. */
type Way = readonly [State | undefined, Target];

type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

class Flow {
  readonly findings: TypeFindings;
  private readonly program: Program;
  private readonly law: Pick<Law, 'servers'>;
  private readonly fuel: Fuel = { left: FUEL };
  private readonly schemas = new Map<Schema, Type>();
  private readonly error: Type;
  /** What ends the workflow by `end`, by the task that does. */
  private readonly ends = new Map<Pointer, State>();
  /** `$context` wherever something may fail inside the innermost `try`. */
  private failing: Type | undefined;
  /** Loops that are being settled around where control is. */
  private settling = 0;
  private readonly seen: Seen;

  constructor(program: Program, law: Pick<Law, 'servers'>, seen: Seen) {
    this.seen = seen;
    this.program = program;
    this.law = law;
    this.findings = new TypeFindings(program.workflow);
    this.error = from(errorType(program), { what: 'a caught error', declared: '', via: [] });
  }

  workflow(): void {
    const { program } = this;
    const raw = this.schema(program.input.schema, '/input/schema/document', 'the workflow input');
    const variables = new Map([
      ['workflow', workflowType(raw)],
      ['runtime', RUNTIME],
    ]);
    const start: State = { data: raw, variables, narrowed: false };
    const data = program.input.code === undefined ? raw : this.code(program.input.code, start);
    const end = this.list(program.body, set({ ...start, data }, 'context', data));
    const last = program.body.steps.at(-1)?.at ?? ROOT;
    const ends = [...this.ends, ...(end === undefined ? [] : [[last, end] as const])];
    // With `as`, all come through one expression; without, each end has an output of its own.
    const { code, schema } = program.output;
    if (code !== undefined) {
      const all = ends.map(([, state]) => state).reduce<State | undefined>(meeting, undefined);
      if (all !== undefined) this.fits(this.code(code, all), schema, '/output/schema/document', '/output/as', code);
    } else for (const [at, state] of ends) this.fits(state.data, schema, '/output/schema/document', at);
  }

  // Task lists

  /** The state behind the last step; `undefined` where control never comes there. */
  private list(list: StepList, entry: State): State | undefined {
    const incoming: (State | undefined)[] = [entry];
    for (const index of inOrder(list)) {
      const step = list.steps[index];
      const state = incoming[index];
      if (step === undefined || state === undefined) continue;
      this.step(step, state, (target, next) => {
        if (next === undefined) return;
        if (target === END) this.ends.set(step.at, meeting(this.ends.get(step.at), next));
        else incoming[target] = meeting(incoming[target], next);
      });
    }
    return incoming[list.steps.length];
  }

  private step(step: Step, entry: State, go: Go): void {
    this.spend(STEP + (entry.data.size + variable(entry, 'context').size) / 2);
    this.mayFail(entry);
    let state: State | undefined = set(entry, 'task', taskType(entry.data));
    if (step.if !== undefined) {
      const decided = this.decide(step.if, state);
      go(step.index + 1, decided.otherwise);
      if (decided.then === undefined) {
        if (!decided.told) this.findings.unreachable(step.if, 'task', step.name, 'its condition never holds');
        return;
      }
      state = decided.then;
    }
    const raw = state.data;
    state = this.transformInput(step, state);
    if (state === undefined) return;
    state = set(state, 'input', state.data);
    const { data: input } = state;
    const ways = this.body(step, state).flatMap(([done, then]) => {
      if (done === undefined) return [];
      return [[set(set(done, 'input', input), 'task', taskType(raw, done.data)), then] as const];
    });
    // What goes through one expression, it must see together.
    const isPlain = [step.output, step.export].every(({ code, schema }) => code === undefined && schema === undefined);
    if (isPlain) for (const [way, then] of ways) go(then, this.complete(step, way));
    else {
      const all = ways.map(([way]) => way).reduce<State | undefined>(meeting, undefined);
      const completed = all && this.complete(step, all);
      for (const [, then] of ways) go(then, completed);
    }
  }

  private transformInput(step: Step, state: State): State | undefined {
    const { schema, code } = step.input;
    const data = this.fits(state.data, schema, child(step.at, 'input', 'schema', 'document'), step.at);
    return evaluated({ ...state, data }, code === undefined ? data : this.code(code, { ...state, data }));
  }

  /** Output and export. */
  private complete(step: Step, done: State): State | undefined {
    const output = this.transformOutput(step.output, done, child(step.at, 'output'));
    if (isNever(output)) return undefined;
    const state = { ...done, data: output };
    const { schema, code } = step.export;
    let context = variable(state, 'context');
    if (code !== undefined) {
      const exported = this.code(code, set(state, 'output', output));
      context = this.exported(exported, context, step.at);
    }
    context = this.fits(
      context,
      schema,
      child(step.at, 'export', 'schema', 'document'),
      child(step.at, 'export'),
      code,
    );
    if (isNever(context)) return undefined;
    const next = set(state, 'context', context);
    this.mayFail(next);
    return next;
  }

  private transformOutput({ schema, code }: Transform, state: State, at: Pointer): Type {
    const data = code === undefined ? state.data : this.code(code, state);
    return this.fits(data, schema, child(at, 'schema', 'document'), code === undefined ? at : child(at, 'as'), code);
  }

  /** What is new in `$context` came there by this export. */
  private exported(context: Type, before: Type, at: Pointer): Type {
    const { object } = context;
    if (object === undefined) return context;
    const named = new Map<string, Member>();
    for (const [name, member] of object.named) {
      const isOld = before.object?.named.get(name)?.type === member.type;
      named.set(
        name,
        isOld ? member : { ...member, type: passed(member.type, `exported by ${at} as $context.${name}`) },
      );
    }
    const place = this.declared(child(at, 'export'));
    const marked = { ...context, object: { ...object, named } };
    return from({ ...marked, origins: [] }, { what: `$context as ${at} leaves it`, declared: place, via: [] });
  }

  // Tasks

  /** The states in which a task may be done, and where each leads. */
  private body(step: Step, state: State): readonly Way[] {
    const { then } = step;
    const put = (type: Type, what: string): State | undefined =>
      evaluated(state, from(type, { what, declared: this.declared(step.at), via: [] }));
    switch (step.kind) {
      case 'do':
        return [[this.list(step.do, state), then]];
      case 'set':
        return [[put(this.code(step.set, state), `what ${step.at} sets`), then]];
      case 'switch':
        return this.select(step, state);
      case 'for':
        return [[this.loop(step, state), then]];
      case 'fork':
        return [[this.fork(step, state), then]];
      case 'try':
        return this.attempt(step, state);
      case 'raise':
        for (const name of ['title', 'detail', 'instance'] as const) {
          const code = step.error[name];
          if (code !== undefined) this.code(code, state);
        }
        return [];
      case 'wait':
        return [[state, then]];
      case 'call':
        return [[put(this.call(step, state), `what ${step.at} puts out`), then]];
      case 'run': {
        const { callee, argument } = step;
        const given = argument === undefined ? objectType(new Map()) : this.code(argument, state);
        const { schema: input } = callee.input;
        if (argument !== undefined && input !== undefined)
          this.argument(
            given,
            input,
            argument,
            `${callee.name}@${callee.version}`,
            child(step.at, 'run', 'workflow', 'input'),
            true,
          );
        const { schema } = callee.output;
        const what = `the output of ${callee.name}@${callee.version}`;
        return [[put(schema === undefined ? ANY : schemaType(schema.root), what), then]];
      }
      default:
        return unreachable(step);
    }
  }

  /** An arm that is not taken says something about what comes to the next. */
  private select(step: StepOf<'switch'>, state: State): readonly Way[] {
    const ways: Way[] = [];
    let left: State | undefined = state;
    let taking: string | undefined;
    let isTold = false;
    for (const arm of step.arms) {
      if (arm.when === undefined) continue;
      if (left === undefined) {
        const why = taking === undefined ? 'the arms before it take everything' : `${taking} before it is always taken`;
        if (!isTold) this.findings.unreachable(arm.when, 'arm', arm.name, why);
        continue;
      }
      const decided = this.decide(arm.when, left);
      if (decided.then !== undefined) ways.push([decided.then, arm.then]);
      else if (!decided.told) this.findings.unreachable(arm.when, 'arm', arm.name, 'its condition never holds here');
      if (decided.otherwise === undefined && !left.narrowed) taking = arm.name;
      isTold ||= decided.told;
      left = decided.otherwise;
    }
    const otherwise = step.arms.find(({ when }) => when === undefined);
    return [...ways, [left, otherwise?.then ?? step.then]];
  }

  private loop(step: StepOf<'for'>, state: State): State | undefined {
    const items = this.code(step.in, state);
    if (isNever(items)) return undefined;
    if (items.array === undefined) {
      this.findings.noArray(step.in, items, step.at);
      return undefined;
    }
    const { item, max } = items.array;
    if (isNever(item)) return state;
    const around = set(set(state, step.each, item), step.counter, numberType(0, max - 1, true));
    const outer = (end: State): State => ({
      ...end,
      variables: restored(end.variables, state.variables, step.each, step.counter),
    });
    const head = this.stable(around, (head) => this.turn(step, head, state).end);
    const { end, left } = this.turn(step, head, state);
    const after = [head, end, left].reduce<State | undefined>(meeting, undefined);
    return after === undefined ? undefined : outer(after);
  }

  /** One iteration: the state behind it, and the one in which `while` ended the loop. */
  private turn(
    step: StepOf<'for'>,
    head: State,
    before: State,
  ): { readonly end: State | undefined; readonly left: State | undefined } {
    const around = set(set(head, 'input', variable(before, 'input')), 'task', variable(before, 'task'));
    if (step.while === undefined) return { end: this.list(step.do, around), left: undefined };
    const { then, otherwise } = this.decide(step.while, around);
    return { end: then && this.list(step.do, then), left: otherwise };
  }

  /** The state at the head of a loop that its body does not make larger. Nothing is told on the way. */
  private stable(start: State, body: (head: State) => State | undefined): State {
    // Each loop around would settle the ones inside anew: further in, anything may have been written.
    if (this.settling >= SETTLED) return { ...set(start, 'context', ANY), data: ANY };
    let head = start;
    this.settling += 1;
    this.findings.quietly(() => {
      for (let round = 0; ; round += 1) {
        const end = body(head);
        const next = end === undefined ? head : widened(head, end, round);
        if (next === head) return;
        head = next;
      }
    });
    this.settling -= 1;
    return head;
  }

  private fork(step: StepOf<'fork'>, state: State): State | undefined {
    const context = variable(state, 'context');
    const ends = step.branches.map((branch) => this.list(branch, state));
    const ended = ends.filter((end) => end !== undefined);
    const contexts = ended.map((end) => variable(end, 'context'));
    if (step.compete) {
      if (ended.length === 0) return undefined;
      return { ...set(state, 'context', joinAll(contexts)), data: joinAll(ended.map(({ data }) => data)) };
    }
    if (ended.length < ends.length) return undefined;
    const data = arrayType(joinAll(ended.map((end) => end.data)), ended.length, ended.length);
    return { ...set(state, 'context', mergedContext(context, contexts, step.branches)), data };
  }

  private attempt(step: StepOf<'try'>, state: State): readonly Way[] {
    const { catch: handler } = step;
    const outer = this.failing;
    const isRetried = handler.retry !== undefined;
    const attempted = (head: State): State => {
      this.failing = variable(head, 'context');
      this.list(step.try, head);
      return set(head, 'context', this.failing);
    };
    const head = isRetried ? this.stable(state, attempted) : state;
    this.failing = variable(head, 'context');
    const end = this.list(step.try, head);
    const failed = this.failing;
    this.failing = outer === undefined ? undefined : join(outer, failed);
    const around = set(set(set(state, 'context', failed), handler.as, this.error), 'input', variable(state, 'input'));
    const caught = this.caught(step, around);
    const handled =
      caught === undefined
        ? undefined
        : { ...caught, variables: restored(caught.variables, state.variables, handler.as) };
    return [
      [end, step.then],
      [handled, handler.then ?? step.then],
    ];
  }

  /** Behind the handler; `undefined` where nothing is caught, or control goes elsewhere. */
  private caught({ catch: handler, name }: StepOf<'try'>, around: State): State | undefined {
    let state: State | undefined = around;
    for (const [code, wanted] of [
      [handler.when, true],
      [handler.exceptWhen, false],
    ] as const) {
      if (code === undefined) continue;
      const decided = this.decide(code, state);
      state = wanted ? decided.then : decided.otherwise;
      if (state !== undefined) continue;
      if (!decided.told) this.findings.unreachable(code, 'catch', name, 'its condition lets no error in');
      return undefined;
    }
    const { retry } = handler;
    for (const code of [retry?.when, retry?.exceptWhen]) if (code !== undefined) this.code(code, state);
    if (handler.do !== undefined) return this.list(handler.do, state);
    // Retries that are spent raise again.
    return retry === undefined ? state : undefined;
  }

  // Calls

  private call(step: StepOf<'call'>, outer: State): Type {
    const { call } = step;
    const given = child(step.at, 'with');
    let state = outer;
    if (step.with !== undefined) {
      const { schema, code } = step.with;
      const type = this.code(code, outer);
      if (schema !== undefined) this.argument(type, schema, code, 'the function', given, true);
      const data = schema === undefined ? type : meet(type, this.schemaOf(schema));
      if (isNever(data)) return data;
      state = { ...outer, data };
    }
    switch (call.kind) {
      case 'tool': {
        this.toolArguments(
          call.arguments,
          call.tool,
          state,
          child(given, 'parameters', 'arguments'),
          step.with !== undefined,
        );
        const what = `the reply of ${call.tool.id}`;
        const declared = this.toolPlace(call.tool.id, 'output');
        return from(toolReplyType(call.tool, { what, declared, via: [] }), { what, declared, via: [] });
      }
      case 'infer': {
        this.code(call.data, state);
        const origin: Origin = {
          what: `the model's reply at ${step.at}`,
          declared: this.declared(child(step.at, 'with', 'schema')),
          via: [],
        };
        return schemaType(call.schema.root, origin);
      }
      case 'approve': {
        const tool = this.tool(call.tool);
        if (tool === undefined) this.code(call.arguments, state);
        else this.toolArguments(call.arguments, tool, state, child(given, 'arguments'), step.with !== undefined);
        const { title, detail, instance } = call.otherwise;
        for (const code of [title, detail, instance]) if (code !== undefined) this.code(code, state);
        return from(APPROVAL, { what: 'the reply of approve', declared: '', via: [] });
      }
      default:
        return unreachable(call);
    }
  }

  private tool(id: ToolId): Tool | undefined {
    const slash = id.indexOf('/');
    return this.law.servers.get(id.slice(0, slash))?.tools.get(id.slice(slash + 1));
  }

  private toolPlace(id: ToolId, side: string): string {
    const slash = id.indexOf('/');
    const place = this.law.servers.get(id.slice(0, slash))?.locate(child(ROOT, 'tools', id.slice(slash + 1), side));
    return place === undefined ? '' : `${place.file}:${place.line}`;
  }

  private toolArguments(code: Code, tool: Tool, state: State, at: Pointer, literals: boolean): void {
    const given = this.code(code, state);
    const compiled = compileSchema(tool.input, { undeclared: 'refused' });
    if (compiled.ok) this.argument(given, compiled.value, code, tool.id, at, literals);
  }

  /** Checks arguments, member by member as far as they are written out; `literals`: those of tools are checked elsewhere. */
  private argument(given: Type, schema: Schema, code: Code, callee: string, at: Pointer, literals: boolean): void {
    const check = (part: Code, type: Type, wanted: Type, path: readonly string[]): boolean => {
      if (part.kind === 'constant' && !literals) return false;
      const isRecord = part.kind === 'object' && type.object !== undefined && wanted.object !== undefined;
      const fields = isRecord ? part.fields : [];
      const found = fields.map(([name, field]) => {
        const [mine, theirs] = [type.object, wanted.object].map((object) => object && memberOf(object, name));
        return mine !== undefined && theirs !== undefined && check(field, mine.type, theirs.type, [...path, name]);
      });
      if (found.includes(true)) return true;
      const conflict = isRecord && !literals && path.length === 0 ? undefined : conflictOf(type, wanted);
      if (conflict === undefined) return false;
      this.findings.argument(callee, part, child(at, ...path), { ...conflict, path: [...path, ...conflict.path] });
      return true;
    };
    check(code, given, this.schemaOf(schema), []);
  }

  // Expressions and schemas

  /** Where a condition may lead, and whether something was told of it. */
  private decide(
    code: ExpressionCode,
    state: State,
  ): { readonly then: State | undefined; readonly otherwise: State | undefined; readonly told: boolean } {
    const { type, told: isWrong } = this.expression(code, state);
    // A condition that is written out as true or false is a switch that the author has set.
    const told = isWrong || code.expression.root.kind === 'literal';
    const way = (holds: boolean): State | undefined => {
      if (isNever(holds ? truthy(type) : falsy(type))) return undefined;
      const scope = assume(code.expression.root, holds, scopeOf(state));
      return scope === undefined
        ? undefined
        : { data: scope.input, variables: scope.variables, narrowed: scope.narrowed };
    };
    return { then: way(true), otherwise: way(false), told };
  }

  private expression(code: ExpressionCode, state: State): { readonly type: Type; readonly told: boolean } {
    const scope = scopeOf(state);
    const { type, problems } = inferType(code.expression.root, scope, this.fuel);
    if (!this.findings.isQuiet) this.seen(code, scope, type);
    for (const problem of problems) this.findings.problem(code, problem);
    return { type, told: problems.length > 0 };
  }

  private code(code: Code, state: State): Type {
    switch (code.kind) {
      case 'constant':
        return literalType(lower(code.value));
      case 'expression':
        return this.expression(code, state).type;
      case 'array': {
        const items = code.items.map((item) => this.code(item, state));
        return arrayType(joinAll(items), items.length, items.length);
      }
      case 'object':
        return objectType(
          new Map(code.fields.map(([name, field]) => [name, { type: this.code(field, state), required: true }])),
        );
      default:
        return unreachable(code);
    }
  }

  private schemaOf(schema: Schema): Type {
    let type = this.schemas.get(schema);
    if (type === undefined) this.schemas.set(schema, (type = schemaType(schema.root)));
    return type;
  }

  private schema(schema: Schema | undefined, at: string, what: string): Type {
    if (schema === undefined) return ANY;
    return schemaType(schema.root, { what, declared: this.declared(pointerOf(at)), via: [] });
  }

  /** What is left of a type behind a schema; that nothing is left is told. */
  private fits(type: Type, schema: Schema | undefined, schemaAt: string, at: string, code?: Code): Type {
    if (schema === undefined || isNever(type)) return type;
    const wanted = this.schemaOf(schema);
    const conflict = conflictOf(type, wanted);
    if (conflict !== undefined) this.findings.neverValid(pointerOf(schemaAt), pointerOf(at), code, type, conflict);
    return meet(type, wanted);
  }

  private spend(amount: number): void {
    this.fuel.left -= amount;
    if (this.fuel.left < 0) throw new OutOfFuel();
  }

  private mayFail(state: State): void {
    if (this.failing !== undefined) this.failing = join(this.failing, variable(state, 'context'));
  }

  private declared(at: Pointer): string {
    const { file, line } = this.program.workflow.locate(at);
    return `${file}:${line}`;
  }
}

function scopeOf({ data, variables, narrowed }: State): Scope {
  return { input: data, variables, narrowed };
}

function set(state: State, name: string, type: Type): State {
  return { ...state, variables: new Map(state.variables).set(name, type) };
}

function variable(state: State, name: string): Type {
  return state.variables.get(name) ?? ANY;
}

/** The state with this data; `undefined` where no value ever comes. */
function evaluated(state: State, data: Type): State | undefined {
  return isNever(data) ? undefined : { ...state, data };
}

/** Where two paths meet; a variable that only one of them has is not known. */
function meeting(a: State | undefined, b: State): State;
function meeting(a: State | undefined, b: State | undefined): State | undefined;
function meeting(a: State | undefined, b: State | undefined): State | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const variables = new Map<string, Type>();
  for (const [name, type] of a.variables) {
    const other = b.variables.get(name);
    if (other !== undefined) variables.set(name, join(type, other));
  }
  return { data: join(a.data, b.data), variables, narrowed: a.narrowed || b.narrowed };
}

/** The head of a loop once its body has come round; the same object where nothing is new. */
function widened(head: State, end: State, round: number): State {
  const variables = new Map(head.variables);
  let isNew = !within(end.data, head.data);
  for (const name of ['context'] as const) {
    const [before, after] = [variable(head, name), variable(end, name)];
    if (within(after, before)) continue;
    isNew = true;
    variables.set(name, widen(before, after, round));
  }
  return isNew ? { data: widen(head.data, end.data, round), variables, narrowed: head.narrowed || end.narrowed } : head;
}

/** Variables as they are now, but for some that have their old value back, or none. */
function restored(
  now: ReadonlyMap<string, Type>,
  before: ReadonlyMap<string, Type>,
  ...names: readonly string[]
): ReadonlyMap<string, Type> {
  const variables = new Map(now);
  for (const name of names) {
    const old = before.get(name);
    if (old === undefined) variables.delete(name);
    else variables.set(name, old);
  }
  return variables;
}

/** `$context` behind a fork that waits for all: each branch's writes are taken over, in order. */
function mergedContext(before: Type, contexts: readonly Type[], branches: readonly StepList[]): Type {
  const writes = branches.map((branch) => writesIn(branch).context);
  const isPlain = [before, ...contexts].every(
    (context) => context.object !== undefined && isNever(withoutObjects(context)),
  );
  if (!isPlain || writes.includes('all') || before.object === undefined) return joinAll([before, ...contexts]);
  const named = new Map(before.object.named);
  let { rest } = before.object;
  contexts.forEach(({ object }, i) => {
    const names = writes[i];
    if (object === undefined || names === undefined || names === 'all') return;
    for (const name of names) {
      const theirs = object.named.get(name) ?? { type: object.rest, required: false };
      const mine = named.get(name) ?? { type: rest, required: false };
      named.set(name, { type: join(mine.type, theirs.type), required: mine.required || theirs.required });
    }
    rest = join(rest, object.rest);
  });
  return objectType(named, rest);
}

function withoutObjects(type: Type): Type {
  return { ...type, object: undefined };
}

/** The steps of a list so that every jump leads from an earlier to a later one; jumps close no cycle, and lists may be long. */
function inOrder({ steps }: StepList): readonly number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const open: { readonly index: number; readonly targets: Target[] }[] = [];
  const enter = (index: number): void => {
    const step = steps[index];
    if (step === undefined || seen.has(index)) return;
    seen.add(index);
    open.push({ index, targets: targetsOf(step) });
  };
  enter(0);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const target = top.targets.pop();
    if (target !== undefined) enter(target);
    else {
      order.push(top.index);
      open.pop();
    }
  }
  return order.reverse();
}

function targetsOf(step: Step): Target[] {
  const targets = [step.then, ...(step.if === undefined ? [] : [step.index + 1])];
  if (step.kind === 'switch') targets.push(...step.arms.map(({ then }) => then));
  if (step.kind === 'try' && step.catch.then !== undefined) targets.push(step.catch.then);
  return targets;
}
