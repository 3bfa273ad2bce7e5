import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskTree } from '../kernel/disk.ts';
import { finding } from '../kernel/finding.ts';
import { pointerOf } from '../kernel/pointer.ts';
import { assert } from '../kernel/result.ts';
import { memoryTree, overlayTree } from '../kernel/tree.ts';
import { loadLaw } from '../store/law.ts';
import { expiredWaivers, waive } from './waivers.ts';

const STORE = diskTree(join(import.meta.dirname, '..', '..', 'fixtures', 'store'));
const CONFIG = new TextDecoder().decode(STORE.read('store.yaml'));
const WAIVERS = `waivers:
  - { rule: functional/arm-unreached, workflow: finance/*, reason: a case is coming, until: '2026-06-30' }
  - { rule: policy/denied, workflow: finance/*, reason: never, until: '2026-06-30' }`;

function law() {
  const changed = memoryTree({ 'store.yaml': CONFIG.replace('waivers: []', WAIVERS) });
  const loaded = loadLaw(overlayTree(STORE, changed), []);
  assert(loaded.law !== undefined, 'the sample law can be read');
  return loaded.law;
}

const PLACE = { file: 'workflows/finance/a/workflow.yaml', pointer: pointerOf('/do'), line: 1, column: 1 };
const UNREACHED = finding('functional/arm-unreached', PLACE, { task: '/do/0/a', arm: 'b' });
const NO_CASES = finding('functional/no-cases', PLACE, { workflow: 'finance/a' });
const DENIED = finding('policy/denied', PLACE, { action: 'x/y', at: '/do/0/a', policies: [], why: '' });
const functional = (...findings: readonly (typeof UNREACHED)[]) =>
  [{ stage: 'functional', status: 'failed', checks: 3, counts: {}, findings }] as const;

describe('a waiver', () => {
  it('turns what it covers into a warning, and the stage passes', () => {
    const { results, used } = waive(law(), 'finance/a', '2026-06-30', functional(UNREACHED));
    expect(results[0]).toMatchObject({ status: 'passed', findings: [{ severity: 'warning' }] });
    expect(used).toMatchObject([{ rule: 'functional/arm-unreached' }]);
  });

  it.each<[string, string, string | undefined]>([
    ['after its last day', 'finance/a', '2026-07-01'],
    ['for another workflow', 'health/a', '2026-06-30'],
    ['without a day', 'finance/a', undefined],
  ])('is not in force %s', (_, name, asOf) => {
    const results = functional(UNREACHED);
    expect(waive(law(), name, asOf, results)).toEqual({ results, used: [] });
  });

  it('clears only its own rule', () => {
    const { results } = waive(law(), 'finance/a', '2026-06-30', functional(UNREACHED, NO_CASES));
    expect(results[0]).toMatchObject({ status: 'failed', findings: [{ severity: 'warning' }, { severity: 'error' }] });
  });

  it('never covers a breach of policy', () => {
    const results = [{ stage: 'policy', status: 'failed', checks: 3, counts: {}, findings: [DENIED] }] as const;
    expect(waive(law(), 'finance/a', '2026-01-01', results).results).toEqual(results);
  });

  it('is reported at its own line once it has ended', () => {
    const at = CONFIG.slice(0, CONFIG.indexOf('waivers: []')).split('\n').length + 1;
    const [first, second, ...rest] = expiredWaivers(law(), '2026-07-01');
    expect(first).toMatchObject({
      rule: 'structure/waiver-expired',
      severity: 'warning',
      place: { file: 'store.yaml', line: at },
    });
    expect(second).toMatchObject({ place: { line: at + 1 } });
    expect(rest).toEqual([]);
    expect(expiredWaivers(law(), '2026-06-30')).toEqual([]);
    expect(expiredWaivers(law(), undefined)).toEqual([]);
  });
});
