import type { Level } from '../store/model.ts';
import type { PackageProblem } from './pack.ts';

/**
 * Every way in which a sealed package is refused, and what its sentence is made of. Data may come from hostile files: it is bounded
 * here and encoded by whoever shows it.
 */
export interface RefusalData {
  /** Not the bytes that were signed. */
  readonly 'tampered-package': { readonly signed: string; readonly found: string };
  /** No package of ours at all. */
  readonly 'malformed-package': { readonly problem: PackageProblem['code']; readonly at: string };
  /** The package does not hold what its own evidence or the statements about it say. */
  readonly 'inconsistent-package': { readonly detail: string };
  /** A signature, or the proof that it stands in a log, does not verify. */
  readonly 'tampered-bundle': { readonly bundle: string; readonly detail: string };
  /** No Sigstore bundle v0.3 with one signed statement. */
  readonly 'malformed-bundle': { readonly bundle: string; readonly detail: string };
  /** What was signed is no statement of ours. */
  readonly 'malformed-statement': { readonly bundle: string; readonly detail: string };
  /** Two statements of one kind by one operator: one of them would go unread. */
  readonly 'repeated-statement': { readonly bundle: string; readonly operator: string };
  readonly 'unknown-key': { readonly bundle: string; readonly key: string };
  readonly 'wrong-identity': { readonly bundle: string; readonly found: string; readonly issuer: string };
  readonly 'look-alike-identity': {
    readonly bundle: string;
    readonly found: string;
    readonly issuer: string;
    readonly trusted: string;
  };
  /** The certificate, the log or the timestamp is of an authority that is not trusted. */
  readonly 'untrusted-root': { readonly bundle: string; readonly detail: string };
  /** The certificate was not valid when it was used, or the operator is no longer trusted. */
  readonly expired: { readonly bundle: string; readonly detail: string };
  readonly 'failed-summary': { readonly bundle: string; readonly operator: string };
  /** A statement about another workflow, version or store. */
  readonly 'wrong-subject': { readonly bundle: string; readonly expected: string; readonly found: string };
  readonly 'wrong-policy': { readonly bundle: string; readonly found: string };
  readonly 'wrong-verifier': { readonly bundle: string; readonly found: string };
  readonly 'unsound-verifier': { readonly bundle: string; readonly version: string; readonly oldest: string };
  readonly 'level-too-low': { readonly reached: Level; readonly needed: Level };
  readonly 'missing-statement': { readonly operator: string; readonly statement: string };
  readonly 'too-few-operators': { readonly need: number; readonly have: number };
  readonly 'too-many-bundles': { readonly count: number; readonly limit: number };
}

export type RefusalCode = keyof RefusalData;

/** One refusal: data, not prose. */
export type Refusal = { readonly [C in RefusalCode]: { readonly code: C; readonly data: RefusalData[C] } }[RefusalCode];

const SENTENCES: { readonly [C in RefusalCode]: (data: RefusalData[C]) => string } = {
  'tampered-package': ({ signed, found }) => `the package was changed: ${signed} was signed and this is ${found}`,
  'malformed-package': ({ problem, at }) => `the package is not one that Proofmark packs: ${problem} (${at})`,
  'inconsistent-package': ({ detail }) => `the package contradicts what was signed about it: ${detail}`,
  'tampered-bundle': ({ bundle, detail }) => `${bundle} was changed: ${detail}`,
  'malformed-bundle': ({ bundle, detail }) => `${bundle} is no bundle of a seal: ${detail}`,
  'malformed-statement': ({ bundle, detail }) => `${bundle} signs something that is no statement of a seal: ${detail}`,
  'repeated-statement': ({ bundle, operator }) => `${bundle} repeats a statement of ${operator}`,
  'unknown-key': ({ bundle, key }) => `${bundle} is signed with the key ${key}, which the trust does not list`,
  'wrong-identity': ({ bundle, found, issuer }) =>
    `${bundle} is signed by ${found} (${issuer}), whom the trust does not list`,
  'look-alike-identity': ({ bundle, found, issuer, trusted }) =>
    `${bundle} is signed by ${found} (${issuer}), which only looks like the trusted ${trusted}`,
  'untrusted-root': ({ bundle, detail }) => `${bundle} rests on an authority that the trust does not list: ${detail}`,
  expired: ({ bundle, detail }) => `${bundle} was signed outside the time of its trust: ${detail}`,
  'failed-summary': ({ bundle, operator }) => `${operator} says in ${bundle} that the verification failed`,
  'wrong-subject': ({ bundle, expected, found }) => `${bundle} is about ${found}, and ${expected} was asked for`,
  'wrong-policy': ({ bundle, found }) => `${bundle} was judged by another law: ${found}`,
  'wrong-verifier': ({ bundle, found }) => `${bundle} is the verdict of another verifier: ${found}`,
  'unsound-verifier': ({ bundle, version, oldest }) =>
    `${bundle} is the verdict of Proofmark ${version}, and versions before ${oldest} are no longer held sound`,
  'level-too-low': ({ reached, needed }) => `the level is ${reached}, and ${needed} is needed`,
  'missing-statement': ({ operator, statement }) => `the seal of ${operator} is incomplete: ${statement} is missing`,
  'too-few-operators': ({ need, have }) => `${need} operators must have signed the same verdict, and ${have} did`,
  'too-many-bundles': ({ count, limit }) => `there are ${count} bundles, and at most ${limit} are read`,
};

/** The sentence of a refusal, unencoded: hostile text may be in it. */
export function sentenceOf(refusal: Refusal): string {
  // The union pairs each code with its data; TypeScript cannot follow that through an index.
  const sentence = SENTENCES[refusal.code] as (data: unknown) => string;
  return sentence(refusal.data);
}

/** Every refusal, in the order in which they are documented. */
export const REFUSALS = Object.keys(SENTENCES) as readonly RefusalCode[];
