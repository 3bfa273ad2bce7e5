import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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
    throw new UsageError(`${encodeLine(path, 200)} cannot be written`, { cause: error });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
