import type { Node } from './model.ts';

interface Edges {
  readonly exit: Node;
  readonly successors: readonly (readonly Node[])[];
}

/**
 * The immediate post-dominator of every node: the first node that every path from it to `exit` passes. `exit` is its own;
 * a node from which `exit` cannot be reached has `undefined`. (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance
 * Algorithm", on the reversed graph.)
 */
export function postDominators(graph: Edges): readonly (Node | undefined)[] {
  const { exit, successors } = graph;
  const predecessors: Node[][] = successors.map(() => []);
  for (const [from, list] of successors.entries()) for (const to of list) predecessors[to]?.push(from);

  // `order` is a postorder of the reversed graph, so `exit` comes last and has the greatest rank.
  const order = postorder(exit, predecessors);
  const rank = new Map(order.map((node, i) => [node, i]));
  const immediate: (Node | undefined)[] = successors.map(() => undefined);
  immediate[exit] = exit;

  const rankOf = (node: Node): number => rank.get(node) ?? -1;
  const meet = (a: Node, b: Node): Node => {
    let [left, right] = [a, b];
    while (left !== right) {
      while (rankOf(left) < rankOf(right)) left = immediate[left] ?? exit;
      while (rankOf(right) < rankOf(left)) right = immediate[right] ?? exit;
    }
    return left;
  };

  for (let changed = true; changed;) {
    changed = false;
    for (let i = order.length - 2; i >= 0; i -= 1) {
      const node = order[i];
      if (node === undefined) continue;
      let found: Node | undefined;
      for (const next of successors[node] ?? []) {
        if (immediate[next] !== undefined) found = found === undefined ? next : meet(found, next);
      }
      if (found !== immediate[node]) {
        immediate[node] = found;
        changed = true;
      }
    }
  }
  return immediate;
}

function postorder(root: Node, next: readonly (readonly Node[])[]): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set([root]);
  const stack: { readonly node: Node; at: number }[] = [{ node: root, at: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = next[top.node]?.[top.at];
    top.at += 1;
    if (child === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (!seen.has(child)) {
      seen.add(child);
      stack.push({ node: child, at: 0 });
    }
  }
  return order;
}
