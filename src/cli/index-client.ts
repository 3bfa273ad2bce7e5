import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { indexAt } from '../connect/index-address.ts';
import { diskMemory } from '../connect/index-memory.ts';
import { readFile } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import { type Index, openIndex } from '../registry/client.ts';
import type { Memory } from '../registry/files.ts';
import type { RegistryError } from '../registry/error.ts';
import { checkNotOlder, LOCKFILE, LOCKFILE_LIMIT, type Lockfile, readLockfile } from '../registry/lockfile.ts';
import { parseReference } from '../registry/names.ts';
import { type IndexTrust, isKeyless, readIndexTrust } from '../registry/trust.ts';
import type { WorkflowName } from '../store/model.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** The options of every command that reads an index. */
export const CLIENT_OPTIONS = {
  index: { type: 'string' },
  trust: { type: 'string' },
  state: { type: 'string' },
} as const;

export interface ClientOptions {
  readonly index?: string | undefined;
  readonly trust?: string | undefined;
  readonly state?: string | undefined;
}

/** An index as a command sees it. */
export interface OpenIndex {
  readonly index: Index;
  readonly trust: IndexTrust;
  readonly address: string;
  /** Today, `YYYY-MM-DD`. */
  readonly day: string;
  readonly lockfile: Lockfile | undefined;
}

/** Updates to the present state of the index that is meant, under the trust that is meant. Throws `RegistryError`, `UsageError`. */
export async function openForReading(options: ClientOptions, io: Io): Promise<OpenIndex> {
  const lockfile = findLockfile(io);
  const address = options.index ?? lockfile?.index.address ?? io.env['PROOFMARK_INDEX'];
  if (address === undefined)
    throw new UsageError('--index is needed: a folder, or a file: or https: address (or set PROOFMARK_INDEX)');
  const trust = readTrustFor(options.trust, io);
  const now = io.now();
  const index = await openIndex(indexAt(address, io.cwd), trust.root, now, memoryOf(trust, options.state, io));
  if (lockfile !== undefined && lockfile.index.address === address) checkNotOlder(index, lockfile.index);
  return { index, trust, address, day: now.toISOString().slice(0, 10), lockfile };
}

export function findLockfile(io: Io): Lockfile | undefined {
  const bytes = readOptional(join(io.cwd, LOCKFILE), LOCKFILE_LIMIT);
  return bytes === undefined ? undefined : readLockfile(bytes);
}

/** The trust of a file that the user names, whatever it trusts; else the user's own standing trust, which may not rest on mere keys. */
function readTrustFor(file: string | undefined, io: Io): IndexTrust {
  if (file !== undefined) return trustFrom(resolve(io.cwd, file), file);
  const standing = join(configFolder(io), 'trust.json');
  if (readOptional(standing, 1 << 20) === undefined) {
    throw new UsageError(`--trust FILE is needed: who may sign, and the root of the index (or put it at ${standing})`);
  }
  const trust = trustFrom(standing, standing);
  if (!isKeyless(trust.seal)) {
    throw new UsageError(`${standing} trusts a local key; that counts only where it is asked for: give --trust FILE`);
  }
  return trust;
}

function trustFrom(path: string, shown: string): IndexTrust {
  const bytes = readOptional(path, 1 << 20);
  if (bytes === undefined) throw new UsageError(`${encodeLine(shown, 300)} cannot be read`);
  const trust = readIndexTrust('trust.json', bytes);
  if (!trust.ok) throw new UsageError(`${encodeLine(shown, 300)} is no trust file for an index: ${trust.error}`);
  return trust.value;
}

export function readOptional(path: string, limit: number): Uint8Array | undefined {
  try {
    return readFile(path, limit);
  } catch {
    return undefined;
  }
}

/** A reference to a workflow as an argument. */
export function referenceFrom(text: string): {
  readonly name: WorkflowName;
  readonly version: string | undefined;
} {
  const reference = parseReference(text);
  if (reference === undefined) {
    throw new UsageError(
      `${encodeLine(text, 100)} names no workflow: NAMESPACE/NAME or NAMESPACE/NAME@VERSION, in plain lowercase letters`,
    );
  }
  return reference;
}

/** A refusal for people: our sentence, the words of others set apart and encoded, the remedy. 1: something is wrong with what was found; 2: with the surroundings. */
export function explainRefusal(command: string, error: RegistryError, io: Io): ExitCode {
  const said = error.said === undefined || error.said === '' ? '' : `  it says: ${encodeLine(error.said, 400)}\n`;
  const remedy = error.remedy === undefined ? '' : `  fix: ${encodeLine(error.remedy, 300)}\n`;
  io.stderr(`proofmark ${command}: ${error.code}: ${encodeLine(error.message, 400)}\n${said}${remedy}`);
  switch (error.code) {
    case 'unavailable':
    case 'not-found':
    case 'busy':
    case 'no-space':
    case 'wrong-key':
    case 'occupied':
    case 'state-damaged':
      return 2;
    case 'rollback':
    case 'freeze':
    case 'mix-and-match':
    case 'unsigned':
    case 'malformed':
    case 'too-large':
    case 'altered':
    case 'contradiction':
    case 'not-trusted':
    case 'revoked':
    case 'look-alike':
    case 'already-published':
    case 'not-verified':
      return 1;
  }
}

/** One folder for each root: what was seen under one says nothing under another. */
export function memoryOf({ root }: Pick<IndexTrust, 'root'>, state: string | undefined, io: Io): Memory {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
  return diskMemory(resolve(io.cwd, state ?? stateFolder(io), `index-${name}`));
}

function stateFolder(io: Io): string {
  return join(io.env['XDG_STATE_HOME'] ?? join(io.env['HOME'] ?? homedir(), '.local', 'state'), 'proofmark');
}

function configFolder(io: Io): string {
  return join(io.env['XDG_CONFIG_HOME'] ?? join(io.env['HOME'] ?? homedir(), '.config'), 'proofmark');
}
