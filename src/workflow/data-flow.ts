import { isObject, type Json, type JsonObject } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { DataFlow, Template } from './model.ts';
import { invalid, readObject, unsupportedKey, wrongType } from './reader.ts';
import { readTransformation } from './template.ts';

type Side = { readonly schema?: JsonObject; readonly template?: Template };

/** `input` and `output` of a task or a workflow. */
export function readDataFlow(
  input: Json | undefined,
  output: Json | undefined,
  at: Pointer,
  reporter: Reporter,
): DataFlow {
  const into = input === undefined ? undefined : readSide(input, child(at, 'input'), 'from', reporter);
  const out = output === undefined ? undefined : readSide(output, child(at, 'output'), 'as', reporter);
  return {
    ...(into === undefined
      ? {}
      : { input: { ...schemaOf(into), ...(into.template === undefined ? {} : { from: into.template }) } }),
    ...(out === undefined
      ? {}
      : { output: { ...schemaOf(out), ...(out.template === undefined ? {} : { as: out.template }) } }),
  };
}

export function readExport(
  value: Json,
  at: Pointer,
  reporter: Reporter,
): { readonly schema?: JsonObject; readonly as?: Template } | undefined {
  const side = readSide(value, at, 'as', reporter);
  return side === undefined
    ? undefined
    : { ...schemaOf(side), ...(side.template === undefined ? {} : { as: side.template }) };
}

/** An OWS `schema`: inline JSON Schema only. */
export function readSchema(value: Json, at: Pointer, reporter: Reporter): JsonObject | undefined {
  const fields = readObject(value, at, ['format', 'document', 'resource'], reporter);
  if (fields === undefined) return undefined;
  const format = fields.get('format');
  if (format !== undefined && typeof format !== 'string') wrongType(reporter, fields.place('format'), 'string', format);
  else if (format !== undefined && !/^json(?::|$)/.test(format))
    invalid(reporter, fields.place('format'), 'the only format is json');
  if (fields.get('resource') !== undefined) {
    return unsupportedKey(reporter, fields.place('resource'), 'a schema elsewhere', 'the schema itself, in document');
  }
  const document = fields.get('document');
  if (isObject(document)) return document;
  if (document === undefined) reporter.report('structure/missing-key', at, { key: 'document' });
  else wrongType(reporter, fields.place('document'), 'object', document);
  return undefined;
}

function readSide(value: Json, at: Pointer, transformation: 'from' | 'as', reporter: Reporter): Side | undefined {
  const fields = readObject(value, at, ['schema', transformation], reporter);
  if (fields === undefined) return undefined;
  const schemaValue = fields.get('schema');
  const schema = schemaValue === undefined ? undefined : readSchema(schemaValue, fields.place('schema'), reporter);
  const templateValue = fields.get(transformation);
  const template =
    templateValue === undefined ? undefined : readTransformation(templateValue, fields.place(transformation), reporter);
  return { ...(schema === undefined ? {} : { schema }), ...(template === undefined ? {} : { template }) };
}

function schemaOf(side: Side): { readonly schema?: JsonObject } {
  return side.schema === undefined ? {} : { schema: side.schema };
}
