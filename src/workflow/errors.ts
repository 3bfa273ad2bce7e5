import type { Json } from '../kernel/json.ts';
import { type Pointer, tokensOf } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { ErrorDefinition, Template } from './model.ts';
import { type Fields, invalid, readLiteral, readObject, required, wrongType } from './reader.ts';
import { readTemplate } from './template.ts';

/** Errors that the specification defines (Open Workflow DSL reference, "Standard Error Types"). */
export const STANDARD_ERROR_NAMES: readonly string[] = [
  'configuration',
  'validation',
  'expression',
  'authentication',
  'authorization',
  'timeout',
  'communication',
  'runtime',
];

/**
 * The name in an error type: its last segment. Standard types occur under three prefixes (`…/spec/1.0.0/errors/x` on two
 * hosts, `…/dsl/errors/types/x`), which agree in this alone.
 */
export function errorNameOf(type: string): string {
  const path = type.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether a type stands under one of the two hosts of the specification, before and after it was renamed. */
export function isOfficial(type: string): boolean {
  return /^https:\/\/(?:open-workflow-specification\.org|serverlessworkflow\.io)\//.test(type);
}

/** The name of the standard error that a type means, under any official prefix. */
export function standardNameOf(type: string): string | undefined {
  const name = errorNameOf(type);
  return isOfficial(type) && STANDARD_ERROR_NAMES.includes(name) ? name : undefined;
}

/** An error as `use.errors` and `raise` define it. */
export function readErrorDefinition(value: Json, at: Pointer, reporter: Reporter): ErrorDefinition | undefined {
  const before = reporter.count;
  const fields = readObject(value, at, ['type', 'status', 'title', 'detail', 'instance'], reporter);
  if (fields === undefined) return undefined;
  const type = readType(fields, reporter);
  const status = required(fields, 'status', reporter);
  if (status !== undefined && (typeof status !== 'number' || !Number.isInteger(status)))
    wrongType(reporter, fields.place('status'), 'integer', status);
  const [title, detail] = (['title', 'detail'] as const).map((key) => readText(fields, key, reporter));
  const instance = readInstance(fields, reporter);
  if (reporter.count > before || type === undefined || typeof status !== 'number') return undefined;
  return {
    name: errorNameOf(type),
    type,
    status,
    ...(title === undefined ? {} : { title }),
    ...(detail === undefined ? {} : { detail }),
    ...(instance === undefined ? {} : { instance }),
  };
}

/** A literal `instance` points into the document. */
function readInstance(fields: Fields, reporter: Reporter): Template | undefined {
  const instance = readText(fields, 'instance', reporter);
  if (instance?.kind !== 'literal' || tokensOf(String(instance.value)) !== undefined) return instance;
  return invalid(reporter, fields.place('instance'), 'an instance is a JSON pointer, or an expression that yields one');
}

function readType(fields: Fields, reporter: Reporter): string | undefined {
  const value = required(fields, 'type', reporter);
  const type = value === undefined ? undefined : readLiteral(value, fields.place('type'), 'an error type', reporter);
  if (type === undefined) return undefined;
  if (!URL.canParse(type)) return invalid(reporter, fields.place('type'), 'an error type is an absolute URI');
  if (/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(errorNameOf(type))) return type;
  return invalid(reporter, fields.place('type'), 'an error type ends in a name of ASCII letters, digits and hyphens');
}

function readText(fields: Fields, key: string, reporter: Reporter) {
  const value = fields.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return wrongType(reporter, fields.place(key), 'string', value);
  return readTemplate(value, fields.place(key), reporter);
}
