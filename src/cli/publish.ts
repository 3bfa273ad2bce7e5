import { withSolver } from '../connect/solver.ts';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConnectError } from '../connect/error.ts';
import { folderIndex } from '../connect/index-folder.ts';
import { gitReleases } from '../connect/releases.ts';
import { replaceFile } from '../connect/replace-file.ts';
import { makeSigners, readSigners } from '../connect/signing-keys.ts';
import { DiskError, diskTree } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import type { Tree } from '../kernel/tree.ts';
import { differenceFrom } from '../pipeline/confirm.ts';
import { loadStore } from '../pipeline/load.ts';
import { folderReleases } from '../pipeline/releases.ts';
import { verify } from '../pipeline/verify.ts';
import { RegistryError } from '../registry/error.ts';
import { refused } from '../registry/install.ts';
import type { Signers } from '../registry/keys.ts';
import { STABLE } from '../registry/names.ts';
import { publicationOf } from '../registry/publication.ts';
import { newIndex, publish, type Publication, renew, sentenceAbout } from '../registry/publish.ts';
import { type IndexTrust, indexTrustText, readIndexTrust } from '../registry/trust.ts';
import { workflowBlock } from '../report/pretty.ts';
import { COLOUR, PLAIN } from '../report/style.ts';
import { readPackage } from '../seal/pack.ts';
import { readTrust, type Trust } from '../seal/trust.ts';
import { type Sealed, verifySeal, type VerifiedSeal } from '../seal/verify.ts';
import { loadLaw } from '../store/law.ts';
import type { Law } from '../store/model.ts';
import { explainConnection } from './connection.ts';
import { explainRefusal, memoryOf, readOptional } from './index-client.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { shipped } from './shipped.ts';

const PACKAGE_LIMIT = 32 << 20;
const BUNDLE_LIMIT = 1 << 20;

/** `proofmark publish PACKAGE ...`: verifies seals and workflows again, then adds them to an index in one step. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      index: { type: 'string' },
      keys: { type: 'string' },
      trust: { type: 'string' },
      store: { type: 'string', default: '.' },
      releases: { type: 'string' },
      channel: { type: 'string', default: STABLE },
      create: { type: 'boolean', default: false },
      renew: { type: 'boolean', default: false },
      state: { type: 'string' },
    },
  });
  const { index, keys, trust } = values;
  if (index === undefined || keys === undefined || trust === undefined)
    throw new UsageError('--index DIR, --keys DIR and --trust FILE are needed');
  if (values.renew ? positionals.length > 0 || values.create : positionals.length === 0 && !values.create)
    throw new UsageError('name the packages to publish, for example: publish sealed/pay-invoice-1.2.3.tar');
  const at = { index: resolve(io.cwd, index), keys: resolve(io.cwd, keys), trust: resolve(io.cwd, trust) };
  try {
    if (values.renew) {
      const known = readIndex(at.trust, trust);
      const memory = memoryOf(known, values.state, io);
      const waning = await renew(folderIndex(at.index), readSigners(at.keys), known.root, io.now(), memory);
      io.stdout('renewed: the index is signed for another while\n');
      for (const one of waning) io.stderr(`proofmark publish: ${sentenceAbout(one)}\n`);
      return 0;
    }
    const bytes = readOptional(at.trust, 1 << 20);
    const seals = bytes === undefined ? undefined : readTrust('trust.json', bytes);
    if (seals?.ok !== true)
      throw new UsageError(`${encodeLine(trust, 300)} is no trust file: ${seals?.error ?? 'it cannot be read'}`);
    if (positionals.length === 0) {
      refuseToReplace(at.index, index);
      await create(at, index, bytes ?? new Uint8Array(), storeName(resolve(io.cwd, values.store)), io);
      return 0;
    }
    const known = values.create ? undefined : readIndex(at.trust, trust);
    if (values.create) refuseToReplace(at.index, index);
    const judged = await judge(positionals, seals.value, values, io);
    if (typeof judged === 'number') return judged;
    if (known !== undefined && known.store !== judged.store)
      throw new UsageError(`the trust file is for the store ${known.store}, and this is ${judged.store}`);
    const { signers, root } =
      known === undefined
        ? await create(at, index, bytes ?? new Uint8Array(), judged.store, io)
        : { signers: readSigners(at.keys), root: known.root };
    const outcomes = await publish(
      folderIndex(at.index),
      signers,
      root,
      judged.publications,
      io.now(),
      memoryOf({ root }, values.state, io),
    );
    judged.publications.forEach(({ record }, i) => {
      const how = outcomes[i] === 'added' ? 'published' : 'is there already:';
      io.stdout(`${how} ${record.name}@${record.version}  ${record.level}, channel ${record.channel}\n`);
    });
    return 0;
  } catch (error) {
    if (error instanceof ConnectError) {
      io.stderr(explainConnection('proofmark publish', error));
      return 2;
    }
    if (!(error instanceof RegistryError)) throw error;
    return explainRefusal('publish', error, io);
  }
}

/** The name of the store in a folder, for an index with nothing in it. */
function storeName(root: string): string {
  const { law } = loadLaw(open(root), []);
  if (law === undefined) throw new UsageError('the law of the store cannot be read; proofmark verify says why');
  return law.config.store;
}

interface Judged {
  readonly store: string;
  readonly publications: readonly Publication[];
}

interface JudgeOptions {
  readonly store: string;
  readonly releases?: string | undefined;
  readonly channel: string;
}

/** Verifies every package's seal, and its workflow from scratch: what is published is what passes here and now. */
async function judge(
  paths: readonly string[],
  trust: Trust,
  options: JudgeOptions,
  io: Io,
): Promise<Judged | ExitCode> {
  const packages = paths.map((path) => readSealed(resolve(io.cwd, path), path));
  const home = shipped(io.home);
  const root = resolve(io.cwd, options.store);
  const tree = open(root);
  const store = await loadStore({
    tree,
    policies: home.policies,
    attacks: home.attacks,
    wanted: packages.map(({ name }) => name),
    releases:
      options.releases === undefined
        ? gitReleases(root, io.env['PATH'])
        : folderReleases(open(resolve(io.cwd, options.releases))),
    runs: undefined,
    seed: 1,
  });
  const { law } = store;
  if (law === undefined) throw new UsageError('the law of the store cannot be read; proofmark verify says why');
  if (store.absent.length > 0) throw new UsageError(`the store has no workflow ${store.absent.join(', ')}`);
  if (!law.config.channels.includes(options.channel))
    throw new UsageError(`the store has the channels ${law.config.channels.join(', ')}`);
  const now = io.now();
  const seals = packages.map((one) => ({ ...one, seal: sealOf(one, trust, law, now) }));
  const report = await withSolver(io.home, (solver) =>
    verify(store, {
      seed: 1,
      asOf: undefined,
      verifier: home.digest,
      solver,
      judged: (one) => io.stdout(workflowBlock(one, { style: io.isTTY ? COLOUR : PLAIN, sourceOf: () => undefined })),
    }),
  );
  const publications: Publication[] = [];
  for (const { name, version, sealed, seal } of seals) {
    const own = report.workflows.find((one) => one.name === name);
    const differs = own === undefined ? 'it was not judged' : differenceFrom(seal.package, own);
    if (differs !== undefined) {
      throw new RegistryError('not-verified', `${name}@${version} was verified again and this differs: ${differs}`, {
        remedy: 'publish from the revision that was sealed, or seal again',
      });
    }
    publications.push(publicationOf(sealed, seal, options.channel, now));
  }
  return { store: law.config.store, publications };
}

interface SealedFile {
  readonly name: `${string}/${string}`;
  readonly version: string;
  readonly level: VerifiedSeal['level'];
  readonly sealed: Sealed;
}

/** A package with the bundles that stand beside it. */
function readSealed(path: string, shown: string): SealedFile {
  const bytes = readOptional(path, PACKAGE_LIMIT);
  if (bytes === undefined || !path.endsWith('.tar'))
    throw new UsageError(`${encodeLine(shown, 300)} is no package that can be read`);
  const unpacked = readPackage(bytes);
  if (!unpacked.ok) {
    throw new RegistryError('altered', `${encodeLine(shown, 300)} is no package of ours (${unpacked.error.code})`, {
      said: unpacked.error.at,
    });
  }
  const { name, version } = unpacked.value.evidence.subject;
  const stem = `${basename(path, '.tar')}.`;
  const bundles = open(dirname(path))
    .list()
    .filter(({ path: file, kind }) => kind === 'file' && file.startsWith(stem) && file.endsWith('.sigstore.json'))
    .map(({ path: file }) => ({
      name: file,
      bytes: readOptional(join(dirname(path), file), BUNDLE_LIMIT) ?? new Uint8Array(),
    }));
  if (bundles.length === 0) {
    throw new UsageError(`no bundles stand beside ${encodeLine(shown, 300)}: ${encodeLine(stem, 100)}*.sigstore.json`);
  }
  return {
    name,
    version,
    level: unpacked.value.evidence.level,
    sealed: { package: bytes, bundles },
  };
}

function sealOf({ name, version, level, sealed }: SealedFile, trust: Trust, law: Law, now: Date): VerifiedSeal {
  const seal = verifySeal(sealed, trust, {
    store: law.config.store,
    name,
    version,
    level,
    laws: [law.digest],
    day: now.toISOString().slice(0, 10),
  });
  if (!seal.ok) throw refused(`${name}@${version}`, seal.error);
  return seal.value;
}

/** Before the work: that there is an index already should not cost a verification. */
function refuseToReplace(folder: string, index: string): void {
  const trust = join(folder, 'trust.json');
  if (!existsSync(trust)) return;
  throw new RegistryError('occupied', 'there is an index in this folder already', {
    remedy: `publish into it: without --create, and with --trust ${join(index, 'trust.json')}`,
  });
}

/** A new index with new keys, and the trust that consumers need for it. `index` is the folder as the user named it. */
async function create(
  at: { readonly index: string; readonly keys: string },
  index: string,
  trust: Uint8Array,
  store: string,
  io: Io,
): Promise<{ readonly signers: Signers; readonly root: Uint8Array }> {
  const path = join(at.index, 'trust.json');
  const shown = encodeLine(join(index, 'trust.json'), 300);
  const signers = existsSync(join(at.keys, 'timestamp.pem')) ? readSigners(at.keys) : makeSigners(at.keys);
  const made = await newIndex(folderIndex(at.index), signers, io.now());
  try {
    replaceFile(path, indexTrustText(trust, store, made));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    // Without the trust file nobody could begin with this index.
    const remedy = 'make room, remove the folder of the index, and make it again';
    throw new RegistryError(error.code, error.message, { cause: error, remedy });
  }
  const { root } = readIndex(path, shown);
  io.stdout(`made an index; ${shown} is the trust that consumers need: give it to them another way than the index
`);
  return { signers, root };
}

function readIndex(path: string, shown: string): IndexTrust {
  const bytes = readOptional(path, 1 << 20);
  const trust = bytes === undefined ? undefined : readIndexTrust('trust.json', bytes);
  if (trust?.ok === true) return trust.value;
  throw new UsageError(
    `${encodeLine(shown, 300)} is no trust file for an index: ${trust?.error ?? 'it cannot be read'}; --create makes a new index`,
  );
}

function open(root: string): Tree {
  try {
    return diskTree(root);
  } catch (error) {
    if (error instanceof DiskError) throw new UsageError(`${encodeLine(root, 300)}: ${error.message}`);
    throw error;
  }
}
