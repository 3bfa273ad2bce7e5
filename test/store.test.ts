import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { shipped } from '../src/cli/shipped.ts';
import { withSolver } from '../src/connect/solver.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { STAGES } from '../src/kernel/rules.ts';
import { loadStore } from '../src/pipeline/load.ts';
import { NO_RELEASES } from '../src/pipeline/releases.ts';
import type { Report } from '../src/pipeline/report.ts';
import { verify } from '../src/pipeline/verify.ts';

const ROOT = join(import.meta.dirname, '..');

async function verifySample(seed: number): Promise<Report> {
  const home = shipped(ROOT);
  const tree = diskTree(join(ROOT, 'fixtures', 'store'));
  const store = await loadStore({
    tree,
    policies: home.policies,
    attacks: home.attacks,
    wanted: [],
    releases: NO_RELEASES,
    runs: undefined,
    seed,
  });
  return withSolver(ROOT, (solver) => verify(store, { seed, asOf: undefined, verifier: home.digest, solver }));
}

describe('the sample store', () => {
  let report: Report;
  beforeAll(async () => {
    report = await verifySample(1);
  }, 300_000);

  it('passes, each workflow at the level that its risk asks for', () => {
    const problems = report.workflows.flatMap(({ name, stages, crashes }) => [
      ...stages.flatMap(({ findings }) =>
        findings.map(({ rule, place, data }) => `${name} ${rule} ${place.file}:${place.line} ${JSON.stringify(data)}`),
      ),
      ...crashes.map(({ stage, message }) => `${name} ${stage} crashed: ${message}`),
    ]);
    expect([...report.findings, ...problems]).toEqual([]);
    expect(report.exitCode).toBe(0);
  });

  it('has the eight workflows, judged in all six stages', () => {
    expect(report.workflows.map(({ name }) => name)).toEqual([
      'development/triage-issue',
      'enterprise/onboard-employee',
      'finance/pay-invoice',
      'health/check-interactions',
      'infrastructure/shed-load',
      'personal/book-trip',
      'personal/summarise-notes',
      'personal/triage-inbox',
    ]);
    for (const { stages } of report.workflows) {
      expect(stages.map(({ stage }) => stage)).toEqual(STAGES);
      expect(stages.every(({ checks }) => checks > 0)).toBe(true);
    }
  });

  it('is proved', () => {
    for (const { name, stages, level } of report.workflows) {
      const policy = stages.find(({ stage }) => stage === 'policy');
      expect([name, policy?.status, level]).toEqual([name, 'passed', 'proved']);
      expect(policy?.counts['refuted']).toBe(0);
      expect(policy?.counts['unknown']).toBe(0);
    }
  });

  it('gives the same evidence again', async () => {
    const again = await verifySample(1);
    expect(again.workflows.map(({ evidence }) => evidence)).toEqual(report.workflows.map(({ evidence }) => evidence));
  }, 300_000);
});
