import { resolve } from 'node:path';
import { DiskError, diskTree } from '../kernel/disk.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { encodeLine, encodeMarkdown } from '../kernel/encode.ts';
import type { Tree } from '../kernel/tree.ts';
import {
  type Joined,
  joinReports,
  MOST_SHARDS,
  type JoinProblem,
  readShardReport,
  sentenceOfProblem,
  type ShardReport,
} from '../pipeline/join.ts';
import { weakest } from '../pipeline/level.ts';
import { EventError } from './event.ts';
import { refuse } from './refuse.ts';
import type { Runner } from './runner.ts';

/** Lines of a refusal that are shown; the rest are counted. */
const SHOWN = 20;
/** Workflows of a summary that are shown, failed ones first. */
const ROWS = 1_000;

/**
 * Joins the reports of all shards to one verdict. A report that is missing, repeated, unreadable, or about another change than the
 * others is no verdict: exit 2. Reports are read as data that somebody else wrote.
 */
export async function reportEvent(runner: Runner): Promise<0 | 1 | 2> {
  const count = runner.input('count');
  if (!/^[1-9][0-9]{0,2}$/u.test(count) || Number(count) > MOST_SHARDS)
    throw new EventError('the input `count` takes the number of parts that actions/plan gave');
  const { reports, problems } = read(folder(runner));
  const joined = joinReports(Number(count), reports);
  const all = [...problems, ...(joined.ok ? [] : joined.error)];
  if (!joined.ok || all.length > 0) {
    const lines = all.map((one) => `${one.code}: ${sentenceOfProblem(one)}`);
    const rest = lines.length > SHOWN ? [`and ${lines.length - SHOWN} more`] : [];
    refuse(runner, [...lines.slice(0, SHOWN), ...rest]);
    return 2;
  }
  tell(runner, joined.value);
  return joined.value.passed ? 0 : 1;
}

function folder(runner: Runner): Tree {
  const given = runner.input('reports');
  if (given === '') throw new EventError('the input `reports` names the folder of the reports');
  try {
    return diskTree(resolve(runner.workspace, given));
  } catch (error) {
    if (error instanceof DiskError)
      throw new EventError(`the input \`reports\` names no folder that can be read: ${error.message}`);
    throw error;
  }
}

function read(tree: Tree): { readonly reports: readonly ShardReport[]; readonly problems: readonly JoinProblem[] } {
  const reports: ShardReport[] = [];
  const problems: JoinProblem[] = [];
  for (const { path, kind } of tree.list()) {
    if (!/(?:^|\/)report\.json$/u.test(path)) continue;
    const bytes = kind === 'file' ? tree.read(path) : undefined;
    const report =
      bytes === undefined
        ? ({ ok: false, error: { code: 'unreadable-report', path, detail: 'it cannot be read' } } as const)
        : readShardReport(path, bytes);
    if (report.ok) reports.push(report.value);
    else problems.push(report.error);
  }
  return { reports, problems };
}

function tell(runner: Runner, { outcome, passed, workflows }: Joined): void {
  const failed = workflows.filter((one) => !one.passed);
  for (const { name, under } of failed.slice(0, SHOWN))
    runner.log(`FAIL ${encodeLine(name, 200)} under the law of the ${under}\n`);
  const rows = [...failed, ...workflows.filter((one) => one.passed)].slice(0, ROWS);
  const table = rows.map(
    ({ name, version, level, under, passed: well }) =>
      `| ${encodeMarkdown(version === null ? name : `${name}@${version}`, 200)} | ${well ? 'pass' : '**fail**'} | ${level ?? 'none'} | ${under} |\n`,
  );
  const title = `## Proofmark: ${passed ? 'passed' : 'failed'}${outcome === 'judged' ? '' : ` (${outcome})`}\n\n`;
  const head = table.length === 0 ? '' : '| workflow | verdict | level | under the law of |\n|---|---|---|---|\n';
  const rest = workflows.length > ROWS ? `\n${workflows.length - ROWS} more are in the report.\n` : '';
  runner.summarise(`${title}${head}${table.join('')}${rest}`);
  const text = canonicalJson({
    format: 'proofmark-joined/1',
    outcome,
    passed,
    workflows: workflows.map((one) => ({ ...one })),
  });
  const output = runner.input('output') === '' ? runner.temporary : resolve(runner.workspace, runner.input('output'));
  runner.output('report', runner.write(output, 'proofmark-report.json', `${text}\n`));
  runner.output('outcome', outcome);
  runner.output('level', weakest(workflows.map(({ level }) => level ?? 'none')));
  runner.output('verdict', passed ? 'passed' : 'failed');
}
