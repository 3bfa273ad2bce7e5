import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

/** A JSON Schema as plain data. */
export interface SchemaObject {
  [key: string]: unknown;
}

/**
 * The official schema of the Open Workflow Specification 1.0.3: the one that the SDK on npm carries, with what the
 * specification added later under the same number (FACTS, "Open Workflow Specification").
 */
export function officialSchema(): SchemaObject {
  const schema = sdkSchema();
  for (const { at, value } of LATER) set(schema, at, value);
  return schema;
}

/** Relative to the project, where scripts and tests run. */
const SDK = 'node_modules/@serverlessworkflow/sdk/index.mjs';

/** The schema as the SDK has it: a literal in its bundle, between two region marks. */
export function sdkSchema(): SchemaObject {
  const region =
    /\/\/#region src\/lib\/generated\/schema\/workflow\.json\nvar workflow_default = (?<literal>\{[\s\S]*?\n\});\n\/\/#endregion/;
  const literal = region.exec(readFileSync(SDK, 'utf8'))?.groups?.['literal'];
  if (literal === undefined) throw new Error('the SDK does not carry its schema where it used to');
  const data: unknown = JSON.parse(JSON.stringify(runInNewContext(`(${literal})`, {})));
  if (!isSchemaObject(data)) throw new Error("the SDK's schema is no object");
  return data;
}

const URI_REFERENCE = '^(?!\\s*\\$\\{)(?=\\S)(([^:/?#]+):)?(//([^/?#\\s]*))?([^?#\\s]*)(\\?([^#\\s]*))?(#(\\S*))?$';
const CATCH = ['$defs', 'tryTask', 'allOf', '1', 'properties', 'catch', 'properties'];

/** What the specification changed after the SDK's release; `undefined` takes a member away. */
const LATER: readonly { readonly at: readonly string[]; readonly value: unknown }[] = [
  // for.in takes an inline array of objects beside an expression.
  {
    at: ['$defs', 'forTask', 'allOf', '1', 'properties', 'for', 'properties', 'in'],
    value: { title: 'ForIn', oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }] },
  },
  // A catch names where to go on.
  { at: [...CATCH, 'then'], value: { $ref: '#/$defs/flowDirective', title: 'TryTaskCatchThen' } },
  // The filter's member is the error's own `detail`.
  { at: ['$defs', 'errorFilter', 'properties', 'details'], value: undefined },
  { at: ['$defs', 'errorFilter', 'properties', 'detail'], value: { type: 'string' } },
  // How expressions are evaluated.
  {
    at: ['properties', 'evaluate'],
    value: {
      type: 'object',
      title: 'Evaluate',
      unevaluatedProperties: false,
      properties: {
        language: { type: 'string', default: 'jq' },
        mode: { type: 'string', enum: ['strict', 'loose'], default: 'strict' },
      },
    },
  },
  // How a schedule reads its events.
  {
    at: ['properties', 'schedule', 'properties', 'read'],
    value: { type: 'string', enum: ['data', 'envelope', 'raw'], default: 'data' },
  },
  { at: ['properties', 'schedule', 'dependentRequired'], value: { read: ['on'] } },
  // Addresses may be relative references.
  { at: ['$defs', 'uriTemplate', 'anyOf', '0', 'pattern'], value: URI_REFERENCE },
  { at: ['$defs', 'uriTemplate', 'anyOf', '1', 'pattern'], value: URI_REFERENCE },
  { at: ['$defs', 'uriTemplate', 'anyOf', '1', 'format'], value: 'uri-reference' },
  // Corrections of slips.
  {
    at: [
      '$defs',
      'callTask',
      'oneOf',
      '5',
      'allOf',
      '1',
      'properties',
      'with',
      'properties',
      'client',
      'properties',
      'version',
    ],
    value: { type: 'string', title: 'McpClientVersion' },
  },
  {
    at: [
      '$defs',
      'callTask',
      'oneOf',
      '5',
      'allOf',
      '1',
      'properties',
      'with',
      'properties',
      'client',
      'properties',
      'description',
    ],
    value: undefined,
  },
  {
    at: [
      '$defs',
      'emitTask',
      'allOf',
      '1',
      'properties',
      'emit',
      'properties',
      'event',
      'properties',
      'with',
      'required',
    ],
    value: ['type'],
  },
  { at: ['$defs', 'oauth2AuthenticationProperties', 'required'], value: ['authority', 'grant'] },
];

/** Puts a value at a path of keys and indices; `undefined` takes the member away. */
export function set(schema: SchemaObject, path: readonly string[], value: unknown): void {
  const key = path.at(-1);
  if (key === undefined) throw new Error('a path is not empty');
  let parent: unknown = schema;
  for (const step of path.slice(0, -1)) parent = isContainer(parent) ? parent[step] : undefined;
  if (!isContainer(parent)) throw new Error(`the official schema has nothing at /${path.slice(0, -1).join('/')}`);
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else parent[key] = value;
}

/** Objects and arrays alike, whose members have names. */
function isContainer(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null;
}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
