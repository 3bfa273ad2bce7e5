import { postDominators } from './dominance.ts';
import { type Graph, joinWrites } from './graph.ts';
import { type Flow, NO_WRITES, type Node, type Region, type Writes } from './model.ts';

/** Regions are found when they are first asked for: most decisions of a run carry nothing that needs one. */
export function flowOf(build: () => Graph): Flow {
  let made: { readonly graph: Graph; readonly immediate: readonly (Node | undefined)[] } | undefined;
  const prepared = (): NonNullable<typeof made> => {
    if (made === undefined) {
      const graph = build();
      made = { graph, immediate: postDominators(graph) };
    }
    return made;
  };
  const regions = new Map<Node, Region | undefined>();
  const decision = (node: Node): Region | undefined => {
    if (regions.has(node)) return regions.get(node);
    const { graph, immediate } = prepared();
    const region = regionOf(graph, immediate, node);
    regions.set(node, region);
    return region;
  };
  return {
    decision,
    failure: (node) => (prepared().graph.failing[node] === true ? decision(node) : undefined),
  };
}

/** The region of the decision at `from`, given the immediate post-dominators of `graph`. */
export function regionOf(graph: Graph, immediate: readonly (Node | undefined)[], from: Node): Region | undefined {
  const starts = graph.successors[from] ?? [];
  if (starts.length < 2) return undefined;
  const end = immediate[from] ?? graph.exit;
  // `from` itself counts only where a path leads back to it: what it wrote before deciding does not depend on the decision.
  return { from, end, writes: writesBetween(graph, starts, end) };
}

function writesBetween(graph: Graph, starts: readonly Node[], end: Node): Writes {
  let writes = NO_WRITES;
  const seen = new Set<Node>([end]);
  const waiting = [...starts];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const written = graph.writes[node];
    if (written !== undefined) writes = joinWrites(writes, written);
    waiting.push(...(graph.successors[node] ?? []));
  }
  return writes;
}
