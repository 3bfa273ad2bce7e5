import { childrenOf, type Expression, type Node } from '../expression/tree.ts';

/**
 * The members of `$context` that exporting the expression's value writes: those of `$context + {k: …}` (also in a chain);
 * `all` for every other form, which replaces `$context` whole.
 */
export function contextWrites(expression: Expression): ReadonlySet<string> | 'all' {
  return membersAdded(expression.root) ?? 'all';
}

function membersAdded(node: Node): ReadonlySet<string> | undefined {
  if (node.kind === 'variable') return node.name === 'context' && !node.bound ? new Set() : undefined;
  if (node.kind !== 'arithmetic' || node.operator !== '+' || node.right.kind !== 'object') return undefined;
  const before = membersAdded(node.left);
  if (before === undefined) return undefined;
  const names = new Set(before);
  for (const { key } of node.right.entries) {
    if (typeof key !== 'string') return undefined;
    names.add(key);
  }
  return names;
}

/** Whether evaluating the expression can fail at all. */
export function isPartial(expression: Expression): boolean {
  const waiting: Node[] = [expression.root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!expression.total.has(node)) return true;
    waiting.push(...childrenOf(node));
  }
  return expression.root.count !== 'one';
}
