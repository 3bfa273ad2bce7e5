import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { compileSchema } from './compile.ts';
import { contains } from './contain.ts';

const record = (properties: Json, more: object = {}): Json => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});
/** As servers write them: alternatives told apart by a constant. */
const union = (kinds: number, more: object): Json => ({
  oneOf: Array.from({ length: kinds }, (_, i) =>
    record({ kind: { const: `k${i}` }, v: { type: 'integer', minimum: i }, ...more }, { required: ['kind'] }),
  ),
});
const list = {
  $ref: '#/$defs/list',
  $defs: { list: { anyOf: [{ type: 'null' }, record({ head: { type: 'integer' }, tail: { $ref: '#/$defs/list' } })] } },
};

describe('contains', () => {
  it.each<[string, Json, Json]>([
    ['a schema in itself', { type: 'string', title: 'a' }, { title: 'b', type: 'string' }],
    ['nothing in anything', false, { type: 'string' }],
    ['anything in the empty schema', { type: 'string' }, {}],
    ['integers in numbers', { type: 'integer' }, { type: 'number' }],
    [
      'a tighter range',
      { type: 'integer', minimum: 1, maximum: 9 },
      { type: 'number', exclusiveMinimum: 0, maximum: 9.5 },
    ],
    ['a whole range in its constants', { type: 'integer', minimum: 1, exclusiveMaximum: 4 }, { enum: [1, 2, 3, 'x'] }],
    ['multiples of multiples', { type: 'number', multipleOf: 0.06 }, { multipleOf: 0.02 }],
    ['common multiples', { type: 'integer', allOf: [{ multipleOf: 4 }, { multipleOf: 6 }] }, { multipleOf: 12 }],
    ['constants', { enum: ['a', 1] }, { anyOf: [{ type: 'string', maxLength: 1 }, { const: 1 }] }],
    [
      'a pattern in a wider one',
      { type: 'string', pattern: '^[a-f]{2,3}$' },
      { pattern: '^[a-z]+$', minLength: 2, maxLength: 3 },
    ],
    ['a search in an end of it', { type: 'string', pattern: 'abc$' }, { pattern: 'bc' }],
    [
      'a format in a pattern that it fits',
      { type: 'string', format: 'uuid' },
      { minLength: 36, maxLength: 36, pattern: '^[^ ]*$' },
    ],
    ['texts but one in texts that have a character', { type: 'string', not: { const: '' } }, { minLength: 1 }],
    [
      'a record with more required',
      record({ a: { type: 'string' } }, { required: ['a'] }),
      { properties: { a: { type: 'string' } } },
    ],
    [
      'a closed record in a map',
      record({ a: { const: 1 }, b: { const: 2 } }),
      { additionalProperties: { type: 'integer' } },
    ],
    [
      'listed names in a name pattern',
      record({ email: { type: 'string' }, emaik: { type: 'string' } }),
      { patternProperties: { '^emai[lk]$': { type: 'string' } } },
    ],
    [
      'a map in one with more names',
      { type: 'object', patternProperties: { '^a': { const: 1 } }, additionalProperties: false },
      { propertyNames: { pattern: '^[ab]' }, additionalProperties: { const: 1 } },
    ],
    [
      'what is not evaluated',
      { allOf: [record({ a: {} })], type: 'object' },
      { properties: { a: {} }, unevaluatedProperties: false },
    ],
    [
      'a closed composition',
      { type: 'object', allOf: [{ properties: { a: { type: 'null' } } }], unevaluatedProperties: false },
      record({ a: { type: 'null' }, b: {} }),
    ],
    ['too few names for the members asked for', record({ a: {} }, { minProperties: 2 }), false],
    [
      'a tuple in a list',
      { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: false },
      { items: { type: 'integer' }, maxItems: 2 },
    ],
    ['unique items of few kinds', { type: 'array', items: { enum: [1, 2] }, uniqueItems: true, minItems: 3 }, false],
    [
      'counted items',
      { type: 'array', contains: { const: 1 }, minContains: 2 },
      { contains: { type: 'integer' }, minItems: 2 },
    ],
    ['no matching item', { type: 'array', items: { type: 'string' } }, { not: { contains: { type: 'integer' } } }],
    ['alternatives one by one', { oneOf: [{ type: 'string' }, { type: 'null' }] }, { type: ['null', 'string'] }],
    [
      'a branch that the condition takes',
      {
        properties: { k: { const: 1 } },
        required: ['k'],
        type: 'object',
        if: { properties: { k: { const: 1 } } },
        then: { required: ['x'] },
      },
      { required: ['x'] },
    ],
    [
      'a recursion in a wider one',
      list,
      {
        $ref: '#/$defs/l',
        $defs: {
          l: { type: ['null', 'object'], properties: { tail: { $ref: '#/$defs/l' }, head: { type: 'number' } } },
        },
      },
    ],
    [
      'a value that cannot end',
      {
        $ref: '#/$defs/a',
        $defs: { a: { type: 'object', required: ['a'], properties: { a: { $ref: '#/$defs/a' } } } },
      },
      false,
    ],
    [
      'dependencies that are followed',
      { dependentRequired: { a: ['b'] }, required: ['a'] },
      { anyOf: [{ required: ['b'] }, { not: { type: 'object' } }] },
    ],
    ['a union in one of more alternatives', union(12, {}), union(13, { w: { type: 'string' } })],
    ['both booleans', { type: 'boolean' }, { enum: [true, false] }],
  ])('proves %s', (_, a, b) => {
    expect(contains(a, b)).toEqual({ kind: 'proved' });
  });

  it.each<[string, Json, Json]>([
    ['numbers in integers', { type: 'number' }, { type: 'integer' }],
    ['anything in nothing', {}, false],
    ['an end that is included', { type: 'number', maximum: 3 }, { exclusiveMaximum: 3 }],
    ['a longer text', { type: 'string', maxLength: 11 }, { maxLength: 10 }],
    ['a pattern with a line end', { type: 'string', pattern: '^[a-z\\n]+$' }, { pattern: '^[a-z]+$' }],
    ['an open record', { type: 'object', properties: { a: {} } }, record({ a: {} })],
    ['a member that is optional', record({ a: {} }), { required: ['a'] }],
    [
      'a deep member',
      record({ a: { type: 'array', items: record({ b: { type: 'integer' } }) } }),
      record({ a: { type: 'array', items: record({ b: { maximum: 5 } }) } }),
    ],
    ['one more constant', { enum: ['a', 'b', 'c'] }, { enum: ['a', 'b'] }],
    ['overlapping alternatives', { type: 'integer' }, { oneOf: [{ minimum: 0 }, { maximum: 0 }] }],
    [
      'a recursion with other leaves',
      list,
      {
        $ref: '#/$defs/l',
        $defs: { l: { type: ['null', 'object'], properties: { tail: { $ref: '#/$defs/l' }, head: { maximum: 7 } } } },
      },
    ],
    ['a union in one of fewer alternatives', union(5, {}), union(4, {})],
    ['repeated items', { type: 'array', items: { enum: [1, 2] } }, { uniqueItems: true }],
    [
      'members beside evaluated ones',
      { properties: { a: {} } },
      { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
    ],
    ['one of two schemas that read alike but for a boolean', { properties: { a: true } }, { properties: { a: false } }],
  ])('refutes %s', (_, a, b) => {
    const answer = contains(a, b);
    if (answer.kind !== 'refuted') throw new Error(answer.kind);
    const [inner, outer] = [compileSchema(a), compileSchema(b)];
    expect([inner.ok && inner.value.isValid(answer.witness), outer.ok && outer.value.isValid(answer.witness)]).toEqual([
      true,
      false,
    ]);
  });

  it('leaves open what it cannot compile, and says why', () => {
    expect(contains({ $dynamicRef: '#a' }, {})).toEqual({ kind: 'unknown', why: '$dynamicRef is not supported' });
  });

  it('leaves open what takes too much work', () => {
    const many = (n: number): Json => ({
      allOf: Array.from({ length: 14 }, (_, i) => ({
        anyOf: [{ not: { required: [`a${i}`] } }, { minProperties: n + i }],
      })),
    });
    expect(['unknown', 'refuted']).toContain(
      contains(many(1), { type: 'object', maxProperties: 100, ...(many(2) as object) }).kind,
    );
  });
});

const file = '../shared/conformance/containment-dev.json';

/** Labelled "not contained" under readings that are not ours. */
const DISPUTED: ReadonlyMap<string, string> = new Map([
  [
    'test_numeric.TestCompositeNumericSubtype.test_all_all_3#2',
    'multiples of 3 are multiples of 0.3 in decimal arithmetic',
  ],
  [
    'test_refs.TestSimpleRefs.test_2#1',
    'draft 2020-12 does not ignore the siblings of $ref, so no value has the member',
  ],
]);

describe.skipIf(!existsSync(file))(`labelled pairs of schemas (${file})`, () => {
  interface Pair {
    readonly id: string;
    readonly a: Json;
    readonly b: Json;
    readonly expected: boolean;
  }
  const pairs = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { cases: Pair[] }).cases : [];

  it('are answered as labelled, or left open', () => {
    const tally: Record<string, number> = {};
    const wrong: string[] = [];
    for (const { id, a, b, expected } of pairs) {
      // The labels take formats as annotations.
      const { kind } = contains(a, b, { formats: 'annotation' });
      const key = `${expected ? 'contained' : 'not contained'}: ${kind}`;
      tally[key] = (tally[key] ?? 0) + 1;
      if (kind === (expected ? 'refuted' : 'proved')) wrong.push(id);
    }
    expect({ tally, wrong }).toEqual({
      tally: {
        'contained: proved': 212,
        'contained: unknown': 1,
        'not contained: proved': DISPUTED.size,
        'not contained: refuted': 278,
        'not contained: unknown': 1,
      },
      wrong: [...DISPUTED.keys()],
    });
  });
});
