import { withSolver } from '../src/connect/solver.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { memoryTree, type Tree } from '../src/kernel/tree.ts';
import { loadStore, type LoadedStore } from '../src/pipeline/load.ts';
import { program, tool } from '../src/machine/testing.ts';
import type { JsonObject } from '../src/kernel/json.ts';
import { NO_RELEASES } from '../src/pipeline/releases.ts';
import { exploreMerged } from '../src/prove/merged.ts';
import { sitesOf } from '../src/prove/prove.ts';
import type { Solver } from '../src/prove/smt/solver.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { proved } from '../src/stages/policy/proof.ts';
import { bare } from '../test/prove/merged.ts';
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

/** Growth: tasks one after the other, each of which may fail, is caught, and is done only where its own flag says so. */
for (const tasks of [5, 10, 20, 40, 80]) {
  const names = Array.from({ length: tasks }, (_, i) => `t${i}`);
  const flag: JsonObject = { type: 'boolean' };
  const input: JsonObject = {
    type: 'object',
    additionalProperties: false,
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, flag])),
  };
  const body = names.map((name) => ({
    [name]: {
      if: `$context.${name}`,
      try: [{ ask: { call: 's/t', with: { a: '${ . }' } } }],
      catch: { do: [{ failed: { set: 0 } }] },
    },
  }));
  const output: JsonObject = { type: 'integer', minimum: 0, maximum: 2 };
  const subject = bare(program({ do: body }), input, [tool('s/t', { output })]);
  const start = performance.now();
  const { paths, decisions, unexplored = '' } = exploreMerged(subject, { paths: 20_000, decisions: 200_000 });
  const taken = performance.now() - start;
  process.stdout.write(
    `${row(`${tasks} tasks, each optional`, taken * 1000, `${paths} paths, ${decisions} decisions ${unexplored}`)}\n`,
  );
}
