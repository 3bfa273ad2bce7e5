import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';
import type { Generator } from './generated.ts';
import { isSchemaObject, officialSchema, type SchemaObject, set } from './ows-schema.ts';

const JS = 'src/workflow/generated/ows-validators.js';

/** The exported validators and the definitions that they check: a task by its keyword, so that errors name what is wrong. */
const VALIDATORS = {
  workflow: '#',
  callMcp: '#/$defs/callTask/oneOf/5',
  callFunction: '#/$defs/callTask/oneOf/6',
  doTask: '#/$defs/doTask',
  forTask: '#/$defs/forTask',
  forkTask: '#/$defs/forkTask',
  raiseTask: '#/$defs/raiseTask',
  runTask: '#/$defs/runTask',
  setTask: '#/$defs/setTask',
  switchTask: '#/$defs/switchTask',
  tryTask: '#/$defs/tryTask',
  waitTask: '#/$defs/waitTask',
} as const;

const RUN = ['$defs', 'runTask', 'allOf', '1', 'properties', 'run'];

/** What the profile refuses by name before the schema is asked; leaving it out keeps the validators small. Members allow anything, alternatives of `run` nothing. */
const REFUSED: readonly (readonly string[])[] = [
  ['properties', 'schedule'],
  ['properties', 'use', 'properties', 'authentications'],
  ['properties', 'use', 'properties', 'extensions'],
  ['$defs', 'endpoint', 'oneOf', '2', 'properties', 'authentication'],
  [...RUN, 'oneOf', '0'],
  [...RUN, 'oneOf', '1'],
  [...RUN, 'oneOf', '2'],
];

/** Validators of single tasks, compiled from the official schema; a list of tasks is checked as a list, its tasks one by one. */
export const owsValidator: Generator = {
  name: 'ows-validator',
  generate() {
    const js = [
      '// Written by scripts/generate-ows-validator.ts from the schema of the Open Workflow Specification 1.0.3 as',
      '// @serverlessworkflow/sdk carries it (Apache-2.0), with later additions; not edited by hand.',
      compile(perTask(officialSchema())),
    ];
    const types = [
      '// Written by scripts/generate-ows-validator.ts; not edited by hand.',
      'export interface OfficialError {',
      '  readonly instancePath: string;',
      '  readonly schemaPath: string;',
      '  readonly keyword: string;',
      '  readonly params: Readonly<Record<string, unknown>>;',
      '}',
      'export interface OfficialValidator {',
      '  (data: unknown): boolean;',
      '  readonly errors?: readonly OfficialError[] | null;',
      '}',
      ...Object.keys(VALIDATORS).map((name) => `export declare const ${name}: OfficialValidator;`),
    ];
    return Promise.resolve([
      { path: JS, text: `${js.join('\n')}\n` },
      { path: JS.replace(/\.js$/, '.d.ts'), text: `${types.join('\n')}\n` },
    ]);
  },
};

/** The schema with lists of tasks checked as lists alone, and without what is refused anyway. */
export function perTask(schema: SchemaObject): SchemaObject {
  set(schema, ['$defs', 'taskList'], { type: 'array', items: { type: 'object', minProperties: 1, maxProperties: 1 } });
  set(schema, ['properties', 'use', 'properties', 'functions'], {
    type: 'object',
    additionalProperties: { type: 'object' },
  });
  for (const path of REFUSED) set(schema, path, !path.includes('runTask'));
  stripProse(schema);
  keepReferenced(schema);
  return schema;
}

function compile(schema: SchemaObject): string {
  const options = { strict: false, allErrors: true, ownProperties: true, messages: false };
  const ajv = new Ajv2020({ ...options, code: { source: true, esm: true } });
  addFormats.default(ajv);
  ajv.addSchema(schema);
  const id = String(schema['$id']);
  const exported = Object.fromEntries(Object.entries(VALIDATORS).map(([name, ref]) => [name, `${id}${ref}`]));
  const code = standalone.default(ajv, exported);
  if (code.includes('require(')) throw new Error('the generated code needs a module at run time');
  return code;
}

function stripProse(node: unknown): void {
  if (Array.isArray(node)) node.forEach(stripProse);
  if (!isSchemaObject(node)) return;
  for (const key of ['title', 'description', 'default']) {
    if (typeof node[key] === 'string' || typeof node[key] === 'boolean') Reflect.deleteProperty(node, key);
  }
  Object.values(node).forEach(stripProse);
}

/** Drops the definitions that nothing exported refers to. */
function keepReferenced(schema: SchemaObject): void {
  const definitions = schema['$defs'];
  if (!isSchemaObject(definitions)) return;
  const callTask = definitions['callTask'];
  // The other kinds of call are refused by name; their places in the list stay.
  if (isSchemaObject(callTask) && Array.isArray(callTask['oneOf'])) {
    callTask['oneOf'] = (callTask['oneOf'] as unknown[]).map((kind, i) => (i === 5 || i === 6 ? kind : false));
  }
  const kept = new Set(['callTask', ...Object.values(VALIDATORS).flatMap((ref) => ref.split('/')[2] ?? [])]);
  const { $defs: _, ...root } = schema;
  const pending: unknown[] = [root, ...[...kept].map((name) => definitions[name])];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (Array.isArray(node)) pending.push(...(node as unknown[]));
    if (!isSchemaObject(node)) continue;
    pending.push(...Object.values(node).filter((value) => value !== undefined));
    const name = typeof node['$ref'] === 'string' ? node['$ref'].split('/')[2] : undefined;
    if (name === undefined || kept.has(name)) continue;
    kept.add(name);
    pending.push(definitions[name]);
  }
  for (const name of Object.keys(definitions)) if (!kept.has(name)) Reflect.deleteProperty(definitions, name);
}
