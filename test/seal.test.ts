import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as key } from '../src/cli/key.ts';
import { run as seal } from '../src/cli/seal.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { assert } from '../src/kernel/result.ts';
import { loadAttacks } from '../src/stages/adversarial/fixture.ts';
import { REFUSALS } from '../src/seal/refusal.ts';
import { readTrust } from '../src/seal/trust.ts';
import { verifySeal } from '../src/seal/verify.ts';
import { testIo } from './io.ts';
import { identityToken, startSigstore } from './sigstore.ts';

const NAME = 'personal/book-trip';
const EXPECTED = {
  store: 'example-store',
  name: NAME,
  version: '1.0.0',
  level: 'structured',
  day: '2026-11-23',
} as const;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proofmark-seal-'));
  // The sample store with few worlds: what is tried is not what is tested here.
  cpSync('fixtures/store', join(folder, 'store'), { recursive: true });
  mkdirSync(join(folder, 'releases'));
  const law = join(folder, 'store', 'store.yaml');
  writeFileSync(law, readFileSync(law, 'utf8').replace('worlds: 1000', 'worlds: 10'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function sealing(...args: readonly string[]) {
  return sealingIn({}, ...args);
}

async function sealingIn(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { io, out, err } = testIo(folder, env);
  const code = await seal(['--store', 'store', '--releases', 'releases', ...args], io).catch((error: unknown) =>
    String(error),
  );
  return { code, out: out(), err: err() };
}

function bundlesIn(path: string) {
  return readdirSync(path)
    .filter((name) => name.endsWith('.sigstore.json'))
    .map((name) => ({ name, bytes: readFileSync(join(path, name)) }));
}

function verdict(output: string, trustFile: string): string {
  const trust = readTrust('trust.json', readFileSync(join(folder, trustFile)));
  assert(trust.ok, trust.ok ? '' : trust.error);
  const bytes = readFileSync(join(folder, output, 'book-trip-1.0.0.tar'));
  const verified = verifySeal({ package: bytes, bundles: bundlesIn(join(folder, output)) }, trust.value, EXPECTED);
  return verified.ok ? 'verified' : verified.error.code;
}

describe('proofmark key and seal', { timeout: 60_000 }, () => {
  it('make a seal that verifies by the trust file of the key, and by no other', async () => {
    for (const file of ['a.pem', 'b.pem']) {
      const { io, out } = testIo(folder);
      expect(await key([file, '--operator', 'acme'], io)).toBe(0);
      expect(out()).toContain(`wrote ${file}.trust.json`);
    }
    const sealed = await sealing(NAME, '--key', 'a.pem', '--output', 'sealed', '--time', '2026-11-23T10:00:00Z');
    expect(sealed).toMatchObject({ code: 0, err: '' });
    expect(sealed.out).toMatch(/\nsealed book-trip-1\.0\.0\.tar {2}sha256:[0-9a-f]{64}\n/);
    expect(readdirSync(join(folder, 'sealed')).toSorted()).toEqual([
      'book-trip-1.0.0.adversarial.sigstore.json',
      'book-trip-1.0.0.compatibility.sigstore.json',
      'book-trip-1.0.0.functional.sigstore.json',
      'book-trip-1.0.0.policy.sigstore.json',
      'book-trip-1.0.0.property.sigstore.json',
      'book-trip-1.0.0.provenance.sigstore.json',
      'book-trip-1.0.0.structure.sigstore.json',
      'book-trip-1.0.0.summary.sigstore.json',
      'book-trip-1.0.0.tar',
    ]);
    expect(verdict('sealed', 'a.pem.trust.json')).toBe('verified');
    expect(verdict('sealed', 'b.pem.trust.json')).toBe('unknown-key');
  });

  it('make a seal that openssl alone verifies, by the commands of the documentation', ({ skip }) => {
    const [, block = ''] =
      /\n\*\*openssl\*\*[^\n]*\n\n((?: {4}[^\n]*\n)+)/.exec(readFileSync('docs/seal.md', 'utf8')) ?? [];
    const script = block.replaceAll('pay-invoice', 'book-trip').replaceAll('seal-key.pem', '../a.pem');
    const missing = ['openssl', 'sed'].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
    if (missing.length > 0) skip(`not on this machine: ${missing.join(', ')}`);
    const verified = (): { readonly status: number | null; readonly stdout: string } => {
      const { status, stdout } = spawnSync('sh', ['-ec', script], { cwd: join(folder, 'sealed'), encoding: 'utf8' });
      return { status, stdout };
    };
    const file = join(folder, 'sealed', 'book-trip-1.0.0.tar');
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    const good = { status: 0, stdout: `Verified OK\n${digest}\n${digest} *book-trip-1.0.0.tar\n` };
    expect(verified()).toEqual(good);
    // The commands can fail: another payload under the same signature.
    const bundle = join(folder, 'sealed', 'book-trip-1.0.0.summary.sigstore.json');
    const bytes = readFileSync(bundle);
    writeFileSync(
      bundle,
      bytes
        .toString('utf8')
        .replace(/("payload":".{40})(.)/u, (_, head: string, one: string) => `${head}${one === 'A' ? 'B' : 'A'}`),
    );
    expect(verified()).toMatchObject({ status: 1, stdout: expect.not.stringContaining('Verified OK') as string });
    writeFileSync(bundle, bytes);
    for (const made of ['seal-key.pub', 'statement.json', 'signature', 'signed'])
      rmSync(join(folder, 'sealed', made), { force: true });
  });

  it('put no attack into a package', () => {
    const packed = readFileSync(join(folder, 'sealed', 'book-trip-1.0.0.tar'), 'utf8');
    for (const { text } of loadAttacks(diskTree('fixtures/adversarial')))
      expect(packed).not.toContain(text.slice(0, 60));
  });

  it('seal the same bytes again, and never over a seal', async () => {
    const again = await sealing(NAME, '--key', 'a.pem', '--output', 'again');
    expect(again.code).toBe(0);
    expect(readFileSync(join(folder, 'again', 'book-trip-1.0.0.tar'))).toEqual(
      readFileSync(join(folder, 'sealed', 'book-trip-1.0.0.tar')),
    );
    const before = bundlesIn(join(folder, 'again'));
    expect((await sealing(NAME, '--key', 'b.pem', '--output', 'again')).code).toContain('a version is sealed once');
    expect(bundlesIn(join(folder, 'again'))).toEqual(before);
  });

  it('write nothing that the given trust refuses', async () => {
    const sealed = await sealing(NAME, '--key', 'a.pem', '--trust', 'b.pem.trust.json', '--output', 'refused');
    expect(sealed).toMatchObject({ code: 1, err: expect.stringContaining('which the trust does not list') as string });
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('seal nothing that does not pass', async () => {
    const path = join(folder, 'store', 'workflows', 'personal', 'book-trip', 'contract.yaml');
    const contract = readFileSync(path, 'utf8');
    writeFileSync(path, contract.replace(/budgets: \{ tasks: \d+/, 'budgets: { tasks: 1'));
    try {
      const sealed = await sealing(NAME, '--key', 'a.pem', '--output', 'failed');
      expect(sealed).toMatchObject({ code: 1, err: expect.stringContaining('nothing was sealed') as string });
      expect(sealed.out).toContain('FAIL');
      expect(existsSync(join(folder, 'failed'))).toBe(false);
    } finally {
      writeFileSync(path, contract);
    }
  });

  it('leave nothing behind where the seal cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect((await sealing(NAME, '--key', 'a.pem', '--output', 'file/sealed')).code).toContain('cannot be written');
  });

  it.each([
    [[NAME, '--output', 'x'], 'one of --key FILE and --keyless'],
    [[NAME, '--output', 'x', '--key', 'a.pem', '--keyless'], 'one of --key FILE and --keyless'],
    [[NAME, '--key', 'a.pem'], '--output'],
    [['book-trip', '--key', 'a.pem', '--output', 'x'], 'name one workflow'],
    [['personal/none', '--key', 'a.pem', '--output', 'x'], 'no workflow personal/none'],
    [[NAME, '--key', 'a.pem', '--output', 'x', '--time', 'now'], '--time'],
    [[NAME, '--key', 'a.pem', '--output', 'x', '--trust', 'a.pem'], 'is not one'],
  ])('say what is wrong with %j', async (args, message) => {
    expect((await sealing(...args)).code).toContain(message);
  });

  it('do without a key that cannot be used', async () => {
    const sealed = await sealing(NAME, '--key', 'none.pem', '--output', 'x');
    expect(sealed).toMatchObject({ code: 2, err: expect.stringContaining('none.pem cannot be read') as string });
  });
});

describe('docs/seal.md', () => {
  const page = readFileSync('docs/seal.md', 'utf8');

  it('names every refusal, once, in the order of the source', () => {
    const [, table = ''] = /\| refusal \| \|\n\|---\|---\|\n((?:\|.*\|\n)+)/.exec(page) ?? [];
    expect([...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)).toEqual(REFUSALS);
  });

  it('shows a trust file that can be read', () => {
    const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(page) ?? [];
    expect(readTrust('trust.yaml', new TextEncoder().encode(yaml))).toMatchObject({ ok: true, value: { need: 2 } });
  });
});

describe('proofmark seal --keyless', { timeout: 60_000 }, () => {
  const issuer = 'https://token.actions.example';
  const identity = 'https://github.example/acme/store/.github/workflows/publish.yml@refs/heads/main';

  it('signs as the job that it runs in', async () => {
    const sigstore = await startSigstore();
    const tokens = createServer((_, response) =>
      response.end(JSON.stringify({ value: identityToken(identity, issuer) })),
    );
    await new Promise<void>((resolve) => {
      tokens.listen(0, '127.0.0.1', resolve);
    });
    try {
      const operators = [{ name: 'acme', signers: [{ issuer, identity }] }];
      const trust = { format: 'proofmark-trust/1', operators, trustedRoot: sigstore.trustedRoot };
      writeFileSync(join(folder, 'keyless.json'), JSON.stringify(trust));
      const { fulcio, rekor, timestamp } = sigstore.services;
      const env = {
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
        GITHUB_ACTIONS: 'true',
        GITHUB_SERVER_URL: 'https://github.example',
        GITHUB_REPOSITORY: 'acme/store',
        GITHUB_WORKFLOW_REF: identity.slice('https://github.example/'.length),
        GITHUB_SHA: 'a'.repeat(40),
      };
      const services = ['--fulcio', fulcio, '--rekor', rekor, '--timestamp', timestamp];
      const sealed = await sealingIn(
        env,
        NAME,
        '--keyless',
        ...services,
        '--trust',
        'keyless.json',
        '--output',
        'keyless',
      );
      expect(sealed).toMatchObject({ code: 0, err: '' });
      expect(verdict('keyless', 'keyless.json')).toBe('verified');
    } finally {
      tokens.close();
      await sigstore.close();
    }
  });

  it('says that there is no identity token outside a job', async () => {
    const sealed = await sealing(NAME, '--keyless', '--output', 'x');
    expect(sealed).toMatchObject({ code: 2, err: expect.stringContaining('no identity token') as string });
  });

  it('sends its token to nobody in the clear', async () => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' };
    expect(
      (await sealingIn(env, NAME, '--keyless', '--fulcio', 'http://fulcio.example', '--output', 'x')).code,
    ).toContain('--fulcio takes an https address');
  });
});
