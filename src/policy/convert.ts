import type { Pointer } from '../kernel/pointer.ts';
import { ROOT, child } from '../kernel/pointer.ts';
import { unreachable } from '../kernel/result.ts';
import { hasMember, kindOf, meets, memberOf, truthOf } from '../expression/symbolic.ts';
import { type Symbols, Unexplored } from '../expression/symbols.ts';
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

export function convertArguments(value: ObjectValue, shape: Shape, symbols: () => Symbols): Converted {
  const inexact = new Set<Pointer>();
  return { arguments: new Conversion(inexact, symbols).object(value, shape, ROOT), inexact };
}

class Conversion {
  private readonly inexact: Set<Pointer>;
  private readonly symbols: () => Symbols;

  constructor(inexact: Set<Pointer>, symbols: () => Symbols) {
    this.inexact = inexact;
    this.symbols = symbols;
  }

  object(value: ObjectValue, shape: Shape, pointer: Pointer): RecordValue {
    const fields = new Map<string, CedarValue>();
    for (const [name, field] of value.fields) this.member(fields, name, field, shape, pointer);
    return { kind: 'record', fields };
  }

  private member(fields: Map<string, CedarValue>, name: string, field: Value, shape: Shape, pointer: Pointer): void {
    const declared = shape.members.get(name);
    if (declared === undefined || ESCAPES.has(name)) {
      this.inexact.add(child(pointer, '*'));
      return;
    }
    const converted = this.value(field, declared, child(pointer, name));
    if (converted !== undefined) fields.set(name, converted);
  }

  /** `undefined` where there is no value: a null, or what is inexact. */
  private value(value: Value, shape: Shape | undefined, pointer: Pointer): CedarValue | undefined {
    switch (value.kind) {
      case 'null':
        return undefined;
      case 'object':
        if (shape !== undefined) return this.object(value, shape, pointer);
        break;
      case 'array': {
        if (value.items.some(({ kind }) => kind === 'symbol' || kind === 'list'))
          return this.unknown(value, shape, pointer);
        const items = value.items.map((item) => scalar(item, shape?.items));
        const kinds = new Set(items.map((item) => item?.kind));
        if (kinds.size <= 1 && !kinds.has(undefined)) return set(items.filter((item) => item !== undefined));
        break;
      }
      case 'boolean':
      case 'number':
      case 'string': {
        const converted = scalar(value, shape);
        if (converted !== undefined) return converted;
        break;
      }
      case 'symbol':
      case 'list':
        return this.unknown(value, shape, pointer);
      default:
        return unreachable(value);
    }
    this.inexact.add(pointer);
    return undefined;
  }

  private unknown(value: Value, shape: Shape | undefined, pointer: Pointer): CedarValue | undefined {
    const { symbols } = this;
    const kind = kindOf(symbols, value);
    if (kind === 'null') return undefined;
    if (kind === 'array') return this.list(shape, pointer);
    if (value.kind !== 'symbol') throw new Unexplored('an argument of a policy that is not known');
    switch (kind) {
      case 'string':
        return { kind: 'symbol', sort: 'string', term: value.term };
      case 'boolean':
        return { kind: 'question', ask: () => truthOf(symbols, value) };
      case 'number':
        if (shape?.number === 'decimal') throw new Unexplored('a decimal argument that is not known');
        if (meets(symbols(), value.term, { type: 'integer' }))
          return { kind: 'symbol', sort: 'long', term: value.term };
        this.inexact.add(pointer);
        return undefined;
      case 'object': {
        if (shape === undefined) break;
        const fields = new Map<string, CedarValue>();
        if (shape.open) throw new Unexplored('an object argument that is not known');
        for (const name of shape.members.keys()) {
          if (hasMember(symbols(), value, name))
            this.member(fields, name, memberOf(symbols(), value, name), shape, pointer);
        }
        return { kind: 'record', fields };
      }
    }
    this.inexact.add(pointer);
    return undefined;
  }

  /** A list of scalars of one type is a set of which nothing is known; whether another is left out is not known either. */
  private list(shape: Shape | undefined, pointer: Pointer): CedarValue | undefined {
    const type = shape?.items?.type;
    if (shape?.items?.nullable === false && (type === 'string' || type === 'boolean' || type === 'integer'))
      return { kind: 'symbol', sort: 'set', term: this.symbols().fresh('set', {}) };
    throw new Unexplored(`a list argument that is not known at ${pointer}`);
  }
}

function scalar(value: Value, shape: Shape | undefined): CedarValue | undefined {
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
    case 'symbol':
    case 'list':
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
