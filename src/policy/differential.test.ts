import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { tooComplex } from './bound.ts';
import { loadPolicies } from './cedar.ts';
import { summary } from './compare.ts';
import { policyTexts, requests } from './differential.ts';
import type { CedarEngine } from './engine.ts';
import { loadEngine } from './engine.ts';

/** Tens of thousands make V8 abort on Node 20, unless it is started with `--no-turbo-inline-js-wasm-calls`. */
const RUNS = 420;

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

describe('our interpreter and the real engine', () => {
  it('decide alike, for the same policies, with errors in the same policies', { timeout: 60_000 }, () => {
    const seen = { allowed: 0, denied: 0, erring: 0, satisfied: 0, requests: 0 };
    fc.assert(
      fc.property(policyTexts, fc.array(requests, { minLength: 4, maxLength: 6 }), (texts, many) => {
        const text = [...texts.values()].join('\n');
        fc.pre(tooComplex(text) === undefined);
        const { set, findings } = loadPolicies([{ path: 'p.cedar', text }], engine);
        expect(findings).toEqual([]);
        const real = engine.prepare(texts);
        for (const request of many) {
          const ours = set!.decide(request);
          expect(summary(ours)).toBe(summary(real(request)));
          seen.requests += 1;
          seen.allowed += ours.allowed ? 1 : 0;
          seen.denied += ours.determining.length > 0 && !ours.allowed ? 1 : 0;
          seen.erring += ours.errors.length > 0 ? 1 : 0;
          seen.satisfied += ours.determining.length;
        }
      }),
      { seed: 20_261, numRuns: RUNS },
    );
    // The generator must reach every kind of answer, or agreement would mean little.
    expect(seen.requests).toBeGreaterThan(2000);
    for (const kind of ['allowed', 'denied', 'erring'] as const) expect(seen[kind]).toBeGreaterThan(seen.requests / 20);
  });
});
