import type { Json } from '../../kernel/json.ts';
import type { SchemaNode } from '../node.ts';
import { accepts } from '../validate.ts';

/** What is asked of one place of a value: to match a schema, or not to. */
export interface Clause {
  readonly node: SchemaNode;
  readonly holds: boolean;
}

/** Everything that is asked of one place. */
export type Demand = readonly Clause[];

export function must(node: SchemaNode): Clause {
  return { node, holds: true };
}

export function mustNot(node: SchemaNode): Clause {
  return { node, holds: false };
}

/** Whether `value` meets every clause, as the validator has it. */
export function meets(value: Json, demand: Demand): boolean {
  return demand.every(({ node, holds }) => accepts(node, value) === holds);
}

/** One keyword of one schema, to be broken while everything else is kept; of the schema `false`, the keyword is `false`. */
export interface Violation {
  readonly node: SchemaNode;
  readonly keyword: string;
}
