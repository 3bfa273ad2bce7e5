import type { Label } from './label.ts';
import type { Term } from './term.ts';

/**
 * A JSON value in which every node carries a label; an array's or object's own label is the label of its shape (length,
 * member names). This union is the one value algebra of machine, expressions and policies. The first six kinds are concrete;
 * `symbol` and `list` are values that are not known, which only the driver that explores (`prove/`) ever makes.
 *
 * `weight` is about the length of the JSON text, shared parts counted as often as they stand; `depth` is 1 for an empty
 * array or object. Both are kept so that bounding a value never walks it: build containers with the constructors of
 * `concrete.ts`.
 */
export type Value = KnownValue | SymbolValue | ListValue;

/** A value whose kind is known, and whose content is but for the symbols in it. */
export type KnownValue =
  | { readonly kind: 'null'; readonly label: Label }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly label: Label }
  | { readonly kind: 'number'; readonly value: number; readonly label: Label }
  | { readonly kind: 'string'; readonly value: string; readonly label: Label }
  | {
      readonly kind: 'array';
      readonly items: readonly Value[];
      readonly label: Label;
      readonly weight: number;
      readonly depth: number;
    }
  | {
      readonly kind: 'object';
      readonly fields: ReadonlyMap<string, Value>;
      readonly label: Label;
      readonly weight: number;
      readonly depth: number;
    };

/** A value of which nothing is known but what its term stands for. */
export interface SymbolValue {
  readonly kind: 'symbol';
  readonly term: Term;
  /** Of the value itself, and of its shape where it is a container. */
  readonly label: Label;
  /** An upper bound of the labels of everything below it. */
  readonly inner: Label;
  /** Where it is known to be an object: what is known of its members. */
  readonly members?: Members;
}

/** What is known of the members of an object that is not known as a whole. */
export interface Members {
  /** By name; `present` where the object may lack the member. The value is that of the member where it is there. */
  readonly known: ReadonlyMap<string, { readonly value: Value; readonly present?: Term }>;
  /** Whether there may be members of other names. */
  readonly open: boolean;
}

/** An array of which it is not known how many items it has. */
export interface ListValue {
  readonly kind: 'list';
  readonly label: Label;
  /** Equal names: equal lists. */
  readonly name: string;
  /** A number: how many items. */
  readonly length: Term;
  /**
   * Stand-ins for any item: every item of the list is described by one of them, its labels at most theirs. None: the list
   * is empty.
   */
  readonly items: readonly Value[];
  /** An item, by what tells it from others: one key always gives the same item. It may only be taken where there is one. */
  readonly take: (key: string) => Value;
}

export type Kind = KnownValue['kind'];
export type BooleanValue = Extract<Value, { kind: 'boolean' }>;
export type NumberValue = Extract<Value, { kind: 'number' }>;
export type StringValue = Extract<Value, { kind: 'string' }>;
export type ArrayValue = Extract<Value, { kind: 'array' }>;
export type ObjectValue = Extract<Value, { kind: 'object' }>;

/** The label of the node at a path of tokens, for a value that comes in from outside. The path is only lent. */
export type Labelling = (path: readonly string[]) => Label;
