import { resolve } from 'node:path';
import { folderIndex } from '../connect/index-folder.ts';
import { keyFrom } from '../connect/key.ts';
import { DiskError, readFile } from '../kernel/disk.ts';
import type { SealedWorkflow } from '../pipeline/seal.ts';
import { RegistryError } from '../registry/error.ts';
import { refused } from '../registry/install.ts';
import type { Signers } from '../registry/keys.ts';
import { STABLE } from '../registry/names.ts';
import { publicationOf } from '../registry/publication.ts';
import { type Publication, publish, renew, sentenceAbout } from '../registry/publish.ts';
import { type IndexTrust, readIndexTrust } from '../registry/trust.ts';
import { verifySeal } from '../seal/verify.ts';
import { EventError } from './event.ts';
import type { Runner } from './runner.ts';

/** The index that a run adds to: a folder of the checkout, the keys of its online roles, and where trust in it begins. */
export interface IndexTarget {
  readonly folder: string;
  readonly signers: Signers;
  readonly trust: IndexTrust;
}

/** Reads what the inputs name before any work is done; `undefined` where no index is asked for. Throws `EventError`, `ConnectError`. */
export function indexTarget(runner: Pick<Runner, 'input' | 'workspace'>): IndexTarget | undefined {
  const [index, keys, trust] = [runner.input('index'), runner.input('index-keys'), runner.input('trust')];
  if (index === '') return undefined;
  if (keys === '' || trust === '') throw new EventError('the input `index` needs `index-keys` and `trust`');
  const read = readIndexTrust('trust.json', trustBytes(runner));
  if (!read.ok) throw new EventError(`the input \`trust\` names no trust file of an index: ${read.error}`);
  return { folder: resolve(runner.workspace, index), signers: signersFrom(keys), trust: read.value };
}

/** What was sealed as entries of the index, each seal verified by the index's own trust. Throws `RegistryError`. */
export function entriesFor(
  { trust }: IndexTarget,
  sealed: readonly SealedWorkflow[],
  now: Date,
): readonly Publication[] {
  return sealed.map(({ store, name, version, packed, bundles }) => {
    if (store !== trust.store)
      throw new RegistryError('contradiction', `the trust file is for the store ${trust.store}, and this is ${store}`);
    const seal = { package: packed.bytes, bundles };
    const expected = { store, name, version, level: packed.evidence.level, day: now.toISOString().slice(0, 10) };
    const verified = verifySeal(seal, trust.seal, expected);
    if (!verified.ok) throw refused(`${name}@${version}`, verified.error);
    return publicationOf(seal, verified.value, STABLE, now);
  });
}

/** Adds entries, all in one step or nothing; what is there already stays. Throws `RegistryError`. */
export async function addToIndex(
  { folder, signers, trust }: IndexTarget,
  entries: readonly Publication[],
  now: Date,
): Promise<void> {
  if (entries.length > 0) await publish(folderIndex(folder), signers, trust.root, entries, now);
}

/** Signs the index again, so that it does not expire while nothing is published; gives what its owner must do. Throws `RegistryError`. */
export async function renewIndex({ folder, signers, trust }: IndexTarget, now: Date): Promise<readonly string[]> {
  return (await renew(folderIndex(folder), signers, trust.root, now)).map(sentenceAbout);
}

const PEM = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/gu;

/** The keys of bins, snapshot and timestamp in one text, one after the other: `cat bins.pem snapshot.pem timestamp.pem`. */
function signersFrom(text: string): Signers {
  const [bins, snapshot, timestamp, ...rest] = (text.match(PEM) ?? []).map((pem, i) =>
    keyFrom(pem, `key ${i + 1} of the input \`index-keys\``),
  );
  if (bins === undefined || snapshot === undefined || timestamp === undefined || rest.length > 0)
    throw new EventError('the input `index-keys` takes three keys as PEM: bins, snapshot and timestamp, in this order');
  return { bins, snapshot, timestamp };
}

/** The file that the input `trust` names, from the checkout. Throws `EventError`. */
export function trustBytes(runner: Pick<Runner, 'input' | 'workspace'>): Uint8Array {
  try {
    return readFile(resolve(runner.workspace, runner.input('trust')), 1 << 20);
  } catch (error) {
    if (error instanceof DiskError) throw new EventError('the input `trust` names no file that can be read');
    throw error;
  }
}
