import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Program } from '../flow/model.ts';
import { NO_MARKS } from '../value/label.ts';
import { leak, pairs } from './noninterference.ts';
import { RegionStack } from './stack.ts';

const RUNS = 800;

/** The first generated pair of runs that can be told apart, and how. */
function firstLeak(change?: (made: Program) => Program): string | undefined {
  const found = fc.check(
    fc.property(pairs, (pair) => leak(pair, change) === undefined),
    { seed: 7, numRuns: RUNS },
  );
  const [pair] = found.counterexample ?? [];
  return pair && `${leak(pair, change)} in ${JSON.stringify(pair)}`;
}

describe('noninterference', () => {
  it('holds for generated workflows', () => {
    expect(firstLeak()).toBeUndefined();
  });
});

describe('a planted defect is found:', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('calls do not carry the decisions around them', () => {
    vi.spyOn(RegionStack.prototype, 'control').mockReturnValue(NO_MARKS);
    expect(firstLeak()).toMatch(/ in /u);
  });
});
