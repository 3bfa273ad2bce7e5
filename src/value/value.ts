import type { Label } from './label.ts';

/**
 * A JSON value in which every node carries a label; an array's or object's own label is the label of its shape (length,
 * member names). This union is the one value algebra of machine, expressions and policies: a driver that computes over
 * symbols adds its kind here, and the compiler then names every place that must give it a meaning.
 *
 * `weight` is about the length of the JSON text, shared parts counted as often as they stand; `depth` is 1 for an empty
 * array or object. Both are kept so that bounding a value never walks it: build containers with the constructors of
 * `concrete.ts`.
 */
export type Value =
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

export type Kind = Value['kind'];
export type BooleanValue = Extract<Value, { kind: 'boolean' }>;
export type NumberValue = Extract<Value, { kind: 'number' }>;
export type StringValue = Extract<Value, { kind: 'string' }>;
export type ArrayValue = Extract<Value, { kind: 'array' }>;
export type ObjectValue = Extract<Value, { kind: 'object' }>;

/** The label of the node at a path of tokens, for a value that comes in from outside. The path is only lent. */
export type Labelling = (path: readonly string[]) => Label;
