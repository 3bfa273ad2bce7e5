import { describe, expect, it } from 'vitest';
import { digestBytes } from '../kernel/digest.ts';
import { DiskError } from '../kernel/disk.ts';
import { memoryTree, type Tree } from '../kernel/tree.ts';
import { encodeArchive } from '../seal/ustar.ts';
import { installedDigest } from './check.ts';

const FILES = { 'SKILL.md': 'facts', 'tests/pays.yaml': 'case', 'README.md': '' };

function packed(): string {
  const files = Object.entries(FILES).map(([path, text]) => ({
    path: `pay-invoice/${path}`,
    bytes: new TextEncoder().encode(text),
  }));
  const archive = encodeArchive(files);
  if (!archive.ok) throw new Error(archive.error.code);
  return digestBytes(archive.value);
}

describe('the digest of an installed workflow', () => {
  it('is that of the package that it was unpacked from', () => {
    expect(installedDigest('finance/pay-invoice', memoryTree(FILES))).toBe(packed());
  });

  it.each([
    ['a changed file', { ...FILES, 'SKILL.md': 'Facts' }],
    ['another file', { ...FILES, 'tests/more.yaml': '' }],
    ['a file less', { 'SKILL.md': 'facts', 'tests/pays.yaml': 'case' }],
    ['a file that no package can hold', { ...FILES, 'a file with spaces': '' }],
  ])('is another with %s', (_, files) => {
    expect(installedDigest('finance/pay-invoice', memoryTree(files))).not.toBe(packed());
  });

  it('is none where a link stands in the place of a file, even of an empty one', () => {
    const tree = memoryTree(FILES);
    const linked: Tree = {
      list: () => tree.list().map((entry) => (entry.path === 'README.md' ? { ...entry, kind: 'link' } : entry)),
      read: (path) => tree.read(path),
    };
    expect(installedDigest('finance/pay-invoice', linked)).toBeUndefined();
  });

  it('is another where a file cannot be read', () => {
    const tree = memoryTree(FILES);
    const unreadable: Tree = {
      list: () => tree.list(),
      read: (path) => {
        if (path === 'SKILL.md') throw new DiskError('unreadable', 'SKILL.md cannot be read');
        return tree.read(path);
      },
    };
    expect(installedDigest('finance/pay-invoice', unreadable)).not.toBe(packed());
  });
});
