import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { RegistryError } from '../registry/error.ts';
import { type Role, ROLES, type Signer, type Signers } from '../registry/keys.ts';
import { makeKey, readKey } from './key.ts';

/**
 * The keys of an index as files `<role>.pem` in one folder. Those of `root` and `targets` need not be there: publishing does without,
 * so that they can be kept elsewhere. Throws `ConnectError` for a key that is none.
 */
export function readSigners(folder: string): Signers {
  const optional = (role: Role): Signer | undefined => {
    const path = join(folder, `${role}.pem`);
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readKey(path);
  };
  const needed = (role: Role): Signer => {
    const signer = optional(role);
    if (signer === undefined) {
      throw new RegistryError('wrong-key', `the folder of keys has no ${role}.pem`, {
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

/** Makes a key for each role. Throws `ConnectError` where a key stands already: none is ever written over. */
export function makeSigners(folder: string): Signers {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const role of ROLES) makeKey(join(folder, `${role}.pem`));
  return readSigners(folder);
}
