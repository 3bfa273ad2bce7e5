import { toDSSEBundle } from '@sigstore/bundle';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { WorkflowName } from '../store/model.ts';
import { writeBundle } from './bundle.ts';
import { bundleFile, PAYLOAD_TYPE, type Statement, type StatementKind } from './statement.ts';

/** Turns statements into bundles. Signing draws random numbers or asks a certificate authority, so that the work itself is outside. */
export interface BundleSigner {
  /** The bytes of a Sigstore bundle v0.3 whose DSSE envelope holds `statement`. */
  sign(statement: Uint8Array): Promise<Uint8Array>;
}

/** A P-256 key of an operator's own. */
export interface SigningKey {
  /** SubjectPublicKeyInfo as PEM. */
  readonly publicKey: string;
  /** ECDSA over SHA-256 of `data`, DER. */
  sign(data: Uint8Array): Uint8Array;
}

/** A file of a seal beside its package. */
export interface BundleFile {
  readonly kind: StatementKind;
  /** The file's name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Signs with a key: no certificate, no log, no timestamp; whoever verifies must know the key. */
export function keySigner(key: SigningKey): BundleSigner {
  const hint = keyId(createPublicKey(key.publicKey));
  return {
    sign: async (statement) => {
      const artifact = Buffer.from(statement);
      const signature = Buffer.from(key.sign(preAuthEncoding(PAYLOAD_TYPE, artifact)));
      return writeBundle(toDSSEBundle({ artifact, artifactType: PAYLOAD_TYPE, signature, keyHint: hint }));
    },
  };
}

/** A bundle for each statement, one after the other: an authority may count requests. */
export async function signStatements(
  statements: readonly Statement[],
  signer: BundleSigner,
  name: WorkflowName,
  version: string,
): Promise<readonly BundleFile[]> {
  const bundles: BundleFile[] = [];
  for (const { kind, bytes } of statements)
    bundles.push({ kind, name: bundleFile(name, version, kind), bytes: await signer.sign(bytes) });
  return bundles;
}

/** What a DSSE signature covers (DSSE 1.0, "Pre-Authentication Encoding"). */
export function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** How a key is named in bundles and messages: base64 of the SHA-256 of its SubjectPublicKeyInfo. */
export function keyId(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('base64');
}
