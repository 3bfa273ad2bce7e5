import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { compareText } from './json.ts';
import type { Entry, Tree } from './tree.ts';

/** Bounds on a folder; what is beyond them makes {@link diskTree} throw a {@link DiskError}. */
export interface DiskLimits {
  readonly entries: number;
  /** Folders inside one another. */
  readonly depth: number;
  /** Bytes of one file; a larger one is listed with its size and cannot be read. */
  readonly bytes: number;
}

export const DISK_LIMITS: DiskLimits = { entries: 50_000, depth: 32, bytes: 16 << 20 };

/** A folder that cannot be read as a tree: what the user must change, said with the path relative to the root. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: 'not-a-folder' | 'too-many-entries' | 'too-deep' | 'unreadable';

  constructor(code: DiskError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const UNSEEN: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/**
 * A folder on disk. Links are listed and never followed; `.git` and `node_modules` are listed wherever they stand, and what
 * is in them is not. The listing is read once; files are read when asked for. Throws {@link DiskError}.
 */
export function diskTree(root: string, limits: DiskLimits = DISK_LIMITS): Tree {
  if (!isFolder(root)) throw new DiskError('not-a-folder', 'there is no folder at this path');
  const entries = walk(root, limits);
  const kinds = new Map(entries.map((entry) => [entry.path, entry] as const));
  return {
    list: () => entries,
    read(path) {
      const entry = kinds.get(path);
      if (entry?.kind !== 'file') return undefined;
      return readBounded(join(root, path), path, limits.bytes);
    },
  };
}

/** The bytes of one file outside any tree (a witness that the user names). Links are followed here: the user chose the path; a pipe is not waited for. */
export function readFile(path: string, limit = DISK_LIMITS.bytes): Uint8Array {
  return readBounded(path, path, limit, constants.O_RDONLY | constants.O_NONBLOCK);
}

function walk(root: string, limits: DiskLimits): readonly Entry[] {
  const entries: Entry[] = [];
  const pending: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (folder.depth > limits.depth)
      throw new DiskError('too-deep', `more than ${limits.depth} folders inside one another`);
    for (const name of namesIn(root, folder.path)) {
      const path = folder.path === '' ? name : `${folder.path}/${name}`;
      const entry = entryOf(root, path);
      entries.push(entry);
      if (entries.length > limits.entries) throw new DiskError('too-many-entries', `more than ${limits.entries} files`);
      if (entry.kind === 'directory' && !UNSEEN.has(name)) pending.push({ path, depth: folder.depth + 1 });
    }
  }
  return entries.sort((a, b) => compareText(a.path, b.path));
}

function namesIn(root: string, folder: string): readonly string[] {
  try {
    return readdirSync(join(root, folder));
  } catch {
    throw new DiskError('unreadable', `the folder ${folder === '' ? '.' : folder} cannot be read`);
  }
}

/** The root itself may be reached through a link: the user named it. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function entryOf(root: string, path: string): Entry {
  const stats = statsOf(join(root, path));
  if (stats === undefined) return { path, kind: 'other', size: 0 };
  if (stats.isSymbolicLink()) return { path, kind: 'link', size: 0 };
  if (stats.isDirectory()) return { path, kind: 'directory', size: 0 };
  return stats.isFile() ? { path, kind: 'file', size: stats.size } : { path, kind: 'other', size: 0 };
}

/** What stands at a path that was just listed; `undefined` where it has gone or may not be looked at. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function readBounded(
  path: string,
  shown: string,
  limit: number,
  // No link is followed even when one was put in place after the listing, and no pipe is waited for.
  flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch {
    throw new DiskError('unreadable', `${shown} cannot be read`);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new DiskError('unreadable', `${shown} is not a regular file`);
    if (stats.size > limit) throw new DiskError('unreadable', `${shown} is larger than ${limit} bytes`);
    const bytes = new Uint8Array(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}
