import * as z from 'zod';
import { compareText } from '../kernel/json.ts';
import { pathProblem } from '../seal/ustar.ts';
import { isSemver } from '../store/version.ts';
import { isWorkflowName } from '../store/words.ts';
import { parse } from './record.ts';
import type { Index } from './client.ts';
import { RegistryError } from './error.ts';

/** `proofmark.lock.json`: what is installed, from which state of which index. It belongs into version control. */

export const LOCKFILE = 'proofmark.lock.json';
export const LOCKFILE_LIMIT = 16 << 20;

const digest = z.string().regex(/^sha256-[A-Za-z0-9+/]{43}=$/, 'a digest is sha256- and base64');

const locked = z.strictObject({
  version: z.string().refine(isSemver, 'an exact version'),
  /** Of the package: what stands on disk, packed again, has this digest. */
  package: digest,
  level: z.enum(['structured', 'tested', 'hardened', 'proved']),
  /** Who signed, by the names of the trust that was used. */
  operators: z.array(z.string().max(200)).max(100),
});

const lockfile = z.strictObject({
  format: z.literal('proofmark-lock/1'),
  index: z.strictObject({
    address: z.string().max(2_000),
    /** The newest state seen: an older one is refused, on every machine that has this file. */
    timestamp: z.int().min(0),
    snapshot: z.int().min(0),
  }),
  /** Where the workflows stand, as `<folder>/<namespace>/<name>`, relative to the lock file and below it. */
  folder: z.string().refine(isInside, 'a folder below the lock file, in plain ASCII'),
  workflows: z.record(z.string().refine(isWorkflowName, 'a workflow is <namespace>/<name>'), locked),
});

export type Locked = Readonly<z.output<typeof locked>>;
export type Lockfile = Readonly<z.output<typeof lockfile>>;

/** Whether a path leads to a folder below the one that it is relative to, on every system. */
export function isInside(path: string): boolean {
  return path.length <= 200 && pathProblem(path) === undefined;
}

/** Throws `malformed`. */
export function readLockfile(bytes: Uint8Array): Lockfile {
  return parse(lockfile, 'lock file', bytes, LOCKFILE_LIMIT);
}

/** Canonical in content, and one line for each member so that a change of one workflow changes its lines alone. */
export function writeLockfile({ format, index, folder, workflows }: Lockfile): string {
  const sorted = Object.entries(workflows).sort(([a], [b]) => compareText(a, b));
  return `${JSON.stringify({ format, index, folder, workflows: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** Refuses an index whose state is older than the one that the lock file was written from. */
export function checkNotOlder(index: Index, known: Lockfile['index']): void {
  const { timestamp, snapshot } = index.versions;
  if (timestamp < known.timestamp || snapshot < known.snapshot) {
    throw new RegistryError('rollback', `the index is older than the one that ${LOCKFILE} was written from`);
  }
}

/** The lock file with the state of an index and some workflows put in place. */
export function locking(
  before: Lockfile | undefined,
  at: { readonly address: string; readonly folder: string },
  index: Index,
  installed: ReadonlyMap<string, Locked>,
): Lockfile {
  const { timestamp, snapshot } = index.versions;
  return {
    format: 'proofmark-lock/1',
    index: { address: at.address, timestamp, snapshot },
    folder: at.folder,
    workflows: { ...before?.workflows, ...Object.fromEntries(installed) },
  };
}
