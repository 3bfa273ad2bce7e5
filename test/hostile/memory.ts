import { existsSync, readFileSync } from 'node:fs';

const STATUS = '/proc/self/status';

/**
 * The most memory that this process had resident, in bytes. Linux counts what its parent had before it was started into
 * `maxRSS`, so that its own high-water mark is read where there is one.
 */
export function peakMemory(): number {
  const own = existsSync(STATUS) ? /^VmHWM:\s*(\d+) kB$/mu.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined;
  return (own === undefined ? process.resourceUsage().maxRSS : Number(own)) * 1024;
}
