import { either, isLess, meets } from '../expression/symbolic.ts';
import type { Symbols } from '../expression/symbols.ts';
import type { Term } from '../value/term.ts';
import { isZero, linearOf, plusTimes } from './linear.ts';
import type { CedarValue, Outcome, SetValue, UnknownSet } from './model.ts';
import { bool, equals, failure, isKnown, keyOf, parseDecimal, typeName } from './values.ts';

/**
 * What is asked about values of which not everything is known. Every answer holds on the path that is being explored; where a
 * relation has no form that the driver knows, it is decided both ways.
 */

/** Decimals up to here have doubles of their own, in the order of the decimals. */
export const TELLING = 1e11;
/** A text is followed by what it may be where these are not more. */
const MAX_TEXTS = 16;

type Decimal = Extract<CedarValue, { kind: 'decimal' }> | { readonly kind: 'symbol'; readonly term: Term };

export function isDecimal(value: CedarValue): value is CedarValue & Decimal {
  return value.kind === 'decimal' || (value.kind === 'symbol' && value.sort === 'decimal');
}

/** Whether one decimal is less than another. */
export function isDecimalLess(symbols: Symbols, a: Decimal, b: Decimal): boolean {
  const [x, y] = [numberOf(symbols, a, b), numberOf(symbols, b, a)];
  return x === undefined || y === undefined ? either(symbols, 'decimal') : isLess(symbols, x, y);
}

/**
 * A decimal as the number that stands for it beside another: beyond what doubles tell apart only where the other is known to
 * be nearer to zero. `undefined` where two decimals could have the same.
 */
function numberOf(symbols: Symbols, value: Decimal, other: Decimal): number | Term | undefined {
  if (value.kind === 'symbol') return value.term;
  const number = Number(value.tenThousandths) / 10_000;
  if (Math.abs(number) <= TELLING || other.kind === 'decimal') return number;
  const { low, high } = symbols.bounds(other.term);
  return -TELLING <= low && high <= TELLING ? number : undefined;
}

/** `decimal(…)` of a text that is not known. */
export function decimalOfText(symbols: Symbols, term: Term): Outcome {
  const texts = symbols.texts(term);
  if (texts !== undefined && texts.length <= MAX_TEXTS) return parseDecimal(oneText(symbols, term, texts));
  if (!meets(symbols, term, { pattern: '^-?[0-9]+\\.[0-9]{1,4}$' })) return failure('a text that is no decimal');
  const isSmall = meets(symbols, term, { pattern: '^-?0*[0-9]{1,14}\\.[0-9]{1,4}$' });
  if (!isSmall && either(symbols, 'decimal overflow')) return failure('decimal overflow');
  const value = symbols.terms.apply('function', 'decimal', term);
  return { kind: 'symbol', sort: 'decimal', term: symbols.note(value, { type: 'number' }) };
}

/** Which of the texts that it can be a term is, decided. */
export function oneText(symbols: Symbols, term: Term, texts: readonly string[]): string {
  for (const text of texts) if (meets(symbols, term, { const: text })) return text;
  return symbols.impossible();
}

/** The text that a term must be, decided where there are few; `undefined` where it can be too many. */
export function textOf(symbols: Symbols, term: Term): string | undefined {
  const texts = symbols.texts(term);
  return texts === undefined || texts.length > MAX_TEXTS ? undefined : oneText(symbols, term, texts);
}

/** Cedar's `==`, of values that may be unknown. */
export function isSame(symbols: Symbols, a: CedarValue, b: CedarValue): boolean {
  if (a === b) return true;
  if (isKnown(a) && isKnown(b)) return equals(a, b);
  if (typeName(a) !== typeName(b)) return false;
  if (a.kind === 'question' || b.kind === 'question') return truth(symbols, a) === truth(symbols, b);
  const [x, y] = [linearOf(a), linearOf(b)];
  if (x !== undefined && y !== undefined) return isZero(symbols, plusTimes(x, -1n, y));
  if (isDecimal(a) && isDecimal(b)) return isSameAtom(symbols, numberOf(symbols, a, b), numberOf(symbols, b, a));
  if (a.kind === 'record' && b.kind === 'record') {
    if (a.fields.size !== b.fields.size) return false;
    for (const name of a.fields.keys()) if (!b.fields.has(name)) return false;
    for (const [name, field] of a.fields) {
      const other = b.fields.get(name);
      if (other === undefined || !isSame(symbols, field, other)) return false;
    }
    return true;
  }
  if ((a.kind === 'set' || a.kind === 'unknown-set') && (b.kind === 'set' || b.kind === 'unknown-set')) {
    if (a.kind === 'unknown-set' && b.kind === 'unknown-set' && a.term === b.term) return true;
    return isSuperset(symbols, a, b) && isSuperset(symbols, b, a);
  }
  return isSameAtom(symbols, textOrTerm(a), textOrTerm(b));
}

function truth(symbols: Symbols, value: CedarValue): boolean {
  return value.kind === 'question' ? value.ask(symbols) : value.kind === 'bool' && value.value;
}

function textOrTerm(value: CedarValue): string | Term | undefined {
  return value.kind === 'string' ? value.value : value.kind === 'symbol' ? value.term : undefined;
}

type Atom = string | number | Term | undefined;

function isSameAtom(symbols: Symbols, given: Atom, other: Atom): boolean {
  const [a, b] = [settled(symbols, given), settled(symbols, other)];
  if (a === undefined || b === undefined) return either(symbols, 'same');
  if (typeof a === 'object' && typeof b === 'object') {
    if (a === b) return true;
    const [low, high] = a.id < b.id ? [a, b] : [b, a];
    return symbols.holds(symbols.terms.apply('equal', low, high));
  }
  if (typeof a === 'object') return meets(symbols, a, { const: typeof b === 'object' ? null : b });
  return typeof b === 'object' ? meets(symbols, b, { const: a }) : a === b;
}

/** What a term must be, where that is only one text or number. */
function settled(symbols: Symbols, atom: Atom): Atom {
  if (typeof atom !== 'object') return atom;
  const { low, high } = symbols.bounds(atom);
  if (low === high) return low;
  const texts = symbols.texts(atom);
  return texts?.length === 1 ? texts[0] : atom;
}

type AnySet = SetValue | UnknownSet;

/** Whether the set has no items. */
export function hasNothing(symbols: Symbols, { length }: UnknownSet): boolean {
  return meets(symbols, length, { maximum: 0 });
}

/** Whether `value` is an item of the set. */
export function isMember(symbols: Symbols, set: AnySet, value: CedarValue): boolean {
  const item = put(symbols, value);
  if (set.kind === 'set') {
    if (set.items.has(keyOf(item))) return true;
    return [...set.items.values()].some((one) => isSame(symbols, one, item));
  }
  if (hasNothing(symbols, set)) return false;
  if (!mayHold(symbols, set, (one) => isSame(symbols, one, item))) return false;
  return symbols.holds(symbols.terms.apply('has', set.term, keyOf(item)));
}

/** Whether `set` has every item of `other`. */
export function isSuperset(symbols: Symbols, set: AnySet, other: AnySet): boolean {
  if (other.kind === 'set') return [...other.items.values()].every((item) => isMember(symbols, set, item));
  if (hasNothing(symbols, other)) return true;
  if (set.kind === 'set' && set.items.size === 0) return false;
  if (set.kind === 'unknown-set' && hasNothing(symbols, set)) return false;
  return either(symbols, 'superset');
}

/** Whether two sets have an item in common. */
export function meet(symbols: Symbols, a: AnySet, b: AnySet): boolean {
  if (b.kind === 'set') return [...b.items.values()].some((item) => isMember(symbols, a, item));
  if (a.kind === 'set') return [...a.items.values()].some((item) => isMember(symbols, b, item));
  if (a.term === b.term) return !hasNothing(symbols, a);
  if (hasNothing(symbols, a) || hasNothing(symbols, b)) return false;
  const mayMeet = mayHold(symbols, a, (one) => mayHold(symbols, b, (other) => isSame(symbols, one, other)));
  return mayMeet && symbols.holds(symbols.terms.apply('has', a.term, keyOf(b)));
}

/** Whether some item of a set can be what is asked for; what is asked about the stand-ins of its items is forgotten. */
function mayHold(symbols: Symbols, { items }: UnknownSet, isIt: (item: CedarValue) => boolean): boolean {
  if (items === undefined) return true;
  let found = false;
  symbols.everyWay(() => {
    found ||= items.some(isIt);
  });
  return found;
}

/** A value as it is put into a set: truth values in it are decided. */
export function put(symbols: Symbols, value: CedarValue): CedarValue {
  if (value.kind === 'question') return bool(value.ask(symbols));
  if (value.kind !== 'record' || isKnown(value)) return value;
  return { kind: 'record', fields: new Map([...value.fields].map(([name, field]) => [name, put(symbols, field)])) };
}
