import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { bitsOf, capacity } from './capacity.ts';
import { compileSchema } from './compile.ts';
import { generator } from './generate/generate.ts';

function bits(schema: Json): number {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return capacity(compiled.value.root);
}

const closed = (properties: Json, required: readonly string[] = []): Json => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

describe('how much a value can say', () => {
  it.each<[string, Json, number]>([
    ['one word of four', { enum: ['a', 'b', 'c', 'd'] }, 2],
    ['a constant', { const: 'a' }, 0],
    ['yes or no', { type: 'boolean' }, 1],
    ['a number up to fifteen', { type: 'integer', minimum: 0, maximum: 15 }, 4],
    ['an exact amount', { type: 'number', minimum: 0, maximum: 1, multipleOf: 0.25 }, Math.log2(5)],
    ['digits', { type: 'string', pattern: '^[0-7]{4}$' }, 12],
    ['one of two spellings', { type: 'string', pattern: '^(?:yes|no)$' }, 1],
    ['digits with a limit', { type: 'string', pattern: '^[01]*$', maxLength: 2 }, Math.log2(7)],
    ['either', { anyOf: [{ type: 'boolean' }, { enum: ['a', 'b'] }] }, 2],
    ['the narrower of two', { allOf: [{ enum: [1, 2, 3, 4] }, { type: 'boolean' }] }, 1],
    ['two members', closed({ a: { type: 'boolean' }, b: { type: 'boolean' } }, ['a', 'b']), 2],
    ['one that may be absent', closed({ a: { enum: [1, 2, 3] } }), 2],
    ['a short list', { type: 'array', items: { const: 1 }, maxItems: 3 }, 2],
    ['nothing', false, -Infinity],
  ])('%s', (_what, schema, expected) => {
    expect(bits(schema)).toBeCloseTo(expected, 9);
  });

  it.each<[string, Json]>([
    ['anything', {}],
    ['any text', { type: 'string' }],
    ['texts without end', { type: 'string', pattern: '^[a-z]*$' }],
    ['a pattern somewhere in a text', { type: 'string', pattern: 'ok' }],
    ['a number between others', { type: 'number', minimum: 0, maximum: 1 }],
    ['a number with one bound', { type: 'integer', minimum: 0 }],
    ['an open object', { type: 'object', properties: { a: { type: 'boolean' } } }],
    [
      'names of members',
      { type: 'object', additionalProperties: false, patternProperties: { '^[a-z]$': { const: 1 } } },
    ],
    ['a list without end', { type: 'array', items: { type: 'boolean' } }],
    ['items of any kind', { type: 'array', maxItems: 1 }],
    ['itself', { $defs: { a: { type: 'array', maxItems: 2, items: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' }],
  ])('is without bound for %s', (_what, schema) => {
    expect(bits(schema)).toBe(Infinity);
  });

  it('is never less than what its values say', () => {
    const leaf = fc.constantFrom<Json>(
      { type: 'boolean' },
      { enum: [1, 'b'] },
      { type: 'integer', minimum: 1, maximum: 3 },
      { type: 'string', pattern: '^[ab]{0,2}$' },
    );
    const schemas = fc.oneof(
      leaf,
      fc.tuple(leaf, leaf).map(([a, b]): Json => ({ anyOf: [a, b] })),
      fc.tuple(leaf, leaf).map(([a, b]): Json => closed({ a, b }, ['a'])),
      fc.tuple(leaf, fc.nat(2)).map(([items, maxItems]): Json => ({ type: 'array', items, maxItems })),
    );
    fc.assert(
      fc.property(schemas, (schema) => {
        const values = generator(schema, 'valid');
        if (!values.ok) throw new Error(values.error);
        const seen = new Set(fc.sample(values.value, { numRuns: 300, seed: 1 }).map((value) => JSON.stringify(value)));
        expect(Math.log2(seen.size)).toBeLessThanOrEqual(bits(schema) + 1e-9);
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('is told in whole bits', () => {
    expect([bitsOf(0), bitsOf(0.5), bitsOf(1.6), bitsOf(-Infinity)]).toEqual(['0 bits', '1 bit', '2 bits', '0 bits']);
  });
});
