import { describe, expect, it } from 'vitest';
import { describeMutants } from './describe.ts';
import { MUTANTS, type Oracle } from './mutants.ts';

describeMutants(0, 2);

describe('the list of mutants', () => {
  it('leaves none that no oracle notices', () => {
    expect(MUTANTS.filter(({ shared, drift }) => shared.length + drift.length === 0)).toEqual([]);
  });

  it.each<[Oracle, number]>([
    ['noninterference', 12],
    ['coverage', 28],
    ['self-check', 20],
    ['reference', 4],
  ])('has enough for %s', (oracle, least) => {
    const own = MUTANTS.filter(({ shared, drift }) => [...shared, ...drift].includes(oracle));
    expect(own.length).toBeGreaterThanOrEqual(least);
  });
});
