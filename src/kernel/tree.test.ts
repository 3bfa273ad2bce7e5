import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskError, diskTree, readFile } from './disk.ts';
import { memoryTree, overlayTree, subtree, type Tree } from './tree.ts';

const text = (tree: Tree, path: string) => {
  const bytes = tree.read(path);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
};
const paths = (tree: Tree) => tree.list().map(({ path, kind }) => `${kind} ${path}`);

describe('memoryTree', () => {
  it('lists files and the folders on the way to them, in the order of code units', () => {
    expect(paths(memoryTree({ 'b/c/d.txt': 'x', 'a.txt': '', 'b/B.txt': 'é' }))).toEqual([
      'file a.txt',
      'directory b',
      'file b/B.txt',
      'directory b/c',
      'file b/c/d.txt',
    ]);
  });

  it('gives sizes in bytes', () => {
    expect(memoryTree({ a: 'é' }).list()).toEqual([{ path: 'a', kind: 'file', size: 2 }]);
  });
});

describe('overlayTree', () => {
  const base = memoryTree({ 'a/x': 'base x', 'a/y': 'base y', b: 'base b' });

  it('puts files on top and takes some away', () => {
    const tree = overlayTree(base, memoryTree({ 'a/x': 'over x', c: 'over c' }), ['b']);
    expect(paths(tree)).toEqual(['directory a', 'file a/x', 'file a/y', 'file c']);
    expect(text(tree, 'a/x')).toBe('over x');
    expect(text(tree, 'a/y')).toBe('base y');
    expect(text(tree, 'b')).toBeUndefined();
  });

  it('takes a folder away with what is in it', () => {
    expect(paths(overlayTree(base, memoryTree({}), ['a']))).toEqual(['file b']);
  });
});

describe('subtree', () => {
  it('has paths relative to its folder', () => {
    const tree = subtree(memoryTree({ 'a/x': '1', 'ab/x': '2' }), 'a');
    expect(paths(tree)).toEqual(['file x']);
    expect(text(tree, 'x')).toBe('1');
  });
});

describe('diskTree', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tree-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, content = 'x') => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };

  it('lists what is there, links unfollowed, .git and node_modules as folders without content', () => {
    write('b/file.txt', 'hello');
    write('.git/config');
    write('b/node_modules/x/index.js');
    symlinkSync('/', join(root, 'b', 'link'));
    expect(paths(diskTree(root))).toEqual([
      'directory .git',
      'directory b',
      'file b/file.txt',
      'link b/link',
      'directory b/node_modules',
    ]);
    expect(text(diskTree(root), 'b/file.txt')).toBe('hello');
    expect(diskTree(root).read('b/link')).toBeUndefined();
    expect(diskTree(root).read('b/link/etc/passwd')).toBeUndefined();
    expect(diskTree(root).read('../escape')).toBeUndefined();
  });

  it('lists a socket as something else and does not read it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(root, 'socket'), resolve);
    });
    expect(paths(diskTree(root))).toEqual(['other socket']);
    expect(diskTree(root).read('socket')).toBeUndefined();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it('does not follow a link that was put in place of a file after the listing', () => {
    write('file.txt');
    const tree = diskTree(root);
    rmSync(join(root, 'file.txt'));
    symlinkSync('/etc/passwd', join(root, 'file.txt'));
    expect(() => tree.read('file.txt')).toThrow(DiskError);
  });

  it('stops at a number of entries, a depth and a size', () => {
    for (let i = 0; i < 5; i += 1) write(`f${i}`);
    write('a/b/c/d');
    expect(() => diskTree(root, { entries: 4, depth: 9, bytes: 9 })).toThrow(/more than 4 files/);
    expect(() => diskTree(root, { entries: 99, depth: 2, bytes: 9 })).toThrow(/more than 2 folders/);
    write('large', '0123456789');
    expect(() => diskTree(root, { entries: 99, depth: 9, bytes: 9 }).read('large')).toThrow(/larger than 9 bytes/);
  });

  it('says so when there is no folder, without the path of the machine', () => {
    expect(() => diskTree(join(root, 'none'))).toThrow('there is no folder at this path');
    write('file');
    expect(() => diskTree(join(root, 'file'))).toThrow(DiskError);
  });
});

describe('readFile', () => {
  it('refuses what is no file', () => {
    expect(() => readFile(tmpdir())).toThrow(DiskError);
    expect(() => readFile(join(tmpdir(), 'nothing-here-at-all'))).toThrow(DiskError);
  });
});
