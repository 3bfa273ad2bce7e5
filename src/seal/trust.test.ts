import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sampleKey } from '../../test/sealing.ts';
import { readTrust, storeTrust, trustText } from './trust.ts';

const key = sampleKey().publicKey;
const other = sampleKey().publicKey;
const ROOT = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };
const KEYLESS = { issuer: 'https://issuer.example', identity: 'https://store.example/publish@refs/heads/main' };

function read(trust: unknown, file = 'trust.json') {
  return readTrust(file, new TextEncoder().encode(JSON.stringify(trust)));
}

function trust(...operators: readonly unknown[]) {
  return { format: 'proofmark-trust/1', operators };
}

describe('a trust file', () => {
  it('is what proofmark key writes', () => {
    const made = readTrust('k.trust.json', new TextEncoder().encode(trustText('acme', key)));
    expect(made).toMatchObject({
      ok: true,
      value: { need: 1, operators: [{ name: 'acme', signers: [{ kind: 'key' }] }] },
    });
  });

  it('may be YAML', () => {
    const text = `format: proofmark-trust/1\noperators:\n  - name: acme\n    signers: [{ issuer: ${KEYLESS.issuer}, identity: ${KEYLESS.identity} }]\ntrustedRoot: { mediaType: x }\n`;
    expect(readTrust('trust.yaml', new TextEncoder().encode(text))).toMatchObject({
      ok: true,
      value: { operators: [{ signers: [{ kind: 'keyless', ...KEYLESS }] }] },
    });
  });

  it('gives the operators of store.yaml their root', () => {
    const operators = [
      { name: 'acme', signers: [KEYLESS] },
      { name: 'bolt', signers: [{ key }], until: '2027-01-31' },
    ];
    expect(storeTrust({ need: 2, operators }, ROOT)).toMatchObject({
      ok: true,
      value: { need: 2, operators: [{ name: 'acme' }, { name: 'bolt', until: '2027-01-31' }] },
    });
    expect(storeTrust({ need: 1, operators: [] }, ROOT).ok).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['of another format', { ...trust(), format: 'proofmark-trust/2' }, 'format'],
    ['with a key that it does not know', { ...trust({ name: 'a', signers: [{ key }] }), more: 1 }, 'more'],
    ['without an operator', trust(), 'operators'],
    ['with a text that is no key', trust({ name: 'a', signers: [{ key: 'hello' }] }), 'no public key'],
    ['with a private key', trust({ name: 'a', signers: [{ key: privatePem() }] }), 'private key'],
    ['with a key of another kind', trust({ name: 'a', signers: [{ key: ed25519() }] }), 'not on the curve P-256'],
    [
      'with a key on another curve',
      trust({ name: 'a', signers: [{ key: onCurve('P-384') }] }),
      'not on the curve P-256',
    ],
    [
      'that lists an operator twice',
      trust({ name: 'a', signers: [{ key }] }, { name: 'a', signers: [{ key: other }] }),
      'listed twice',
    ],
    [
      'that lists a key under two names',
      trust({ name: 'a', signers: [{ key }] }, { name: 'b', signers: [{ key }] }),
      'share a signer',
    ],
    [
      'that lists an identity under two names',
      { ...trust({ name: 'a', signers: [KEYLESS] }, { name: 'b', signers: [KEYLESS] }), trustedRoot: ROOT },
      'share a signer',
    ],
    [
      'that needs more operators than it lists',
      { ...trust({ name: 'a', signers: [{ key }] }), need: 2 },
      '2 operators are needed',
    ],
    ['that needs nobody', { ...trust({ name: 'a', signers: [{ key }] }), need: 0 }, 'need'],
    ['with a keyless signer and no root', trust({ name: 'a', signers: [KEYLESS] }), 'trustedRoot'],
    [
      'with a root that is none',
      { ...trust({ name: 'a', signers: [KEYLESS] }), trustedRoot: { tlogs: [{}] } },
      'trustedRoot',
    ],
    [
      'with an issuer that is no https address',
      trust({ name: 'a', signers: [{ ...KEYLESS, issuer: 'http://issuer.example' }] }),
      'operators',
    ],
    [
      'with an identity of several lines',
      trust({ name: 'a', signers: [{ ...KEYLESS, identity: 'a\nb' }] }),
      'operators',
    ],
  ])('%s is refused', (_, given, detail) => {
    const made = read(given);
    expect(made.ok ? 'accepted' : made.error).toContain(detail);
  });

  it('with two equal keys is refused', () => {
    const made = readTrust('trust.json', new TextEncoder().encode('{"format":1,"format":2}'));
    expect(made.ok ? 'accepted' : made.error).toContain('structure/duplicate-key');
  });
});

function privatePem(): string {
  return sampleKey().privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function ed25519(): string {
  return generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

function onCurve(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'pem', type: 'spki' }).toString();
}
