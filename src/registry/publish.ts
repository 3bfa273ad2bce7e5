import { UNPRINTABLE } from '../kernel/characters.ts';
import { digestBytes } from '../kernel/digest.ts';
import { assert } from '../kernel/result.ts';
import type { WorkflowName } from '../store/model.ts';
import type { Index } from './client.ts';
import { RegistryError } from './error.ts';
import { type IndexWriter, type Memory, NO_MEMORY } from './files.ts';
import type { Signers } from './keys.ts';
import { bundlePath, CATALOG_PATH, namesPath, packagePath, recordPath, SEARCH_PATHS, searchPath } from './layout.ts';
import { emptyLines, editLines, readLineNames } from './lines.ts';
import { CATALOG, catalogLine, LIST_LIMIT, SEARCH, searchLine } from './lists.ts';
import { isDue } from './metadata.ts';
import { nameGuard } from './name-guard.ts';
import { foremost, withVersion } from './names.ts';
import {
  type IndexRecord,
  type KnownVersion,
  type Names,
  NAMES_LIMIT,
  readNames,
  readRecord,
  RECORD_LIMIT,
  writeNames,
  writeRecord,
} from './record.ts';
import { createIndex, transact } from './transaction.ts';

/** What is added to an index: a record, and the bytes that it names. The caller has verified all of it. */
export interface Publication {
  readonly record: IndexRecord;
  readonly package: Uint8Array;
  readonly bundles: readonly Uint8Array[];
}

export type Outcome = 'added' | 'unchanged';

/** Makes an empty index; the result is its root. */
export async function newIndex(writer: IndexWriter, signers: Signers, now: Date): Promise<Uint8Array> {
  const lists = new Map([
    [CATALOG_PATH, emptyLines(CATALOG)],
    ...SEARCH_PATHS.map((path) => [path, emptyLines(SEARCH)] as const),
  ]);
  return createIndex(writer, signers, lists, now);
}

/**
 * Adds versions to an index, all or none. A version that is there already with the same package is left as it is, so that an
 * interrupted run can be repeated. Throws {@link RegistryError}: `already-published` where the package differs, `look-alike`
 * where a new name could be taken for one of another namespace.
 */
export async function publish(
  writer: IndexWriter,
  signers: Signers,
  root: Uint8Array,
  publications: readonly Publication[],
  now: Date,
  memory: Memory = NO_MEMORY,
): Promise<readonly Outcome[]> {
  return transact(writer, signers, root, now, memory, async (index) => {
    const editor = new Editor(index);
    await editor.checkNames(publications.map(({ record }) => record.name));
    const outcomes: Outcome[] = [];
    for (const publication of publications) outcomes.push(await editor.add(publication));
    return { change: await editor.change(), value: outcomes };
  });
}

/**
 * Takes a version back: its record says why from now on, and nothing offers it any more. The package stays, so that whoever has
 * it can see what it was. Throws `not-found`.
 */
export async function revoke(
  writer: IndexWriter,
  signers: Signers,
  root: Uint8Array,
  revoked: { readonly name: WorkflowName; readonly version: string; readonly reason: string },
  now: Date,
  memory: Memory = NO_MEMORY,
): Promise<'revoked' | 'unchanged'> {
  return transact(writer, signers, root, now, memory, async (index) => {
    const editor = new Editor(index);
    const done = await editor.revoke(revoked, instantOf(now));
    return { change: await editor.change(), value: done ? ('revoked' as const) : ('unchanged' as const) };
  });
}

/** Something signed by a key that is kept offline, over half its time. */
export interface Waning {
  readonly role: 'root' | 'targets';
  /** The last day on which it holds, `YYYY-MM-DD`. */
  readonly until: string;
}

/** Signs again so that the index does not expire; nothing else changes. Gives what these keys could not sign again. */
export async function renew(
  writer: IndexWriter,
  signers: Signers,
  root: Uint8Array,
  now: Date,
  memory: Memory = NO_MEMORY,
): Promise<readonly Waning[]> {
  return transact(writer, signers, root, now, memory, ({ trusted }) => {
    const expiries = [
      ['root', trusted.root.signed.expires],
      ['targets', signers.targets === undefined ? trusted.role('targets')?.signed.expires : undefined],
    ] as const;
    const value = expiries.flatMap(([role, expires]) =>
      expires !== undefined && isDue(role, expires, now) ? [{ role, until: expires.slice(0, 10) }] : [],
    );
    return Promise.resolve({ change: { targets: new Map(), files: new Map(), renew: true }, value });
  });
}

/** What to do about it, as a sentence. */
export function sentenceAbout({ role, until }: Waning): string {
  return role === 'targets'
    ? `the targets of the index hold until ${until}: run proofmark publish --renew where targets.pem is`
    : `the root of the index holds until ${until}: by then consumers need the trust file of a new index`;
}

/** An instant as records write it. */
export function instantOf(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

const UNSHOWN = new RegExp(`[${UNPRINTABLE}]`, 'u');

/** Collects what changes, seen against the state that the index is in. */
class Editor {
  readonly #index: Index;
  readonly #files = new Map<string, Uint8Array>();
  readonly #records = new Map<string, IndexRecord>();
  readonly #lists = new Map<string, Map<string, readonly KnownVersion[]>>();
  readonly #touched = new Set<WorkflowName>();

  constructor(index: Index) {
    this.#index = index;
  }

  async checkNames(names: readonly WorkflowName[]): Promise<void> {
    const fresh: WorkflowName[] = [];
    for (const name of new Set(names)) if ((await this.#versions(name)).length === 0) fresh.push(name);
    if (fresh.length === 0) return;
    const known = readLineNames(CATALOG, await this.#list(CATALOG_PATH));
    const guard = nameGuard(known, fresh.length);
    for (const name of fresh) {
      const other = guard.alike(name);
      guard.add(name);
      if (other !== undefined) {
        throw new RegistryError(
          'look-alike',
          `${name} could be taken for ${other}, which another namespace published`,
          {
            remedy: 'choose a name that differs in more than one letter',
          },
        );
      }
    }
  }

  async add({ record, package: packed, bundles }: Publication): Promise<Outcome> {
    const { name, version } = record;
    assert(digestBytes(packed) === record.package.digest, 'a record names the package it is published with');
    assert(
      record.bundles.length === bundles.length &&
        bundles.every((bundle, i) => digestBytes(bundle) === record.bundles[i]?.digest),
      'a record names the bundles it is published with',
    );
    const versions = await this.#versions(name);
    if (versions.some((one) => one.version === version)) {
      const present = await this.#record(name, version);
      if (present?.package.digest === record.package.digest) return 'unchanged';
      throw new RegistryError('already-published', `${name}@${version} is in the index with another package`, {
        remedy: 'a version never changes: publish the change under a new version',
      });
    }
    this.#files.set(packagePath(record.package.digest), packed);
    for (const bundle of bundles) this.#files.set(bundlePath(digestBytes(bundle)), bundle);
    this.#put(record, versions);
    return 'added';
  }

  async revoke(
    { name, version, reason }: { readonly name: WorkflowName; readonly version: string; readonly reason: string },
    at: string,
  ): Promise<boolean> {
    const record = await this.#record(name, version);
    if (record === undefined) throw new RegistryError('not-found', `${name}@${version} is not in the index`);
    if (record.revoked !== undefined) return false;
    if (UNSHOWN.test(reason)) {
      throw new RegistryError('malformed', 'the reason holds control or invisible characters', {
        remedy: 'give it in plain text: people will read it where they decide',
      });
    }
    this.#put({ ...record, revoked: { reason, at } }, await this.#versions(name));
    return true;
  }

  async change(): Promise<{
    readonly targets: ReadonlyMap<string, Uint8Array>;
    readonly files: ReadonlyMap<string, Uint8Array>;
    readonly renew: boolean;
  }> {
    const targets = new Map<string, Uint8Array>();
    if (this.#touched.size === 0) return { targets, files: this.#files, renew: false };
    const catalog = new Map<string, string | undefined>();
    const search = new Map<string, Map<string, string | undefined>>();
    for (const name of this.#touched) {
      const versions = await this.#versions(name);
      const first = foremost(versions);
      const record = first === undefined ? undefined : await this.#record(name, first.version);
      catalog.set(name, catalogLine(versions, record));
      const lines = search.get(searchPath(name)) ?? new Map<string, string | undefined>();
      search.set(searchPath(name), lines.set(name, record === undefined ? undefined : searchLine(record)));
    }
    for (const [path, record] of this.#records) targets.set(path, writeRecord(record));
    for (const [path, names] of this.#lists) {
      if ([...names.keys()].some((name) => this.#touched.has(name as WorkflowName)))
        targets.set(path, writeNames(Object.fromEntries(Array.from(names, ([name, list]) => [name, [...list]]))));
    }
    targets.set(CATALOG_PATH, editLines(CATALOG, await this.#list(CATALOG_PATH), catalog));
    for (const [path, lines] of search) targets.set(path, editLines(SEARCH, await this.#list(path), lines));
    return { targets, files: this.#files, renew: false };
  }

  #put(record: IndexRecord, versions: readonly KnownVersion[]): void {
    const { name, version, channel } = record;
    this.#records.set(recordPath(name, version), record);
    const listed = withVersion(versions, { version, channel, revoked: record.revoked !== undefined });
    this.#lists.get(namesPath(name))?.set(name, listed);
    this.#touched.add(name);
  }

  async #versions(name: WorkflowName): Promise<readonly KnownVersion[]> {
    const path = namesPath(name);
    let names = this.#lists.get(path);
    if (names === undefined) {
      const bytes = await this.#index.target(path, NAMES_LIMIT);
      const read: Names = bytes === undefined ? {} : readNames(bytes);
      names = new Map(Object.entries(read));
      this.#lists.set(path, names);
    }
    return names.get(name) ?? [];
  }

  async #record(name: WorkflowName, version: string): Promise<IndexRecord | undefined> {
    const path = recordPath(name, version);
    const edited = this.#records.get(path);
    if (edited !== undefined) return edited;
    const bytes = await this.#index.target(path, RECORD_LIMIT);
    return bytes === undefined ? undefined : readRecord(bytes, { name, version });
  }

  async #list(path: string): Promise<Uint8Array> {
    const bytes = await this.#index.target(path, LIST_LIMIT);
    if (bytes === undefined) throw new RegistryError('malformed', `the index has no ${path}`);
    return bytes;
  }
}
