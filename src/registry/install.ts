import { type Refusal, sentenceOf } from '../seal/refusal.ts';
import { type Sealed, verifySeal, type VerifiedSeal } from '../seal/verify.ts';
import type { Level } from '../store/model.ts';
import type { Index } from './client.ts';
import { RegistryError } from './error.ts';
import { fetchSealed } from './lookup.ts';
import { checkRecord } from './publication.ts';
import type { IndexRecord } from './record.ts';
import type { IndexTrust } from './trust.ts';

/** What a consumer asks of a seal. */
export interface Demands {
  /** The lowest level to accept. */
  readonly level: Level;
  /** The oldest Proofmark whose verdicts are accepted; absent: any. */
  readonly oldestVerifier?: string;
  /** Today, `YYYY-MM-DD`. */
  readonly day: string;
}

/**
 * Fetches the package of a record and verifies everything that is said about it: digests, seals, and that record and package
 * agree. Nothing is written. Throws {@link RegistryError}.
 */
export async function fetchVerified(
  index: Index,
  record: IndexRecord,
  trust: IndexTrust,
  demands: Demands,
): Promise<{ readonly sealed: Sealed; readonly seal: VerifiedSeal }> {
  const { name, version, revoked } = record;
  if (revoked !== undefined) {
    throw new RegistryError('revoked', `${name}@${version} was revoked on ${revoked.at.slice(0, 10)}`, {
      said: revoked.reason,
      remedy: 'install another version',
    });
  }
  const sealed = await fetchSealed(index, record);
  return { sealed, seal: verified(sealed, record, trust, demands) };
}

/** The seal of a package against a record and a trust. Throws {@link RegistryError}. */
export function verified(sealed: Sealed, record: IndexRecord, trust: IndexTrust, demands: Demands): VerifiedSeal {
  const { level, oldestVerifier, day } = demands;
  const seal = verifySeal(sealed, trust.seal, {
    store: trust.store,
    name: record.name,
    version: record.version,
    level,
    ...(oldestVerifier === undefined ? {} : { oldestVerifier }),
    day,
  });
  if (!seal.ok) throw refused(`${record.name}@${record.version}`, seal.error);
  checkRecord(record, seal.value);
  return seal.value;
}

/** A refusal of a seal as one of the index: its code in our sentence, its own sentence as the words of others. */
export function refused(what: string, refusal: Refusal): RegistryError {
  return new RegistryError('not-trusted', `the seal of ${what} is refused (${refusal.code})`, {
    said: sentenceOf(refusal),
  });
}
