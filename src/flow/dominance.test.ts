import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postDominators } from './dominance.ts';

type Graph = { readonly exit: number; readonly successors: readonly (readonly number[])[] };

function reaches(graph: Graph, from: number, without: number | undefined): boolean {
  const seen = new Set<number>();
  const waiting = [from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node === without || seen.has(node)) continue;
    if (node === graph.exit) return true;
    seen.add(node);
    waiting.push(...(graph.successors[node] ?? []));
  }
  return false;
}

/** By definition: every node without which `exit` is out of reach. */
function naive(graph: Graph, node: number): ReadonlySet<number> {
  return new Set([...graph.successors.keys()].filter((other) => other === node || !reaches(graph, node, other)));
}

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc
    .array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size })
    .map((successors) => ({
      exit: size - 1,
      successors: successors.map((list, i) => (i === size - 1 ? [] : [...new Set(list)])),
    })),
);

describe('postDominators', () => {
  it('gives the nearest node that every path to the exit passes', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const immediate = postDominators(graph);
        for (const node of graph.successors.keys()) {
          const chain = new Set([node]);
          for (let at = immediate[node]; at !== undefined && !chain.has(at); at = immediate[at]) chain.add(at);
          expect(chain).toEqual(reaches(graph, node, undefined) ? naive(graph, node) : new Set([node]));
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('gives the join of a branch and the exit of a loop', () => {
    //  0 -> 1 | 2 -> 3 ; 3 -> 4 | 5 ; 4 -> 3
    expect(postDominators({ exit: 5, successors: [[1, 2], [3], [3], [4, 5], [3], []] })).toEqual([3, 3, 3, 5, 3, 5]);
  });
});
