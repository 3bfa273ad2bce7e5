import { describe, expect, it } from 'vitest';
import { memoryTree, overlayTree } from '../src/kernel/tree.ts';
import { verify } from '../src/pipeline/verify.ts';
import { adequacy } from '../src/stages/functional/adequacy.ts';
import { functional, runCases } from '../src/stages/functional/functional.ts';
import { mutantsOf } from '../src/stages/functional/mutants.ts';
import type { Subject } from '../src/stages/subject.ts';
import { BASE, CONTRACT, load, textOf } from './rules/sample.ts';

const store = await load(BASE);

function subjectOf({ workflows: [loaded] }: typeof store): Subject {
  if (loaded?.subject === undefined) throw new Error('the sample can be judged');
  return loaded.subject;
}

function asking(subject: Subject, share: number): Subject {
  const { law } = subject;
  return { ...subject, law: { ...law, config: { ...law.config, limits: { ...law.config.limits, mutants: share } } } };
}

describe('the mutants of the sample', () => {
  const subject = subjectOf(store);
  const mutants = mutantsOf(subject.program);

  it('are of every kind, and each differs from the workflow', () => {
    expect([...new Set(mutants.map(({ operator }) => operator))]).toEqual([
      'task dropped',
      'arms swapped',
      'condition negated',
      'limit shifted',
      'limit widened',
      'approval removed',
      'catch removed',
    ]);
    expect(mutants.map(({ operator, at }) => `${operator} ${at}`)).toMatchInlineSnapshot(`
      [
        "task dropped /do/0/fetch",
        "task dropped /do/1/read",
        "task dropped /do/2/match",
        "task dropped /do/3/check",
        "task dropped /do/4/refuseUnmatched",
        "task dropped /do/5/refuseDifferent",
        "task dropped /do/6/refuseTooLarge",
        "task dropped /do/8/pay",
        "task dropped /do/8/pay/try/0/transfer",
        "task dropped /do/9/report",
        "arms swapped /do/3/check/switch/0",
        "arms swapped /do/3/check/switch/1",
        "arms swapped /do/3/check/switch/2",
        "condition negated /do/3/check/switch/0/unmatched/when",
        "condition negated /do/3/check/switch/1/different/when",
        "condition negated /do/3/check/switch/2/tooLarge/when",
        "condition negated /do/8/pay/catch/when",
        "limit shifted /do/3/check/switch/2/tooLarge/when",
        "limit widened /do/3/check/switch/2/tooLarge/when",
        "approval removed /do/7/ask",
        "catch removed /do/8/pay/catch",
      ]
    `);
    for (const { document } of mutants) expect(document).not.toEqual(subject.workflow.document);
  });

  it('are all noticed by its cases', () => {
    const { counts, findings } = adequacy(asking(subject, 1));
    expect(findings).toEqual([]);
    expect(counts.killed).toBe(counts.mutants);
    expect(counts.mutants).toBeGreaterThan(15);
  });

  it('live where cases are missing, and are named', () => {
    const few = { ...subject, files: { ...subject.files, cases: subject.files.cases.slice(0, 2) } };
    const { counts, findings } = adequacy(asking(few, 0.9));
    expect(counts.killed).toBeLessThan(counts.mutants);
    expect(findings).toMatchObject([{ rule: 'functional/mutants-survive', data: { ...counts, share: 0.9 } }]);
    expect(adequacy(few)).toEqual({ counts, findings: [] });
    expect(adequacy(asking(few, 0)).findings).toEqual([]);
  });

  it('are not tried where a case fails anyway', () => {
    const [first, ...rest] = subject.files.cases;
    if (first === undefined) throw new Error('the sample has cases');
    const cases = [{ ...first, expect: { ...first.expect, calls: [] } }, ...rest];
    const judged = (one: Subject) => functional(one, runCases(one));
    expect(judged({ ...subject, files: { ...subject.files, cases } }).counts).toMatchObject({ mutants: 0 });
    expect(judged(subject).counts).toMatchObject({ mutants: adequacy(subject).counts.mutants });
  });
});

describe('an invariant', () => {
  const warnings = async (always: string): Promise<readonly string[]> => {
    const added = `invariants:\n  - id: planted\n    always: ${JSON.stringify(always)}\n`;
    const text = textOf(BASE, CONTRACT).replace('invariants:\n', () => added);
    const changed = await load(overlayTree(BASE, memoryTree({ [CONTRACT]: text })));
    const report = await verify(changed, {
      stages: ['functional'],
      seed: 1,
      asOf: undefined,
      verifier: '',
      solver: undefined,
    });
    return report.workflows.flatMap(({ stages }) => stages.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
  };

  it.each([
    'true',
    '(.calls | length) >= 0',
    '[.calls[] | select(. == "mail/delete_message")] | length == 0',
    '[.calls[]] | all((.tol // "") == "")',
  ])('that nothing breaks is told: %s', async (always) => {
    expect(await warnings(always)).toEqual(['functional/invariant-vacuous']);
  });

  it.each([
    '[.calls[] | select(.tool == "mail/delete_message")] | length == 0',
    '(.calls | length) <= 40',
    '(.infers | length) + (.approvals | length) <= 40',
    '[.calls[] | .arguments.amount // 0] | all(. <= 100000)',
    '[.calls[] | select(.tool == "payments/transfer")] | all(.approved)',
    '(.outcome.error == null) or (.outcome.error != "authorization")',
    '(.calls[0].tool // "mail/get_message") == "mail/get_message"',
  ])('that a run could break is not: %s', async (always) => {
    expect(await warnings(always)).toEqual([]);
  });
});
