import { lstatSync, mkdirSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DiskError, diskTree } from '../kernel/disk.ts';
import { assert } from '../kernel/result.ts';
import type { Tree } from '../kernel/tree.ts';
import { RegistryError } from '../registry/error.ts';
import { type ArchiveFile, pathProblem } from '../seal/ustar.ts';
import type { WorkflowName } from '../store/model.ts';
import { isFull } from './surroundings.ts';

/** Installed workflows: each in a folder of its own below `<root>/<folder>`, put there whole or not at all. */
export interface Installation {
  /** Undefined where nothing stands. */
  tree(name: WorkflowName): Tree | undefined;
  /** Puts the files in place of whatever stands there. */
  put(name: WorkflowName, files: readonly ArchiveFile[]): void;
}

/** `root` is an absolute path; `folder` is relative and was found to lead below it. */
export function installation(root: string, folder: string): Installation {
  const at = (name: WorkflowName): string => join(root, folder, name);
  return {
    tree: (name) => {
      const found = stat(at(name));
      if (found === undefined) return undefined;
      checkFolders(root, `${folder}/${name}`);
      try {
        return diskTree(at(name));
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        throw new RegistryError('occupied', `${folder}/${name} cannot be read: ${error.message}`, { cause: error });
      }
    },
    put: (name, files) => {
      const target = at(name);
      try {
        makeFolders(root, `${folder}/${name.slice(0, name.indexOf('/'))}`);
        replaceFolder(target, files);
      } catch (error) {
        if (error instanceof RegistryError || !(error instanceof Error && 'code' in error)) throw error;
        throw new RegistryError(
          isFull(error) ? 'no-space' : 'unavailable',
          isFull(error)
            ? `the disk is full; what stands at ${folder}/${name} is as it was`
            : `the folder to install into cannot be written (${String(error.code)})`,
          { cause: error },
        );
      }
    },
  };
}

/** Writes beside, then changes over by renaming, so that a reader finds the old files or the new ones. */
function replaceFolder(target: string, files: readonly ArchiveFile[]): void {
  const own = basename(target);
  // No workflow's name begins with a point.
  const fresh = join(dirname(target), `.${own}.${process.pid}.new`);
  const old = join(dirname(target), `.${own}.${process.pid}.old`);
  rmSync(fresh, { recursive: true, force: true });
  try {
    mkdirSync(fresh);
    for (const { path, bytes } of files) {
      assert(pathProblem(path) === undefined, 'the paths of a package that was read lead nowhere else');
      const file = join(fresh, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes, { flag: 'wx', mode: 0o644 });
    }
    if (stat(target) === undefined) {
      renameSync(fresh, target);
      return;
    }
    renameSync(target, old);
    try {
      renameSync(fresh, target);
    } catch (error) {
      renameSync(old, target);
      throw error;
    }
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** A link on the way would lead out of the folder that the user named. */
function makeFolders(root: string, path: string): void {
  let at = root;
  for (const segment of path.split('/')) {
    at = join(at, segment);
    const found = stat(at);
    if (found === undefined) mkdirSync(at);
    else if (!found.isDirectory()) throw notFolder(path);
  }
}

function checkFolders(root: string, path: string): void {
  let at = root;
  for (const segment of path.split('/')) {
    at = join(at, segment);
    if (stat(at)?.isDirectory() !== true) throw notFolder(path);
  }
}

function notFolder(path: string): RegistryError {
  return new RegistryError('occupied', `${path} leads through a link or a file`, {
    remedy: 'remove it, or install into another folder',
  });
}

function stat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
