import { TrustedRoot } from '@sigstore/protobuf-specs';
import {
  type KeyFinderFunc,
  type Signer,
  toSignedEntity,
  toTrustMaterial,
  type TrustMaterial,
  VerificationError,
  Verifier,
} from '@sigstore/verify';
import { err, ok, type Result } from '../kernel/result.ts';
import { looksLike } from '../store/look-alike.ts';
import type { ReadBundle } from './bundle.ts';
import { type Certificate, isExact, isIdentity } from './certificate.ts';
import type { Refusal } from './refusal.ts';
import type { Operator, Trust } from './trust.ts';

/** The root of a world without authorities: for keys that stand for themselves. */
const NO_ROOT = TrustedRoot.fromJSON({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' });

/** Who signed a bundle, verified: signature, and for keyless signers certificate, log and time. `bundle` names it in refusals. */
export function signerOf(read: ReadBundle, trust: Trust, bundle: string): Result<Operator, Refusal> {
  return read.signer.kind === 'key'
    ? byKey(read, read.signer.hint, trust, bundle)
    : byCertificate(read, read.signer, trust, bundle);
}

function byKey(read: ReadBundle, hint: string, trust: Trust, bundle: string): Result<Operator, Refusal> {
  for (const operator of trust.operators) {
    const signer = operator.signers.find((one) => one.kind === 'key' && one.id === hint);
    if (signer?.kind !== 'key') continue;
    const find: KeyFinderFunc = () => ({ publicKey: signer.publicKey, validFor: () => true });
    const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
    const verified = attempt(() =>
      new Verifier(toTrustMaterial(NO_ROOT, find), options).verify(toSignedEntity(read.bundle)),
    );
    return verified.ok
      ? ok(operator)
      : err({ code: 'tampered-bundle', data: { bundle, detail: detailOf(verified.error) } });
  }
  return err({ code: 'unknown-key', data: { bundle, key: hint } });
}

function byCertificate(
  read: ReadBundle,
  { der, entries }: Extract<ReadBundle['signer'], { kind: 'certificate' }>,
  trust: Trust,
  bundle: string,
): Result<Operator, Refusal> {
  const { root } = trust;
  if (root === undefined)
    return err({ code: 'untrusted-root', data: { bundle, detail: 'the trust lists no certificate authority' } });
  const hosts = new Set(root.tlogs.map(({ baseURL }) => hostOf(baseURL)));
  const foreign = entries
    .flatMap(({ inclusionProof }) => signersOf(inclusionProof.checkpoint.envelope))
    .find((name) => !hosts.has(name));
  // The library takes the name of the log for a pattern: a name that is not one of ours, letter for letter, could match one.
  if (foreign !== undefined)
    return err({ code: 'untrusted-root', data: { bundle, detail: `the log ${foreign.slice(0, 100)}` } });
  const keys = new Set(root.tlogs.map(({ logID }) => logID.toString('base64')));
  if (entries.some(({ logId }) => !keys.has(logId.keyId)))
    return err({ code: 'untrusted-root', data: { bundle, detail: 'the key of its log' } });
  const entity = attempt(() => toSignedEntity(read.bundle));
  if (!entity.ok || entity.value.key.$case !== 'certificate')
    return err({
      code: 'malformed-bundle',
      data: { bundle, detail: 'its certificate or its timestamp cannot be read' },
    });
  const { certificate } = entity.value.key;
  const exact = attempt(() => isExact(certificate, der));
  if (!exact.ok || !exact.value)
    return err({ code: 'tampered-bundle', data: { bundle, detail: 'its certificate says more than was signed' } });
  // Each threshold is one: an entry in a log, a certificate in a log, and a time that somebody else vouches for.
  const options = { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 };
  const verified = attempt(() => new Verifier(root, options).verify(entity.value));
  if (!verified.ok) return err(failure(verified.error, certificate, root, bundle));
  return identified(verified.value, trust, bundle);
}

function identified(signer: Signer, trust: Trust, bundle: string): Result<Operator, Refusal> {
  const found = shown(signer.identity?.subjectAlternativeName);
  const issuer = shown(signer.identity?.extensions?.issuer);
  for (const operator of trust.operators) {
    const listed = operator.signers.some(
      (one) => one.kind === 'keyless' && isIdentity(signer, one.issuer, one.identity),
    );
    if (listed) return ok(operator);
  }
  const trusted = trust.operators
    .flatMap(({ signers }) => signers.flatMap((one) => (one.kind === 'keyless' ? [one.identity] : [])))
    .find((identity) => resembles(found, identity));
  return err(
    trusted === undefined
      ? { code: 'wrong-identity', data: { bundle, found, issuer } }
      : { code: 'look-alike-identity', data: { bundle, found, issuer, trusted } },
  );
}

/** What a person could take for the trusted identity, or an unanchored pattern would. */
function resembles(found: string, trusted: string): boolean {
  const [a, b] = [found.toLowerCase(), trusted.toLowerCase()];
  return a === b || looksLike(a, b) || a.includes(b) || b.includes(a) || withoutRef(a) === withoutRef(b);
}

/** A workflow's identity without the branch or tag that it ran on. */
function withoutRef(identity: string): string {
  return identity.replace(/@refs\/.*$/, '');
}

function failure(error: unknown, certificate: Certificate, root: TrustMaterial, bundle: string): Refusal {
  const data = { bundle, detail: detailOf(error) };
  if (!(error instanceof VerificationError)) return { code: 'tampered-bundle', data };
  if (error.code === 'TIMESTAMP_ERROR' && root.timestampAuthorities.length === 0)
    return { code: 'untrusted-root', data };
  if (error.code !== 'CERTIFICATE_ERROR') return { code: 'tampered-bundle', data };
  const issued = attempt(() =>
    root.certificateAuthorities.some(({ certChain }) => certChain.some((one) => certificate.verify(one))),
  );
  // A certificate of a trusted authority whose chain does not hold was used at the wrong time; else its log is not trusted.
  const late = issued.ok && issued.value && error.message.includes('certificate chain');
  return { code: late ? 'expired' : 'untrusted-root', data };
}

/** Who signed a checkpoint; {@link ReadBundle} holds only envelopes of that form. */
function signersOf(envelope: string): readonly string[] {
  const signatures = envelope.slice(envelope.indexOf('\n\n') + 2).split('\n');
  return signatures.filter((line) => line !== '').map((line) => line.split(' ')[1] ?? '');
}

function hostOf(baseUrl: string): string {
  return baseUrl.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
}

/** The library throws for whatever it cannot parse or verify; each is a refusal here. */
function attempt<T>(work: () => T): Result<T, unknown> {
  try {
    return ok(work());
  } catch (error) {
    return err(error);
  }
}

/** The library's sentence where it has judged; what it says when it stumbles over bytes is of no use to anybody. */
function detailOf(error: unknown): string {
  return error instanceof VerificationError ? error.message.slice(0, 200) : 'it cannot be parsed';
}

function shown(text: string | undefined): string {
  return text === undefined ? 'nobody' : text.slice(0, 300);
}
