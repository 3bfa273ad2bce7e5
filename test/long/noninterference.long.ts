import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leak, type Pair, pairs, sway } from '../../src/machine/noninterference.ts';

const SEEDS = 10;
const PAIRS = 20_000;

/** The first pair of a seed that can be told apart, and how. */
function first(seed: number, tell: (pair: Pair) => string | undefined): string | undefined {
  const found = fc.check(
    fc.property(pairs, (pair) => tell(pair) === undefined),
    { seed, numRuns: PAIRS },
  );
  const [pair] = found.counterexample ?? [];
  return pair && `${tell(pair)} in ${JSON.stringify(pair)}`;
}

describe('noninterference of the machine, at length', () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => 1000 + i))('hides secrets in the workflows of seed %i', (seed) => {
    expect(first(seed, leak)).toBeUndefined();
  });

  it.each(Array.from({ length: SEEDS }, (_, i) => 2000 + i))(
    'knows who chose what in the workflows of seed %i',
    (seed) => {
      expect(first(seed, sway)).toBeUndefined();
    },
  );
});
