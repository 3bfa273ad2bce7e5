import { parseDuration } from '../kernel/duration.ts';
import { isArray, isObject, type Json, type JsonObject, member, typeName } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import type { Server } from '../store/model.ts';
import type { Call, Duration, ErrorDefinition, Retry } from './model.ts';

/** What tasks may refer to by name. An absent value is one whose definition has a problem, which is reported there. */
export interface Reusable {
  readonly errors: ReadonlyMap<string, ErrorDefinition | undefined>;
  readonly retries: ReadonlyMap<string, Retry | undefined>;
  readonly timeouts: ReadonlyMap<string, Duration | undefined>;
  readonly functions: ReadonlyMap<string, ReusableFunction | undefined>;
  readonly catalogs: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

export interface ReusableFunction {
  readonly call: Call;
  readonly schema?: JsonObject;
}

export interface Context {
  readonly reporter: Reporter;
  readonly servers: ReadonlyMap<string, Server>;
  readonly reusable: Reusable;
}

/** An object at a place, whose keys are all known; what is not is reported. */
export interface Fields {
  readonly at: Pointer;
  readonly value: JsonObject;
  /** Keys that are probably there, misspelt. */
  readonly misspelt: ReadonlySet<string | null>;
  readonly get: (key: string) => Json | undefined;
  readonly place: (key: string) => Pointer;
}

/** The object at `at`; reports another type, and every key that is not in `known` (`null`: any key is allowed). */
export function readObject(
  value: Json,
  at: Pointer,
  known: readonly string[] | null,
  reporter: Reporter,
): Fields | undefined {
  if (!isObject(value)) return wrongType(reporter, at, 'object', value);
  const unknown = known === null ? [] : Object.keys(value).filter((key) => !known.includes(key));
  for (const key of unknown) reporter.unknownKey(at, key, known ?? []);
  const misspelt = new Set(unknown.map((key) => reporter.suggest(key, known ?? [])));
  return { at, value, misspelt, get: (key) => member(value, key), place: (key) => child(at, key) };
}

export function readArray(value: Json, at: Pointer, reporter: Reporter): readonly Json[] | undefined {
  return isArray(value) ? value : wrongType(reporter, at, 'array', value);
}

/** A literal string: no `${ }` in it. */
export function readLiteral(value: Json, at: Pointer, what: string, reporter: Reporter): string | undefined {
  if (typeof value !== 'string') return wrongType(reporter, at, 'string', value);
  if (!value.includes('${')) return value;
  reporter.report('structure/invalid-value', at, { detail: `${what} is a literal, never an expression` });
  return undefined;
}

/** A member that must be there. */
export function required(fields: Fields, key: string, reporter: Reporter): Json | undefined {
  const value = fields.get(key);
  if (value === undefined && !fields.misspelt.has(key)) reporter.report('structure/missing-key', fields.at, { key });
  return value;
}

export function wrongType(reporter: Reporter, at: Pointer, expected: string, found: Json): undefined {
  reporter.report('structure/wrong-type', at, { expected, found: typeName(found) });
}

/** `fix`: what to do instead, where more can be said than that. */
export function invalid(reporter: Reporter, at: Pointer, detail: string, fix?: string): undefined {
  reporter.report('structure/invalid-value', at, fix === undefined ? { detail } : { detail, fix });
}

export function unknownReference(
  reporter: Reporter,
  at: Pointer,
  kind: string,
  name: string,
  candidates: Iterable<string>,
): undefined {
  reporter.report('structure/unknown-reference', at, {
    kind,
    name: brief(name),
    suggestion: reporter.suggest(name, candidates),
  });
}

export function unsupported(reporter: Reporter, at: Pointer, feature: string, instead: string): undefined {
  reporter.report('structure/unsupported-feature', at, { feature, instead });
}

/** As {@link unsupported}, at the key that asks for it. */
export function unsupportedKey(reporter: Reporter, at: Pointer, feature: string, instead: string): undefined {
  reporter.reportKey('structure/unsupported-feature', at, { feature, instead });
}

const UNITS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000, milliseconds: 1 } as const;

/** A duration, inline (`{ seconds: 5 }`) or ISO 8601 (`PT5S`), in milliseconds. */
export function readDuration(value: Json, at: Pointer, reporter: Reporter): Duration | undefined {
  if (typeof value === 'string') {
    if (value.includes('${')) {
      return unsupported(reporter, at, 'a duration computed at run time', 'a literal such as { seconds: 30 } or PT30S');
    }
    const parsed = parseDuration(value);
    return 'milliseconds' in parsed ? parsed.milliseconds : invalid(reporter, at, parsed.problem);
  }
  const fields = readObject(value, at, Object.keys(UNITS), reporter);
  if (fields === undefined) return undefined;
  const before = reporter.count;
  let total = 0;
  for (const [unit, factor] of Object.entries(UNITS)) {
    const amount = fields.get(unit);
    if (amount === undefined) continue;
    if (typeof amount !== 'number' || !Number.isInteger(amount))
      wrongType(reporter, fields.place(unit), 'integer', amount);
    else if (amount < 0) invalid(reporter, fields.place(unit), 'a duration is not negative');
    else if (amount * factor > UNITS.days * 3650) invalid(reporter, fields.place(unit), 'longer than ten years');
    else total += amount * factor;
  }
  if (Object.keys(fields.value).length === 0) invalid(reporter, at, 'an empty duration');
  return reporter.count === before ? total : undefined;
}

/** `{ after: duration }`, or the name of one in `use.timeouts`. */
export function readTimeout(value: Json, at: Pointer, context: Context): Duration | undefined {
  const { reporter, reusable } = context;
  if (typeof value === 'string') {
    if (!reusable.timeouts.has(value))
      return unknownReference(reporter, at, 'timeout', value, reusable.timeouts.keys());
    return reusable.timeouts.get(value);
  }
  return readTimeoutDefinition(value, at, reporter);
}

export function readTimeoutDefinition(value: Json, at: Pointer, reporter: Reporter): Duration | undefined {
  const fields = readObject(value, at, ['after'], reporter);
  const after = fields === undefined ? undefined : required(fields, 'after', reporter);
  return after === undefined ? undefined : readDuration(after, child(at, 'after'), reporter);
}

/** `metadata` and `tags`: an object of anything. */
export function checkOpenObject(fields: Fields, key: string, reporter: Reporter): void {
  const value = fields.get(key);
  if (value !== undefined && !isObject(value)) wrongType(reporter, fields.place(key), 'object', value);
}
