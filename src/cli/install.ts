import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installation } from '../connect/install-folder.ts';
import { replaceFile } from '../connect/replace-file.ts';
import { installedDigest } from '../registry/check.ts';
import { RegistryError } from '../registry/error.ts';
import { fetchVerified } from '../registry/install.ts';
import { isInside, type Locked, locking, LOCKFILE, type Lockfile, writeLockfile } from '../registry/lockfile.ts';
import { recordOf, resolve } from '../registry/lookup.ts';
import { STABLE } from '../registry/names.ts';
import type { IndexRecord } from '../registry/record.ts';
import { LEVELS } from '../seal/levels.ts';
import type { VerifiedSeal } from '../seal/verify.ts';
import { isWorkflowName } from '../store/words.ts';
import { CLIENT_OPTIONS, explainRefusal, type OpenIndex, openForReading, referenceFrom } from './index-client.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark install [NAMESPACE/NAME[@VERSION] ...]`: fetches, verifies, unpacks and locks; without names, what the lock file lists. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLIENT_OPTIONS,
      channel: { type: 'string', default: STABLE },
      level: { type: 'string', default: LEVELS[0] },
      oldest: { type: 'string' },
      into: { type: 'string' },
    },
  });
  const wanted = positionals.map(referenceFrom);
  const level = LEVELS.find((one) => one === values.level);
  if (level === undefined) throw new UsageError(`--level takes one of ${LEVELS.join(', ')}`);
  if (values.into !== undefined && !isInside(values.into))
    throw new UsageError('--into takes a folder below the current one, in letters, digits, points and hyphens');
  try {
    const open = await openForReading(values, io);
    const folder = values.into ?? open.lockfile?.folder ?? 'workflows';
    if (open.lockfile !== undefined && open.lockfile.folder !== folder)
      throw new UsageError(`${LOCKFILE} installs into ${open.lockfile.folder}`);
    const records =
      wanted.length === 0
        ? await lockedRecords(open)
        : await Promise.all(
            wanted.map(async ({ name, version }) => resolve(open.index, name, version, values.channel)),
          );
    const demands = {
      level,
      day: open.day,
      ...(values.oldest === undefined ? {} : { oldestVerifier: values.oldest }),
    };
    // All are verified before any is written.
    const verified = [];
    for (const record of records) {
      verified.push({ record, ...(await fetchVerified(open.index, record, open.trust, demands)) });
    }
    const target = installation(io.cwd, folder);
    for (const { record } of verified) checkPlace(record, target.tree(record.name), open.lockfile);
    const locked = new Map<string, Locked>();
    for (const { record, seal } of verified) {
      target.put(record.name, seal.package.files);
      locked.set(record.name, lockOf(record, seal));
    }
    saveLock(io, locking(open.lockfile, { address: open.address, folder }, open.index, locked));
    for (const { record, seal } of verified) {
      io.stdout(
        `installed ${record.name}@${record.version} into ${folder}/${record.name}  ${seal.level}, signed by ${seal.operators.join(', ')}\n`,
      );
    }
    return 0;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return explainRefusal('install', error, io);
  }
}

/** Exactly the versions and packages of the lock file. */
async function lockedRecords({ index, lockfile }: OpenIndex): Promise<readonly IndexRecord[]> {
  if (lockfile === undefined) throw new UsageError(`name a workflow: there is no ${LOCKFILE} here`);
  const records: IndexRecord[] = [];
  for (const [name, { version, package: digest }] of Object.entries(lockfile.workflows)) {
    const record = isWorkflowName(name) ? await recordOf(index, name, version) : undefined;
    if (record === undefined) throw new RegistryError('not-found', `the index has no ${name}@${version} any more`);
    if (record.package.digest !== digest) {
      throw new RegistryError('altered', `the index has ${name}@${version} with another package than ${LOCKFILE}`);
    }
    records.push(record);
  }
  return records;
}

/** What stands in the way is replaced only where it is what the lock file or the index says: nobody's changes are lost. */
function checkPlace(
  { name, package: packed }: IndexRecord,
  tree: Parameters<typeof installedDigest>[1] | undefined,
  lockfile: Lockfile | undefined,
): void {
  if (tree === undefined) return;
  const found = installedDigest(name, tree);
  if (found === packed.digest || (found !== undefined && found === lockfile?.workflows[name]?.package)) return;
  throw new RegistryError('occupied', `the folder of ${name} holds files that were not installed as they are`, {
    remedy: 'move or remove the folder, then install again',
  });
}

function lockOf({ version, package: packed, level }: IndexRecord, { operators }: VerifiedSeal): Locked {
  return { version, package: packed.digest, level, operators: [...operators] };
}

function saveLock(io: Io, lockfile: Lockfile): void {
  replaceFile(join(io.cwd, LOCKFILE), writeLockfile(lockfile));
}
