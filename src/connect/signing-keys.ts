import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFile } from '../kernel/disk.ts';
import { RegistryError } from '../registry/error.ts';
import { ROLES, type Signer, type Signers, tufKey } from '../registry/keys.ts';

/** The keys of an index as PEM files `<role>.pem` in one folder; those for publishing need not include `root` and `targets`. */
export function readSigners(folder: string): Signers {
  const optional = (role: (typeof ROLES)[number]): Signer | undefined => {
    const path = join(folder, `${role}.pem`);
    let pem: Uint8Array;
    try {
      pem = readFile(path, 1 << 16);
    } catch {
      return undefined;
    }
    return signerFrom(pem, role);
  };
  const needed = (role: (typeof ROLES)[number]): Signer => {
    const signer = optional(role);
    if (signer === undefined) {
      throw new RegistryError('wrong-key', `the folder of keys has no ${role}.pem that can be read`, {
        remedy: 'publishing needs bins.pem, snapshot.pem and timestamp.pem',
      });
    }
    return signer;
  };
  const [root, targets] = [optional('root'), optional('targets')];
  return {
    ...(root === undefined ? {} : { root }),
    ...(targets === undefined ? {} : { targets }),
    bins: needed('bins'),
    snapshot: needed('snapshot'),
    timestamp: needed('timestamp'),
  };
}

/** Makes an Ed25519 key for each role, readable by the owner alone. Throws `occupied` where a key is already. */
export function writeNewKeys(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const role of ROLES) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    try {
      writeFileSync(join(folder, `${role}.pem`), pem, { mode: 0o600, flag: 'wx', flush: true });
    } catch (error) {
      throw new RegistryError('occupied', `the folder of keys has a ${role}.pem already, or cannot be written`, {
        cause: error,
      });
    }
  }
}

function signerFrom(pem: Uint8Array, role: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(Buffer.from(pem));
  } catch (error) {
    throw new RegistryError('wrong-key', `${role}.pem is no private key in PEM`, { cause: error });
  }
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  const { keytype } = tufKey(publicKey);
  return { publicKey, sign: (bytes) => sign(keytype === 'ed25519' ? undefined : 'sha256', bytes, key) };
}
