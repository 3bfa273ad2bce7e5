import { isArray, isObject, type Json } from '../kernel/json.ts';
import type { SchemaNode } from '../schema/node.ts';
import { accepts } from '../schema/validate.ts';
import type { Kind } from '../value/value.ts';

/**
 * What is known of a value before it is there: a set of values, never smaller than the real one. Each kind has a part of its
 * own, absent where the value is surely of another kind; so an union of two objects keeps which members there may be, and
 * not which of them go together.
 */
export interface Type {
  readonly null: boolean;
  /** Which of the two it may be. */
  readonly boolean: { readonly true: boolean; readonly false: boolean };
  readonly number: Numbers | undefined;
  readonly string: Strings | undefined;
  readonly array: Items | undefined;
  readonly object: Members | undefined;
  /** Nodes of the type as a tree; bounds what one operation may cost. */
  readonly size: number;
  /** Where values of this type come from, for whoever reads about them; no part of the meaning. */
  readonly origins: readonly Origin[];
}

/** Ends included; `values` where they are few. */
export interface Numbers {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  readonly values: readonly number[] | undefined;
}

/** One of `values` where they are known; else what all of `rules` accept. */
export interface Strings {
  readonly values: readonly string[] | undefined;
  readonly rules: readonly SchemaNode[];
}

export interface Items {
  readonly item: Type;
  readonly min: number;
  readonly max: number;
}

/** Members that are not named are of type `rest`; `NEVER`: there are none. */
export interface Members {
  readonly named: ReadonlyMap<string, Member>;
  readonly rest: Type;
}

export interface Member {
  readonly type: Type;
  readonly required: boolean;
}

/** A source of values. The texts are ours but for names of a store, so whoever shows them encodes them. */
export interface Origin {
  /** Such as `the reply of mail/get_message`. */
  readonly what: string;
  /** Where that is declared, as `file:line`. */
  readonly declared: string;
  /** How the value came from there, in order. */
  readonly via: readonly string[];
}

const NO_BOOLEAN = { true: false, false: false };
const BOTH = { true: true, false: true };
const NO_ORIGIN: readonly Origin[] = [];

/** Parts that a type may have; what is absent is of no value. */
export interface Parts {
  readonly null?: boolean;
  readonly boolean?: Type['boolean'];
  readonly number?: Numbers | undefined;
  readonly string?: Strings | undefined;
  readonly array?: Items | undefined;
  readonly object?: Members | undefined;
  readonly origins?: readonly Origin[];
}

const LIMIT = {
  /** Nodes of one type; beyond, what is deeper in it is anything. */
  size: 4000,
  numbers: 16,
  strings: 64,
  origins: 3,
  hops: 4,
};

/** A type of these parts. */
export function build(parts: Parts): Type {
  const { array, object } = parts;
  let size = 1;
  if (array !== undefined) size += array.item.size;
  if (object !== undefined) {
    size += object.rest.size;
    for (const { type } of object.named.values()) size += 1 + type.size;
  }
  const made = {
    null: parts.null ?? false,
    boolean: parts.boolean ?? NO_BOOLEAN,
    number: parts.number,
    string: parts.string,
    array,
    object,
    size,
    origins: parts.origins ?? NO_ORIGIN,
  };
  if (size <= LIMIT.size) return made;
  return {
    ...made,
    array: array && { ...array, item: ANY },
    object: object && { named: new Map(), rest: ANY },
    size: 3,
  };
}

export const NEVER: Type = build({});
const ANY_NUMBER: Numbers = { min: -Infinity, max: Infinity, integer: false, values: undefined };
const ANY_STRING: Strings = { values: undefined, rules: [] };

/** Every value, also at every member and item. */
export const ANY: Type = everything();

function everything(): Type {
  const any = {
    ...build({ null: true, boolean: BOTH, number: ANY_NUMBER, string: ANY_STRING }),
    array: { item: NEVER, min: 0, max: Infinity },
    object: { named: new Map<string, Member>(), rest: NEVER },
  };
  any.array.item = any;
  any.object.rest = any;
  return any;
}

export const NULL: Type = build({ null: true });
export const BOOLEAN: Type = build({ boolean: BOTH });
export const NUMBER: Type = build({ number: ANY_NUMBER });
export const INTEGER: Type = build({ number: { ...ANY_NUMBER, integer: true } });
export const STRING: Type = build({ string: ANY_STRING });
export const ARRAY: Type = build({ array: { item: ANY, min: 0, max: Infinity } });
export const OBJECT: Type = build({ object: { named: new Map(), rest: ANY } });

export function booleanType(values: Type['boolean']): Type {
  return values.true && values.false ? BOOLEAN : build({ boolean: values });
}

/** Numbers in a range, both ends included. */
export function numberType(min: number, max: number, integer = false): Type {
  return min <= max ? build({ number: { min, max, integer, values: min === max ? [min] : undefined } }) : NEVER;
}

export function stringsType(values: readonly string[]): Type {
  return values.length === 0
    ? NEVER
    : values.length > LIMIT.strings
      ? STRING
      : build({ string: { values, rules: [] } });
}

/** Strings that the schema accepts. */
export function stringsOf(rule: SchemaNode): Type {
  return build({ string: { values: undefined, rules: [rule] } });
}

/** An array whose item is of no type is empty, and the other way round. */
export function arrayType(item: Type, min = 0, max = Infinity): Type {
  const most = isNever(item) ? 0 : max;
  return min > most ? NEVER : build({ array: { item: most === 0 ? NEVER : item, min, max: most } });
}

/** An object; of no type where a member that must be there is. */
export function objectType(named: ReadonlyMap<string, Member>, rest: Type = NEVER): Type {
  for (const { type, required } of named.values()) if (required && isNever(type)) return NEVER;
  return build({ object: { named, rest } });
}

/** An object with exactly these members. */
export function recordType(members: Readonly<Record<string, Type>>): Type {
  return objectType(new Map(Object.entries(members).map(([name, type]) => [name, { type, required: true }])));
}

/** The type of exactly this value. */
export function literalType(json: Json): Type {
  if (json === null) return NULL;
  if (typeof json === 'boolean') return booleanType({ true: json, false: !json });
  if (typeof json === 'number') return numberType(json, json, Number.isInteger(json));
  if (typeof json === 'string') return stringsType([json]);
  if (isArray(json)) return arrayType(joinAll(json.map(literalType)), json.length, json.length);
  return isObject(json)
    ? objectType(
        new Map(Object.entries(json).map(([name, member]) => [name, { type: literalType(member), required: true }])),
      )
    : NEVER;
}

export function isNever(type: Type): boolean {
  return kindsOf(type).length === 0;
}

/** The kinds that a value of the type may have. */
export function kindsOf(type: Type): readonly Kind[] {
  const kinds: Kind[] = [];
  if (type.null) kinds.push('null');
  if (type.boolean.true || type.boolean.false) kinds.push('boolean');
  if (type.number !== undefined) kinds.push('number');
  if (type.string !== undefined) kinds.push('string');
  if (type.array !== undefined) kinds.push('array');
  if (type.object !== undefined) kinds.push('object');
  return kinds;
}

/** The part of a type that is of these kinds. */
export function only(type: Type, ...kinds: readonly Kind[]): Type {
  const has = (kind: Kind): boolean => kinds.includes(kind);
  return build({
    null: type.null && has('null'),
    boolean: has('boolean') ? type.boolean : NO_BOOLEAN,
    number: has('number') ? type.number : undefined,
    string: has('string') ? type.string : undefined,
    array: has('array') ? type.array : undefined,
    object: has('object') ? type.object : undefined,
    origins: type.origins,
  });
}

/** The values of a type that jq takes for true, and those that it takes for false. */
export function truthy(type: Type): Type {
  const boolean = { true: type.boolean.true, false: false };
  return type.null || type.boolean.false ? build({ ...type, null: false, boolean }) : type;
}

export function falsy(type: Type): Type {
  return build({ null: type.null, boolean: { true: false, false: type.boolean.false }, origins: type.origins });
}

/** What is known of a member of an object; `undefined` where it is never there. */
export function memberOf(object: Members, name: string): Member | undefined {
  const member = object.named.get(name) ?? { type: object.rest, required: false };
  return isNever(member.type) ? undefined : member;
}

/** Every member of an object, whatever its name. */
export function anyMember(object: Members): Type {
  return joinAll([...[...object.named.values()].map(({ type }) => type), object.rest]);
}

export function joinAll(types: Iterable<Type>): Type {
  let all = NEVER;
  for (const type of types) all = join(all, type);
  return all;
}

/** The smallest type that holds both, as far as types can tell. */
export function join(a: Type, b: Type): Type {
  if (a === b || isNever(b)) return a;
  if (isNever(a)) return b;
  if (a === ANY || b === ANY) return ANY;
  return build({
    null: a.null || b.null,
    boolean: { true: a.boolean.true || b.boolean.true, false: a.boolean.false || b.boolean.false },
    number: either(a.number, b.number, joinNumbers),
    string: either(a.string, b.string, joinStrings),
    array: either(a.array, b.array, joinItems),
    object: either(a.object, b.object, joinMembers),
    origins: joinOrigins(a.origins, b.origins),
  });
}

function either<T>(a: T | undefined, b: T | undefined, both: (a: T, b: T) => T): T | undefined {
  return a === undefined ? b : b === undefined ? a : both(a, b);
}

function joinNumbers(a: Numbers, b: Numbers): Numbers {
  const values = a.values && b.values && [...new Set([...a.values, ...b.values])];
  return {
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    integer: a.integer && b.integer,
    values: values !== undefined && values.length <= LIMIT.numbers ? values : undefined,
  };
}

function joinStrings(a: Strings, b: Strings): Strings {
  if (a.values !== undefined && b.values !== undefined) {
    const values = [...new Set([...a.values, ...b.values])];
    return values.length <= LIMIT.strings ? { values, rules: [] } : ANY_STRING;
  }
  const [known, open] = a.values === undefined ? [b, a] : [a, b];
  const rules =
    known.values === undefined
      ? open.rules.filter((rule) => known.rules.includes(rule))
      : open.rules.filter((rule) => known.values?.every((value) => accepts(rule, value)));
  return { values: undefined, rules };
}

function joinItems(a: Items, b: Items): Items {
  return { item: join(a.item, b.item), min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function joinMembers(a: Members, b: Members): Members {
  const named = new Map<string, Member>();
  for (const name of new Set([...a.named.keys(), ...b.named.keys()])) {
    const [mine, theirs] = [a.named.get(name), b.named.get(name)];
    named.set(name, {
      type: join(mine?.type ?? a.rest, theirs?.type ?? b.rest),
      required: mine?.required === true && theirs?.required === true,
    });
  }
  return { named, rest: join(a.rest, b.rest) };
}

function joinOrigins(a: readonly Origin[], b: readonly Origin[]): readonly Origin[] {
  const more = b.filter((origin) => !a.some((known) => sameOrigin(known, origin)));
  if (more.length === 0) return a;
  // Of many, none says more than the others.
  return a.length + more.length > LIMIT.origins ? NO_ORIGIN : [...a, ...more];
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return a.what === b.what && a.declared === b.declared;
}

/** A type that holds every value that both hold. */
export function meet(a: Type, b: Type): Type {
  if (a === b || b === ANY) return a;
  if (a === ANY) return b;
  const string = a.string && b.string && meetStrings(a.string, b.string);
  return build({
    null: a.null && b.null,
    boolean: { true: a.boolean.true && b.boolean.true, false: a.boolean.false && b.boolean.false },
    number: a.number && b.number && meetNumbers(a.number, b.number),
    string,
    array: a.array && b.array && meetItems(a.array, b.array),
    object: a.object && b.object && meetMembers(a.object, b.object),
    origins: a.origins.length > 0 ? a.origins : b.origins,
  });
}

function meetNumbers(a: Numbers, b: Numbers): Numbers | undefined {
  const integer = a.integer || b.integer;
  const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
  const fits = (value: number): boolean => value >= min && value <= max && (!integer || Number.isInteger(value));
  const values = (a.values ?? b.values)?.filter((value) => fits(value) && (b.values?.includes(value) ?? true));
  return min > max || values?.length === 0 ? undefined : { min, max, integer, values };
}

function meetStrings(a: Strings, b: Strings): Strings | undefined {
  const rules = [...new Set([...a.rules, ...b.rules])];
  const known = a.values ?? b.values;
  if (known === undefined) return { values: undefined, rules };
  const values = known.filter(
    (value) => (b.values?.includes(value) ?? true) && rules.every((rule) => accepts(rule, value)),
  );
  return values.length === 0 ? undefined : { values, rules: [] };
}

function meetItems(a: Items, b: Items): Items | undefined {
  const item = meet(a.item, b.item);
  const min = Math.max(a.min, b.min);
  const max = isNever(item) ? 0 : Math.min(a.max, b.max);
  return min > max ? undefined : { item, min, max };
}

function meetMembers(a: Members, b: Members): Members | undefined {
  const named = new Map<string, Member>();
  for (const name of new Set([...a.named.keys(), ...b.named.keys()])) {
    const [mine, theirs] = [a.named.get(name), b.named.get(name)];
    const type = meet(mine?.type ?? a.rest, theirs?.type ?? b.rest);
    const required = mine?.required === true || theirs?.required === true;
    if (required && isNever(type)) return undefined;
    named.set(name, { type, required });
  }
  return { named, rest: meet(a.rest, b.rest) };
}

/** Whether every value of `a` is surely one of `b`. */
export function within(a: Type, b: Type): boolean {
  if (a === b || b === ANY || isNever(a)) return true;
  if (a === ANY) return false;
  return (
    (!a.null || b.null) &&
    (!a.boolean.true || b.boolean.true) &&
    (!a.boolean.false || b.boolean.false) &&
    (a.number === undefined || (b.number !== undefined && numbersWithin(a.number, b.number))) &&
    (a.string === undefined || (b.string !== undefined && stringsWithin(a.string, b.string))) &&
    (a.array === undefined || (b.array !== undefined && itemsWithin(a.array, b.array))) &&
    (a.object === undefined || (b.object !== undefined && membersWithin(a.object, b.object)))
  );
}

function numbersWithin(a: Numbers, b: Numbers): boolean {
  if (b.values !== undefined) return a.values?.every((value) => b.values?.includes(value)) === true;
  return a.min >= b.min && a.max <= b.max && (a.integer || !b.integer || a.values?.every(Number.isInteger) === true);
}

function stringsWithin(a: Strings, b: Strings): boolean {
  if (b.values !== undefined) return a.values?.every((value) => b.values?.includes(value)) === true;
  if (a.values === undefined) return b.rules.every((rule) => a.rules.includes(rule));
  return a.values.every((value) => b.rules.every((rule) => accepts(rule, value)));
}

function itemsWithin(a: Items, b: Items): boolean {
  return a.min >= b.min && a.max <= b.max && within(a.item, b.item);
}

function membersWithin(a: Members, b: Members): boolean {
  if (!within(a.rest, b.rest)) return false;
  for (const [name, { type, required }] of a.named) {
    const theirs = b.named.get(name);
    if ((theirs?.required === true && !required) || !within(type, theirs?.type ?? b.rest)) return false;
  }
  for (const [name, { type, required }] of b.named) {
    if (!a.named.has(name) && (required || !within(a.rest, type))) return false;
  }
  return true;
}

/**
 * A type that holds both and is larger than `before` only in ways that end: a chain of widenings becomes stable. `round`
 * counts how often; the later, the coarser.
 */
export function widen(before: Type, after: Type, round: number): Type {
  if (within(after, before)) return before;
  const joined = join(before, after);
  if (round < 2) return joined;
  if (round >= 6 || isNever(before)) return ANY;
  const { number, string, array, object } = joined;
  return build({
    ...joined,
    number: number && (before.number === undefined ? number : { ...ANY_NUMBER, integer: number.integer }),
    string: string && (before.string === undefined ? string : ANY_STRING),
    array: array && before.array && { item: widen(before.array.item, array.item, round + 1), min: 0, max: Infinity },
    object: object && before.object && widenMembers(before.object, object, round),
    ...(array !== undefined && before.array === undefined ? { array } : {}),
    ...(object !== undefined && before.object === undefined ? { object } : {}),
  });
}

function widenMembers(before: Members, joined: Members, round: number): Members {
  const named = new Map<string, Member>();
  for (const [name, { type, required }] of joined.named) {
    const old = before.named.get(name)?.type ?? before.rest;
    named.set(name, { type: round > 3 ? (within(type, old) ? old : ANY) : widen(old, type, round + 1), required });
  }
  return { named, rest: within(joined.rest, before.rest) ? before.rest : round > 2 ? ANY : joined.rest };
}

/** The same values, said to come from there; what is known of their origin stays. */
export function from(type: Type, origin: Origin): Type {
  return type.origins.length > 0 || type === ANY ? type : { ...type, origins: [origin] };
}

/** The same values, one step on their way. */
export function passed(type: Type, hop: string): Type {
  const origins = type.origins.map((origin) =>
    origin.via.length >= LIMIT.hops || origin.via.includes(hop) ? origin : { ...origin, via: [...origin.via, hop] },
  );
  return type.origins.length === 0 ? type : { ...type, origins };
}
