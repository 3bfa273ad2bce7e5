import { describe, expect, it } from 'vitest';
import { finding, type Witness } from '../kernel/finding.ts';
import { pointerOf } from '../kernel/pointer.ts';
import type { Report, WorkflowReport } from '../pipeline/report.ts';
import { conclusion, type Page, workflowBlock } from './pretty.ts';
import { PLAIN } from './style.ts';

const FILE = 'workflows/finance/pay/workflow.yaml';
const PLACE = { file: FILE, pointer: pointerOf('/do/0/pay'), line: 2, column: 5, end: { line: 2, column: 8 } };
const PAGE: Page = { style: PLAIN, sourceOf: (file) => (file === FILE ? 'do:\n  - pay: {}\n' : undefined) };
const WITNESS: Witness = {
  format: 'proofmark-witness/1',
  rule: 'property/undeclared-outcome',
  subject: { name: 'finance/pay', version: '1.0.0', digest: 'sha256-a' },
  law: 'sha256-b',
  input: {},
  replies: {},
  choices: {},
};

function workflow(more: Partial<WorkflowReport>): WorkflowReport {
  return {
    name: 'finance/pay',
    version: '1.0.0',
    risk: 'high',
    level: 'hardened',
    needed: 'hardened',
    passed: true,
    stages: [
      { stage: 'structure', status: 'passed', checks: 12, counts: {}, findings: [] },
      { stage: 'policy', status: 'sampled', checks: 90, counts: {}, findings: [] },
    ],
    crashes: [],
    evidence: null,
    ...more,
  };
}

function report(workflows: readonly WorkflowReport[]): Report {
  const passed = workflows.every((one) => one.passed);
  return { store: 'example', passed, exitCode: passed ? 0 : 1, findings: [], workflows };
}

describe('a report for people', () => {
  it('is one block for a workflow that passed', () => {
    expect(workflowBlock(workflow({}), PAGE)).toMatchInlineSnapshot(`
      "PASS finance/pay@1.0.0  hardened
           ✓ structure 12  ≈ policy 90
      "
    `);
  });

  it('shows a finding with its line, its remedy and the file that replays it', () => {
    const found = finding('property/undeclared-outcome', PLACE, { outcome: 'timeout' }, { witness: WITNESS });
    const failed = workflow({
      passed: false,
      level: 'structured',
      stages: [{ stage: 'property', status: 'failed', checks: 3, counts: {}, findings: [found] }],
    });
    expect(workflowBlock(failed, { ...PAGE, output: 'out' })).toMatchInlineSnapshot(`
      "FAIL finance/pay@1.0.0  structured (needs hardened)
           ✗ property 3

        error property/undeclared-outcome  workflows/finance/pay/workflow.yaml:2:5
          it can end with the error timeout, which contract.yaml does not list under errors
            |
          2 |   - pay: {}
            |     ^^^
          fix: catch the failure, or list timeout under errors so that callers know of it
          replay: proofmark replay out/finance/pay/witness-1-property-undeclared-outcome.json
      "
    `);
    expect(conclusion(report([failed]), PAGE)).toMatchInlineSnapshot(`
      "
      0 passed, 1 failed, 1 finding
      Numbers count checks: files, cases, worlds, attacks, releases, decisions.
      1 finding has a counterexample: add --output DIR, then proofmark replay DIR/…
      "
    `);
  });

  it('shows a crash as our own fault', () => {
    const crashed = workflow({ passed: false, crashes: [{ stage: 'adversarial', message: 'Defect: an invariant' }] });
    expect(workflowBlock(crashed, PAGE)).toContain(
      'the adversarial stage crashed: Defect: an invariant (a fault of Proofmark)',
    );
  });

  it('never lets a name or a finding speak to the terminal or the runner', () => {
    const hostile = '\u001B[2J\n::set-output name=x::y ##[error]\u202E';
    const found = finding('structure/bad-name', { ...PLACE, file: hostile }, { name: hostile });
    const shown = workflowBlock(
      workflow({
        name: hostile,
        stages: [{ stage: 'structure', status: 'failed', checks: 1, counts: {}, findings: [found] }],
      }),
      { ...PAGE, sourceOf: () => `ok\n${hostile}` },
    );
    expect(shown).not.toMatch(/\u001B|\u202E|^::|##\[/mu);
  });

  it('counts what it does not show', () => {
    const many = Array.from({ length: 30 }, () => finding('structure/bad-name', PLACE, { name: 'X' }));
    const shown = workflowBlock(
      workflow({ stages: [{ stage: 'structure', status: 'failed', checks: 1, counts: {}, findings: many }] }),
      PAGE,
    );
    expect(shown.match(/error structure\/bad-name/gu)).toHaveLength(20);
    expect(shown).toContain('and 10 more findings');
  });
});
