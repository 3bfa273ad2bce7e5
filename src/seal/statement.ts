import * as z from 'zod';
import { canonicalBytes } from '../kernel/canonical.ts';
import { type Digest, digestBytes, hexOf } from '../kernel/digest.ts';
import type { JsonObject } from '../kernel/json.ts';
import { STAGES, type Stage } from '../kernel/rules.ts';
import { unreachable } from '../kernel/result.ts';
import { RULE_IDS } from '../stages/texts.ts';
import type { Status } from '../stages/stage.ts';
import type { WorkflowName } from '../store/model.ts';
import type { Evidence } from './evidence.ts';
import { readJson } from './json-file.ts';
import { verifiedLevels } from './levels.ts';
import { packageFile } from './pack.ts';

/**
 * in-toto statements (Statement v1) about a package: a SLSA Verification Summary v1, one test-result v0.1 per stage, and SLSA
 * provenance v1. What is built here is what {@link readStatement} accepts, member for member: other tools ignore what they do not know,
 * we refuse it.
 */

const STATEMENT = 'https://in-toto.io/Statement/v1';
export const PREDICATES = {
  summary: 'https://slsa.dev/verification_summary/v1',
  testResult: 'https://in-toto.io/attestation/test-result/v0.1',
  provenance: 'https://slsa.dev/provenance/v1',
} as const;

/** The media type of a statement in a DSSE envelope. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Who verified: the program. Which operator ran it is said by the signature. */
export const VERIFIER_ID = 'https://proofmark.example/verifier/v1';
const BUILD_TYPE = 'https://proofmark.example/seal/v1';
const STAGE_URI = 'https://proofmark.example/stage/';
/** The builder of what is sealed outside a build service. */
export const LOCAL_BUILDER = 'https://proofmark.example/builder/local';

/** What the statements of one seal are made of. */
export interface Attested {
  readonly store: string;
  /** Digest of the exact bytes of the package. */
  readonly digest: Digest;
  readonly evidence: Evidence;
  /** Digest of the bytes of `evidence.json` in the package. */
  readonly evidenceDigest: Digest;
  /** The version of Proofmark. */
  readonly verifier: string;
  /** When it was verified, as RFC 3339 in UTC. An argument, since statements know no clock; left out where absent. */
  readonly timeVerified?: string;
  /** Who built the package: a URI. */
  readonly builder: string;
  /** Where the store's files came from. */
  readonly source?: { readonly uri: string; readonly commit: string };
  /** `FAILED` says that the package must not be used. */
  readonly result: 'PASSED' | 'FAILED';
}

export type StatementKind = 'summary' | 'provenance' | Stage;

/** One statement, as the bytes that are signed. */
export interface Statement {
  readonly kind: StatementKind;
  readonly bytes: Uint8Array;
}

/** `<store>:<namespace>/<name>@<version>`: what a summary is about, whatever the file is called. */
export function resourceUri(store: string, name: WorkflowName, version: string): string {
  return `${store}:${name}@${version}`;
}

/** The name of the bundle of a statement, beside its package. */
export function bundleFile(name: WorkflowName, version: string, kind: StatementKind): string {
  return packageFile(name, version).replace(/tar$/, `${kind}.sigstore.json`);
}

/** Every statement of a seal: the test results, the summary that names them, the provenance. */
export function statementsOf(attested: Attested): readonly Statement[] {
  const results = STAGES.map((stage): Statement => ({ kind: stage, bytes: testResult(attested, stage) }));
  const inputs = results.map(({ kind, bytes }) => ({ kind, digest: digestBytes(bytes) }));
  return [
    { kind: 'summary', bytes: summary(attested, inputs) },
    ...results,
    { kind: 'provenance', bytes: provenance(attested) },
  ];
}

function summary(
  attested: Attested,
  inputs: readonly { readonly kind: StatementKind; readonly digest: Digest }[],
): Uint8Array {
  const { store, evidence, verifier, timeVerified, result } = attested;
  const { name, version } = evidence.subject;
  return statement(attested, PREDICATES.summary, {
    verifier: { id: VERIFIER_ID, version: { proofmark: verifier } },
    ...(timeVerified === undefined ? {} : { timeVerified }),
    resourceUri: resourceUri(store, name, version),
    policy: { uri: lawUri(store), digest: sha256(evidence.digests.law) },
    inputAttestations: inputs.map(({ kind, digest }) => ({
      uri: bundleFile(name, version, kind),
      digest: sha256(digest),
    })),
    verificationResult: result,
    verifiedLevels: result === 'PASSED' ? [...verifiedLevels(evidence.level)] : [],
    slsaVersion: '1.0',
  });
}

function testResult(attested: Attested, stage: Stage): Uint8Array {
  const { store, evidence, evidenceDigest } = attested;
  const { status } = evidence.stages[stage];
  const found = (severity: 'error' | 'warning'): ReadonlySet<string> =>
    new Set(evidence.findings.filter((one) => one.severity === severity).map(({ rule }) => rule));
  const [errors, warnings] = [found('error'), found('warning')];
  const rules = RULE_IDS.filter((rule) => rule.startsWith(`${stage}/`));
  const failed = rules.filter((rule) => errors.has(rule));
  const warned = rules.filter((rule) => !errors.has(rule) && (warnings.has(rule) || status === 'sampled'));
  const passed = rules.filter((rule) => !failed.includes(rule) && !warned.includes(rule));
  return statement(attested, PREDICATES.testResult, {
    result: resultOf(status),
    configuration: [
      { name: 'stage', uri: `${STAGE_URI}${stage}` },
      { name: 'law', uri: lawUri(store), digest: sha256(evidence.digests.law) },
      { name: 'verifier', uri: VERIFIER_ID, digest: sha256(evidence.digests.verifier) },
      { name: 'evidence', digest: sha256(evidenceDigest) },
    ],
    // Where a stage reached no verdict no rule of it has passed.
    passedTests: status === 'unknown' ? [] : passed,
    warnedTests: warned,
    failedTests: failed,
  });
}

function provenance(attested: Attested): Uint8Array {
  const { store, evidence, verifier, builder, source } = attested;
  const { name, version, digest } = evidence.subject;
  return statement(attested, PREDICATES.provenance, {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { store, workflow: name, version },
      internalParameters: { seed: evidence.seed, asOf: evidence.asOf },
      resolvedDependencies: [
        { name: 'workflow', uri: resourceUri(store, name, version), digest: sha256(digest) },
        { name: 'law', uri: lawUri(store), digest: sha256(evidence.digests.law) },
        { name: 'verifier', uri: VERIFIER_ID, digest: sha256(evidence.digests.verifier) },
        ...(source === undefined ? [] : [{ name: 'source', uri: source.uri, digest: { gitCommit: source.commit } }]),
      ],
    },
    runDetails: { builder: { id: builder, version: { proofmark: verifier } } },
  });
}

function statement({ digest, evidence }: Attested, predicateType: string, predicate: JsonObject): Uint8Array {
  const { name, version } = evidence.subject;
  const subject = [{ name: packageFile(name, version), digest: sha256(digest) }];
  return canonicalBytes({ _type: STATEMENT, subject, predicateType, predicate });
}

function sha256(digest: string): { readonly sha256: string } {
  return { sha256: hexOf(digest) };
}

function lawUri(store: string): string {
  return `${store}:law`;
}

/** How a stage's status reads as a test result. `sampled` warns: nothing was found in what was tried, and nothing is proved. */
export function resultOf(status: Status): 'PASSED' | 'WARNED' | 'FAILED' {
  switch (status) {
    case 'passed':
      return 'PASSED';
    case 'sampled':
      return 'WARNED';
    case 'failed':
    case 'unknown':
      return 'FAILED';
    default:
      return unreachable(status);
  }
}

// What consumers accept.

const text = z.string().min(1).max(1_000);
const hex = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 hexadecimal digits');
const digest = z.strictObject({ sha256: hex });
const tests = z.array(z.string().max(100)).max(1_000);
const described = z.strictObject({ name: text, uri: text, digest });
const program = z.strictObject({ proofmark: z.string().max(128) });
const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/, 'an instant in UTC');

const summaryPredicate = z.strictObject({
  verifier: z.strictObject({ id: text, version: program }),
  timeVerified: instant.optional(),
  resourceUri: text,
  policy: z.strictObject({ uri: text, digest }),
  inputAttestations: z.array(z.strictObject({ uri: text, digest })).max(100),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(text).max(10),
  slsaVersion: z.literal('1.0'),
});

const testResultPredicate = z.strictObject({
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.tuple([
    z.strictObject({ name: z.literal('stage'), uri: z.enum(STAGES.map((stage) => `${STAGE_URI}${stage}` as const)) }),
    described.extend({ name: z.literal('law') }),
    described.extend({ name: z.literal('verifier') }),
    z.strictObject({ name: z.literal('evidence'), digest }),
  ]),
  passedTests: tests,
  warnedTests: tests,
  failedTests: tests,
});

const provenancePredicate = z.strictObject({
  buildDefinition: z.strictObject({
    buildType: z.literal(BUILD_TYPE),
    externalParameters: z.strictObject({ store: text, workflow: text, version: text }),
    internalParameters: z.strictObject({ seed: z.int(), asOf: z.string().max(10).nullable() }),
    resolvedDependencies: z
      .array(
        z.strictObject({
          name: text,
          uri: text,
          digest: z.union([digest, z.strictObject({ gitCommit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/) })]),
        }),
      )
      .max(10),
  }),
  runDetails: z.strictObject({ builder: z.strictObject({ id: text, version: program }) }),
});

const base = z.strictObject({
  _type: z.literal(STATEMENT),
  subject: z.tuple([z.strictObject({ name: text, digest })]),
});

const statementSchema = z.discriminatedUnion('predicateType', [
  base.extend({ predicateType: z.literal(PREDICATES.summary), predicate: summaryPredicate }),
  base.extend({ predicateType: z.literal(PREDICATES.testResult), predicate: testResultPredicate }),
  base.extend({ predicateType: z.literal(PREDICATES.provenance), predicate: provenancePredicate }),
]);

export type ReadStatement = z.output<typeof statementSchema>;
export type SummaryPredicate = z.output<typeof summaryPredicate>;
export type TestResultPredicate = z.output<typeof testResultPredicate>;
export type ProvenancePredicate = z.output<typeof provenancePredicate>;

/** A statement of ours from signed bytes, or why it is none. */
export function readStatement(bytes: Uint8Array): { readonly statement: ReadStatement } | { readonly problem: string } {
  const json = readJson(bytes);
  if ('problem' in json) return json;
  const parsed = statementSchema.safeParse(json.value);
  if (parsed.success) return { statement: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${(issue?.path ?? []).map(String).join('/')}: ${issue?.message ?? 'wrong shape'}` };
}

/** The stage that a test result is about. */
export function stageOf({ configuration: [stage] }: TestResultPredicate): Stage {
  const found = STAGES.find((one) => stage.uri === `${STAGE_URI}${one}`);
  // The schema has let only these through.
  return found ?? unreachable(stage.uri as never);
}
