import semver from 'semver';
import { type Digest, digestBytes, hexOf } from '../kernel/digest.ts';
import { STAGES } from '../kernel/rules.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Level, WorkflowName } from '../store/model.ts';
import { readBundle } from './bundle.ts';
import { atLeast, levelOfList } from './levels.ts';
import { type Package, readPackage } from './pack.ts';
import type { Refusal } from './refusal.ts';
import { signerOf } from './signer.ts';
import {
  type ProvenancePredicate,
  type ReadStatement,
  PREDICATES,
  readStatement,
  resourceUri,
  resultOf,
  stageOf,
  type SummaryPredicate,
  type TestResultPredicate,
  VERIFIER_ID,
} from './statement.ts';
import type { Operator, Trust } from './trust.ts';

/** A sealed package as it came from anywhere. */
export interface Sealed {
  readonly package: Uint8Array;
  /** In any order; the names are for messages only. */
  readonly bundles: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** What the consumer asked for: a seal about anything else is refused, however good its signature. */
export interface Expected {
  readonly store: string;
  readonly name: WorkflowName;
  readonly version: string;
  /** The lowest level to accept. */
  readonly level: Level;
  /** Digests of the laws to accept (`sha256-…`); absent: any, as long as package and statements agree on it. */
  readonly laws?: readonly string[];
  /** The oldest Proofmark whose verdicts are still held sound; absent: any. */
  readonly oldestVerifier?: string;
  /** Today, `YYYY-MM-DD`: operators whose trust ended before are refused. */
  readonly day: string;
}

/** A seal that holds: who says what about which bytes. */
export interface VerifiedSeal {
  readonly digest: Digest;
  readonly package: Package;
  readonly level: Level;
  /** The law that judged, `sha256` in hexadecimal. */
  readonly law: string;
  /** The operators that signed the same verdict over these bytes. */
  readonly operators: readonly string[];
  /** Their versions of Proofmark, in the same order. */
  readonly verifiers: readonly string[];
  /** Signers that the trust does not list: their bundles count for nothing. */
  readonly ignored: readonly Refusal[];
}

const BUNDLES = 1_000;

/** The statements that one operator signed. */
interface Signed {
  readonly operator: Operator;
  summary?: { readonly bundle: string; readonly predicate: SummaryPredicate };
  provenance?: { readonly bundle: string; readonly predicate: ProvenancePredicate };
  readonly results: Map<
    string,
    { readonly bundle: string; readonly digest: Digest; readonly predicate: TestResultPredicate }
  >;
}

/**
 * Verifies a sealed package against a trust, offline. Every bundle is read, verified and believed only in this order: its signer, its
 * statement, its agreement with the package. A bundle of a signer whom the trust does not list is left out; any other fault of any
 * bundle refuses the whole, and so does a trusted operator's failed summary, whatever the others say.
 */
export function verifySeal(sealed: Sealed, trust: Trust, expected: Expected): Result<VerifiedSeal, Refusal> {
  const digest = digestBytes(sealed.package);
  if (sealed.bundles.length > BUNDLES)
    return err({ code: 'too-many-bundles', data: { count: sealed.bundles.length, limit: BUNDLES } });
  const signed = new Map<string, Signed>();
  const ignored: Refusal[] = [];
  for (const bundle of sealed.bundles) {
    const statement = signedStatement(bundle, trust, expected.day);
    if (statement.ok) {
      const { operator } = statement.value;
      const own = signed.get(operator.name) ?? { operator, results: new Map() };
      signed.set(operator.name, own);
      const refusal =
        subjectRefusal(statement.value, digest, expected, bundle.name) ?? enter(own, statement.value, bundle.name);
      if (refusal !== undefined) return err(refusal);
    } else if (isUnlisted(statement.error)) ignored.push(statement.error);
    else return statement;
  }
  const unpacked = readPackage(sealed.package);
  if (!unpacked.ok)
    return err({ code: 'malformed-package', data: { problem: unpacked.error.code, at: unpacked.error.at } });
  return judge([...signed.values()], unpacked.value, digest, { trust, expected, ignored });
}

interface SignedStatement {
  readonly operator: Operator;
  readonly statement: ReadStatement;
  /** Of the signed bytes. */
  readonly digest: Digest;
}

function signedStatement(
  { name: bundle, bytes }: Sealed['bundles'][number],
  trust: Trust,
  day: string,
): Result<SignedStatement, Refusal> {
  const read = readBundle(bytes);
  if ('problem' in read) return err({ code: 'malformed-bundle', data: { bundle, detail: read.problem } });
  const signer = signerOf(read, trust, bundle);
  if (!signer.ok) return signer;
  const operator = signer.value;
  if (operator.until !== undefined && operator.until < day) {
    const detail = `the trust in ${operator.name} ended on ${operator.until}`;
    return err({ code: 'expired', data: { bundle, detail } });
  }
  const parsed = readStatement(read.payload);
  if ('problem' in parsed) return err({ code: 'malformed-statement', data: { bundle, detail: parsed.problem } });
  return ok({ operator, statement: parsed.statement, digest: digestBytes(read.payload) });
}

/** Signed by somebody whom the trust does not name: no fault of the package, and no word for it. */
function isUnlisted({ code }: Refusal): boolean {
  return (
    code === 'unknown-key' || code === 'wrong-identity' || code === 'look-alike-identity' || code === 'untrusted-root'
  );
}

/** Whether a statement is about these bytes. For a summary, what it is called comes first: another release is no tampering. */
function subjectRefusal(
  { statement }: SignedStatement,
  digest: Digest,
  expected: Expected,
  bundle: string,
): Refusal | undefined {
  const wanted = resourceUri(expected.store, expected.name, expected.version);
  const found = resourceOf(statement);
  if (found !== undefined && found !== wanted)
    return { code: 'wrong-subject', data: { bundle, expected: wanted, found } };
  const [{ digest: subject }] = statement.subject;
  const own = hexOf(digest);
  return subject.sha256 === own
    ? undefined
    : { code: 'tampered-package', data: { signed: subject.sha256, found: own } };
}

function resourceOf(statement: ReadStatement): string | undefined {
  switch (statement.predicateType) {
    case PREDICATES.summary:
      return statement.predicate.resourceUri;
    case PREDICATES.provenance: {
      const { store, workflow, version } = statement.predicate.buildDefinition.externalParameters;
      return `${store}:${workflow}@${version}`;
    }
    case PREDICATES.testResult:
      return undefined;
  }
}

/** Keeps a statement with its operator's others. */
function enter(own: Signed, { statement, digest, operator }: SignedStatement, bundle: string): Refusal | undefined {
  const repeated: Refusal = { code: 'repeated-statement', data: { bundle, operator: operator.name } };
  switch (statement.predicateType) {
    case PREDICATES.summary:
      if (own.summary !== undefined) return repeated;
      own.summary = { bundle, predicate: statement.predicate };
      return undefined;
    case PREDICATES.provenance:
      if (own.provenance !== undefined) return repeated;
      own.provenance = { bundle, predicate: statement.predicate };
      return undefined;
    case PREDICATES.testResult: {
      const stage = stageOf(statement.predicate);
      if (own.results.has(stage)) return repeated;
      own.results.set(stage, { bundle, digest, predicate: statement.predicate });
      return undefined;
    }
  }
}

function judge(
  signed: readonly Signed[],
  unpacked: Package,
  digest: Digest,
  {
    trust,
    expected,
    ignored,
  }: { readonly trust: Trust; readonly expected: Expected; readonly ignored: readonly Refusal[] },
): Result<VerifiedSeal, Refusal> {
  const { evidence } = unpacked;
  const { subject, level } = evidence;
  if (subject.name !== expected.name || subject.version !== expected.version)
    return inconsistent(`its evidence is about ${subject.name}@${subject.version}`);
  for (const own of signed) {
    const refusal = incompleteness(own) ?? contradiction(own, unpacked, expected);
    if (refusal !== undefined) return err(refusal);
  }
  if (signed.length < trust.need) {
    const [first] = ignored;
    // Where nobody counts, the reason is who signed instead.
    if (signed.length === 0 && first !== undefined) return err(first);
    return err({ code: 'too-few-operators', data: { need: trust.need, have: signed.length } });
  }
  if (!atLeast(level, expected.level))
    return err({ code: 'level-too-low', data: { reached: level, needed: expected.level } });
  return ok({
    digest,
    package: unpacked,
    level,
    law: hexOf(evidence.digests.law),
    operators: signed.map(({ operator }) => operator.name),
    verifiers: signed.map(({ summary }) => summary?.predicate.verifier.version.proofmark ?? ''),
    ignored,
  });
}

/** What is missing of one operator's seal: its summary, each test result that the summary rests on, its provenance. */
function incompleteness({ operator, summary, provenance, results }: Signed): Refusal | undefined {
  const missing = (statement: string): Refusal => ({
    code: 'missing-statement',
    data: { operator: operator.name, statement },
  });
  if (summary === undefined) return missing('summary');
  if (summary.predicate.verificationResult !== 'PASSED')
    return { code: 'failed-summary', data: { bundle: summary.bundle, operator: operator.name } };
  const inputs = new Set(summary.predicate.inputAttestations.map(({ digest }) => digest.sha256));
  const absent = STAGES.find((stage) => {
    const result = results.get(stage);
    return result === undefined || !inputs.has(hexOf(result.digest));
  });
  if (absent !== undefined || inputs.size !== STAGES.length) return missing(absent ?? 'one of its own inputs');
  return provenance === undefined ? missing('provenance') : undefined;
}

/** Where one operator's statements contradict the package, each other or what is expected. */
function contradiction(
  { summary, provenance, results }: Signed,
  { evidence, evidenceDigest }: Package,
  expected: Expected,
): Refusal | undefined {
  if (summary === undefined || provenance === undefined) return undefined;
  const { bundle, predicate } = summary;
  if (predicate.verifier.id !== VERIFIER_ID)
    return { code: 'wrong-verifier', data: { bundle, found: predicate.verifier.id } };
  const version = predicate.verifier.version.proofmark;
  const { oldestVerifier: oldest, laws } = expected;
  if (semver.valid(version) === null || (oldest !== undefined && semver.lt(version, oldest)))
    return { code: 'unsound-verifier', data: { bundle, version, oldest: oldest ?? 'any release' } };
  const law = predicate.policy.digest.sha256;
  if (laws !== undefined && !laws.some((accepted) => hexOf(accepted) === law))
    return { code: 'wrong-policy', data: { bundle, found: law } };
  if (law !== hexOf(evidence.digests.law)) return refuse(`its evidence names another law than ${bundle}`);
  if (levelOfList(predicate.verifiedLevels) !== evidence.level)
    return refuse(
      `its evidence says ${evidence.level}, and ${bundle} ${predicate.verifiedLevels.join(', ') || 'nothing'}`,
    );
  for (const [stage, result] of results) {
    const [, judged, verifier, record] = result.predicate.configuration;
    const same =
      judged.digest.sha256 === law &&
      verifier.digest.sha256 === hexOf(evidence.digests.verifier) &&
      record.digest.sha256 === hexOf(evidenceDigest);
    if (!same) return refuse(`${result.bundle} rests on other evidence than the package holds`);
    const status = STAGES.find((one) => one === stage);
    if (status !== undefined && result.predicate.result !== resultOf(evidence.stages[status].status))
      return refuse(
        `${result.bundle} says ${result.predicate.result}, and its evidence ${evidence.stages[status].status}`,
      );
  }
  return undefined;
}

function refuse(detail: string): Refusal {
  return { code: 'inconsistent-package', data: { detail } };
}

function inconsistent(detail: string): Result<never, Refusal> {
  return err(refuse(detail));
}
