import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { compareText } from '../kernel/json.ts';
import type { Entry, Tree } from '../kernel/tree.ts';
import { ConnectError } from './error.ts';

/** The id of a git object: 40 or 64 hexadecimal digits. */
export type ObjectId = string & { readonly __objectId: unique symbol };

/** A released version of a workflow: the tag `<namespace>/<name>/v<version>`. */
export interface ReleaseTag {
  /** `<namespace>/<name>`. */
  readonly workflow: string;
  readonly version: string;
  readonly commit: ObjectId;
}

/** A tree of a commit; `id` tells apart entries of equal path without reading them. */
export interface GitTree extends Tree {
  /** The object id of a file's content, a link's target or a folder. */
  id(path: string): ObjectId | undefined;
}

/**
 * Reads a repository by object id. Nothing of any commit is executed: no checkout, hook, filter, attribute, text conversion
 * or pager, and no fetch of missing objects. All methods throw {@link ConnectError} with the code `git`.
 */
export interface Repository {
  /** The folder that was opened, relative to the top of the repository: '' or `a/b`. */
  readonly folder: string;
  /** Whether older commits were left out when it was fetched: then tags may be missing too, and nothing shows it. */
  readonly isShallow: boolean;
  /** The commit that a branch, tag, id or `HEAD~2` names; `undefined` where it names none. */
  commit(ref: string): ObjectId | undefined;
  /** The best common ancestor of two commits; `undefined` where they share no history. */
  mergeBase(a: ObjectId, b: ObjectId): ObjectId | undefined;
  /** The folder as it is in a commit; an empty tree where the commit does not have it. */
  tree(commit: ObjectId, folder?: string): GitTree;
  /** Tags of released versions, sorted by name; a tag of another shape is passed over. */
  releases(): readonly ReleaseTag[];
}

const LIMITS = {
  entries: 50_000,
  /** Bytes of a listing, and of all files of a tree that are read together. */
  output: 256 * 1024 * 1024,
  /** A larger file is listed with its size and cannot be read. */
  file: 16 * 1024 * 1024,
  milliseconds: 60_000,
} as const;

/** Opens the repository that holds `folder`; `undefined` where none does or there is no git. */
export function openRepository(folder: string, path: string | undefined): Repository | undefined {
  let root: string;
  try {
    root = realpathSync(folder);
  } catch {
    return undefined;
  }
  const git = new Git(root, path);
  const top = git.run(['rev-parse', '--show-toplevel']);
  if (top.status !== 0) return undefined;
  const prefix = relative(realpathSync(text(top.stdout).replace(/\n$/, '')), root)
    .split(sep)
    .join('/');
  if (prefix.split('/').includes('..'))
    throw new ConnectError('git', 'the repository keeps its files in another folder');
  return {
    folder: prefix,
    isShallow: text(git.must(['rev-parse', '--is-shallow-repository'])).trim() !== 'false',
    commit: (ref) => resolveCommit(git, ref),
    mergeBase: (a, b) => {
      const { status, stdout } = git.run(['merge-base', '--end-of-options', a, b]);
      return status === 0 ? objectId(text(stdout).trim()) : undefined;
    },
    tree: (commit, inside = prefix) => readTree(git, commit, inside),
    releases: () => readReleases(git),
  };
}

/** Throws {@link ConnectError} for a repository whose history was cut off: what was released cannot be known there. */
export function needWhole({ isShallow }: Pick<Repository, 'isShallow'>): void {
  if (isShallow)
    throw new ConnectError(
      'git',
      'the clone is shallow: what has been released, and what a change started from, cannot be known',
      { remedy: `${WHOLE}, or git fetch --unshallow --tags.` },
    );
}

const WHOLE = 'Fetch the whole history with its tags: fetch-depth: 0 in actions/checkout';

/** The repository that holds `folder`, with all of its history. Throws {@link ConnectError} where there is none. */
export function wholeRepository(folder: string, path: string | undefined): Repository {
  const repository = openRepository(folder, path);
  if (repository === undefined)
    throw new ConnectError('git', 'the store is in no git repository, or there is no git', {
      remedy: 'It must be a checkout of the repository; on GitHub actions/checkout comes before this step.',
    });
  needWhole(repository);
  return repository;
}

/** A commit that must be there. Throws {@link ConnectError}. */
export function neededCommit(repository: Repository, ref: string): ObjectId {
  const commit = repository.commit(ref);
  if (commit !== undefined) return commit;
  throw new ConnectError('git', 'the checkout does not hold a commit that is needed', {
    said: ref,
    remedy: `${WHOLE}, or git fetch.`,
  });
}

interface Output {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

class Git {
  readonly #root: string;
  readonly #path: string | undefined;

  constructor(root: string, path: string | undefined) {
    this.#root = root;
    this.#path = path;
  }

  run(args: readonly string[], input?: string): Output {
    const settings = [
      // A repository's own configuration can name programs; these are the ones that plumbing may reach.
      'core.fsmonitor=false',
      'core.hooksPath=/dev/null',
      'core.attributesFile=/dev/null',
      'core.excludesFile=/dev/null',
      'core.useReplaceRefs=false',
      // Whoever owns the folder, the user has named it; what git's ownership check keeps from running is off here anyway.
      'safe.directory=*',
    ].flatMap((setting) => ['-c', setting]);
    const result = spawnSync(
      'git',
      ['--no-pager', '--no-replace-objects', '--literal-pathspecs', ...settings, ...args],
      {
        cwd: this.#root,
        env: environment(this.#path),
        shell: false,
        ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] as const } : { input }),
        maxBuffer: LIMITS.output,
        timeout: LIMITS.milliseconds,
        killSignal: 'SIGKILL',
        windowsHide: true,
      },
    );
    if (result.error !== undefined) {
      if ('code' in result.error && result.error.code === 'ENOENT')
        return { status: null, stdout: Buffer.alloc(0), stderr: '' };
      throw new ConnectError('git', 'git did not finish', { cause: result.error });
    }
    return { status: result.status, stdout: result.stdout, stderr: result.stderr.toString('latin1') };
  }

  /** The output of a command that can only fail when the repository is broken. */
  must(args: readonly string[], input?: string): Buffer {
    const { status, stdout, stderr } = this.run(args, input);
    if (status !== 0) throw new ConnectError('git', `git ${args[0] ?? ''} failed`, { said: stderr });
    return stdout;
  }
}

function environment(path: string | undefined): Readonly<Record<string, string>> {
  return {
    ...(path === undefined ? {} : { PATH: path }),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_LAZY_FETCH: '1',
    // Overrides every protocol setting of the repository: a promisor remote may name a program to fetch with.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** Branches, tags, ids, and steps back from them; no reflog, search or pathspec, whose meaning others can move. */
const REF = /^[A-Za-z0-9_][A-Za-z0-9_./@#+-]*(?:[~^][0-9]{0,4}){0,4}$/;

function resolveCommit(git: Git, ref: string): ObjectId | undefined {
  if (ref.length > 255 || !REF.test(ref) || ref.includes('..')) return undefined;
  const { status, stdout } = git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  return status === 0 ? objectId(text(stdout).trim()) : undefined;
}

interface Listed extends Entry {
  readonly id: ObjectId;
}

function readTree(git: Git, commit: ObjectId, folder: string): GitTree {
  const treeish = treeOf(git, commit, folder);
  const listed =
    treeish === undefined
      ? []
      : parseListing(git.must(['ls-tree', '-r', '-t', '-z', '--long', '--full-tree', treeish]));
  const files = new Map(listed.filter(({ kind }) => kind === 'file').map((entry) => [entry.path, entry] as const));
  const ids = new Map(listed.map(({ path, id }) => [path, id] as const));
  let contents: ReadonlyMap<ObjectId, Uint8Array> | undefined;
  return {
    list: () => listed,
    id: (path) => ids.get(path),
    read: (path) => {
      const entry = files.get(path);
      if (entry === undefined || entry.size > LIMITS.file) return undefined;
      contents ??= readBlobs(
        git,
        [...files.values()].filter(({ size }) => size <= LIMITS.file),
      );
      const bytes = contents.get(entry.id);
      if (bytes === undefined) throw new ConnectError('git', 'git did not give a file that it had listed');
      return bytes;
    },
  };
}

/** The tree at a folder of a commit, found one step at a time, so that no name is ever read as syntax. */
function treeOf(git: Git, commit: ObjectId, folder: string): ObjectId | undefined {
  let tree: ObjectId | undefined = objectId(
    text(git.must(['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`])).trim(),
  );
  for (const name of folder === '' ? [] : folder.split('/')) {
    if (tree === undefined) return undefined;
    const entries = parseListing(git.must(['ls-tree', '-z', '--long', '--full-tree', tree]));
    tree = entries.find((entry) => entry.path === name && entry.kind === 'directory')?.id;
  }
  return tree;
}

/** `<mode> SP <type> SP <id> SP+ <size> TAB <path> NUL` (git-ls-tree, "Output format"). */
function parseListing(output: Buffer): readonly Listed[] {
  const entries: Listed[] = [];
  const seen = new Set<string>();
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    const tab = output.indexOf(9, start);
    if (end === -1 || tab === -1 || tab > end) throw malformed();
    const [mode = '', , id = '', size = ''] = output.toString('latin1', start, tab).split(/ +/);
    const raw = output.subarray(tab + 1, end);
    const path = raw.toString('utf8');
    // A tree that git did not write can hold any name; a second reading of one path would let two readers see two files.
    if (path.split('/').some((name) => name === '' || name === '.' || name === '..') || seen.has(path))
      throw malformed();
    seen.add(path);
    const isText = Buffer.from(path, 'utf8').equals(raw);
    const kind = isText ? kindOf(mode) : 'other';
    // git says BAD of a file whose content it lacks.
    if (kind === 'file' && !/^[0-9]+$/.test(size))
      throw new ConnectError('git', 'a file of a commit is missing', { said: path });
    entries.push({ path, kind, size: kind === 'file' ? Number(size) : 0, id: objectId(id) });
    if (entries.length > LIMITS.entries)
      throw new ConnectError('git', `a commit has more than ${LIMITS.entries} files here`);
    start = end + 1;
  }
  return entries.toSorted((a, b) => compareText(a.path, b.path));
}

function kindOf(mode: string): Entry['kind'] {
  switch (mode) {
    case '100644':
    case '100755':
    case '100664':
      return 'file';
    case '040000':
      return 'directory';
    case '120000':
      return 'link';
    default:
      return 'other';
  }
}

/** The contents of blobs (git-cat-file, "Batch output"): `<id> SP <type> SP <size> LF <bytes> LF`, in the order asked. */
function readBlobs(git: Git, files: readonly Listed[]): ReadonlyMap<ObjectId, Uint8Array> {
  const sizes = new Map(files.map(({ id, size }) => [id, size] as const));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (total > LIMITS.output / 2)
    throw new ConnectError('git', `the files of a commit are larger than ${LIMITS.output / 2} bytes together`);
  const contents = new Map<ObjectId, Uint8Array>();
  if (sizes.size === 0) return contents;
  const output = git.must(['cat-file', '--batch', '--buffer'], [...sizes.keys()].map((id) => `${id}\n`).join(''));
  let at = 0;
  for (const [id, size] of sizes) {
    const line = output.indexOf(10, at);
    const head = line === -1 ? '' : output.toString('latin1', at, line);
    const end = line + 1 + size;
    if (head !== `${id} blob ${size}` || output[end] !== 10)
      throw new ConnectError('git', 'a file of a commit is missing', { said: head });
    contents.set(id, new Uint8Array(output.subarray(line + 1, end)));
    at = end + 1;
  }
  return contents;
}

const RELEASE = /^refs\/tags\/([a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*)\/v([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)$/;

function readReleases(git: Git): readonly ReleaseTag[] {
  const output = git.must(['for-each-ref', '--format=%(refname)', 'refs/tags']);
  const names = text(output)
    .split('\n')
    .flatMap((ref) => {
      const [, workflow, version] = RELEASE.exec(ref) ?? [];
      return workflow === undefined || version === undefined ? [] : [{ ref, workflow, version }];
    })
    .toSorted((a, b) => compareText(a.ref, b.ref));
  if (names.length === 0) return [];
  // One process for all: annotated tags, and tags of tags, peel to their commit.
  const peeled = git.must(
    ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    names.map(({ ref }) => `${ref}^{commit}\n`).join(''),
  );
  return text(peeled)
    .trimEnd()
    .split('\n')
    .flatMap((line, i) => {
      const name = names[i];
      const [id = '', type] = line.split(' ');
      if (name === undefined) return [];
      // Passed over, it would leave the next version without the promises of this one.
      if (type !== 'commit')
        throw new ConnectError('git', `the tag of the release ${name.workflow} ${name.version} leads to no commit`, {
          remedy:
            'fetch the tags with their commits (git fetch --tags --unshallow), or delete a tag that names no release',
        });
      return [{ workflow: name.workflow, version: name.version, commit: objectId(id) }];
    });
}

function objectId(id: string): ObjectId {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) throw malformed();
  // Just checked to be one.
  return id as ObjectId;
}

function malformed(): ConnectError {
  return new ConnectError('git', 'git gave something that is no listing, id or path');
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8');
}
