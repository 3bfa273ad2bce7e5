import { assert } from '../kernel/result.ts';
import { type Index, openIndex } from './client.ts';
import { RegistryError } from './error.ts';
import type { IndexWriter, Memory, Seen } from './files.ts';
import { keyIdOf, type Signers, tufKey } from './keys.ts';
import {
  BIN_PREFIXES,
  binOf,
  binRole,
  CATALOG_PATH,
  metadataPath,
  sha256Hex,
  targetFilePath,
  TIMESTAMP_PATH,
} from './layout.ts';
import {
  isDue,
  metaReference,
  type MetaReference,
  signBin,
  signRoot,
  signSnapshot,
  signTargets,
  signTimestamp,
  targetReference,
  type TargetReference,
} from './metadata.ts';

/** What is to change in an index. */
export interface Change {
  /** Target paths with their new bytes. */
  readonly targets: ReadonlyMap<string, Uint8Array>;
  /** Files beside the targets, under names that their content gave them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Whether roles are signed again though nothing changes in them, so that they do not expire. */
  readonly renew: boolean;
}

/** Nothing expires before this: a publisher must be able to take up an index that has run out, to renew it. */
const BEFORE_ALL = new Date(0);

/**
 * Makes an index in an empty folder and returns its root, which consumers must come to trust in another way. Throws `occupied`
 * where there is an index already.
 */
export async function createIndex(
  writer: IndexWriter,
  signers: Signers,
  targets: ReadonlyMap<string, Uint8Array>,
  now: Date,
): Promise<Uint8Array> {
  const { root, targets: top } = signers;
  if (root === undefined || top === undefined)
    throw new RegistryError('wrong-key', 'a new index needs the keys of all roles');
  return writer.exclusive(async () => {
    if ((await writer.read(TIMESTAMP_PATH, 1 << 20)) !== undefined) {
      throw new RegistryError('occupied', 'there is an index in this folder already');
    }
    const rootBytes = signRoot({ ...signers, root, targets: top }, now);
    const bins = new Map(BIN_PREFIXES.map((prefix) => [binRole(prefix), new Map<string, TargetReference>()]));
    for (const [path, bytes] of targets) {
      const reference = targetReference(bytes);
      bins.get(binOf(path))?.set(path, reference);
      await writer.write(targetFilePath(path, reference.hashes.sha256), bytes);
    }
    const meta = new Map<string, MetaReference>();
    const put = async (role: string, bytes: Uint8Array): Promise<void> => {
      meta.set(role, metaReference(1, bytes));
      await writer.write(metadataPath(role, 1), bytes);
    };
    await writer.write(metadataPath('root', 1), rootBytes);
    await put('targets', signTargets(1, tufKey(signers.bins.publicKey), top, now));
    for (const [role, references] of bins) await put(role, signBin(1, references, signers.bins, now));
    const snapshot = signSnapshot(1, meta, signers.snapshot, now);
    await writer.write(metadataPath('snapshot', 1), snapshot);
    await writer.stage(TIMESTAMP_PATH, signTimestamp(1, metaReference(1, snapshot), signers.timestamp, now));
    await writer.settle();
    await writer.promote(TIMESTAMP_PATH);
    const catalog = targets.get(CATALOG_PATH);
    if (catalog !== undefined) await nameCatalog(writer, sha256Hex(catalog));
    return rootBytes;
  });
}

/**
 * Changes an index as one step: whoever reads it, and whenever this is killed, finds the state before or the state after. All
 * new files are written beside the old ones; only the timestamp, which names them all by hash, is replaced, last. `edit` sees the
 * present state, checked from `root` down, and no other publisher changes it meanwhile. With a `memory`, a state older than one
 * that was published from before is refused: what came between would be lost. Throws {@link RegistryError}.
 */
export async function transact<T>(
  writer: IndexWriter,
  signers: Signers,
  root: Uint8Array,
  now: Date,
  memory: Memory,
  edit: (index: Index) => Promise<{ readonly change: Change; readonly value: T }>,
): Promise<T> {
  return writer.exclusive(async () => {
    const before = await writer.read(TIMESTAMP_PATH, 1 << 20);
    const index = await openIndex(writer, root, BEFORE_ALL, memory);
    checkSigners(index, signers);
    const { change, value } = await edit(index);
    if (change.targets.size === 0 && !change.renew) return value;
    const state = await commit(writer, signers, now, index, change, before);
    await afterwards(async () => {
      const seen = await memory.load();
      if (seen !== undefined) await memory.save({ root: seen.root, ...state });
    });
    return value;
  });
}

/** The index is the new one by now: a failure of what follows must not look like one of publishing. */
async function afterwards(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
  }
}

/** A target that had another content before. */
interface Replaced {
  readonly path: string;
  /** The SHA-256 of the content before, and of the present one. */
  readonly kept: readonly [string, string];
}

async function commit(
  writer: IndexWriter,
  signers: Signers,
  now: Date,
  index: Index,
  change: Change,
  before: Uint8Array | undefined,
): Promise<Pick<Seen, 'timestamp' | 'snapshot'>> {
  const { snapshot: current, timestamp } = index.trusted;
  assert(current !== undefined && timestamp !== undefined, 'an open index has a snapshot and a timestamp');
  const changed = new Map<string, Map<string, TargetReference>>();
  const replaced: Replaced[] = [];
  for (const [path, bytes] of change.targets) {
    const role = binOf(path);
    const old = (await index.bin(role)).signed.targets;
    let references = changed.get(role);
    if (references === undefined) {
      references = new Map(Object.entries(old).map(([at, target]) => [at, referenceOf(target)]));
      changed.set(role, references);
    }
    const reference = targetReference(bytes);
    const known = references.get(path);
    if (known !== undefined) replaced.push({ path, kept: [known.hashes.sha256, reference.hashes.sha256] });
    references.set(path, reference);
    await writer.write(targetFilePath(path, reference.hashes.sha256), bytes);
  }
  for (const [path, bytes] of change.files) await writer.write(path, bytes);

  const meta = new Map<string, MetaReference>(
    Object.entries(current.signed.meta).map(([file, { version, length, hashes }]) => {
      const sha256 = hashes?.['sha256'];
      assert(length !== undefined && sha256 !== undefined, 'an index of ours names its roles by hash');
      return [file.slice(0, -'.json'.length), { version, length, hashes: { sha256 } }];
    }),
  );
  const superseded: string[] = [];
  const put = async (role: string, version: number, bytes: Uint8Array): Promise<void> => {
    meta.set(role, metaReference(version, bytes));
    if (version > 2) superseded.push(metadataPath(role, version - 2));
    await writer.write(metadataPath(role, version), bytes);
  };
  if (change.renew) await renewTargets(index, signers, now, changed, put);
  for (const [role, references] of changed) {
    const version = (meta.get(role)?.version ?? 0) + 1;
    await put(role, version, signBin(version, references, signers.bins, now));
  }
  const version = current.signed.version + 1;
  const snapshot = signSnapshot(version, meta, signers.snapshot, now);
  if (version > 2) superseded.push(metadataPath('snapshot', version - 2));
  await writer.write(metadataPath('snapshot', version), snapshot);
  const next = signTimestamp(timestamp.signed.version + 1, metaReference(version, snapshot), signers.timestamp, now);
  await writer.stage(TIMESTAMP_PATH, next);
  await writer.settle();
  // The lock keeps publishers of this machine apart; where it could not be seen (a folder shared by machines), this still is.
  const found = await writer.read(TIMESTAMP_PATH, 1 << 20);
  if (before === undefined || found === undefined || Buffer.compare(before, found) !== 0) {
    throw new RegistryError('busy', 'another publisher has changed the index meanwhile', { remedy: 'publish again' });
  }
  await writer.promote(TIMESTAMP_PATH);
  await afterwards(async () => tidy(writer, superseded, replaced));
  return { timestamp: Buffer.from(next).toString(), snapshot: Buffer.from(snapshot).toString() };
}

/** Signs again what is over half its time; the top only where its key is at hand. Without that key it must not have run out. */
async function renewTargets(
  index: Index,
  signers: Signers,
  now: Date,
  changed: Map<string, Map<string, TargetReference>>,
  put: (role: string, version: number, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const top = index.trusted.role('targets')?.signed;
  assert(top !== undefined, 'an open index has its targets');
  if (signers.targets === undefined) {
    if (new Date(top.expires) <= now)
      throw new RegistryError('wrong-key', 'the targets of the index must be signed again: their key is needed');
  } else if (isDue('targets', top.expires, now)) {
    await put(
      'targets',
      top.version + 1,
      signTargets(top.version + 1, tufKey(signers.bins.publicKey), signers.targets, now),
    );
  }
  for (const prefix of BIN_PREFIXES) {
    const role = binRole(prefix);
    if (changed.has(role)) continue;
    const { signed } = await index.bin(role);
    if (!isDue('bins', signed.expires, now)) continue;
    changed.set(role, new Map(Object.entries(signed.targets).map(([at, target]) => [at, referenceOf(target)])));
  }
}

/** Takes away what the state before the last one needed. Files of the last one stay, for readers who are in the middle of it. */
async function tidy(writer: IndexWriter, superseded: readonly string[], replaced: readonly Replaced[]): Promise<void> {
  for (const path of superseded) await writer.remove(path);
  for (const { path, kept } of replaced) {
    // Records stay, whatever becomes of them; lists are large and change with every publication.
    if (path.split('/').length > 2) continue;
    if (path === CATALOG_PATH) await nameCatalog(writer, kept[1]);
    const present = new Set(kept.map((sha256) => targetFilePath(path, sha256)));
    const [folder, base] = parted(targetFilePath(path, ''));
    for (const name of await writer.list(folder)) {
      const at = `${folder}/${name}`;
      if (name.endsWith(base) && !present.has(at)) await writer.remove(at);
    }
  }
}

function parted(path: string): readonly [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/** The catalog under a fixed name too, for readers who only want to know what there is. No client of ours reads it. */
async function nameCatalog(writer: IndexWriter, sha256: string): Promise<void> {
  await writer.alias(CATALOG_PATH, targetFilePath(CATALOG_PATH, sha256));
}

/** Refuses before anything is written what no client would accept. */
function checkSigners(index: Index, signers: Signers): void {
  const { roles } = index.trusted.root.signed;
  const delegated = index.trusted.role('targets')?.signed.delegations?.roles ?? {};
  const wrong = [
    ['snapshot', roles['snapshot']?.keyIDs, signers.snapshot],
    ['timestamp', roles['timestamp']?.keyIDs, signers.timestamp],
    ['targets', roles['targets']?.keyIDs, signers.targets],
    ['bins', delegated[binRole(BIN_PREFIXES[0] ?? '')]?.keyIDs, signers.bins],
  ] as const;
  for (const [role, ids, signer] of wrong) {
    if (signer !== undefined && ids?.includes(keyIdOf(signer)) !== true) {
      throw new RegistryError('wrong-key', `the key for ${role} is not the one that this index names`);
    }
  }
}

function referenceOf({
  length,
  hashes,
}: {
  readonly length: number;
  readonly hashes: Readonly<Record<string, string>>;
}): TargetReference {
  const sha256 = hashes['sha256'];
  assert(sha256 !== undefined, 'an index of ours names its targets by SHA-256');
  return { length, hashes: { sha256 } };
}
