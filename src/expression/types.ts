import type { Node } from './tree.ts';

export const ANYTHING = 0;

export function totalOperations(_root: Node, _input: number): ReadonlySet<Node> {
  return new Set();
}
