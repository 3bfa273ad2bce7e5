import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  attestedOf,
  EXPECTED,
  members,
  NAME,
  parsed,
  sampleEvidence,
  sampleKey,
  samplePackage,
  sealByKey,
  trustIn,
  VERSION,
} from '../../test/sealing.ts';
import { canonicalBytes } from '../kernel/canonical.ts';
import { digestBytes } from '../kernel/digest.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import { sentenceOf } from './refusal.ts';
import { type BundleFile, keySigner, preAuthEncoding } from './sign.ts';
import { bundleFile, PAYLOAD_TYPE, statementsOf } from './statement.ts';
import { readTrust, type Trust } from './trust.ts';
import { type Expected, type Sealed, verifySeal } from './verify.ts';

fc.configureGlobal({ seed: 3 });

const key = sampleKey();
const trust = trustIn(key);
const packed = samplePackage();
const bundles = await sealByKey(key, packed);
const sealed: Sealed = { package: packed.bytes, bundles };

function verdict(given: Partial<Sealed>, by: Trust = trust, expected: Partial<Expected> = {}): string {
  const seal = verifySeal({ ...sealed, ...given }, by, { ...EXPECTED, ...expected });
  return seal.ok ? 'verified' : seal.error.code;
}

function replaced(kind: string, bytes: Uint8Array): readonly BundleFile[] {
  return bundles.map((bundle) => (bundle.kind === kind ? { ...bundle, bytes } : bundle));
}

function without(...kinds: readonly string[]): readonly BundleFile[] {
  return bundles.filter(({ kind }) => !kinds.includes(kind));
}

/** The bundle of a kind with a change to its JSON. */
function edited(kind: string, change: (bundle: JsonObject) => Json): readonly BundleFile[] {
  const bundle = bundles.find((one) => one.kind === kind);
  return replaced(kind, canonicalBytes(change(parsed(bundle?.bytes))));
}

/** A statement of a kind with a change to its predicate, signed again with the trusted key. */
async function restated(kind: string, change: (predicate: JsonObject) => Json): Promise<readonly BundleFile[]> {
  const statement = statementsOf(attestedOf(packed)).find((one) => one.kind === kind);
  const whole = parsed(statement?.bytes);
  const predicate = change(members(whole['predicate']));
  return replaced(kind, await keySigner(key).sign(canonicalBytes({ ...whole, predicate })));
}

describe('a seal by a key', () => {
  it('verifies', () => {
    const seal = verifySeal(sealed, trust, EXPECTED);
    expect(seal).toMatchObject({
      ok: true,
      value: {
        digest: packed.digest,
        level: 'hardened',
        law: '0'.repeat(64),
        operators: ['acme'],
        verifiers: ['0.1.0'],
        ignored: [],
      },
    });
  });

  it('verifies whatever the order and the names of its bundles', () => {
    expect(verdict({ bundles: bundles.map((one) => ({ ...one, name: 'x' })).toReversed() })).toBe('verified');
  });

  it('verifies for a lower level, an accepted law, a sound verifier and a day within its trust', () => {
    const laws = ['sha256-x', packed.evidence.digests.law];
    expect(verdict({}, trust, { level: 'tested', laws, oldestVerifier: '0.1.0' })).toBe('verified');
    expect(verdict({}, until('2026-11-23'))).toBe('verified');
  });

  it('has signatures that openssl alone verifies', ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'proofmark-openssl-'));
    try {
      writeFileSync(join(folder, 'key.pub'), key.publicKey);
      for (const { bytes } of bundles) {
        const payload = textAt(bytes, 'dsseEnvelope', 'payload');
        const signature = textAt(bytes, 'dsseEnvelope', 'signatures', 0, 'sig');
        const encoded = preAuthEncoding(PAYLOAD_TYPE, Buffer.from(payload, 'base64'));
        writeFileSync(join(folder, 'pae'), encoded);
        writeFileSync(join(folder, 'sig'), Buffer.from(signature, 'base64'));
        const verify = ['dgst', '-sha256', '-verify', 'key.pub', '-signature', 'sig'];
        try {
          expect(execFileSync('openssl', [...verify, 'pae'], { cwd: folder, encoding: 'utf8' })).toBe('Verified OK\n');
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
            skip('there is no openssl on this machine');
          throw error;
        }
        writeFileSync(join(folder, 'other'), Buffer.concat([encoded, Buffer.from(' ')]));
        expect(() => execFileSync('openssl', [...verify, 'other'], { cwd: folder, stdio: 'pipe' })).toThrow(
          'Command failed',
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function until(day: string): Trust {
  return { ...trust, operators: trust.operators.map((operator) => ({ ...operator, until: day })) };
}

describe('a seal is refused', () => {
  it.each<[string, string, Partial<Sealed>]>([
    ['no bundle at all', 'too-few-operators', { bundles: [] }],
    ['another package', 'tampered-package', { package: samplePackage({ seed: 2 }).bytes }],
    ['no package', 'tampered-package', { package: new Uint8Array() }],
    ['no summary', 'missing-statement', { bundles: without('summary') }],
    ['no provenance', 'missing-statement', { bundles: without('provenance') }],
    ['no result of a stage', 'missing-statement', { bundles: without('adversarial') }],
    ['a summary twice', 'repeated-statement', { bundles: [...bundles, bundles[0]!] }],
    ['a result twice', 'repeated-statement', { bundles: [...bundles, bundles[3]!] }],
    ['provenance twice', 'repeated-statement', { bundles: [...bundles, bundles.at(-1)!] }],
    ['too many bundles', 'too-many-bundles', { bundles: Array.from({ length: 1_001 }, () => bundles[0]!) }],
    ['a bundle that is empty', 'malformed-bundle', { bundles: replaced('summary', new Uint8Array()) }],
    ['a bundle that is no JSON', 'malformed-bundle', { bundles: replaced('summary', Buffer.from('{')) }],
    ['a bundle of megabytes', 'malformed-bundle', { bundles: replaced('summary', new Uint8Array(3 << 20).fill(0x20)) }],
  ])('%s: %s', (_, code, given) => {
    expect(verdict(given)).toBe(code);
  });

  it.each<[string, string, (bundle: JsonObject) => Json]>([
    ['a payload', 'tampered-bundle', (b) => envelope(b, { payload: Buffer.from('{}').toString('base64') })],
    [
      'the payload of another statement',
      'tampered-bundle',
      (b) => envelope(b, { payload: at(provenance(), 'dsseEnvelope', 'payload') }),
    ],
    ['the type of the payload', 'malformed-bundle', (b) => envelope(b, { payloadType: 'text/plain' })],
    ['the signature', 'tampered-bundle', (b) => envelope(b, { signatures: [{ sig: 'AAAA' }] })],
    ['no signature', 'malformed-bundle', (b) => envelope(b, { signatures: [] })],
    ['an empty signature', 'malformed-bundle', (b) => envelope(b, { signatures: [{ sig: '' }] })],
    ['an empty payload', 'malformed-bundle', (b) => envelope(b, { payload: '' })],
    ['a second signature', 'malformed-bundle', (b) => envelope(b, { signatures: [{ sig: 'AAAA' }, { sig: 'AAAA' }] })],
    ['base64 in another spelling', 'malformed-bundle', (b) => envelope(b, { payload: 'e30' })],
    [
      'the key id of the envelope',
      'malformed-bundle',
      (b) => envelope(b, { signatures: [{ sig: 'AAAA', keyid: 'x' }] }),
    ],
    [
      'the media type',
      'malformed-bundle',
      (b) => ({ ...b, mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }),
    ],
    ['an unknown member', 'malformed-bundle', (b) => ({ ...b, more: 1 })],
    [
      'a log entry that nothing checks',
      'malformed-bundle',
      (b) => ({ ...b, verificationMaterial: { ...members(b['verificationMaterial']), tlogEntries: [{}] } }),
    ],
    [
      'both a key and a certificate',
      'malformed-bundle',
      (b) => ({
        ...b,
        verificationMaterial: { ...members(b['verificationMaterial']), certificate: { rawBytes: 'AAAA' } },
      }),
    ],
    [
      'a message in place of an envelope',
      'malformed-bundle',
      (b) => ({ mediaType: b['mediaType']!, verificationMaterial: b['verificationMaterial']!, messageSignature: {} }),
    ],
  ])('with %s changed: %s', (_, code, change) => {
    expect(verdict({ bundles: edited('summary', change) })).toBe(code);
  });

  it('signed with another key, or with the hint of ours and another key', async () => {
    const stranger = await sealByKey(sampleKey(), packed);
    expect(verdict({ bundles: stranger })).toBe('unknown-key');
    const posing = await sealByKey({ publicKey: key.publicKey, sign: (data) => sampleKey().sign(data) }, packed);
    expect(verdict({ bundles: posing })).toBe('tampered-bundle');
    // One statement of a stranger leaves the operator's own seal incomplete.
    expect(verdict({ bundles: [...without('summary'), stranger[0]!] })).toBe('missing-statement');
  });

  it('with a hint that names what every object has', () => {
    for (const hint of ['__proto__', 'constructor', 'toString'])
      expect(
        verdict({
          bundles: edited('summary', (b) => ({
            ...envelope(b, { signatures: [{ sig: 'AAAA', keyid: hint }] }),
            verificationMaterial: { publicKey: { hint } },
          })),
        }),
      ).toBe('missing-statement');
  });

  it('that says the verification failed, whoever else says it passed', async () => {
    expect(verdict({ bundles: await sealByKey(key, packed, { result: 'FAILED' }) })).toBe('failed-summary');
    const other = sampleKey();
    const both = trustInAll(1, key.publicKey, other.publicKey);
    const failed = await sealByKey(other, packed, { result: 'FAILED' });
    expect(verdict({ bundles: [...bundles, ...failed] }, both)).toBe('failed-summary');
  });

  it('for another workflow, version or store', () => {
    expect(verdict({}, trust, { name: 'finance/other' })).toBe('wrong-subject');
    expect(verdict({}, trust, { version: '1.2.4' })).toBe('wrong-subject');
    expect(verdict({}, trust, { store: 'other-store' })).toBe('wrong-subject');
  });

  it('of a workflow that was renamed after it was sealed', async () => {
    const renamed = samplePackage({ subject: { ...packed.evidence.subject, version: '9.9.9' } });
    const { subject } = packed.evidence;
    const lies = await sealByKey(key, { ...renamed, evidence: { ...renamed.evidence, subject } });
    expect(verdict({ package: renamed.bytes, bundles: lies })).toBe('inconsistent-package');
  });

  it('below the level that is needed, or by a law that is not accepted', () => {
    expect(verdict({}, trust, { level: 'proved' })).toBe('level-too-low');
    expect(verdict({}, trust, { laws: [] })).toBe('wrong-policy');
    expect(verdict({}, trust, { laws: [`sha256-${'B'.repeat(43)}=`] })).toBe('wrong-policy');
  });

  it('by a version of Proofmark that is no longer held sound', async () => {
    expect(verdict({}, trust, { oldestVerifier: '0.2.0' })).toBe('unsound-verifier');
    expect(verdict({ bundles: await sealByKey(key, packed, { verifier: 'latest' }) })).toBe('unsound-verifier');
  });

  it('after the trust in its operator has ended', () => {
    expect(verdict({}, until('2026-11-22'))).toBe('expired');
  });

  it.each<[string, string, string, (predicate: JsonObject) => Json]>([
    [
      'another verifier',
      'wrong-verifier',
      'summary',
      (p) => ({ ...p, verifier: { ...members(p['verifier']), id: 'https://other.example' } }),
    ],
    [
      'a level that its evidence does not have',
      'inconsistent-package',
      'summary',
      (p) => ({ ...p, verifiedLevels: ['PROOFMARK_STRUCTURED'] }),
    ],
    [
      'a level without those below it',
      'inconsistent-package',
      'summary',
      (p) => ({ ...p, verifiedLevels: ['PROOFMARK_HARDENED'] }),
    ],
    [
      'a level of somebody else',
      'inconsistent-package',
      'summary',
      (p) => ({ ...p, verifiedLevels: ['SLSA_BUILD_LEVEL_3'] }),
    ],
    [
      'another law than its evidence',
      'inconsistent-package',
      'summary',
      (p) => ({ ...p, policy: { ...members(p['policy']), digest: { sha256: 'f'.repeat(64) } } }),
    ],
    ['no inputs', 'missing-statement', 'summary', (p) => ({ ...p, inputAttestations: [] })],
    [
      'an input that is not there',
      'missing-statement',
      'summary',
      (p) => ({
        ...p,
        inputAttestations: [...(p['inputAttestations'] as Json[]), { uri: 'x', digest: { sha256: 'f'.repeat(64) } }],
      }),
    ],
    [
      'a test result that the summary does not rest on',
      'missing-statement',
      'policy',
      (p) => ({ ...p, result: 'PASSED' }),
    ],
    ['a summary that is no summary', 'malformed-statement', 'summary', () => ({})],
    [
      'provenance of another workflow',
      'wrong-subject',
      'provenance',
      (p) => JSON.parse(JSON.stringify(p).replace(NAME, 'finance/other')) as Json,
    ],
  ])('that states %s: %s', async (_, code, kind, change) => {
    expect(verdict({ bundles: await restated(kind, change) })).toBe(code);
  });

  it.each<[string, JsonObject]>([
    [
      'another result',
      { stages: { ...members(sampleEvidence()['stages']), adversarial: { status: 'failed', checks: 1, counts: {} } } },
    ],
    [
      'another verifier',
      { digests: { ...members(sampleEvidence()['digests']), verifier: `sha256-${'B'.repeat(43)}=` } },
    ],
    ['other counts', { seed: 7 }],
  ])('whose evidence has %s than its statements', async (_, changes) => {
    const other = samplePackage(changes);
    const lies = await sealByKey(key, { ...packed, digest: other.digest });
    expect(verdict({ package: other.bytes, bundles: lies })).toBe('inconsistent-package');
  });

  it('whose statements all name another law than its evidence', async () => {
    const { evidence } = packed;
    const digests = { ...evidence.digests, law: `sha256-${'B'.repeat(43)}=` };
    const lies = await sealByKey(key, { ...packed, evidence: { ...evidence, digests } });
    expect(verdict({ bundles: lies })).toBe('inconsistent-package');
  });

  it('when it is a package of other form, though signed', async () => {
    const bytes = Buffer.concat([packed.bytes, Buffer.alloc(512)]);
    const signed = await sealByKey(key, { ...packed, digest: digestBytes(bytes) });
    expect(verdict({ package: bytes, bundles: signed })).toBe('malformed-package');
  });
});

describe('several operators', () => {
  const [second, third] = [sampleKey(), sampleKey()];

  it('are counted once each, and must say the same', async () => {
    const both = [...bundles, ...(await sealByKey(second, packed))];
    const two = trustInAll(2, key.publicKey, second.publicKey, third.publicKey);
    expect(verdict({ bundles: both }, two)).toBe('verified');
    expect(verdict({}, two)).toBe('too-few-operators');
    expect(verdict({ bundles: [...bundles, ...(await sealByKey(sampleKey(), packed))] }, two)).toBe(
      'too-few-operators',
    );
    expect(verdict({ bundles: both }, trustInAll(3, key.publicKey, second.publicKey, third.publicKey))).toBe(
      'too-few-operators',
    );
  });

  it('with two keys are one operator', async () => {
    const made = readTrust(
      'trust.json',
      new TextEncoder().encode(
        JSON.stringify({
          format: 'proofmark-trust/1',
          need: 2,
          operators: [
            { name: 'acme', signers: [{ key: key.publicKey }, { key: second.publicKey }] },
            { name: 'bolt', signers: [{ key: third.publicKey }] },
          ],
        }),
      ),
    );
    assert(made.ok, 'the trust can be read');
    const twice = [...bundles, ...(await sealByKey(second, packed))];
    expect(verdict({ bundles: twice }, made.value)).toBe('repeated-statement');
    // One operator may sign its statements with several of its keys.
    const mixed = [...without('summary'), (await sealByKey(second, packed))[0]!, ...(await sealByKey(third, packed))];
    expect(verdict({ bundles: mixed }, made.value)).toBe('verified');
  });

  it('whom the trust does not list are left out, and named', async () => {
    const seal = verifySeal(
      { ...sealed, bundles: [...bundles, ...(await sealByKey(second, packed))] },
      trust,
      EXPECTED,
    );
    expect(seal).toMatchObject({ ok: true, value: { operators: ['acme'] } });
    expect(seal.ok && seal.value.ignored.map(({ code }) => code)).toEqual(Array.from(bundles, () => 'unknown-key'));
  });
});

describe('a flipped bit', () => {
  const flips = fc.integer({ min: 0, max: 7 });

  function flipped(bytes: Uint8Array, offset: number, bit: number): Uint8Array {
    const copy = Uint8Array.from(bytes);
    copy[offset] = (copy[offset] ?? 0) ^ (1 << bit);
    return copy;
  }

  it('anywhere in the package is refused', () => {
    fc.assert(
      fc.property(fc.nat(packed.bytes.length - 1), flips, (offset, bit) => {
        expect(verdict({ package: flipped(packed.bytes, offset, bit) })).toBe('tampered-package');
      }),
      { numRuns: 300 },
    );
  });

  it('anywhere in any bundle is refused', () => {
    fc.assert(
      fc.property(fc.nat(bundles.length - 1), fc.nat(), flips, (index, offset, bit) => {
        const bundle = bundles[index]!;
        const changed = flipped(bundle.bytes, offset % bundle.bytes.length, bit);
        expect(verdict({ bundles: first(bundle, changed) })).not.toBe('verified');
      }),
      { numRuns: 1_000 },
    );
  });

  it('of every byte of a bundle is refused', () => {
    const bundle = bundles.at(-1)!;
    for (let offset = 0; offset < bundle.bytes.length; offset += 1)
      expect(verdict({ bundles: first(bundle, flipped(bundle.bytes, offset, offset % 8)) })).not.toBe('verified');
  });

  /** The changed bundle before the others, so that most refusals cost one signature. */
  function first(bundle: BundleFile, bytes: Uint8Array): readonly BundleFile[] {
    return [{ ...bundle, bytes }, ...without(bundle.kind)];
  }
});

describe('a refusal', () => {
  it('has a sentence that holds what it is about', () => {
    expect(sentenceOf({ code: 'tampered-package', data: { signed: 'aa', found: 'bb' } })).toBe(
      'the package was changed: aa was signed and this is bb',
    );
    expect(sentenceOf({ code: 'too-few-operators', data: { need: 2, have: 1 } })).toBe(
      '2 operators must have signed the same verdict, and 1 did',
    );
  });

  it('names the bundle file of its statement', () => {
    expect(bundleFile(NAME, VERSION, 'policy')).toBe('pay-invoice-1.2.3.policy.sigstore.json');
  });
});

function textAt(bytes: Uint8Array, ...path: readonly (string | number)[]): string {
  const found = at(parsed(bytes), ...path);
  return typeof found === 'string' ? found : '';
}

function provenance(): Json {
  const bundle = bundles.find(({ kind }) => kind === 'provenance');
  return parsed(bundle?.bytes);
}

function envelope(bundle: JsonObject, changes: JsonObject): JsonObject {
  return { ...bundle, dsseEnvelope: { ...members(bundle['dsseEnvelope']), ...changes } };
}

function trustInAll(need: number, ...keys: readonly string[]): Trust {
  const operators = keys.map((one, i) => ({ name: `operator-${i}`, signers: [{ key: one }] }));
  const file = JSON.stringify({ format: 'proofmark-trust/1', need, operators });
  const made = readTrust('trust.json', new TextEncoder().encode(file));
  assert(made.ok, 'the trust can be read');
  return made.value;
}
