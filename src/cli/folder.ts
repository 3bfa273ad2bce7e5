import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskSentence } from '../connect/surroundings.ts';
import { DiskError, diskTree } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import type { Tree } from '../kernel/tree.ts';
import { UsageError } from './io.ts';

/** A folder that the user named, as a tree; what keeps it from being read is wrong use. */
export function openFolder(path: string): Tree {
  try {
    return diskTree(path);
  } catch (error) {
    if (error instanceof DiskError) throw new UsageError(`${encodeLine(path, 200)}: ${error.message}`);
    throw error;
  }
}

/**
 * Makes a folder and those above it, one by one: the recursive mkdir of Node never comes back where the system says that a
 * parent is missing and will not have it made (/proc).
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    throw new UsageError(`the folder ${encodeLine(path, 200)} cannot be made`, { cause: error });
  }
}

/** Writes a file; with `fresh` only where nothing stands yet. */
export function writeText(path: string, text: string, { fresh = false } = {}): void {
  try {
    writeFileSync(path, text, { flag: fresh ? 'wx' : 'w' });
  } catch (error) {
    if (fresh && !isTaken(error)) rmSync(path, { force: true });
    const why = diskSentence(error);
    throw new UsageError(`${encodeLine(path, 200)} cannot be written${why === undefined ? '' : `: ${why}`}`, {
      cause: error,
    });
  }
}

/** Writes new files below a folder, all of them or none: what was written is taken away again where one cannot be. */
export function writeNew(root: string, files: Iterable<readonly [string, string]>): void {
  const written: string[] = [];
  try {
    for (const [path, text] of files) {
      const file = join(root, path);
      makeFolder(dirname(file));
      writeText(file, text, { fresh: true });
      written.push(file);
    }
  } catch (error) {
    for (const file of written) rmSync(file, { force: true });
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
