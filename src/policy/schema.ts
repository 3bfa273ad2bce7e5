import type { Json, JsonObject } from '../kernel/json.ts';
import { compareText, fromEntries } from '../kernel/json.ts';
import type { EffectClass, Law, StoreConfig, Tool, ToolClass } from '../store/model.ts';
import { PACK_PARAMETERS } from './packs.ts';
import type { Shape } from './shape.ts';
import { shapeAt, shapeOf } from './shape.ts';
import { patternOf } from './nodes.ts';
import { groupsOf } from './tools.ts';

/**
 * The Cedar schema of a law: what each request of `request.ts` looks like, for the engine's strict validation. An attribute is
 * required only where every request has it, so that a policy that validates cannot meet a missing one.
 */
export function cedarSchema(law: Law): JsonObject {
  const tools = [...law.servers.values()]
    .flatMap((server) => [...server.tools.values()])
    .sort((a, b) => compareText(a.id, b.id));
  const common = commonAttributes(law.config);
  const actions: [string, JsonObject][] = GROUPS.map((group) => [group, {}]);
  for (const sink of ['infer', 'approve', 'return', 'raise']) {
    actions.push([sink, action([], record({ ...common, arguments: record({}) }))]);
  }
  for (const tool of tools) {
    actions.push([tool.id, action(groupsOf(tool), record({ ...common, ...callAttributes(tool) }))]);
  }
  return {
    '': {
      commonTypes: { Calls: record(fromEntries(tools.map(({ id }) => [id, { type: 'Long', required: false }]))) },
      entityTypes: { Workflow: {}, Server: {} },
      actions: fromEntries(actions),
    },
  };
}

const EFFECTS: Readonly<Record<EffectClass, true>> = { read: true, write: true, irreversible: true };
const CLASSES: Readonly<Record<ToolClass, true>> = {
  payment: true,
  'health-record': true,
  identity: true,
  control: true,
  message: true,
  calendar: true,
  file: true,
  web: true,
  directory: true,
  commerce: true,
  code: true,
  record: true,
  other: true,
};

/** Every group is declared, whether or not the law has a tool in it: a pack may speak of it. */
const GROUPS: readonly string[] = ['call', 'outgoing', ...Object.keys(EFFECTS), ...Object.keys(CLASSES)];

const STRING: JsonObject = { type: 'String' };
const STRINGS: JsonObject = { type: 'Set', element: STRING };
const BOOLEAN: JsonObject = { type: 'Boolean' };
const LONG: JsonObject = { type: 'Long' };
const DECIMAL: JsonObject = { type: 'Extension', name: 'decimal' };

function record(attributes: JsonObject): JsonObject {
  return { type: 'Record', attributes };
}

function optional(type: JsonObject): JsonObject {
  return { ...type, required: false };
}

function action(groups: readonly string[], context: JsonObject): JsonObject {
  return {
    memberOf: groups.map((id) => ({ id })),
    appliesTo: { principalTypes: ['Workflow'], resourceTypes: ['Server'], context },
  };
}

function commonAttributes(config: StoreConfig): JsonObject {
  const packs = [...PACK_PARAMETERS].map(
    ([pack, parameters]) => [pack, record(fromEntries([...parameters].map((name) => [name, optional(LONG)])))] as const,
  );
  return {
    untrusted: STRINGS,
    authored: STRINGS,
    secrecy: record(fromEntries(config.secrecy.map((tag) => [tag, STRINGS]))),
    uncleared: STRINGS,
    control: record({ untrusted: BOOLEAN, uncleared: BOOLEAN, secrecy: STRINGS }),
    packs: record(fromEntries(packs)),
  };
}

function callAttributes(tool: Tool): JsonObject {
  const shape = shapeOf(tool.input);
  return {
    arguments: argumentsType(shape),
    targets: STRINGS,
    listed: STRINGS,
    unlisted: STRINGS,
    guarded: STRINGS,
    capability: BOOLEAN,
    approved: BOOLEAN,
    approvers: LONG,
    retry: BOOLEAN,
    keyed: BOOLEAN,
    count: LONG,
    calls: { type: 'Calls' },
    total: record(fromEntries(tool.sum.map((pointer) => [pointer, optional(totalType(shape, pointer))]))),
    sum: optional(LONG),
    inexact: STRINGS,
    memory: record({ trusted: BOOLEAN, uncleared: STRINGS, decision: BOOLEAN }),
  };
}

function totalType(shape: Shape, pointer: string): JsonObject {
  return shapeAt(shape, patternOf(pointer))?.number === 'decimal' ? DECIMAL : LONG;
}

function argumentsType(shape: Shape): JsonObject {
  const attributes: [string, Json][] = [];
  for (const [name, member] of shape.members) {
    const found = typeOf(member);
    if (found !== undefined) {
      const required = found.always && !member.nullable && shape.required.has(name);
      attributes.push([name, { ...found.type, required }]);
    }
  }
  return record(fromEntries(attributes));
}

/**
 * The one type that a value of this shape has in a request, and whether every valid value has it (else it may be left out as
 * inexact); `undefined` where requests could hold several types.
 */
function typeOf(shape: Shape): { readonly type: JsonObject; readonly always: boolean } | undefined {
  switch (shape.type) {
    case 'string':
      return { type: STRING, always: true };
    case 'boolean':
      return { type: BOOLEAN, always: true };
    case 'integer':
    case 'number':
      return { type: shape.number === 'decimal' ? DECIMAL : LONG, always: isAlwaysExact(shape) };
    case 'object':
      return { type: argumentsType(shape), always: true };
    case 'array': {
      const { items } = shape;
      if (items === undefined || items.nullable || items.type === 'object' || items.type === 'array') return undefined;
      const element = typeOf(items);
      return element === undefined
        ? undefined
        : { type: { type: 'Set', element: element.type }, always: element.always };
    }
    default:
      return undefined;
  }
}

/** Whether every valid number of this shape has an exact value: an integer, as JSON Schema counts 1.0, that 2^53 bounds. */
function isAlwaysExact({ type, number, minimum, maximum }: Shape): boolean {
  return (
    type === 'integer' && number === 'long' && minimum >= Number.MIN_SAFE_INTEGER && maximum <= Number.MAX_SAFE_INTEGER
  );
}
