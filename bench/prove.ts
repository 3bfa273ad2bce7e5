import { diskTree } from '../src/kernel/disk.ts';
import { loadStore } from '../src/pipeline/load.ts';
import { NO_RELEASES } from '../src/pipeline/releases.ts';
import { explore } from '../src/prove/explore.ts';
import { row } from './measure.ts';

/** What it takes to follow every path of each sample workflow: paths, decisions, time. The first includes warming up. */

const shipped = diskTree('policies');
const policies = shipped
  .list()
  .map(({ path }) => ({ path: `policies/${path}`, text: new TextDecoder().decode(shipped.read(path)) }));
const store = await loadStore({
  tree: diskTree('fixtures/store'),
  policies,
  attacks: [],
  wanted: [],
  releases: NO_RELEASES,
  runs: undefined,
  seed: 1,
});
for (const { name, subject } of store.workflows) {
  if (subject === undefined) continue;
  const { law, policies: set, program, files, inputSchema } = subject;
  const given = { law, policies: set, program, contract: files.contract, name: files.name, inputSchema };
  const start = performance.now();
  const { paths, decisions, unexplored } = explore(given, { paths: 2000, decisions: 8000 });
  const taken = (performance.now() - start) * 1000;
  process.stdout.write(`${row(name, taken, `${paths} paths, ${decisions} decisions ${unexplored ?? ''}`)}\n`);
}
