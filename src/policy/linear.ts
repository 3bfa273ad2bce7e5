import { either, isExact, isLess, meets, sumOf } from '../expression/symbolic.ts';
import type { Symbols } from '../expression/symbols.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { CedarValue, LinearValue } from './model.ts';
import { LONG_MAX, LONG_MIN } from './values.ts';

/**
 * Arithmetic on longs that are not known: linear forms with exact coefficients over integer terms. A form itself has no
 * bounds; whether it fits 64 bits is a question like any other. What the knowledge of a driver cannot express (numbers beyond
 * 2^53) is decided both ways.
 */
export interface Linear {
  readonly constant: bigint;
  readonly parts: ReadonlyMap<Term, bigint>;
}

interface Interval {
  readonly low: bigint;
  readonly high: bigint;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** The first operand of terms that are longs and not numbers of a workflow: 2^53 does not bound them. */
const PRODUCT = 'long *';
const ANY = 'long';

export const ZERO: Linear = { constant: 0n, parts: new Map() };
const MAX_PARTS = 64;

/** A long as a linear form; `undefined` for what is none. */
export function linearOf(value: CedarValue): Linear | undefined {
  switch (value.kind) {
    case 'long':
      return { constant: value.value, parts: new Map() };
    case 'linear':
      return value;
    case 'symbol':
      return value.sort === 'long' ? atom(value.term) : undefined;
    default:
      return undefined;
  }
}

/** The long that a form stands for, in the simplest way to say it. */
export function longOfLinear({ constant, parts }: Linear): CedarValue {
  const [only] = parts;
  if (only === undefined) return { kind: 'long', value: constant };
  if (parts.size === 1 && constant === 0n && only[1] === 1n) return { kind: 'symbol', sort: 'long', term: only[0] };
  return { kind: 'linear', constant, parts } satisfies LinearValue;
}

/** `a + factor * b`. */
export function plusTimes(a: Linear, factor: bigint, b: Linear): Linear {
  const parts = new Map(a.parts);
  for (const [term, coefficient] of b.parts) {
    const sum = (parts.get(term) ?? 0n) + factor * coefficient;
    if (sum === 0n) parts.delete(term);
    else parts.set(term, sum);
  }
  return { constant: a.constant + factor * b.constant, parts };
}

/** `a * b`; `undefined` where that has too many parts to be told. */
export function times(symbols: Symbols, a: Linear, b: Linear): Linear | undefined {
  const [x, y] = [settled(symbols, a), settled(symbols, b)];
  if (x.parts.size * y.parts.size > MAX_PARTS) return undefined;
  let product = plusTimes(plusTimes(ZERO, x.constant, y), y.constant, { ...x, constant: 0n });
  for (const [s, by] of x.parts) {
    for (const [t, factor] of y.parts) product = plusTimes(product, by * factor, atom(productOf(symbols, s, t)));
  }
  return product;
}

/** Of two that are both unknown, a term that is only known to be their product. */
function productOf(symbols: Symbols, s: Term, t: Term): Term {
  const [first, second] = s.id < t.id ? [s, t] : [t, s];
  const term = symbols.terms.apply('function', PRODUCT, first, second);
  const { low, high } = rangeOfTerm(symbols, term);
  if (!isSafe(low) || !isSafe(high)) return term;
  return symbols.note(term, { type: 'integer', minimum: Number(low), maximum: Number(high) });
}

/** Any long at all. */
export function anyLong(symbols: Symbols): Linear {
  return atom(symbols.terms.apply('function', ANY, symbols.fresh('long', {})));
}

function atom(term: Term): Linear {
  return { constant: 0n, parts: new Map([[term, 1n]]) };
}

/** Whether the form is at most `limit`. */
export function isAtMost(symbols: Symbols, form: Linear, limit: bigint): boolean {
  const { constant, parts } = settled(symbols, form);
  const rest = limit - constant;
  const { low, high } = rangeOf(symbols, { constant: 0n, parts });
  if (high <= rest) return true;
  if (low > rest) return false;
  const [[term, coefficient] = [undefined, 0n], [other, opposite] = [undefined, 0n], ...more] = [...parts];
  if (term === undefined) return 0n <= rest;
  if (other === undefined) {
    return coefficient > 0n
      ? bounded(symbols, term, 'maximum', floorDiv(rest, coefficient))
      : bounded(symbols, term, 'minimum', -floorDiv(rest, -coefficient));
  }
  if (more.length === 0 && coefficient === -opposite) {
    // A difference of two, whose order is what a driver knows best.
    const [positive, negative] = coefficient > 0n ? [term, other] : [other, term];
    const bound = floorDiv(rest, coefficient > 0n ? coefficient : opposite);
    if (bound === 0n) return !isLess(symbols, negative, positive);
    if (bound === -1n) return isLess(symbols, positive, negative);
  }
  const sum = termOf(symbols, { constant: 0n, parts });
  return sum === undefined ? either(symbols, 'long') : bounded(symbols, sum, 'maximum', rest);
}

/** Whether the form is zero. */
export function isZero(symbols: Symbols, form: Linear): boolean {
  const { constant, parts } = settled(symbols, form);
  const { low, high } = rangeOf(symbols, { constant, parts });
  if (low > 0n || high < 0n) return false;
  const [[term, coefficient] = [undefined, 0n], [other, opposite] = [undefined, 0n], ...more] = [...parts];
  if (term === undefined) return constant === 0n;
  if (other === undefined) {
    if (constant % coefficient !== 0n) return false;
    return equals(symbols, term, -constant / coefficient);
  }
  if (more.length === 0 && constant === 0n && coefficient === -opposite) {
    const [first, second] = term.id < other.id ? [term, other] : [other, term];
    return symbols.holds(symbols.terms.apply('equal', first, second));
  }
  const sum = termOf(symbols, { constant: 0n, parts });
  return sum === undefined ? either(symbols, 'long') : equals(symbols, sum, -constant);
}

/** Whether the form is a long: within 64 bits. */
export function fits(symbols: Symbols, form: Linear): boolean {
  const { low, high } = rangeOf(symbols, form);
  if (high > LONG_MAX && !isAtMost(symbols, form, LONG_MAX)) return false;
  return low >= LONG_MIN || !isAtMost(symbols, form, LONG_MIN - 1n);
}

function bounded(symbols: Symbols, term: Term, keyword: 'minimum' | 'maximum', limit: bigint): boolean {
  return isSafe(limit) ? meets(symbols, term, { [keyword]: Number(limit) }) : either(symbols, 'long');
}

function equals(symbols: Symbols, term: Term, value: bigint): boolean {
  return isSafe(value) ? meets(symbols, term, { const: Number(value) }) : either(symbols, 'long');
}

/** With the terms that can be only one number replaced by it. */
function settled(symbols: Symbols, { constant, parts }: Linear): Linear {
  let all = constant;
  const open = new Map<Term, bigint>();
  for (const [term, coefficient] of parts) {
    const { low, high } = rangeOfTerm(symbols, term);
    if (low === high) all += coefficient * low;
    else open.set(term, coefficient);
  }
  return { constant: all, parts: open };
}

/** The form as one term, where the numbers of a driver hold every value that it can have. */
function termOf(symbols: Symbols, { constant, parts }: Linear): Term | undefined {
  if (!isSafe(constant) || [...parts.values()].some((coefficient) => !isSafe(coefficient))) return undefined;
  const addends = [[Number(constant), 1] as const, ...[...parts].map(([term, by]) => [Number(by), term] as const)];
  const [only] = parts;
  if (parts.size === 1 && constant === 0n && only?.[1] === 1n) return only[0];
  return isExact(symbols, addends) ? sumOf(symbols, addends) : undefined;
}

function rangeOf(symbols: Symbols, { constant, parts }: Linear): Interval {
  let [low, high] = [constant, constant];
  for (const [term, coefficient] of parts) {
    const range = rangeOfTerm(symbols, term);
    low += coefficient > 0n ? coefficient * range.low : coefficient * range.high;
    high += coefficient > 0n ? coefficient * range.high : coefficient * range.low;
  }
  return { low, high };
}

/** Where a term lies. A number of a workflow is within 2^53; a product of such is a long. */
function rangeOfTerm(symbols: Symbols, term: Term): Interval {
  const widest = rangeByForm(symbols, term);
  const known = symbols.bounds(term);
  const low = Number.isFinite(known.low) ? BigInt(Math.ceil(known.low)) : widest.low;
  const high = Number.isFinite(known.high) ? BigInt(Math.floor(known.high)) : widest.high;
  return { low: low > widest.low ? low : widest.low, high: high < widest.high ? high : widest.high };
}

function rangeByForm(symbols: Symbols, term: Term): Interval {
  if (term.kind !== 'apply' || term.operator !== 'function') return { low: -SAFE, high: SAFE };
  const [name, a, b] = term.operands;
  if (name === PRODUCT && isTerm(a) && isTerm(b)) {
    const [x, y] = [rangeOfTerm(symbols, a), rangeOfTerm(symbols, b)];
    const corners = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high];
    const least = corners.reduce((one, other) => (one < other ? one : other));
    const most = corners.reduce((one, other) => (one > other ? one : other));
    return { low: least, high: most };
  }
  return name === ANY ? { low: LONG_MIN, high: LONG_MAX } : { low: -SAFE, high: SAFE };
}

function isSafe(value: bigint): boolean {
  return value >= -SAFE && value <= SAFE;
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}
