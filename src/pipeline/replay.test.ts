import { describe, expect, it } from 'vitest';
import { BASE, load } from '../../test/rules/sample.ts';
import type { Subject } from '../stages/subject.ts';
import type { LoadedStore } from './load.ts';
import type { WorkflowReport } from './report.ts';
import { verify } from './verify.ts';

const OPTIONS = { seed: 1, asOf: undefined, verifier: 'sha256-', solver: undefined };

async function judged(change: (subject: Subject) => Subject): Promise<{ exitCode: number; workflow: WorkflowReport }> {
  const store = await load(BASE);
  const tampered: LoadedStore = {
    ...store,
    workflows: store.workflows.map((loaded) => ({
      ...loaded,
      subject: loaded.subject && change(loaded.subject),
    })),
  };
  const { exitCode, workflows } = await verify(tampered, OPTIONS);
  const [workflow] = workflows;
  if (workflow === undefined) throw new Error('the base has a workflow');
  return { exitCode, workflow };
}

const denied = ({ stages }: WorkflowReport) =>
  stages.flatMap(({ findings }) => findings.filter(({ rule }) => rule === 'policy/denied'));

/** A gate that refuses what ends a run, `times` times. */
const refusing = (subject: Subject, times: number): Subject => {
  let left = times;
  return {
    ...subject,
    worlds: 5,
    gate: (effect) => {
      if (effect.kind !== 'return' || left === 0) return subject.gate(effect);
      left -= 1;
      return { allowed: false, refusals: [{ reason: 'policy', id: 'moody', detail: '' }], grants: [] };
    },
  };
};

describe('a counterexample', () => {
  it('that replays is a finding', async () => {
    const { exitCode, workflow } = await judged((subject) => refusing(subject, Infinity));
    expect(denied(workflow)).not.toEqual([]);
    expect([exitCode, workflow.crashes]).toEqual([1, []]);
  });

  it('that does not replay is a fault of ours, and its witness stays in the report', async () => {
    const { exitCode, workflow } = await judged((subject) => refusing(subject, 1));
    expect(exitCode).toBe(3);
    expect(workflow.passed).toBe(false);
    expect(workflow.crashes.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^the witness of policy\/denied at .* does not replay: its run shows no such breach$/u),
    );
    expect(denied(workflow).map(({ witness }) => witness?.rule)).toEqual(['policy/denied']);
  });

  it('that the real engine would permit is a fault of ours', async () => {
    const { exitCode, workflow } = await judged((subject) => ({
      ...refusing(subject, Infinity),
      compare: ({ allowed }) => (allowed ? undefined : { action: 'return', ours: 'deny', cedar: 'allow' }),
    }));
    expect(exitCode).toBe(3);
    expect(workflow.crashes.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/does not replay: .*our interpreter says deny and the Cedar engine says allow$/u),
    );
    expect(denied(workflow)).not.toEqual([]);
  });
});
