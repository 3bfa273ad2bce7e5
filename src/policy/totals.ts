import { greater, isLess, kindOf, meets, plus, type Quantity, rangeOf, valueIn } from '../expression/symbolic.ts';
import { type Symbols, Unexplored } from '../expression/symbols.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { CallEffect } from '../machine/effect.ts';
import type { ToolId } from '../store/model.ts';
import { isConcrete } from '../value/concrete.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { Value } from '../value/value.ts';
import { convertNumber, isExactDecimal } from './convert.ts';
import type { CedarValue } from './model.ts';
import { type Pattern, valuesAt } from './nodes.ts';
import type { Shape } from './shape.ts';
import { long } from './values.ts';

/** What a run moves: the totals of a tool with a call in them, over pointers that the tool contract sums. */

/** A pointer that a tool contract sums over a run. */
export interface Sum {
  readonly pointer: Pointer;
  readonly pattern: Pattern;
  readonly number: Shape['number'];
}

export interface Totals {
  readonly exact: readonly (readonly [string, CedarValue])[];
  readonly inexact: readonly Pointer[];
  /** The greatest of the totals, with that of every other tool of the class, rounded up; absent where one is inexact or the tool sums nothing. */
  readonly greatest: CedarValue | undefined;
}

/** The tool's totals with this call in them; a negative amount takes nothing off (as in the history). `others`: of its class. */
export function totalsOf(
  { tool, arguments: args, history }: CallEffect,
  sums: readonly Sum[],
  others: readonly ToolId[],
  symbols: () => Symbols,
): Totals {
  if (sums.length === 0) return { exact: [], inexact: [], greatest: undefined };
  const exact: (readonly [string, CedarValue])[] = [];
  const inexact: Pointer[] = [];
  let greatest: Quantity | undefined;
  for (const { pointer, pattern, number } of sums) {
    const before = moved([settled(symbols, history.totals.get(tool)?.get(pointer) ?? 0)], symbols);
    const total = exactTotal([before, ...amountsAt(args, pattern, symbols)], number, symbols);
    if (total === undefined) {
      inexact.push(pointer);
      continue;
    }
    exact.push([pointer, total.value]);
    greatest = greatest === undefined ? total.ceiling : greater(symbols, greatest, total.ceiling);
  }
  if (greatest === undefined || inexact.length > 0) return { exact, inexact, greatest: undefined };
  for (const id of others) {
    const theirs = [...(history.totals.get(id)?.values() ?? [])];
    const most = theirs.reduce<Quantity>((all, one) => greater(symbols, all, settled(symbols, one)), 0);
    greatest = plus(symbols, greatest, ceilingOf(moved([most], symbols), symbols));
  }
  return { exact, inexact, greatest: longOf(greatest, symbols) };
}

/**
 * What some parts move together, as the number that it stands for. A sum of doubles may be off by rounding: where that is not
 * known, the sum is a number of which only the bounds are.
 */
export function moved(parts: readonly Quantity[], symbols: () => Symbols): Quantity {
  const known = parts.reduce<number>((sum, part) => (isTerm(part) ? sum : sum + part), 0);
  const terms = parts.filter((part) => isTerm(part));
  const [only, ...more] = terms;
  if (only === undefined) return snap(known);
  const isWhole = Number.isInteger(known) && terms.every((term) => symbols().bounds(term).isInteger);
  if (isWhole) return terms.reduce<Quantity>((sum, term) => plus(symbols, sum, term), known);
  if (more.length === 0 && known === 0 && isExactDecimal(symbols(), only)) return only;
  const ranges = terms.map((term) => symbols().bounds(term));
  const low = ranges.reduce((sum, range) => sum + range.low, known - SNAPPED);
  const high = ranges.reduce((sum, range) => sum + range.high, known + SNAPPED);
  return symbols().fresh('moved', {
    type: 'number',
    ...(Number.isFinite(low) ? { minimum: low } : {}),
    ...(Number.isFinite(high) ? { maximum: high } : {}),
  });
}

/** How far {@link snap} moves a sum at the most. */
const SNAPPED = 1e-7;

interface Total {
  readonly value: CedarValue;
  readonly ceiling: Quantity;
}

/** The sum of what is moved, where every part has an exact value in its unit, so that no rounding hides an amount. */
function exactTotal(parts: readonly Quantity[], number: Shape['number'], symbols: () => Symbols): Total | undefined {
  const known = parts.flatMap((part) => (isTerm(part) ? [] : [part]));
  const terms = parts.filter((part) => isTerm(part));
  const sum = addExactly(known, number);
  if (sum === undefined) return undefined;
  const [only, ...more] = terms;
  if (only === undefined) {
    const value = convertNumber(sum, number);
    return value === undefined ? undefined : { value, ceiling: Math.ceil(sum) };
  }
  if (number === 'long') {
    if (!terms.every((term) => meets(symbols(), term, { type: 'integer' }))) return undefined;
    const total = terms.reduce<Quantity>((all, term) => plus(symbols, all, term), sum);
    const value = longOf(total, symbols);
    return value === undefined ? undefined : { value, ceiling: total };
  }
  if (!terms.every((term) => isExactDecimal(symbols(), term))) return undefined;
  const term = more.length === 0 && sum === 0 ? only : decimalSum(sum, terms, symbols());
  if (term !== only && !isExactDecimal(symbols(), term)) return undefined;
  return { value: { kind: 'symbol', sort: 'decimal', term }, ceiling: ceilingOf(term, symbols) };
}

/** A sum of decimals of which only the bounds are known. */
function decimalSum(known: number, terms: readonly Term[], symbols: Symbols): Term {
  let [low, high] = [Math.round(known * UNIT), Math.round(known * UNIT)];
  for (const term of terms) {
    const range = symbols.bounds(term);
    low += Math.ceil(range.low * UNIT - slackOf(range.low));
    high += Math.floor(range.high * UNIT + slackOf(range.high));
  }
  const bounds = {
    ...(Number.isSafeInteger(low) ? { minimum: low / UNIT } : {}),
    ...(Number.isSafeInteger(high) ? { maximum: high / UNIT } : {}),
  };
  return symbols.fresh('total', { type: 'number', multipleOf: 1 / UNIT, ...bounds });
}

const UNIT = 10_000;
/** More than what the double of a bound is off, in ten-thousandths. */
function slackOf(bound: number): number {
  return 1e-3 + Math.abs(bound) * UNIT * 2 ** -50;
}

/** The least whole number that is not below. */
function ceilingOf(quantity: Quantity, symbols: () => Symbols): Quantity {
  if (!isTerm(quantity)) return Math.ceil(quantity);
  const { low, high, isInteger } = symbols().bounds(quantity);
  if (isInteger) return quantity;
  return symbols().fresh('ceiling', {
    type: 'integer',
    ...(Number.isFinite(low) ? { minimum: Math.ceil(low) } : {}),
    ...(Number.isFinite(high) ? { maximum: Math.ceil(high) } : {}),
  });
}

/** A whole number as a long; `undefined` where it is none of ours. */
function longOf(quantity: Quantity, symbols: () => Symbols): CedarValue | undefined {
  if (!isTerm(quantity)) return Number.isSafeInteger(quantity) ? long(quantity) : undefined;
  const { isInteger, low, high } = rangeOf(symbols(), quantity);
  const isSurely = isInteger && low >= Number.MIN_SAFE_INTEGER && high <= Number.MAX_SAFE_INTEGER;
  const isLong = isSurely || meets(symbols(), quantity, SAFE);
  return isLong ? { kind: 'symbol', sort: 'long', term: quantity } : undefined;
}

const SAFE = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

/** The amounts that a pointer names; a negative one counts as none. */
export function amountsAt(args: Value, pattern: Pattern, symbols: () => Symbols): readonly Quantity[] {
  if (isConcrete(args)) return numbersAt(args, pattern).map((amount) => Math.max(0, amount));
  if (pattern.includes('*')) throw new Unexplored('amounts in a list that is not known');
  const value = valueIn(symbols, args, pattern);
  if (value?.kind === 'number') return [Math.max(0, value.value)];
  if (value?.kind !== 'symbol' || kindOf(symbols, value) !== 'number') return [];
  const amount = settled(symbols, value.term);
  return [isTerm(amount) ? (isLess(symbols(), amount, 0) ? 0 : amount) : Math.max(0, amount)];
}

/** What a term must be, where that is one number. */
export function settled(symbols: () => Symbols, quantity: Quantity): Quantity {
  if (!isTerm(quantity)) return quantity;
  const { low, high } = symbols().bounds(quantity);
  return low === high ? low : quantity;
}

/**
 * A sum of doubles as the ten-thousandths that it stands for, where it is that but for rounding (0.1 + 0.2): what this hides is less
 * than a ten-millionth.
 */
export function snap(sum: number): number {
  const near = Math.round(sum * 10_000) / 10_000;
  return Math.abs(near - sum) < SNAPPED ? near : sum;
}

/** A sum whose every addend is exact in its unit; `undefined` where one is not, so that no rounding hides an amount. */
function addExactly(addends: readonly number[], number: Shape['number']): number | undefined {
  const unit = number === 'decimal' ? UNIT : 1;
  let sum = 0;
  for (const addend of addends) {
    const parts = Math.round(addend * unit);
    sum += parts;
    if (!Number.isSafeInteger(parts) || !Number.isSafeInteger(sum) || parts / unit !== addend) return undefined;
  }
  return sum / unit;
}

/** Every number that a pointer of the law names in the arguments. */
export function numbersAt(value: Value, pattern: Pattern): readonly number[] {
  return valuesAt(value, pattern).flatMap((one) => (one.kind === 'number' ? [one.value] : []));
}
