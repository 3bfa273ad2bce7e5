import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { tooComplex } from '../../src/policy/bound.ts';
import { loadPolicies } from '../../src/policy/cedar.ts';
import { summary } from '../../src/policy/compare.ts';
import { policyTexts, requests, tellingTexts } from '../../src/policy/differential.ts';
import { type CedarEngine, loadEngine } from '../../src/policy/engine.ts';
import { compare, newlySeen } from './symbolic.ts';

/**
 * The interpreter of policies over symbols against the real Cedar engine: what it says of symbols is what Cedar says of the
 * values that they stand for.
 */

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

describe('policies over symbols, and Cedar over their values', () => {
  it('say the same of generated policies and requests', { timeout: 120_000 }, () => {
    const seen = newlySeen();
    fc.assert(
      fc.property(
        fc.oneof(policyTexts, tellingTexts, tellingTexts),
        fc.array(requests, { minLength: 4, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (texts, many, stream) => {
          const text = [...texts.values()].join('\n');
          fc.pre(tooComplex(text) === undefined);
          const { set } = loadPolicies([{ path: 'p.cedar', text }], engine);
          const real = engine.prepare(texts);
          const below = (n: number): number => (stream.next().value ?? 0) % n;
          for (const request of many) compare(set!, request, summary(real(request)), { below, most: 13 }, seen);
        },
      ),
      { seed: 20_262, numRuns: 440 },
    );
    expect(seen.requests).toBeGreaterThan(2000);
    expect(seen.erring).toBeGreaterThan(seen.requests / 20);
    expect(seen.telling).toBeGreaterThan(seen.requests / 5);
    expect(seen.inexact).toBeLessThan(seen.requests / 10);
    expect(seen.cut).toBeLessThan(seen.requests / 100);
  });
});
