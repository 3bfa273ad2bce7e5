import { isArray, member, type Json } from '../kernel/json.ts';
import { child, ROOT, type Pointer } from '../kernel/pointer.ts';
import { assert, Defect, err, ok, type Result } from '../kernel/result.ts';
import { controlled, covers, join, NO_MARKS, type Label, type Marks } from './label.ts';
import { compareScalars } from './order.ts';
import type { Term } from './term.ts';
import type {
  ArrayValue,
  BooleanValue,
  Labelling,
  ListValue,
  Members,
  NumberValue,
  ObjectValue,
  StringValue,
  SymbolValue,
  Value,
} from './value.ts';

/** How deep a value may nest: an array in an array has depth 2. */
export const MAX_DEPTH = 64;

/** How heavy a value may be, in the unit of {@link weightOf}. */
export const MAX_WEIGHT = 2 ** 21;

/** 2^53 - 1: to a double of at most this size no other integer rounds, so that it is exact wherever it came from. */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** Member names that Cedar's JSON form gives a meaning; a value that holds one would not be inert there. */
const RESERVED: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr']);

export interface IngressProblem {
  readonly at: Pointer;
  readonly detail: string;
}

/**
 * The one check of everything that enters the universe of values: Unicode scalar values only, finite numbers, integers
 * that are exact, bounded depth and weight, no reserved member names.
 */
export function ingress(json: Json): Result<Json, IngressProblem> {
  const pending: { readonly json: Json; readonly at: Pointer; readonly depth: number }[] = [
    { json, at: ROOT, depth: 0 },
  ];
  let weight = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { json: part, at, depth } = next;
    weight += 1;
    switch (typeof part) {
      case 'string':
        weight += part.length;
        if (!isWellFormed(part)) return err({ at, detail: 'a string with half of a surrogate pair' });
        break;
      case 'number': {
        const problem = numberProblem(part);
        if (problem !== undefined) return err({ at, detail: problem });
        break;
      }
      case 'boolean':
        break;
      case 'object': {
        if (part === null) break;
        if (depth >= MAX_DEPTH) return err({ at, detail: `nested deeper than ${MAX_DEPTH}` });
        // Counted before the members are listed, so that a huge container is not copied first.
        if (isArray(part)) {
          if (weight + part.length > MAX_WEIGHT) return err({ at, detail: `larger than ${MAX_WEIGHT}` });
          for (let i = part.length - 1; i >= 0; i--)
            pending.push({ json: part[i] as Json, at: child(at, i), depth: depth + 1 });
          break;
        }
        for (const name of Object.keys(part)) {
          weight += name.length + 1;
          if (RESERVED.has(name)) return err({ at, detail: `the reserved member name ${name}` });
          if (!isWellFormed(name)) return err({ at, detail: 'a member name with half of a surrogate pair' });
          pending.push({ json: member(part, name) as Json, at: child(at, name), depth: depth + 1 });
        }
        break;
      }
      default:
        return err({ at, detail: 'no JSON value' });
    }
    if (weight > MAX_WEIGHT) return err({ at, detail: `larger than ${MAX_WEIGHT}` });
  }
  return ok(json);
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Why `number` is no number of ours; `undefined` if it is one. */
export function numberProblem(number: number): string | undefined {
  if (!Number.isFinite(number)) return 'a number that is not finite';
  if (Number.isInteger(number) && Math.abs(number) > MAX_INTEGER)
    return 'an integer beyond 2^53, which a double does not hold exactly';
  return undefined;
}

/**
 * A value from JSON that has passed {@link ingress}, under one label or under the label of each node. Members are taken
 * in the order of their names: neither the order of a text nor JavaScript's order of integer-like names can be seen by an
 * expression, so a witness replays from any serialisation.
 */
export function lift(json: Json, labels: Label | Labelling): Value {
  return typeof labels === 'function' ? liftEach(json, labels, []) : liftAll(json, labels, 0);
}

function liftAll(json: Json, label: Label, depth: number): Value {
  if (typeof json === 'string') return stringValue(json, label);
  if (typeof json === 'number') return numberValue(json, label);
  if (typeof json === 'boolean') return booleanValue(json, label);
  if (json === null) return nullValue(label);
  assert(depth < MAX_DEPTH, 'only a value that passed ingress is lifted');
  if (isArray(json))
    return arrayValue(
      json.map((item) => liftAll(item, label, depth + 1)),
      label,
    );
  const fields = new Map<string, Value>();
  for (const name of memberNames(json)) fields.set(name, liftAll(json[name] as Json, label, depth + 1));
  return objectValue(fields, label);
}

function liftEach(json: Json, labels: Labelling, path: string[]): Value {
  const label = labels(path);
  if (typeof json !== 'object' || json === null) return liftAll(json, label, 0);
  assert(path.length < MAX_DEPTH, 'only a value that passed ingress is lifted');
  if (isArray(json)) {
    const items = json.map((item, i) => {
      path.push(String(i));
      const value = liftEach(item, labels, path);
      path.pop();
      return value;
    });
    return arrayValue(items, label);
  }
  const fields = new Map<string, Value>();
  for (const name of memberNames(json)) {
    path.push(name);
    fields.set(name, liftEach(json[name] as Json, labels, path));
    path.pop();
  }
  return objectValue(fields, label);
}

function memberNames(json: object): readonly string[] {
  const names = Object.keys(json);
  for (let i = 1; i < names.length; i++) {
    if (compareScalars(names[i - 1] as string, names[i] as string) > 0) return names.sort(compareScalars);
  }
  return names;
}

/** The JSON value without its labels. Of a value that holds something unknown there is none. */
export function lower(value: Value): Json {
  switch (value.kind) {
    case 'null':
      return null;
    case 'boolean':
    case 'number':
    case 'string':
      return value.value;
    case 'array':
      return value.items.map(lower);
    case 'object': {
      const members: [string, Json][] = [];
      for (const [name, field] of value.fields) members.push([name, lower(field)]);
      // Defines members, so that `__proto__` is one like any other.
      return Object.fromEntries(members);
    }
    case 'symbol':
    case 'list':
      throw new Defect('what is not known has no JSON');
  }
}

/** Whether nothing in `value` is unknown. */
export function isConcrete(value: Value): boolean {
  switch (value.kind) {
    case 'array':
      return value.items.every(isConcrete);
    case 'object':
      return [...value.fields.values()].every(isConcrete);
    case 'symbol':
    case 'list':
      return false;
    default:
      return true;
  }
}

/** An unknown value; `inner` bounds the labels below it, and is `label` where nothing else is said. */
export function symbolValue(term: Term, label: Label, inner: Label = label, members?: Members): SymbolValue {
  return members === undefined
    ? { kind: 'symbol', term, label, inner }
    : { kind: 'symbol', term, label, inner, members };
}

export function nullValue(label: Label): Value {
  return { kind: 'null', label };
}

export function booleanValue(value: boolean, label: Label): BooleanValue {
  return { kind: 'boolean', value, label };
}

/** `value` must be a number of ours ({@link numberProblem}); the sign of zero is dropped. */
export function numberValue(value: number, label: Label): NumberValue {
  return { kind: 'number', value: value + 0, label };
}

export function stringValue(value: string, label: Label): StringValue {
  return { kind: 'string', value, label };
}

export function arrayValue(items: readonly Value[], label: Label): ArrayValue {
  let weight = 2;
  let depth = 0;
  for (const item of items) {
    weight += weightOf(item);
    if (item.kind === 'array' || item.kind === 'object') depth = Math.max(depth, item.depth);
  }
  return { kind: 'array', items, label, weight, depth: depth + 1 };
}

export function objectValue(fields: ReadonlyMap<string, Value>, label: Label): ObjectValue {
  let weight = 2;
  let depth = 0;
  for (const [name, field] of fields) {
    weight += name.length + weightOf(field);
    if (field.kind === 'array' || field.kind === 'object') depth = Math.max(depth, field.depth);
  }
  return { kind: 'object', fields, label, weight, depth: depth + 1 };
}

/** About the length of the value's JSON text; at least its number of nodes. */
export function weightOf(value: Value): number {
  switch (value.kind) {
    case 'array':
    case 'object':
      return value.weight;
    case 'string':
      return value.value.length + 1;
    default:
      return 1;
  }
}

/** jq's truth: everything but null and false. Of a symbol only the driver that made it can say. */
export function isTruthy(value: Value): boolean {
  if (value.kind === 'symbol') throw new Defect('the truth of a symbol is decided by its driver');
  return value.kind !== 'null' && (value.kind !== 'boolean' || value.value);
}

/** The join of the labels of every node of `value`. */
export function deepLabel(value: Value): Label {
  let all = value.label;
  if (value.kind === 'array') for (const item of value.items) all = join(all, deepLabel(item));
  else if (value.kind === 'object') for (const field of value.fields.values()) all = join(all, deepLabel(field));
  else if (value.kind === 'list') for (const item of value.items) all = join(all, deepLabel(item));
  else if (value.kind === 'symbol') {
    all = join(all, value.inner);
    for (const { value: member } of value.members?.known.values() ?? []) all = join(all, deepLabel(member));
  }
  return all;
}

/** `value` with the label of every node replaced by `change` of it; the value itself where nothing changes. */
export function relabel(value: Value, change: (label: Label) => Label): Value {
  const label = change(value.label);
  switch (value.kind) {
    case 'array': {
      let items: Value[] | undefined;
      for (let i = 0; i < value.items.length; i++) {
        const old = value.items[i] as Value;
        const item = relabel(old, change);
        if (item !== old) (items ??= value.items.slice())[i] = item;
      }
      return items === undefined && label === value.label ? value : { ...value, items: items ?? value.items, label };
    }
    case 'object': {
      let fields: Map<string, Value> | undefined;
      for (const [name, old] of value.fields) {
        const field = relabel(old, change);
        if (field !== old) (fields ??= new Map(value.fields)).set(name, field);
      }
      return fields === undefined && label === value.label
        ? value
        : { ...value, fields: fields ?? value.fields, label };
    }
    case 'symbol': {
      const inner = change(value.inner);
      const members = value.members === undefined ? undefined : relabelMembers(value.members, change);
      return label === value.label && inner === value.inner && members === value.members
        ? value
        : symbolValue(value.term, label, inner, members);
    }
    case 'list':
      return relabelList(value, label, change);
    default:
      return withLabel(value, label);
  }
}

function relabelMembers(members: Members, change: (label: Label) => Label): Members {
  let isChanged = false;
  const known = new Map(members.known);
  for (const [name, member] of members.known) {
    const value = relabel(member.value, change);
    if (value === member.value) continue;
    isChanged = true;
    known.set(name, { ...member, value });
  }
  return isChanged ? { known, open: members.open } : members;
}

function relabelList(list: ListValue, label: Label, change: (label: Label) => Label): ListValue {
  const items = list.items.map((item) => relabel(item, change));
  if (label === list.label && items.every((item, i) => item === list.items[i])) return list;
  return { ...list, label, items, take: (key) => relabel(list.take(key), change) };
}

/** `value` with another label on its top node only. */
export function withLabel<V extends Value>(value: V, label: Label): V {
  return label === value.label ? value : { ...value, label };
}

/** `value` as picked by a decision: the marks join the `control` of every node. */
export function controlledDeep(value: Value, decision: Marks): Value {
  return decision === NO_MARKS ? value : relabel(value, (label) => controlled(label, decision));
}

/**
 * `value` as something that stands where it stands because of `decision`: the marks join the `control` of every node
 * whose own label does not say as much already.
 */
export function placed(value: Value, decision: Marks): Value {
  return decision === NO_MARKS
    ? value
    : relabel(value, (label) => (covers(label, decision) ? label : controlled(label, decision)));
}

/** The node at the path of `tokens` (as in a JSON pointer); `undefined` where there is none. */
export function valueAt(value: Value, tokens: readonly string[]): Value | undefined {
  let node: Value | undefined = value;
  for (const token of tokens) {
    if (node === undefined) return undefined;
    if (node.kind === 'object') node = node.fields.get(token);
    else if (node.kind === 'array')
      node = /^(?:0|[1-9][0-9]{0,9})$/u.test(token) ? node.items[Number(token)] : undefined;
    else if (node.kind === 'symbol' || node.kind === 'list') throw new Defect('no path leads into what is not known');
    else return undefined;
  }
  return node;
}
