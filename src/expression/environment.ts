import { isTruthy } from '../value/concrete.ts';
import type { Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Symbols } from './symbols.ts';
import type { Node } from './tree.ts';

/** What an expression is evaluated in. */
export interface Environment {
  readonly input: Value;
  /** By name, without the `$`. */
  readonly variables: ReadonlyMap<string, Value>;
  /** The truth of a condition: a concrete driver answers it, a symbolic one forks. `node` is the `if` or `//` whose branches it picks. */
  decide(condition: Value, node?: Node): boolean;
  /** A partial operation was reached that might have failed on another value: what a later catch may reveal. */
  mayThrow(label: Marks): void;
  /** Counts down; below 0 the evaluation ends with the error `steps`. */
  readonly fuel: { steps: number };
  /** For a driver whose values may be unknown; a concrete one has none. */
  readonly symbols?: Symbols | undefined;
}

const NO_VARIABLES: ReadonlyMap<string, Value> = new Map();

/** An environment of concrete values whose failures nobody catches. */
export function concreteEnvironment(
  input: Value,
  steps: number,
  variables: ReadonlyMap<string, Value> = NO_VARIABLES,
): Environment {
  return { input, variables, decide: isTruthy, mayThrow: () => {}, fuel: { steps } };
}
