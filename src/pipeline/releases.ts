import semver from 'semver';
import { compareText } from '../kernel/json.ts';
import { type Entry, subtree, type Tree } from '../kernel/tree.ts';

/** One released version of a workflow: its folder as a tree. */
export interface ReleasedFolder {
  /** As the folder is called, which need not be a version. */
  readonly version: string;
  readonly tree: Tree;
}

/** Where released versions come from: git tags or folders. Newest last. */
export interface Releases {
  /** The releases of `<namespace>/<name>`. */
  of(name: string): readonly ReleasedFolder[];
}

export const NO_RELEASES: Releases = { of: () => [] };

/** Releases as folders `<namespace>/<name>/<version>/`. */
export function folderReleases(tree: Tree): Releases {
  return {
    of(name) {
      const versions = new Set(
        tree
          .list()
          .map(({ path }) => path)
          .filter((path) => path.startsWith(`${name}/`))
          .map((path) => path.slice(name.length + 1).split('/', 1)[0] ?? ''),
      );
      return [...versions].toSorted(inOrder).map((version) => ({ version, tree: subtree(tree, `${name}/${version}`) }));
    },
  };
}

/** Versions in their order, after whatever is none. */
function inOrder(a: string, b: string): number {
  const [first, second] = [semver.valid(a), semver.valid(b)];
  if (first !== null && second !== null) return semver.compare(first, second);
  return first === second ? compareText(a, b) : first === null ? -1 : 1;
}

/** A tree as it looks below `folder`. */
export function prefixTree(tree: Tree, folder: string): Tree {
  const parents = folder.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'));
  const entries: readonly Entry[] = [
    ...parents.map((path): Entry => ({ path, kind: 'directory', size: 0 })),
    ...tree.list().map((entry) => ({ ...entry, path: `${folder}/${entry.path}` })),
  ];
  return {
    list: () => entries,
    read: (path) => (path.startsWith(`${folder}/`) ? tree.read(path.slice(folder.length + 1)) : undefined),
  };
}
