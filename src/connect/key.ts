import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { SigningKey } from '../seal/sign.ts';
import { ConnectError } from './error.ts';
import { diskSentence } from './surroundings.ts';

/** An operator's own signing key: P-256, PKCS #8 in PEM, in a file that only its owner can read. */

const LIMIT = 10_000;

/** Reads a signing key. Throws {@link ConnectError} where it is no such key, or where others than its owner may read it. */
export function readKey(path: string): SigningKey {
  return keyFrom(readPrivate(path), path);
}

/** A signing key given as PEM; `where` names it in messages. Throws {@link ConnectError} where it is no such key. */
export function keyFrom(pem: string, where: string): SigningKey {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', type: 'pkcs8' });
  } catch {
    throw new ConnectError('signing-key', `${where} holds no private key in PEM (PKCS #8, not encrypted)`, {
      remedy: 'make one with: proofmark key FILE',
    });
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ConnectError('signing-key', `the key in ${where} is not on the curve P-256`, {
      remedy: 'make one with: proofmark key FILE',
    });
  }
  return signingKey(key);
}

/** Makes a key and writes it to a new file, readable by its owner alone; returns what is public of it. */
export function makeKey(path: string): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    throw new ConnectError('signing-key', `${path} cannot be made: ${reason(error)}`, {
      remedy: 'a key is never written over another: choose a path at which nothing stands',
      cause: error,
    });
  }
  try {
    // Whatever the umask: a key that others could read would be refused when it is used.
    fchmodSync(file, 0o600);
    writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  } catch (error) {
    // Half a key is none.
    rmSync(path, { force: true });
    throw new ConnectError('signing-key', `${path} cannot be written: ${reason(error)}`, { cause: error });
  } finally {
    closeSync(file);
  }
  return signingKey(privateKey);
}

function signingKey(privateKey: KeyObject): SigningKey {
  return {
    publicKey: createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString(),
    sign: (data) => sign('sha256', data, privateKey),
  };
}

function readPrivate(path: string): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new ConnectError('signing-key', `${path} cannot be read: ${reason(error)}`, { cause: error });
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > LIMIT) throw new ConnectError('signing-key', `${path} is no key file`);
    // Windows has no such bits; there the folder's own protection is what counts.
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      throw new ConnectError('signing-key', `${path} can be read by others than its owner`, {
        remedy: `chmod 600 ${path}, and if others have been at this machine, make a new key`,
      });
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'EEXIST':
      return 'something stands there already';
    case 'ENOENT':
      return 'there is nothing at this path';
    case 'EACCES':
    case 'EPERM':
      return 'it is not permitted';
    default:
      return diskSentence(error) ?? (code === '' ? 'it failed' : code);
  }
}
