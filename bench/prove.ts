import { withSolver } from '../src/connect/solver.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { memoryTree, type Tree } from '../src/kernel/tree.ts';
import { loadStore, type LoadedStore } from '../src/pipeline/load.ts';
import { NO_RELEASES } from '../src/pipeline/releases.ts';
import { sitesOf } from '../src/prove/prove.ts';
import type { Solver } from '../src/prove/smt/solver.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { proved } from '../src/stages/policy/proof.ts';
import { CASES, workflow } from '../test/prove/relations.ts';
import { filesOf } from '../test/seeded/describe.ts';
import { LAW } from '../test/seeded/law.ts';
import { row } from './measure.ts';

/**
 * What it takes to prove each sample workflow, and small workflows in which relations between unknowns decide: paths, decisions,
 * questions to the solver, and how much of the time it has. The first of each includes warming up and starting.
 */

const shipped = diskTree('policies');
const policies = shipped
  .list()
  .map(({ path }) => ({ path: `policies/${path}`, text: new TextDecoder().decode(shipped.read(path)) }));

const load = (tree: Tree): Promise<LoadedStore> =>
  loadStore({ tree, policies, attacks: [], wanted: [], releases: NO_RELEASES, runs: undefined, seed: 1 });

await withSolver('.', async (solver) => {
  let waited = 0;
  const timed: Solver = {
    solve: async (text, steps) => {
      const start = performance.now();
      const answer = await solver.solve(text, steps);
      waited += performance.now() - start;
      return answer;
    },
  };
  const show = async ({ workflows }: LoadedStore, label?: string): Promise<void> => {
    for (const { name, subject } of workflows) {
      if (subject === undefined) throw new Error(`${name} cannot be judged`);
      const reached = new Set(runCases(subject).flatMap(({ run }) => [...sitesOf(run)]));
      waited = 0;
      const start = performance.now();
      const { proof } = await proved(subject, { sampled: new Map(), reached, solver: timed });
      const taken = performance.now() - start;
      const { paths, decisions, asked, unexplored = '' } = proof;
      const share = `${Math.round((100 * waited) / taken)}% in the solver`;
      const note = `${paths} paths, ${decisions} decisions, ${asked} questions, ${share} ${unexplored}`;
      process.stdout.write(`${row(label ?? name, taken * 1000, note)}\n`);
    }
  };
  await show(await load(diskTree('fixtures/store')));
  for (const [what, input, none] of CASES) {
    const law = {
      ...LAW,
      'store.yaml': (LAW['store.yaml'] ?? '').replace('"paths":1,"rlimit":1', '"paths":500,"rlimit":20000000'),
    };
    await show(await load(memoryTree({ ...law, ...filesOf(workflow(input, none), false) })), what);
  }
});
