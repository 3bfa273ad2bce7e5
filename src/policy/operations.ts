import { escaped, isLess, meets } from '../expression/symbolic.ts';
import { type Symbols, Unexplored } from '../expression/symbols.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { CedarError, CedarValue, EntityValue, Outcome, Question } from './model.ts';
import {
  LONG_MAX,
  LONG_MIN,
  bool,
  clip,
  equals,
  failure,
  isUnknown,
  keyOf,
  long,
  parseDecimal,
  typeName,
} from './values.ts';

/**
 * The meaning of Cedar's operators over values: each is total and answers a value or an error. Only `evaluate.ts` decides
 * which operands are evaluated at all. A driver over symbols adds its kind of value here.
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

export function arithmetic(operator: Arithmetic, a: CedarValue, b: CedarValue): Outcome {
  if (longOf(a) !== undefined && longOf(b) !== undefined && (isUnknown(a) || isUnknown(b)))
    throw new Unexplored('arithmetic of a policy on something unknown');
  if (a.kind !== 'long') return wrongType('long', a);
  if (b.kind !== 'long') return wrongType('long', b);
  const result = operator === '+' ? a.value + b.value : operator === '-' ? a.value - b.value : a.value * b.value;
  return inRange(result);
}

export function negate(value: CedarValue): Outcome {
  if (value.kind === 'symbol' && value.sort === 'long')
    throw new Unexplored('arithmetic of a policy on something unknown');
  return value.kind === 'long' ? inRange(-value.value) : wrongType('long', value);
}

export function not(value: CedarValue): Outcome {
  if (value.kind === 'question') return question((symbols) => !value.ask(symbols));
  return value.kind === 'bool' ? bool(!value.value) : wrongType('bool', value);
}

export function order(operator: Order, a: CedarValue, b: CedarValue): Outcome {
  const [x, y] = [longOf(a), longOf(b)];
  if (x !== undefined && y !== undefined && (isTerm(x) || isTerm(y))) {
    return question((symbols) => {
      switch (operator) {
        case '<':
          return isLess(symbols, x, y);
        case '<=':
          return !isLess(symbols, y, x);
        case '>':
          return isLess(symbols, y, x);
        case '>=':
          return !isLess(symbols, x, y);
      }
    });
  }
  if (a.kind !== 'long') return wrongType('long', a);
  if (b.kind !== 'long') return wrongType('long', b);
  return bool(ordered(operator, a.value, b.value));
}

const DECIMAL_ORDERS: Readonly<Record<DecimalOrder, Order>> = {
  lessThan: '<',
  lessThanOrEqual: '<=',
  greaterThan: '>',
  greaterThanOrEqual: '>=',
};

export function decimalOrder(operator: DecimalOrder, a: CedarValue, b: CedarValue): Outcome {
  if (a.kind !== 'decimal') return wrongType('decimal', a);
  if (b.kind !== 'decimal') return wrongType('decimal', b);
  return bool(ordered(DECIMAL_ORDERS[operator], a.tenThousandths, b.tenThousandths));
}

export function equality(a: CedarValue, b: CedarValue): Outcome {
  if (isUnknown(a) || isUnknown(b)) return equalityOfUnknown(a, b);
  return bool(equals(a, b));
}

export function toDecimal(value: CedarValue): Outcome {
  return value.kind === 'string' ? parseDecimal(value.value) : wrongType('string', value);
}

export function setRelation(operator: SetRelation, a: CedarValue, b: CedarValue): Outcome {
  if (isUnknownSet(a) || isUnknownSet(b)) throw new Unexplored('a policy that looks into a list that is not known');
  if (a.kind !== 'set') return wrongType('set', a);
  if (operator === 'contains') {
    if (!isUnknown(b)) return bool(a.items.has(keyOf(b)));
    return question((symbols) =>
      [...a.items.values()].some((item) => {
        const found = equalityOfUnknown(item, b);
        return found.kind === 'question' ? found.ask(symbols) : found.kind === 'bool' && found.value;
      }),
    );
  }
  if (b.kind !== 'set') return wrongType('set', b);
  if (operator === 'containsAll') {
    for (const key of b.items.keys()) if (!a.items.has(key)) return bool(false);
    return bool(true);
  }
  const [few, many] = a.items.size <= b.items.size ? [a, b] : [b, a];
  for (const key of few.items.keys()) if (many.items.has(key)) return bool(true);
  return bool(false);
}

export function isEmpty(value: CedarValue): Outcome {
  if (isUnknownSet(value)) throw new Unexplored('a policy that looks into a list that is not known');
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
export function isIn(value: CedarValue, other: CedarValue, hierarchy: Hierarchy): Outcome {
  if (value.kind !== 'entity') return wrongType('entity', value);
  if (other.kind === 'entity') return bool(below(value, other, hierarchy));
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

/** A long, or what stands for one. */
function longOf(value: CedarValue): number | Term | undefined {
  if (value.kind === 'symbol') return value.sort === 'long' ? value.term : undefined;
  if (value.kind !== 'long') return undefined;
  const number = Number(value.value);
  // Beyond, a comparison in doubles could be another; nothing unknown is compared with that.
  return Number.isSafeInteger(number) ? number : Math.sign(number) * Infinity;
}

function isUnknownSet(value: CedarValue): boolean {
  return value.kind === 'symbol' && value.sort === 'set';
}

/** Equality where a side is not known: of different types it is false. */
function equalityOfUnknown(a: CedarValue, b: CedarValue): Outcome {
  if (a.kind === 'question' || b.kind === 'question') {
    const [asked, other] = a.kind === 'question' ? [a, b] : [b, a];
    if (other.kind === 'bool') return other.value ? asked : not(asked);
    if (asked.kind === 'question' && other.kind === 'question')
      return question((symbols) => asked.ask(symbols) === other.ask(symbols));
    return bool(false);
  }
  if (typeName(a) !== typeName(b)) return bool(false);
  if (isUnknownSet(a) || isUnknownSet(b)) throw new Unexplored('a policy that looks into a list that is not known');
  const [x, y] = [operandOf(a), operandOf(b)];
  if (isTerm(x) && isTerm(y)) {
    if (x === y) return bool(true);
    const [low, high] = x.id < y.id ? [x, y] : [y, x];
    return question((symbols) => symbols.holds(symbols.terms.apply('equal', low, high)));
  }
  const [term, constant] = isTerm(x) ? [x, y] : [y, x];
  if (!isTerm(term) || isTerm(constant)) return bool(false);
  return question((symbols) => meets(symbols, term, { const: constant }));
}

function operandOf(value: CedarValue): Term | string | number {
  if (value.kind === 'symbol') return value.term;
  if (value.kind === 'string') return value.value;
  if (value.kind === 'long') return Number(value.value);
  throw new Unexplored(`a policy that compares a ${typeName(value)} with something unknown`);
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
