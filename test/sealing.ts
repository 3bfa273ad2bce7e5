import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { digestFiles } from '../src/kernel/digest.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../src/kernel/json.ts';
import { STAGES } from '../src/kernel/rules.ts';
import { pack, type Packed } from '../src/seal/pack.ts';
import { type BundleFile, type BundleSigner, keySigner, type SigningKey, signStatements } from '../src/seal/sign.ts';
import { type Attested, LOCAL_BUILDER, statementsOf } from '../src/seal/statement.ts';
import { keyTrust, type Trust } from '../src/seal/trust.ts';
import type { ArchiveFile } from '../src/seal/ustar.ts';
import type { Expected } from '../src/seal/verify.ts';

/** Seals for tests: a small workflow, evidence of the right form, and keys. Nothing here was verified. */

export const STORE = 'example-store';
export const NAME = 'finance/pay-invoice';
export const VERSION = '1.2.3';

export const AUTHOR = { domain: 'finance', intents: ['pay the invoices in my inbox'] };

export function workflowFiles(): readonly ArchiveFile[] {
  const texts = {
    'workflow.yaml': 'document: {}\n',
    'contract.yaml': 'risk: high\n',
    'README.md': '# Pay an invoice\n',
    'tests/pays.yaml': 'name: pays\n',
  };
  return Object.entries(texts).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }));
}

export function sampleEvidence(files = workflowFiles(), changes: JsonObject = {}): JsonObject {
  const digest = `sha256-${'A'.repeat(43)}=`;
  return {
    format: 'proofmark-evidence/1',
    subject: { name: NAME, version: VERSION, digest: digestFiles(files) },
    digests: { store: digest, tools: digest, policies: digest, law: digest, verifier: digest },
    seed: 1,
    asOf: null,
    level: 'hardened',
    stages: Object.fromEntries(
      STAGES.map((stage) => [
        stage,
        { status: stage === 'policy' ? 'sampled' : 'passed', checks: 3, counts: { all: 3 } },
      ]),
    ),
    assumptions: ['the engine that runs the workflow enforces contract and policies'],
    guarantees: {
      risk: 'high',
      deterministic: 'up to replies of tools and models',
      tools: ['mail/get_message', 'payments/transfer'],
      effects: ['irreversible', 'read'],
      outgoing: ['payments/transfer'],
      secretsRead: ['internal'],
      approvals: ['payments/transfer'],
      errors: ['declined', 'timeout'],
      budgets: { tasks: 12, calls: 4, infers: 1, time: 3_600_000 },
    },
    queries: [],
    findings: [],
    ...changes,
  };
}

export function samplePackage(changes: JsonObject = {}, files = workflowFiles()): Packed {
  const packed = pack({ store: STORE, files, evidence: sampleEvidence(files, changes), author: AUTHOR });
  if (!packed.ok) throw new Error(`the sample does not pack: ${packed.error.code} ${packed.error.at}`);
  return packed.value;
}

export function attestedOf(packed: Packed, changes: Partial<Attested> = {}): Attested {
  const { digest, evidence, evidenceDigest } = packed;
  return {
    store: STORE,
    digest,
    evidence,
    evidenceDigest,
    verifier: '0.1.0',
    builder: LOCAL_BUILDER,
    result: 'PASSED',
    ...changes,
  };
}

/** A fresh key, in memory. */
export function sampleKey(): SigningKey & { readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    privateKey,
    sign: (data) => sign('sha256', data, privateKey),
  };
}

export async function sealWith(
  signer: BundleSigner,
  packed: Packed,
  changes: Partial<Attested> = {},
): Promise<readonly BundleFile[]> {
  const { name, version } = packed.evidence.subject;
  return signStatements(statementsOf(attestedOf(packed, changes)), signer, name, version);
}

export async function sealByKey(
  key: SigningKey,
  packed: Packed,
  changes: Partial<Attested> = {},
): Promise<readonly BundleFile[]> {
  return sealWith(keySigner(key), packed, changes);
}

export function trustIn(key: SigningKey): Trust {
  const trust = keyTrust('acme', key.publicKey);
  if (!trust.ok) throw new Error(trust.error);
  return trust.value;
}

export const EXPECTED: Expected = {
  store: STORE,
  name: NAME,
  version: VERSION,
  level: 'hardened',
  day: '2026-11-23',
};

/** A JSON object, or nothing. */
export function members(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The value at a path of keys and indices; null where there is none. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = isArray(found) ? found[step] : undefined;
    else found = isObject(found) ? member(found, step) : undefined;
  }
  return found ?? null;
}

/** The JSON of bytes that we wrote ourselves. */
export function parsed(bytes: Uint8Array | undefined): JsonObject {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return members(value as Json);
}
