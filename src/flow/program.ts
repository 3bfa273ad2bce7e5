import { parseExpression } from '../expression/parse.ts';
import { ANYTHING, type Kinds, kinds, partiality } from '../expression/types.ts';
import { childrenOf, type Expression, type Node as ExpressionNode } from '../expression/tree.ts';
import { Collector } from '../kernel/collector.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Place } from '../kernel/place.ts';
import { pathOf, valueAt } from '../kernel/paths.ts';
import { child, type Pointer, pointerOf, ROOT } from '../kernel/pointer.ts';
import { assert, unreachable } from '../kernel/result.ts';
import type { RuleData, RuleId } from '../kernel/rules.ts';
import { suggest } from '../kernel/suggest.ts';
import { DOCUMENT_LIMITS } from '../kernel/text.ts';
import { type CheckOptions, checkSchema } from '../schema/check.ts';
import { compileSchema, type Schema, type SchemaOptions } from '../schema/compile.ts';
import { schemaFinding } from '../schema/finding.ts';
import type { Law, Tool, ToolId, WorkflowName } from '../store/model.ts';
import { arrayValue, ingress, lift, objectValue } from '../value/concrete.ts';
import { AUTHOR } from '../value/label.ts';
import { compareScalars } from '../value/order.ts';
import type { Value } from '../value/value.ts';
import type { Call, ErrorDefinition, Source, Task, TaskList, Template, Then, Workflow } from '../workflow/model.ts';
import { callBoundsOf } from './bounds.ts';
import { expressionFinding, ruleOf } from './expression-finding.ts';
import { buildGraph, mayRaise } from './graph.ts';
import {
  type CallCode,
  type Catch,
  type Code,
  END,
  NO_WRITES,
  type ErrorCode,
  type ExpressionCode,
  type Node,
  type Program,
  type Step,
  type StepBase,
  type StepList,
  type Target,
  type Transform,
  type Writes,
} from './model.ts';
import { flowOf } from './regions.ts';
import { contextIsObject, contextWrites } from './writes.ts';

export type { Program } from './model.ts';

/** `<namespace>/<name>@<version>`, as `run.workflow` names a callee. */
export type CalleeName = `${WorkflowName}@${string}`;

export interface Compilation {
  /** Absent where some finding makes the workflow meaningless. */
  readonly program?: Program;
  readonly findings: readonly Finding[];
}

/**
 * Compiles a workflow: parses its expressions, compiles its schemas, resolves its jumps and numbers the points of its
 * control flow. `callees` are the programs of the released workflows that it runs, by name and version; a workflow that
 * would run itself finds itself missing there.
 */
export function compileProgram(
  workflow: Workflow,
  law: Pick<Law, 'servers'>,
  callees: ReadonlyMap<CalleeName, Program>,
): Compilation {
  return new Compiler(workflow, law, callees).compile();
}

/** Variables that the specification gives to every expression of a kind of place (DSL, "Runtime expression arguments"). */
const BEFORE_WORKFLOW = ['workflow', 'runtime'];
const AFTER_WORKFLOW = ['context', 'workflow', 'runtime'];
const BEFORE_TASK = ['context', 'task', 'workflow', 'runtime'];
const IN_TASK = [...BEFORE_TASK, 'input'];
const AT_EXPORT = [...IN_TASK, 'output'];
const PREDEFINED: ReadonlySet<string> = new Set([...AT_EXPORT, 'secrets', 'authorization']);

/** A list of tasks, and where each stands in it. */
interface List {
  readonly tasks: TaskList;
  readonly places: ReadonlyMap<string, number>;
}

/** Variables in scope: of loops and handlers around. */
type Scope = readonly string[];

/** Characters of an expression that count as one value. */
const CHARACTERS = 8;
/** Values that a pattern of ordinary weight counts as: it may take that much more to match. */
const PATTERN = 5;

class Compiler {
  private readonly workflow: Workflow;
  private readonly law: Pick<Law, 'servers'>;
  private readonly callees: ReadonlyMap<CalleeName, Program>;
  private readonly collector = new Collector();
  /** Places that were told about already: an error definition is compiled wherever it is raised. */
  private readonly told = new Set<string>();
  private readonly reads = new Set<string>();
  /** What is known of the kinds of variables, wherever they are in scope. */
  private readonly known: ReadonlyMap<string, Kinds>;
  private size = 0;
  private written = 0;
  private readonly schemas = new Map<JsonObject, Schema | undefined>();

  constructor(workflow: Workflow, law: Pick<Law, 'servers'>, callees: ReadonlyMap<CalleeName, Program>) {
    this.workflow = workflow;
    this.law = law;
    this.callees = callees;
    const descriptors = ['task', 'workflow', 'runtime'].map((name) => [name, kinds('object')] as const);
    this.known = new Map(
      contextIsObject(workflow, DOCUMENT_LIMITS.nodes * CHARACTERS)
        ? [...descriptors, ['context', kinds('object')]]
        : descriptors,
    );
  }

  compile(): Compilation {
    const { workflow } = this;
    const start = this.node();
    const input = this.transform(
      workflow.input?.schema,
      workflow.input?.from,
      child(ROOT, 'input'),
      BEFORE_WORKFLOW,
      FROM_OUTSIDE,
    );
    const body = this.list(workflow.do, []);
    const finish = this.node();
    const output = this.transform(
      workflow.output?.schema,
      workflow.output?.as,
      child(ROOT, 'output'),
      AFTER_WORKFLOW,
      CLOSED,
    );
    const done = this.node();
    const exit = this.node();
    if (this.collector.count > 0) return { findings: this.collector.findings };

    const { size, reads, written } = this;
    const timeout = optional('timeout', workflow.timeout);
    const shape = { body, start, finish, done, exit, size, ...timeout };
    const open = flowOf(() => buildGraph(shape, false));
    const guarded = flowOf(() => buildGraph(shape, true));
    const definitions = new Map<Pointer, Value>();
    const program: Program = {
      name: `${workflow.namespace}/${workflow.name}`,
      version: workflow.version,
      workflow,
      input,
      output,
      ...shape,
      mayRaise: mayRaise(body),
      reads,
      callBounds: callBoundsOf(body),
      written,
      definition(at) {
        const value = definitions.get(at) ?? literal(valueAt(workflow.document, pathOf(at)) ?? null);
        definitions.set(at, value);
        return value;
      },
      flow: (isGuarded) => (isGuarded ? guarded : open),
    };
    return { program, findings: [] };
  }

  /**
   * Counts values that are compiled: what `use` defines, and a workflow that is run, count wherever they stand, because
   * whatever walks a program walks them there. False where there are too many, which is told once.
   */
  private spend(values: number, at: Pointer): boolean {
    const before = this.written;
    this.written += values;
    const limit = DOCUMENT_LIMITS.nodes;
    if (before <= limit && this.written > limit) this.tell('structure/too-many-nodes', at, '', () => ({ limit }));
    return this.written <= limit;
  }

  private node(): Node {
    this.size += 1;
    return this.size - 1;
  }

  // Tasks

  private list(tasks: TaskList, scope: Scope): StepList {
    const list = { tasks, places: new Map(tasks.map(({ name }, i) => [name, i])) };
    const steps = tasks.map((task, index) => this.step(task, index, list, scope));
    return { steps, end: this.node() };
  }

  private step(task: Task, index: number, list: List, scope: Scope): Step {
    this.spend(1, task.at);
    const enter = this.node();
    const choice = this.node();
    const start = this.node();
    const before = [...BEFORE_TASK, ...scope];
    const within = [...IN_TASK, ...scope];
    const condition = this.condition(task.if, before);
    const input = this.transform(task.input?.schema, task.input?.from, child(task.at, 'input'), before);
    const body = this.body(task, index, list, scope, within);
    const finish = this.node();
    const output = this.transform(task.output?.schema, task.output?.as, child(task.at, 'output'), within);
    const exported = this.transform(task.export?.schema, task.export?.as, child(task.at, 'export'), [
      ...AT_EXPORT,
      ...scope,
    ]);
    const done = this.node();
    const base: StepBase = {
      name: task.name,
      at: task.at,
      index,
      ...optional('if', condition),
      input,
      output,
      export: exported,
      ...optional('timeout', task.timeout),
      then: targetOf(task.then, index, list),
      enter,
      choice,
      start,
      finish,
      done,
      writes: writesOf(task, exported.code),
      partial: {
        enter: mayFail(condition),
        start: input.schema !== undefined || mayFail(input.code) || body.partial,
        finish: [output, exported].some(({ schema, code }) => schema !== undefined || mayFail(code)),
        inner: body.partialInside ?? false,
      },
    };
    return { ...base, ...body.does };
  }

  /** What is proper to a kind of task; `partial`: whether its own expressions may fail, at its start or inside. */
  private body(
    task: Task,
    index: number,
    list: List,
    scope: Scope,
    within: readonly string[],
  ): { readonly does: Does; readonly partial: boolean; readonly partialInside?: boolean } {
    switch (task.kind) {
      case 'do':
        return { does: { kind: 'do', do: this.list(task.do, scope) }, partial: false };
      case 'set': {
        const set = this.template(task.set, within);
        return { does: { kind: 'set', set }, partial: mayFail(set) };
      }
      case 'switch': {
        const arms = task.arms.map(({ name, when, then }) => ({
          name,
          ...optional('when', this.condition(when, within)),
          then: targetOf(then, index, list),
        }));
        const partial = arms.map(({ when }) => mayFail(when));
        const last = partial.lastIndexOf(true);
        const sparing = arms.map((arm, i) => ({ ...arm, spares: last > i }));
        return { does: { kind: 'switch', arms: sparing }, partial: partial.includes(true) };
      }
      case 'for': {
        const { each, index: counter } = task;
        for (const name of [each, counter]) this.declare(name, task.at);
        const items = this.template(task.in, within);
        const inside = [...scope, each, counter];
        const condition = this.condition(task.while, [...within, each, counter]);
        const [head, test, turn] = [this.node(), this.node(), this.node()];
        const does: Does = {
          kind: 'for',
          each,
          counter,
          in: items,
          ...optional('while', condition),
          head,
          test,
          turn,
          do: this.list(task.do, inside),
        };
        return { does, partial: !isConstantArray(items), partialInside: mayFail(condition) };
      }
      case 'fork': {
        const branches = task.branches.map((branch) => this.list([branch], scope));
        return {
          does: { kind: 'fork', branches, compete: task.compete, callBounds: branches.map(callBoundsOf) },
          partial: false,
        };
      }
      case 'try': {
        const attempt = this.list(task.try, scope);
        const handler = this.handler(task, index, list, scope, within);
        const { when, exceptWhen, retry } = handler;
        const partialInside = [when, exceptWhen, retry?.when, retry?.exceptWhen].some(mayFail);
        return { does: { kind: 'try', try: attempt, catch: handler }, partial: false, partialInside };
      }
      case 'raise': {
        const error = this.error(task.error, within);
        return { does: { kind: 'raise', error }, partial: [error.title, error.detail, error.instance].some(mayFail) };
      }
      case 'wait':
        return { does: { kind: 'wait', milliseconds: task.duration }, partial: false };
      case 'call':
        return { does: this.call(task, within), partial: true };
      case 'run': {
        const name: CalleeName = `${task.workflow.name}@${task.workflow.version}`;
        const callee = this.callees.get(name);
        const argument = task.argument === undefined ? undefined : this.template(task.argument, within);
        if (callee === undefined) this.unknownReference('workflow', name, task.at, this.callees.keys());
        else this.spend(callee.written, task.at);
        return {
          does: callee === undefined ? NOTHING : { kind: 'run', callee, ...optional('argument', argument) },
          partial: true,
        };
      }
      default:
        return unreachable(task);
    }
  }

  private handler(task: TaskOf<'try'>, index: number, list: List, scope: Scope, within: readonly string[]): Catch {
    const { at, errors, as, when, exceptWhen, retry, do: tasks, then } = task.catch;
    this.declare(as, at);
    const asking = [...within, as];
    const code = (source: Source | undefined): ExpressionCode | undefined => this.condition(source, asking);
    const again =
      retry === undefined
        ? undefined
        : { ...retry, ...optional('when', code(retry.when)), ...optional('exceptWhen', code(retry.exceptWhen)) };
    return {
      node: this.node(),
      at,
      ...optional('errors', errors),
      as,
      ...optional('when', code(when)),
      ...optional('exceptWhen', code(exceptWhen)),
      ...optional('retry', again as Catch['retry']),
      ...optional('do', tasks === undefined ? undefined : this.list(tasks, [...scope, as])),
      ...optional('then', then === undefined ? undefined : targetOf(then, index, list)),
      finish: this.node(),
      done: this.node(),
    };
  }

  private call(task: TaskOf<'call'>, within: readonly string[]): Does {
    const call = this.callCode(task.call, task.at, within);
    const given = task.with;
    if (given === undefined) return call === undefined ? NOTHING : { kind: 'call', call };
    const code = this.template(given.arguments, within);
    const schema = given.schema === undefined ? undefined : this.schema(given.schema, child(task.at, 'with'), {});
    return call === undefined ? NOTHING : { kind: 'call', call, with: { code, ...optional('schema', schema) } };
  }

  private callCode(call: Call, at: Pointer, within: readonly string[]): CallCode | undefined {
    switch (call.kind) {
      case 'tool': {
        const tool = this.tool(call.tool, at);
        const args = this.template(call.arguments, within);
        if (tool === undefined) return undefined;
        const output = tool.output === undefined ? undefined : this.lawSchema(tool.output);
        const timeout = optional('timeout', call.timeout);
        return { kind: 'tool', tool, arguments: args, ...optional('output', output), ...timeout };
      }
      case 'infer': {
        const { instructions, schema: json } = call;
        const schema = this.schema(json, child(at, 'with', 'schema'), FROM_OUTSIDE);
        const data = this.template(call.data, within);
        return schema === undefined ? undefined : { kind: 'infer', instructions, data, json, schema };
      }
      case 'approve': {
        const tool = this.tool(call.tool, at);
        const args = this.template(call.arguments, within);
        const definition = this.workflow.errors.get(call.otherwise);
        if (definition === undefined) this.unknownReference('error', call.otherwise, at, this.workflow.errors.keys());
        if (tool === undefined || definition === undefined) return undefined;
        return { kind: 'approve', tool: tool.id, arguments: args, otherwise: this.error(definition, within) };
      }
      default:
        return unreachable(call);
    }
  }

  private tool(id: ToolId, at: Pointer): Tool | undefined {
    const separator = id.indexOf('/');
    const tools = this.law.servers.get(id.slice(0, separator))?.tools;
    const tool = tools?.get(id.slice(separator + 1));
    if (tool !== undefined) return tool;
    const known = [...this.law.servers.values()].flatMap((server) => [...server.tools.values()].map((it) => it.id));
    this.tell('structure/unknown-tool', at, '', () => ({ name: id, suggestion: suggest(id, known) }));
    return undefined;
  }

  private error(definition: ErrorDefinition, within: readonly string[]): ErrorCode {
    const code = (template: Template | undefined): Code | undefined =>
      template === undefined ? undefined : this.template(template, within);
    const { name, type, status } = definition;
    return {
      name,
      type,
      status,
      ...optional('title', code(definition.title)),
      ...optional('detail', code(definition.detail)),
      ...optional('instance', code(definition.instance)),
    };
  }

  /** A loop or a handler gives a name to a variable. */
  private declare(name: string, at: Pointer): void {
    if (!PREDEFINED.has(name)) return;
    const detail = `$${name} is predefined: a loop or a catch needs another name`;
    this.tell('structure/invalid-value', at, name, () => ({ detail }));
  }

  // Expressions and schemas

  private transform(
    json: JsonObject | undefined,
    template: Template | undefined,
    at: Pointer,
    available: readonly string[],
    options: CheckOptions = {},
  ): Transform {
    const schema = json === undefined ? undefined : this.schema(json, child(at, 'schema', 'document'), options);
    const code = template === undefined ? undefined : this.template(template, available);
    return { ...optional('schema', schema), ...optional('code', code) };
  }

  private template(template: Template, available: readonly string[]): Code {
    if (!this.spend(1, template.at)) return NO_VALUE;
    switch (template.kind) {
      case 'expression':
        return this.expression(template, available);
      case 'literal':
        return { kind: 'constant', value: this.constant(template.value, template.at) };
      case 'array':
        return folded({ kind: 'array', items: template.items.map((item) => this.template(item, available)) });
      case 'object': {
        // In the order of `lift`, which no expression can see past.
        const names = [...template.fields.keys()].toSorted(compareScalars);
        const fields = names.map(
          (name) => [name, this.template(template.fields.get(name) ?? NULL_TEMPLATE, available)] as const,
        );
        return folded({ kind: 'object', fields });
      }
      default:
        return unreachable(template);
    }
  }

  private constant(value: Json, at: Pointer): Value {
    const checked = ingress(value);
    if (checked.ok) return lift(checked.value, AUTHOR);
    const { detail } = checked.error;
    this.tell('structure/invalid-value', at, detail, () => ({ detail }));
    return lift(null, AUTHOR);
  }

  private condition(source: Source | undefined, available: readonly string[]): ExpressionCode | undefined {
    return source === undefined ? undefined : this.expression(source, available);
  }

  private expression(source: Source, available: readonly string[]): ExpressionCode {
    if (!this.spend(Math.ceil(source.source.length / CHARACTERS), source.at))
      return { kind: 'expression', expression: identity(), at: source.at, offset: source.offset };
    const parsed = parseExpression(source.source);
    if (!parsed.ok) {
      const { error: problem } = parsed;
      this.once(ruleOf(problem), source.at, problem.offset, () =>
        expressionFinding(problem, source.source, this.placeInside(source, problem.offset, problem.length)),
      );
      return { kind: 'expression', expression: identity(), at: source.at, offset: source.offset };
    }
    const { value: expression } = parsed;
    this.spend(expression.patterns * PATTERN, source.at);
    for (const name of expression.free) {
      if (PREDEFINED.has(name)) this.reads.add(name);
      if (available.includes(name)) continue;
      this.once('structure/unknown-variable', source.at, name, () => {
        const { offset, length } = spanOf(expression, name);
        const data = { source: source.source, offset, length, name, suggestion: suggest(name, available) };
        return finding('structure/unknown-variable', this.placeInside(source, offset, length), data);
      });
    }
    const partial = partiality(expression.root, { input: ANYTHING, variables: this.known });
    return { kind: 'expression', expression: { ...expression, partial }, at: source.at, offset: source.offset };
  }

  /** What `use` defines stands in many places, and is read once. */
  private schema(json: JsonObject, at: Pointer, options: CheckOptions & SchemaOptions): Schema | undefined {
    if (!this.schemas.has(json)) this.schemas.set(json, this.readSchema(json, at, options));
    return this.schemas.get(json);
  }

  private readSchema(json: JsonObject, at: Pointer, options: CheckOptions & SchemaOptions): Schema | undefined {
    const problems = checkSchema(json, { unknown: 'refuse', ...options });
    for (const problem of problems) {
      const pointer = pointerOf(`${at}${problem.pointer}`);
      const found = schemaFinding(problem, this.workflow.locate(pointer));
      this.once(found.rule, pointer, JSON.stringify(found.data), () => found);
    }
    if (problems.length > 0) return undefined;
    const compiled = compileSchema(json, options);
    if (compiled.ok) this.spend(compiled.value.patterns * PATTERN, at);
    return compiled.ok ? compiled.value : undefined;
  }

  /** Of a tool contract: law, whose problems are reported where it is read. */
  private lawSchema(json: JsonObject): Schema | undefined {
    const compiled = compileSchema(json, { formats: 'annotation' });
    return compiled.ok ? compiled.value : undefined;
  }

  private unknownReference(kind: string, name: string, at: Pointer, known: Iterable<string>): void {
    this.tell('structure/unknown-reference', at, name, () => ({ kind, name, suggestion: suggest(name, known) }));
  }

  private tell<R extends RuleId>(rule: R, at: Pointer, what: string, data: () => RuleData[R]): void {
    this.once(rule, at, what, () => finding(rule, this.workflow.locate(at), data()));
  }

  /** `what`: which of the findings of a rule at one place this is. */
  private once(rule: RuleId, at: Pointer, what: string | number, make: () => Finding): void {
    const key = JSON.stringify([rule, at, what]);
    if (this.told.has(key)) return;
    this.told.add(key);
    this.collector.add(rule, 'error', make);
  }

  /** The place of a part of an expression inside the string that holds it. */
  private placeInside(source: Source, offset: number, length: number): Place {
    return this.workflow.locate(source.at, { offset: source.offset + offset, length });
  }
}

type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>;
type Does = Step extends infer S ? (S extends Step ? Omit<S, keyof StepBase> : never) : never;

const CLOSED: CheckOptions = { closed: true };
/** Where anybody may choose the value: the caller, or a model. */
const FROM_OUTSIDE: CheckOptions = { closed: true, bounds: true };
const NULL_TEMPLATE: Template = { kind: 'literal', value: null, at: ROOT };
/** Stand where a problem was told, in a tree that is never run. */
const NO_VALUE: Code = { kind: 'constant', value: lift(null, AUTHOR) };
const NOTHING: Does = { kind: 'set', set: NO_VALUE };

function identity(): Expression {
  const parsed = parseExpression('.');
  assert(parsed.ok, 'the identity is an expression');
  return parsed.value;
}

/** An object with the member only where there is a value for it. */
function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: V };
}

function targetOf(then: Then, index: number, list: List): Target {
  switch (then.kind) {
    case 'continue':
      return index + 1;
    case 'exit':
      return list.tasks.length;
    case 'end':
      return END;
    case 'task': {
      const target = list.places.get(then.name);
      assert(target !== undefined, 'a jump leads to a task of its own list');
      return target;
    }
    default:
      return unreachable(then);
  }
}

/** What the end of a task writes: `$context` by its export, and its output unless that surely is its input. */
function writesOf(task: Task, exported: Code | undefined): Writes {
  const transforms = task.input?.from !== undefined || task.output?.as !== undefined;
  const keeps = (task.kind === 'switch' || task.kind === 'wait') && !transforms;
  return { ...NO_WRITES, context: exportWrites(exported), data: !keeps };
}

function exportWrites(exported: Code | undefined): Writes['context'] {
  if (exported === undefined) return new Set();
  return exported.kind === 'expression' ? contextWrites(exported.expression) : 'all';
}

function mayFail(code: Code | undefined): boolean {
  if (code === undefined) return false;
  switch (code.kind) {
    case 'constant':
      return false;
    case 'expression':
      return code.expression.partial.subtrees.has(code.expression.root);
    case 'array':
      return code.items.some(mayFail);
    case 'object':
      return code.fields.some(([, field]) => mayFail(field));
    default:
      return unreachable(code);
  }
}

function isConstantArray(code: Code): boolean {
  return code.kind === 'array' || (code.kind === 'constant' && code.value.kind === 'array');
}

/** A template without expressions is a value; its containers are the author's too. */
function folded(code: Extract<Code, { kind: 'array' | 'object' }>): Code {
  if (code.kind === 'array') {
    const items = code.items.map(valueOf);
    return items.every((item) => item !== undefined) ? { kind: 'constant', value: arrayValue(items, AUTHOR) } : code;
  }
  const fields = code.fields.map(([name, field]) => [name, valueOf(field)] as const);
  const values = new Map<string, Value>();
  for (const [name, value] of fields) {
    if (value === undefined) return code;
    values.set(name, value);
  }
  return { kind: 'constant', value: objectValue(values, AUTHOR) };
}

function valueOf(code: Code): Value | undefined {
  return code.kind === 'constant' ? code.value : undefined;
}

/** Where a variable that the environment gives stands first in an expression. */
function spanOf(expression: Expression, name: string): { readonly offset: number; readonly length: number } {
  const waiting: ExpressionNode[] = [expression.root];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    if (node.kind === 'variable' && node.name === name && !node.bound) return node.span;
    waiting.push(...childrenOf(node));
  }
  return { offset: 0, length: expression.source.length };
}

/** A part of the document as the author's own words. */
function literal(json: Json): Value {
  const checked = ingress(json);
  return lift(checked.ok ? checked.value : null, AUTHOR);
}
