import { isArray, type Json, type JsonObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import { compileSchema } from '../schema/compile.ts';
import { Prover, Undecided } from '../schema/contain/empty.ts';
import type { Clause, Demand } from '../schema/generate/demand.ts';
import type { SchemaNode } from '../schema/node.ts';
import { type Whole, wholeOf } from '../schema/whole.ts';
import type { Kind } from '../value/value.ts';

/**
 * What is known of one unknown: a conjunction of JSON Schemas that it meets or does not meet. Questions about it are questions
 * of emptiness, which the containment prover of `schema/` answers; what that leaves open is open here.
 */

const KINDS: readonly Kind[] = ['null', 'boolean', 'number', 'string', 'array', 'object'];

/** The schema as a node; those written here are sound by construction. */
export function nodeOf(json: Json): SchemaNode {
  const compiled = compileSchema(json);
  assert(compiled.ok, 'a schema of ours can be compiled');
  return compiled.value.root;
}

const BLANK = nodeOf({});
export const NOTHING = nodeOf(false);
let made = 0;

/** A node put together from others. Its text refers elsewhere, so that nobody takes it for another that reads alike. */
export function compose(parts: Partial<SchemaNode>): SchemaNode {
  made += 1;
  return { ...BLANK, json: { $ref: `#composed-${made}` }, ...parts };
}

const ids = new WeakMap<SchemaNode, number>();
let count = 0;

export function idOf(node: SchemaNode): number {
  let id = ids.get(node);
  if (id === undefined) {
    count += 1;
    id = count;
    ids.set(node, id);
  }
  return id;
}

const answers = new Map<string, boolean>();
const MAX_ANSWERS = 200_000;

/** Whether nothing meets the demand; false where that was not shown. */
export function isEmpty(demand: Demand): boolean {
  const key = keyOfDemand(demand);
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = shownEmpty(demand);
    if (answers.size >= MAX_ANSWERS) answers.clear();
    answers.set(key, answer);
  }
  return answer;
}

function shownEmpty(demand: Demand): boolean {
  try {
    return new Prover().isEmpty(demand);
  } catch (error) {
    if (error instanceof Undecided) return false;
    throw error;
  }
}

const kindNodes = new Map<Kind, SchemaNode>(KINDS.map((kind) => [kind, nodeOf({ type: kind })]));

/** The kinds that a value which meets the demand may have. */
export function kindsOf(demand: Demand): readonly Kind[] {
  let possible: readonly Kind[] = KINDS;
  for (const { node, holds } of demand) {
    const own = holds ? kindsOfNode(node) : undefined;
    if (own !== undefined) possible = possible.filter((kind) => own.has(kind));
  }
  if (possible.length <= 1) return possible;
  return possible.filter((kind) => {
    const node = kindNodes.get(kind);
    return node === undefined || !isEmpty([...demand, { node, holds: true }]);
  });
}

function kindsOfNode(node: SchemaNode): ReadonlySet<Kind> | undefined {
  if (node.type !== undefined) return new Set(node.type.map((type) => (type === 'integer' ? 'number' : type)));
  const listed = node.const === undefined ? node.enum : [node.const.value];
  if (listed !== undefined) return new Set(listed.map(kindOfJson));
  if (node.ref !== undefined) return kindsOfNode(node.ref);
  for (const part of node.allOf ?? []) {
    const own = kindsOfNode(part);
    if (own !== undefined) return own;
  }
  const branches = node.anyOf?.map(kindsOfNode) ?? [];
  if (branches.length === 0) return undefined;
  const all = new Set<Kind>();
  for (const own of branches) {
    if (own === undefined) return undefined;
    for (const kind of own) all.add(kind);
  }
  return all;
}

function kindOfJson(json: Json): Kind {
  if (json === null) return 'null';
  if (isArray(json)) return 'array';
  const type = typeof json;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

/** Bounds of the numbers among the values that meet the demand. */
export interface Bounds {
  low: number;
  high: number;
  isInteger: boolean;
}

export function boundsOf(demand: Demand): Bounds {
  const bounds: Bounds = { low: -Infinity, high: Infinity, isInteger: false };
  for (const { node, holds } of demand) if (holds) narrow(bounds, node);
  for (const { node, holds } of demand) if (!holds) narrowByContrary(bounds, node);
  if (bounds.isInteger) {
    bounds.low = Math.ceil(bounds.low);
    bounds.high = Math.floor(bounds.high);
  }
  return bounds;
}

/** Bounds that hold whichever of the schemas does, as far as they take values of a kind. */
function either(node: SchemaNode, kind: Kind, narrowed: (part: SchemaNode) => Bounds): Bounds | undefined {
  const branches = node.anyOf?.filter((part) => kindsOfNode(part)?.has(kind) !== false).map(narrowed) ?? [];
  if (branches.length === 0) return undefined;
  return {
    low: Math.min(...branches.map(({ low }) => low)),
    high: Math.max(...branches.map(({ high }) => high)),
    isInteger: branches.every(({ isInteger }) => isInteger),
  };
}

function narrow(bounds: Bounds, node: SchemaNode): void {
  if (node.ref !== undefined) narrow(bounds, node.ref);
  for (const part of node.allOf ?? []) narrow(bounds, part);
  const some = either(node, 'number', (part) => boundsOf([{ node: part, holds: true }]));
  if (some?.isInteger === true) bounds.isInteger = true;
  atLeast(bounds, some?.low, false);
  atMost(bounds, some?.high, false);
  if (node.type !== undefined && !node.type.includes('number') && node.type.includes('integer'))
    bounds.isInteger = true;
  if (node.multipleOf !== undefined && Number.isInteger(node.multipleOf)) bounds.isInteger = true;
  const listed = node.const === undefined ? node.enum : [node.const.value];
  if (listed !== undefined) {
    const numbers = listed.filter((it) => typeof it === 'number');
    bounds.low = Math.max(bounds.low, Math.min(...numbers));
    bounds.high = Math.min(bounds.high, Math.max(...numbers));
    if (numbers.every(Number.isInteger)) bounds.isInteger = true;
  }
  atLeast(bounds, node.minimum, false);
  atLeast(bounds, node.exclusiveMinimum, true);
  atMost(bounds, node.maximum, false);
  atMost(bounds, node.exclusiveMaximum, true);
}

/** Of schemas that say nothing but one bound, the contrary is a bound as well. */
function narrowByContrary(bounds: Bounds, node: SchemaNode): void {
  if (typeof node.json === 'boolean' || Object.keys(node.json).length !== 1) return;
  if (node.minimum !== undefined) atMost(bounds, node.minimum, true);
  if (node.maximum !== undefined) atLeast(bounds, node.maximum, true);
  if (node.exclusiveMinimum !== undefined) atMost(bounds, node.exclusiveMinimum, false);
  if (node.exclusiveMaximum !== undefined) atLeast(bounds, node.exclusiveMaximum, false);
}

function atLeast(bounds: Bounds, low: number | undefined, isOpen: boolean): void {
  if (low === undefined) return;
  bounds.low = Math.max(bounds.low, isOpen && bounds.isInteger ? Math.floor(low) + 1 : low);
}

function atMost(bounds: Bounds, high: number | undefined, isOpen: boolean): void {
  if (high === undefined) return;
  bounds.high = Math.min(bounds.high, isOpen && bounds.isInteger ? Math.ceil(high) - 1 : high);
}

/** How long a text that meets the demand is, in code points. */
export function lengthsOf(demand: Demand): Bounds {
  const lengths: Bounds = { low: 0, high: Infinity, isInteger: true };
  for (const { node, holds } of demand) if (holds) narrowLength(lengths, node);
  return lengths;
}

/** How many items an array that meets the demand has. */
export function sizesOf(demand: Demand): Bounds {
  const sizes: Bounds = { low: 0, high: Infinity, isInteger: true };
  const visit = (node: SchemaNode): void => {
    if (node.ref !== undefined) visit(node.ref);
    for (const part of node.allOf ?? []) visit(part);
    const some = either(node, 'array', (part) => sizesOf([{ node: part, holds: true }]));
    atLeast(sizes, some?.low, false);
    atMost(sizes, some?.high, false);
    atLeast(sizes, node.minItems, false);
    atMost(sizes, node.maxItems, false);
  };
  for (const { node, holds } of demand) if (holds) visit(node);
  return sizes;
}

function narrowLength(lengths: Bounds, node: SchemaNode): void {
  if (node.ref !== undefined) narrowLength(lengths, node.ref);
  for (const part of node.allOf ?? []) narrowLength(lengths, part);
  const some = either(node, 'string', (part) => lengthsOf([{ node: part, holds: true }]));
  atLeast(lengths, some?.low, false);
  atMost(lengths, some?.high, false);
  atLeast(lengths, node.minLength, false);
  atMost(lengths, node.maxLength, false);
  const listed = node.const === undefined ? node.enum : [node.const.value];
  if (listed !== undefined) {
    const sizes = listed.flatMap((it) => (typeof it === 'string' ? [Array.from(it).length] : []));
    lengths.low = Math.max(lengths.low, Math.min(...sizes));
    lengths.high = Math.min(lengths.high, Math.max(...sizes));
  }
  const whole = node.pattern === undefined ? undefined : wholeOf(node.pattern.source);
  if (whole === undefined) return;
  lengths.low = Math.max(lengths.low, whole.least);
  lengths.high = Math.min(lengths.high, whole.most);
}

/** The patterns of whole texts that every text of the demand has. */
export function wholesIn(demand: Demand): readonly Whole[] {
  const found: Whole[] = [];
  const visit = (node: SchemaNode): void => {
    if (node.ref !== undefined) visit(node.ref);
    for (const part of node.allOf ?? []) visit(part);
    const whole = node.pattern === undefined ? undefined : wholeOf(node.pattern.source);
    if (whole !== undefined) found.push(whole);
  };
  for (const { node, holds } of demand) if (holds) visit(node);
  return found;
}

/** The texts that a demand lists, where it does. */
export function textsIn(demand: Demand): readonly string[] | undefined {
  for (const { node, holds } of demand) {
    if (!holds) continue;
    const listed = node.const === undefined ? node.enum : [node.const.value];
    if (listed?.every((it) => typeof it === 'string') === true) return listed.filter((it) => typeof it === 'string');
  }
  return undefined;
}

/** One node for everything that a demand asks. */
export function asNode(demand: Demand): SchemaNode {
  const [only] = demand;
  if (only !== undefined && demand.length === 1 && only.holds) return only.node;
  return keyed(`all ${keyOfDemand(demand)}`, () =>
    compose({ allOf: demand.map(({ node, holds }) => (holds ? node : compose({ not: node }))) }),
  );
}

export function clause(json: JsonObject, holds = true): Clause {
  return { node: nodeOf(json), holds };
}

const byText = new Map<string, SchemaNode>();

/** The node of a schema that is written out. */
export function nodeOfText(text: string): SchemaNode {
  let node = byText.get(text);
  if (node === undefined) {
    node = nodeOf(JSON.parse(text) as JsonObject);
    if (byText.size >= MAX_ANSWERS) byText.clear();
    byText.set(text, node);
  }
  return node;
}

const composed = new Map<string, SchemaNode>();

/** The node that `make` gave for this key before: questions about equal nodes are answered once. */
export function keyed(key: string, make: () => SchemaNode): SchemaNode {
  let node = composed.get(key);
  if (node === undefined) {
    node = make();
    if (composed.size >= MAX_ANSWERS) composed.clear();
    composed.set(key, node);
  }
  return node;
}

/** What tells a demand from others. */
export function keyOfDemand(demand: Demand): string {
  return [...new Set(demand.map(({ node, holds }) => (holds ? idOf(node) : -idOf(node))))]
    .toSorted((a, b) => a - b)
    .join();
}

/** What a schema may say besides and still be bare. */
const COMMON: readonly (keyof SchemaNode)[] = ['id', 'pointer', 'json', 'always', 'type'];
export const OBJECT_KEYWORDS: readonly (keyof SchemaNode)[] = [
  ...COMMON,
  'properties',
  'required',
  'additionalProperties',
  'minProperties',
  'maxProperties',
];
export const ARRAY_KEYWORDS: readonly (keyof SchemaNode)[] = [
  ...COMMON,
  'items',
  'minItems',
  'maxItems',
  'uniqueItems',
];

/** Whether a schema says nothing but what some keywords say. */
export function isBare(node: SchemaNode, keywords: readonly (keyof SchemaNode)[]): boolean {
  const allowed = new Set<string>([...COMMON, ...keywords]);
  return Object.entries(node).every(([key, value]) => value === undefined || allowed.has(key));
}
