import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { parseDocument } from '../kernel/document.ts';
import type { Json } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { name } from '../store/words.ts';
import { keyId } from './sign.ts';

/** Whose word a consumer takes. Data: the same code verifies with a local key and with Sigstore's public instance. */
export interface Trust {
  /** How many different operators must have signed the same verdict. */
  readonly need: number;
  readonly operators: readonly Operator[];
  /** Certificate authorities, logs and timestamp authorities for keyless signers. */
  readonly root: TrustMaterial | undefined;
}

/** An independent party that verifies and signs. Its signers count once. */
export interface Operator {
  readonly name: string;
  readonly signers: readonly TrustedSigner[];
  /** The last day on which this operator is trusted, `YYYY-MM-DD`. */
  readonly until?: string;
}

export type TrustedSigner =
  | { readonly kind: 'key'; readonly id: string; readonly publicKey: KeyObject }
  /** Both are compared whole and byte for byte, never as patterns. */
  | { readonly kind: 'keyless'; readonly issuer: string; readonly identity: string };

const keySchema = z.strictObject({ key: z.string().max(1_000) });
const keylessSchema = z.strictObject({
  issuer: z.string().regex(/^https:\/\/[!-~]{1,200}$/, 'an issuer is an https address'),
  identity: z.string().regex(/^[!-~]{1,500}$/, 'an identity is printable ASCII without spaces'),
});

const operatorSchema = z.strictObject({
  name,
  signers: z
    .array(z.union([keySchema, keylessSchema]))
    .min(1)
    .max(20),
  until: z.iso.date().optional(),
});

const trustSchema = z.strictObject({
  format: z.literal('proofmark-trust/1'),
  need: z.int().min(1).max(100).default(1),
  operators: z.array(operatorSchema).min(1).max(100),
  trustedRoot: z.record(z.string(), z.unknown()).optional(),
  /** Where trust in an index begins; read there. */
  index: z.unknown().optional(),
});

/** The trust of a file, JSON or YAML by its name; or what is wrong with it. */
export function readTrust(file: string, bytes: Uint8Array): Result<Trust, string> {
  const { value, findings } = parseDocument(file, bytes);
  const [first] = findings;
  if (value === undefined || first !== undefined)
    return err(first === undefined ? 'it is empty' : `${first.rule} at line ${first.place.line}`);
  const parsed = trustSchema.safeParse(value);
  if (!parsed.success) return err(problemOf(parsed.error));
  const { need, operators, trustedRoot } = parsed.data;
  return assemble(need, operators, trustedRoot);
}

/** The trust that store.yaml states under `verifiers`, with the root for its keyless signers; or what is wrong with it. */
export function storeTrust(
  verifiers: { readonly need: number; readonly operators: readonly Json[] },
  trustedRoot: unknown,
): Result<Trust, string> {
  const parsed = z.array(operatorSchema).min(1).safeParse(verifiers.operators);
  return parsed.success ? assemble(verifiers.need, parsed.data, trustedRoot) : err(problemOf(parsed.error));
}

/** The trust in one key alone. */
export function keyTrust(operator: string, publicKey: string): Result<Trust, string> {
  return assemble(1, [{ name: operator, signers: [{ key: publicKey }] }], undefined);
}

function assemble(
  need: number,
  listed: readonly z.output<typeof operatorSchema>[],
  trustedRoot: unknown,
): Result<Trust, string> {
  const operators: Operator[] = [];
  const seen = new Map<string, string>();
  for (const { name: operator, signers, until } of listed) {
    if (operators.some((other) => other.name === operator)) return err(`the operator ${operator} is listed twice`);
    const trusted: TrustedSigner[] = [];
    for (const signer of signers) {
      const read = signerOf(signer);
      if (!read.ok) return err(`${operator}: ${read.error}`);
      const identity = read.value.kind === 'key' ? read.value.id : `${read.value.issuer} ${read.value.identity}`;
      const other = seen.get(identity);
      // Two names for one signer would let one party count as two.
      if (other !== undefined) return err(`${operator} and ${other} share a signer`);
      seen.set(identity, operator);
      trusted.push(read.value);
    }
    operators.push({ name: operator, signers: trusted, ...(until === undefined ? {} : { until }) });
  }
  if (need > operators.length) return err(`${need} operators are needed and ${operators.length} are listed`);
  const keyless = operators.some(({ signers }) => signers.some(({ kind }) => kind === 'keyless'));
  if (trustedRoot === undefined)
    return keyless ? err('keyless signers need a trustedRoot') : ok({ need, operators, root: undefined });
  try {
    const root = toTrustMaterial(TrustedRoot.fromJSON(trustedRoot));
    return ok({ need, operators, root });
  } catch (error) {
    return err(`the trustedRoot cannot be read: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

function signerOf(signer: z.output<typeof keySchema> | z.output<typeof keylessSchema>): Result<TrustedSigner, string> {
  if ('issuer' in signer) return ok({ kind: 'keyless', ...signer });
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(signer.key);
  } catch {
    return err('a key is no public key in PEM');
  }
  // A private key in its place would be accepted by the parser: it must never stand in a file that is passed around.
  if (signer.key.includes('PRIVATE KEY')) return err('a private key stands where a public key should');
  if (publicKey.asymmetricKeyType !== 'ec' || publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return err('a key is not on the curve P-256');
  return ok({ kind: 'key', id: keyId(publicKey), publicKey });
}

function problemOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${(issue?.path ?? []).map(String).join('/')}: ${issue?.message ?? 'wrong shape'}`;
}

/** A trust file that lists one operator with one key. */
export function trustText(operator: string, publicKey: string): string {
  const trust = {
    format: 'proofmark-trust/1',
    need: 1,
    operators: [{ name: operator, signers: [{ key: publicKey }] }],
  };
  return `${JSON.stringify(trust, null, 2)}\n`;
}
