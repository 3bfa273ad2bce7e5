import { performance } from 'node:perf_hooks';

/** The median time of one call in microseconds, over `rounds` rounds of `calls` calls after a warm-up. */
export function median(rounds: number, calls: number, work: () => void): number {
  for (let i = 0; i < calls; i += 1) work();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (let i = 0; i < calls; i += 1) work();
    return ((performance.now() - start) * 1000) / calls;
  }).toSorted((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** One row of a benchmark's table. */
export function row(name: string, microseconds: number, note = ''): string {
  const perSecond = Math.round(1e6 / microseconds).toLocaleString('en-US');
  return `${name.padEnd(44)} ${microseconds.toFixed(2).padStart(12)} µs ${perSecond.padStart(12)} /s  ${note}`.trimEnd();
}
