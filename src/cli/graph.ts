import { resolve } from 'node:path';
import { gitReleases } from '../connect/releases.ts';
import { encodeLine } from '../kernel/encode.ts';
import { loadStore } from '../pipeline/load.ts';
import { observe } from '../pipeline/observe.ts';
import { folderReleases } from '../pipeline/releases.ts';
import { flowchart, MERMAID_LIMITS } from '../report/mermaid.ts';
import { openFolder } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { shipped } from './shipped.ts';

/** `proofmark show --graph`: a workflow of a store folder as a Mermaid flowchart. */
export async function graph(
  name: string,
  folders: { readonly store: string; readonly releases: string | undefined },
  io: Io,
): Promise<ExitCode> {
  const home = shipped(io.home);
  const root = resolve(io.cwd, folders.store);
  const store = await loadStore({
    tree: openFolder(root),
    policies: home.policies,
    attacks: home.attacks,
    wanted: [name],
    releases:
      folders.releases === undefined
        ? gitReleases(root, io.env['PATH'])
        : folderReleases(openFolder(resolve(io.cwd, folders.releases))),
    runs: undefined,
    seed: 1,
  });
  const [loaded] = store.workflows;
  if (store.law !== undefined && loaded === undefined)
    throw new UsageError(`the store has no workflow ${encodeLine(name, 120)}`);
  if (store.law === undefined || loaded?.subject === undefined) {
    const many = store.findings.length + (loaded?.findings.length ?? 0);
    io.stderr(`proofmark show: it has problems (${many}) and cannot be drawn; proofmark verify says which\n`);
    return 1;
  }
  const text = flowchart(loaded.subject.workflow, store.law, observe(loaded.subject));
  const edges = text.match(/^ {2}n\d+ (?:-->|-\.->|==>)/gmu)?.length ?? 0;
  if (edges > MERMAID_LIMITS.edges || text.length > MERMAID_LIMITS.characters)
    io.stderr('proofmark show: this is larger than Mermaid draws by default; raise its maxEdges and maxTextSize\n');
  io.stdout(text);
  return 0;
}
