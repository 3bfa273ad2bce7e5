import type { Catch } from '../flow/model.ts';
import type { JsonObject } from '../kernel/json.ts';
import { controlledDeep, numberValue, objectValue, stringValue, symbolValue } from '../value/concrete.ts';
import type { Term } from '../value/term.ts';
import { AUTHOR, join, type Label, type Marks, NO_MARKS, deciding, joinMarks } from '../value/label.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import { errorNameOf, isOfficial } from '../workflow/errors.ts';
import type { At } from './effect.ts';

/** Standard errors and their default status (Open Workflow DSL reference, "Standard Error Types"). */
const STANDARD = {
  configuration: { status: 400, title: 'Configuration Error' },
  validation: { status: 400, title: 'Validation Error' },
  expression: { status: 400, title: 'Expression Error' },
  authentication: { status: 401, title: 'Authentication Error' },
  authorization: { status: 403, title: 'Authorization Error' },
  timeout: { status: 408, title: 'Timeout Error' },
  communication: { status: 500, title: 'Communication Error' },
  runtime: { status: 500, title: 'Runtime Error' },
} as const;

export type StandardError = keyof typeof STANDARD;

const TYPES = 'https://open-workflow-specification.org/spec/1.0.0/errors/';

/** An error on its way to whoever catches it. */
export interface Failure {
  /** The last segment of its type. */
  readonly name: string;
  /** All that it may be, where that is not known. */
  readonly names?: readonly string[];
  readonly at: At;
  /** What `$error` reads. */
  readonly value: ObjectValue;
  /** A `raise` task; a person who declined, with the error that the author named for it; or something that failed. */
  readonly cause: 'raise' | 'declined' | 'failure';
  /** What went wrong, for the author. */
  readonly why: string;
  /** For a time limit that ran out inside the construct that it limits: which limit. Nothing inside may catch it. */
  readonly limit?: number;
}

/**
 * A standard error; `label` is that of everything in it. All but what the outside says of it is the author's as well: where
 * it is, which of the few errors, and perhaps, in words of a schema, what is wrong with a value.
 */
export function standardFailure(name: StandardError, at: At, why: string, label: Label): Failure {
  const { status, title } = STANDARD[name];
  const worded = join(label, AUTHOR);
  const fields = new Map<string, Value>([
    ['type', stringValue(`${TYPES}${name}`, worded)],
    ['status', numberValue(status, worded)],
    ['title', stringValue(title, worded)],
    ['detail', stringValue(why, name === 'validation' || name === 'expression' ? worded : label)],
    ['instance', stringValue(at, worded)],
  ]);
  return { name, at, value: objectValue(fields, label), cause: 'failure', why };
}

/** One of several standard errors, of which it is not known which one it is; their words are not known either. */
export function someStandardFailure(
  names: readonly StandardError[],
  at: At,
  label: Label,
  unknown: (hint: string, schema: JsonObject) => Term,
): Failure {
  const first = names[0] ?? 'runtime';
  const { value } = standardFailure(first, at, '', label);
  const fields = new Map(value.fields);
  const stand = (member: string, schema: JsonObject): void => {
    const known = value.fields.get(member);
    if (known !== undefined) fields.set(member, symbolValue(unknown(member, schema), known.label));
  };
  stand('type', { enum: names.map((name) => `${TYPES}${name}`) });
  stand('status', { enum: [...new Set(names.map((name) => STANDARD[name].status))] });
  stand('title', { enum: names.map((name) => STANDARD[name].title) });
  stand('detail', { type: 'string' });
  return { name: first, names, at, value: objectValue(fields, label), cause: 'failure', why: 'a call fails' };
}

/** The same error, on its way because of a decision that carries `marks`. */
export function withControl(failure: Failure, marks: Marks): Failure {
  const value = controlledDeep(failure.value, marks);
  return value.kind === 'object' ? { ...failure, value } : failure;
}

/** Types under any official prefix, or bare names, compare by their name; others as they are written. */
export function sameType(a: string, b: string): boolean {
  if (a === b) return true;
  const comparable = (type: string): boolean => isOfficial(type) || !type.includes('/');
  return comparable(a) && comparable(b) && errorNameOf(a) === errorNameOf(b);
}

/** Whether every member that the filter names is equal in `error`, and what that comparison reveals. */
export function passesFilter(
  filter: NonNullable<Catch['errors']>,
  error: ObjectValue,
  equal: (a: Value, b: Value) => boolean,
): { readonly passes: boolean; readonly marks: Marks } {
  let passes = true;
  let marks = NO_MARKS;
  for (const name of ['type', 'status', 'instance', 'title', 'detail'] as const) {
    const wanted = filter[name];
    if (wanted === undefined) continue;
    const member = error.fields.get(name);
    marks = joinMarks(marks, deciding((member ?? error).label));
    passes &&= isWanted(name, wanted, member, equal);
  }
  return { passes, marks };
}

function isWanted(
  name: string,
  wanted: string | number,
  member: Value | undefined,
  equal: (a: Value, b: Value) => boolean,
): boolean {
  if (member?.kind === 'symbol') {
    if (typeof wanted === 'number') return equal(member, numberValue(wanted, member.label));
    // The types that are not known are all official ones.
    const isShort = name === 'type' && (isOfficial(wanted) || !wanted.includes('/'));
    return equal(member, stringValue(isShort ? `${TYPES}${errorNameOf(wanted)}` : wanted, member.label));
  }
  if (member === undefined || (member.kind !== 'string' && member.kind !== 'number')) return false;
  if (name === 'type') return member.kind === 'string' && typeof wanted === 'string' && sameType(wanted, member.value);
  return member.value === wanted;
}
