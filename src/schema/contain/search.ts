import type { Json } from '../../kernel/json.ts';
import { ingress } from '../../value/concrete.ts';
import type { Schema } from '../compile.ts';
import { type Demand, must, mustNot } from '../generate/demand.ts';
import { sequence } from '../generate/sequence.ts';
import { Graph, Walker } from '../generate/walk.ts';
import type { Chance } from '../language.ts';

/** Looks for values of one schema that are none of another: built towards both, or of the first alone, at the ends of its bounds. */
export class Search {
  private readonly inner: Schema;
  private readonly outer: Schema;
  private readonly graph: Graph;
  private readonly chance: Chance;

  constructor(inner: Schema, outer: Schema) {
    this.inner = inner;
    this.outer = outer;
    this.graph = new Graph(inner.root, outer.root);
    this.chance = sequence(1);
  }

  /** The first value found in so many draws, each visiting so many places at most. */
  find({ tries, visits }: { readonly tries: number; readonly visits: number }): Json | undefined {
    const both: Demand = [must(this.inner.root), mustNot(this.outer.root)];
    const alone: Demand = [must(this.inner.root)];
    for (let i = 0; i < tries; i += 1) {
      const walker = new Walker(
        this.chance,
        { edgy: i % 3 > 0, violation: undefined, extras: true, visits },
        this.graph,
      );
      const drawn = walker.draw(i % 4 === 3 ? alone : both);
      if (drawn !== undefined && this.tells(drawn.value)) return drawn.value;
    }
    return undefined;
  }

  private tells(value: Json): boolean {
    return this.inner.isValid(value) && !this.outer.isValid(value) && ingress(value).ok;
  }
}
