import { ValueError } from '@tufjs/models';
import type { Metadata, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { LengthOrHashMismatchError, UnsignedMetadataError } from '@tufjs/models/dist/error.js';
import { BadVersionError, EqualVersionError, ExpiredMetadataError, RepositoryError } from 'tuf-js/dist/error.js';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { RegistryError } from './error.ts';

/**
 * The checks of the TUF client workflow (specification 1.0.31, section 5) over metadata given as bytes: tuf-js's own, with the
 * time given and each refusal named after the attack it stops.
 */
export class TrustedMetadata {
  readonly #store: TrustedMetadataStore;

  /** `root` must be trusted already; `now` is what every expiry is compared with. */
  constructor(root: Uint8Array, now: Date) {
    this.#store = named('root', () => new TrustedMetadataStore(Buffer.from(root)));
    // The store takes the time when it is built, before it compares anything with it, and offers no way to give one.
    Reflect.set(this.#store, 'referenceTime', now);
  }

  get root(): Metadata<Root> {
    return this.#store.root;
  }

  get timestamp(): Metadata<Timestamp> | undefined {
    return this.#store.timestamp;
  }

  get snapshot(): Metadata<Snapshot> | undefined {
    return this.#store.snapshot;
  }

  role(name: string): Metadata<Targets> | undefined {
    return this.#store.getRole(name);
  }

  updateRoot(bytes: Uint8Array): void {
    named('root', () => {
      checkForm(bytes);
      this.#store.updateRoot(Buffer.from(bytes));
    });
  }

  /** `same`: its version is the one that is known already. */
  updateTimestamp(bytes: Uint8Array): 'new' | 'same' {
    return named('timestamp', () => {
      checkForm(bytes);
      try {
        this.#store.updateTimestamp(Buffer.from(bytes));
        return 'new';
      } catch (error) {
        if (error instanceof EqualVersionError) return 'same';
        throw error;
      }
    });
  }

  /** `seen`: it was found good in an earlier run, so that its hash is not the timestamp's any more. */
  updateSnapshot(bytes: Uint8Array, seen: boolean): void {
    named('snapshot', () => {
      const before = this.snapshot;
      try {
        this.#store.updateSnapshot(Buffer.from(bytes), seen);
      } catch (error) {
        const expected = this.timestamp?.signed.snapshotMeta.version;
        // It is taken up before its own version is compared, and after the versions that it names are.
        const isTaken = this.snapshot !== before && this.snapshot?.signed.version !== expected;
        if (error instanceof BadVersionError && isTaken)
          throw new RegistryError('mix-and-match', 'the snapshot is not the one that the timestamp names', {
            cause: error,
          });
        // What is left of this class here: a role of the snapshot seen before is gone.
        if (error instanceof RepositoryError && !(error instanceof ExpiredMetadataError))
          throw new RegistryError('rollback', 'the snapshot lists older roles than the one seen before', {
            cause: error,
          });
        throw error;
      }
    });
  }

  updateTargets(bytes: Uint8Array, role: string, delegator: string): void {
    named(role, () => {
      try {
        this.#store.updateDelegatedTargets(Buffer.from(bytes), role, delegator);
      } catch (error) {
        if (error instanceof BadVersionError)
          throw new RegistryError('mix-and-match', `${role} is not the version that the snapshot names`, {
            cause: error,
          });
        throw error;
      }
    });
  }
}

/**
 * Root and timestamp are named by no hash, so that here a changed byte must show by itself: the letters of a signature could change
 * their case and mean the same.
 */
function checkForm(bytes: Uint8Array): void {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  for (const [, signature] of text.matchAll(/"sig"\s*:\s*"([^"]*)"/g)) {
    if (!/^[0-9a-f]*$/.test(signature ?? '')) throw new ValueError('a signature is lowercase hexadecimal');
  }
}

function named<T>(role: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw refusal(role, error);
  }
}

function refusal(role: string, error: unknown): unknown {
  if (error instanceof RegistryError) return error;
  const more = { cause: error };
  if (error instanceof ExpiredMetadataError)
    return new RegistryError('freeze', `the index has expired: ${role} is past the day until which it was signed`, {
      ...more,
      remedy: 'ask who publishes the index to renew it; an old copy may be kept from you',
    });
  if (error instanceof BadVersionError)
    return new RegistryError('rollback', `${role} is older than the one seen before`, more);
  if (error instanceof LengthOrHashMismatchError)
    return new RegistryError('mix-and-match', `${role} is not the file that the index names`, more);
  if (error instanceof UnsignedMetadataError)
    return new RegistryError('unsigned', `${role} is not signed by keys that the trusted root names`, more);
  const isShape =
    error instanceof ValueError ||
    error instanceof TypeError ||
    error instanceof SyntaxError ||
    error instanceof RangeError ||
    error instanceof RepositoryError;
  return isShape ? new RegistryError('malformed', `${role} is not metadata of an index`, more) : error;
}
