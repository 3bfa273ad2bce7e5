import { createPublicKey } from 'node:crypto';
import { assert } from '../kernel/result.ts';
import { RegistryError } from './error.ts';
import { sha256Hex } from './layout.ts';

/** The roles of an index that sign: TUF's four, and `bins` for every bin. */
export const ROLES = ['root', 'targets', 'bins', 'snapshot', 'timestamp'] as const;
export type Role = (typeof ROLES)[number];

/** A key that can sign; where its secret half is kept is its own affair. */
export interface Signer {
  /** SPKI in PEM: Ed25519, or ECDSA on P-256. */
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

/** Publishing needs the last three; `targets` when a bin is added or renewed, `root` when keys change. */
export interface Signers {
  readonly root?: Signer;
  readonly targets?: Signer;
  readonly bins: Signer;
  readonly snapshot: Signer;
  readonly timestamp: Signer;
}

export interface TufKey {
  readonly id: string;
  readonly keytype: 'ed25519' | 'ecdsa';
  readonly scheme: 'ed25519' | 'ecdsa-sha2-nistp256';
  readonly keyval: { readonly public: string };
}

/** A public key as TUF metadata names it (specification 1.0.31, 4.2). Throws `wrong-key` for other kinds of key. */
export function tufKey(publicKey: string): TufKey {
  const key = createPublicKey(publicKey);
  if (key.asymmetricKeyType === 'ed25519') {
    const { x } = key.export({ format: 'jwk' });
    assert(x !== undefined, 'an Ed25519 key has a point');
    return withId('ed25519', 'ed25519', Buffer.from(x, 'base64url').toString('hex'));
  }
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') {
    return withId('ecdsa', 'ecdsa-sha2-nistp256', key.export({ type: 'spki', format: 'pem' }).toString());
  }
  throw new RegistryError('wrong-key', 'an index is signed with Ed25519 or P-256 keys');
}

/** The identifier is the SHA-256 of the key's OLPC canonical JSON, which escapes nothing that these texts hold. */
function withId(keytype: TufKey['keytype'], scheme: TufKey['scheme'], text: string): TufKey {
  const id = sha256Hex(`{"keytype":"${keytype}","keyval":{"public":"${text}"},"scheme":"${scheme}"}`);
  return { id, keytype, scheme, keyval: { public: text } };
}

const keyIds = new WeakMap<Signer, string>();

/** The identifier of a signer's key, read once: reading a key takes longer than signing with it. */
export function keyIdOf(signer: Signer): string {
  const known = keyIds.get(signer) ?? tufKey(signer.publicKey).id;
  keyIds.set(signer, known);
  return known;
}
