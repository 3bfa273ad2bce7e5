import type { SignedEntity, Signer } from '@sigstore/verify';
import { der, TAG } from './der.ts';

/**
 * Exact checks on a Fulcio certificate beside those of the library, which compares identities as patterns over text that it has
 * decoded leniently, and leaves some bytes outside the signed part unread.
 */

/** The certificate of an entity as the library has parsed it. */
export type Certificate = Extract<SignedEntity['key'], { $case: 'certificate' }>['certificate'];

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** Fulcio: issuer of the identity token, as a DER UTF8String. */
const ISSUER = '1.3.6.1.4.1.57264.1.8';

/** Whether the verified signer is exactly this identity, its only one, by exactly this issuer. */
export function isIdentity(signer: Signer, issuer: string, identity: string): boolean {
  const names = extension(signer, SUBJECT_ALTERNATIVE_NAME);
  const issued = extension(signer, ISSUER);
  if (names === undefined || issued === undefined) return false;
  const text = Buffer.from(identity);
  const exact = [TAG.uri, TAG.email].some((tag) => names.equals(der(TAG.sequence, der(tag, text))));
  return exact && issued.equals(der(TAG.utf8, Buffer.from(issuer)));
}

/** Whether the bytes hold nothing but the signed part, the algorithm that is named in it, and the signature. */
export function isExact(certificate: Certificate, bytes: Uint8Array): boolean {
  const signed = certificate.tbsCertificate;
  const algorithm = signed.subs[2]?.toDER();
  if (algorithm === undefined) return false;
  const signature = der(TAG.bits, Buffer.from([0]), certificate.signatureValue);
  return der(TAG.sequence, signed.toDER(), algorithm, signature).equals(bytes);
}

function extension({ identity }: Signer, oid: string): Buffer | undefined {
  const found = identity?.oids?.filter((one) => one.oid?.id.join('.') === oid) ?? [];
  return found.length === 1 ? found[0]?.value : undefined;
}
