import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MADE_CHECKS, runChecks, SOURCE_CHECKS } from './checks.ts';
import { runCommand } from './command.ts';
import { addTallies, closingLine, type Tally, writeTally } from './tally.ts';

/** `npm test`: every check, then every test, then one line that counts both. */

const REPORT = '.cache/tests.json';

const Report = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numTotalTests: z.number(),
  testResults: z.array(
    z.object({ name: z.string(), assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })) }),
  ),
});

const checks = [...SOURCE_CHECKS, ...MADE_CHECKS];
const failed = await runChecks(checks);
const tally = addTallies(
  { passed: checks.length - failed.length, failed: failed.length, skipped: 0 },
  await runTests(),
);
writeTally(tally);
console.log(closingLine(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;

async function runTests(): Promise<Tally> {
  rmSync(REPORT, { force: true });
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${REPORT}`];
  const { code } = await runCommand(join('node_modules', '.bin', 'vitest'), ['run', ...reporters], { show: true });
  let report: z.infer<typeof Report>;
  try {
    report = Report.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
  } catch {
    console.log('the tests left no report');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const skipped = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
  );
  for (const name of skipped) console.log(`skipped  ${name}`);
  // A file that cannot be loaded and an error outside any test fail the run without a failed test.
  const ended = code === 0 && report.success && report.numPassedTests > 0;
  return {
    passed: report.numPassedTests,
    failed: ended ? report.numFailedTests : Math.max(1, report.numFailedTests),
    skipped: skipped.length,
  };
}
