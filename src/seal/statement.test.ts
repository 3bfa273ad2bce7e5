import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { attestedOf, members, parsed, sampleEvidence, samplePackage } from '../../test/sealing.ts';
import { canonicalBytes } from '../kernel/canonical.ts';
import { isObject, type Json, type JsonObject } from '../kernel/json.ts';
import { STAGES } from '../kernel/rules.ts';
import { RULE_IDS } from '../stages/texts.ts';
import { PREDICATES, readStatement, type StatementKind, statementsOf } from './statement.ts';
import { levelOfList, verifiedLevels } from './levels.ts';

const packed = samplePackage();
const hex = createHash('sha256').update(packed.bytes).digest('hex');

function json(kind: StatementKind, of = packed, changes: Parameters<typeof attestedOf>[1] = {}): JsonObject {
  const made = statementsOf(attestedOf(of, changes)).find((one) => one.kind === kind);
  return parsed(made?.bytes);
}

describe('the statements of a seal', () => {
  it('are a summary, one test result per stage, and provenance, each about the exact bytes', () => {
    const all = statementsOf(attestedOf(packed));
    expect(all.map(({ kind }) => kind)).toEqual(['summary', ...STAGES, 'provenance']);
    for (const { kind } of all)
      expect(json(kind)).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'pay-invoice-1.2.3.tar', digest: { sha256: hex } }],
      });
  });

  it('are the same bytes each time', () => {
    expect(statementsOf(attestedOf(packed))).toEqual(statementsOf(attestedOf(packed)));
  });

  it('summarise the verdict in the form of SLSA', () => {
    const inputs = statementsOf(attestedOf(packed))
      .filter(({ kind }) => kind !== 'summary' && kind !== 'provenance')
      .map(({ kind, bytes }) => ({
        uri: `pay-invoice-1.2.3.${kind}.sigstore.json`,
        digest: { sha256: createHash('sha256').update(bytes).digest('hex') },
      }));
    expect(json('summary')).toMatchObject({
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verifier: { version: { proofmark: '0.1.0' } },
        resourceUri: 'example-store:finance/pay-invoice@1.2.3',
        policy: { uri: 'example-store:law', digest: { sha256: '0'.repeat(64) } },
        inputAttestations: inputs,
        verificationResult: 'PASSED',
        verifiedLevels: ['PROOFMARK_STRUCTURED', 'PROOFMARK_TESTED', 'PROOFMARK_HARDENED'],
        slsaVersion: '1.0',
      },
    });
  });

  it('know no time but the one they are given', () => {
    expect(json('summary')['predicate']).not.toHaveProperty('timeVerified');
    expect(json('summary', packed, { timeVerified: '2026-11-23T10:00:00Z' })).toMatchObject({
      predicate: { timeVerified: '2026-11-23T10:00:00Z' },
    });
  });

  it('list no level where the verification failed', () => {
    expect(json('summary', packed, { result: 'FAILED' })).toMatchObject({
      predicate: { verificationResult: 'FAILED', verifiedLevels: [] },
    });
  });

  it('say of each rule of a stage how it went', () => {
    const of = samplePackage({
      stages: { ...members(sampleEvidence()['stages']), property: { status: 'failed', checks: 1, counts: {} } },
      findings: [
        { rule: 'property/over-budget', severity: 'error' },
        { rule: 'functional/task-unreached', severity: 'warning' },
      ],
    });
    const rules = (stage: string): string[] => RULE_IDS.filter((rule) => rule.startsWith(`${stage}/`));
    expect(json('adversarial', of)).toMatchObject({
      predicate: { result: 'PASSED', passedTests: rules('adversarial'), warnedTests: [], failedTests: [] },
    });
    expect(json('property', of)).toMatchObject({
      predicate: {
        result: 'FAILED',
        passedTests: rules('property').filter((rule) => rule !== 'property/over-budget'),
        warnedTests: [],
        failedTests: ['property/over-budget'],
      },
    });
    expect(json('functional', of)).toMatchObject({
      predicate: { result: 'PASSED', warnedTests: ['functional/task-unreached'], failedTests: [] },
    });
    // Sampled is no proof: no rule of the stage reads as passed.
    expect(json('policy', of)).toMatchObject({
      predicate: { result: 'WARNED', passedTests: [], warnedTests: rules('policy') },
    });
  });

  it('say where the package came from', () => {
    const source = { uri: 'git+https://store.example/store', commit: 'a'.repeat(40) };
    expect(json('provenance', packed, { source, builder: 'https://store.example/publish' })).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          externalParameters: { store: 'example-store', workflow: 'finance/pay-invoice', version: '1.2.3' },
          internalParameters: { seed: 1, asOf: null },
          resolvedDependencies: [
            { name: 'workflow' },
            { name: 'law' },
            { name: 'verifier' },
            { name: 'source', uri: source.uri, digest: { gitCommit: source.commit } },
          ],
        },
        runDetails: { builder: { id: 'https://store.example/publish' } },
      },
    });
  });
});

describe('reading a statement', () => {
  it('accepts what is written', () => {
    const source = { uri: 'git+https://store.example/store', commit: 'a'.repeat(40) };
    for (const { bytes } of statementsOf(attestedOf(packed, { source, timeVerified: '2026-11-23T10:00:00Z' })))
      expect(readStatement(bytes)).toHaveProperty('statement');
  });

  /** The summary with the member at `path` replaced. */
  function changed(path: readonly string[], value: Json | undefined): Uint8Array {
    const change = (node: Json, [key, ...rest]: readonly string[]): Json => {
      if (key === undefined || !isObject(node)) return value ?? null;
      const entries = { ...node, [key]: change(node[key] ?? null, rest) };
      return value === undefined && rest.length === 0
        ? Object.fromEntries(Object.entries(entries).filter(([one]) => one !== key))
        : entries;
    };
    return canonicalBytes(change(json('summary'), path));
  }

  it.each<[string, readonly string[], Json | undefined]>([
    ['another type', ['_type'], 'https://in-toto.io/Statement/v0.1'],
    ['another predicate', ['predicateType'], 'https://slsa.dev/verification_summary/v0.2'],
    ['a predicate under the name of another', ['predicateType'], PREDICATES.provenance],
    ['no subject', ['subject'], []],
    [
      'two subjects',
      ['subject'],
      [
        { name: 'a', digest: { sha256: hex } },
        { name: 'b', digest: { sha256: hex } },
      ],
    ],
    ['a subject by another algorithm', ['subject'], [{ name: 'a', digest: { md5: hex } }]],
    ['a digest in capitals', ['subject'], [{ name: 'a', digest: { sha256: 'A'.repeat(64) } }]],
    ['no result', ['predicate', 'verificationResult'], undefined],
    ['a result in small letters', ['predicate', 'verificationResult'], 'passed'],
    ['a member that we do not write', ['predicate', 'dependencyLevels'], {}],
    ['a time with a zone', ['predicate', 'timeVerified'], '2026-11-23T10:00:00+01:00'],
    ['no policy', ['predicate', 'policy'], undefined],
  ])('refuses %s', (_, path, value) => {
    expect(readStatement(changed(path, value))).toHaveProperty('problem');
  });

  it('refuses what is no JSON of one meaning', () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const whole = new TextDecoder().decode(canonicalBytes(json('summary')));
    expect(readStatement(bytes(whole))).toHaveProperty('statement');
    expect(readStatement(bytes(whole.replace('{', '{"_type":"x",')))).toHaveProperty(
      'problem',
      'structure/duplicate-key at line 1',
    );
    expect(readStatement(bytes(`${whole}{}`))).toHaveProperty('problem');
    expect(readStatement(bytes('['.repeat(100_000)))).toHaveProperty('problem');
    expect(readStatement(new Uint8Array([0xff]))).toHaveProperty('problem');
  });
});

describe('levels', () => {
  it('are listed with all below them, and read back only so', () => {
    expect(verifiedLevels('structured')).toEqual(['PROOFMARK_STRUCTURED']);
    expect(levelOfList(verifiedLevels('proved'))).toBe('proved');
    expect(levelOfList(verifiedLevels('tested'))).toBe('tested');
    for (const list of [[], ['PROOFMARK_PROVED'], ['PROOFMARK_TESTED', 'PROOFMARK_STRUCTURED'], ['SLSA_BUILD_LEVEL_3']])
      expect(levelOfList(list)).toBeUndefined();
  });
});
