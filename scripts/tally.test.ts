import { describe, expect, it } from 'vitest';
import { addTallies, closingLine, tallyTests } from './tally.ts';

function report(success: boolean, ...files: { status: string; tests: Record<string, string> }[]): unknown {
  return {
    success,
    testResults: files.map(({ status, tests }) => ({
      status,
      assertionResults: Object.entries(tests).map(([fullName, state]) => ({ fullName, status: state })),
    })),
  };
}

describe('the tally of a test run', () => {
  it('counts tests and names those that did not run', () => {
    const run = report(true, { status: 'passed', tests: { a: 'passed', b: 'passed', c: 'skipped', d: 'todo' } });
    expect(tallyTests(run, 0)).toEqual({ passed: 2, failed: 0, skipped: 2, skippedNames: ['c', 'd'] });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    const run = report(
      false,
      { status: 'failed', tests: { a: 'passed', b: 'failed' } },
      { status: 'failed', tests: {} },
    );
    expect(tallyTests(run, 1)).toMatchObject({ passed: 1, failed: 2 });
  });

  it.each([
    ['ended badly', report(true, { status: 'passed', tests: { a: 'passed' } }), 1],
    ['did not succeed', report(false, { status: 'passed', tests: { a: 'passed' } }), 0],
    ['ran nothing', report(true), 0],
    ['skipped everything', report(true, { status: 'passed', tests: { a: 'skipped' } }), 0],
    ['left no report', undefined, 0],
    ['left a report of another form', { success: true }, 0],
  ])('is a failure when the run %s', (_, run, code) => {
    expect(tallyTests(run, code).failed).toBe(1);
  });
});

describe('the closing line', () => {
  it('counts passed, failed and, where there are any, skipped', () => {
    expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(closingLine({ passed: 12, failed: 3, skipped: 1 })).toBe('12 passed, 3 failed, 1 skipped');
  });

  it('adds up', () => {
    expect(addTallies({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 })).toEqual({
      passed: 11,
      failed: 22,
      skipped: 33,
    });
  });
});
