import { beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { readPolicies } from './law.ts';
import type { CedarEngine } from './engine.ts';
import { loadEngine } from './engine.ts';
import { law } from './testing.ts';

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

const HEAD = '@id("a") @title("t") @reference("r")';

/** The findings about one policy file, as `line:column detail`. */
function problems(text: string): readonly string[] {
  const { set, findings } = readPolicies({ ...law(), policies: [{ path: 'policies/own.cedar', text }] }, engine);
  expect(set === undefined).toBe(findings.length > 0);
  return findings.map(({ place, data }) => {
    expect(place.file).toBe('policies/own.cedar');
    return `${place.line}:${place.column} ${'detail' in data ? data.detail : ''}`;
  });
}

describe('a policy file', () => {
  it('is read whole, in order, comments and all', () => {
    const many = Array.from(
      { length: 12 },
      (_, i) => `// n ${i}\n@id("p${i}") @title("t") @reference("r")\npermit (principal, action, resource);`,
    );
    const { set } = readPolicies(
      { ...law(), policies: [{ path: 'policies/own.cedar', text: many.join('\n') }] },
      engine,
    );
    expect(set?.find('p10')).toMatchObject({ line: 32, title: 't', reference: 'r', effect: 'permit' });
    expect(set?.policies.map(({ id }) => id)).toEqual([...set!.texts.keys()]);
  });

  // The engine would take minutes for them.
  it('times the tools is bounded', () => {
    const [[name, server] = []] = [...law().servers];
    const [one] = [...(server?.tools.values() ?? [])];
    if (name === undefined || server === undefined || one === undefined) throw new Error('a law without a tool');
    const tools = new Map(Array.from({ length: 300 }, (_, i) => [`t${i}`, one]));
    const servers = new Map([[name, { ...server, tools }]]);
    const text = Array.from(
      { length: 170 },
      (_, i) => `@id("p${i}") @title("t") @reference("r")\npermit (principal, action, resource);`,
    ).join('\n');
    const { set, findings } = readPolicies(
      { ...law(), servers, policies: [{ path: 'policies/own.cedar', text }] },
      engine,
    );
    expect(set).toBeUndefined();
    expect(findings).toMatchObject([
      {
        rule: 'structure/policy-invalid',
        data: { detail: '170 policies for 300 tools are more than 50000 pairs to be checked' },
      },
    ]);
  });

  it('may be empty', () => {
    expect(problems('// nothing yet\n')).toEqual([]);
  });

  it.each([
    ['a syntax error', `// ünï 😀\n${HEAD}\nforbid (principal, action, resource) when { 1 + };`, '3:49 '],
    ['a policy without annotations', 'permit (principal, action, resource);', '1:1 has no @id'],
    ['a policy without a title', '@id("a") @reference("r") permit (principal, action, resource);', '1:1 has no @title'],
    [
      'an empty reference',
      '@id("a") @title("t") @reference permit (principal, action, resource);',
      '1:1 has no @reference',
    ],
    ['an unknown annotation', `${HEAD} @why("x") permit (principal, action, resource);`, '1:1 the annotation @why'],
    [
      'an id that is no name',
      '@id("A b") @title("t") @reference("r") permit (principal, action, resource);',
      '1:1 the id is not',
    ],
    [
      'an id twice',
      `${HEAD} permit (principal, action, resource);\n${HEAD} forbid (principal, action, resource);`,
      '2:1 the id is already taken',
    ],
    ['a template', `${HEAD} permit (principal == ?principal, action, resource);`, '1:1 a template'],
    [
      'an attribute that requests do not have',
      `${HEAD}\npermit (principal, action, resource)\nwhen { context.approvd };`,
      '3:8 ',
    ],
    [
      'an optional attribute without has',
      `${HEAD} permit (principal, action == Action::"payments/transfer", resource) when { context.sum > 1 };`,
      '1:',
    ],
    ['a tool that does not exist', `${HEAD} permit (principal, action == Action::"payments/transfr", resource);`, '1:'],
    [
      'a construct without a meaning here',
      `${HEAD} permit (principal, action, resource) when { ip("1.1.1.1").isLoopback() };`,
      '1:1 uses the operator isLoopback',
    ],
    ['deep nesting', `${HEAD} permit (principal, action, resource) when { ${'('.repeat(50_000)}`, '1:'],
    ['a long chain', `${HEAD} permit (principal, action, resource) when { 0${'+1'.repeat(50_000)} > 0 };`, '1:'],
    ['an unfinished string', `${HEAD} permit (principal, action, resource) when { "${'('.repeat(1000)}`, '1:'],
  ])('with %s is refused at its place', (_what, text, expected) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toContain(expected);
  });

  it('leaves the engine sound after each of these', () => {
    problems(`${HEAD} permit (principal, action, resource) when { ${'['.repeat(100_000)}`);
    expect(problems(`${HEAD} permit (principal, action, resource);`)).toEqual([]);
  });

  it('may read the typed arguments of a tool', () => {
    expect(
      problems(`${HEAD} forbid (principal, action == Action::"payments/transfer", resource)
        when { context.arguments has amount && context.arguments.amount.greaterThan(decimal("10.0")) && context.arguments.payee like "DE*" };`),
    ).toEqual([]);
  });
});

describe('parameters of the packs', () => {
  const check = (packs: { readonly [key: string]: Json }) =>
    readPolicies({ ...law({ packs }), policies: [] }, engine).findings.map(
      ({ rule, place }) => `${rule} ${place.pointer}`,
    );

  it.each([
    ['a whole number', { payment: { secondApproverAbove: 1000 } }, []],
    ['an unknown pack', { paymnt: {} }, ['structure/unknown-key /packs/paymnt']],
    ['an unknown parameter', { payment: { above: 1 } }, ['structure/unknown-key /packs/payment/above']],
    ['a name of a prototype', { constructor: {} }, ['structure/unknown-key /packs/constructor']],
    ['a fraction', { payment: { totalAtMost: 1.5 } }, ['structure/invalid-value /packs/payment/totalAtMost']],
    ['a negative number', { payment: { totalAtMost: -1 } }, ['structure/invalid-value /packs/payment/totalAtMost']],
    ['a list', { payment: [] }, ['structure/wrong-type /packs/payment']],
  ])('%s', (_what, packs, expected) => {
    expect(check(packs)).toEqual(expected);
  });
});
