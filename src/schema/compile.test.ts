import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { compileSchema, type Schema, type SchemaOptions } from './compile.ts';
import { isMultipleOf } from './decimal.ts';

function schema(json: Json, options?: SchemaOptions): Schema {
  const compiled = compileSchema(json, options);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

function errors(json: Json, value: Json, options?: SchemaOptions): readonly string[] {
  return schema(json, options)
    .validate(value)
    .map(({ pointer, keyword, detail }) => `${pointer} ${keyword}: ${detail}`);
}

describe('compileSchema', () => {
  it('tells each error with its place, keyword and reason', () => {
    const json: Json = {
      type: 'object',
      required: ['amount', 'payee'],
      properties: {
        amount: { type: 'integer', minimum: 1, maximum: 10 },
        payee: { type: 'string', pattern: '^[A-Z]+$', maxLength: 3 },
        tags: { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true, maxItems: 3 },
      },
      additionalProperties: false,
    };
    expect(errors(json, { amount: 3, payee: 'AB', tags: ['a', 'b'] })).toEqual([]);
    expect(errors(json, { amount: 11.5, tags: ['a', 'a', 'c'], 'x/y': 1 })).toEqual([
      ' required: must have the member payee',
      '/amount type: must be integer',
      '/amount maximum: must be at most 10',
      '/tags uniqueItems: must not repeat item 0 as item 1',
      '/tags/2 enum: must be one of "a", "b"',
      '/x~1y additionalProperties: is not declared',
    ]);
    expect(errors(json, { amount: 1, payee: 'abcd' })).toEqual([
      '/payee maxLength: must have at most 3 characters',
      '/payee pattern: must match ^[A-Z]+$',
    ]);
  });

  it('says why the only alternative of the right type fails', () => {
    expect(errors({ anyOf: [{ type: 'null' }, { type: 'object', required: ['a'] }] }, {})).toEqual([
      ' anyOf: must match at least one of the 2 alternatives: it must have the member a',
    ]);
  });

  it('tells at most 20 errors', () => {
    expect(schema({ items: { type: 'string' } }).validate(Array.from({ length: 1000 }, () => 1))).toHaveLength(20);
  });

  it('sees own members only', () => {
    expect(errors({ required: ['toString', 'constructor'] }, {})).toHaveLength(2);
    expect(
      errors({ properties: { toString: { type: 'string' } }, additionalProperties: false }, { toString: 'a' }),
    ).toEqual([]);
    const hostile = JSON.parse('{"__proto__":{"admin":true}}') as Json;
    expect(errors({ type: 'object', additionalProperties: false }, hostile)).toEqual([
      '/__proto__ additionalProperties: is not declared',
    ]);
    expect(errors(JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as Json, hostile)).toEqual([
      '/__proto__ type: must be string',
    ]);
  });

  it('asserts formats unless they are annotations', () => {
    expect(errors({ format: 'email' }, 'a@@b')).toHaveLength(1);
    expect(errors({ format: 'email' }, 'a@@b', { formats: 'annotation' })).toEqual([]);
  });

  it('reads draft-07 where the schema says so', () => {
    const draft = { $schema: 'http://json-schema.org/draft-07/schema#' };
    expect(errors({ ...draft, items: [{ type: 'string' }], additionalItems: false }, ['a', 1])).toEqual([
      '/1 false: is not allowed',
    ]);
    expect(errors({ ...draft, dependencies: { a: ['b'], c: { required: ['d'] } } }, { a: 1, c: 2 })).toHaveLength(2);
    expect(
      errors(
        {
          ...draft,
          properties: { a: { $ref: '#/definitions/a', type: 'null' } },
          definitions: { a: { type: 'string' } },
        },
        { a: 'x' },
      ),
    ).toEqual([]);
    expect(errors({ ...draft, items: [], additionalItems: { type: 'string' } }, [1])).toEqual([
      '/0 type: must be string',
    ]);
  });

  it.each<[string, Json, Json, string[]]>([
    ['a member beside the declared', { type: 'object', properties: { a: {} } }, { a: 1, b: 2 }, ['/b']],
    ['any member where none is declared', { type: 'object' }, { a: 1 }, ['/a']],
    [
      'further members that are let in',
      { type: 'object', properties: { a: {} }, additionalProperties: true },
      { a: 1, b: 1 },
      ['/b'],
    ],
    [
      'the same by an empty schema',
      { type: 'object', properties: { a: {} }, additionalProperties: {} },
      { b: 1 },
      ['/b'],
    ],
    ['a declared map', { type: 'object', additionalProperties: { type: 'number' } }, { a: 1 }, []],
    ['a map of anything', { type: 'object', additionalProperties: true }, { a: { b: 1 } }, []],
    ['a value of any kind', { properties: { a: {} } }, { a: { b: [{ c: 1 }] } }, []],
    ['what a pattern declares', { type: 'object', patternProperties: { '^x-': {} } }, { 'x-a': 1, y: 1 }, ['/y']],
    [
      'what schemas declare together',
      { allOf: [{ properties: { a: {} } }, { properties: { b: {} } }] },
      { a: 1, b: 1, c: 1 },
      ['/c'],
    ],
    [
      'what they declare deeper',
      { allOf: [{ properties: { a: { properties: { x: {} } } } }, { properties: { a: { properties: { y: {} } } } }] },
      { a: { x: 1, y: 1, z: 1 } },
      ['/a/z'],
    ],
    [
      'an alternative that fails',
      { anyOf: [{ properties: { a: { const: 1 } } }, { properties: { b: {} } }] },
      { a: 2, b: 1 },
      ['/a'],
    ],
    ['inside items', { items: { type: 'object', properties: { a: {} } } }, [{ a: 1 }, { b: 1 }], ['/1/b']],
    [
      'behind a reference',
      { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { properties: { b: {} } } } },
      { a: { b: 1, c: 1 } },
      ['/a/c'],
    ],
    ['what only `not` names', { type: 'object', not: { required: ['a'], properties: { b: {} } } }, { b: 1 }, ['/b']],
  ])('with undeclared members refused, judges %s', (_, json, value, expected) => {
    expect(
      schema(json, { undeclared: 'refused' })
        .validate(value)
        .map((error) => error.pointer),
    ).toEqual(expected);
    expect(schema(json).isValid(value)).toBe(true);
  });

  it('gives up on a value that multiplies with a schema, and says so', () => {
    const half = { allOf: [{ properties: { a: { $ref: '#' } } }, { required: ['b'] }] };
    const twice = { anyOf: [half, half] };
    let value: Json = { a: {} };
    for (let i = 0; i < 60; i += 1) value = { a: value, b: 1 };
    expect(schema(twice).isValid({ b: 1, a: { b: 1 } })).toBe(true);
    expect(errors({ ...twice, $schema: 'https://json-schema.org/draft/2020-12/schema' }, value)).toEqual([
      ' $budget: takes more work than a value may',
    ]);
  });

  it('gives up on a value that is deeper than any that is let in', () => {
    let value: Json = 1;
    for (let i = 0; i < 5000; i += 1) value = [value];
    expect(errors({ items: { $ref: '#' } }, value)).toEqual([' $budget: takes more work than a value may']);
  });

  it('shares what it made of equal schemas', () => {
    expect(schema({ type: 'string', title: 'once' })).toBe(schema({ type: 'string', title: 'once' }));
    expect(schema({ type: 'string' }, { formats: 'annotation' })).not.toBe(schema({ type: 'string' }));
  });

  it('counts characters as code points', () => {
    expect(errors({ maxLength: 2, minLength: 2 }, '😀😀')).toEqual([]);
    expect(errors({ maxLength: 2 }, '😀😀😀')).toHaveLength(1);
    expect(errors({ minLength: 3 }, '😀😀')).toHaveLength(1);
  });
});

describe('isMultipleOf', () => {
  it('is exact in decimals', () => {
    expect([19.99, 0.07, 1e300, 4.35].map((value) => isMultipleOf(value, 0.01))).toEqual([true, true, true, true]);
    expect([19.995, 1e-3].map((value) => isMultipleOf(value, 0.01))).toEqual([false, false]);
    expect(isMultipleOf(1e308, 0.123456789)).toBe(false);
  });

  it('holds of every product with a whole number', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 99_999 }),
        fc.integer({ min: 0, max: 4 }),
        (factor, digits, places) => {
          const divisor = Number(`${digits}e-${places}`);
          const product = Number(`${BigInt(factor) * BigInt(digits)}e-${places}`);
          fc.pre(Math.abs(product) < 2 ** 50);
          expect(isMultipleOf(product, divisor)).toBe(true);
          expect(isMultipleOf(product + divisor / 2, divisor)).toBe(
            Number.isInteger((product + divisor / 2) / divisor),
          );
        },
      ),
      { seed: 3 },
    );
  });
});
