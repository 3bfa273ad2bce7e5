import { spawnSync } from 'node:child_process';

/** A Node 24: this one, or the one that npm gives where it can be reached (as scripts/compare-nodes.ts has it). */
export function node24(): string | undefined {
  if (process.version.startsWith('v24.')) return process.execPath;
  const given = spawnSync('npx', ['-y', '-p', 'node@24', 'node', '-p', 'process.version + " " + process.execPath'], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const [version = '', path] = (given.stdout ?? '').trim().split(' ');
  return given.status === 0 && version.startsWith('v24.') ? path : undefined;
}
