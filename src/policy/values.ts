import { compareText } from '../kernel/json.ts';
import { Defect, unreachable } from '../kernel/result.ts';
import type { CedarError, CedarValue, EntityValue, RecordValue, SetValue } from './model.ts';

/** Making and comparing Cedar values. */

const TRUE: CedarValue = { kind: 'bool', value: true };
const FALSE: CedarValue = { kind: 'bool', value: false };

/** Bounds of Cedar's Long, and of the ten-thousandths that a decimal counts. */
export const LONG_MIN = -(2n ** 63n);
export const LONG_MAX = 2n ** 63n - 1n;

export function bool(value: boolean): CedarValue {
  return value ? TRUE : FALSE;
}

export function long(value: bigint | number): CedarValue {
  return { kind: 'long', value: BigInt(value) };
}

export function string(value: string): CedarValue {
  return { kind: 'string', value };
}

export function decimal(tenThousandths: bigint): CedarValue {
  return { kind: 'decimal', tenThousandths };
}

export function entity(type: string, id: string): EntityValue {
  return { kind: 'entity', type, id };
}

export function record(fields: ReadonlyMap<string, CedarValue> | Iterable<readonly [string, CedarValue]>): RecordValue {
  return { kind: 'record', fields: fields instanceof Map ? fields : new Map(fields) };
}

/** A set of the distinct values among `items`; of those that are not known, truth values are none. */
export function set(items: Iterable<CedarValue>): SetValue {
  const byKey = new Map<string, CedarValue>();
  let isVague = false;
  for (const item of items) {
    byKey.set(keyOf(item), item);
    isVague ||= !isKnown(item);
  }
  return { kind: 'set', items: byKey, ...(isVague ? { isVague } : {}) };
}

/** A set of strings. */
export function strings(items: Iterable<string>): SetValue {
  const byKey = new Map<string, CedarValue>();
  for (const item of items) byKey.set(`s${item}`, { kind: 'string', value: item });
  return { kind: 'set', items: byKey };
}

export function failure(detail: string): CedarError {
  return { kind: 'error', detail };
}

/** Cedar's `==` of values that are known: values of different types are unequal, never an error. */
export function equals(a: CedarValue, b: CedarValue): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'bool':
      return b.kind === 'bool' && a.value === b.value;
    case 'long':
      return b.kind === 'long' && a.value === b.value;
    case 'string':
      return b.kind === 'string' && a.value === b.value;
    case 'decimal':
      return b.kind === 'decimal' && a.tenThousandths === b.tenThousandths;
    case 'entity':
      return b.kind === 'entity' && a.type === b.type && a.id === b.id;
    case 'set': {
      if (b.kind !== 'set' || a.items.size !== b.items.size) return false;
      for (const key of a.items.keys()) if (!b.items.has(key)) return false;
      return true;
    }
    case 'record': {
      if (b.kind !== 'record' || a.fields.size !== b.fields.size) return false;
      for (const [name, value] of a.fields) {
        const other = b.fields.get(name);
        if (other === undefined || !equals(value, other)) return false;
      }
      return true;
    }
    case 'symbol':
    case 'linear':
    case 'unknown-set':
    case 'question':
      throw new Defect('what is not known is compared by asking');
    default:
      return unreachable(a);
  }
}

/** Whether nothing in a value is unknown. */
export function isKnown(value: CedarValue): boolean {
  switch (value.kind) {
    case 'symbol':
    case 'linear':
    case 'unknown-set':
    case 'question':
      return false;
    case 'set':
      return value.isVague !== true;
    case 'record':
      for (const field of value.fields.values()) if (!isKnown(field)) return false;
      return true;
    default:
      return true;
  }
}

/**
 * A text that is one only for equal values, and always one for equal values that are known: composite parts are quoted, so no
 * part can imitate another.
 */
export function keyOf(value: CedarValue): string {
  switch (value.kind) {
    case 'bool':
      return value.value ? 'bt' : 'bf';
    case 'long':
      return `l${value.value}`;
    case 'string':
      return `s${value.value}`;
    case 'decimal':
      return `d${value.tenThousandths}`;
    case 'entity':
      return `e${JSON.stringify([value.type, value.id])}`;
    case 'set':
      return `c${JSON.stringify([...value.items.keys()].sort(compareText))}`;
    case 'record':
      return `r${JSON.stringify([...value.fields].map(([name, field]) => [name, keyOf(field)]).sort(byName))}`;
    case 'symbol':
      return `?${value.sort}${value.term.id}`;
    case 'linear':
      return `?linear${value.constant}${[...value.parts].map(([term, by]) => ` ${by}*${term.id}`).join('')}`;
    case 'unknown-set':
      return `?set${value.term.id}`;
    case 'question':
      throw new Defect('a truth value is decided before it is put away');
    default:
      return unreachable(value);
  }
}

function byName(a: readonly string[], b: readonly string[]): number {
  return compareText(a[0] ?? '', b[0] ?? '');
}

const DECIMAL = /^(-?)(\d+)\.(\d{1,4})$/;

/** Cedar's `decimal("…")`: one to four digits after the point, within 64 bits of ten-thousandths. */
export function parseDecimal(text: string): CedarValue | CedarError {
  const match = DECIMAL.exec(text);
  if (match === null) return failure(`${JSON.stringify(clip(text))} is no decimal`);
  const [, sign, whole = '', fraction = ''] = match;
  // A decimal of more digits than 64 bits can hold overflows; leading zeros do not count.
  const digits = whole.replace(/^0+(?=\d)/, '');
  if (digits.length > 19) return failure(`decimal overflow in ${clip(text)}`);
  const magnitude = BigInt(digits) * 10_000n + BigInt(fraction.padEnd(4, '0'));
  const value = sign === '-' ? -magnitude : magnitude;
  return value < LONG_MIN || value > LONG_MAX ? failure(`decimal overflow in ${clip(text)}`) : decimal(value);
}

/** The text that {@link parseDecimal} reads back. */
export function decimalText(tenThousandths: bigint): string {
  const magnitude = tenThousandths < 0n ? -tenThousandths : tenThousandths;
  const fraction = String(magnitude % 10_000n).padStart(4, '0');
  return `${tenThousandths < 0n ? '-' : ''}${magnitude / 10_000n}.${fraction}`;
}

/** At most 80 characters of a text that goes into an error's detail. */
export function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** A value's type, as error details name it. */
export function typeName(value: CedarValue): string {
  switch (value.kind) {
    case 'symbol':
      return value.sort;
    case 'linear':
      return 'long';
    case 'unknown-set':
      return 'set';
    case 'question':
      return 'bool';
    case 'entity':
      return `entity ${value.type}`;
    default:
      return value.kind;
  }
}
