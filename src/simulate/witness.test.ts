import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kernel/json.ts';
import type { World } from './model.ts';
import { parseWitness, toWitness } from './witness.ts';

const WORLD: World = {
  input: { amount: 1 },
  replies: new Map([
    [
      '/do/0/read',
      [
        { kind: 'value', value: 3 },
        { kind: 'error', error: 'timeout' },
      ],
    ],
  ]),
  choices: new Map([['/do/1/race', 'first']]),
};
const WITNESS = toWitness(
  'property/undeclared-outcome',
  { name: 'a/b', version: '1.0.0', digest: 'sha256-x' },
  'sha256-y',
  WORLD,
);
const JSON_FORM: JsonObject = { ...WITNESS, subject: { ...WITNESS.subject } };

describe('a witness', () => {
  it('gives back the world that it was made of', () => {
    expect(parseWitness(JSON_FORM)).toEqual({ ok: true, value: { witness: WITNESS, world: WORLD } });
  });

  it.each([
    ['no object', 3],
    ['another format', { ...JSON_FORM, format: 'proofmark-witness/2' }],
    ['a member too many', { ...JSON_FORM, extra: 1 }],
    ['a member too few', Object.fromEntries(Object.entries(JSON_FORM).filter(([key]) => key !== 'law'))],
    ['a reply that is none', { ...JSON_FORM, replies: { '/do/0/x': [{ nothing: 1 }] } }],
    ['a choice that is no branch', { ...JSON_FORM, choices: { '/do/0/x': 1 } }],
    ['a subject without a digest', { ...JSON_FORM, subject: { name: 'a/b', version: '1.0.0' } }],
  ])('is refused with the reason when it is %s', (_, json) => {
    const parsed = parseWitness(json);
    expect(parsed.ok).toBe(false);
    expect(parsed).toHaveProperty('error', expect.stringMatching(/\w/u));
  });
});
