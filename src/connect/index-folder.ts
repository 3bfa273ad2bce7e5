import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RegistryError } from '../registry/error.ts';
import type { IndexWriter } from '../registry/files.ts';

/** What of `node:fs` a publisher changes a folder with, so that a test can fill the disk or die at any step. */
export interface FolderOperations {
  write(path: string, bytes: Uint8Array, flags: 'w' | 'wx'): void;
  sync(path: string): Promise<void>;
  rename(from: string, to: string): void;
  link(present: string, path: string): void;
  remove(path: string): void;
  makeFolder(path: string): void;
}

/** The file system as it is. */
export const NODE_OPERATIONS: FolderOperations = {
  write: (path, bytes, flags) => {
    const descriptor = openSync(path, flags);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    } finally {
      closeSync(descriptor);
    }
  },
  sync: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename: renameSync,
  link: linkSync,
  remove: (path) => rmSync(path, { force: true }),
  makeFolder: (path) => mkdirSync(path, { recursive: true }),
};

/** Where publishers say that they are at work; no part of the index. */
const LOCKS = '.publishing';

/** How long a publisher waits for another, and how often it looks, in milliseconds. */
const PATIENCE = { total: 30_000, step: 20 } as const;

/** The index in a folder of this machine. */
export function folderIndex(
  root: string,
  operations: FolderOperations = NODE_OPERATIONS,
  patience: number = PATIENCE.total,
): IndexWriter {
  return new Folder(root, operations, patience);
}

class Folder implements IndexWriter {
  readonly #root: string;
  readonly #operations: FolderOperations;
  readonly #patience: number;
  readonly #folders = new Set<string>();
  readonly #unsettled = new Set<string>();

  constructor(root: string, operations: FolderOperations, patience: number) {
    this.#root = root;
    this.#operations = operations;
    this.#patience = patience;
  }

  async read(path: string, limit: number): Promise<Uint8Array | undefined> {
    return readWhole(this.#at(path), path, limit);
  }

  async list(folder: string): Promise<readonly string[]> {
    return namesIn(this.#at(folder));
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const at = this.#at(path);
    this.#prepare(at);
    const isNew = disk(() => created(() => this.#operations.write(at, bytes, 'wx')));
    // Equal bytes may be in use already and must not be touched; others were left by a publisher that was killed.
    if (!isNew) {
      const present = readWhole(at, path, Infinity);
      if (present !== undefined && Buffer.compare(present, bytes) === 0) return;
      disk(() => this.#operations.write(at, bytes, 'w'));
    }
    this.#unsettled.add(at);
  }

  async settle(): Promise<void> {
    const written = [...this.#unsettled];
    const folders = new Set(written.map((path) => dirname(path)));
    this.#unsettled.clear();
    // Together, so that the file system writes its journal once.
    await inGroups([...written, ...folders], 64, async (path) => diskAsync(this.#operations.sync(path)));
  }

  async stage(path: string, bytes: Uint8Array): Promise<void> {
    const at = this.#at(path);
    this.#prepare(at);
    disk(() => this.#operations.write(staged(at), bytes, 'w'));
    this.#unsettled.add(staged(at));
  }

  async promote(path: string): Promise<void> {
    const at = this.#at(path);
    disk(() => this.#operations.rename(staged(at), at));
    await diskAsync(this.#operations.sync(dirname(at)));
  }

  async alias(path: string, present: string): Promise<void> {
    const at = this.#at(path);
    const beside = staged(at);
    const bytes = (): Uint8Array => readWhole(this.#at(present), present, Infinity) ?? new Uint8Array();
    disk(() => this.#operations.remove(beside));
    try {
      this.#operations.link(this.#at(present), beside);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      // Not every file system has links.
      disk(() => this.#operations.write(beside, bytes(), 'w'));
    }
    disk(() => this.#operations.rename(beside, at));
  }

  async remove(path: string): Promise<void> {
    disk(() => this.#operations.remove(this.#at(path)));
  }

  /**
   * Each publisher puts up a file of its own, then looks whether another's owner is alive; if so it takes its own down and waits.
   * Of two that come at once at least one sees the other. A dead owner's file is never anybody else's, so that removing it is
   * safe whoever does it.
   */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const folder = join(this.#root, LOCKS);
    const own = `${host()}.${process.pid}.${randomBytes(8).toString('hex')}`;
    const deadline = performance.now() + this.#patience;
    for (;;) {
      disk(() => this.#putUp(folder, own));
      const others = namesIn(folder).filter((name) => name !== own);
      const alive = others.filter(isAlive);
      if (alive.length === 0) {
        for (const name of others) attempt(() => this.#operations.remove(join(folder, name)));
        break;
      }
      this.#takeDown(folder, own);
      if (performance.now() > deadline) throw busy(folder, alive[0] ?? '');
      await pause(PATIENCE.step * (0.5 + Math.random()));
    }
    try {
      return await work();
    } finally {
      this.#takeDown(folder, own);
    }
  }

  /** Paths are made by us, so that nothing in them must be resolved. */
  #at(path: string): string {
    return `${this.#root}/${path}`;
  }

  #putUp(folder: string, own: string): void {
    for (let i = 0; i < 100; i += 1) {
      this.#operations.makeFolder(folder);
      try {
        this.#operations.write(join(folder, own), new Uint8Array(), 'wx');
        return;
      } catch (error) {
        // Another publisher went and took the empty folder with it.
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
  }

  #takeDown(folder: string, own: string): void {
    attempt(() => this.#operations.remove(join(folder, own)));
    attempt(() => rmdirSync(folder));
  }

  #prepare(at: string): void {
    const folder = dirname(at);
    if (this.#folders.has(folder)) return;
    disk(() => this.#operations.makeFolder(folder));
    this.#folders.add(folder);
  }
}

function staged(at: string): string {
  return `${at}.new`;
}

function readWhole(at: string, shown: string, limit: number): Uint8Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(at, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new RegistryError('unavailable', `${shown} of the index cannot be read`, { cause: error });
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return undefined;
    if (stats.size > limit) throw new RegistryError('too-large', `${shown} of the index is larger than ${limit} bytes`);
    const bytes = Buffer.allocUnsafe(stats.size);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < bytes.length; filled += count) {
      count = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new RegistryError('unavailable', 'a folder of the index cannot be read', { cause: error });
  }
}

function created(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function host(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 12);
}

/** Of another machine nothing can be known, so that its file stands until somebody removes it. */
function isAlive(name: string): boolean {
  const [where, pid] = name.split('.');
  if (where !== host() || pid === undefined || !/^\d{1,10}$/.test(pid)) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function busy(folder: string, name: string): RegistryError {
  const [, pid] = name.split('.');
  return new RegistryError('busy', `another publisher holds the index (process ${pid ?? '?'})`, {
    remedy: `wait for it; if no such publisher runs, remove ${join(folder, name)}`,
  });
}

/** Turns what a disk says into a refusal; what is not a disk's saying goes on as it is. */
function diskError(error: unknown): unknown {
  const code = codeOf(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new RegistryError('no-space', 'the disk of the index is full; the index is as it was', { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'EIO':
    case 'EMFILE':
    case 'ENOTDIR':
    case 'EISDIR':
      return new RegistryError('unavailable', `the folder of the index cannot be written (${code})`, { cause: error });
    default:
      return error;
  }
}

function disk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error);
  }
}

async function diskAsync(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw diskError(error);
  }
}

/** For what only tidies up: its failure changes nothing that counts. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

async function inGroups<T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += size) await Promise.all(items.slice(at, at + size).map(work));
}
