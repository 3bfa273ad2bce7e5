import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestFiles } from '../../src/kernel/digest.ts';
import { diskTree } from '../../src/kernel/disk.ts';
import { node24 } from '../node24.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUNS = 10;

/** What one verification of the sample store says, and the digest of all that it says and writes: evidence and witnesses. */
function verdict(node: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'proofmark-'));
  try {
    const args = ['dist/cli.js', 'verify', 'fixtures/store', '--format', 'json', '--output', folder];
    const { status, stdout } = spawnSync(node, args, { cwd: ROOT, maxBuffer: 2 ** 28 });
    const tree = diskTree(folder);
    const said: { readonly path: string; readonly bytes: Uint8Array }[] = [{ path: 'stdout', bytes: stdout }];
    for (const { path } of tree.list()) {
      const bytes = tree.read(path);
      if (bytes !== undefined) said.push({ path, bytes });
    }
    return `exit ${status}, ${said.length} texts, ${digestFiles(said)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const other = node24();
const nodes = [process.execPath, ...(other === undefined || other === process.execPath ? [] : [other])];

describe('the verdicts of the sample store', () => {
  it(`are the same bytes ${RUNS} times on each of ${nodes.length} Nodes`, () => {
    const told = nodes.flatMap((node) => Array.from({ length: RUNS }, () => verdict(node)));
    expect(told).toHaveLength(RUNS * nodes.length);
    expect([...new Set(told)]).toEqual([expect.stringMatching(/^exit 0, [1-9][0-9]* texts/u)]);
  });

  it.skipIf(other === undefined)('are those of a Node 24 as well (needs one, or npm to get it)', () => {
    expect(nodes.length + (other === process.execPath ? 1 : 0)).toBe(2);
  });
});
