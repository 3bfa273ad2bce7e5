import { Defect } from '../kernel/result.ts';
import type { Kind, KnownValue, Value } from './value.ts';

/** Order of strings by Unicode scalar values: jq's, who compares UTF-8 bytes. UTF-16 units order surrogates differently. */
export function compareScalars(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for scalars above U+FFFF, so they sort after U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Where the values of a kind stand in the order. */
export const KIND_RANK: Readonly<Record<Kind, number>> = {
  null: 0,
  boolean: 1,
  number: 3,
  string: 4,
  array: 5,
  object: 6,
};

/**
 * jq's total order: null, false, true, numbers, strings, arrays (item by item), objects (first their sorted member names
 * as arrays, then the members in that order). Labels do not count.
 */
export function compareValues(left: Value, right: Value): number {
  const a = known(left);
  const b = known(right);
  switch (a.kind) {
    case 'null':
      break;
    case 'boolean':
      if (b.kind === 'boolean') return Number(a.value) - Number(b.value);
      break;
    case 'number':
      if (b.kind === 'number') return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
      break;
    case 'string':
      if (b.kind === 'string') return compareScalars(a.value, b.value);
      break;
    case 'array':
      if (b.kind === 'array') return compareItems(a.items, b.items);
      break;
    case 'object':
      if (b.kind === 'object') return compareFields(a.fields, b.fields);
      break;
  }
  return KIND_RANK[a.kind] - KIND_RANK[b.kind];
}

/** Only the driver that made them can order or compare symbols. */
function known(value: Value): KnownValue {
  if (value.kind === 'symbol' || value.kind === 'list') throw new Defect('what is not known has no place in the order');
  return value;
}

function compareItems(a: readonly Value[], b: readonly Value[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const order = compareValues(a[i] as Value, b[i] as Value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareFields(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): number {
  const names = sortedNames(a);
  const others = sortedNames(b);
  const shorter = Math.min(names.length, others.length);
  for (let i = 0; i < shorter; i++) {
    const order = compareScalars(names[i] as string, others[i] as string);
    if (order !== 0) return order;
  }
  if (names.length !== others.length) return names.length - others.length;
  for (const name of names) {
    const order = compareValues(a.get(name) as Value, b.get(name) as Value);
    if (order !== 0) return order;
  }
  return 0;
}

/** Equality of JSON values, labels apart; {@link compareValues} is 0. */
export function equalValues(left: Value, right: Value): boolean {
  if (left === right) return true;
  const a = known(left);
  const b = known(right);
  switch (a.kind) {
    case 'null':
      return b.kind === 'null';
    case 'boolean':
      return b.kind === 'boolean' && a.value === b.value;
    case 'number':
      return b.kind === 'number' && a.value === b.value;
    case 'string':
      return b.kind === 'string' && a.value === b.value;
    case 'array':
      return (
        b.kind === 'array' &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => equalValues(item, b.items[i] as Value))
      );
    case 'object': {
      if (b.kind !== 'object' || a.fields.size !== b.fields.size) return false;
      for (const [name, field] of a.fields) {
        const other = b.fields.get(name);
        if (other === undefined || !equalValues(field, other)) return false;
      }
      return true;
    }
  }
}

/** The member names in the order of {@link compareScalars}. */
export function sortedNames(fields: ReadonlyMap<string, unknown>): readonly string[] {
  return [...fields.keys()].sort(compareScalars);
}
