import type { World } from '../simulate/model.ts';
import type { Met, Situation } from './explore.ts';
import type { Condition } from './obligations.ts';
import { queriesOf } from './smt/query.ts';
import type { Inquiry } from './smt/solver.ts';
import { worldOf } from './witness.ts';

/** Paths that are kept for one doubt, and worlds that are tried for each. */
const KEPT = 6;
const SEEDS = 12;

/** Why something may be so in some run, and the paths on which it may. */
export class Doubt {
  private readonly whys = new Set<string>();
  private readonly situations: Situation[] = [];
  /** For every path, the questions about it; `undefined` where some reason holds whatever the path is. */
  private conditions: Map<string, Condition> | undefined = new Map();

  /** In words; `''` where there is none. */
  get why(): string {
    return [...this.whys].join('; ');
  }

  /** For a reason that no question about a path can settle. */
  always(why: string): void {
    this.whys.add(why);
    this.conditions = undefined;
  }

  /** On the path as it is here. */
  on(met: Met, ...whys: readonly string[]): void {
    for (const why of whys) this.whys.add(why);
    if (this.situations.length < KEPT) this.situations.push(met.situation());
    if (this.conditions === undefined) return;
    const condition = queriesOf(met.explorer.knowledge).map(({ text }) => text);
    this.conditions.set(JSON.stringify(condition), condition);
  }

  /** Whether it is none: no run takes any of the paths. */
  async isUnfounded(inquiry: Inquiry): Promise<boolean> {
    return this.conditions !== undefined && (await inquiry.areImpossible(this.conditions.values()));
  }

  /** Worlds that may take one of the paths: with values that are drawn, then with values that the relations of the path allow. */
  async *worlds(inquiry: Inquiry): AsyncGenerator<World> {
    for (let seed = 0; seed < SEEDS; seed += 1)
      for (const situation of this.situations) {
        const world = worldOf(situation, seed);
        if (world !== undefined) yield world;
      }
    for (const situation of this.situations) {
      const queries = queriesOf(situation.knowledge);
      const values = queries.length === 0 ? undefined : await inquiry.valuesFor(queries);
      if (values === undefined) continue;
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const world = worldOf(situation, seed, values);
        if (world !== undefined) yield world;
      }
    }
  }
}
