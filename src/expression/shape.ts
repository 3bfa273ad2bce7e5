import type { Expression } from './tree.ts';

/** What an expression of the form `$context + {k: …}` writes over the object it starts from. */
export interface Merge {
  /** A variable's name without `$`, or `.` for the input. */
  readonly base: string;
  /** The members that the result takes from the literal; it takes all others from the base. Sorted, each once. */
  readonly keys: readonly string[];
}

/**
 * The merge that an expression is, where its own form shows that: a variable or `.` plus (any number of times) an object
 * construction with literal member names. `undefined` for every other expression: nothing is known to be kept.
 */
export function mergeOnto(expression: Expression): Merge | undefined {
  const keys = new Set<string>();
  let node = expression.root;
  while (node.kind === 'arithmetic' && node.operator === '+' && node.right.kind === 'object') {
    for (const { key } of node.right.entries) {
      if (typeof key !== 'string') return undefined;
      keys.add(key);
    }
    node = node.left;
  }
  const base = node.kind === 'variable' && !node.bound ? node.name : node.kind === 'identity' ? '.' : undefined;
  return base === undefined ? undefined : { base, keys: [...keys].toSorted() };
}
