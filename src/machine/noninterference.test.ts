import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NO_WRITES, type Program } from '../flow/model.ts';
import type { Flow, Region } from '../flow/model.ts';
import { NO_MARKS } from '../value/label.ts';
import type * as fold from './fold.ts';
import { leak, pairs, sway } from './noninterference.ts';
import { RegionStack } from './stack.ts';

const planted = vi.hoisted(() => ({ deaf: false, keepsContext: false }));

vi.mock('../expression/evaluate.ts', async (original) => {
  const actual = await original<typeof import('../expression/evaluate.ts')>();
  const evaluate: typeof actual.evaluate = (expression, environment) =>
    actual.evaluate(expression, planted.deaf ? { ...environment, mayThrow: () => {} } : environment);
  return { ...actual, evaluate };
});

vi.mock('./fold.ts', async (original) => {
  const actual = await original<typeof fold>();
  const foldContext: typeof actual.foldContext = (context, ...rest) =>
    planted.keepsContext ? context : actual.foldContext(context, ...rest);
  return { ...actual, foldContext };
});

/** The first generated pair of runs that can be told apart, and how. */
function firstLeak(change?: (made: Program) => Program, numRuns = 3000): string | undefined {
  const found = fc.check(
    fc.property(pairs, (pair) => leak(pair, change) === undefined),
    { seed: 7, numRuns, endOnFailure: true },
  );
  const [pair] = found.counterexample ?? [];
  return pair && `${leak(pair, change)} in ${JSON.stringify(pair)}`;
}

function withFlow(change: (flow: Flow) => Flow): (made: Program) => Program {
  return (made) => ({ ...made, flow: (guarded) => change(made.flow(guarded)) });
}

const WITHOUT_WRITES = (region: Region | undefined): Region | undefined => region && { ...region, writes: NO_WRITES };

describe('two runs that differ in a secret alone', () => {
  it('make the same calls with the same arguments, but for what is labelled secret', () => {
    expect(firstLeak(undefined, 500)).toBeUndefined();
  });

  it('which differ in what a tool and a model answer make the same calls, but for what is labelled as theirs', () => {
    const found = fc.check(
      fc.property(pairs, (pair) => sway(pair) === undefined),
      { seed: 7, numRuns: 500, endOnFailure: true },
    );
    const [pair] = found.counterexample ?? [];
    expect(pair && `${sway(pair)} in ${JSON.stringify(pair)}`).toBeUndefined();
  });

  describe('are told apart by a machine in which', () => {
    afterEach(() => {
      vi.restoreAllMocks();
      planted.deaf = false;
      planted.keepsContext = false;
    });

    it('calls do not carry the decisions around them', () => {
      vi.spyOn(RegionStack.prototype, 'control').mockReturnValue(NO_MARKS);
      expect(firstLeak()).toMatch(/ in /u);
    });

    it('nothing is folded where a region ends', () => {
      const { decision, failure } = memoised();
      const change = withFlow((flow) => ({
        decision: (node) => decision(flow, node),
        failure: (node) => failure(flow, node),
      }));
      expect(firstLeak(change)).toMatch(/ in /u);
    });

    it('$context is not folded where a region ends', () => {
      planted.keepsContext = true;
      expect(firstLeak()).toMatch(/ in /u);
    });

    it('operations that might have failed say nothing', () => {
      planted.deaf = true;
      expect(firstLeak()).toMatch(/ in /u);
    });

    it('failures have no regions', () => {
      expect(firstLeak(withFlow((flow) => ({ ...flow, failure: () => undefined })))).toMatch(/ in /u);
    });
  });
});

/** Regions without writes; the same object for the same region, as the stack compares them. */
function memoised(): {
  readonly decision: (flow: Flow, node: number) => Region | undefined;
  readonly failure: (flow: Flow, node: number) => Region | undefined;
} {
  const known = new Map<Region, Region | undefined>();
  const without = (region: Region | undefined): Region | undefined => {
    if (region !== undefined && !known.has(region)) known.set(region, WITHOUT_WRITES(region));
    return region && known.get(region);
  };
  return {
    decision: (flow, node) => without(flow.decision(node)),
    failure: (flow, node) => without(flow.failure(node)),
  };
}
