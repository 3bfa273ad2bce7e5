import { performance } from 'node:perf_hooks';
import { shipped } from '../src/cli/shipped.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { loadStore } from '../src/pipeline/load.ts';
import { NO_RELEASES } from '../src/pipeline/releases.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { property } from '../src/stages/property/property.ts';

/**
 * The property stage on the sample store: worlds, faults, restarts and pairs per second, each drawn, run through the machine
 * with every policy, and judged by every oracle.
 */
const home = shipped('.');
const store = await loadStore({
  tree: diskTree('fixtures/store'),
  policies: home.policies,
  attacks: home.attacks,
  wanted: [],
  releases: NO_RELEASES,
  runs: undefined,
  seed: 1,
});

let runs = 0;
let elapsed = 0;
for (const { name, subject } of store.workflows) {
  if (subject === undefined) throw new Error(`${name} cannot be run`);
  const cases = runCases(subject).map(({ run }) => run);
  const start = performance.now();
  const { counts } = property(subject, cases, () => {}).result;
  const seconds = (performance.now() - start) / 1000;
  const { worlds = 0, faults = 0, restarts = 0, pairs = 0, reached = 0, goals = 0 } = counts;
  const all = worlds + faults + restarts + pairs;
  runs += all;
  elapsed += seconds;
  const tried = `${worlds} worlds, ${faults} faults, ${restarts} restarts, ${pairs} pairs`;
  console.log(`${name.padEnd(34)} ${tried.padEnd(54)} ${reached} of ${goals} goals  ${(all / seconds).toFixed(0)} /s`);
}
console.log(
  `${'all'.padEnd(34)} ${`${runs} runs in ${elapsed.toFixed(2)} s`.padEnd(54)} ${(runs / elapsed).toFixed(0)} /s`,
);
