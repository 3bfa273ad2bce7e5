import { compareText } from '../kernel/json.ts';
import { assert, err, ok, type Result } from '../kernel/result.ts';

/**
 * Uncompressed tar archives (POSIX.1-1988, "ustar") in exactly one form, so that equal files are equal bytes: sorted by path, files
 * only, mode 0644, owner 0, time 0, no names, two empty blocks at the end and nothing after them.
 */

export interface ArchiveFile {
  /** Relative, `/`-separated. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Why bytes are not an archive of ours. `at` is a path or an offset, cut and possibly hostile. */
export interface ArchiveProblem {
  readonly code:
    | 'too-large'
    | 'too-many-files'
    | 'truncated'
    | 'not-ustar'
    | 'bad-checksum'
    | 'link'
    | 'special-file'
    | 'absolute-path'
    | 'parent-path'
    | 'bad-path'
    | 'duplicate-path'
    | 'case-collision'
    | 'file-as-folder'
    | 'trailing-data'
    | 'not-canonical';
  readonly at: string;
}

/** Bounds on an archive; all are exact counts. */
export const ARCHIVE_LIMITS = { bytes: 32 << 20, files: 2_000, path: 200, depth: 8 } as const;

const BLOCK = 512;
const NAME = { at: 0, length: 100 } as const;
const SIZE = { at: 124, length: 12 } as const;
const CHECKSUM = { at: 148, length: 8 } as const;
const TYPE = 156;
const MAGIC = { at: 257, text: 'ustar\u000000' } as const;
const PREFIX = { at: 345, length: 155 } as const;

/** Names that Windows keeps for devices, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Why `path` cannot stand in an archive that any system must be able to unpack; absent where it can. */
export function pathProblem(path: string): ArchiveProblem['code'] | undefined {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'absolute-path';
  const segments = path.split('/');
  if (segments.includes('..')) return 'parent-path';
  if (path.length > ARCHIVE_LIMITS.path || segments.length > ARCHIVE_LIMITS.depth) return 'bad-path';
  const good = segments.every(
    (segment) => /^[A-Za-z0-9._-]+$/.test(segment) && !segment.endsWith('.') && !DEVICE.test(segment),
  );
  return good && split(path) !== undefined ? undefined : 'bad-path';
}

/** The archive of `files`, whatever their order; or the first problem with one of their paths or with their size. */
export function encodeArchive(files: readonly ArchiveFile[]): Result<Uint8Array, ArchiveProblem> {
  const sorted = files.toSorted((a, b) => compareText(a.path, b.path));
  const problem = setProblem(sorted.map(({ path }) => path));
  if (problem !== undefined) return err(problem);
  const total = sorted.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), 2 * BLOCK);
  if (total > ARCHIVE_LIMITS.bytes) return err({ code: 'too-large', at: `${total} bytes` });
  const archive = new Uint8Array(total);
  let at = 0;
  for (const { path, bytes } of sorted) {
    archive.set(header(path, bytes.length), at);
    archive.set(bytes, at + BLOCK);
    at += BLOCK + padded(bytes.length);
  }
  return ok(archive);
}

/** The files of an archive. Accepts exactly what {@link encodeArchive} writes: one archive for one set of files. */
export function decodeArchive(archive: Uint8Array): Result<readonly ArchiveFile[], ArchiveProblem> {
  if (archive.length > ARCHIVE_LIMITS.bytes) return err({ code: 'too-large', at: `${archive.length} bytes` });
  const files: ArchiveFile[] = [];
  let at = 0;
  for (;;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.length < BLOCK) return err({ code: 'truncated', at: `byte ${at}` });
    if (block.every((byte) => byte === 0)) break;
    if (files.length >= ARCHIVE_LIMITS.files) return err({ code: 'too-many-files', at: `byte ${at}` });
    const entry = readHeader(block, at);
    if (!entry.ok) return entry;
    const { path, size } = entry.value;
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (bytes.length < size) return err({ code: 'truncated', at: path });
    files.push({ path, bytes });
    at += BLOCK + padded(size);
  }
  if (archive.length < at + 2 * BLOCK) return err({ code: 'truncated', at: `byte ${at}` });
  if (archive.length > at + 2 * BLOCK) return err({ code: 'trailing-data', at: `byte ${at + 2 * BLOCK}` });
  const problem = setProblem(files.map(({ path }) => path));
  if (problem !== undefined) return err(problem);
  // Whatever a header, padding or order could still hide is not what the one encoder writes.
  const again = encodeArchive(files);
  if (!again.ok) return again;
  const differs = firstDifference(archive, again.value);
  return differs === undefined ? ok(files) : err({ code: 'not-canonical', at: `byte ${differs}` });
}

function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i += 1) block[at + i] = text.charCodeAt(i);
  };
  const parts = split(path);
  assert(parts !== undefined, 'the path of an archive fits its header');
  put(NAME.at, parts.name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(SIZE.at, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(CHECKSUM.at, '        ');
  put(TYPE, '0');
  put(MAGIC.at, MAGIC.text);
  put(329, '0000000\0');
  put(337, '0000000\0');
  put(PREFIX.at, parts.prefix);
  put(CHECKSUM.at, `${sum(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

function readHeader(
  block: Uint8Array,
  offset: number,
): Result<{ readonly path: string; readonly size: number }, ArchiveProblem> {
  const at = `byte ${offset}`;
  if (text(block, MAGIC.at, MAGIC.text.length) !== MAGIC.text) return err({ code: 'not-ustar', at });
  const stated = octal(text(block, CHECKSUM.at, 6));
  // A copy whatever kind of array it is: `slice` of a Buffer is a view, and filling it would change the archive.
  const blank = new Uint8Array(block).fill(0x20, CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
  if (stated !== sum(blank)) return err({ code: 'bad-checksum', at });
  const prefix = terminated(text(block, PREFIX.at, PREFIX.length));
  const name = terminated(text(block, NAME.at, NAME.length));
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const type = text(block, TYPE, 1);
  if (type === '1' || type === '2') return err({ code: 'link', at: shown(path) });
  if (type !== '0') return err({ code: 'special-file', at: shown(path) });
  const bad = pathProblem(path);
  if (bad !== undefined) return err({ code: bad, at: shown(path) });
  const size = octal(text(block, SIZE.at, 11));
  return size === undefined ? err({ code: 'not-ustar', at: path }) : ok({ path, size });
}

/** What is wrong with a list of paths as a whole; it must be sorted. */
function setProblem(paths: readonly string[]): ArchiveProblem | undefined {
  if (paths.length > ARCHIVE_LIMITS.files) return { code: 'too-many-files', at: `${paths.length} files` };
  const folded = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const path of paths) {
    const bad = pathProblem(path);
    if (bad !== undefined) return { code: bad, at: shown(path) };
    const key = path.toLowerCase();
    const other = folded.get(key);
    if (other !== undefined) return { code: other === path ? 'duplicate-path' : 'case-collision', at: path };
    folded.set(key, path);
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      const spelt = folders.get(folder.toLowerCase());
      if (spelt !== undefined && spelt !== folder) return { code: 'case-collision', at: path };
      folders.set(folder.toLowerCase(), folder);
    }
  }
  for (const path of paths) if (folders.has(path.toLowerCase())) return { code: 'file-as-folder', at: path };
  return undefined;
}

/** Name and prefix of a header: everything in the name where it fits, else as much as fits. */
function split(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (path.length <= NAME.length) return { prefix: '', name: path };
  const slash = path.indexOf('/', path.length - NAME.length - 1);
  if (slash < 1 || slash > PREFIX.length) return undefined;
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) };
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function sum(block: Uint8Array): number {
  return block.reduce((total, byte) => total + byte, 0);
}

function text(block: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}

function terminated(field: string): string {
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}

function octal(digits: string): number | undefined {
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return i;
  return undefined;
}

function shown(path: string): string {
  return path.length > ARCHIVE_LIMITS.path ? `${path.slice(0, ARCHIVE_LIMITS.path)}…` : path;
}
