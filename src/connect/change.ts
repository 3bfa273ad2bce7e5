import { DiskError, diskTree } from '../kernel/disk.ts';
import type { Tree } from '../kernel/tree.ts';
import { ConnectError } from './error.ts';
import { type GitTree, neededCommit, type ObjectId, wholeRepository } from './git.ts';

/** Three revisions of the store in a folder, the commits among them named. */
export interface StoreChange {
  readonly base: GitTree;
  /** The best common ancestor of base and head: what differs from it is the change. */
  readonly from: GitTree;
  readonly head: Tree | GitTree;
  readonly commits: { readonly base: ObjectId; readonly from: ObjectId; readonly head: ObjectId };
}

/**
 * Reads a change through git objects; nothing of it is checked out or executed. Without `head` the files are the folder's
 * own, committed or not. Throws {@link ConnectError} with the code `git`.
 */
export function readChange(
  folder: string,
  path: string | undefined,
  revisions: { readonly base: string; readonly head?: string },
): StoreChange {
  const repository = wholeRepository(folder, path);
  const base = neededCommit(repository, revisions.base);
  const head = neededCommit(repository, revisions.head ?? 'HEAD');
  const from = repository.mergeBase(base, head);
  if (from === undefined)
    throw new ConnectError('git', 'base and head share no commit', { remedy: 'Check out the whole history.' });
  return {
    base: repository.tree(base),
    from: repository.tree(from),
    head: revisions.head === undefined ? onDisk(folder) : repository.tree(head),
    commits: { base, from, head },
  };
}

function onDisk(folder: string): Tree {
  try {
    return diskTree(folder);
  } catch (error) {
    if (error instanceof DiskError) throw new ConnectError('git', error.message);
    throw error;
  }
}
