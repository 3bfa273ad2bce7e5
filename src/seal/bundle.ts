import {
  type Bundle,
  bundleFromJSON,
  bundleToJSON,
  type BundleWithDsseEnvelope,
  isBundleWithDsseEnvelope,
} from '@sigstore/bundle';
import * as z from 'zod';
import { canonicalBytes } from '../kernel/canonical.ts';
import type { Json } from '../kernel/json.ts';
import { PAYLOAD_TYPE } from './statement.ts';
import { readJson } from './json-file.ts';
import { isExactTimestamp } from './timestamp.ts';

/** Sigstore bundles v0.3 that hold one DSSE envelope with one signature: how every statement is kept. */

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Base64 in its one spelling: what differs in unused bits would be another file with the same meaning. */
const base64 = z
  .string()
  .max(1 << 20)
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'base64 in its one spelling');
const integer = z.string().regex(/^(?:0|[1-9]\d{0,18})$/, 'a whole number as text');

/**
 * A checkpoint (C2SP signed-note): lines of text, an empty line, signatures. The names of signers are bounded to characters that
 * mean themselves in a regular expression, because the verifier compiles one from them.
 */
const checkpoint = z
  .string()
  .max(10_000)
  .regex(/^(?:[^\n]+\n){3,20}\n(?:\u2014 [A-Za-z0-9./:-]{1,200} [A-Za-z0-9+/]+={0,2}\n){1,20}$/, 'a signed checkpoint');

const entry = z.strictObject({
  logIndex: integer.default('0'),
  logId: z.strictObject({ keyId: base64 }),
  kindVersion: z.strictObject({ kind: z.enum(['dsse', 'intoto']), version: z.string().regex(/^\d+\.\d+\.\d+$/) }),
  integratedTime: integer.default('0'),
  inclusionPromise: z.strictObject({ signedEntryTimestamp: base64 }).optional(),
  inclusionProof: z.strictObject({
    logIndex: integer.default('0'),
    rootHash: base64,
    treeSize: integer,
    hashes: z.array(base64).max(64).default([]),
    checkpoint: z.strictObject({ envelope: checkpoint }),
  }),
  canonicalizedBody: base64,
});

const timestamps = z.strictObject({
  rfc3161Timestamps: z
    .array(z.strictObject({ signedTimestamp: base64 }))
    .max(10)
    .default([]),
});

const byKey = z.strictObject({
  publicKey: z.strictObject({ hint: z.string().min(1).max(200) }),
  // A key of an operator's own stands in no log: whatever claims to be an entry would go unchecked.
  tlogEntries: z.array(z.never()).max(0).optional(),
  timestampVerificationData: z.strictObject({ rfc3161Timestamps: z.array(z.never()).max(0).optional() }).optional(),
});

const byCertificate = z.strictObject({
  certificate: z.strictObject({ rawBytes: base64 }),
  tlogEntries: z.array(entry).min(1).max(10),
  timestampVerificationData: timestamps.optional(),
});

const bundleSchema = z.strictObject({
  mediaType: z.literal(MEDIA_TYPE),
  verificationMaterial: z.union([byKey, byCertificate]),
  dsseEnvelope: z.strictObject({
    payload: base64,
    payloadType: z.literal(PAYLOAD_TYPE),
    signatures: z.tuple([z.strictObject({ sig: base64, keyid: z.string().max(200).optional() })]),
  }),
});

type LogEntry = z.output<typeof entry>;

/** A bundle that was read and not yet verified: nothing in it may be believed. */
export interface ReadBundle {
  readonly bundle: BundleWithDsseEnvelope;
  /** The signed bytes. */
  readonly payload: Uint8Array;
  readonly signer:
    | { readonly kind: 'key'; readonly hint: string }
    | { readonly kind: 'certificate'; readonly der: Uint8Array; readonly entries: readonly LogEntry[] };
}

/** A bundle from hostile bytes, or why it is none. */
export function readBundle(bytes: Uint8Array): ReadBundle | { readonly problem: string } {
  const json = readJson(bytes);
  if ('problem' in json) return json;
  const parsed = bundleSchema.safeParse(json.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${(issue?.path ?? []).map(String).join('/')}: ${issue?.message ?? 'wrong shape'}` };
  }
  const { dsseEnvelope, verificationMaterial: material } = parsed.data;
  const [{ keyid }] = dsseEnvelope.signatures;
  const hint = 'publicKey' in material ? material.publicKey.hint : '';
  // The envelope's own key id is signed by nothing; it may say what the bundle says, and no more.
  if (keyid !== undefined && keyid !== hint) return { problem: 'dsseEnvelope/signatures/0/keyid: names another key' };
  const bundle = fromJson(json.value);
  if (bundle === undefined) return { problem: 'no Sigstore bundle v0.3 with a DSSE envelope' };
  const payload = Buffer.from(dsseEnvelope.payload, 'base64');
  if ('publicKey' in material) return { bundle, payload, signer: { kind: 'key', hint } };
  const problem = material.tlogEntries.map(entryProblem).find((one) => one !== undefined);
  if (problem !== undefined) return { problem };
  const tokens = material.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (!tokens.every(({ signedTimestamp }) => isExactTimestamp(Buffer.from(signedTimestamp, 'base64'))))
    return { problem: 'timestampVerificationData: a timestamp holds more than was signed' };
  const der = Buffer.from(material.certificate.rawBytes, 'base64');
  return { bundle, payload, signer: { kind: 'certificate', der, entries: material.tlogEntries } };
}

function fromJson(value: Json): BundleWithDsseEnvelope | undefined {
  try {
    const bundle = bundleFromJSON(value);
    return isBundleWithDsseEnvelope(bundle) ? bundle : undefined;
  } catch {
    // The library's own minimum: parts that are present and empty.
    return undefined;
  }
}

/** What a proof says beside its checkpoint must be what the checkpoint says: the verifier looks at the checkpoint alone. */
function entryProblem({
  logIndex,
  integratedTime,
  inclusionPromise,
  inclusionProof: proof,
}: LogEntry): string | undefined {
  const [, size, root] = proof.checkpoint.envelope.split('\n');
  if (size !== proof.treeSize) return 'tlogEntries/inclusionProof/treeSize: not that of the checkpoint';
  if (root !== proof.rootHash) return 'tlogEntries/inclusionProof/rootHash: not that of the checkpoint';
  // Only a promise signs index and time.
  if (inclusionPromise === undefined && (integratedTime !== '0' || logIndex !== proof.logIndex))
    return 'tlogEntries: an index or a time that nothing signs';
  return undefined;
}

/** A bundle as the bytes of its file: canonical JSON and a line feed. */
export function writeBundle(bundle: Bundle): Uint8Array {
  // What the library serialises is JSON but for members that are undefined, which its text leaves out.
  const json: unknown = JSON.parse(JSON.stringify(bundleToJSON(bundle)));
  return Buffer.concat([canonicalBytes(json as Json), Buffer.from('\n')]);
}
