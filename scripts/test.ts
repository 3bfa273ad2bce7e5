import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MADE_CHECKS, runChecks, SOURCE_CHECKS } from './checks.ts';
import { runCommand } from './command.ts';
import { addTallies, closingLine, type Tally, tallyTests, writeTally } from './tally.ts';

/** `npm test`: every check, then every test, then one line that counts both. */

const REPORT = '.cache/tests.json';

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
  // The runner colours its output wherever CI is set, whoever reads it.
  const env = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const { code } = await runCommand(join('node_modules', '.bin', 'vitest'), ['run', ...reporters], { show: true, env });
  const { skippedNames, ...tests } = tallyTests(readReport(), code);
  for (const name of skippedNames) console.log(`skipped  ${name}`);
  return tests;
}

function readReport(): unknown {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'));
  } catch (error) {
    console.log(`the tests left no report: ${String(error)}`);
    return undefined;
  }
}
