import { join, relative, resolve } from 'node:path';
import { ConnectError } from '../connect/error.ts';
import { gitReleases } from '../connect/releases.ts';
import { withSolver } from '../connect/solver.ts';
import { writeResults } from '../connect/results.ts';
import type { Tree } from '../kernel/tree.ts';
import {
  type ChangeReport,
  isUnmerged,
  type Shard,
  type Under,
  UNMERGED,
  verifyChange,
  verifyWhole,
} from '../pipeline/change.ts';
import { MOST_SHARDS } from '../pipeline/join.ts';
import { weakest } from '../pipeline/level.ts';
import { isLaw } from '../pipeline/scope.ts';
import { shipped } from '../pipeline/shipped.ts';
import { changeToJson } from '../report/json.ts';
import { lawChangeBlock } from '../report/law-change.ts';
import { conclusion, lawBlock, outcomeBlock, type Page, workflowBlock } from '../report/pretty.ts';
import { PLAIN } from '../report/style.ts';
import { summaryOf } from '../report/summary.ts';
import { annotationsOf } from './annotations.ts';
import { EventError } from './event.ts';
import { refuse } from './refuse.ts';
import { type Judged, revisionsOf } from './revisions.ts';
import type { Runner } from './runner.ts';
import { storeFolder } from './store-folder.ts';

/** The seed of every required check: the same commit gives the same verdict. */
const SEED = 1;

/**
 * Judges what an event brings and tells GitHub: annotations, job summary, outputs, `report.json` and the evidence. Needs the
 * checkout and nothing else: no token, no network. Gives the exit code (DESIGN 6).
 * @param home the folder that holds what ships with Proofmark.
 */
export async function verifyEvent(runner: Runner, home: string): Promise<ChangeReport['exitCode']> {
  const folder = storeFolder(runner);
  let outcome: Unjudged = 'scope-unknown';
  try {
    const judged = revisionsOf(runner.event, runner.sha, folder, runner.path);
    const report = await judge(runner, judged, folder, home, () => (outcome = 'cut-off'));
    tell(runner, report, relative(runner.workspace, folder));
    return report.exitCode;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    refuse(runner, [
      `${outcome}: ${error.message}`,
      ...(error.said === undefined ? [] : [error.said]),
      ...(error.remedy === undefined ? [] : [error.remedy]),
    ]);
    runner.output('outcome', outcome);
    runner.output('level', 'none');
    return 2;
  }
}

/** Why there is no verdict: what is to be judged could not be found out, or what it is judged by could not be read. */
type Unjudged = 'scope-unknown' | 'cut-off';

/** The input `shard`, `2/5` for the second of five; nothing where it is empty. */
function shardFrom(text: string): { readonly shard?: Shard } {
  if (text === '') return {};
  const [, index = '', of = ''] = /^([1-9][0-9]{0,2})\/([1-9][0-9]{0,2})$/u.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (index === '' || shard.index > shard.of || shard.of > MOST_SHARDS)
    throw new EventError(`the input \`shard\` takes a part of a whole, as 2/5, of at most ${MOST_SHARDS} parts`);
  return { shard };
}

async function judge(
  runner: Runner,
  judged: Judged,
  folder: string,
  home: string,
  scoped: () => void,
): Promise<ChangeReport> {
  const ours = shipped(home);
  const [law, head]: readonly [Tree, Tree] =
    judged.kind === 'change' ? [judged.change.base, judged.change.head] : [judged.tree, judged.tree];
  let page: Page = { style: PLAIN, sourceOf: () => undefined };
  const options = {
    policies: ours.policies,
    attacks: ours.attacks,
    ...shardFrom(runner.input('shard')),
    releases: gitReleases(folder, runner.path),
    runs: undefined,
    seed: SEED,
    asOf: undefined,
    verifier: ours.digest,
    judging: (under: Under, scope: ChangeReport['scope']) => {
      scoped();
      page = {
        style: PLAIN,
        sourceOf: (file) => textOf(under === 'base' && isLaw(file) ? law : head, file),
        noteOf: (found) => (isUnmerged(found, under, scope) ? UNMERGED : undefined),
      };
      if (judged.kind === 'change') runner.log(lawBlock(under, scope, page));
    },
    judged: (workflow: Parameters<typeof workflowBlock>[0]) => runner.log(workflowBlock(workflow, page)),
  };
  const report = await withSolver(home, async (solver) =>
    judged.kind === 'change'
      ? verifyChange(judged.change, { ...options, solver })
      : verifyWhole(judged.tree, { ...options, solver }),
  );
  for (const { report: one } of report.reports) runner.log(conclusion(one, page));
  runner.log(lawChangeBlock(report.lawChanges, page));
  runner.log(outcomeBlock(report.outcome, page));
  return report;
}

function tell(runner: Runner, report: ChangeReport, folder: string): void {
  const results = runner.input('output') === '' ? join(runner.temporary, 'proofmark') : runner.input('output');
  const target = resolve(runner.workspace, results);
  for (const { under, report: one } of report.reports) writeResults(join(target, under), one.workflows);
  const file = runner.write(target, 'report.json', changeToJson(report));
  for (const annotation of annotationsOf(report, folder)) runner.annotate(annotation);
  runner.summarise(summaryOf(report));
  const levels = report.reports.flatMap(({ report: one }) => one.workflows.map(({ level }) => level ?? 'none'));
  runner.output('outcome', report.outcome);
  runner.output('level', weakest(levels));
  runner.output('report', file);
  runner.output('evidence', target);
  // Last: whoever reads it finds everything else.
  runner.output('verdict', report.exitCode >= 2 ? 'error' : report.passed ? 'passed' : 'failed');
}

function textOf(tree: Tree, file: string): string | undefined {
  try {
    const bytes = tree.read(file);
    return bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // What cannot be read as text has a finding of its own; there is no line of it to show.
    return undefined;
  }
}
