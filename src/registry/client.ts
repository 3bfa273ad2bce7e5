import type { Metadata, Targets } from '@tufjs/models';
import { assert } from '../kernel/result.ts';
import { RegistryError } from './error.ts';
import { type IndexReader, type Memory, NO_MEMORY } from './files.ts';
import { metadataPath, sha256Hex, targetFilePath, TIMESTAMP_PATH } from './layout.ts';
import { TrustedMetadata } from './trusted.ts';

/**
 * Bounds in bytes. Root and timestamp are parsed before anything vouches for them, and the library's time grows with the square
 * of their entries, so theirs are small.
 */
const LIMITS = { root: 65_536, timestamp: 16_384, snapshot: 1 << 20, targets: 1 << 20 } as const;

/** Roots that may follow the trusted one in one update. */
const ROTATIONS = 64;

/** What metadata says about a file before it is fetched. */
export interface Expected {
  readonly length: number;
  readonly sha256: string;
}

/** An index whose present state was checked from a trusted root down; whatever it hands out is signed. */
export interface Index {
  /** Versions of the state, for people and lock files. */
  readonly versions: { readonly root: number; readonly timestamp: number; readonly snapshot: number };
  /** The instant until which the state is held current. */
  readonly expires: string;
  readonly trusted: TrustedMetadata;
  /** A bin's signed metadata. */
  bin(role: string): Promise<Metadata<Targets>>;
  /** The bytes of a target; undefined where the index has none of this path. */
  target(path: string, limit: number): Promise<Uint8Array | undefined>;
  /** A file beside the targets, which a record names by digest and size. */
  file(path: string, expected: Expected): Promise<Uint8Array>;
}

/**
 * Updates to the present state of an index (TUF specification 1.0.31, section 5). `root` is the trusted root's bytes; a newer
 * one that `memory` holds came from it. What was found good is remembered even when a later part is refused. Throws
 * {@link RegistryError}.
 */
export async function openIndex(
  reader: IndexReader,
  root: Uint8Array,
  now: Date,
  memory: Memory = NO_MEMORY,
): Promise<Index> {
  return new Client(reader, memory).open(root, now);
}

class Client {
  readonly #reader: IndexReader;
  readonly #memory: Memory;
  #timestamp: Uint8Array | undefined;
  #snapshot: Uint8Array | undefined;

  constructor(reader: IndexReader, memory: Memory) {
    this.#reader = reader;
    this.#memory = memory;
  }

  async open(root: Uint8Array, now: Date): Promise<Index> {
    const seen = await this.#memory.load();
    let rootBytes = seen === undefined ? root : encode(seen.root);
    const trusted = seen === undefined ? new TrustedMetadata(root, now) : restored(rootBytes, now);
    try {
      rootBytes = await this.#updateRoot(trusted, rootBytes);
      await this.#updateTimestamp(trusted, seen?.timestamp);
      await this.#updateSnapshot(trusted, seen?.snapshot);
    } finally {
      await this.#memory.save({
        root: decode(rootBytes),
        timestamp: this.#timestamp === undefined ? seen?.timestamp : decode(this.#timestamp),
        snapshot: this.#snapshot === undefined ? seen?.snapshot : decode(this.#snapshot),
      });
    }
    await this.#load(trusted, 'targets', 'root');
    const { timestamp, snapshot } = trusted;
    assert(timestamp !== undefined && snapshot !== undefined, 'an updated index has a timestamp and a snapshot');
    return {
      versions: {
        root: trusted.root.signed.version,
        timestamp: timestamp.signed.version,
        snapshot: snapshot.signed.version,
      },
      expires: timestamp.signed.expires,
      trusted,
      bin: async (role) => this.#load(trusted, role, 'targets'),
      target: async (path, limit) => this.#target(trusted, path, limit),
      file: async (path, expected) => this.#verified(path, path, expected),
    };
  }

  async #updateRoot(trusted: TrustedMetadata, known: Uint8Array): Promise<Uint8Array> {
    let bytes = known;
    for (let i = 0; i < ROTATIONS; i += 1) {
      const next = await this.#reader.read(metadataPath('root', trusted.root.signed.version + 1), LIMITS.root);
      if (next === undefined) break;
      trusted.updateRoot(next);
      bytes = next;
    }
    return bytes;
  }

  async #updateTimestamp(trusted: TrustedMetadata, seen: string | undefined): Promise<void> {
    if (seen !== undefined) tolerating(() => trusted.updateTimestamp(encode(seen)));
    const bytes = await this.#reader.read(TIMESTAMP_PATH, LIMITS.timestamp);
    if (bytes === undefined) {
      throw new RegistryError('not-found', 'there is no index at this place', {
        remedy: 'an index is the folder that holds metadata/timestamp.json',
      });
    }
    if (trusted.updateTimestamp(bytes) === 'new') this.#timestamp = bytes;
    else if (seen !== decode(bytes)) {
      throw new RegistryError(
        'mix-and-match',
        'there are two timestamps of one version: the index shows different states',
      );
    }
  }

  async #updateSnapshot(trusted: TrustedMetadata, seen: string | undefined): Promise<void> {
    const meta = trusted.timestamp?.signed.snapshotMeta;
    const expected = expectedOf('snapshot', meta?.length, meta?.hashes, LIMITS.snapshot);
    assert(meta !== undefined, 'a snapshot is looked for after the timestamp');
    if (seen !== undefined) {
      const isCurrent = tolerating(() => trusted.updateSnapshot(encode(seen), true));
      if (isCurrent && sha256Hex(encode(seen)) === expected.sha256) return;
      if (isCurrent) {
        throw new RegistryError(
          'mix-and-match',
          'there are two snapshots of one version: the index shows different states',
        );
      }
    }
    const bytes = await this.#verified(metadataPath('snapshot', meta.version), 'snapshot', expected);
    trusted.updateSnapshot(bytes, false);
    this.#snapshot = bytes;
  }

  /** Metadata of targets or of a bin, which the snapshot names by hash. */
  async #load(trusted: TrustedMetadata, role: string, delegator: string): Promise<Metadata<Targets>> {
    const known = trusted.role(role);
    if (known !== undefined) return known;
    const meta = trusted.snapshot?.signed.meta[`${role}.json`];
    if (meta === undefined) throw new RegistryError('mix-and-match', `the snapshot does not name ${role}`);
    const expected = expectedOf(role, meta.length, meta.hashes, LIMITS.targets);
    const path = metadataPath(encodeURIComponent(role), meta.version);
    trusted.updateTargets(await this.#verified(path, role, expected), role, delegator);
    const loaded = trusted.role(role);
    assert(loaded !== undefined, 'a role that was taken up is there');
    return loaded;
  }

  async #target(trusted: TrustedMetadata, path: string, limit: number): Promise<Uint8Array | undefined> {
    const own = trusted.role('targets')?.signed;
    let reference = entry(own?.targets, path);
    if (reference === undefined) {
      for (const { role, terminating } of own?.delegations?.rolesForTarget(path) ?? []) {
        reference = entry((await this.#load(trusted, role, 'targets')).signed.targets, path);
        if (reference !== undefined || terminating) break;
      }
    }
    if (reference === undefined) return undefined;
    const expected = expectedOf(path, reference.length, reference.hashes, limit);
    return this.#verified(targetFilePath(path, expected.sha256), path, expected);
  }

  async #verified(path: string, shown: string, expected: Expected): Promise<Uint8Array> {
    const kept = await this.#memory.cached(expected.sha256);
    if (kept !== undefined && isExpected(kept, expected)) return kept;
    const bytes = await this.#reader.read(path, expected.length).catch((error: unknown) => {
      const isLarger = error instanceof RegistryError && error.code === 'too-large';
      throw isLarger ? new RegistryError('mix-and-match', `${shown} is not the file that the index names`) : error;
    });
    if (bytes === undefined) throw new RegistryError('mix-and-match', `the index names ${shown} and does not hold it`);
    if (!isExpected(bytes, expected))
      throw new RegistryError('mix-and-match', `${shown} is not the file that the index names`);
    await this.#memory.keep(expected.sha256, bytes);
    return bytes;
  }
}

/** What was seen is our own file: a root in it that does not read was damaged, and trust is not taken up from damaged things. */
function restored(root: Uint8Array, now: Date): TrustedMetadata {
  try {
    return new TrustedMetadata(root, now);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw damaged(error);
  }
}

export function damaged(cause: unknown): RegistryError {
  return new RegistryError('state-damaged', 'what was seen of this index before cannot be read', {
    cause,
    remedy: 'find out why; then remove the file to begin again from the trusted root',
  });
}

/**
 * Whether metadata of an earlier run was taken up. An expired or superseded one still serves as the least that is accepted; one
 * whose keys were rotated away does not count any more (TUF, 5.3.11: recovery from fast-forward).
 */
function tolerating(update: () => unknown): boolean {
  try {
    update();
    return true;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    switch (error.code) {
      case 'freeze':
      case 'mix-and-match':
      case 'unsigned':
        return false;
      default:
        throw damaged(error);
    }
  }
}

/** Hash and length are optional in TUF; here nothing is fetched without them, so that nothing unsigned is ever parsed. */
function expectedOf(
  shown: string,
  length: number | undefined,
  hashes: Readonly<Record<string, string>> | undefined,
  limit: number,
): Expected {
  const sha256 = hashes === undefined || !Object.hasOwn(hashes, 'sha256') ? undefined : hashes['sha256'];
  if (length === undefined || sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(length)) {
    throw new RegistryError('malformed', `the index names ${shown} without length and SHA-256`);
  }
  if (length > limit) throw new RegistryError('too-large', `${shown} is larger than ${limit} bytes`);
  return { length, sha256 };
}

function entry<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function isExpected(bytes: Uint8Array, { length, sha256 }: Expected): boolean {
  return bytes.length === length && sha256Hex(bytes) === sha256;
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
