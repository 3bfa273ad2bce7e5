import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectError } from './error.ts';
import { makeKey, readKey } from './key.ts';

let folder: string;
const umask = process.umask(0o022);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proofmark-key-'));
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});

function put(text: string | Buffer, mode = 0o600): string {
  const path = join(folder, 'key.pem');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function failure(work: () => unknown): string {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return error instanceof ConnectError && error.code === 'signing-key'
      ? error.message.replace(folder, '')
      : String(error);
  }
}

describe('a signing key', () => {
  it.each([0o022, 0o000])('is made for its owner alone under umask %o, and signs for its public half', (mask) => {
    process.umask(mask);
    const path = join(folder, 'new.pem');
    const made = makeKey(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const read = readKey(path);
    expect(read.publicKey).toBe(made.publicKey);
    const data = Buffer.from('data');
    expect(verify('sha256', data, createPublicKey(made.publicKey), read.sign(data))).toBe(true);
  });

  it('is never written over anything', () => {
    const path = put('precious');
    expect(failure(() => makeKey(path))).toBe('/key.pem cannot be made: something stands there already');
    expect(readFileSync(path, 'utf8')).toBe('precious');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link.pem'));
    expect(failure(() => makeKey(join(folder, 'link.pem')))).toContain('something stands there already');
    expect(failure(() => makeKey(join(folder, 'no', 'folder.pem')))).toContain('there is nothing at this path');
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o666, 0o601])('is refused where others may touch it: %o', (mode) => {
    makeKey(join(folder, 'new.pem'));
    const path = put(readFileSync(join(folder, 'new.pem')), mode);
    expect(failure(() => readKey(path))).toBe('/key.pem can be read by others than its owner');
  });

  it.each([
    ['nothing', '', 'holds no private key'],
    ['some text', 'hello', 'holds no private key'],
    ['a public key', pem('P-256', 'public'), 'holds no private key'],
    ['an encrypted key', encrypted(), 'holds no private key'],
    ['a key on another curve', pem('P-384', 'private'), 'not on the curve P-256'],
    ['a file of megabytes', 'x'.repeat(20_000), 'is no key file'],
  ])('is refused where the file holds %s', (_, text, message) => {
    const path = put(text);
    expect(failure(() => readKey(path))).toContain(message);
  });

  it('is refused where there is no file', () => {
    expect(failure(() => readKey(join(folder, 'none.pem')))).toBe(
      '/none.pem cannot be read: there is nothing at this path',
    );
    expect(failure(() => readKey(folder))).toContain('is no key file');
  });
});

function pem(namedCurve: string, half: 'public' | 'private'): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return half === 'public'
    ? publicKey.export({ format: 'pem', type: 'spki' }).toString()
    : privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function encrypted(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString();
}
