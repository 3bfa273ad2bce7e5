import type { JsonObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import { deepLabel, MAX_INTEGER, nullValue, numberValue, stringValue, symbolValue } from '../value/concrete.ts';
import { AUTHOR, join, joinMarks, type Label, labelFrom, type Marks, NO_MARKS } from '../value/label.ts';
import { KIND_RANK } from '../value/order.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { Kind, ListValue, SymbolValue, Value } from '../value/value.ts';
import { type Symbols, Unexplored } from './symbols.ts';

/**
 * What the operations of expressions mean on values that are not known. Predicates are decided at once, so that their
 * results are concrete; what has no meaning here becomes an unknown with every label that went into it.
 */

/** The kind of a value; of a symbol it is decided. */
export function kindOf(symbols: () => Symbols, value: Value): Kind {
  if (value.kind === 'list') return 'array';
  if (value.kind !== 'symbol') return value.kind;
  if (value.members !== undefined) return 'object';
  const [first, ...others] = symbols().kinds(value.term);
  assert(first !== undefined, 'a value has a kind');
  let kind = first;
  for (const next of others) {
    if (meets(symbols(), value.term, { type: kind })) return kind;
    kind = next;
  }
  return kind;
}

/** Whether a symbol's value meets a JSON Schema. */
export function meets(symbols: Symbols, term: Term, schema: JsonObject): boolean {
  return symbols.holds(symbols.terms.apply('meets', term, JSON.stringify(schema)));
}

/** The node at the path of `tokens`; `undefined` where there is none. Which there is, is decided. */
export function valueIn(symbols: () => Symbols, value: Value, tokens: readonly string[]): Value | undefined {
  let node: Value | undefined = value;
  for (const token of tokens) {
    if (node.kind === 'object') node = node.fields.get(token);
    else if (node.kind === 'array')
      node = /^(?:0|[1-9][0-9]{0,9})$/u.test(token) ? node.items[Number(token)] : undefined;
    else if (node.kind !== 'symbol' && node.kind !== 'list') return undefined;
    else {
      const kind = kindOf(symbols, node);
      if (kind === 'array') throw new Unexplored('a pointer into a list that is not known');
      if (kind !== 'object' || node.kind !== 'symbol' || !hasMember(symbols(), node, token)) return undefined;
      node = memberOf(symbols(), node, token);
    }
    if (node === undefined) return undefined;
  }
  return node;
}

/** A decision about which nothing is known. */
export function either(symbols: Symbols, hint: string): boolean {
  return meets(symbols, symbols.fresh(hint, { type: 'boolean' }), { const: true });
}

/** jq's truth of any value. */
export function truthOf(symbols: () => Symbols, value: Value): boolean {
  if (value.kind === 'null') return false;
  if (value.kind === 'boolean') return value.value;
  if (value.kind !== 'symbol' || value.members !== undefined) return true;
  return !meets(symbols(), value.term, { enum: [null, false] });
}

/** Everything that went into an operation, as the label of whatever comes out: an upper bound, whatever the operation is. */
export function everythingOf(values: readonly Value[]): Label {
  let all: Label = AUTHOR;
  for (const value of values) all = join(all, deepLabel(value));
  return labelFrom(all.direct, all.decision);
}

/** What comes of an operation that has no meaning here. */
export function unknownOf(symbols: Symbols, what: string, values: readonly Value[]): SymbolValue {
  symbols.unsupported(what);
  return symbolValue(symbols.fresh(what, {}), everythingOf(values));
}

/** The member of an object that is not known as a whole. */
export function memberOf(symbols: Symbols, object: SymbolValue, name: string): Value {
  const { members, term, label, inner } = object;
  const known = members?.known.get(name);
  if (known !== undefined)
    return known.present === undefined || symbols.holds(known.present) ? known.value : nullValue(label);
  if (members?.open === false) return nullValue(label);
  return symbolValue(symbols.member(term, name), join(label, inner), inner);
}

/** Whether it has the member. */
export function hasMember(symbols: Symbols, object: SymbolValue, name: string): boolean {
  const known = object.members?.known.get(name);
  if (known !== undefined) return known.present === undefined || symbols.holds(known.present);
  return object.members?.open !== false && symbols.holds(symbols.terms.apply('has', object.term, name));
}

/** An array that is not known, as a list; the symbol's kind must be known to be that. */
export function listOf(symbols: Symbols, { term, label, inner }: SymbolValue): ListValue {
  return {
    kind: 'list',
    label,
    name: `#${term.id}`,
    length: symbols.size(term),
    items: [symbolValue(symbols.item(term, '*'), inner)],
    take: (key) => symbolValue(symbols.item(term, key), inner),
  };
}

/** The values of an array or object of any kind, as a list of unknown order; `undefined` for what has none. */
export function asList(symbols: Symbols, value: Value): ListValue | undefined {
  switch (value.kind) {
    case 'list':
      return value;
    case 'array': {
      const { items, label } = value;
      const length = symbols.note(symbols.fresh('length', {}), { const: items.length });
      const name = nameOf(length);
      return {
        kind: 'list',
        label,
        name,
        length,
        items,
        take: (key) => symbols.memo(`${name} ${key}`, () => oneOf(symbols, items)),
      };
    }
    case 'symbol':
      return kindOf(() => symbols, value) === 'array' ? listOf(symbols, value) : undefined;
    default:
      return undefined;
  }
}

function nameOf(term: Term): string {
  return `#${term.id}`;
}

/** One of some values, decided; there is one. */
export function oneOf(symbols: Symbols, values: readonly Value[]): Value {
  for (const value of values.slice(0, -1)) if (either(symbols, 'which')) return value;
  return values.at(-1) ?? symbols.impossible();
}

/** Whether a list has more than `index` items. */
export function isLonger(symbols: Symbols, list: ListValue, index: number): boolean {
  return meets(symbols, list.length, { minimum: index + 1 });
}

/** A part of a list, or its items in another order: at most `most` of them. */
export function partOf(symbols: Symbols, list: ListValue, label: Label, most: number, hint: string): ListValue {
  const { high } = symbols.bounds(list.length);
  const greatest = Math.min(high, most);
  const length = symbols.fresh('length', {
    type: 'integer',
    minimum: 0,
    ...(Number.isFinite(greatest) ? { maximum: greatest } : {}),
  });
  return {
    ...list,
    label,
    length,
    name: nameOf(length),
    take: (key) => list.take(`${hint} of ${nameOf(length)} ${key}`),
  };
}

/** The items of a list and then of another. */
export function concatenated(symbols: Symbols, left: ListValue, right: ListValue, label: Label): ListValue {
  const items = [...left.items, ...right.items];
  const length = sumOf(symbols, [
    [1, left.length],
    [1, right.length],
  ]);
  return {
    kind: 'list',
    label,
    length,
    name: `${left.name}+${right.name}`,
    items,
    take: (key) =>
      symbols.memo(`${left.name}+${right.name} ${key}`, () => {
        if (left.items.length === 0) return right.take(key);
        return right.items.length === 0 || either(symbols, 'which') ? left.take(key) : right.take(key);
      }),
  };
}

// Numbers

/** A number or what stands for one. */
export type Quantity = number | Term;

export function quantityOf(value: Value): Quantity | undefined {
  if (value.kind === 'number') return value.value;
  return value.kind === 'symbol' ? value.term : undefined;
}

/** The sum of two quantities; where it might be inexact, any number. */
export function plus(symbols: () => Symbols, a: Quantity, b: Quantity): Quantity {
  if (!isTerm(a) && !isTerm(b)) return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  const addends = [[1, a] as const, [1, b] as const];
  return isExact(symbols(), addends) ? sumOf(symbols(), addends) : symbols().fresh('sum', { type: 'number' });
}

/** The greater of two. */
export function greater(symbols: () => Symbols, a: Quantity, b: Quantity): Quantity {
  if (!isTerm(a) && !isTerm(b)) return Math.max(a, b);
  return isLess(symbols(), a, b) ? b : a;
}

export function quantityValue(quantity: Quantity, label: Label): Value {
  return isTerm(quantity) ? symbolValue(quantity, label) : numberValue(quantity, label);
}

/** Whether one number is less than another. */
export function isLess(symbols: Symbols, a: Quantity, b: Quantity): boolean {
  if (!isTerm(a) && !isTerm(b)) return a < b;
  if (a === b) return false;
  if (!isTerm(b) && !Number.isFinite(b)) return b > 0;
  if (!isTerm(a) && !Number.isFinite(a)) return a < 0;
  if (!isTerm(b)) return isTerm(a) && !meets(symbols, a, { minimum: b });
  if (!isTerm(a)) return !meets(symbols, b, { maximum: a });
  return symbols.holds(symbols.terms.apply('less', a, b));
}

type Addend = readonly [coefficient: number, term: Quantity];

/** The sum of integers times integers, in a form that is one for equal sums. */
export function sumOf(symbols: Symbols, addends: readonly Addend[]): Term {
  let constant = 0;
  const parts = new Map<Term, number>();
  const add = (coefficient: number, quantity: Quantity): void => {
    if (!isTerm(quantity)) {
      constant += coefficient * quantity;
    } else if (quantity.kind === 'apply' && quantity.operator === 'sum') {
      const [own, ...rest] = quantity.operands;
      if (typeof own === 'number') constant += coefficient * own;
      for (let i = 0; i < rest.length; i += 2) {
        const [factor, part] = [rest[i], rest[i + 1]];
        if (typeof factor === 'number' && isTerm(part)) add(coefficient * factor, part);
      }
    } else {
      parts.set(quantity, (parts.get(quantity) ?? 0) + coefficient);
    }
  };
  for (const [coefficient, quantity] of addends) add(coefficient, quantity);
  const kept = [...parts].filter(([, coefficient]) => coefficient !== 0).toSorted(([a], [b]) => a.id - b.id);
  const [only] = kept;
  if (kept.length === 1 && constant === 0 && only?.[1] === 1) return only[0];
  return symbols.terms.apply('sum', constant, ...kept.flatMap(([term, coefficient]) => [coefficient, term]));
}

/** Whether integer arithmetic on these is exact, whatever they stand for. */
export function isExact(symbols: Symbols, addends: readonly Addend[]): boolean {
  let greatest = 0;
  for (const [coefficient, quantity] of addends) {
    const { low, high, isInteger } = rangeOf(symbols, quantity);
    if (!isInteger || !Number.isInteger(coefficient)) return false;
    greatest += Math.abs(coefficient) * Math.max(Math.abs(low), Math.abs(high));
  }
  return greatest <= MAX_INTEGER;
}

export function rangeOf(
  symbols: Symbols,
  quantity: Quantity,
): { readonly low: number; readonly high: number; readonly isInteger: boolean } {
  return isTerm(quantity)
    ? symbols.bounds(quantity)
    : { low: quantity, high: quantity, isInteger: Number.isInteger(quantity) };
}

/** How long something unknown is: a text, a number (its magnitude), an array or an object. */
export function symbolLength(symbols: Symbols, kind: Kind, value: Value, label: Label): Value {
  if (value.kind === 'list') return quantityValue(value.length, label);
  if (value.kind !== 'symbol') return unknownOf(symbols, 'length', [value]);
  if (kind === 'number') {
    const { low } = symbols.bounds(value.term);
    if (low >= 0) return symbolValue(value.term, label);
    return symbolValue(symbols.fresh('length', { type: 'number', minimum: 0 }), label);
  }
  const term = symbols.terms.apply('length', value.term);
  const { low, high } = kind === 'string' ? symbols.lengths(value.term) : { low: 0, high: Infinity };
  const most = Number.isFinite(high) ? { maximum: high } : {};
  return symbolValue(symbols.note(term, { type: 'integer', minimum: low, ...most }), label);
}

// Comparison

/** Whether two values are equal, labels apart; what is undecided is decided leaf by leaf. */
export function areEqual(symbols: () => Symbols, a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'symbol' && b.kind === 'symbol') {
    if (a.term === b.term) return true;
    const [low, high] = a.term.id < b.term.id ? [a.term, b.term] : [b.term, a.term];
    return symbols().holds(symbols().terms.apply('equal', low, high));
  }
  if (b.kind === 'symbol') return areEqual(symbols, b, a);
  if (a.kind === 'symbol') {
    switch (b.kind) {
      case 'null':
        return a.members === undefined && meets(symbols(), a.term, { const: null });
      case 'boolean':
      case 'number':
      case 'string':
        return a.members === undefined && meets(symbols(), a.term, { const: b.value });
      case 'object':
        return kindOf(symbols, a) === 'object' && either(symbols(), 'equal objects');
      case 'array':
      case 'list':
        return kindOf(symbols, a) === 'array' && either(symbols(), 'equal lists');
    }
  }
  if (a.kind === 'list' && b.kind === 'list' && a.name === b.name) return true;
  if (a.kind === 'list' || b.kind === 'list') {
    const [list, other] = a.kind === 'list' ? [a, b] : [b, a];
    if (other.kind === 'array' && other.items.length === 0) return !isLonger(symbols(), list as ListValue, 0);
    return (other.kind === 'array' || other.kind === 'list') && either(symbols(), 'equal lists');
  }
  switch (a.kind) {
    case 'null':
      return b.kind === 'null';
    case 'boolean':
    case 'number':
    case 'string':
      return b.kind === a.kind && b.value === a.value;
    case 'array':
      return (
        b.kind === 'array' &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => areEqual(symbols, item, b.items[i] ?? nullValue(item.label)))
      );
    case 'object': {
      if (b.kind !== 'object' || a.fields.size !== b.fields.size) return false;
      for (const name of a.fields.keys()) if (!b.fields.has(name)) return false;
      for (const [name, field] of a.fields) {
        if (!areEqual(symbols, field, b.fields.get(name) ?? nullValue(field.label))) return false;
      }
      return true;
    }
  }
}

/** Whether `a` comes before `b` in jq's order. */
export function isBefore(symbols: Symbols, a: Value, b: Value): boolean {
  const [left, right] = [kindOf(() => symbols, a), kindOf(() => symbols, b)];
  if (left !== right) {
    // Of the kinds that differ, only the truth values have two places in the order, and no other kind between them.
    return KIND_RANK[left] < KIND_RANK[right];
  }
  if (left === 'number') {
    const [x, y] = [quantityOf(a), quantityOf(b)];
    if (x !== undefined && y !== undefined) return isLess(symbols, x, y);
  }
  if (left === 'null') return false;
  if (left === 'boolean') return !truthOf(() => symbols, a) && truthOf(() => symbols, b);
  return either(symbols, 'order');
}

// Texts

/** A pattern that finds exactly `text`. */
export function escaped(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}\n\r-]/gu, (character) =>
    character === '\n' ? '\\n' : character === '\r' ? '\\r' : character === '-' ? '\\x2d' : `\\${character}`,
  );
}

/** A text or what stands for one. */
export function textOf(value: Value): string | Term | undefined {
  if (value.kind === 'string') return value.value;
  return value.kind === 'symbol' ? value.term : undefined;
}

export function textValue(text: string | Term, label: Label): Value {
  return isTerm(text) ? symbolValue(text, label) : stringValue(text, label);
}

/** The text of some parts, concrete where they are. */
export function written(symbols: () => Symbols, parts: readonly (string | Term)[]): string | Term {
  const joined: (string | Term)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  const [only] = joined;
  if (only === undefined) return '';
  return joined.length === 1 ? only : symbols().text(joined);
}

/** The marks of everything, for a failure of which nothing is known. */
export function marksOf(values: readonly Value[]): Marks {
  let all = NO_MARKS;
  for (const value of values) all = joinMarks(all, deepLabel(value).decision);
  return all;
}
