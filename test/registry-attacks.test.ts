import { Metadata, MetadataKind, Signature } from '@tufjs/models';
import { describe, expect, it } from 'vitest';
import { digestBytes } from '../src/kernel/digest.ts';
import { type Index, openIndex } from '../src/registry/client.ts';
import type { Memory } from '../src/registry/files.ts';
import { type Signer, tufKey } from '../src/registry/keys.ts';
import { fetchVerified } from '../src/registry/install.ts';
import {
  binOf,
  bundlePath,
  metadataPath,
  packagePath,
  recordPath,
  targetFilePath,
  TIMESTAMP_PATH,
} from '../src/registry/layout.ts';
import { checkNotOlder } from '../src/registry/lockfile.ts';
import { recordOf, resolve } from '../src/registry/lookup.ts';
import {
  metaReference,
  type MetaReference,
  signBin,
  signSnapshot,
  signTimestamp,
  targetReference,
  type TargetReference,
} from '../src/registry/metadata.ts';
import { publish, renew, revoke } from '../src/registry/publish.ts';
import { readRecord, RECORD_LIMIT, writeRecord } from '../src/registry/record.ts';
import {
  type AllSigners,
  copyOf,
  DAY,
  daysLater,
  freshMemory,
  foreignIndex,
  freshSigner,
  type MemoryIndex,
  memoryIndex,
  NOW,
  noting,
  publicationFor,
  refusalOf,
  sampleIndex,
  type SampleIndex,
} from './indexing.ts';
import { sampleKey } from './sealing.ts';

const NAME = 'finance/pay-invoice';
const DEMANDS = { level: 'structured', day: DAY } as const;

interface InstallOptions {
  readonly now?: Date;
  readonly memory?: Memory;
  readonly version?: string | undefined;
  readonly open?: Index | undefined;
}

/** Everything that `install` does before it writes. */
async function install(
  { root, trust }: SampleIndex,
  index: Parameters<typeof openIndex>[0],
  { now = NOW, memory = freshMemory(), version, open }: InstallOptions = {},
) {
  const opened = open ?? (await openIndex(index, root, now, memory));
  const record = await resolve(opened, NAME, version, 'stable');
  return fetchVerified(opened, record, trust, DEMANDS);
}

interface MetaJson {
  readonly signed: {
    readonly version: number;
    readonly meta: Record<string, MetaReference>;
    readonly targets: Record<string, TargetReference>;
  };
}

function read(index: MemoryIndex, path: string): MetaJson {
  const bytes = index.files.get(path);
  if (bytes === undefined) throw new Error(`there is no ${path}`);
  return JSON.parse(Buffer.from(bytes).toString()) as MetaJson;
}

function current(index: MemoryIndex): { timestamp: number; snapshot: number; meta: Map<string, MetaReference> } {
  const timestamp = read(index, TIMESTAMP_PATH).signed;
  const snapshot = timestamp.meta['snapshot.json']?.version ?? 0;
  const { meta } = read(index, metadataPath('snapshot', snapshot)).signed;
  return {
    timestamp: timestamp.version,
    snapshot,
    meta: new Map(Object.entries(meta).map(([file, reference]) => [file.replace(/\.json$/, ''), reference])),
  };
}

/** Signs a state by hand, as somebody who holds the keys of snapshot and timestamp could. */
function forge(
  index: MemoryIndex,
  signers: AllSigners,
  meta: Map<string, MetaReference>,
  snapshot: number,
  timestamp: number,
): void {
  const bytes = signSnapshot(snapshot, meta, signers.snapshot, NOW);
  index.files.set(metadataPath('snapshot', snapshot), bytes);
  index.files.set(TIMESTAMP_PATH, signTimestamp(timestamp, metaReference(snapshot, bytes), signers.timestamp, NOW));
}

/** Puts a target into its bin with the key of bins, and signs everything above. */
function forgeTarget(sample: SampleIndex, path: string, bytes: Uint8Array): void {
  const { index, signers } = sample;
  const state = current(index);
  const role = binOf(path);
  const version = state.meta.get(role)?.version ?? 0;
  const targets = new Map(Object.entries(read(index, metadataPath(role, version)).signed.targets));
  const reference = targetReference(bytes);
  targets.set(path, reference);
  index.files.set(targetFilePath(path, reference.hashes.sha256), bytes);
  const bin = signBin(version + 1, targets, signers.bins, NOW);
  index.files.set(metadataPath(role, version + 1), bin);
  state.meta.set(role, metaReference(version + 1, bin));
  forge(index, signers, state.meta, state.snapshot + 1, state.timestamp + 1);
}

describe('an honest index', () => {
  it('hands out what was published, verified', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const { seal } = await install(sample, sample.index);
    expect(seal).toMatchObject({ level: 'hardened', operators: ['acme'] });
  });

  it('hands out the newest version, and an older one when it is asked for', async () => {
    const sample = await sampleIndex();
    for (const version of ['1.10.0', '1.9.0', '2.0.0-rc.1']) await sample.publish({ version });
    const version = async (wanted?: string) =>
      (await install(sample, sample.index, { version: wanted })).seal.package.evidence.subject.version;
    expect([await version(), await version('1.9.0'), await version('2.0.0-rc.1')]).toEqual([
      '1.10.0',
      '1.9.0',
      '2.0.0-rc.1',
    ]);
  });
});

describe('rollback', () => {
  it('is refused when the whole index is an older one', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const old = copyOf(sample.index);
    const memory = freshMemory();
    await revoke(sample.index, sample.signers, sample.root, { name: NAME, version: '1.0.0', reason: 'it leaks' }, NOW);
    await openIndex(sample.index, sample.root, NOW, memory);
    expect(await refusalOf(install(sample, old, { memory }))).toBe('rollback');
    // Who never saw the newer one cannot know: that is what the expiry is for.
    await expect(install(sample, old)).resolves.toBeDefined();
  });

  it('is refused after a newer state was only seen and could not be fetched', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const old = copyOf(sample.index);
    await sample.publish({ version: '1.1.0' });
    const broken = copyOf(sample.index);
    broken.files.delete(metadataPath('snapshot', 3));
    const memory = freshMemory();
    expect(await refusalOf(install(sample, broken, { memory }))).toBe('mix-and-match');
    expect(await refusalOf(install(sample, old, { memory }))).toBe('rollback');
  });

  it('is refused when a new timestamp names an older snapshot', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    const old = sample.index.files.get(metadataPath('snapshot', 1)) ?? new Uint8Array();
    sample.index.files.set(TIMESTAMP_PATH, signTimestamp(3, metaReference(1, old), sample.signers.timestamp, NOW));
    expect(await refusalOf(install(sample, sample.index, { memory }))).toBe('rollback');
  });

  it('is refused when a new snapshot names an older bin', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const before = current(sample.index);
    await sample.publish({ version: '1.1.0' });
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    forge(sample.index, sample.signers, before.meta, 4, 4);
    expect(await refusalOf(install(sample, sample.index, { memory }))).toBe('rollback');
  });

  it('is refused when a new snapshot leaves a bin out', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    const { meta } = current(sample.index);
    meta.delete('bin-00');
    forge(sample.index, sample.signers, meta, 3, 3);
    expect(await refusalOf(install(sample, sample.index, { memory }))).toBe('rollback');
  });

  it('is refused by the lock file where nothing else remembers', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const index = await openIndex(sample.index, sample.root, NOW);
    expect(index.versions).toEqual({ root: 1, timestamp: 2, snapshot: 2 });
    expect(() => checkNotOlder(index, { address: 'x', timestamp: 2, snapshot: 2 })).not.toThrow();
    for (const newer of [
      { timestamp: 3, snapshot: 2 },
      { timestamp: 2, snapshot: 3 },
    ])
      expect(await refusalOf(async () => checkNotOlder(index, { address: 'x', ...newer }))).toBe('rollback');
  });

  it('is refused when what was seen cannot be read any more', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    const seen = memory.seen();
    if (seen === undefined) throw new Error('nothing was remembered');
    for (const damage of [{ root: '{}' }, { timestamp: '{' }, { snapshot: 'null' }]) {
      const damaged = freshMemory({ ...seen, ...damage });
      expect(await refusalOf(install(sample, sample.index, { memory: damaged }))).toBe('state-damaged');
    }
  });
});

describe('freeze', () => {
  it('is refused when an old index is served beyond its day', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    await expect(install(sample, sample.index, { now: daysLater(29) })).resolves.toBeDefined();
    expect(await refusalOf(install(sample, sample.index, { now: daysLater(31) }))).toBe('freeze');
  });

  it('is refused also for who has seen it before', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    expect(await refusalOf(install(sample, sample.index, { now: daysLater(31), memory }))).toBe('freeze');
  });

  it.each([
    [100, 'the snapshot'],
    [400, 'root and bins'],
  ])('is refused %i days later, when %s has expired below a new timestamp', async (days) => {
    const sample = await sampleIndex();
    await sample.publish();
    const state = current(sample.index);
    const snapshot = sample.index.files.get(metadataPath('snapshot', state.snapshot)) ?? new Uint8Array();
    const later = daysLater(days);
    sample.index.files.set(
      TIMESTAMP_PATH,
      signTimestamp(3, metaReference(state.snapshot, snapshot), sample.signers.timestamp, later),
    );
    expect(await refusalOf(install(sample, sample.index, { now: later }))).toBe('freeze');
  });

  it('ends when the publisher renews, even after everything but the root ran out', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const later = daysLater(300);
    expect(await refusalOf(install(sample, sample.index, { now: later }))).toBe('freeze');
    await renew(sample.index, sample.signers, sample.root, later);
    await expect(install(sample, sample.index, { now: later })).resolves.toBeDefined();
    // Bins and targets were over half their time.
    expect(current(sample.index).meta.get('bin-00')?.version).toBe(2);
    expect(current(sample.index).meta.get('targets')?.version).toBe(2);
  });

  it('ends without the offline keys too, as long as what they signed holds, and its publisher is told', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const { bins, snapshot, timestamp } = sample.signers;
    const online = { bins, snapshot, timestamp };
    expect(await renew(sample.index, online, sample.root, daysLater(100))).toEqual([]);
    const late = daysLater(300);
    const until = daysLater(365).toISOString().slice(0, 10);
    expect(await renew(sample.index, online, sample.root, late)).toEqual([
      { role: 'root', until },
      { role: 'targets', until },
    ]);
    await expect(install(sample, sample.index, { now: late })).resolves.toBeDefined();
    expect(await refusalOf(renew(sample.index, online, sample.root, daysLater(366)))).toBe('wrong-key');
  });
});

describe('mix-and-match', () => {
  async function twoStates(): Promise<{ sample: SampleIndex; old: MemoryIndex }> {
    const sample = await sampleIndex();
    await sample.publish();
    const old = copyOf(sample.index);
    await sample.publish({ version: '1.1.0' });
    return { sample, old };
  }

  it.each(['snapshot', 'bin', 'list'])('is refused when the %s is of another state', async (part) => {
    const { sample, old } = await twoStates();
    const role = binOf('catalog.json');
    const path = {
      snapshot: [metadataPath('snapshot', 2), metadataPath('snapshot', 3)],
      bin: [metadataPath(role, 2), metadataPath(role, 3)],
      list: [pathOf(old, 'catalog.json'), pathOf(sample.index, 'catalog.json')],
    }[part] as [string, string];
    sample.index.files.set(path[1], old.files.get(path[0]) ?? new Uint8Array());
    const index = openIndex(sample.index, sample.root, NOW).then(async (open) => open.target('catalog.json', 1 << 20));
    expect(await refusalOf(index)).toBe('mix-and-match');
  });

  it('is refused when a file is longer or shorter than the index says, whatever it begins with', async () => {
    const { sample } = await twoStates();
    const path = metadataPath('snapshot', 3);
    const bytes = Buffer.from(sample.index.files.get(path) ?? []);
    for (const wrong of [Buffer.concat([bytes, Buffer.from('\n')]), bytes.subarray(0, -1), Buffer.alloc(0)]) {
      sample.index.files.set(path, wrong);
      expect(await refusalOf(install(sample, sample.index))).toBe('mix-and-match');
    }
  });

  it('is refused when a signed snapshot of the right version is not the one that the timestamp names', async () => {
    const { sample } = await twoStates();
    const { meta, snapshot } = current(sample.index);
    sample.index.files.set(
      metadataPath('snapshot', snapshot),
      signSnapshot(snapshot, meta, sample.signers.snapshot, daysLater(1)),
    );
    expect(await refusalOf(install(sample, sample.index))).toBe('mix-and-match');
  });

  it('is refused when the snapshot names a version that the signed bin does not have', async () => {
    const { sample } = await twoStates();
    const { meta, snapshot, timestamp } = current(sample.index);
    for (const [role, reference] of meta) {
      if (!role.startsWith('bin-')) continue;
      const bytes = sample.index.files.get(metadataPath(role, reference.version)) ?? new Uint8Array();
      sample.index.files.set(metadataPath(role, 9), bytes);
      meta.set(role, { ...reference, version: 9 });
    }
    forge(sample.index, sample.signers, meta, snapshot + 1, timestamp + 1);
    expect(await refusalOf(install(sample, sample.index))).toBe('mix-and-match');
  });

  it('is refused when one version has two timestamps', async () => {
    const { sample } = await twoStates();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    const { snapshot, timestamp } = current(sample.index);
    const bytes = sample.index.files.get(metadataPath('snapshot', snapshot)) ?? new Uint8Array();
    sample.index.files.set(
      TIMESTAMP_PATH,
      signTimestamp(timestamp, metaReference(snapshot, bytes), sample.signers.timestamp, daysLater(1)),
    );
    expect(await refusalOf(install(sample, sample.index, { memory }))).toBe('mix-and-match');
  });

  it('is refused when one version has two snapshots', async () => {
    const { sample } = await twoStates();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    const { meta, snapshot, timestamp } = current(sample.index);
    meta.set('bin-00', { ...(meta.get('bin-00') ?? { length: 1, hashes: { sha256: '' } }), version: 2 });
    forge(sample.index, sample.signers, meta, snapshot, timestamp + 1);
    expect(await refusalOf(install(sample, sample.index, { memory }))).toBe('mix-and-match');
  });

  function pathOf(index: MemoryIndex, target: string): string {
    const role = binOf(target);
    const version = current(index).meta.get(role)?.version ?? 0;
    const reference = read(index, metadataPath(role, version)).signed.targets[target];
    return targetFilePath(target, reference?.hashes.sha256 ?? '');
  }
});

describe('keys', () => {
  it('refuses an index of other keys, whatever it holds', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const other = await foreignIndex();
    await other.publish();
    expect(await refusalOf(install(sample, other.index))).toBe('unsigned');
  });

  it.each(['timestamp', 'snapshot', 'bins'] as const)('refuses a part signed with another key for %s', async (role) => {
    const sample = await sampleIndex();
    await sample.publish();
    const stolen = { ...sample, signers: { ...sample.signers, [role]: freshSigner() } };
    const bytes = writeRecord({ ...(await recordIn(sample)), published: '2026-11-23T10:00:01Z' });
    forgeTarget(stolen, recordPath(NAME, '1.0.0'), bytes);
    expect(await refusalOf(install(sample, sample.index))).toBe('unsigned');
  });

  it('does not publish with keys that the index does not name', async () => {
    const sample = await sampleIndex();
    const before = new Map(sample.index.files);
    for (const role of ['timestamp', 'snapshot', 'bins', 'targets'] as const) {
      const signers = { ...sample.signers, [role]: freshSigner() };
      expect(await refusalOf(renew(sample.index, signers, sample.root, NOW))).toBe('wrong-key');
    }
    expect(sample.index.files).toEqual(before);
  });

  it('does not add to a folder that somebody has put another index into', async () => {
    const sample = await sampleIndex();
    const other = await foreignIndex();
    const signers = { ...sample.signers, timestamp: other.signers.timestamp };
    expect(await refusalOf(renew(other.index, signers, sample.root, NOW))).toBe('unsigned');
  });
});

describe('a new root', () => {
  /** Signed by the given keys, and naming the given key for the timestamp. */
  function rootSigned(sample: SampleIndex, version: number, by: readonly Signer[], timestamp: Signer): Uint8Array {
    const { signed } = JSON.parse(Buffer.from(sample.root).toString()) as {
      signed: { readonly keys: object; readonly roles: object };
    };
    const { id, keytype, scheme, keyval } = tufKey(timestamp.publicKey);
    const keys = { ...signed.keys, [id]: { keytype, scheme, keyval: { ...keyval } } };
    const roles = { ...signed.roles, timestamp: { keyids: [id], threshold: 1 } };
    const root = Metadata.fromJSON(MetadataKind.Root, {
      signed: { ...signed, version, keys, roles },
      signatures: [],
    });
    for (const signer of by)
      root.sign(
        (bytes) =>
          new Signature({ keyID: tufKey(signer.publicKey).id, sig: Buffer.from(signer.sign(bytes)).toString('hex') }),
      );
    return Buffer.from(JSON.stringify(root.toJSON()));
  }

  it('is taken up when the old one signs it, and old timestamps count no more', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const memory = freshMemory();
    await openIndex(sample.index, sample.root, NOW, memory);
    const timestamp = freshSigner();
    sample.index.files.set(metadataPath('root', 2), rootSigned(sample, 2, [sample.signers.root], timestamp));
    expect(await refusalOf(install(sample, sample.index, { memory }))).toBe('unsigned');
    // Whoever held the old key could have counted its version up as far as it goes: a new key begins anew.
    const snapshot = sample.index.files.get(metadataPath('snapshot', 2)) ?? new Uint8Array();
    sample.index.files.set(TIMESTAMP_PATH, signTimestamp(1, metaReference(2, snapshot), timestamp, NOW));
    await expect(install(sample, sample.index, { memory })).resolves.toBeDefined();
    // It is remembered: without it on the server the new timestamp still counts.
    sample.index.files.delete(metadataPath('root', 2));
    await expect(install(sample, sample.index, { memory })).resolves.toBeDefined();
    expect(await refusalOf(install(sample, sample.index))).toBe('unsigned');
  });

  it('is refused when only somebody else signs it, or when it is not the next one', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const other = freshSigner();
    sample.index.files.set(metadataPath('root', 2), rootSigned(sample, 2, [other], other));
    expect(await refusalOf(install(sample, sample.index))).toBe('unsigned');
    sample.index.files.set(metadataPath('root', 2), rootSigned(sample, 3, [sample.signers.root], other));
    expect(await refusalOf(install(sample, sample.index))).toBe('rollback');
    sample.index.files.set(metadataPath('root', 2), sample.root);
    expect(await refusalOf(install(sample, sample.index))).toBe('rollback');
  });
});

describe('a publisher', () => {
  it('that remembers publishes nothing into an older index', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const old = copyOf(sample.index);
    const memory = freshMemory();
    const taken = { name: NAME, version: '1.0.0', reason: 'it leaks' } as const;
    await revoke(sample.index, sample.signers, sample.root, taken, NOW, memory);
    const next = [await publicationFor(sample.key, { version: '1.1.0' })];
    const publishing = publish(old, sample.signers, sample.root, next, NOW, memory);
    expect(await refusalOf(publishing)).toBe('rollback');
    await expect(publish(sample.index, sample.signers, sample.root, next, NOW, memory)).resolves.toEqual(['added']);
  });
});

describe('a record', () => {
  it('of one version is refused under the path of another', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    await sample.publish({ version: '1.1.0' });
    forgeTarget(sample, recordPath(NAME, '1.1.0'), writeRecord(await recordIn(sample)));
    expect(await refusalOf(install(sample, sample.index))).toBe('contradiction');
  });

  it.each([
    ['a higher level', { level: 'proved' }],
    ['other guarantees', { guarantees: { tools: [], effects: [] } }],
    ['other requests', { intents: ['pay nobody'] }],
    ['another domain', { domain: 'health' }],
    ['another workflow', { workflow: digestBytes(new Uint8Array(3)) }],
  ] as const)('that claims %s is refused', async (_, change) => {
    const sample = await sampleIndex();
    await sample.publish();
    const record = await recordIn(sample);
    const guarantees = { ...record.guarantees, ...('guarantees' in change ? { tools: [], effects: [] } : {}) };
    const changed = { ...record, ...change, guarantees };
    forgeTarget(sample, recordPath(NAME, '1.0.0'), writeRecord({ ...changed, intents: [...changed.intents] }));
    expect(await refusalOf(install(sample, sample.index))).toBe('contradiction');
  });

  it('with a package that an unknown key sealed is refused', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const foreign = await publicationFor(sampleKey(), { version: '1.0.1' });
    const bytes = writeRecord({ ...foreign.record, version: '1.0.0' });
    sample.index.files.set(packagePath(foreign.record.package.digest), foreign.package);
    for (const bundle of foreign.bundles) sample.index.files.set(bundlePath(digestBytes(bundle)), bundle);
    forgeTarget(sample, recordPath(NAME, '1.0.0'), bytes);
    expect(await refusalOf(install(sample, sample.index))).toBe('not-trusted');
  });

  it('that was revoked is not installed', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    await revoke(sample.index, sample.signers, sample.root, { name: NAME, version: '1.0.0', reason: 'it leaks' }, NOW);
    expect(await refusalOf(install(sample, sample.index, { version: '1.0.0' }))).toBe('revoked');
    expect(await refusalOf(install(sample, sample.index))).toBe('not-found');
  });

  it.each([
    ['no JSON', '{'],
    ['deeply nested', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['an unknown member', '{"format":"proofmark-record/1","surprise":1}'],
    ['a prototype', '{"__proto__":{"format":"proofmark-record/1"}}'],
  ])('that is %s is refused as malformed', async (_, text) => {
    const sample = await sampleIndex();
    await sample.publish();
    forgeTarget(sample, recordPath(NAME, '1.0.0'), Buffer.from(text));
    expect(await refusalOf(install(sample, sample.index))).toBe('malformed');
  });

  it('that is larger than any record is not even fetched', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    forgeTarget(sample, recordPath(NAME, '1.0.0'), Buffer.alloc(RECORD_LIMIT + 1, 0x20));
    const files = new Set<string>();
    expect(await refusalOf(install(sample, noting(sample.index, files)))).toBe('too-large');
    expect([...files].filter((path) => path.startsWith(`targets/${NAME}`))).toEqual([]);
  });

  async function notFound(name: `${string}/${string}`): Promise<string | undefined> {
    const sample = await sampleIndex();
    await sample.publish();
    const index = await openIndex(sample.index, sample.root, NOW);
    return resolve(index, name, undefined, 'stable').then(
      () => undefined,
      (error: unknown) => (error instanceof Error && 'remedy' in error ? String(error.remedy) : undefined),
    );
  }

  it('is never found by likeness', async () => {
    expect(await notFound('finance/pay-invoise')).toContain('is finance/pay-invoice meant?');
    expect(await notFound('finance/constructor')).toBeDefined();
  });
});

describe('one changed bit', () => {
  it('anywhere in what install reads makes it refuse, 1,000 times', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const files = new Set<string>();
    await install(sample, noting(sample.index, files));
    const paths = [...files].sort();
    expect(paths.map((path) => path.replace(/[0-9a-f]{64}/, '*').replace(/bin-../, 'bin'))).toEqual(
      expect.arrayContaining([
        'bundles/*.json',
        'packages/*.tar',
        'metadata/timestamp.json',
        'metadata/2.snapshot.json',
        'metadata/2.bin.json',
        'targets/finance/pay-invoice/*.1.0.0.json',
      ]),
    );
    // A linear congruential generator (Numerical Recipes): the same 1,000 on every run.
    let state = 1;
    const next = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const accepted: string[] = [];
    const honest = await openIndex(sample.index, sample.root, NOW);
    await honest.bin(binOf(recordPath(NAME, '1.0.0')));
    for (let i = 0; i < 1_000; i += 1) {
      const path = paths[i % paths.length] ?? '';
      const bytes = sample.index.files.get(path) ?? new Uint8Array();
      const changed = new Uint8Array(bytes);
      const [at, bit] = [next(bytes.length), next(8)];
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      sample.index.files.set(path, changed);
      // What is already read cannot change under an open index; all else is fetched again.
      const open = path.startsWith('metadata/') ? undefined : honest;
      const outcome = await install(sample, sample.index, { open }).then(
        () => 'installed',
        (error: unknown) => (error instanceof Error && error.name === 'RegistryError' ? 'refused' : String(error)),
      );
      if (outcome !== 'refused') accepted.push(`${path} byte ${at} bit ${bit}: ${outcome}`);
      sample.index.files.set(path, bytes);
    }
    expect(accepted).toEqual([]);
    await expect(install(sample, sample.index)).resolves.toBeDefined();
  }, 120_000);

  it('anywhere in the timestamp makes it refuse, also one that only changes the case of a letter', async () => {
    const sample = await sampleIndex();
    await sample.publish();
    const bytes = sample.index.files.get(TIMESTAMP_PATH) ?? new Uint8Array();
    const accepted: string[] = [];
    for (const [at, bit] of Array.from(bytes, (_, i) => [[i, 0] as const, [i, 5] as const]).flat()) {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      const index = memoryIndex(new Map(sample.index.files).set(TIMESTAMP_PATH, changed));
      const outcome = await openIndex(index, sample.root, NOW).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Error && error.name === 'RegistryError' ? 'refused' : String(error)),
      );
      if (outcome !== 'refused') accepted.push(`byte ${at} bit ${bit}: ${outcome}`);
    }
    expect(accepted).toEqual([]);
  }, 120_000);
});

async function recordIn({ index, root }: SampleIndex, version = '1.0.0') {
  const record = await recordOf(await openIndex(index, root, NOW), NAME, version);
  if (record === undefined) throw new Error('there is no record');
  return readRecord(writeRecord(record), { name: NAME, version });
}
