import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { checkSchema, type CheckOptions } from './check.ts';

function codes(schema: Json, options?: CheckOptions): readonly string[] {
  return checkSchema(schema, options).map(({ code, pointer }) => `${code} ${pointer}`);
}

describe('checkSchema', () => {
  it.each<[string, Json, string[]]>([
    [
      'a whole schema',
      { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } },
      [],
    ],
    [
      'draft-07 where it says so',
      { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] },
      [],
    ],
    ['no schema', [], ['schema-invalid ']],
    ['an unknown type', { type: 'text' }, ['schema-invalid /type']],
    ['a negative length', { properties: { a: { minLength: -1 } } }, ['schema-invalid /properties/a/minLength']],
    ['an array of items', { items: [{}] }, ['schema-invalid /items']],
    ['a reference out of it', { $ref: 'https://example.com/s.json' }, ['schema-remote-ref /$ref']],
    ['a reference to a file', { $ref: 'other.json#/a' }, ['schema-remote-ref /$ref']],
    ['a reference to nothing', { $ref: '#/$defs/a' }, ['schema-invalid /$ref']],
    ['a reference to itself', { $ref: '#' }, ['schema-invalid ']],
    [
      'two that refer to each other',
      { $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
      ['schema-invalid /$defs/b/not'],
    ],
    ['a recursion through a member', { properties: { next: { $ref: '#' } } }, []],
    ['another dialect', { $schema: 'https://json-schema.org/draft/2019-09/schema' }, ['schema-unsupported /$schema']],
    ['a dynamic reference', { $dynamicRef: '#a' }, ['schema-unsupported /$dynamicRef']],
    ['a second base', { properties: { a: { $id: 'b' } } }, ['schema-unsupported /properties/a/$id']],
    [
      'a new keyword in an old draft',
      { $schema: 'http://json-schema.org/draft-07/schema#', prefixItems: [{}] },
      ['schema-unsupported /prefixItems'],
    ],
    ['a format that cannot be checked', { format: 'idn-hostname' }, ['schema-unsupported /format']],
    ['a format of nobody', { format: 'int32' }, []],
    ['a pattern outside the profile', { pattern: '^a(?=b)' }, ['pattern-unsafe /pattern']],
    ['such a name pattern', { patternProperties: { '(a)\\1': {} } }, ['pattern-unsafe /patternProperties/(a)\\1']],
    [
      'patterns that are small one by one',
      { anyOf: Array.from({ length: 60 }, (_, i) => ({ pattern: `^(?:a{0,50}b?){0,80}${i}$` })) },
      ['schema-too-large /anyOf/46/pattern'],
    ],
    [
      'a prototype name',
      JSON.parse('{"properties":{"__proto__":{}},"required":["constructor"]}') as Json,
      ['reserved-name /properties', 'reserved-name /required'],
    ],
    ['the words of values', { enum: [{ $ref: 'x' }, { type: 3 }], const: { $id: 3 }, default: { minLength: -1 } }, []],
  ])('judges %s', (_, schema, expected) => {
    expect(codes(schema)).toEqual(expected);
  });

  it('refuses words that are no keyword where it is told to', () => {
    expect(codes({ maxLenght: 3 }, { unknown: 'refuse' })).toEqual(['schema-unsupported /maxLenght']);
    expect(codes({ format: 'int32' }, { unknown: 'refuse' })).toEqual(['schema-unsupported /format']);
    expect(codes({ maxLenght: 3 })).toEqual([]);
  });

  it.each<[string, Json, string[]]>([
    ['an open object', { type: 'object' }, ['schema-open ']],
    ['anything', { type: 'object', additionalProperties: {} }, ['schema-open /additionalProperties']],
    ['a closed one', { type: 'object', additionalProperties: false }, []],
    ['one closed beside', { allOf: [{ type: 'object', properties: {} }], unevaluatedProperties: false }, []],
    [
      'one closed in each alternative',
      { anyOf: [{ type: 'object', additionalProperties: false }, { type: 'null' }] },
      [],
    ],
    ['one open in an alternative', { anyOf: [{ type: 'object' }, { type: 'null' }] }, ['schema-open ']],
    ['a map', { type: 'object', additionalProperties: { type: 'string' } }, []],
    ['constants', { properties: { a: { const: {} } }, enum: [{ a: {} }] }, []],
    ['items of any kind', { type: 'array' }, ['schema-open ']],
    ['a condition', { type: 'string', if: { properties: { a: {} } } }, []],
    ['behind a reference', { $ref: '#/$defs/a', $defs: { a: { type: 'object' } } }, ['schema-open ']],
  ])('looks for openness in %s', (_, schema, expected) => {
    expect(codes(schema, { closed: true })).toEqual(expected);
  });

  it.each<[string, Json, string[]]>([
    ['a string', { type: 'string' }, ['schema-open ']],
    ['a bounded string', { type: 'string', maxLength: 3 }, []],
    ['a string of a pattern that ends', { type: 'string', pattern: '^[A-Z]{2}[0-9]{1,9}$' }, []],
    ['a string of a pattern that does not', { type: 'string', pattern: '^[A-Z]+$' }, ['schema-open ']],
    ['a string of a pattern without ends', { type: 'string', pattern: '[A-Z]{2}' }, ['schema-open ']],
    ['a number', { type: 'number', minimum: 0 }, ['schema-open ']],
    ['any number', { type: 'number' }, ['schema-open ']],
    ['a bounded integer', { type: 'integer', minimum: 0, exclusiveMaximum: 9 }, []],
    ['an array', { type: 'array', items: { type: 'boolean' } }, ['schema-open ']],
    ['a map', { type: 'object', additionalProperties: { type: 'null' } }, ['schema-open ']],
    ['a record', { type: 'object', properties: { a: { type: 'null' } }, additionalProperties: false }, []],
    ['an enumeration', { enum: ['a', 1] }, []],
  ])('looks for bounds of %s', (_, schema, expected) => {
    expect(codes(schema, { bounds: true })).toEqual(expected);
  });

  it('refuses what is too large, deep or much before it follows it', () => {
    let deep: Json = {};
    for (let i = 0; i < 100_000; i += 1) deep = { not: deep };
    expect(codes(deep)).toEqual(['schema-too-large ']);
    expect(codes({ enum: Array.from({ length: 60_000 }, (_, i) => i) })).toEqual(['schema-too-large ']);
    expect(codes({ description: 'x'.repeat(2_000_000) })).toEqual(['schema-too-large ']);
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`p${i}`, true]));
    expect(codes({ properties: many })).toEqual(['schema-too-large /properties/p9999']);
  });

  it('refuses references that multiply', () => {
    const $defs: Record<string, Json> = { d30: { type: 'string' } };
    for (let i = 0; i < 30; i += 1)
      $defs[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] };
    expect(codes({ $defs, $ref: '#/$defs/d0' })).toEqual(['schema-too-large ']);
    const chain = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`d${i}`, i === 299 ? {} : { $ref: `#/$defs/d${i + 1}` }]),
    );
    expect(codes({ $defs: chain })).toEqual(['schema-too-large /$defs/d0']);
  });

  it('agrees with the meta-schema about what is a schema', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
    const value = fc.oneof(
      ...[
        fc.constantFrom<Json>('string', 'a', '', 0, 1, -1, 0.5, null, true, false),
        fc.constantFrom<Json>({}, [], ['a'], ['a', 'a'], [{}]),
      ],
      ...[fc.constantFrom<Json>({ a: {} }, { a: ['b'] }, { a: 1 }, [true], ['string', 'null'], ['null', 'null'], [1])],
    );
    const keyword = fc.constantFrom(
      ...[
        'type',
        'const',
        'enum',
        'minimum',
        'exclusiveMaximum',
        'multipleOf',
        'minLength',
        'maxItems',
        'pattern',
        'format',
        'items',
      ],
      ...[
        'prefixItems',
        'contains',
        'minContains',
        'uniqueItems',
        'unevaluatedItems',
        'properties',
        'patternProperties',
        'required',
      ],
      ...[
        'additionalProperties',
        'propertyNames',
        'dependentRequired',
        'dependentSchemas',
        'maxProperties',
        'allOf',
        'not',
        'if',
        'then',
      ],
      ...[
        'title',
        'description',
        'default',
        'examples',
        'deprecated',
        'readOnly',
        'contentEncoding',
        'contentSchema',
        '$comment',
        '$defs',
      ],
      ...['definitions', 'dependencies', 'unevaluatedProperties', 'anyOf', 'oneOf', 'else', '$anchor'],
    );
    const { schema } = fc.letrec<{ schema: Json }>((tie) => ({
      schema: fc.dictionary(keyword, fc.oneof({ maxDepth: 2 }, value, tie('schema')), { maxKeys: 3 }),
    }));
    const rejected = new Set<string>();
    fc.assert(
      fc.property(schema, (json) => {
        const problems = checkSchema(json, { formats: 'annotation' });
        const ours = problems.length === 0;
        const theirs = ajv.validateSchema(json as object) === true;
        if (!ours) rejected.add(JSON.stringify(json));
        expect([json, ours, problems]).toEqual([json, theirs, problems]);
      }),
      { seed: 7, numRuns: 4000 },
    );
    expect(rejected.size).toBeGreaterThan(500);
  });
});
