import { lstatSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import semver from 'semver';
import type { Tree } from '../kernel/tree.ts';
import { ConnectError } from './error.ts';
import { needWhole, openRepository } from './git.ts';

/**
 * The released versions of the store in `folder` as its git tags have them; none where it is in no repository. Throws
 * {@link ConnectError} where they cannot be known: whoever judges without them takes any version for the first one. Who only runs a workflow
 * finds out whether the one that it needs is there.
 */
export function gitReleases(
  folder: string,
  path: string | undefined,
  { judging }: { readonly judging: boolean } = { judging: true },
): { of(name: string): readonly { readonly version: string; readonly tree: Tree }[] } {
  const repository = openRepository(folder, path);
  if (repository === undefined) {
    if (judging && isInside(folder))
      throw new ConnectError(
        'git',
        'the store is in a git repository that git cannot read here: what has been released cannot be known',
        {
          remedy: 'Install git, or name the released versions with --releases.',
        },
      );
    return { of: () => [] };
  }
  let tags: ReturnType<typeof repository.releases> | undefined;
  return {
    of(name) {
      if (judging) needWhole(repository);
      tags ??= repository.releases();
      return tags
        .filter((tag) => tag.workflow === name && semver.valid(tag.version) !== null)
        .toSorted((a, b) => semver.compare(a.version, b.version))
        .map(({ version, commit }) => {
          const below = repository.folder === '' ? '' : `${repository.folder}/`;
          return { version, tree: repository.tree(commit, `${below}workflows/${name}`) };
        });
    },
  };
}

/** Whether a folder, or one above it, says that it is a repository. */
function isInside(folder: string): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (lstatSync(join(at, '.git'), { throwIfNoEntry: false }) !== undefined) return true;
    if (dirname(at) === at) return false;
  }
}
