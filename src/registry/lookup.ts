import { suggest } from '../kernel/suggest.ts';
import type { WorkflowName } from '../store/model.ts';
import type { Index } from './client.ts';
import { RegistryError } from './error.ts';
import { bundlePath, CATALOG_PATH, namesPath, packagePath, recordPath, SEARCH_PATHS } from './layout.ts';
import { readLineNames } from './lines.ts';
import { CATALOG, LIST_LIMIT, readSearch, type SearchEntry } from './lists.ts';
import { newest } from './names.ts';
import { type IndexRecord, type KnownVersion, NAMES_LIMIT, readNames, readRecord, RECORD_LIMIT } from './record.ts';
import { hexOf } from '../kernel/digest.ts';
import type { Sealed } from '../seal/verify.ts';

/** The versions of a workflow that the index knows, oldest first. */
export async function versionsOf(index: Index, name: WorkflowName): Promise<readonly KnownVersion[]> {
  const bytes = await index.target(namesPath(name), NAMES_LIMIT);
  const names = bytes === undefined ? {} : readNames(bytes);
  return Object.hasOwn(names, name) ? (names[name] ?? []) : [];
}

/** Everything that search looks through, in no order that counts. */
export async function searchEntries(index: Index): Promise<readonly SearchEntry[]> {
  const files = await Promise.all(
    SEARCH_PATHS.map(async (path) => {
      const bytes = await index.target(path, LIST_LIMIT);
      if (bytes === undefined) throw new RegistryError('malformed', `the index has no ${path}`);
      return [...readSearch(bytes)];
    }),
  );
  return files.flat();
}

/** The record of one version; undefined where the index has none. */
export async function recordOf(index: Index, name: WorkflowName, version: string): Promise<IndexRecord | undefined> {
  const bytes = await index.target(recordPath(name, version), RECORD_LIMIT);
  return bytes === undefined ? undefined : readRecord(bytes, { name, version });
}

/**
 * The record that is meant by a name with or without a version: without one, the newest of the channel that is not revoked.
 * Throws `not-found`, with the nearest name that there is.
 */
export async function resolve(
  index: Index,
  name: WorkflowName,
  version: string | undefined,
  channel: string,
): Promise<IndexRecord> {
  if (version !== undefined) {
    const record = await recordOf(index, name, version);
    if (record !== undefined) return record;
  }
  const versions = await versionsOf(index, name);
  if (versions.length === 0) throw await unknownName(index, name);
  if (version !== undefined) {
    const listed = versions.map((one) => one.version).slice(-5);
    throw new RegistryError('not-found', `${name} has no version ${version} in the index`, {
      remedy: `there are ${listed.join(', ')}`,
    });
  }
  const chosen = newest(versions, channel);
  if (chosen === undefined) {
    const why = versions.every(({ revoked }) => revoked) ? 'every version is revoked' : 'it has versions in others';
    throw new RegistryError('not-found', `${name} has nothing to offer in the channel ${channel}: ${why}`);
  }
  const record = await recordOf(index, name, chosen.version);
  if (record === undefined)
    throw new RegistryError('malformed', `the index lists ${name}@${chosen.version} without a record`);
  return record;
}

/** The bytes that a record names, each checked against its digest. Whether they deserve belief is not known yet. */
export async function fetchSealed(index: Index, record: IndexRecord): Promise<Sealed> {
  const file = async (path: string, { digest, size }: IndexRecord['package']): Promise<Uint8Array> => {
    try {
      return await index.file(path, { length: size, sha256: hexOf(digest) });
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'mix-and-match') throw error;
      throw new RegistryError('altered', `${path} is not what the record of ${record.name}@${record.version} names`, {
        cause: error,
      });
    }
  };
  const [packed, ...bundles] = await Promise.all([
    file(packagePath(record.package.digest), record.package),
    ...record.bundles.map(async (bundle) => file(bundlePath(bundle.digest), bundle)),
  ]);
  return {
    package: packed,
    bundles: bundles.map((bytes, i) => ({ name: `bundle ${i + 1}`, bytes })),
  };
}

async function unknownName(index: Index, name: string): Promise<RegistryError> {
  const bytes = await index.target(CATALOG_PATH, LIST_LIMIT);
  const known = bytes === undefined ? [] : readLineNames(CATALOG, bytes);
  const near = suggest(name, known);
  return new RegistryError(
    'not-found',
    `the index has no workflow ${name}`,
    near === null ? {} : { remedy: `is ${near} meant? Nothing is installed by likeness` },
  );
}
