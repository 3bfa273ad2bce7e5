import semver from 'semver';
import type { Tree } from '../kernel/tree.ts';
import { openRepository } from './git.ts';

/** The released versions of the store in `folder` as its git tags have them; none where it is in no repository. */
export function gitReleases(
  folder: string,
  path: string | undefined,
): { of(name: string): readonly { readonly version: string; readonly tree: Tree }[] } {
  const repository = openRepository(folder, path);
  if (repository === undefined) return { of: () => [] };
  let tags: ReturnType<typeof repository.releases> | undefined;
  return {
    of(name) {
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
