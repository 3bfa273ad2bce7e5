import { compileProgram, type CalleeName } from '../flow/program.ts';
import type { Program } from '../flow/model.ts';
import type { Json } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import { Defect } from '../kernel/result.ts';
import type { Budgets, Contract, Law, Server, StoreConfig, Tool, ToolId } from '../store/model.ts';
import { lift, lower } from '../value/concrete.ts';
import type { Value } from '../value/value.ts';
import type { ErrorDefinition, Retry, Source, Task, TaskList, Template, Then, Workflow } from '../workflow/model.ts';
import type { At, CallEffect, Effect, Outcome, Reply } from './effect.ts';
import { inputLabelling } from './labels.ts';
import { execute, type Observer, type Options } from './run.ts';

/**
 * Workflows, law and a world for tests of the machine, in a shorthand close to the language: `{ call: 'mail/list', with: …}`
 * calls a tool, `{ infer: … }` a model, `{ approve: … }` a person; durations are milliseconds.
 */

export type Shorthand = Record<string, unknown>;

const NOWHERE = (pointer: Pointer) => ({ file: 'workflow.yaml', pointer, line: 1, column: 1 });

function object(value: unknown): Shorthand {
  return value as Shorthand;
}

function source(text: string, at: Pointer): Source {
  const wrapped = /^\s*\$\{(?<inner>[\s\S]*)\}\s*$/u.exec(text);
  return { kind: 'expression', source: wrapped?.groups?.['inner'] ?? text, at, offset: wrapped === null ? 0 : 2 };
}

function condition(value: unknown, at: Pointer): Source | undefined {
  return typeof value === 'string' ? source(value, at) : undefined;
}

export function template(value: unknown, at: Pointer): Template {
  if (Array.isArray(value)) return { kind: 'array', items: value.map((item, i) => template(item, child(at, i))), at };
  if (typeof value === 'object' && value !== null) {
    return {
      kind: 'object',
      fields: new Map(Object.entries(value).map(([k, v]) => [k, template(v, child(at, k))])),
      at,
    };
  }
  if (typeof value === 'string' && /^\s*\$\{[\s\S]*\}\s*$/u.test(value)) return source(value, at);
  return { kind: 'literal', value: value as string | number | boolean | null, at };
}

/** `from`, `as` and `in` are expressions with or without `${ }`. */
function transform(value: unknown, at: Pointer): Template {
  return typeof value === 'string' ? source(value, at) : template(value, at);
}

function then(value: unknown): Then {
  if (value === undefined || value === 'continue') return { kind: 'continue' };
  if (value === 'exit' || value === 'end') return { kind: value };
  return { kind: 'task', name: value as string };
}

function errorOf(value: unknown, errors: ReadonlyMap<string, ErrorDefinition>, at: Pointer): ErrorDefinition {
  if (typeof value === 'string') {
    const known = errors.get(value);
    if (known === undefined) throw new Defect(`no error ${value}`);
    return known;
  }
  const { type, status, title, detail } = object(value);
  return {
    name: (type as string).slice((type as string).lastIndexOf('/') + 1),
    type: type as string,
    status: status as number,
    ...(title === undefined ? {} : { title: template(title, child(at, 'title')) }),
    ...(detail === undefined ? {} : { detail: template(detail, child(at, 'detail')) }),
  };
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function list(tasks: unknown, at: Pointer, errors: ReadonlyMap<string, ErrorDefinition>): TaskList {
  return (tasks as Shorthand[]).map((entry, i) => {
    const [name, body] = Object.entries(entry)[0] ?? ['', {}];
    return task(name, object(body), child(at, i, name), errors);
  });
}

function flow(body: Shorthand, at: Pointer): Shorthand {
  const [input, output, exported] = [body['input'], body['output'], body['export']].map((it) =>
    it === undefined ? undefined : object(it),
  );
  return dropUndefined({
    input:
      input &&
      dropUndefined({
        schema: input['schema'],
        from: input['from'] === undefined ? undefined : transform(input['from'], child(at, 'input', 'from')),
      }),
    output:
      output &&
      dropUndefined({
        schema: output['schema'],
        as: output['as'] === undefined ? undefined : transform(output['as'], child(at, 'output', 'as')),
      }),
    export:
      exported &&
      dropUndefined({
        schema: exported['schema'],
        as: exported['as'] === undefined ? undefined : transform(exported['as'], child(at, 'export', 'as')),
      }),
    timeout: body['timeout'],
  });
}

function task(name: string, body: Shorthand, at: Pointer, errors: ReadonlyMap<string, ErrorDefinition>): Task {
  const base = dropUndefined({
    name,
    at,
    if: condition(body['if'], child(at, 'if')),
    then: then(body['then']),
    ...flow(body, at),
  });
  return { ...base, ...kindOf(body, at, errors) } as unknown as Task;
}

function kindOf(body: Shorthand, at: Pointer, errors: ReadonlyMap<string, ErrorDefinition>): Shorthand {
  if ('set' in body) return { kind: 'set', set: template(body['set'], child(at, 'set')) };
  if ('switch' in body) {
    const arms = (body['switch'] as Shorthand[]).map((entry, i) => {
      const [name, arm] = Object.entries(entry)[0] ?? ['', {}];
      const place = child(at, 'switch', i, name);
      return dropUndefined({
        name,
        at: place,
        when: condition(object(arm)['when'], child(place, 'when')),
        then: then(object(arm)['then']),
      });
    });
    return { kind: 'switch', arms };
  }
  if ('for' in body) {
    const loop = object(body['for']);
    return dropUndefined({
      kind: 'for',
      each: loop['each'] ?? 'item',
      index: loop['at'] ?? 'index',
      in: transform(loop['in'], child(at, 'for', 'in')),
      while: condition(body['while'], child(at, 'while')),
      do: list(body['do'], child(at, 'do'), errors),
    });
  }
  if ('do' in body) return { kind: 'do', do: list(body['do'], child(at, 'do'), errors) };
  if ('fork' in body) {
    const fork = object(body['fork']);
    return {
      kind: 'fork',
      branches: list(fork['branches'], child(at, 'fork', 'branches'), errors),
      compete: fork['compete'] === true,
    };
  }
  if ('try' in body) return tryOf(body, at, errors);
  if ('raise' in body)
    return { kind: 'raise', error: errorOf(object(body['raise'])['error'], errors, child(at, 'raise', 'error')) };
  if ('wait' in body) return { kind: 'wait', duration: body['wait'] };
  if ('call' in body) {
    const id = body['call'] as ToolId;
    const call = {
      kind: 'tool',
      tool: id,
      server: id.split('/')[0],
      arguments: template(body['with'] ?? {}, child(at, 'with')),
      timeout: body['within'],
    };
    return { kind: 'call', call: dropUndefined(call) };
  }
  if ('infer' in body) {
    const { instructions = 'do it', data, schema } = object(body['infer']);
    return {
      kind: 'call',
      call: { kind: 'infer', instructions, data: template(data, child(at, 'with', 'data')), schema },
    };
  }
  if ('approve' in body) {
    const { tool, arguments: args, otherwise = 'declined' } = object(body['approve']);
    return {
      kind: 'call',
      call: { kind: 'approve', tool, arguments: template(args, child(at, 'with', 'arguments')), otherwise },
    };
  }
  if ('run' in body) {
    const { workflow, version = '1.0.0', input } = object(body['run']);
    return dropUndefined({
      kind: 'run',
      workflow: { name: workflow, version },
      argument: input === undefined ? undefined : template(input, child(at, 'run', 'workflow', 'input')),
    });
  }
  throw new Defect(`no task: ${JSON.stringify(body)}`);
}

function tryOf(body: Shorthand, at: Pointer, errors: ReadonlyMap<string, ErrorDefinition>): Shorthand {
  const handler = object(body['catch']);
  const place = child(at, 'catch');
  const retry = handler['retry'] === undefined ? undefined : object(handler['retry']);
  const again: Partial<Retry> | undefined =
    retry &&
    dropUndefined({
      delay: 0,
      backoff: { kind: 'constant' as const },
      ...retry,
      when: condition(retry['when'], child(place, 'retry', 'when')),
      exceptWhen: condition(retry['exceptWhen'], child(place, 'retry', 'exceptWhen')),
    } as unknown as Partial<Retry>);
  return {
    kind: 'try',
    try: list(body['try'], child(at, 'try'), errors),
    catch: dropUndefined({
      at: place,
      errors: handler['errors'],
      as: handler['as'] ?? 'error',
      when: condition(handler['when'], child(place, 'when')),
      exceptWhen: condition(handler['exceptWhen'], child(place, 'exceptWhen')),
      retry: again,
      do: handler['do'] === undefined ? undefined : list(handler['do'], child(place, 'do'), errors),
      then: handler['then'] === undefined ? undefined : then(handler['then']),
    }),
  };
}

const PREFIX = 'https://open-workflow-specification.org/spec/1.0.0/errors/';

/** A workflow from its shorthand; `errors` beside those that every test workflow has: declined and refused. */
export function workflow(document: Shorthand, name = 'main'): Workflow {
  const errors = new Map<string, ErrorDefinition>(
    ['declined', 'refused'].map((error) => [error, { name: error, type: `${PREFIX}${error}`, status: 400 }]),
  );
  for (const [key, value] of Object.entries(object(document['errors'] ?? {}))) {
    errors.set(key, errorOf(value, errors, child(ROOT, 'use', 'errors', key)));
  }
  return {
    namespace: 'test',
    name,
    version: '1.0.0',
    do: list(document['do'], child(ROOT, 'do'), errors),
    errors,
    locate: NOWHERE,
    document: document as unknown as Json,
    ...flow(document, ROOT),
  };
}

export function tool(id: ToolId, more: Partial<Tool> = {}): Tool {
  return {
    id,
    name: id.slice(id.indexOf('/') + 1),
    input: { type: 'object' },
    output: {},
    effect: 'write',
    class: 'other',
    target: [],
    leaves: new Map(),
    sum: [],
    returns: { trust: false, secrecy: [] },
    ...more,
  };
}

/** Law with these tools; the tools of workflows that name others are made up with `tool`. */
export function law(tools: readonly Tool[], inputs: StoreConfig['inputs'] = []): Law {
  const servers = new Map<string, Server>();
  for (const made of tools) {
    const name = made.id.slice(0, made.id.indexOf('/'));
    const known = servers.get(name)?.tools ?? new Map<string, Tool>();
    servers.set(name, {
      server: name,
      transport: {},
      origin: { kind: 'written' },
      bindings: new Map(),
      tools: new Map([...known, [made.name, made]]),
      locate: NOWHERE,
    });
  }
  return {
    config: { inputs } as unknown as StoreConfig,
    servers,
    policies: [],
    digest: '',
    digests: { store: '', tools: '', policies: '' },
  };
}

/** Every tool that a shorthand calls or asks about. */
function toolsIn(node: unknown): readonly ToolId[] {
  if (Array.isArray(node)) return node.flatMap(toolsIn);
  if (typeof node !== 'object' || node === null) return [];
  const own = [object(node)['call'], object(object(node)['approve'] ?? {})['tool']].filter(
    (id): id is ToolId => typeof id === 'string',
  );
  return [...own, ...Object.values(node).flatMap(toolsIn)];
}

export interface Setting {
  readonly tools?: readonly Tool[];
  readonly callees?: readonly Program[];
}

/** Compiles a shorthand; throws where the compiler finds anything. */
export function program(document: Shorthand, setting: Setting = {}, name = 'main'): Program {
  const given = new Map((setting.tools ?? []).map((made) => [made.id, made]));
  const tools = [...new Set([...given.keys(), ...toolsIn(document)])].map((id) => given.get(id) ?? tool(id));
  const callees = new Map(
    (setting.callees ?? []).map((callee): [CalleeName, Program] => [`${callee.name}@${callee.version}`, callee]),
  );
  const { program: made, findings } = compileProgram(workflow(document, name), law(tools), callees);
  if (made === undefined) throw new Defect(JSON.stringify(findings));
  return made;
}

export const BUDGETS: Budgets = { tasks: 1000, calls: 1000, infers: 1000, time: 1e9 };

/** What the world answers to effects at a place, in order; the last answer again where they run out. */
export type World = Readonly<Record<string, readonly Reply[]>>;

export interface Ran {
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
  readonly tasks: readonly At[];
  readonly arms: readonly string[];
}

export const structured = (value: Json, elapsed = 0): Reply => ({
  kind: 'result',
  result: { structuredContent: value },
  elapsed,
});
export const inferred = (value: Json): Reply => ({ kind: 'value', value, elapsed: 0 });
export const failed = (error: 'runtime' | 'communication' | 'timeout' = 'runtime', elapsed = 0): Reply => ({
  kind: 'failure',
  error,
  detail: `${error} happened`,
  elapsed,
});
export const approval = (approved: boolean, by = 'ann'): Reply => ({ kind: 'approval', approved, by, elapsed: 0 });

function usual(effect: Effect): Reply {
  switch (effect.kind) {
    case 'call':
      return structured({});
    case 'infer':
      return inferred(null);
    case 'approve':
      return approval(true);
    case 'wait':
      return { kind: 'waited' };
    case 'race':
      return { kind: 'winner', branch: effect.branches[0] ?? '' };
    case 'jitter':
      return { kind: 'jitter', fraction: 0.5 };
    case 'return':
    case 'raise':
      return { kind: 'granted' };
  }
}

/** Runs a program on a labelled input to its end. */
export function runOn(made: Program, input: Value, world: World = {}, options: Partial<Options> = {}): Ran {
  const effects: Effect[] = [];
  const tasks: At[] = [];
  const arms: string[] = [];
  const asked = new Map<string, number>();
  const observer: Observer = { task: (at) => tasks.push(at), arm: (at, arm) => arms.push(`${at}:${arm}`) };
  const machine = execute(made, input, { budgets: BUDGETS, observer, ...options });
  let step = machine.next();
  while (step.done !== true) {
    const effect = step.value;
    effects.push(effect);
    const name = effect.at.slice(effect.at.lastIndexOf('/') + 1);
    const key = [effect.at, name].find((candidate) => world[candidate] !== undefined) ?? '';
    const nth = asked.get(key) ?? 0;
    asked.set(key, nth + 1);
    const isAsked = !['wait', 'return', 'raise'].includes(effect.kind);
    const script = isAsked ? world[key] : undefined;
    step = machine.next(script?.[Math.min(nth, script.length - 1)] ?? usual(effect));
  }
  return { outcome: step.value, effects, tasks, arms };
}

/** Runs a shorthand on a plain input under the labels that law and contract give it. */
export function run(
  document: Shorthand,
  input: Json = {},
  world: World = {},
  setting: Setting & Partial<Options> & { readonly inputs?: StoreConfig['inputs'] } = {},
): Ran {
  const contract: Pick<Contract, 'labels'> = { labels: { input: new Map() } };
  const labelling = inputLabelling(law([], setting.inputs), contract, 'test/main');
  return runOn(program(document, setting), lift(input, labelling), world, setting);
}

/** The outcome as data: `{ output }`, `{ error, at }`, or the outcome itself. */
export function result({ outcome }: Ran): unknown {
  if (outcome.kind === 'output') return { output: lower(outcome.value) };
  if (outcome.kind === 'error') return { error: outcome.name, at: outcome.at };
  return outcome;
}

export function calls(ran: Ran): readonly CallEffect[] {
  return ran.effects.filter((effect) => effect.kind === 'call');
}

export function argumentsOf(ran: Ran): readonly Json[] {
  return calls(ran).map((call) => lower(call.arguments));
}
