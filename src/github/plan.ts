import { ConnectError } from '../connect/error.ts';
import { scopeOfChange, scopeOfWhole } from '../pipeline/change.ts';
import { MOST_SHARDS } from '../pipeline/join.ts';
import { shipped } from '../pipeline/shipped.ts';
import { EventError } from './event.ts';
import { refuse } from './refuse.ts';
import { revisionsOf } from './revisions.ts';
import type { Runner } from './runner.ts';
import { storeFolder } from './store-folder.ts';

/**
 * Finds out what an event touches and into how many jobs its work is cut: the output `shards` is a matrix for jobs that each give one of
 * them to the input `shard` of the Action. Nothing is judged. There is always one, which judges law and layout. Gives the exit code.
 * @param home the folder that holds what ships with Proofmark.
 */
export async function planEvent(runner: Runner, home: string): Promise<0 | 2> {
  const most = runner.input('most') === '' ? 8 : Number(runner.input('most'));
  if (!Number.isInteger(most) || most < 1 || most > MOST_SHARDS)
    throw new EventError(`the input \`most\` takes a number of jobs, from 1 to ${MOST_SHARDS}`);
  try {
    const judged = revisionsOf(runner.event, runner.sha, storeFolder(runner), runner.path);
    const scope =
      judged.kind === 'change' ? scopeOfChange(judged.change, shipped(home).policies).scope : scopeOfWhole(judged.tree);
    const of = Math.max(1, Math.min(most, scope.workflows.length));
    const shards = Array.from({ length: of }, (_, i) => `${i + 1}/${of}`);
    runner.log(`${scope.workflows.length} workflows to judge in ${of} ${of === 1 ? 'part' : 'parts'}\n`);
    runner.output('count', String(of));
    runner.output('shards', JSON.stringify(shards));
    return 0;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const lines = [error.said, error.remedy].filter((line) => line !== undefined);
    refuse(runner, [`scope-unknown: ${error.message}`, ...lines]);
    return 2;
  }
}
