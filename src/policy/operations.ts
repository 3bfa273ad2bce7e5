import { either, escaped, meets } from '../expression/symbolic.ts';
import type { Symbols } from '../expression/symbols.ts';
import { anyLong, fits, isAtMost, type Linear, linearOf, longOfLinear, plusTimes, times, ZERO } from './linear.ts';
import type { CedarError, CedarValue, EntityValue, Outcome, Question, SetValue, UnknownSet } from './model.ts';
import { decimalOfText, hasNothing, isDecimal, isDecimalLess, isMember, isSame, isSuperset, meet } from './unknown.ts';
import {
  LONG_MAX,
  LONG_MIN,
  bool,
  clip,
  equals,
  failure,
  isKnown,
  keyOf,
  long,
  parseDecimal,
  typeName,
} from './values.ts';

/**
 * The meaning of Cedar's operators over values: each is total and answers a value or an error. Only `evaluate.ts` decides
 * which operands are evaluated at all; `linear.ts` and `unknown.ts` what is asked about values that are not known.
 */

/** Where entities stand: only an action has ancestors, the groups of the request. */
export interface Hierarchy {
  readonly action: EntityValue;
  readonly groups: readonly string[];
}

export type Arithmetic = '+' | '-' | '*';
export type Order = '<' | '<=' | '>' | '>=';
export type DecimalOrder = 'lessThan' | 'lessThanOrEqual' | 'greaterThan' | 'greaterThanOrEqual';
export type SetRelation = 'contains' | 'containsAll' | 'containsAny';

/** `symbols` of a driver whose values may be unknown; concrete values never ask for it. */
type Asked = () => Symbols;

export function arithmetic(operator: Arithmetic, a: CedarValue, b: CedarValue, symbols: Asked): Outcome {
  if (a.kind === 'long' && b.kind === 'long') {
    const result = operator === '+' ? a.value + b.value : operator === '-' ? a.value - b.value : a.value * b.value;
    return inRange(result);
  }
  const [x, y] = [linearOf(a), linearOf(b)];
  if (x === undefined) return wrongType('long', a);
  if (y === undefined) return wrongType('long', b);
  if (operator !== '*') return within(symbols(), plusTimes(x, operator === '+' ? 1n : -1n, y));
  const product = times(symbols(), x, y);
  if (product !== undefined) return within(symbols(), product);
  return either(symbols(), 'overflow') ? OVERFLOW : longOfLinear(anyLong(symbols()));
}

export function negate(value: CedarValue, symbols: Asked): Outcome {
  if (value.kind === 'long') return inRange(-value.value);
  const form = linearOf(value);
  return form === undefined ? wrongType('long', value) : within(symbols(), plusTimes(ZERO, -1n, form));
}

const OVERFLOW = failure('integer overflow');

function within(symbols: Symbols, form: Linear): Outcome {
  return fits(symbols, form) ? longOfLinear(form) : OVERFLOW;
}

export function not(value: CedarValue): Outcome {
  if (value.kind === 'question') return question((symbols) => !value.ask(symbols));
  return value.kind === 'bool' ? bool(!value.value) : wrongType('bool', value);
}

export function order(operator: Order, a: CedarValue, b: CedarValue): Outcome {
  if (a.kind === 'long' && b.kind === 'long') return bool(ordered(operator, a.value, b.value));
  const [x, y] = [linearOf(a), linearOf(b)];
  if (x === undefined) return wrongType('long', a);
  if (y === undefined) return wrongType('long', b);
  const difference = plusTimes(x, -1n, y);
  return question((symbols) => {
    switch (operator) {
      case '<':
        return isAtMost(symbols, difference, -1n);
      case '<=':
        return isAtMost(symbols, difference, 0n);
      case '>':
        return !isAtMost(symbols, difference, 0n);
      case '>=':
        return !isAtMost(symbols, difference, -1n);
    }
  });
}

const DECIMAL_ORDERS: Readonly<Record<DecimalOrder, Order>> = {
  lessThan: '<',
  lessThanOrEqual: '<=',
  greaterThan: '>',
  greaterThanOrEqual: '>=',
};

export function decimalOrder(operator: DecimalOrder, a: CedarValue, b: CedarValue): Outcome {
  if (a.kind === 'decimal' && b.kind === 'decimal')
    return bool(ordered(DECIMAL_ORDERS[operator], a.tenThousandths, b.tenThousandths));
  if (!isDecimal(a)) return wrongType('decimal', a);
  if (!isDecimal(b)) return wrongType('decimal', b);
  return question((symbols) => {
    switch (DECIMAL_ORDERS[operator]) {
      case '<':
        return isDecimalLess(symbols, a, b);
      case '<=':
        return !isDecimalLess(symbols, b, a);
      case '>':
        return isDecimalLess(symbols, b, a);
      case '>=':
        return !isDecimalLess(symbols, a, b);
    }
  });
}

export function equality(a: CedarValue, b: CedarValue): Outcome {
  if (isKnown(a) && isKnown(b)) return bool(equals(a, b));
  return question((symbols) => isSame(symbols, a, b));
}

export function toDecimal(value: CedarValue, symbols: Asked): Outcome {
  if (value.kind === 'symbol' && value.sort === 'string') return decimalOfText(symbols(), value.term);
  return value.kind === 'string' ? parseDecimal(value.value) : wrongType('string', value);
}

export function setRelation(operator: SetRelation, a: CedarValue, b: CedarValue): Outcome {
  if (a.kind !== 'set' && a.kind !== 'unknown-set') return wrongType('set', a);
  if (operator === 'contains') return contains(a, b);
  if (b.kind !== 'set' && b.kind !== 'unknown-set') return wrongType('set', b);
  if (a.kind === 'unknown-set' || b.kind === 'unknown-set' || a.isVague === true || b.isVague === true)
    return question((symbols) => (operator === 'containsAll' ? isSuperset(symbols, a, b) : meet(symbols, a, b)));
  if (operator === 'containsAll') {
    for (const key of b.items.keys()) if (!a.items.has(key)) return bool(false);
    return bool(true);
  }
  const [few, many] = a.items.size <= b.items.size ? [a, b] : [b, a];
  for (const key of few.items.keys()) if (many.items.has(key)) return bool(true);
  return bool(false);
}

function contains(a: SetValue | UnknownSet, b: CedarValue): Outcome {
  if (a.kind === 'set' && isKnown(b)) {
    if (a.items.has(keyOf(b))) return bool(true);
    if (a.isVague !== true) return bool(false);
  }
  return question((symbols) => isMember(symbols, a, b));
}

export function isEmpty(value: CedarValue): Outcome {
  if (value.kind === 'unknown-set') return question((symbols) => hasNothing(symbols, value));
  return value.kind === 'set' ? bool(value.items.size === 0) : wrongType('set', value);
}

/** `value.name`. No entity of a request has attributes. */
export function attribute(value: CedarValue, name: string): Outcome {
  if (value.kind === 'record') return value.fields.get(name) ?? failure(`no attribute ${JSON.stringify(clip(name))}`);
  if (value.kind === 'entity')
    return failure(`entity ${clip(value.type)} has no attribute ${JSON.stringify(clip(name))}`);
  return wrongType('record or entity', value);
}

/** `value has name`. */
export function hasAttribute(value: CedarValue, name: string): Outcome {
  if (value.kind === 'record') return bool(value.fields.has(name));
  return value.kind === 'entity' ? bool(false) : wrongType('record or entity', value);
}

/** `value is type`. */
export function isOfType(value: CedarValue, type: string): Outcome {
  return value.kind === 'entity' ? bool(value.type === type) : wrongType('entity', value);
}

/** `value in other`, for an entity or a set of entities on the right. */
export function isIn(value: CedarValue, other: CedarValue, hierarchy: Hierarchy, symbols: Asked): Outcome {
  if (value.kind !== 'entity') return wrongType('entity', value);
  if (other.kind === 'entity') return bool(below(value, other, hierarchy));
  if (other.kind === 'unknown-set') {
    // No unknown of a request is an entity.
    return hasNothing(symbols(), other) ? bool(false) : failure('expected entity, found another');
  }
  if (other.kind !== 'set') return wrongType('entity or set of entities', other);
  let found = false;
  for (const item of other.items.values()) {
    if (item.kind !== 'entity') return wrongType('entity', item);
    found ||= below(value, item, hierarchy);
  }
  return bool(found);
}

/** `descendant` is `ancestor` or a member of it. */
export function below(descendant: EntityValue, ancestor: EntityValue, { action, groups }: Hierarchy): boolean {
  return (
    equals(descendant, ancestor) ||
    (ancestor.type === 'Action' && equals(descendant, action) && groups.includes(ancestor.id))
  );
}

/**
 * `value like pattern`: the literal pieces in order, with anything between two of them. Greedy left to right, which
 * suffices as every gap is unbounded; linear in text and pattern but for `indexOf`.
 */
export function like(value: CedarValue, pieces: readonly string[]): Outcome {
  if (value.kind === 'symbol' && value.sort === 'string') {
    const { term } = value;
    return question((symbols) => meets(symbols, term, { pattern: `^${pieces.map(escaped).join('[^]*')}$` }));
  }
  if (value.kind !== 'string') return wrongType('string', value);
  const text = value.value;
  const first = pieces[0] ?? '';
  if (pieces.length <= 1) return bool(text === first);
  const last = pieces.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return bool(false);
  let from = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return bool(false);
    from = found + piece.length;
  }
  return bool(true);
}

function question(ask: (symbols: Symbols) => boolean): Question {
  return { kind: 'question', ask };
}

export function wrongType(expected: string, found: CedarValue): CedarError {
  return failure(`expected ${expected}, found ${clip(typeName(found))}`);
}

function ordered(operator: Order, a: bigint, b: bigint): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function inRange(value: bigint): Outcome {
  return value < LONG_MIN || value > LONG_MAX ? failure('integer overflow') : long(value);
}
