import { isArray, isObject, type Json } from '../../src/kernel/json.ts';
import { arrayValue, lift, objectValue } from '../../src/value/concrete.ts';
import { label, type Label } from '../../src/value/label.ts';
import { compareScalars } from '../../src/value/order.ts';
import type { Value } from '../../src/value/value.ts';
import type { Draw } from './programs.ts';

/** The tag whose bearer must not be able to change anything that does not bear it. */
export const SECRET = 's';

const OPEN: Label = label(['user']);
const CLOSED: Label = label(['caller'], [SECRET]);

export function isSecret(of: Label): boolean {
  return of.flat.secrecy.includes(SECRET);
}

/** Two values that an observer without the tag cannot tell apart. */
export type Pair = readonly [Value, Value];

/**
 * A pair around a JSON value; `other` makes what may stand in for a secret part. With `whole`, everything below a secret
 * node is secret too, as where a label is given to all beneath a pointer.
 */
export function drawPair(draw: Draw, json: Json, other: () => Json, whole: boolean): Pair {
  const secret = draw(3) === 2;
  const label = secret ? CLOSED : OPEN;
  if (secret && (whole || draw(3) === 2)) {
    const stranger = draw(3) === 0 ? flipped(json, draw) : other();
    if (whole) return [lift(json, CLOSED), lift(stranger, CLOSED)];
    if (!isSameContainer(json, stranger)) return [drawLabelled(draw, json, label), drawLabelled(draw, stranger, label)];
  }
  if (isArray(json)) {
    const pairs = json.map((item) => drawPair(draw, item, other, whole));
    const first = pairs.map(([a]) => a);
    const second = pairs.map(([, b]) => b);
    if (secret) {
      // The shape is secret: either may have more items at the end, whatever their labels.
      const more = draw(2) === 0 ? first : second;
      for (let i = draw(3); i > 0; i--) more.push(drawLabelled(draw, other(), draw(2) === 0 ? OPEN : CLOSED));
    }
    return [arrayValue(first, label), arrayValue(second, label)];
  }
  if (isObject(json)) {
    const first: [string, Value][] = [];
    const second: [string, Value][] = [];
    for (const [name, field] of Object.entries(json)) {
      const [a, b] = drawPair(draw, field, other, whole);
      const lost = secret ? draw(6) : 0;
      if (lost !== 4) first.push([name, a]);
      if (lost !== 5) second.push([name, b]);
    }
    return [ofFields(first, label), ofFields(second, label)];
  }
  if (!secret) return [lift(json, label), lift(json, label)];
  const stranger = other();
  return [lift(json, label), typeof stranger === 'object' ? lift(null, label) : lift(stranger, label)];
}

/** Another value of the same kind. */
function flipped(json: Json, draw: Draw): Json {
  if (typeof json === 'boolean') return !json;
  if (typeof json === 'number') return json + 1;
  if (typeof json === 'string') return `${json}a`;
  if (isArray(json)) return draw(2) === 0 ? json.slice(1) : json.toReversed().map((item) => flipped(item, draw));
  if (json === null) return 1;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, field]) => (draw(3) === 0 ? [] : [[name, flipped(field, draw)]])),
  );
}

function ofFields(fields: readonly (readonly [string, Value])[], label: Label): Value {
  return objectValue(new Map(fields.toSorted(([a], [b]) => compareScalars(a, b))), label);
}

function isSameContainer(a: Json, b: Json): boolean {
  return (isArray(a) && isArray(b)) || (isObject(a) && isObject(b));
}

/** A value whose top has the label and whose parts have any. */
function drawLabelled(draw: Draw, json: Json, top: Label): Value {
  return lift(json, (path) => (path.length === 0 || draw(2) === 0 ? top : draw(2) === 0 ? OPEN : CLOSED));
}

export type Seen = 'both' | 'one' | 'all';

/**
 * Where two values differ for an observer without the tag: the path of a node. The observer sees a node that bears the tag
 * in neither value (`both`), or in the first (`one`: then the mere absence of the tag must not tell anything either); or
 * sees everything (`all`).
 * Nodes at the same place are compared also below a secret shape, for whoever reads one of them sees only its own label.
 */
export function visibleDifference(a: Value, b: Value, seen: Seen, path = ''): string | undefined {
  const open = seen === 'all' || (!isSecret(a.label) && (seen === 'one' || !isSecret(b.label)));
  if (open && a.kind !== b.kind) return `${path} (kind)`;
  if (open && seen === 'one' && isSecret(b.label)) return `${path} (label)`;
  if (a.kind === 'array' && b.kind === 'array') {
    if (open && a.items.length !== b.items.length) return `${path} (length)`;
    return firstFound(a.items.keys(), (i) => childDifference(a.items[i], b.items[i], seen, `${path}/${i}`));
  }
  if (a.kind === 'object' && b.kind === 'object') {
    const names = [...a.fields.keys()];
    if (open && names.join('\0') !== [...b.fields.keys()].join('\0')) return `${path} (members)`;
    return firstFound(names, (name) =>
      childDifference(a.fields.get(name), b.fields.get(name), seen, `${path}/${name}`),
    );
  }
  if (seen === 'one' && a.kind !== b.kind) return openBelow(a, path);
  return open && 'value' in a && 'value' in b && a.value !== b.value ? path : undefined;
}

function childDifference(a: Value | undefined, b: Value | undefined, seen: Seen, path: string): string | undefined {
  if (a === undefined) return undefined;
  if (b !== undefined) return visibleDifference(a, b, seen, path);
  return seen === 'one' ? openBelow(a, path) : undefined;
}

/** A node that bears no tag although the other value has nothing at its place. */
function openBelow(value: Value, path: string): string | undefined {
  if (!isSecret(value.label) && path !== '') return `${path} (present)`;
  if (value.kind === 'array') return firstFound(value.items.entries(), ([i, item]) => openBelow(item, `${path}/${i}`));
  if (value.kind === 'object') return firstFound(value.fields, ([name, field]) => openBelow(field, `${path}/${name}`));
  return undefined;
}

function firstFound<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
