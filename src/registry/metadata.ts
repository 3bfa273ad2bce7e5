import { canonicalJson } from '../kernel/canonical.ts';
import type { JsonObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import { sha256Hex } from './layout.ts';
import type { Signer, Signers, TufKey } from './keys.ts';
import { keyIdOf, type ROLES, tufKey } from './keys.ts';
import { BIN_PREFIXES, binRole } from './layout.ts';

/** Signed metadata of each role as the bytes to be written. Names and expiry are TUF's (specification 1.0.31, section 4). */

const SPEC_VERSION = '1.0.31';

/** How long each role's signature holds, in days: what is signed by hand longest, what says "this is the newest" shortest. */
const LIFETIME: Readonly<Record<(typeof ROLES)[number], number>> = {
  root: 365,
  targets: 365,
  bins: 365,
  snapshot: 90,
  timestamp: 30,
};

const DAY = 86_400_000;

/** A file that other metadata refers to. */
export type MetaReference = {
  readonly version: number;
  readonly length: number;
  readonly hashes: { readonly sha256: string };
};

export type TargetReference = {
  readonly length: number;
  readonly hashes: { readonly sha256: string };
};

export function metaReference(version: number, bytes: Uint8Array): MetaReference {
  return { version, ...targetReference(bytes) };
}

export function targetReference(bytes: Uint8Array): TargetReference {
  return { length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
}

/** The instant until which a role signed now holds, to the second as TUF writes it. */
export function expiryOf(role: keyof typeof LIFETIME, now: Date): string {
  return `${new Date(now.getTime() + LIFETIME[role] * DAY).toISOString().slice(0, 19)}Z`;
}

/** Whether less than half of a role's time is left. */
export function isDue(role: keyof typeof LIFETIME, expires: string, now: Date): boolean {
  return new Date(expires).getTime() - now.getTime() < (LIFETIME[role] * DAY) / 2;
}

type RootSigners = Signers & { readonly root: Signer; readonly targets: Signer };

/** The first root: one key and a threshold of one for each role. */
export function signRoot(signers: RootSigners, now: Date): Uint8Array {
  const of = (role: 'root' | 'targets' | 'snapshot' | 'timestamp'): TufKey => tufKey(signers[role].publicKey);
  const roles = (['root', 'targets', 'snapshot', 'timestamp'] as const).map((role) => [role, of(role)] as const);
  const signed = {
    ...header('root', 1, expiryOf('root', now)),
    consistent_snapshot: true,
    keys: Object.fromEntries(roles.map(([, key]) => [key.id, keyJson(key)])),
    roles: Object.fromEntries(roles.map(([role, key]) => [role, { keyids: [key.id], threshold: 1 }])),
  };
  return serialized(signed, signers.root);
}

/** The top of the targets: it names no target itself and hands each bin to the key of bins. */
export function signTargets(version: number, bins: TufKey, signer: Signer, now: Date): Uint8Array {
  const signed = {
    ...header('targets', version, expiryOf('targets', now)),
    targets: {},
    delegations: {
      keys: { [bins.id]: keyJson(bins) },
      roles: BIN_PREFIXES.map((prefix) => ({
        name: binRole(prefix),
        keyids: [bins.id],
        threshold: 1,
        terminating: true,
        path_hash_prefixes: [prefix],
      })),
    },
  };
  return serialized(signed, signer);
}

export function signBin(
  version: number,
  targets: ReadonlyMap<string, TargetReference>,
  signer: Signer,
  now: Date,
): Uint8Array {
  const signed = {
    ...header('targets', version, expiryOf('bins', now)),
    targets: Object.fromEntries(targets),
  };
  return serialized(signed, signer);
}

/** `meta`: by role name, without `.json`. */
export function signSnapshot(
  version: number,
  meta: ReadonlyMap<string, MetaReference>,
  signer: Signer,
  now: Date,
): Uint8Array {
  const signed = {
    ...header('snapshot', version, expiryOf('snapshot', now)),
    meta: Object.fromEntries(Array.from(meta, ([role, reference]) => [`${role}.json`, reference])),
  };
  return serialized(signed, signer);
}

export function signTimestamp(version: number, snapshot: MetaReference, signer: Signer, now: Date): Uint8Array {
  const signed = {
    ...header('timestamp', version, expiryOf('timestamp', now)),
    meta: { 'snapshot.json': snapshot },
  };
  return serialized(signed, signer);
}

function header(type: 'root' | 'targets' | 'snapshot' | 'timestamp', version: number, expires: string) {
  return { _type: type, spec_version: SPEC_VERSION, version, expires };
}

function keyJson({ keytype, scheme, keyval }: TufKey) {
  return { keytype, scheme, keyval: { public: keyval.public } };
}

/** Metadata with its signature, which covers the signed part in OLPC canonical JSON; that is written here too, byte for byte. */
function serialized(signed: JsonObject, signer: Signer): Uint8Array {
  const text = canonicalJson(signed);
  // OLPC's form is that of RFC 8785 but for control characters, of which only the line feeds of PEM occur; it leaves them as they are.
  assert(!/\\[^n]/.test(text), 'metadata holds no text that must be escaped');
  const signature = signer.sign(Buffer.from(text.replaceAll('\\n', '\n')));
  const signatures = [{ keyid: keyIdOf(signer), sig: Buffer.from(signature).toString('hex') }];
  return Buffer.from(`{"signatures":${JSON.stringify(signatures)},"signed":${text}}\n`);
}
