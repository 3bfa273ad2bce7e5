import { type Der, der, derFields, derValues, TAG } from './der.ts';

/** A status of 0, granted, and nothing else (RFC 3161, 2.4.2). */
const GRANTED = der(TAG.sequence, der(TAG.integer, Buffer.from([0])));

/** SHA-256, SHA-384 and SHA-512, with the parameter NULL or none; ECDSA with each of them. */
const HASHES = [1, 2, 3].flatMap((last) => {
  const oid = der(TAG.oid, Buffer.from([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]));
  return [der(TAG.sequence, oid), der(TAG.sequence, oid, Buffer.from([0x05, 0x00]))];
});
const SIGNATURES = [2, 3, 4].map((last) =>
  der(TAG.sequence, der(TAG.oid, Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last]))),
);

/** The parts of SignedData before its certificates: version, hashes, content. */
const SIGNED = [TAG.integer, TAG.set, TAG.sequence] as const;
const EMPTY = der(TAG.context0);

/**
 * Whether a timestamp (RFC 3161, in CMS) holds nothing but what its authority signed and what is needed to check that. The library
 * verifies the signed part and passes over the rest, in which bytes could be changed at will.
 */
export function isExactTimestamp(bytes: Uint8Array): boolean {
  const [response, ...rest] = derValues(Buffer.from(bytes)) ?? [];
  if (rest.length > 0) return false;
  const [status, token] = derFields(response, TAG.sequence, TAG.sequence, TAG.sequence) ?? [];
  if (status === undefined || !status.bytes.equals(GRANTED)) return false;
  const [, wrapped] = derFields(token, TAG.sequence, TAG.oid, TAG.context0) ?? [];
  const [signed] = derFields(wrapped, TAG.context0, TAG.sequence) ?? [];
  // We ask for no certificates; an authority may say so by an empty list.
  const [version, hashes, content, signers] =
    derFields(signed, TAG.sequence, ...SIGNED, TAG.set) ??
    derFields(signed, TAG.sequence, ...SIGNED, TAG.context0, TAG.set)?.filter((field) => !field.bytes.equals(EMPTY)) ??
    [];
  const [, octets] = derFields(content, TAG.sequence, TAG.oid, TAG.context0) ?? [];
  const [signer] = derFields(signers, TAG.set, TAG.sequence) ?? [];
  const [own, issued, hash, , signature] =
    derFields(signer, TAG.sequence, TAG.integer, TAG.sequence, TAG.sequence, TAG.context0, TAG.sequence, TAG.octets) ??
    [];
  return (
    isNumber(version, 3) &&
    isNumber(own, 1) &&
    derFields(issued, TAG.sequence, TAG.sequence, TAG.integer) !== undefined &&
    derFields(octets, TAG.context0, TAG.octets) !== undefined &&
    isOneOf(hash, HASHES) &&
    hashes?.content.equals(hash?.bytes ?? Buffer.alloc(0)) === true &&
    isOneOf(signature, SIGNATURES)
  );
}

function isNumber(value: Der | undefined, number: number): boolean {
  return value?.content.equals(Buffer.from([number])) === true;
}

function isOneOf(value: Der | undefined, known: readonly Buffer[]): boolean {
  return value !== undefined && known.some((one) => one.equals(value.bytes));
}
