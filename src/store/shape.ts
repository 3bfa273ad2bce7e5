import * as z from 'zod';
import { isArray, isObject, type Json, typeName } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { unreachable } from '../kernel/result.ts';
import { brief } from '../kernel/text.ts';

/**
 * Checks a parsed document against the schema of its format; reports every breach with its place. Absent where there is
 * any breach.
 */
export function checkShape<S extends z.ZodType>(schema: S, value: Json, reporter: Reporter): z.output<S> | undefined {
  const parsed = schema.safeParse(value, { error: explain });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const misspelt = new Set(issues.flatMap((issue) => misspellings(issue, reporter)));
  for (const issue of issues) {
    const missing = isMissing(issue, value) ? at(issue) : undefined;
    if (missing === undefined || !misspelt.has(missing)) report(issue, value, reporter);
  }
  return undefined;
}

/** The keys that the unknown keys of an object were probably meant to be: those are not reported as missing as well. */
function misspellings(issue: z.core.$ZodIssue, reporter: Reporter): readonly Pointer[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const known = knownKeys(issue);
  return issue.keys.flatMap((key) => {
    const meant = reporter.suggest(key, known);
    return meant === null ? [] : [child(at(issue), meant)];
  });
}

function at(issue: z.core.$ZodIssue): Pointer {
  return child(ROOT, ...issue.path.map(String));
}

function isMissing(issue: z.core.$ZodIssue, document: Json): boolean {
  return issue.code !== 'unrecognized_keys' && valueAt(document, issue.path.map(String)) === undefined;
}

const KNOWN_KEYS = z.array(z.string()).catch([]);

function knownKeys(issue: z.core.$ZodIssueUnrecognizedKeys): readonly string[] {
  return KNOWN_KEYS.parse(parseList(issue.message));
}

/** The message of an unknown key is the list of the known ones, which only the raw issue knows. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return JSON.stringify(issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []);
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'it is empty'
        : `at least ${counted(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `at most ${counted(issue.maximum, issue.origin)}`;
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(', ')}`;
    case 'invalid_union': {
      const { options } = issue as { readonly options?: unknown };
      return Array.isArray(options) ? `expected ${options.map(String).join(', ')}` : undefined;
    }
    default:
      return undefined;
  }
}

const UNITS: ReadonlyMap<string, string> = new Map([
  ['string', 'character'],
  ['array', 'item'],
  ['record', 'member'],
  ['map', 'member'],
]);

function counted(count: number | bigint, origin: string): string {
  const unit = UNITS.get(origin);
  return unit === undefined ? String(count) : `${count} ${unit}${Number(count) === 1 ? '' : 's'}`;
}

function report(issue: z.core.$ZodIssue, document: Json, reporter: Reporter): void {
  const place = at(issue);
  if (isMissing(issue, document)) {
    const parent = child(ROOT, ...issue.path.slice(0, -1).map(String));
    reporter.report('structure/missing-key', parent, { key: String(issue.path.at(-1) ?? '') });
    return;
  }
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(issue);
      for (const key of issue.keys) reporter.unknownKey(place, key, known);
      return;
    }
    case 'invalid_type': {
      const found = valueAt(document, issue.path.map(String)) ?? null;
      reporter.report('structure/wrong-type', place, { expected: typeOf(issue.expected), found: typeName(found) });
      return;
    }
    case 'invalid_key':
      for (const inner of issue.issues) {
        reporter.reportKey('structure/invalid-value', place, { detail: brief(inner.message, 200) });
      }
      return;
    case 'invalid_union':
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'invalid_value':
    case 'custom':
      reporter.report('structure/invalid-value', place, { detail: brief(issue.message, 200) });
      return;
    default:
      return unreachable(issue);
  }
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
