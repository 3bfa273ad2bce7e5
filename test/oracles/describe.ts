import { beforeAll, describe, expect, it } from 'vitest';
import { leavesOut, strays, truths } from './judge.ts';
import { type Mutant, MUTANTS, type Oracle } from './mutants.ts';
import { type Drivers, Workshop } from './planted.ts';

/** Seeds from which pairs of runs are drawn until one can be told apart, and how many from each. */
const SEEDS = [8, 7];
const PAIRS = 1000;
/** Documents that are read both ways, and the seed of the first. */
const DOCUMENTS = { seed: 5000, count: 250 };

/** Every `parts`-th mutant, so that several test files share them between the cores. */
export function describeMutants(part: number, parts: number): void {
  describe(`mutants of the machine, part ${part + 1} of ${parts}`, () => {
    const workshop = new Workshop(`mutants-${part}`);
    let sound: Drivers;
    let truth: ReturnType<typeof truths>;
    beforeAll(async () => {
      sound = await workshop.sound();
      truth = truths(sound);
    }, 120_000);

    /** What an oracle has against a machine that both drivers share. */
    function against(oracle: Oracle, drivers: Drivers, pairs = PAIRS): string | undefined {
      switch (oracle) {
        case 'noninterference':
          for (const seed of SEEDS) {
            const found = drivers.interference(seed, pairs);
            if (found !== undefined) return found;
          }
          return undefined;
        case 'coverage':
          return leavesOut(truth, drivers, drivers, sound);
        case 'self-check':
          return strays(truth, drivers, drivers, sound);
        case 'reference':
          return drivers.misreadings(DOCUMENTS.seed, DOCUMENTS.count) > 0 ? 'documents are misread' : undefined;
      }
    }

    /** What one has against two machines of which one is the mutant. */
    function apart(oracle: Mutant['drift'][number], drivers: Drivers): string | undefined {
      const compare = oracle === 'coverage' ? leavesOut : strays;
      return compare(truth, drivers, sound, sound) ?? compare(truth, sound, drivers, sound);
    }

    it('no oracle has anything against the machine as it is', () => {
      const oracles: readonly Oracle[] = ['coverage', 'self-check', 'reference'];
      const found = [...oracles.map((oracle) => against(oracle, sound)), against('noninterference', sound, 100)];
      expect(found).toEqual([undefined, undefined, undefined, undefined]);
    }, 120_000);

    it.each(MUTANTS.filter((_, i) => i % parts === part))(
      '$name: noticed by $shared, apart by $drift',
      async (mutant) => {
        const drivers = await workshop.planted(mutant);
        expect(mutant.shared.filter((oracle) => against(oracle, drivers) === undefined)).toEqual([]);
        expect(mutant.drift.filter((oracle) => apart(oracle, drivers) === undefined)).toEqual([]);
      },
      120_000,
    );
  });
}
