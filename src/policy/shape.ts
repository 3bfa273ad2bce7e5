import type { Json, JsonObject } from '../kernel/json.ts';
import { isArray, isObject, member } from '../kernel/json.ts';
import { child, type Pointer, ROOT, tokensOf } from '../kernel/pointer.ts';

/**
 * What a JSON Schema says of a place in a document, as far as policies ask: which members are declared, what type a scalar
 * has, how a number is to be read. A view, no validator: alternatives (`anyOf`, `oneOf`, branches of `if`) are merged, so it
 * states what may be declared; `required`, `type` and the bounds count only what every document must meet.
 */
export interface Shape {
  /** Declared members, by name. */
  readonly members: ReadonlyMap<string, Shape>;
  readonly required: ReadonlySet<string>;
  /** Some schema here speaks of members that it does not name; where none does, a call's arguments have no others. */
  readonly open: boolean;
  /** What every item of an array must be; absent where nothing is said. */
  readonly items: Shape | undefined;
  /** The one JSON type of this place but null (`integer` apart from `number`); absent where there are several or none is said. */
  readonly type: string | undefined;
  /** Null is a type of this place as well. */
  readonly nullable: boolean;
  /** How a number here is read: as ten-thousandths where the schema says `multipleOf` a part of one. */
  readonly number: 'long' | 'decimal';
  /** Bounds that every number here meets. */
  readonly minimum: number;
  readonly maximum: number;
}

/** What declares members without naming them. */
const MAP_KEYWORDS = ['additionalProperties', 'patternProperties', 'unevaluatedProperties'] as const;

/** Deeper places say nothing, so that recursive schemas end. */
const MAX_DEPTH = 12;

const EMPTY: Shape = {
  members: new Map(),
  required: new Set(),
  open: true,
  items: undefined,
  type: undefined,
  nullable: true,
  number: 'long',
  minimum: -Infinity,
  maximum: Infinity,
};

/** The shape that `schema` gives its documents. */
export function shapeOf(schema: JsonObject): Shape {
  return merge([{ schema, certain: true }], schema, 0);
}

/** A schema that applies to a place; `certain` when to every document, else in some alternative. */
interface Applied {
  readonly schema: JsonObject;
  readonly certain: boolean;
}

function merge(given: readonly Applied[], root: JsonObject, depth: number): Shape {
  if (depth > MAX_DEPTH || given.length === 0) return EMPTY;
  const applied = expand(given, root);
  const below = new Map<string, Applied[]>();
  const items: Applied[] = [];
  const required = new Set<string>();
  const types = new Set<string>();
  let open = false;
  let positional = false;
  let decimals = false;
  let minimum = -Infinity;
  let maximum = Infinity;
  for (const { schema, certain } of applied) {
    const properties = member(schema, 'properties');
    if (isObject(properties)) {
      for (const [name, sub] of Object.entries(properties)) {
        if (!isObject(sub)) continue;
        const found = below.get(name);
        if (found === undefined) below.set(name, [{ schema: sub, certain }]);
        else found.push({ schema: sub, certain });
      }
    }
    open ||= MAP_KEYWORDS.some((keyword) => (member(schema, keyword) ?? false) !== false);
    const itemSchema = member(schema, 'items');
    if (isObject(itemSchema)) items.push({ schema: itemSchema, certain });
    positional ||= isArray(itemSchema) || member(schema, 'prefixItems') !== undefined;
    decimals ||= isPartOfOne(member(schema, 'multipleOf'));
    if (!certain) continue;
    for (const name of namesIn(member(schema, 'required'))) required.add(name);
    for (const type of typesOf(schema)) types.add(type);
    minimum = Math.max(minimum, boundOf(schema, 'minimum'), boundOf(schema, 'exclusiveMinimum'));
    maximum = Math.min(maximum, boundOf(schema, 'maximum'), boundOf(schema, 'exclusiveMaximum'));
  }
  const nullable = types.delete('null');
  const [type] = types;
  return {
    members: new Map([...below].map(([name, subs]) => [name, merge(subs, root, depth + 1)])),
    required,
    open,
    items: positional || items.length === 0 ? undefined : merge(items, root, depth + 1),
    type: types.size === 1 ? type : undefined,
    nullable,
    number: decimals ? 'decimal' : 'long',
    minimum,
    maximum,
  };
}

/** The schemas themselves and every schema that they apply in place: references, `allOf`, and alternatives. */
function expand(given: readonly Applied[], root: JsonObject): readonly Applied[] {
  const seen = new Map<JsonObject, boolean>();
  const queue = [...given];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { schema, certain } = next;
    const known = seen.get(schema);
    if (known === true || known === certain) continue;
    seen.set(schema, certain);
    const reference = member(schema, '$ref');
    const target = typeof reference === 'string' ? resolve(root, reference) : undefined;
    if (target !== undefined) queue.push({ schema: target, certain });
    for (const sub of schemasIn(member(schema, 'allOf'))) queue.push({ schema: sub, certain });
    for (const keyword of ['anyOf', 'oneOf']) {
      for (const sub of schemasIn(member(schema, keyword))) queue.push({ schema: sub, certain: false });
    }
    for (const keyword of ['then', 'else']) {
      const sub = member(schema, keyword);
      if (isObject(sub)) queue.push({ schema: sub, certain: false });
    }
  }
  // Draft-07 ignores what stands beside a reference, later drafts do not: it may or may not apply.
  return [...seen].map(([schema, certain]) => ({ schema, certain: certain && member(schema, '$ref') === undefined }));
}

function resolve(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith('#')) return undefined;
  const tokens = tokensOf(reference.slice(1));
  let node: Json | undefined = root;
  for (const token of tokens ?? ['']) {
    node = isObject(node)
      ? member(node, token)
      : isArray(node) && /^\d+$/.test(token)
        ? node[Number(token)]
        : undefined;
  }
  return isObject(node) ? node : undefined;
}

function schemasIn(json: Json | undefined): readonly JsonObject[] {
  return isArray(json) ? json.filter((item) => isObject(item)) : [];
}

function namesIn(json: Json | undefined): readonly string[] {
  return isArray(json) ? json.filter((item) => typeof item === 'string') : [];
}

function typesOf(schema: JsonObject): readonly string[] {
  const type = member(schema, 'type');
  if (typeof type === 'string') return [type];
  if (isArray(type)) return namesIn(type);
  const constant = member(schema, 'const');
  const values = constant === undefined ? member(schema, 'enum') : [constant];
  return isArray(values) ? values.map(typeOf) : [];
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  return typeof value;
}

function boundOf(schema: JsonObject, keyword: string): number {
  const bound = member(schema, keyword);
  if (typeof bound === 'number') return bound;
  return keyword.toLowerCase().endsWith('minimum') ? -Infinity : Infinity;
}

/** Whether a multiple of it is a whole number of ten-thousandths, but need not be whole itself. */
function isPartOfOne(multipleOf: Json | undefined): boolean {
  if (typeof multipleOf !== 'number' || multipleOf >= 1 || multipleOf < 0.0001) return false;
  const parts = Math.round(multipleOf * 10_000);
  return parts / 10_000 === multipleOf;
}

/** The place that tokens of a pointer of the law lead to; `*` is every item. */
export function shapeAt(shape: Shape, tokens: readonly string[]): Shape | undefined {
  let at: Shape | undefined = shape;
  for (const token of tokens) at = token === '*' ? at?.items : at?.members.get(token);
  return at;
}

/** More pointers are not told apart. */
const MAX_POINTERS = 400;

/**
 * The pointers that the pointer sets of a request can hold for data of this shape; `undefined` where the schema does not
 * settle that.
 */
export function pointersOf(shape: Shape): readonly Pointer[] | undefined {
  const pointers: Pointer[] = [];
  const visit = (at: Shape, pointer: Pointer): boolean => {
    pointers.push(pointer);
    if (at.open || pointers.length > MAX_POINTERS) return false;
    if ((at.type === undefined || at.type === 'array') && at.items === undefined) return false;
    return (
      (at.items === undefined || visit(at.items, child(pointer, '*'))) &&
      [...at.members].every(([name, below]) => visit(below, child(pointer, name)))
    );
  };
  return visit(shape, ROOT) ? pointers : undefined;
}
