import { describe, expect, it } from 'vitest';
import { finding } from '../kernel/finding.ts';
import type { Place } from '../kernel/place.ts';
import { ROOT } from '../kernel/pointer.ts';
import type { ChangeReport } from '../pipeline/change.ts';
import { summaryOf } from './summary.ts';

const PLACE: Place = { file: 'workflows/a/b/contract.yaml', pointer: ROOT, line: 3, column: 1 };

function report(count: number, key = '<b>@org/team</b>'): ChangeReport {
  const findings = Array.from({ length: count }, (_, i) =>
    finding('structure/unknown-key', PLACE, { key: `${key}${i}`, suggestion: null }),
  );
  return {
    outcome: 'judged',
    scope: { workflows: [{ name: 'a/b', because: 'changed' }], removed: ['a/c'], owned: ['tools/x.yaml'], law: true },
    passed: false,
    exitCode: 1,
    reports: [
      {
        under: 'base',
        report: {
          store: 'sample',
          passed: false,
          exitCode: 1,
          findings: [finding('structure/unexpected-file', { ...PLACE, file: 'tools/x' }, { path: 'tools/x' })],
          workflows: [
            {
              name: 'a/b',
              version: '1.0.0',
              risk: 'low',
              level: 'none',
              needed: 'tested',
              passed: false,
              stages: [{ stage: 'structure', status: 'failed', checks: 4, counts: {}, findings }],
              crashes: [{ stage: 'policy', message: '::error::x' }],
              evidence: null,
            },
          ],
        },
      },
    ],
  };
}

const size = (text: string): number => new TextEncoder().encode(text).length;

describe('the job summary', () => {
  it('shows verdict, scope, stages and findings', () => {
    const text = summaryOf(report(1));
    expect(text).toMatchInlineSnapshot(`
      "## Proofmark: failed

      Removed: <code>a&#47;c</code>

      Outside the folder of any workflow, so for the store's owners to decide: <code>tools&#47;x&#46;yaml</code>

      1 finding in the law and the layout of the store:

      - **error** \`structure/unexpected-file\` at <code>tools&#47;x&#58;3&#58;1</code><br><code>tools&#47;x has no place in a store</code><br>fix: <code>move or remove it&#59; a workflow folder holds workflow&#46;yaml&#44; contract&#46;yaml&#44; README&#46;md and tests&#47;&#42;&#46;yaml</code>

      | workflow | verdict | level | structure | functional | property | adversarial | compatibility | policy | judged because |
      |---|---|---|---|---|---|---|---|---|---|
      | <code>a&#47;b&#64;1&#46;0&#46;0</code> | **fail** | none, needs tested | ✗ 4 |  |  |  |  |  | changed |

      ✓ passed, ≈ sampled (nothing found, not proved), ✗ failed, ? no verdict; numbers count checks.

      #### <code>a&#47;b</code>: 1 finding

      - **the policy stage crashed**: <code>&#58;&#58;error&#58;&#58;x</code>, a fault of Proofmark
      - **error** \`structure/unknown-key\` at <code>workflows&#47;a&#47;b&#47;contract&#46;yaml&#58;3&#58;1</code><br><code>the key &#34;&#60;b&#62;&#64;org&#47;team&#60;&#47;b&#62;0&#34; has no meaning here</code><br>fix: <code>remove it&#59; notes go into a comment or into document&#46;metadata</code>

      "
    `);
  });

  it.each([400, 1000, 5000, 100_000])('stays within %i bytes and counts what it leaves out', (bytes) => {
    const text = summaryOf(report(2000), bytes);
    expect(size(text)).toBeLessThanOrEqual(bytes);
    const [, left = ''] = /\n(\d+) more entries are left out here/u.exec(text) ?? [];
    const shown = text.match(/^- \*\*error\*\* `structure\/unknown-key`/gmu)?.length ?? 0;
    expect(Number(left) + shown).toBeGreaterThanOrEqual(2000);
  });

  it('leaves nothing out where all of it fits', () => {
    expect(summaryOf(report(2000))).not.toContain('left out');
  });
});
