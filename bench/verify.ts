import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** Whole-process times of the built command line, medians of five: start-up, first output, the sample store. */

function timed(args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`dist/cli.js ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

function report(name: string, args: readonly string[], runs: number): void {
  const times = Array.from({ length: runs }, () => timed(args)).toSorted((a, b) => a - b);
  const shown = (time: number | undefined): string => `${((time ?? 0) / 1000).toFixed(2)} s`;
  console.log(
    `${name.padEnd(44)} median ${shown(times[Math.floor(runs / 2)])}  (${shown(times[0])} to ${shown(times.at(-1))})`,
  );
}

report('start: --version', ['--version'], 5);
report('verify one workflow', ['verify', 'fixtures/store', 'finance/pay-invoice'], 5);
report('verify the sample store, eight workflows', ['verify', 'fixtures/store'], 5);
