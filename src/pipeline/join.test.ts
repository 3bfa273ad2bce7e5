import { describe, expect, it } from 'vitest';
import { joinReports, type JoinProblem, readShardReport, sentenceOfProblem, type ShardReport } from './join.ts';

const NAMES = ['a/one', 'a/three', 'a/two'];

/** The report of a part, as a job that judged every `of`-th workflow would write it. */
function part(index: number, of: number, change: Partial<ShardReport> = {}, failing = ''): ShardReport {
  const own = NAMES.filter((_, i) => i % of === index - 1);
  const workflows = own.map((name) => ({
    name,
    version: '1.0.0',
    level: 'hardened' as const,
    passed: name !== failing,
  }));
  const passed = !own.includes(failing);
  return {
    format: 'proofmark-change/1',
    outcome: 'judged',
    passed,
    exitCode: passed ? 0 : 1,
    scope: { workflows: NAMES.map((name) => ({ name, because: 'law' })), removed: [], owned: [], law: false },
    shard: { index, of },
    reports: [{ under: 'base', passed, workflows }],
    ...change,
  };
}

function codes(of: number, reports: readonly ShardReport[]): readonly string[] {
  const joined = joinReports(of, reports);
  return joined.ok ? [joined.value.passed ? 'passed' : 'failed'] : joined.error.map(({ code }) => code);
}

describe('reports of all parts', () => {
  it('are one verdict, in whatever order', () => {
    expect(codes(3, [part(3, 3), part(1, 3), part(2, 3)])).toEqual(['passed']);
    expect(codes(1, [part(1, 1)])).toEqual(['passed']);
    const joined = joinReports(2, [part(2, 2), part(1, 2)]);
    expect(joined.ok && joined.value.workflows.map(({ name }) => name)).toEqual(NAMES);
  });

  it('fail where one fails', () => {
    expect(codes(3, [part(1, 3), part(2, 3, {}, 'a/three'), part(3, 3)])).toEqual(['failed']);
  });

  it('have nothing to check where none had', () => {
    const scope = { workflows: [], removed: [], owned: ['README.md'], law: false };
    const reports = [{ under: 'base' as const, passed: true, workflows: [] }];
    const joined = joinReports(1, [part(1, 1, { outcome: 'nothing-to-check', scope, reports })]);
    expect(joined).toMatchObject({ ok: true, value: { outcome: 'nothing-to-check', passed: true } });
  });
});

describe('no verdict comes of', () => {
  const other = { workflows: [], removed: [], owned: ['store.yaml'], law: true };
  it.each<[string, number, readonly ShardReport[], readonly string[]]>([
    ['no report at all', 2, [], ['missing-shard', 'missing-shard']],
    ['a missing part', 3, [part(1, 3), part(3, 3)], ['missing-shard']],
    ['a part in place of another', 2, [part(1, 2), part(1, 2)], ['repeated-shard', 'missing-shard']],
    ['a part of another plan', 2, [part(1, 2), part(2, 2), part(2, 3)], ['unexpected-shard']],
    [
      'fewer parts than were planned',
      3,
      [part(1, 1)],
      ['unexpected-shard', 'missing-shard', 'missing-shard', 'missing-shard'],
    ],
    ['a part about another change', 2, [part(1, 2), part(2, 2, { scope: other })], ['different-scope']],
    [
      'a part that left a workflow out',
      2,
      [part(1, 2, { reports: [{ under: 'base', passed: true, workflows: [] }] }), part(2, 2)],
      ['incomplete', 'incomplete'],
    ],
    [
      'a part that judged what is another’s',
      2,
      [part(1, 2), part(2, 2, { reports: part(1, 1).reports })],
      ['incomplete', 'incomplete'],
    ],
    [
      'parts under different laws',
      2,
      [part(1, 2), part(2, 2, { reports: [{ ...part(2, 2).reports[0]!, under: 'head' }] })],
      ['incomplete', 'incomplete', 'incomplete'],
    ],
  ])('%s', (_, of, reports, expected) => {
    expect(codes(of, reports)).toEqual(expected);
  });
});

describe('a file', () => {
  const read = (value: unknown): string => {
    const bytes = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
    const report = readShardReport('x/report.json', bytes);
    return report.ok ? 'a report' : sentenceOfProblem(report.error);
  };

  it('is a report where it has the form of one', () => {
    expect(read(part(1, 2))).toBe('a report');
    // What a report has besides is not looked at.
    expect(read({ ...part(1, 2), more: [] })).toBe('a report');
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another format', { ...part(1, 2), format: 'proofmark-report/1' }],
    ['no part', { ...part(1, 2), shard: undefined }],
    ['a part beyond all', { ...part(1, 2), shard: { index: 300, of: 300 } }],
    ['a pass with an exit code', { ...part(1, 2), exitCode: 1 }],
    ['a pass over a law that failed', { ...part(1, 2), reports: [{ ...part(1, 2).reports[0]!, passed: false }] }],
    [
      'a pass over a workflow that failed',
      { ...part(1, 2), reports: [{ ...part(1, 2, {}, 'a/one').reports[0]!, passed: true }] },
    ],
    ['no law at all', { ...part(1, 2), reports: [] }],
  ])('is none: %s', (_, value) => {
    expect(read(value)).toMatch(/^x\/report\.json is no report of a part: ./u);
  });

  it('has a sentence for whatever is wrong', () => {
    const shard = { index: 1, of: 2 };
    const problems: readonly JoinProblem[] = [
      { code: 'missing-shard', shard },
      { code: 'repeated-shard', shard },
      { code: 'unexpected-shard', shard },
      { code: 'different-scope', shard },
      { code: 'incomplete', workflow: 'a/one', under: 'base' },
    ];
    expect(problems.map(sentenceOfProblem)).toMatchInlineSnapshot(`
      [
        "the report of part 1 of 2 is missing",
        "part 1 of 2 has two reports",
        "there is a report of part 1 of 2, which nobody planned",
        "part 1 of 2 is about another change than the first",
        "a/one was not judged exactly once under the law of the base",
      ]
    `);
  });
});
