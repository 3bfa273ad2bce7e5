import { pointerOf } from '../kernel/pointer.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { ApproveEffect, At, CallEffect, EndEffect, InferEffect } from '../machine/effect.ts';
import type { Contract, Law, Server, StoreConfig, Tool, ToolId } from '../store/model.ts';
import { arrayValue, lift, objectValue } from '../value/concrete.ts';
import type { Label, Origin } from '../value/label.ts';
import { NO_MARKS, label } from '../value/label.ts';
import type { ObjectValue, Value } from '../value/value.ts';

/** A small law and effects for the tests of this folder. */

const locate: StoreConfig['locate'] = (pointer) => ({ file: 'store.yaml', pointer, line: 1, column: 1 });

export const CONFIG: StoreConfig = {
  store: 'test-store',
  namespaces: new Map([['finance', { owners: [] }]]),
  secrecy: ['internal', 'patient'],
  clearance: { model: ['internal'], approver: ['internal', 'patient'], caller: ['internal'] },
  inputs: [],
  declassify: [],
  targets: new Map([
    ['payments', ['DE02100100109307118603']],
    ['mail', ['desk@acme.example', '@partner.example']],
  ]),
  levels: { low: 'tested', moderate: 'hardened', high: 'proved' },
  limits: { worlds: 10, paths: 10, rlimit: 1 },
  packs: {},
  verifiers: { need: 1, operators: [] },
  channels: ['stable'],
  waivers: [],
  locate,
};

const object = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({
  type: 'object',
  properties,
  required,
});
const text: JsonObject = { type: 'string' };

function tool(id: ToolId, facts: Partial<Tool> & Pick<Tool, 'input' | 'effect' | 'class'>): Tool {
  return {
    id,
    name: id.slice(id.indexOf('/') + 1),
    target: [],
    leaves: new Map(),
    sum: [],
    returns: { trust: true, secrecy: [] },
    ...facts,
  };
}

function server(name: string, tools: readonly Tool[], memory?: Server['memory']): Server {
  return {
    server: name,
    transport: { http: { endpoint: `https://${name}.example/mcp` } },
    origin: { kind: 'written' },
    bindings: new Map(),
    ...(memory === undefined ? {} : { memory }),
    tools: new Map(tools.map((one) => [one.name, one])),
    locate,
  };
}

const SERVERS: readonly Server[] = [
  server(
    'payments',
    [
      tool('payments/transfer', {
        input: object({
          payee: text,
          amount: { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 10_000_000 },
          reference: text,
        }),
        effect: 'irreversible',
        class: 'payment',
        target: [pointerOf('/payee')],
        sum: [pointerOf('/amount')],
        key: pointerOf('/reference'),
      }),
    ],
    { trusted: false, secrecy: ['internal'] },
  ),
  server('mail', [
    tool('mail/list_messages', {
      input: object({ folder: text }),
      effect: 'read',
      class: 'message',
      returns: { trust: false, secrecy: ['internal'] },
    }),
    tool('mail/send', {
      input: object({ to: { type: 'array', items: text }, subject: text, body: text, cc: text }, [
        'to',
        'subject',
        'body',
      ]),
      effect: 'write',
      class: 'message',
      target: [pointerOf('/to'), pointerOf('/cc')],
      leaves: new Map([
        [pointerOf('/to'), { secrecy: [], untrusted: false }],
        [pointerOf('/body'), { secrecy: ['internal'], untrusted: true }],
      ]),
    }),
  ]),
  server(
    'directory',
    [
      tool('directory/find', { input: object({ name: text }), effect: 'read', class: 'directory' }),
      tool('directory/add', { input: object({ name: text, note: text }), effect: 'write', class: 'directory' }),
      tool('directory/grant', { input: object({ name: text, role: text }), effect: 'irreversible', class: 'identity' }),
    ],
    { trusted: true, secrecy: ['internal'] },
  ),
  server('clinic', [
    tool('clinic/read_record', {
      input: object({ patient: text }),
      effect: 'read',
      class: 'health-record',
      target: [pointerOf('/patient')],
      returns: { trust: true, secrecy: ['patient'] },
    }),
    tool('clinic/add_note', {
      input: object(
        {
          patient: text,
          note: text,
          codes: { type: 'array', items: { type: 'integer' } },
          extra: { type: 'object', additionalProperties: text },
        },
        ['patient', 'note'],
      ),
      effect: 'write',
      class: 'health-record',
      target: [pointerOf('/patient')],
    }),
  ]),
  server('grid', [
    tool('grid/shed', {
      input: object({ feeder: text }),
      effect: 'irreversible',
      class: 'control',
      target: [pointerOf('/feeder')],
    }),
    tool('grid/dim', {
      input: object({ feeder: text }),
      effect: 'write',
      class: 'control',
      target: [pointerOf('/feeder')],
    }),
  ]),
];

export function law(changes: Partial<StoreConfig> = {}): Law {
  return {
    config: { ...CONFIG, ...changes },
    servers: new Map(SERVERS.map((one) => [one.server, one])),
    policies: [],
    digest: 'sha256-0',
    digests: { store: 'sha256-0', tools: 'sha256-0', policies: 'sha256-0' },
  };
}

export const TOOLS: readonly ToolId[] = SERVERS.flatMap((one) => [...one.tools.values()].map(({ id }) => id));

export function contract(tools: readonly ToolId[] = TOOLS, changes: Partial<Contract> = {}): Contract {
  return {
    risk: 'high',
    intents: ['test'],
    labels: { input: new Map() },
    capabilities: tools.map((id) => ({ tool: id, total: new Map() })),
    errors: [],
    budgets: { tasks: 100, calls: 100, infers: 10, time: 1000 },
    invariants: [],
    locate,
    ...changes,
  };
}

export const USER: Label = label(['user']);
export const BY_AUTHOR: Label = label(['author']);
export const BY_MODEL: Label = label(['model']);
export const BY_CALLER: Label = label(['caller']);
export const CLEAN: Label = label([]);

export function marked(secrecy: readonly string[], origins: readonly Origin[] = ['user']): Label {
  return label(origins, secrecy);
}

/** A value under one label. */
export function by(label: Label, json: Json): Value {
  return lift(json, label);
}

/** Arguments by name, plain scalars being the user's; their own shape is the author's, as when a workflow writes the object out. */
export function args(fields: Readonly<Record<string, Value | string | number>>): ObjectValue {
  return objectValue(new Map(Object.entries(fields).map(([name, field]) => [name, valueOf(field)])), BY_AUTHOR);
}

/** A list whose length the author chose. */
export function list(...items: readonly (Value | string)[]): Value {
  return arrayValue(items.map(valueOf), BY_AUTHOR);
}

function valueOf(field: Value | string | number): Value {
  return typeof field === 'object' ? field : lift(field, USER);
}

export function call(id: ToolId, args: ObjectValue, changes: Partial<CallEffect> = {}): CallEffect {
  return {
    kind: 'call',
    at: '/do/0/x' as At,
    tool: id,
    arguments: args,
    control: NO_MARKS,
    approved: false,
    approvers: [],
    attempt: 1,
    keyed: false,
    history: { calls: new Map(), totals: new Map() },
    ...changes,
  };
}

export function infer(data: Value, changes: Partial<InferEffect> = {}): InferEffect {
  return { kind: 'infer', at: '/do/0/x' as At, instructions: '', data, schema: {}, control: NO_MARKS, ...changes };
}

export function approve(id: ToolId, args: ObjectValue, changes: Partial<ApproveEffect> = {}): ApproveEffect {
  return { kind: 'approve', at: '/do/0/x' as At, tool: id, arguments: args, control: NO_MARKS, ...changes };
}

export function end(kind: EndEffect['kind'], value: Value, changes: Partial<EndEffect> = {}): EndEffect {
  return { kind, at: '/do/0/x' as At, value, control: NO_MARKS, ...changes };
}
