import { runCommand } from './command.ts';
import { addTallies, closingLine, readTally } from './tally.ts';

/**
 * Runs the committed `dist/` under this Node and under the one that GitHub Actions has; both must succeed with the same bytes on standard
 * output. Continues the tally of `npm test` and prints the closing line of the whole run.
 */

const OTHER = ['npx', '-y', '-p', 'node@24', 'node'] as const;

const runs: readonly (readonly string[])[] = [['--version'], ['--help']];

type Runtime = (
  args: readonly string[],
) => Promise<{ readonly code: number; readonly stdout: string; readonly all: string }>;

const here: Runtime = (args) => runCommand(process.execPath, args);
const there: Runtime = (args) => runCommand(OTHER[0], [...OTHER.slice(1), ...args]);

const problems: string[] = [];
const version = await there(['--version']);
console.log(`this Node is ${process.version}, the other ${version.stdout.trim() || 'missing'}`);
if (!version.stdout.startsWith('v24.')) problems.push(`Node 24 does not run:\n${version.all}`);
for (const args of runs) {
  const command = ['dist/cli.js', ...args];
  const [first, second] = await Promise.all([here(command), there(command)]);
  const problem =
    first.code !== 0 || second.code !== 0
      ? `ended with ${first.code} and ${second.code}:\n${first.all}\n${second.all}`
      : first.stdout === second.stdout
        ? undefined
        : 'gave different bytes';
  console.log(`${problem === undefined ? 'passed' : 'FAILED'}  node ${command.join(' ')} on both`);
  if (problem !== undefined) problems.push(`node ${command.join(' ')} ${problem}`);
}
for (const problem of problems) console.log(problem);

const count = runs.length + 1;
const tally = addTallies(readTally(), { passed: count - problems.length, failed: problems.length, skipped: 0 });
console.log(closingLine(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;
