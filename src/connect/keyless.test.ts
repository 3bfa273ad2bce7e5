import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  at,
  attestedOf,
  EXPECTED,
  members,
  parsed,
  sampleKey,
  samplePackage,
  sealByKey,
  sealWith,
  trustIn,
} from '../../test/sealing.ts';
import { identityToken, type MockSigstore, PATHS, startSigstore } from '../../test/sigstore.ts';
import { canonicalBytes } from '../kernel/canonical.ts';
import { isArray, type Json, type JsonObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import { statementsOf } from '../seal/statement.ts';
import type { BundleFile } from '../seal/sign.ts';
import { readTrust, type Trust } from '../seal/trust.ts';
import { type VerifiedSeal, verifySeal } from '../seal/verify.ts';
import { ConnectError } from './error.ts';
import { githubIdentity, keylessSigner } from './keyless.ts';

fc.configureGlobal({ seed: 3 });

const ISSUER = 'https://token.actions.example';
const IDENTITY = 'https://github.example/acme/store/.github/workflows/publish.yml@refs/heads/main';
const packed = samplePackage();

let sigstore: MockSigstore;
let bundles: readonly BundleFile[];

beforeAll(async () => {
  sigstore = await startSigstore();
  bundles = await signedBy(IDENTITY);
});

afterAll(async () => {
  await sigstore.close();
});

function signedBy(identity: string, issuer = ISSUER, by = sigstore): Promise<readonly BundleFile[]> {
  return sealWith(
    keylessSigner(async () => identityToken(identity, issuer), by.services),
    packed,
  );
}

/** One bundle alone: enough to be refused for its signer. */
async function oneBy(identity: string, issuer = ISSUER, by = sigstore): Promise<readonly BundleFile[]> {
  const signer = keylessSigner(async () => identityToken(identity, issuer), by.services);
  const [statement] = statementsOf(attestedOf(packed));
  assert(statement !== undefined, 'a seal has statements');
  return [{ kind: statement.kind, name: 'one', bytes: await signer.sign(statement.bytes) }];
}

function trustOf(identity = IDENTITY, issuer = ISSUER, trustedRoot: Json = sigstore.trustedRoot): Trust {
  const file = {
    format: 'proofmark-trust/1',
    operators: [{ name: 'acme', signers: [{ issuer, identity }] }],
    trustedRoot,
  };
  const trust = readTrust('trust.json', new TextEncoder().encode(JSON.stringify(file)));
  assert(trust.ok, trust.ok ? '' : trust.error);
  return trust.value;
}

function verdict(given: readonly BundleFile[], trust: Trust): string {
  const seal = verifySeal({ package: packed.bytes, bundles: given }, trust, EXPECTED);
  return seal.ok ? 'verified' : seal.error.code;
}

/** The first bundle with a change to its JSON; it goes first, so that it is the one to be judged. */
function edited(change: (bundle: JsonObject) => Json): readonly BundleFile[] {
  const [first, ...rest] = bundles;
  assert(first !== undefined, 'a seal has bundles');
  return [{ ...first, bytes: canonicalBytes(change(parsed(first.bytes))) }, ...rest];
}

function inMaterial(bundle: JsonObject, change: (material: JsonObject) => JsonObject): JsonObject {
  return { ...bundle, verificationMaterial: change(members(bundle['verificationMaterial'])) };
}

function inEntry(bundle: JsonObject, change: (entry: JsonObject) => JsonObject): JsonObject {
  const entries = at(bundle, 'verificationMaterial', 'tlogEntries');
  return inMaterial(bundle, (material) => ({
    ...material,
    tlogEntries: isArray(entries) ? entries.map((entry) => change(members(entry))) : null,
  }));
}

describe('a keyless seal', () => {
  it('verifies with the root of its authorities, by its identity alone', () => {
    const seal = verifySeal({ package: packed.bytes, bundles }, trustOf(), EXPECTED);
    expect(seal).toMatchObject({
      ok: true,
      value: { operators: ['acme'], ignored: [] } satisfies Partial<VerifiedSeal>,
    });
  });

  it('asks for one certificate, and for one log entry and timestamp for each statement', () => {
    const asked = (path: string): number => sigstore.requests.filter((one) => one === `POST ${path}`).length;
    expect([asked(PATHS.fulcio), asked(PATHS.rekor), asked(PATHS.timestamp)]).toEqual([1, 8, 8]);
  });

  it('needs no timestamp authority: the log says when', async () => {
    const { fulcio, rekor } = sigstore.services;
    const signer = keylessSigner(async () => identityToken(IDENTITY, ISSUER), { fulcio, rekor });
    expect(verdict(await sealWith(signer, packed), trustOf())).toBe('verified');
  });

  it('counts beside one by a key', async () => {
    const key = sampleKey();
    const keyless = trustOf();
    const trust = {
      ...keyless,
      need: 2,
      operators: [...keyless.operators, { ...trustIn(key).operators[0]!, name: 'bolt' }],
    };
    expect(verdict([...bundles, ...(await sealByKey(key, packed))], trust)).toBe('verified');
    expect(verdict(bundles, trust)).toBe('too-few-operators');
  });
});

describe('an identity', () => {
  it.each([
    [
      'another repository',
      'https://github.example/mallory/market/.github/workflows/publish.yml@refs/heads/main',
      'wrong-identity',
    ],
    ['nobody like it', 'https://elsewhere.example/x', 'wrong-identity'],
    ['another branch', IDENTITY.replace('main', 'feature'), 'look-alike-identity'],
    ['a tag of the same workflow', IDENTITY.replace('heads/main', 'tags/v1'), 'look-alike-identity'],
    ['one letter more', `${IDENTITY}s`, 'look-alike-identity'],
    ['a longer one that holds it', `${IDENTITY}/../../../x`, 'look-alike-identity'],
    ['a shorter one that it holds', IDENTITY.slice(0, -20), 'look-alike-identity'],
    ['one that it matches as a pattern', IDENTITY.replace('github.example', 'github-example'), 'look-alike-identity'],
    ['the same in capitals', IDENTITY.replace('acme', 'ACME'), 'look-alike-identity'],
    ['a one for an l', IDENTITY.replace('publish', 'pub1ish'), 'look-alike-identity'],
  ])('that is %s is refused', async (_, identity, code) => {
    expect(verdict(await oneBy(identity), trustOf())).toBe(code);
  });

  it('by another issuer is refused', async () => {
    expect(verdict(await oneBy(IDENTITY, 'https://token.mallory.example'), trustOf())).toBe('look-alike-identity');
  });

  it('is never a pattern', () => {
    expect(verdict(bundles, trustOf(IDENTITY.replace('acme', '.*')))).not.toBe('verified');
    expect(verdict(bundles, trustOf('.*'))).not.toBe('verified');
    expect(verdict(bundles, trustOf(IDENTITY, 'https://.*'))).not.toBe('verified');
  });

  it('is not taken from a key, nor a key from it', async () => {
    const key = sampleKey();
    expect(verdict(await sealByKey(key, packed), trustOf())).toBe('unknown-key');
    expect(verdict(bundles, trustIn(key))).toBe('untrusted-root');
  });
});

describe('a root', () => {
  it('of other authorities does not vouch', async () => {
    const other = await startSigstore();
    try {
      expect(verdict(bundles, trustOf(IDENTITY, ISSUER, other.trustedRoot))).toBe('untrusted-root');
      expect(verdict(await oneBy(IDENTITY, ISSUER, other), trustOf())).toBe('untrusted-root');
      // One authority of another world is enough, whichever it is.
      const [ours, theirs] = [members(sigstore.trustedRoot), members(other.trustedRoot)];
      for (const part of ['certificateAuthorities', 'ctlogs', 'tlogs'])
        expect([part, verdict(bundles, trustOf(IDENTITY, ISSUER, { ...ours, [part]: theirs[part] ?? null }))]).toEqual([
          part,
          'untrusted-root',
        ]);
      const stamped = { ...ours, timestampAuthorities: theirs['timestampAuthorities'] ?? null };
      expect(verdict(bundles, trustOf(IDENTITY, ISSUER, stamped))).toBe('tampered-bundle');
    } finally {
      await other.close();
    }
  });

  it('of the same log with another key does not vouch', async () => {
    const other = await startSigstore();
    try {
      const [root, key] = [members(sigstore.trustedRoot), at(other.trustedRoot, 'tlogs', 0)];
      const tlogs = [{ ...members(key), baseUrl: at(root, 'tlogs', 0, 'baseUrl') }];
      expect(verdict(bundles, trustOf(IDENTITY, ISSUER, { ...root, tlogs }))).toBe('untrusted-root');
    } finally {
      await other.close();
    }
  });

  it('does not vouch for a certificate that stands in no log', async () => {
    const secret = await startSigstore({ unlogged: true });
    try {
      const signed = await oneBy(IDENTITY, ISSUER, secret);
      expect(verdict(signed, trustOf(IDENTITY, ISSUER, secret.trustedRoot))).toBe('untrusted-root');
    } finally {
      await secret.close();
    }
  });

  it.each(['certificateAuthorities', 'ctlogs', 'tlogs', 'timestampAuthorities'])(
    'without %s does not vouch',
    (part) => {
      expect(verdict(bundles, trustOf(IDENTITY, ISSUER, { ...members(sigstore.trustedRoot), [part]: [] }))).toBe(
        'untrusted-root',
      );
    },
  );

  it('does not vouch for what was signed when its certificate had run out', async () => {
    const slow = await startSigstore({ delay: 11 });
    try {
      expect(verdict(await oneBy(IDENTITY, ISSUER, slow), trustOf(IDENTITY, ISSUER, slow.trustedRoot))).toBe('expired');
    } finally {
      await slow.close();
    }
  });

  it('does not vouch for what was signed when its authority had ended', () => {
    const root = members(sigstore.trustedRoot);
    const [authority] = isArray(root['certificateAuthorities']) ? root['certificateAuthorities'] : [];
    const ended = { ...members(authority), validFor: { start: '2001-01-01T00:00:00Z', end: '2002-01-01T00:00:00Z' } };
    expect(verdict(bundles, trustOf(IDENTITY, ISSUER, { ...root, certificateAuthorities: [ended] }))).toBe('expired');
  });
});

describe('a keyless bundle is refused', () => {
  const proof = (bundle: JsonObject, changes: JsonObject): JsonObject =>
    inEntry(bundle, (entry) => ({ ...entry, inclusionProof: { ...members(entry['inclusionProof']), ...changes } }));
  const note = (bundle: JsonObject, change: (envelope: string) => string): JsonObject =>
    inEntry(bundle, (entry) => {
      const envelope = at(entry, 'inclusionProof', 'checkpoint', 'envelope');
      const changed = { checkpoint: { envelope: change(typeof envelope === 'string' ? envelope : '') } };
      return { ...entry, inclusionProof: { ...members(entry['inclusionProof']), ...changed } };
    });

  it.each<[string, string, (bundle: JsonObject) => Json]>([
    ['without a log entry', 'malformed-bundle', (b) => inMaterial(b, (m) => ({ ...m, tlogEntries: [] }))],
    ['without a proof of its entry', 'malformed-bundle', (b) => inEntry(b, (e) => lacking(e, 'inclusionProof'))],
    [
      'without a promise, and so without a time of the log',
      'malformed-bundle',
      (b) => inEntry(b, (e) => lacking(e, 'inclusionPromise')),
    ],
    [
      'with the entry of another bundle',
      'tampered-bundle',
      (b) =>
        inMaterial(b, (m) => ({
          ...m,
          tlogEntries: at(parsed(bundles[1]?.bytes), 'verificationMaterial', 'tlogEntries'),
        })),
    ],
    [
      'with an entry twice',
      'tampered-bundle',
      (b) =>
        inMaterial(b, (m) => ({
          ...m,
          tlogEntries: [...(m['tlogEntries'] as Json[]), ...(m['tlogEntries'] as Json[])],
        })),
    ],
    [
      'with a later time of its entry',
      'tampered-bundle',
      (b) => inEntry(b, (e) => ({ ...e, integratedTime: next(e) })),
    ],
    [
      'with a time of its entry beyond its certificate',
      'expired',
      (b) => inEntry(b, (e) => ({ ...e, integratedTime: '1999999999' })),
    ],
    ['with another index of its entry', 'tampered-bundle', (b) => inEntry(b, (e) => ({ ...e, logIndex: '7' }))],
    ['with another root hash beside its checkpoint', 'malformed-bundle', (b) => proof(b, { rootHash: 'AAAA' })],
    ['with another tree size beside its checkpoint', 'malformed-bundle', (b) => proof(b, { treeSize: '2' })],
    ['with hashes in its proof', 'tampered-bundle', (b) => proof(b, { hashes: ['AAAA'] })],
    [
      'with a log whose name is a pattern',
      'malformed-bundle',
      (b) => note(b, (text) => text.replace(/(\u2014 )\S+/, '$1(.*)*(.*)*x')),
    ],
    [
      'with a log whose name matches ours',
      'untrusted-root',
      (b) => note(b, (text) => text.replace(/(\u2014 127).0/, '$1..')),
    ],
    [
      'with a log of another name',
      'untrusted-root',
      (b) => note(b, (text) => text.replace(/(\u2014 )\S+/, '$1rekor.example')),
    ],
    ['with text after the signatures of its checkpoint', 'malformed-bundle', (b) => note(b, (text) => `${text}more`)],
    [
      'with the certificate of nobody',
      'malformed-bundle',
      (b) => inMaterial(b, (m) => ({ ...m, certificate: { rawBytes: 'AAAA' } })),
    ],
    [
      'with bytes after its certificate',
      'tampered-bundle',
      (b) => inMaterial(b, (m) => ({ ...m, certificate: { rawBytes: extended(at(m, 'certificate', 'rawBytes')) } })),
    ],
    [
      'with a chain of certificates',
      'malformed-bundle',
      (b) =>
        inMaterial(b, ({ certificate, ...m }) => ({
          ...m,
          x509CertificateChain: { certificates: [certificate ?? null] },
        })),
    ],
    ['with bytes after its timestamp', 'malformed-bundle', (b) => inMaterial(b, (m) => stamped(m, extended))],
    [
      'with the timestamp of another bundle',
      'tampered-bundle',
      (b) =>
        inMaterial(b, (m) =>
          stamped(m, () =>
            at(
              parsed(bundles[1]?.bytes),
              'verificationMaterial',
              'timestampVerificationData',
              'rfc3161Timestamps',
              0,
              'signedTimestamp',
            ),
          ),
        ),
    ],
    [
      'with a timestamp twice',
      'tampered-bundle',
      (b) =>
        inMaterial(b, (m) => {
          const one = at(m, 'timestampVerificationData', 'rfc3161Timestamps', 0);
          return { ...m, timestampVerificationData: { rfc3161Timestamps: [one, one] } };
        }),
    ],
  ])('%s: %s', (_, code, change) => {
    const seal = verifySeal({ package: packed.bytes, bundles: edited(change) }, trustOf(), EXPECTED);
    // What an authority that is not trusted has signed is left out, and then missed.
    const ignored = code === 'untrusted-root' ? 'missing-statement' : code;
    expect(seal.ok ? 'verified' : seal.error.code).toBe(ignored);
  });

  it('with any bit flipped, certificate, entry and timestamp included', () => {
    const trust = trustOf();
    const [first, ...rest] = bundles;
    assert(first !== undefined, 'a seal has bundles');
    fc.assert(
      fc.property(fc.nat(first.bytes.length - 1), fc.nat(7), (offset, bit) => {
        const bytes = Uint8Array.from(first.bytes);
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
        expect(verdict([{ ...first, bytes }, ...rest], trust)).not.toBe('verified');
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

function lacking(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([one]) => one !== key));
}

function next(entry: JsonObject): string {
  return String(Number(entry['integratedTime']) + 1);
}

function extended(base64: Json): string {
  return Buffer.concat([Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64'), Buffer.from([5, 0])]).toString(
    'base64',
  );
}

function stamped(material: JsonObject, change: (token: Json) => Json): JsonObject {
  const token = at(material, 'timestampVerificationData', 'rfc3161Timestamps', 0, 'signedTimestamp');
  return { ...material, timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: change(token) }] } };
}

describe('signing without a key', () => {
  const token = identityToken(IDENTITY, ISSUER);

  async function failure(work: () => Promise<unknown>): Promise<ConnectError> {
    const error: unknown = await work().catch((caught: unknown) => caught);
    assert(error instanceof ConnectError, 'it fails as the outside fails');
    return error;
  }

  it.each([
    [PATHS.fulcio, 'the certificate authority gave no certificate'],
    [PATHS.rekor, 'the transparency log took no entry'],
    [PATHS.timestamp, 'the timestamp authority gave no timestamp'],
  ])('says which service failed: %s', async (path, message) => {
    const broken = await startSigstore({ broken: [path] });
    try {
      const signer = keylessSigner(async () => token, broken.services, { timeout: 5_000, retry: 0 });
      const error = await failure(() => sealWith(signer, packed));
      expect(error).toMatchObject({ code: 'sigstore', message });
      expect(error.cause).toBeUndefined();
    } finally {
      await broken.close();
    }
  });

  it('says so when nothing answers', async () => {
    const gone = { fulcio: 'http://127.0.0.1:9', rekor: 'http://127.0.0.1:9' };
    const signer = keylessSigner(async () => token, gone, { timeout: 1_000, retry: 0 });
    expect(await failure(() => sealWith(signer, packed))).toMatchObject({ code: 'sigstore' });
  });

  it('never shows the token', async () => {
    const secret = `${token.slice(0, 20)}.e30.c2VjcmV0`;
    const signer = keylessSigner(async () => secret, sigstore.services, { timeout: 1_000, retry: 0 });
    const error = await failure(() => sealWith(signer, packed));
    expect(error.message).toBe('the identity token cannot be used');
    expect(JSON.stringify([error.message, error.said, error.remedy, error.stack])).not.toContain(secret);
  });
});

describe('the identity of a GitHub job', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
  });

  async function answering(status: number, body: string, seen: string[] = []): Promise<string> {
    server = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end(body);
    });
    await new Promise<void>((resolve) => {
      server?.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api=1`;
  }

  function identity(url: string): Promise<string> {
    const ask = githubIdentity({ ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer-secret' });
    assert(ask !== undefined, 'both variables are there');
    return ask();
  }

  it('is asked for at its address, for Sigstore', async () => {
    const seen: string[] = [];
    const token = identityToken(IDENTITY, ISSUER);
    const url = await answering(200, JSON.stringify({ count: 1, value: token }), seen);
    expect(await identity(url)).toBe(token);
    expect(seen).toEqual(['/token?api=1&audience=sigstore Bearer bearer-secret']);
  });

  it('is not there outside a job that may ask', () => {
    expect(githubIdentity({})).toBeUndefined();
    expect(githubIdentity({ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example' })).toBeUndefined();
    expect(githubIdentity({ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' })).toBeUndefined();
  });

  it.each([
    ['refuses', 403, '{}'],
    ['fails', 500, ''],
    ['sends elsewhere', 302, ''],
    ['answers no JSON', 200, '<html>'],
    ['answers without a token', 200, '{"value":1}'],
    ['answers something that is no token', 200, '{"value":"a.b.c"}'],
    ['answers a token of megabytes', 200, JSON.stringify({ value: 'x'.repeat(50_000) })],
  ])('is missed by name when its address %s', async (_, status, body) => {
    const url = await answering(status, body);
    const error: unknown = await identity(url).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: 'identity-token' });
    expect(String(error)).not.toContain('bearer-secret');
  });
});
