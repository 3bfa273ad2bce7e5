import { generateKeyPairSync, sign } from 'node:crypto';
import { canonicalBytes } from '../src/kernel/canonical.ts';
import type { Json } from '../src/kernel/json.ts';
import type { IndexReader, IndexWriter, Memory, Seen } from '../src/registry/files.ts';
import type { Signer, Signers } from '../src/registry/keys.ts';
import { publicationOf } from '../src/registry/publication.ts';
import { newIndex, type Publication, publish } from '../src/registry/publish.ts';
import type { IndexTrust } from '../src/registry/trust.ts';
import { RegistryError } from '../src/registry/error.ts';
import type { SigningKey } from '../src/seal/sign.ts';
import type { ArchiveFile } from '../src/seal/ustar.ts';
import { type Sealed, verifySeal } from '../src/seal/verify.ts';
import { sampleEvidence, sampleKey, samplePackage, sealByKey, STORE, trustIn } from './sealing.ts';

/** Indexes for tests: in memory, with keys made on the spot, holding sealed packages that nobody verified. */

export const NOW = new Date('2026-11-23T10:00:00Z');
export const DAY = '2026-11-23';

export function daysLater(days: number): Date {
  return new Date(NOW.getTime() + days * 86_400_000);
}

/** A key of the kind that the command line makes, and one of the other kind. */
export function freshSigner(kind: 'p256' | 'ed25519' = 'p256'): Signer {
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (bytes) => sign(kind === 'ed25519' ? undefined : 'sha256', bytes, privateKey),
  };
}

export type AllSigners = Signers & { readonly root: Signer; readonly targets: Signer };

export function freshSigners(): AllSigners {
  const [root, targets, bins, snapshot, timestamp] = [
    freshSigner(),
    freshSigner(),
    freshSigner('ed25519'),
    freshSigner(),
    freshSigner(),
  ];
  return { root, targets, bins, snapshot, timestamp };
}

/** An index whose files are in a map, so that a test can put any of them back, away or wrong. */
export interface MemoryIndex extends IndexWriter {
  readonly files: Map<string, Uint8Array>;
}

export function memoryIndex(files = new Map<string, Uint8Array>()): MemoryIndex {
  const staged = new Map<string, Uint8Array>();
  let queue: Promise<unknown> = Promise.resolve();
  return {
    files,
    read: (path, limit) => {
      const bytes = files.get(path);
      if (bytes !== undefined && bytes.length > limit)
        return Promise.reject(new RegistryError('too-large', `${path} is larger than ${limit} bytes`));
      return Promise.resolve(bytes);
    },
    list: (folder) =>
      Promise.resolve(
        [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
      ),
    write: (path, bytes) => Promise.resolve(void files.set(path, bytes)),
    settle: () => Promise.resolve(),
    stage: (path, bytes) => Promise.resolve(void staged.set(path, bytes)),
    promote: (path) => Promise.resolve(void files.set(path, staged.get(path) ?? new Uint8Array())),
    alias: (path, present) => Promise.resolve(void files.set(path, files.get(present) ?? new Uint8Array())),
    remove: (path) => Promise.resolve(void files.delete(path)),
    exclusive: async (work) => {
      const turn = queue.then(work);
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
}

export function copyOf({ files }: MemoryIndex): MemoryIndex {
  return memoryIndex(new Map(files));
}

/** Remembers in a variable, and caches nothing, so that every file is fetched. */
export function freshMemory(seen?: Seen): Memory & { seen(): Seen | undefined } {
  let known = seen;
  return {
    seen: () => known,
    load: () => Promise.resolve(known),
    save: (next) => Promise.resolve(void (known = next)),
    cached: () => Promise.resolve(undefined),
    keep: () => Promise.resolve(),
  };
}

/** A reader that notes which files were asked for and found. */
export function noting(index: MemoryIndex, read: Set<string>): IndexReader {
  return {
    read: async (path, limit) => {
      const bytes = await index.read(path, limit);
      if (bytes !== undefined) read.add(path);
      return bytes;
    },
  };
}

export interface WorkflowFacts {
  readonly name?: string;
  readonly version?: string;
  readonly domain?: string;
  readonly intents?: readonly string[];
  readonly changes?: { readonly [key: string]: Json };
}

export function workflowWith({
  domain = 'finance',
  intents = ['pay the invoices in my inbox'],
}: WorkflowFacts = {}): readonly ArchiveFile[] {
  const contract = {
    risk: 'high',
    domain,
    intents,
    capabilities: [],
    budgets: { tasks: 1, calls: 1, infers: 1, time: 'PT1M' },
  };
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'workflow.yaml': 'document: {}\n',
    // YAML holds JSON.
    'contract.yaml': canonicalBytes(contract),
    'README.md': '# A sample\n',
    'tests/pays.yaml': 'name: pays\n',
  };
  return Object.entries(files).map(([path, content]) => ({
    path,
    bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
  }));
}

/** A sealed package of a sample workflow. */
export async function sealedSample(key: SigningKey, facts: WorkflowFacts = {}): Promise<Sealed> {
  const { name = 'finance/pay-invoice', version = '1.0.0', changes = {} } = facts;
  const files = workflowWith(facts);
  const { subject } = sampleEvidence(files);
  const packed = samplePackage({ subject: { ...(subject as object), name, version }, ...changes }, files);
  const bundles = await sealByKey(key, packed);
  return { package: packed.bytes, bundles };
}

/** What the command line would publish for a sealed sample. */
export async function publicationFor(
  key: SigningKey,
  facts: WorkflowFacts = {},
  channel = 'stable',
): Promise<Publication> {
  const { name = 'finance/pay-invoice', version = '1.0.0' } = facts;
  const sealed = await sealedSample(key, facts);
  const seal = verifySeal(sealed, trustIn(key), {
    store: STORE,
    name: name as `${string}/${string}`,
    version,
    level: 'structured',
    day: DAY,
  });
  if (!seal.ok) throw new Error(`the sample does not verify: ${seal.error.code}`);
  return publicationOf(sealed, seal.value, channel, NOW);
}

export interface SampleIndex {
  readonly index: MemoryIndex;
  readonly signers: AllSigners;
  readonly root: Uint8Array;
  readonly key: SigningKey;
  readonly trust: IndexTrust;
  publish(facts?: WorkflowFacts, now?: Date): Promise<void>;
}

interface Base {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly signers: AllSigners;
  readonly root: Uint8Array;
  readonly key: SigningKey;
}

let shared: Promise<Base> | undefined;

async function makeBase(): Promise<Base> {
  const writer = memoryIndex();
  const signers = freshSigners();
  return { files: writer.files, signers, root: await newIndex(writer, signers, NOW), key: sampleKey() };
}

/** An index with nothing in it, and what is needed to publish and to read. All of them are equal when they begin. */
export async function sampleIndex(): Promise<SampleIndex> {
  shared ??= makeBase();
  return sampleOf(await shared);
}

/** An index of other keys. */
export async function foreignIndex(): Promise<SampleIndex> {
  return sampleOf(await makeBase());
}

function sampleOf({ files, signers, root, key }: Base): SampleIndex {
  const writer = memoryIndex(new Map(files));
  return {
    index: writer,
    signers,
    root,
    key,
    trust: { store: STORE, root, seal: trustIn(key) },
    publish: async (facts = {}, now = NOW) => {
      await publish(writer, signers, root, [await publicationFor(key, facts)], now);
    },
  };
}

/** The code of the refusal; fails when there is none. */
export async function refusalOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    throw error;
  }
  throw new Error('nothing was refused');
}
