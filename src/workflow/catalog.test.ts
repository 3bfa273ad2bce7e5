import { describe, expect, it } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { officialSchema } from '../../scripts/ows-schema.ts';
import { diskTree } from '../kernel/disk.ts';
import { parseDocument } from '../kernel/document.ts';
import { isObject, type Json, type JsonObject } from '../kernel/json.ts';
import { documentOf, parseText } from './testing.ts';

const tree = diskTree('catalog');
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const schema = officialSchema();
const isTask = ajv.addSchema(schema).compile({ $ref: `${String(schema['$id'])}#/$defs/task` });

function functionAt(path: string): JsonObject {
  const { value, findings } = parseDocument(path, tree.read(path) ?? new Uint8Array());
  expect(findings).toEqual([]);
  if (!isObject(value)) throw new Error('a function is an object');
  return value;
}

function inputOf(path: string): JsonObject {
  const { input } = functionAt(path) as { readonly input: { readonly schema: { readonly document: JsonObject } } };
  return input.schema.document;
}

const PATHS = ['functions/approve/1.0.0/function.yaml', 'functions/infer/1.0.0/function.yaml'];

describe('the shipped catalog', () => {
  it('has the layout that the specification prescribes', () => {
    expect(tree.list().flatMap(({ path, kind }) => (kind === 'file' ? [path] : []))).toEqual(PATHS);
  });

  it.each(PATHS)('%s is a task under the official schema, so that an engine can run it', (path) => {
    expect({ valid: isTask(functionAt(path)), errors: isTask.errors }).toEqual({ valid: true, errors: null });
  });

  it.each(PATHS)('%s fails in an engine that does not know it', (path) => {
    expect(functionAt(path)).toHaveProperty('raise.error.type');
  });

  it.each([
    ['infer', 'instructions', 'data', 'schema'],
    ['approve', 'tool', 'arguments', 'otherwise'],
  ])('%s takes what the parser takes', (name, ...keys) => {
    const input = inputOf(`functions/${name}/1.0.0/function.yaml`);
    expect(input['required']).toEqual(keys);
    expect(Object.keys(input['properties'] as JsonObject)).toEqual(keys);
    const none = parseText(
      documentOf(
        `  - a: { call: '${name}:1.0.0@proofmark', with: {} }`,
        "use: { catalogs: { proofmark: { endpoint: 'https://proofmark.example/catalog' } } }\n",
      ),
    );
    expect(none.findings.map(({ data }): Json => ('key' in data ? data.key : ''))).toEqual(keys);
  });
});
