import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assert } from '../kernel/result.ts';
import { type ArchiveFile, decodeArchive, encodeArchive } from './ustar.ts';

fc.configureGlobal({ seed: 3 });

const BLOCK = 512;

function files(...paths: readonly string[]): readonly ArchiveFile[] {
  return paths.map((path, i) => ({ path, bytes: new TextEncoder().encode(`${i} ${path}\n`) }));
}

function encoded(list: readonly ArchiveFile[]): Uint8Array {
  const archive = encodeArchive(list);
  if (!archive.ok) throw new Error(archive.error.code);
  return archive.value;
}

/** An archive whose first header has other bytes at an offset, its checksum made good again. */
function forged(changes: Readonly<Record<number, string>>): Uint8Array {
  const archive = encoded(files('a/one', 'a/two')).slice();
  for (const [at, text] of Object.entries(changes)) archive.set(new TextEncoder().encode(text), Number(at));
  archive.fill(0x20, 148, 156);
  const sum = archive.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  archive.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return archive;
}

function problem(archive: Uint8Array): string {
  const read = decodeArchive(archive);
  return read.ok ? 'accepted' : read.error.code;
}

describe('an archive', () => {
  it('holds what was put in, sorted, whatever the order', () => {
    const list = files('p/b', 'p/a', 'p/tests/x.yaml', 'p/C');
    expect(encoded(list.toReversed())).toEqual(encoded(list));
    const read = decodeArchive(encoded(list));
    expect(read.ok && read.value.map(({ path }) => path)).toEqual(['p/C', 'p/a', 'p/b', 'p/tests/x.yaml']);
  });

  it('is read by tar, with one mode, no owner and no time', ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'proofmark-ustar-'));
    try {
      const long = `p/${'d'.repeat(60)}/${'f'.repeat(90)}`;
      writeFileSync(join(folder, 'x.tar'), encoded(files('p/a', long)));
      let listed: string;
      try {
        listed = execFileSync('tar', ['-tvf', 'x.tar', '--numeric-owner'], { cwd: folder, encoding: 'utf8' });
        execFileSync('tar', ['-xf', 'x.tar'], { cwd: folder });
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
          skip('there is no tar on this machine');
        throw error;
      }
      expect(listed.match(/^-rw-r--r-- +(?:0\/0|0 +0 +0)/gm)).toHaveLength(2);
      expect(readFileSync(join(folder, long), 'utf8')).toBe(`1 ${long}\n`);
      expect(statSync(join(folder, 'p/a')).mtimeMs).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('comes back from any set of files', () => {
    const segment = fc
      .stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/)
      .filter((text) => !/^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(text));
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => ['p', ...parts].join('/'));
    const list = fc.uniqueArray(fc.record({ path, bytes: fc.uint8Array({ maxLength: 1_200 }) }), {
      selector: (file) => file.path,
      maxLength: 8,
    });
    fc.assert(
      fc.property(list, (given) => {
        const archive = encodeArchive(given);
        // A file that is also a folder is the one thing that distinct paths can get wrong.
        fc.pre(archive.ok || archive.error.code !== 'file-as-folder');
        assert(archive.ok, 'distinct paths make an archive');
        const read = decodeArchive(archive.value);
        const sorted = given.toSorted((a, b) => (a.path < b.path ? -1 : 1));
        expect(read.ok && JSON.stringify(read.value)).toBe(JSON.stringify(sorted));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a path is refused', () => {
  it.each([
    ['/etc/passwd', 'absolute-path'],
    ['C:/windows', 'absolute-path'],
    ['p/../q', 'parent-path'],
    ['..', 'parent-path'],
    ['p/./q', 'bad-path'],
    ['p//q', 'bad-path'],
    ['p/', 'bad-path'],
    ['', 'bad-path'],
    ['p\\q', 'bad-path'],
    ['p/a b', 'bad-path'],
    ['p/é', 'bad-path'],
    ['p/a\n', 'bad-path'],
    ['p/nul', 'bad-path'],
    ['p/CON.txt', 'bad-path'],
    ['p/dot.', 'bad-path'],
    ['a/b/c/d/e/f/g/h/i', 'bad-path'],
    ['x'.repeat(101), 'bad-path'],
    [`p/${'x/'.repeat(5)}${'y'.repeat(200)}`, 'bad-path'],
  ])('%j: %s', (path, code) => {
    expect(encodeArchive(files(path))).toMatchObject({ ok: false, error: { code } });
  });

  it.each([
    [['p/a', 'p/a'], 'duplicate-path'],
    [['p/a', 'p/A'], 'case-collision'],
    [['p/tests/a', 'p/Tests/b'], 'case-collision'],
    [['p/a', 'p/a/b'], 'file-as-folder'],
    [['p/a', 'p/A/b'], 'file-as-folder'],
  ])('beside others: %j: %s', (paths, code) => {
    expect(encodeArchive(files(...paths))).toMatchObject({ ok: false, error: { code } });
  });
});

describe('a forged archive is refused', () => {
  it.each([
    ['a hard link', { 156: '1' }, 'link'],
    ['a symbolic link', { 156: '2', 157: '/etc/passwd' }, 'link'],
    ['a device', { 156: '3' }, 'special-file'],
    ['a folder', { 156: '5' }, 'special-file'],
    ['a pax header', { 156: 'x' }, 'special-file'],
    ['a GNU long name', { 156: 'L' }, 'special-file'],
    ['the old form of a file', { 156: '\0' }, 'special-file'],
    ['the magic of GNU tar', { 257: 'ustar  \0' }, 'not-ustar'],
    ['an absolute path', { 0: '/a/one' }, 'absolute-path'],
    ['a path upwards', { 0: '../one' }, 'parent-path'],
    ['a path upwards in the prefix', { 345: '..' }, 'parent-path'],
    ['a size that is no number', { 124: '0000000000x' }, 'not-ustar'],
    ['a size in base 256', { 124: '\u0080' }, 'not-ustar'],
    ['a size beyond the end', { 124: '77777777777' }, 'truncated'],
    ['an executable file', { 100: '0000755' }, 'not-canonical'],
    ['a setuid file', { 100: '0004755' }, 'not-canonical'],
    ['an owner', { 108: '0001750' }, 'not-canonical'],
    ['a time', { 136: '14711243140' }, 'not-canonical'],
    ['the name of an owner', { 265: 'root' }, 'not-canonical'],
    ['text after the name', { 7: 'x' }, 'not-canonical'],
    ['text in the padding', { 510: 'x' }, 'not-canonical'],
    ['a link name on a file', { 157: 'x' }, 'not-canonical'],
    ['a split of the path that we would not make', { 0: 'one\0\0\0', 345: 'a' }, 'not-canonical'],
  ])('%s', (_, changes, code) => {
    expect(problem(forged(changes))).toBe(code);
  });

  it('a checksum that is not', () => {
    const archive = encoded(files('a/one')).slice();
    archive[0] = 0x62;
    expect(problem(archive)).toBe('bad-checksum');
  });

  it('another order', () => {
    const archive = encoded(files('a/one', 'a/two'));
    const swapped = Buffer.concat([
      archive.subarray(2 * BLOCK, 4 * BLOCK),
      archive.subarray(0, 2 * BLOCK),
      archive.subarray(4 * BLOCK),
    ]);
    expect(problem(swapped)).toBe('not-canonical');
  });

  it.each([1, 2])('a file twice, as entry %i', (times) => {
    const archive = encoded(files('a/one'));
    const entry = archive.subarray(0, 2 * BLOCK);
    const all = Buffer.concat([...Array.from({ length: times }, () => entry), archive]);
    expect(problem(all)).toBe('duplicate-path');
  });

  it('too many files', () => {
    const entry = encoded(files('a/one')).subarray(0, 2 * BLOCK);
    expect(problem(Buffer.concat(Array.from({ length: 2_001 }, () => entry)))).toBe('too-many-files');
  });

  it('too large', () => {
    expect(problem(new Uint8Array((32 << 20) + 1))).toBe('too-large');
    expect(encodeArchive([{ path: 'a/b', bytes: new Uint8Array(32 << 20) }])).toMatchObject({
      ok: false,
      error: { code: 'too-large' },
    });
  });

  it('nothing, a part, or more than all of one', () => {
    const archive = encoded(files('a/one', 'a/two'));
    expect(problem(new Uint8Array())).toBe('truncated');
    for (const cut of [1, BLOCK - 1, BLOCK, BLOCK + 3, archive.length - BLOCK, archive.length - 1])
      expect(problem(archive.subarray(0, cut))).toBe('truncated');
    expect(problem(Buffer.concat([archive, Buffer.alloc(1)]))).toBe('trailing-data');
    expect(problem(Buffer.concat([archive, Buffer.alloc(BLOCK)]))).toBe('trailing-data');
    expect(problem(Buffer.concat([archive, archive]))).toBe('trailing-data');
  });

  it('any bytes: never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        expect(problem(bytes)).not.toBe('accepted');
      }),
    );
    const archive = encoded(files('a/one', 'a/two'));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { maxLength: 6 }), (edits) => {
        const changed = archive.slice();
        for (const [at, byte] of edits) changed[at] = byte;
        const read = decodeArchive(changed);
        // What is accepted is exactly the archive of what was read.
        expect(!read.ok || Buffer.from(encoded(read.value)).equals(changed)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
