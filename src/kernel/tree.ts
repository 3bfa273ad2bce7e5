import { compareText } from './json.ts';

/** What stands at a path of a tree. Links and special files are listed, never followed. */
export interface Entry {
  /** Relative, `/`-separated, without `.` or `..`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes; 0 for what is no file. */
  readonly size: number;
}

/**
 * A read-only tree of files: a folder on disk, a commit in git, an overlay in a test. All access of the parts below
 * `connect` to files goes through one.
 */
export interface Tree {
  /** Every entry below the root, sorted by path (UTF-16 code units). */
  list(): readonly Entry[];
  /** The bytes of a file; `undefined` where there is no file at the path. */
  read(path: string): Uint8Array | undefined;
}

const encoder = new TextEncoder();

/** A tree of files given as text or bytes; the folders on the way to them are listed too. */
export function memoryTree(files: Readonly<Record<string, string | Uint8Array>>): Tree {
  const contents = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(files)) {
    contents.set(path, typeof content === 'string' ? encoder.encode(content) : content);
  }
  const entries = listing(contents.keys(), (path) => contents.get(path)?.length ?? 0);
  return { list: () => entries, read: (path) => contents.get(path) };
}

/** `base` with the entries of `over` put on top; `removed` paths and what is below them are gone from `base`. */
export function overlayTree(base: Tree, over: Tree, removed: readonly string[] = []): Tree {
  const gone = (path: string): boolean => removed.some((at) => path === at || path.startsWith(`${at}/`));
  const merged = new Map<string, Entry>();
  for (const entry of base.list()) if (!gone(entry.path)) merged.set(entry.path, entry);
  for (const entry of over.list()) merged.set(entry.path, entry);
  const entries = [...merged.values()].sort((a, b) => compareText(a.path, b.path));
  return { list: () => entries, read: (path) => over.read(path) ?? (gone(path) ? undefined : base.read(path)) };
}

/** What stands below `folder`, with paths relative to it. */
export function subtree(tree: Tree, folder: string): Tree {
  const prefix = `${folder}/`;
  const entries = tree
    .list()
    .filter(({ path }) => path.startsWith(prefix))
    .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }));
  return { list: () => entries, read: (path) => tree.read(prefix + path) };
}

function listing(paths: Iterable<string>, sizeOf: (path: string) => number): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const path of paths) {
    entries.set(path, { path, kind: 'file', size: sizeOf(path) });
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (!entries.has(folder)) entries.set(folder, { path: folder, kind: 'directory', size: 0 });
    }
  }
  return [...entries.values()].sort((a, b) => compareText(a.path, b.path));
}
