import type { Pointer } from '../kernel/pointer.ts';
import { ROOT, child } from '../kernel/pointer.ts';
import { unreachable } from '../kernel/result.ts';
import { either, hasMember, isLonger, kindOf, listOf, meets, memberOf, truthOf } from '../expression/symbolic.ts';
import type { Symbols } from '../expression/symbols.ts';
import type { Term } from '../value/term.ts';
import type { ListValue, ObjectValue, SymbolValue, Value } from '../value/value.ts';
import { ESCAPES } from './engine.ts';
import type { CedarValue, RecordValue } from './model.ts';
import type { Shape } from './shape.ts';
import { TELLING } from './unknown.ts';
import { bool, decimal, long, set, string, typeName } from './values.ts';

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
        const items = value.items.map((item) => this.item(item, shape?.items));
        const kinds = new Set(items.map((item) => (item === undefined ? undefined : typeName(item))));
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

  private unknown(value: SymbolValue | ListValue, shape: Shape | undefined, pointer: Pointer): CedarValue | undefined {
    const { symbols } = this;
    switch (kindOf(symbols, value)) {
      case 'null':
        return undefined;
      case 'array':
        return this.list(value.kind === 'list' ? value : listOf(symbols(), value), shape, pointer);
      case 'object': {
        if (value.kind !== 'symbol' || shape === undefined) break;
        const fields = new Map<string, CedarValue>();
        if (shape.open && either(symbols(), 'undeclared')) this.inexact.add(child(pointer, '*'));
        for (const name of shape.members.keys()) {
          if (hasMember(symbols(), value, name))
            this.member(fields, name, memberOf(symbols(), value, name), shape, pointer);
        }
        return { kind: 'record', fields };
      }
      default: {
        const converted = value.kind === 'symbol' ? this.atom(value, shape) : undefined;
        if (converted !== undefined) return converted;
      }
    }
    this.inexact.add(pointer);
    return undefined;
  }

  /** A symbol that is a text, a truth value or a number; `undefined` where it has no exact value in Cedar. */
  private atom(value: SymbolValue, shape: Shape | undefined): CedarValue | undefined {
    const { symbols } = this;
    const { term } = value;
    switch (kindOf(symbols, value)) {
      case 'string':
        return { kind: 'symbol', sort: 'string', term };
      case 'boolean':
        return { kind: 'question', ask: () => truthOf(symbols, value) };
      case 'number':
        if (shape?.number === 'decimal')
          return isExactDecimal(symbols(), term) ? { kind: 'symbol', sort: 'decimal', term } : undefined;
        return meets(symbols(), term, { type: 'integer' }) ? { kind: 'symbol', sort: 'long', term } : undefined;
      default:
        return undefined;
    }
  }

  /** An item of an array, as it stands in a set. */
  private item(value: Value, shape: Shape | undefined): CedarValue | undefined {
    if (value.kind !== 'symbol') return scalar(value, shape);
    const converted = this.atom(value, shape);
    return converted?.kind === 'question' ? bool(truthOf(this.symbols, value)) : converted;
  }

  /**
   * A list of any number of items: a set where all are scalars of one type. What a stand-in for its items is, is asked of
   * nobody: an answer would hold for every item at once.
   */
  private list(list: ListValue, shape: Shape | undefined, pointer: Pointer): CedarValue | undefined {
    const symbols = this.symbols();
    const term = symbols.fresh('set', {});
    const { length, items } = list;
    const standIns = items.map((item) => standIn(item, shape?.items));
    const isSurely = shape?.items?.nullable === false && SCALARS.has(shape.items.type ?? '');
    if (isSurely || !isLonger(symbols, list, 0) || either(symbols, 'a set')) {
      const isKnownWell = isSurely && standIns.every((item) => item !== undefined);
      return {
        kind: 'unknown-set',
        term,
        length,
        items: isKnownWell ? standIns.filter((item) => item !== undefined) : undefined,
      };
    }
    this.inexact.add(pointer);
    return undefined;
  }
}

/** Types of items of which every one has an exact value. */
const SCALARS: ReadonlySet<string> = new Set(['string', 'boolean', 'integer']);

/** What stands for the items of a list, where its type is plain. */
function standIn(value: Value, shape: Shape | undefined): CedarValue | undefined {
  if (value.kind !== 'symbol') return scalar(value, shape);
  if (shape?.nullable !== false || shape.number === 'decimal') return undefined;
  const { term } = value;
  if (shape.type === 'string') return { kind: 'symbol', sort: 'string', term };
  return shape.type === 'integer' ? { kind: 'symbol', sort: 'long', term } : undefined;
}

/** Whether a number that is not known has an exact value in ten-thousandths. */
export function isExactDecimal(symbols: Symbols, term: Term): boolean {
  if (!meets(symbols, term, { multipleOf: 0.0001 })) return false;
  if (meets(symbols, term, { minimum: -TELLING, maximum: TELLING })) return true;
  return symbols.holds(symbols.terms.apply('function', 'exact', term));
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
