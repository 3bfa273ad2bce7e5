import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCommand } from './command.ts';
import { addTallies, closingLine, readTally } from './tally.ts';

/**
 * Runs the committed `dist/` twice: here under this Node, and in another folder, time zone and locale under the Node that GitHub Actions has.
 * Both must succeed with the same bytes on standard output. Continues the tally of `npm test` and prints the closing line of the whole run.
 */

/** What a copy of the project needs to run; nothing is installed beside it. */
const SHIPPED = ['dist', 'policies', 'catalog', 'fixtures'];

const COMMANDS: readonly (readonly string[])[] = [
  ['--version'],
  ['--help'],
  ...(existsSync('fixtures/store') ? [['verify', 'fixtures/store', '--format', 'json']] : []),
];

const copy = mkdtempSync(join(tmpdir(), 'proofmark-'));
try {
  for (const name of SHIPPED) if (existsSync(name)) cpSync(name, join(copy, name), { recursive: true });
  const version = await otherNode(['--version']);
  const problems = version.stdout.startsWith('v24.') ? [] : [`there is no Node 24:\n${version.all}`];
  console.log(`this Node is ${process.version}, the other ${version.stdout.trim()}`);
  for (const args of COMMANDS) {
    const command = ['dist/cli.js', ...args];
    const first = await runCommand(process.execPath, command, { env: { TZ: 'UTC', LC_ALL: 'C' } });
    const second = await otherNode(command);
    const problem = compare(first, second);
    console.log(`${problem === undefined ? 'passed' : 'FAILED'}  node ${command.join(' ')} on both`);
    if (problem !== undefined) problems.push(`node ${command.join(' ')} ${problem}`);
  }
  for (const problem of problems) console.log(problem);

  const count = COMMANDS.length + 1;
  const tally = addTallies(readTally(), { passed: count - problems.length, failed: problems.length, skipped: 0 });
  console.log(closingLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true });
}

function otherNode(args: readonly string[]): Promise<CommandResult> {
  const env = { TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8' };
  return runCommand('npx', ['-y', '-p', 'node@24', 'node', ...args], { cwd: copy, env });
}

function compare(first: CommandResult, second: CommandResult): string | undefined {
  if (first.code !== 0 || second.code !== 0) {
    return `ended with ${first.code} and ${second.code}:\n${first.all}\n${second.all}`;
  }
  return first.stdout === second.stdout ? undefined : 'gave different bytes';
}
