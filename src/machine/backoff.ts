import type { Retry } from '../workflow/model.ts';

/** A delay that no run outlives. */
const LONGEST = 2 ** 40;

/** Milliseconds to wait after failure number `count` (from 1) before trying again; `fraction` in [0, 1) draws the jitter. */
export function delayOf(retry: Pick<Retry, 'delay' | 'backoff' | 'jitter'>, count: number, fraction: number): number {
  const { delay, backoff, jitter } = retry;
  let base = delay;
  if (backoff.kind === 'linear') base = delay + backoff.increment * (count - 1);
  if (backoff.kind === 'exponential')
    base = Math.min(delay * backoff.multiplier ** (count - 1), backoff.max ?? LONGEST);
  const extra = jitter === undefined ? 0 : jitter.from + fraction * (jitter.to - jitter.from);
  return Math.min(Math.floor(base + extra), LONGEST);
}
