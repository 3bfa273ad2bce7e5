import type { Json } from '../kernel/json.ts';
import { child } from '../kernel/pointer.ts';
import { Words } from './language.ts';
import { below, type SchemaNode, type TypeName } from './node.ts';
import type { Pattern } from './patterns.ts';
import { excerpt, type SchemaProblem } from './problem.ts';
import { type ReadOptions, readSchema } from './read.ts';
import { wholeOf } from './whole.ts';

export type { SchemaProblem } from './problem.ts';

export interface CheckOptions extends ReadOptions {
  /** Every object must say what else it may hold, and every value must have a type. */
  readonly closed?: boolean;
  /** Strings, arrays, numbers and maps must have limits. */
  readonly bounds?: boolean;
  /** Names that programs trip over may be member names; a captured schema may have them. */
  readonly reservedNames?: 'refuse' | 'allow';
}

/** Members that JavaScript gives a meaning to, and those that Cedar's JSON form does. */
const RESERVED: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  '__entity',
  '__extn',
  '__expr',
]);
const MAX_PROBLEMS = 50;

/**
 * Checks a schema as text: whether it can be compiled, and what the options ask of it. Bounds and closing are asked of each
 * place of the value, so that they may stand in any of the schemas that apply there.
 */
export function checkSchema(json: Json, options: CheckOptions = {}): readonly SchemaProblem[] {
  const { root, nodes, problems } = readSchema(json, options);
  const found = [...problems];
  if (options.reservedNames !== 'allow') for (const node of nodes) found.push(...reservedNames(node));
  // What could not be read has no places to look at.
  if (problems.length === 0) {
    for (const place of placesOf(root)) {
      const open = options.closed === true ? [...openness(place)] : [];
      found.push(...open);
      // What is open has no limits to ask for yet.
      if (options.bounds === true && open.length === 0) found.push(...boundlessness(place));
    }
  }
  return found.slice(0, MAX_PROBLEMS);
}

function* reservedNames(node: SchemaNode): Generator<SchemaProblem> {
  const at = (keyword: string, names: Iterable<string>): SchemaProblem[] =>
    [...names]
      .filter((name) => RESERVED.has(name))
      .map((name) => ({
        code: 'reserved-name',
        pointer: child(node.pointer, keyword),
        name,
        detail: `${excerpt(name)} is a reserved name`,
      }));
  yield* at('properties', node.properties?.keys() ?? []);
  yield* at('required', node.required ?? []);
  yield* at('dependentRequired', node.dependentRequired?.keys() ?? []);
  yield* at('dependentSchemas', node.dependentSchemas?.keys() ?? []);
}

/** The schemas that stand for a whole place of the value: the root and what is applied to members and items. */
function placesOf(root: SchemaNode): ReadonlySet<SchemaNode> {
  const places = new Set([root]);
  const seen = new Set<SchemaNode>();
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const { contains, propertyNames } = node;
    for (const it of below(node)) {
      // These say something about a member beside the schema that describes it.
      if (it === contains || it === propertyNames) continue;
      places.add(it);
      waiting.push(it);
    }
    // `not` and `if` only ask.
    waiting.push(...conjuncts(node), ...(node.anyOf ?? []), ...(node.oneOf ?? []));
    waiting.push(
      ...[node.then, node.else].filter((it) => it !== undefined),
      ...(node.dependentSchemas?.values() ?? []),
    );
  }
  return places;
}

/** The other schemas that a value must match whenever it matches `node`. */
function conjuncts(node: SchemaNode): readonly SchemaNode[] {
  return [...(node.ref === undefined ? [] : [node.ref]), ...(node.allOf ?? [])];
}

/** Whether `own` holds of the schema, of one that always applies with it, or of every alternative that it leaves. */
function anywhere(node: SchemaNode, own: (node: SchemaNode) => boolean): boolean {
  if (own(node) || conjuncts(node).some((it) => anywhere(it, own))) return true;
  return [node.anyOf, node.oneOf].some((list) => list?.every((it) => anywhere(it, own)) === true);
}

/** Whether every value of the type that matches `node` is under the care of `own`: by it, or because no such value matches. */
function settles(node: SchemaNode, type: TypeName, own: (node: SchemaNode) => boolean): boolean {
  return anywhere(node, (it) => isFinite(it) || rulesOut(it, type) || own(it));
}

function rulesOut(node: SchemaNode, type: TypeName): boolean {
  if (node.always === false) return true;
  return (
    node.type !== undefined && !node.type.some((name) => name === type || (type === 'number' && name === 'integer'))
  );
}

function isFinite(node: SchemaNode): boolean {
  return node.enum !== undefined || node.const !== undefined;
}

function* openness(place: SchemaNode): Generator<SchemaProblem> {
  const hasType = anywhere(place, (it) => it.type !== undefined || isFinite(it) || it.always === false);
  if (!hasType) {
    yield { code: 'schema-open', pointer: place.pointer, detail: 'any value is allowed: it needs a type' };
    return;
  }
  if (!settles(place, 'object', (it) => (it.additionalProperties ?? it.unevaluatedProperties) !== undefined)) {
    const detail = 'an object may hold members that are not declared: it needs additionalProperties';
    yield { code: 'schema-open', pointer: place.pointer, detail };
  }
  if (!settles(place, 'array', (it) => (it.items ?? it.unevaluatedItems) !== undefined || it.maxItems === 0)) {
    yield { code: 'schema-open', pointer: place.pointer, detail: 'an array may hold any items: it needs items' };
  }
}

/** Formats whose words have a greatest length. */
const SHORT_FORMATS: ReadonlySet<string> = new Set(['date', 'uuid', 'ipv4', 'ipv6', 'hostname']);

const BOUNDS: readonly {
  readonly type: TypeName;
  readonly detail: string;
  readonly isBound: (node: SchemaNode) => boolean;
}[] = [
  {
    type: 'string',
    detail: 'a string needs maxLength, enum, or a pattern of limited length',
    isBound: (it) =>
      it.maxLength !== undefined ||
      (it.format !== undefined && SHORT_FORMATS.has(it.format)) ||
      (it.pattern !== undefined && isFinitePattern(it.pattern)),
  },
  { type: 'array', detail: 'an array needs maxItems', isBound: (it) => it.maxItems !== undefined || isTuple(it) },
  {
    type: 'object',
    detail: 'a map needs maxProperties',
    isBound: (it) => it.maxProperties !== undefined || isRecord(it),
  },
  {
    type: 'number',
    detail: 'a number needs a minimum and a maximum',
    isBound: (it) => (it.minimum ?? it.exclusiveMinimum) !== undefined,
  },
  {
    type: 'number',
    detail: 'a number needs a minimum and a maximum',
    isBound: (it) => (it.maximum ?? it.exclusiveMaximum) !== undefined,
  },
];

/** A pattern of longer texts does not stand for a limit that anybody had in mind. */
const LONGEST = 1000;

function isFinitePattern(pattern: Pattern): boolean {
  const whole = wholeOf(pattern.source);
  if (whole !== undefined) return whole.most <= LONGEST;
  // Without an end, anything may follow; only what stands beside the pattern can bound it.
  if (pattern.programs.all.length + pattern.programs.none.length === 1) return false;
  return new Words({ all: [pattern], none: [], minLength: 0, maxLength: Infinity }).bits(LONGEST) !== Infinity;
}

function isTuple(node: SchemaNode): boolean {
  return node.items?.always === false || node.unevaluatedItems?.always === false;
}

/** Whether all members have names that the schema lists. */
function isRecord(node: SchemaNode): boolean {
  const isClosed = node.additionalProperties?.always === false || node.unevaluatedProperties?.always === false;
  return isClosed && (node.patternProperties ?? []).length === 0;
}

function* boundlessness(place: SchemaNode): Generator<SchemaProblem> {
  const details = BOUNDS.filter(({ type, isBound }) => !settles(place, type, isBound)).map(({ detail }) => detail);
  for (const detail of new Set(details)) yield { code: 'schema-open', pointer: place.pointer, detail };
}
