import { digestBytes } from '../kernel/digest.ts';
import { DiskError } from '../kernel/disk.ts';
import type { Tree } from '../kernel/tree.ts';
import { type ArchiveFile, encodeArchive } from '../seal/ustar.ts';
import { readPackage } from '../seal/pack.ts';
import type { WorkflowName } from '../store/model.ts';
import { isWorkflowName } from '../store/words.ts';
import type { Index } from './client.ts';
import { RegistryError } from './error.ts';
import { type Demands, verified } from './install.ts';
import type { Locked, Lockfile } from './lockfile.ts';
import { fetchSealed, recordOf, versionsOf } from './lookup.ts';
import { newest } from './names.ts';
import type { IndexTrust } from './trust.ts';

/** What is wrong with, or new about, an installed workflow. All but `superseded` mean: do not run it. */
export type Problem =
  | { readonly kind: 'missing' }
  /** `files`: which ones differ, where the package could be fetched. */
  | { readonly kind: 'altered'; readonly files: readonly string[] }
  | { readonly kind: 'revoked'; readonly reason: string; readonly at: string }
  /** The index does not hold this version with this package. */
  | { readonly kind: 'unknown' }
  /** Its seal would be refused today. */
  | { readonly kind: 'refused'; readonly error: RegistryError }
  | { readonly kind: 'superseded'; readonly by: string };

export interface Checked {
  readonly name: WorkflowName;
  readonly version: string;
  readonly problems: readonly Problem[];
}

/** Whether a problem forbids to run the workflow. */
export function isGrave({ kind }: Problem): boolean {
  return kind !== 'superseded';
}

/**
 * Compares every installed workflow with its lock and with the present index. `installed` gives the folder of a workflow,
 * undefined where there is none. `index` undefined: only what can be told without one.
 */
export async function checkInstalled(
  lockfile: Lockfile,
  installed: (name: WorkflowName) => Tree | undefined,
  consumer: { readonly index: Index; readonly trust: IndexTrust; readonly demands: Demands } | undefined,
): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  for (const [name, locked] of Object.entries(lockfile.workflows)) {
    if (!isWorkflowName(name)) continue;
    const tree = installed(name);
    const found = tree === undefined ? undefined : filesOf(tree);
    const isAsLocked = tree !== undefined && installedDigest(name, tree) === locked.package;
    const problems: Problem[] = [];
    if (consumer !== undefined) problems.push(...(await inIndex(name, locked, consumer)));
    if (found === undefined) problems.push({ kind: 'missing' });
    else if (!isAsLocked)
      problems.push({ kind: 'altered', files: await differing(name, locked, found, consumer?.index) });
    checked.push({ name, version: locked.version, problems });
  }
  return checked;
}

async function inIndex(
  name: WorkflowName,
  locked: Locked,
  { index, trust, demands }: { readonly index: Index; readonly trust: IndexTrust; readonly demands: Demands },
): Promise<readonly Problem[]> {
  const record = await recordOf(index, name, locked.version);
  if (record === undefined || record.package.digest !== locked.package) return [{ kind: 'unknown' }];
  const problems: Problem[] = [];
  if (record.revoked !== undefined) problems.push({ kind: 'revoked', ...record.revoked });
  else {
    try {
      verified(await fetchSealed(index, record), record, trust, demands);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code === 'unavailable') throw error;
      problems.push({ kind: 'refused', error });
    }
  }
  const best = newest(await versionsOf(index, name), record.channel);
  if (best !== undefined && best.version !== locked.version) problems.push({ kind: 'superseded', by: best.version });
  return problems;
}

/** The files of an installed workflow; a link or a special file stands for something that no package holds. */
function filesOf(tree: Tree): readonly ArchiveFile[] {
  return tree.list().flatMap(({ path, kind }): readonly ArchiveFile[] => {
    if (kind === 'directory') return [];
    return [{ path, bytes: kind === 'file' ? contentOf(tree, path) : new Uint8Array() }];
  });
}

/** What cannot be read is not what was sealed: nothing stands for it, and no file of a package differs from that unseen. */
function contentOf(tree: Tree, path: string): Uint8Array {
  try {
    return tree.read(path) ?? new Uint8Array();
  } catch (error) {
    if (error instanceof DiskError) return new Uint8Array();
    throw error;
  }
}

/** The digest of the package that a folder was unpacked from: a package has exactly one form. Undefined where it can be from none. */
export function installedDigest(name: WorkflowName, tree: Tree): string | undefined {
  const folder = ownName(name);
  if (tree.list().some(({ kind }) => kind === 'link' || kind === 'other')) return undefined;
  const archive = encodeArchive(filesOf(tree).map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes })));
  return archive.ok ? digestBytes(archive.value) : undefined;
}

/** Which files are not as they were sealed; nothing where that cannot be found out. */
async function differing(
  name: WorkflowName,
  locked: Locked,
  found: readonly ArchiveFile[],
  index: Index | undefined,
): Promise<readonly string[]> {
  if (index === undefined) return [];
  const record = await recordOf(index, name, locked.version);
  if (record === undefined || record.package.digest !== locked.package) return [];
  const unpacked = readPackage((await fetchSealed(index, record)).package);
  if (!unpacked.ok) return [];
  const sealed = new Map(unpacked.value.files.map(({ path, bytes }) => [path, bytes]));
  const present = new Map(found.map(({ path, bytes }) => [path, bytes]));
  return [...new Set([...sealed.keys(), ...present.keys()])].sort().filter((path) => {
    const [a, b] = [sealed.get(path), present.get(path)];
    return a === undefined || b === undefined || Buffer.compare(a, b) !== 0;
  });
}

function ownName(name: WorkflowName): string {
  return name.slice(name.indexOf('/') + 1);
}
