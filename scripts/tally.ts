import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** How many checks and tests ran; a script that continues another's work adds to it. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

const FILE = '.cache/tally.json';
const Count = z.int().nonnegative();
const StoredTally = z.strictObject({ passed: Count, failed: Count, skipped: Count });

/** What we read of the test runner's JSON report. */
const Report = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/**
 * Counts a test run. A file that cannot be loaded counts as one failure, and so does a run that ended badly, or ran nothing, without a failed
 * test. `skippedNames` has the full name of each test that did not run.
 *
 * @param code exit code of the runner.
 */
export function tallyTests(report: unknown, code: number): Tally & { readonly skippedNames: readonly string[] } {
  const parsed = Report.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0, skippedNames: [] };
  const { success, testResults } = parsed.data;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  const failed = tests.filter(({ status }) => status === 'failed').length + unloaded;
  const skippedNames = tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName);
  const ended = code === 0 && success && passed > 0;
  return { passed, failed: ended ? failed : Math.max(1, failed), skipped: skippedNames.length, skippedNames };
}

/** The closing line of every run, alone on its line: `12 passed, 0 failed, 1 skipped`. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function addTallies(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function writeTally(tally: Tally): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(tally));
}

/** A missing tally is a run that never came to its end: one failure. */
export function readTally(): Tally {
  try {
    return StoredTally.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
