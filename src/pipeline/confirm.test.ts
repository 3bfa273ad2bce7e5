import { describe, expect, it } from 'vitest';
import { sampleEvidence, samplePackage } from '../../test/sealing.ts';
import type { JsonObject } from '../kernel/json.ts';
import { readPackage } from '../seal/pack.ts';
import { differenceFrom } from './confirm.ts';
import type { WorkflowReport } from './report.ts';

function sealed() {
  const unpacked = readPackage(samplePackage().bytes);
  if (!unpacked.ok) throw new Error(unpacked.error.code);
  return unpacked.value;
}

function report(changes: JsonObject = {}, passed = true): WorkflowReport {
  const evidence = { ...sampleEvidence(), ...changes };
  return {
    name: 'finance/pay-invoice',
    version: '1.2.3',
    risk: 'high',
    level: 'hardened',
    needed: 'hardened',
    passed,
    stages: [],
    crashes: [],
    evidence,
  };
}

const OTHER = `sha256-${'B'.repeat(43)}=`;

describe('a verdict given again', () => {
  it('confirms what was sealed', () => {
    expect(differenceFrom(sealed(), report())).toBeUndefined();
  });

  it('confirms it also by another verifier, with other counts', () => {
    const { digests } = sampleEvidence();
    expect(
      differenceFrom(sealed(), report({ digests: { ...(digests as JsonObject), verifier: OTHER }, seed: 2 })),
    ).toBeUndefined();
  });

  it.each([
    ['subject', { subject: { name: 'finance/pay-invoice', version: '1.2.3', digest: OTHER } }],
    ['level', { level: 'tested' }],
    ['guarantees', { guarantees: {} }],
    ['assumptions', { assumptions: [] }],
    ['law', { digests: { law: OTHER } }],
    ['law', { digests: null }],
  ])('does not where the %s differs', (what, changes) => {
    expect(differenceFrom(sealed(), report(changes))).toBe(what);
  });

  it('does not where it does not pass, or says nothing', () => {
    expect(differenceFrom(sealed(), report({}, false))).toBe('it does not pass');
    expect(differenceFrom(sealed(), { ...report(), evidence: null })).toBe('it has no evidence');
  });
});
