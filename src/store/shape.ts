import * as z from 'zod';
import { isArray, isObject, type Json, typeName } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import { unreachable } from '../kernel/result.ts';

/**
 * Checks a parsed document against the schema of its format; reports every breach with its place. Absent where there is
 * any breach.
 */
export function checkShape<S extends z.ZodType>(schema: S, value: Json, reporter: Reporter): z.output<S> | undefined {
  const parsed = schema.safeParse(value, { error: explain });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) report(issue, value, reporter);
  return undefined;
}

/** The message of an unknown key is the list of the known ones, which only the raw issue knows. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return JSON.stringify(issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []);
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'it is empty'
        : `at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && isArray(issue.options as Json) ? `expected ${String(issue.options)}` : undefined;
    default:
      return undefined;
  }
}

function unit(origin: string): string {
  return origin === 'string'
    ? ' characters'
    : origin === 'array'
      ? ' items'
      : origin === 'record' || origin === 'map'
        ? ' members'
        : '';
}

function report(issue: z.core.$ZodIssue, document: Json, reporter: Reporter): void {
  const at = child(ROOT, ...issue.path.map(String));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = z.array(z.string()).catch([]).parse(parseList(issue.message));
      for (const key of issue.keys) reporter.unknownKey(at, key, known);
      return;
    }
    case 'invalid_type': {
      const found = valueAt(document, issue.path.map(String));
      if (found === undefined) return missing(at, issue.path.map(String), reporter);
      return reporter.report('structure/wrong-type', at, { expected: typeOf(issue.expected), found: typeName(found) });
    }
    case 'invalid_key':
      for (const inner of issue.issues)
        reporter.reportKey('structure/invalid-value', at, { detail: brief(inner.message, 200) });
      return;
    case 'invalid_union':
      if (valueAt(document, issue.path.map(String)) === undefined) return missing(at, issue.path.map(String), reporter);
      return reporter.report('structure/invalid-value', at, { detail: brief(issue.message, 200) });
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'invalid_value':
    case 'custom':
      if (valueAt(document, issue.path.map(String)) === undefined) return missing(at, issue.path.map(String), reporter);
      return reporter.report('structure/invalid-value', at, { detail: brief(issue.message, 200) });
    default:
      return unreachable(issue);
  }
}

function missing(at: Pointer, path: readonly string[], reporter: Reporter): void {
  const parent = at.slice(0, at.lastIndexOf('/')) as Pointer;
  reporter.report('structure/missing-key', parent, { key: path.at(-1) ?? '' });
}

function typeOf(expected: string): string {
  return expected === 'record' ? 'object' : expected === 'int' ? 'integer' : expected;
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}

function valueAt(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const token of path) {
    if (isArray(value)) value = value[Number(token)];
    else if (isObject(value)) value = Object.hasOwn(value, token) ? value[token] : undefined;
    else return undefined;
  }
  return value;
}
