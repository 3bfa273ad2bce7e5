import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../kernel/json.ts';
import { ingress } from '../../value/concrete.ts';
import { compileSchema, type SchemaOptions } from '../compile.ts';
import { generator, type Mode, nearMisses } from './generate.ts';

function sample(json: Json, mode: Mode, numRuns: number, seed = 11, options?: SchemaOptions): readonly Json[] {
  const made = generator(json, mode, options);
  if (!made.ok) throw new Error(made.error);
  return fc.sample(made.value, { numRuns, seed });
}

const payment: Json = {
  type: 'object',
  required: ['payee', 'amount'],
  properties: {
    payee: { type: 'string', pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{4,8}$' },
    amount: { type: 'integer', minimum: 1, maximum: 500 },
    memo: { type: 'string', maxLength: 20 },
    tags: { type: 'array', items: { enum: ['a', 'b', 'c'] }, uniqueItems: true, maxItems: 3 },
  },
  additionalProperties: false,
};

describe('generator', () => {
  it.each<Mode>(['valid', 'boundary'])('gives %s values that the schema accepts', (mode) => {
    const compiled = compileSchema(payment);
    const values = sample(payment, mode, 300);
    for (const value of values) expect(compiled.ok && compiled.value.validate(value)).toEqual([]);
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThan(200);
  });

  it('gives the same values for the same seed and others for another', () => {
    expect(sample(payment, 'valid', 20, 5)).toEqual(sample(payment, 'valid', 20, 5));
    expect(sample(payment, 'valid', 20, 5)).not.toEqual(sample(payment, 'valid', 20, 6));
  });

  it('reaches both ends of every bound', () => {
    const amounts = sample({ type: 'integer', minimum: 3, exclusiveMaximum: 90, multipleOf: 3 }, 'boundary', 100);
    expect([Math.min(...amounts.map(Number)), Math.max(...amounts.map(Number))]).toEqual([3, 87]);
    const lengths = sample({ type: 'string', minLength: 2, maxLength: 70 }, 'boundary', 100).map(
      (text) => (text as string).length,
    );
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([2, 70]);
    const sizes = sample({ type: 'array', items: { type: 'null' }, minItems: 1, maxItems: 4 }, 'boundary', 100).map(
      (it) => (it as Json[]).length,
    );
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([1, 4]);
    const members = sample(
      { properties: { a: {}, b: {}, c: {} }, additionalProperties: false, type: 'object' },
      'boundary',
      100,
    );
    const toggles = new Set(
      members.map((it) =>
        Object.keys(it as object)
          .sort()
          .join(''),
      ),
    );
    expect([...toggles]).toEqual(expect.arrayContaining(['', 'abc']));
  });

  it('shrinks to a small value of the schema', () => {
    const made = generator(payment, 'valid');
    const found =
      made.ok &&
      fc.check(
        fc.property(made.value, (value) => (value as { amount: number }).amount < 100),
        { seed: 1 },
      );
    const smallest = found !== false && found.counterexample?.[0];
    expect(smallest).toMatchObject({ amount: 100 });
    expect(Object.keys(smallest as object)).toEqual(['payee', 'amount']);
  });

  it.each<[string, Json]>([
    ['nothing', false],
    ['a contradiction', { type: 'string', minLength: 3, maxLength: 2 }],
    ['constants of another type', { type: 'string', enum: [1, 2] }],
    ['a pattern without words', { type: 'string', pattern: 'a^b' }],
    ['a text too long to hold', { type: 'string', minLength: 1e9 }],
    [
      'a list without end',
      {
        $ref: '#/$defs/a',
        $defs: { a: { type: 'object', required: ['a'], properties: { a: { $ref: '#/$defs/a' } } } },
      },
    ],
    ['members that reserved names make impossible', { type: 'object', required: ['__entity'] }],
  ])('refuses a schema of %s', (_, json) => {
    expect(generator(json, 'valid')).toEqual({ ok: false, error: 'no value of the schema was found' });
  });

  it('refuses by name what cannot be compiled', () => {
    expect(generator({ properties: { a: { $dynamicRef: '#b' } } }, 'valid')).toEqual({
      ok: false,
      error: '/properties/a/$dynamicRef: $dynamicRef is not supported',
    });
  });

  it('makes up no members where undeclared ones are refused', () => {
    const open: Json = { type: 'object', properties: { a: { type: 'object', properties: { b: {} } } } };
    const members = (values: readonly Json[]) => new Set(values.flatMap((value) => Object.keys(value as object)));
    expect(members(sample(open, 'boundary', 200, 3, { undeclared: 'refused' }))).toEqual(new Set(['a']));
    expect(members(sample(open, 'boundary', 200, 3)).size).toBeGreaterThan(2);
  });

  it.each<[string, Json]>([
    [
      'recursion',
      {
        $ref: '#/$defs/t',
        $defs: {
          t: { type: 'object', required: ['v'], properties: { v: { type: 'integer' }, next: { $ref: '#/$defs/t' } } },
        },
      },
    ],
    [
      'a mutual recursion that must end',
      {
        $defs: { a: { anyOf: [{ const: 1 }, { type: 'array', minItems: 1, items: { $ref: '#/$defs/a' } }] } },
        $ref: '#/$defs/a',
      },
    ],
    [
      'conditions',
      {
        if: { properties: { k: { const: 'a' } }, required: ['k'] },
        then: { required: ['x'] },
        else: { maxProperties: 1 },
      },
    ],
    ['negations', { type: 'string', not: { anyOf: [{ maxLength: 2 }, { pattern: '^a' }] } }],
    ['alternatives that overlap', { oneOf: [{ type: 'integer' }, { minimum: 2 }] }],
    [
      'dependencies',
      { properties: { a: {}, b: {} }, dependentRequired: { a: ['b'] }, dependentSchemas: { b: { minProperties: 2 } } },
    ],
    ['counted items', { type: 'array', contains: { const: 1 }, minContains: 2, maxContains: 3, uniqueItems: false }],
    ['names', { propertyNames: { pattern: '^[a-c]{2}$' }, minProperties: 3, type: 'object' }],
    [
      'name patterns',
      {
        type: 'object',
        patternProperties: { '^x-': { type: 'integer' } },
        additionalProperties: false,
        minProperties: 1,
      },
    ],
    [
      'what is not evaluated',
      { allOf: [{ properties: { a: { type: 'null' } } }], unevaluatedProperties: { type: 'integer' }, type: 'object' },
    ],
    ['decimals', { multipleOf: 0.01, minimum: 0.005, maximum: 0.055 }],
    ['a narrow gap', { exclusiveMinimum: 0, exclusiveMaximum: 1e-9 }],
    [
      'all formats',
      {
        type: 'array',
        prefixItems: ['date', 'email', 'ipv6', 'uri', 'regex', 'time', 'duration'].map((format) => ({
          type: 'string',
          format,
        })),
        minItems: 7,
      },
    ],
    [
      'pattern, format and length at once',
      { type: 'string', pattern: 'example$', format: 'hostname', minLength: 12, maxLength: 20 },
    ],
    ['Unicode', { type: 'string', pattern: '^\\p{Lu}{2}[^\\x00-\\u{ffff}]$' }],
  ])('gives different values of a schema with %s', (_, json) => {
    const compiled = compileSchema(json);
    for (const mode of ['valid', 'boundary'] as const) {
      const values = sample(json, mode, 60);
      for (const value of values) {
        expect(compiled.ok && compiled.value.validate(value)).toEqual([]);
        expect(ingress(value).ok).toBe(true);
      }
      expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThan(2);
    }
  });
});

describe('nearMisses', () => {
  it('breaks exactly the keyword that it names', () => {
    const made = nearMisses(payment);
    const compiled = compileSchema(payment);
    if (!made.ok || !compiled.ok) throw new Error('unreachable');
    const keywords = new Set<string>();
    for (const { value, violated } of fc.sample(made.value, { numRuns: 400, seed: 2 })) {
      const errors = compiled.value.validate(value);
      expect(new Set(errors.map((error) => error.schema))).toEqual(new Set([violated.schema]));
      expect(errors[0]).toMatchObject({ keyword: violated.keyword, pointer: violated.pointer });
      keywords.add(violated.schema);
    }
    // Not `maxItems`: a fourth tag would repeat one.
    expect([...keywords].sort()).toEqual([
      '/additionalProperties',
      '/properties/amount/maximum',
      '/properties/amount/minimum',
      '/properties/amount/type',
      '/properties/memo/maxLength',
      '/properties/memo/type',
      '/properties/payee/pattern',
      '/properties/payee/type',
      '/properties/tags/items/enum',
      '/properties/tags/type',
      '/properties/tags/uniqueItems',
      '/required',
      '/type',
    ]);
  });

  it('shrinks to misses of the same keyword', () => {
    const made = nearMisses({ type: 'array', items: { type: 'string', minLength: 3 }, maxItems: 9 });
    const found =
      made.ok &&
      fc.check(
        fc.property(made.value, ({ violated }) => violated.keyword !== 'minLength'),
        { seed: 4 },
      );
    expect(found !== false && found.counterexample?.[0]).toEqual({
      value: [''],
      violated: { pointer: '/0', keyword: 'minLength', schema: '/items/minLength' },
    });
  });

  it('says so where nothing can be broken', () => {
    expect(nearMisses(true)).toEqual({ ok: false, error: 'no keyword of the schema can be broken alone' });
  });
});

const file = '../shared/conformance/json-schema-suite.json';

describe.skipIf(!existsSync(file))(`the schemas of the official suite (${file})`, () => {
  interface Group {
    readonly id: string;
    readonly schema: Json;
    readonly tests: readonly { readonly valid: boolean }[];
  }
  const groups = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { groups: Group[] }).groups : [];

  it('give 50 valid values of 50 where there is a valid one, and a near miss where there is an invalid one', () => {
    const without: string[] = [];
    let satisfiable = 0;
    let refutable = 0;
    for (const { id, schema, tests } of groups) {
      const options = { formats: id.startsWith('optional/format/') ? 'assert' : 'annotation' } as const;
      const compiled = compileSchema(schema, options);
      if (!compiled.ok) continue;
      if (tests.some((test) => test.valid)) {
        satisfiable += 1;
        const made = generator(schema, 'valid', options);
        const values = made.ok ? fc.sample(made.value, { numRuns: 50, seed: 42 }) : [];
        if (values.filter((value) => compiled.value.isValid(value)).length < 50) without.push(`valid ${id}`);
      }
      if (tests.some((test) => !test.valid)) {
        refutable += 1;
        if (!nearMisses(schema, options).ok) without.push(`near miss ${id}`);
      }
    }
    expect({ satisfiable, refutable, without }).toEqual({
      satisfiable: 365,
      refutable: 309,
      // Two schemas `false` at one place, and numbers beyond those that values may hold (2^53 is the first).
      without: ['near miss allOf#6', 'valid const#14', 'near miss optional/bignum#5', 'near miss optional/bignum#7'],
    });
  });
});
