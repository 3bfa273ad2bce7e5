import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/kernel/finding.ts';
import { diskTree } from '../../src/kernel/disk.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { findingToJson } from '../../src/pipeline/evidence.ts';
import { loadStore } from '../../src/pipeline/load.ts';
import { NO_RELEASES } from '../../src/pipeline/releases.ts';
import { replay } from '../../src/pipeline/replay.ts';
import { verify } from '../../src/pipeline/verify.ts';
import type { Run } from '../../src/simulate/model.ts';
import { parseWitness } from '../../src/simulate/witness.ts';
import type { Subject } from '../../src/stages/subject.ts';
import { filesOf, type Seed } from './describe.ts';
import { LAW } from './law.ts';
import { SEEDS } from './seeds.ts';

const MOST_STEPS = 10;
const policies = diskTree('policies');
const SHIPPED = policies.list().map(({ path }) => ({
  path: `policies/${path}`,
  text: new TextDecoder().decode(policies.read(path)),
}));

async function judged(
  seed: Seed,
  bad: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly subject: Subject | undefined }> {
  const store = await loadStore({
    tree: memoryTree({ ...LAW, ...filesOf(seed, bad) }),
    policies: SHIPPED,
    attacks: [],
    wanted: [],
    releases: NO_RELEASES,
    runs: undefined,
    seed: 1,
  });
  const stages = ['structure', 'property', 'policy'] as const;
  const report = await verify(store, { stages, seed: 1, asOf: undefined, verifier: '', solver: undefined });
  expect(report.workflows.flatMap(({ crashes }) => crashes)).toEqual([]);
  const found = report.workflows.flatMap((one) => one.stages.flatMap(({ findings }) => findings));
  return { findings: [...report.findings, ...found], subject: store.workflows[0]?.subject };
}

const steps = (run: Run | undefined): number => run?.steps.filter(({ kind }) => kind === 'task').length ?? 0;
const told = ({ rule, place, data }: Finding): string => `${rule} ${place.pointer} ${JSON.stringify(data)}`;

describe('the seeded store', { timeout: 120_000 }, () => {
  it('has at least thirty workflows, each under its own name', () => {
    expect(new Set(SEEDS.map(({ name }) => name)).size).toBe(SEEDS.length);
    expect(SEEDS.length).toBeGreaterThanOrEqual(30);
  });

  it.each(SEEDS.map((seed) => [seed.name, seed.what, seed] as const))('%s: %s', async (_name, _what, seed) => {
    const { findings, subject } = await judged(seed, true);
    const found = findings.filter(({ rule }) => rule === seed.rule);
    expect(findings.map(told)).toEqual(expect.arrayContaining([expect.stringContaining(seed.rule)]));
    for (const one of found) {
      const { rule } = one;
      // As it is written into a file.
      const { witness } = findingToJson(one);
      if (witness === undefined) continue;
      const parsed = parseWitness(witness);
      if (!parsed.ok || subject === undefined) throw new Error('the witness cannot be read');
      const { world, other } = parsed.value;
      const shown = replay(subject, rule, world, other);
      expect(shown.findings.map((again) => again.rule)).toContain(rule);
      expect(Math.max(steps(shown.run), steps(shown.other))).toBeLessThanOrEqual(MOST_STEPS);
    }
  });

  it.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s, corrected', async (_name, seed) => {
    const { findings } = await judged(seed, false);
    // That something could not be proved either is no report of a defect.
    const defects = findings.filter(({ rule }) => rule !== 'policy/unproved');
    expect(defects.map(told)).toEqual([]);
  });
});
