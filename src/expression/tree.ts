import type { Pattern } from '../schema/patterns.ts';
import type { Value } from '../value/value.ts';
import type { Span } from './problem.ts';

/** How many values a node yields for one input: exactly one, at most one, any number. */
export type Count = 'one' | 'maybe' | 'many';

interface Base {
  readonly span: Span;
  readonly count: Count;
  /** Levels of nodes at and below this one. */
  readonly height: number;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** Functions of their input alone. */
export type PlainFunction =
  | 'length'
  | 'keys'
  | 'unique'
  | 'min'
  | 'max'
  | 'floor'
  | 'add'
  | 'tostring'
  | 'tonumber'
  | 'ascii_downcase'
  | 'to_entries'
  | 'from_entries'
  | 'not';

/** Functions of their input and one value. */
export type ValueFunction = 'has' | 'in' | 'contains' | 'startswith' | 'endswith' | 'split' | 'join';

export type OrderFunction = 'sort_by' | 'group_by' | 'unique_by';

/** One entry of an object construction; `{a}` has the value `.a`, `{$x}` the value `$x`. */
export interface Entry {
  readonly key: string | Node;
  readonly span: Span;
  readonly value: Node;
}

/** The profile's tree. Spans are of the whole construct. */
export type Node = Base &
  (
    | { readonly kind: 'identity' }
    | { readonly kind: 'literal'; readonly value: Value }
    /** `bound` by an `as` around it; else free, from the environment. Names have no `$`. */
    | { readonly kind: 'variable'; readonly name: string; readonly bound: boolean }
    | { readonly kind: 'field'; readonly base: Node; readonly name: string; readonly optional: boolean }
    | { readonly kind: 'item'; readonly base: Node; readonly index: number; readonly optional: boolean }
    | { readonly kind: 'index'; readonly base: Node; readonly key: Node; readonly optional: boolean }
    | {
        readonly kind: 'slice';
        readonly base: Node;
        readonly from: number | undefined;
        readonly to: number | undefined;
        readonly optional: boolean;
      }
    | { readonly kind: 'each'; readonly base: Node; readonly optional: boolean }
    /** `authored`: the source itself fixes how many items there are, in whole or in part. */
    | { readonly kind: 'array'; readonly body: Node | undefined; readonly authored: boolean }
    | { readonly kind: 'object'; readonly entries: readonly Entry[] }
    | { readonly kind: 'text'; readonly parts: readonly (string | Node)[] }
    | { readonly kind: 'negate'; readonly operand: Node }
    | { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Node; readonly right: Node }
    | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Node; readonly right: Node }
    | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
    | { readonly kind: 'alternative'; readonly left: Node; readonly right: Node }
    /** `elif` is an `if` in `otherwise`; without `else` that is the identity. */
    | { readonly kind: 'if'; readonly condition: Node; readonly then: Node; readonly otherwise: Node }
    | { readonly kind: 'try'; readonly body: Node }
    | { readonly kind: 'pipe'; readonly left: Node; readonly right: Node }
    | { readonly kind: 'comma'; readonly parts: readonly Node[] }
    | { readonly kind: 'bind'; readonly source: Node; readonly name: string; readonly body: Node }
    | { readonly kind: 'plain'; readonly name: PlainFunction }
    | { readonly kind: 'call'; readonly name: ValueFunction; readonly argument: Node }
    | { readonly kind: 'map'; readonly body: Node; readonly authored: boolean }
    | { readonly kind: 'with_entries'; readonly body: Node; readonly authored: boolean }
    | { readonly kind: 'select'; readonly condition: Node }
    /** `any` and `all`; without a source over `.[]`, without a condition over the values themselves. */
    | { readonly kind: 'any' | 'all'; readonly source: Node; readonly condition: Node }
    | { readonly kind: 'first'; readonly source: Node }
    | { readonly kind: 'last'; readonly source: Node }
    | { readonly kind: 'order'; readonly name: OrderFunction; readonly key: Node }
    | { readonly kind: 'test'; readonly pattern: Pattern }
    | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly by: number }
  );

export type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/**
 * Which nodes may fail whatever the values of the known kinds are. The same for concrete and symbolic values, so that both
 * compute the same labels (DESIGN 5, "Partial operations").
 */
export interface Partiality {
  /** Nodes whose own operation may fail, under a `?` or not. */
  readonly operations: ReadonlySet<Node>;
  /** Nodes out of which a failure may come: of their own operation or below, and not caught by a `?` on the way. */
  readonly subtrees: ReadonlySet<Node>;
}

/** A parsed expression of the profile. It yields exactly one value or fails. */
export interface Expression {
  readonly source: string;
  readonly root: Node;
  /** Names of the variables that the environment must give, without `$`. */
  readonly free: ReadonlySet<string>;
  /** The weight of its patterns together. */
  readonly patterns: number;
  /** Which of its nodes may fail, whatever the environment holds. */
  readonly partial: Partiality;
}

/** The nodes directly below, in the order of the source. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'identity':
    case 'literal':
    case 'variable':
    case 'plain':
    case 'test':
    case 'range':
      return [];
    case 'field':
    case 'item':
    case 'slice':
    case 'each':
      return [node.base];
    case 'index':
      return [node.base, node.key];
    case 'array':
      return node.body === undefined ? [] : [node.body];
    case 'object':
      return node.entries.flatMap(({ key, value }) => (typeof key === 'string' ? [value] : [key, value]));
    case 'text':
      return node.parts.filter((part) => typeof part !== 'string');
    case 'negate':
      return [node.operand];
    case 'arithmetic':
    case 'compare':
    case 'and':
    case 'or':
    case 'alternative':
    case 'pipe':
      return [node.left, node.right];
    case 'if':
      return [node.condition, node.then, node.otherwise];
    case 'try':
    case 'map':
    case 'with_entries':
      return [node.body];
    case 'comma':
      return node.parts;
    case 'bind':
      return [node.source, node.body];
    case 'call':
      return [node.argument];
    case 'select':
      return [node.condition];
    case 'any':
    case 'all':
      return [node.source, node.condition];
    case 'first':
    case 'last':
      return [node.source];
    case 'order':
      return [node.key];
  }
}

/** A node and all below it, each before those below it, in the order of the source. */
export function nodesOf(root: Node): readonly Node[] {
  return [root, ...childrenOf(root).flatMap(nodesOf)];
}

/** How many values come of one of each of these: the product. */
export function product(counts: Iterable<Count>): Count {
  let all: Count = 'one';
  for (const count of counts) {
    if (count === 'many') return 'many';
    if (count === 'maybe') all = 'maybe';
  }
  return all;
}

/** How many values a node yields, from how many the nodes below it yield. */
export function countOf(node: Omit<Base, 'count'> & Shapeless): Count {
  switch (node.kind) {
    case 'identity':
    case 'literal':
    case 'variable':
    case 'array':
    case 'plain':
    case 'map':
    case 'with_entries':
    case 'any':
    case 'all':
    case 'order':
    case 'test':
      return 'one';
    // Of no values it is null.
    case 'last':
      return 'one';
    case 'each':
    case 'comma':
    case 'range':
      return 'many';
    case 'field':
    case 'item':
    case 'slice':
      return optional(node.base.count, node.optional);
    case 'index':
      return optional(product([node.base.count, node.key.count]), node.optional);
    case 'object':
      return product(
        node.entries.flatMap(({ key, value }) => (typeof key === 'string' ? [value.count] : [key.count, value.count])),
      );
    case 'text':
      return product(node.parts.flatMap((part) => (typeof part === 'string' ? [] : [part.count])));
    case 'negate':
      return node.operand.count;
    case 'arithmetic':
    case 'compare':
    case 'and':
    case 'or':
    case 'pipe':
      return product([node.left.count, node.right.count]);
    case 'alternative':
      return node.left.count === 'many' ? 'many' : node.right.count;
    case 'if':
      return product([node.condition.count, node.then.count, node.otherwise.count]);
    case 'try':
      return optional(node.body.count, true);
    case 'bind':
      return product([node.source.count, node.body.count]);
    case 'call':
      return node.argument.count;
    case 'select':
      return optional(node.condition.count, true);
    case 'first':
      return node.source.count === 'one' ? 'one' : 'maybe';
  }
}

/** A node before its count is known. */
export type Shapeless = Node extends infer N ? (N extends Node ? Omit<N, keyof Base> : never) : never;

function optional(count: Count, isOptional: boolean): Count {
  return isOptional && count === 'one' ? 'maybe' : count;
}

/**
 * Whether the source, rather than data, multiplies what a generator yields (`,` and `range`). Of `[f]` the source fixes
 * the length also where `f` yields at most one value.
 */
export function multiplies(body: Node): boolean {
  if (body.count !== 'many') return false;
  switch (body.kind) {
    case 'comma':
    case 'range':
      return true;
    case 'pipe':
    case 'alternative':
    case 'arithmetic':
    case 'compare':
    case 'and':
    case 'or':
    case 'bind':
    case 'if':
    case 'object':
    case 'text':
    case 'call':
    case 'select':
    case 'try':
    case 'negate':
    case 'index':
    case 'field':
    case 'item':
    case 'slice':
    case 'each':
      return childrenOf(body).some(multiplies);
    default:
      return false;
  }
}
