import type { Pointer } from '../kernel/pointer.ts';
import { ROOT, child } from '../kernel/pointer.ts';
import { unreachable } from '../kernel/result.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import { ESCAPES } from './engine.ts';
import type { CedarValue, RecordValue } from './model.ts';
import type { Shape } from './shape.ts';
import { bool, decimal, long, set, string } from './values.ts';

/** JSON as Cedar's values (FORMATS, "Cedar request"). What Cedar has no exact value for is left out and named in `inexact`. */
export interface Converted {
  readonly arguments: RecordValue;
  readonly inexact: ReadonlySet<Pointer>;
}

export function convertArguments(value: ObjectValue, shape: Shape): Converted {
  const inexact = new Set<Pointer>();
  return { arguments: convertObject(value, shape, ROOT, inexact), inexact };
}

function convertObject(value: ObjectValue, shape: Shape, pointer: Pointer, inexact: Set<Pointer>): RecordValue {
  const fields = new Map<string, CedarValue>();
  for (const [name, field] of value.fields) {
    const declared = shape.members.get(name);
    if (declared === undefined || ESCAPES.has(name)) {
      inexact.add(child(pointer, '*'));
      continue;
    }
    const converted = convert(field, declared, child(pointer, name), inexact);
    if (converted !== undefined) fields.set(name, converted);
  }
  return { kind: 'record', fields };
}

/** `undefined` where there is no value: a null, or what is inexact. */
function convert(
  value: Value,
  shape: Shape | undefined,
  pointer: Pointer,
  inexact: Set<Pointer>,
): CedarValue | undefined {
  switch (value.kind) {
    case 'null':
      return undefined;
    case 'object':
      if (shape !== undefined) return convertObject(value, shape, pointer, inexact);
      break;
    case 'array': {
      const items = value.items.map((item) => convertScalar(item, shape?.items));
      const kinds = new Set(items.map((item) => item?.kind));
      if (kinds.size <= 1 && !kinds.has(undefined)) return set(items.filter((item) => item !== undefined));
      break;
    }
    case 'boolean':
    case 'number':
    case 'string': {
      const converted = convertScalar(value, shape);
      if (converted !== undefined) return converted;
      break;
    }
    default:
      return unreachable(value);
  }
  inexact.add(pointer);
  return undefined;
}

function convertScalar(value: Value, shape: Shape | undefined): CedarValue | undefined {
  switch (value.kind) {
    case 'boolean':
      return bool(value.value);
    case 'string':
      return string(value.value);
    case 'number':
      return convertNumber(value.value, shape?.number ?? 'long');
    case 'null':
    case 'array':
    case 'object':
      return undefined;
    default:
      return unreachable(value);
  }
}

/** A number as Cedar reads it here; `undefined` where that would not be the same number. */
export function convertNumber(value: number, as: Shape['number']): CedarValue | undefined {
  if (as === 'long') return Number.isSafeInteger(value) ? long(value) : undefined;
  const parts = Math.round(value * 10_000);
  return Number.isSafeInteger(parts) && parts / 10_000 === value ? decimal(BigInt(parts)) : undefined;
}
