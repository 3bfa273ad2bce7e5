import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../kernel/json.ts';
import { compileSchema, type Schema } from '../compile.ts';
import { must, mustNot } from '../generate/demand.ts';
import { Prover, Undecided } from './empty.ts';
import { Search } from './search.ts';

function compiled(json: Json): Schema {
  const made = compileSchema(json);
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value;
}

/** Whether the proof alone, without a search for a value first, says that every value of `a` is one of `b`. */
function isShown(a: Json, b: Json): boolean {
  try {
    return new Prover().isEmpty([must(compiled(a).root), mustNot(compiled(b).root)]);
  } catch (error) {
    if (error instanceof Undecided) return false;
    throw error;
  }
}

const { schema } = fc.letrec<{ schema: Json }>((tie) => {
  const one = (...keywords: readonly string[]): fc.Arbitrary<Json> =>
    fc.tuple(fc.constantFrom(...keywords), tie('schema')).map(([keyword, it]) => ({ [keyword]: it }));
  const keyword = fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<Json>(
      ...[
        { type: 'integer' },
        { type: ['string', 'null'] },
        { type: 'object' },
        { type: 'array' },
        { minimum: 2 },
        { exclusiveMaximum: 4 },
      ],
      ...[
        { multipleOf: 1.5 },
        { const: 3 },
        { enum: [1, 'a', null, [], {}] },
        { maxLength: 1 },
        { pattern: '^a' },
        { minItems: 1 },
      ],
      ...[{ maxItems: 1 }, { uniqueItems: true }, { required: ['a'] }, { maxProperties: 1 }, { minProperties: 1 }],
      ...[{ dependentRequired: { a: ['b'] } }, { propertyNames: { maxLength: 1 } }, true, false],
    ),
    one('not', 'items', 'contains', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'if', 'then'),
    fc
      .tuple(
        fc.constantFrom('allOf', 'anyOf', 'oneOf', 'prefixItems'),
        fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
      )
      .map(([keyword, list]) => ({ [keyword]: list })),
    fc
      .tuple(
        fc.constantFrom('properties', 'dependentSchemas'),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2 }),
      )
      .map(([keyword, map]) => ({ [keyword]: map })),
    fc
      .tuple(fc.constantFrom('^a', 'b$'), tie('schema'))
      .map(([source, it]) => ({ patternProperties: { [source]: it } })),
  );
  const together = (parts: readonly Json[]): Json =>
    parts.some((it) => typeof it === 'boolean') ? (parts[0] ?? true) : (Object.assign({}, ...parts) as Json);
  return { schema: fc.array(keyword, { minLength: 1, maxLength: 3 }).map(together) };
});

const DATE = String.raw`^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$`;

/** That `q` may be there is asked after `p`, in whose proof it was assumed for a while that it may not. */
const LEANING: Json = {
  $defs: {
    a: { anyOf: [{ type: 'array', minItems: 1, items: { $ref: '#/$defs/w' } }, { type: 'object' }] },
    w: { type: 'array', minItems: 1, items: { $ref: '#/$defs/a' } },
    b: { type: 'array', items: { $ref: '#/$defs/v' } },
    v: { type: 'array', items: { $ref: '#/$defs/b' } },
  },
  type: 'object',
  properties: { p: { $ref: '#/$defs/a' }, q: { $ref: '#/$defs/w' } },
  allOf: [{ not: { properties: { q: { $ref: '#/$defs/v' } } } }, { not: { properties: { p: { $ref: '#/$defs/b' } } } }],
};

const open = { properties: { a: { $ref: '#' } } };

describe('Prover', () => {
  it.each<[string, Json, Json]>([
    ['true and false alike', { oneOf: [true, false] }, { type: 'string' }],
    ['anything of nothing', {}, false],
    ['a number at an open end', { type: 'number', maximum: 3 }, { exclusiveMaximum: 3 }],
    ['a number between whole ones', { type: 'number', minimum: 1, maximum: 2 }, { enum: [1, 2] }],
    ['a multiple of a part', { type: 'number', multipleOf: 2 }, { multipleOf: 3 }],
    ['a constant too few', { enum: [1, 2, 'a'] }, { enum: [1, 'a'] }],
    ['one boolean', { type: 'boolean' }, { const: true }],
    ['a longer text', { type: 'string', maxLength: 3 }, { maxLength: 2 }],
    ['a text beside a constant', { type: 'string', maxLength: 1 }, { const: 'a' }],
    ['another text than those listed', { type: 'string', not: { enum: ['', 'a'] } }, { minLength: 2 }],
    ['a search within a text', { pattern: 'ab' }, { anyOf: [{ pattern: '^ab' }, { not: { type: 'string' } }] }],
    ['a text of a format but for what no pattern says', { type: 'string', pattern: DATE }, { format: 'date' }],
    ['what leaned on an assumption that failed', LEANING, false],
    ['an item more', { type: 'array', maxItems: 3 }, { maxItems: 2 }],
    ['an item after the listed ones', { type: 'array', prefixItems: [{ const: 1 }] }, { items: { const: 1 } }],
    [
      'items that match by chance',
      { type: 'array', items: { type: 'integer' }, minItems: 3 },
      { contains: { const: 1 } },
    ],
    [
      'as many items as are asked for',
      { type: 'array', prefixItems: [{ const: 1 }, { const: 1 }], items: false, minItems: 2 },
      { not: { contains: { const: 1 }, minContains: 2 } },
    ],
    ['too many matching items', { type: 'array', contains: { const: 1 } }, { contains: { const: 1 }, maxContains: 1 }],
    ['repeated items', { type: 'array', items: { enum: [1, 2] }, minItems: 2 }, { uniqueItems: true }],
    [
      'exactly all the unique items',
      { type: 'array', items: { enum: [1, 2] }, uniqueItems: true, minItems: 2 },
      { maxItems: 1 },
    ],
    ['a member left out', { type: 'object', properties: { a: {} } }, { required: ['a'] }],
    [
      'a member of another name',
      { type: 'object', properties: { a: { const: 1 } } },
      { additionalProperties: { const: 1 } },
    ],
    [
      'a member under a name pattern',
      { type: 'object', patternProperties: { '^a': { const: 1 } } },
      { patternProperties: { a: { const: 1 } } },
    ],
    [
      'a name beside a listed one',
      { type: 'object', patternProperties: { '^ab?$': { const: 1 } }, additionalProperties: false },
      { properties: { a: {} }, additionalProperties: false },
    ],
    ['a name that is let in', { type: 'object', propertyNames: { maxLength: 2 } }, { propertyNames: { maxLength: 1 } }],
    ['a member that depends', { type: 'object', dependentRequired: { a: ['b'] } }, { required: ['b'] }],
    [
      'what is evaluated elsewhere',
      { type: 'object', properties: { a: {} } },
      { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
    ],
    [
      'what an alternative evaluates',
      { type: 'object', anyOf: [{ properties: { a: {} } }, {}], unevaluatedProperties: false },
      { maxProperties: 0 },
    ],
    [
      'items that are not evaluated',
      { type: 'array', anyOf: [{ prefixItems: [{}] }, {}], unevaluatedItems: false },
      { maxItems: 0 },
    ],
    [
      'the other of two alternatives',
      { oneOf: [{ type: 'integer' }, { type: 'number', minimum: 5 }] },
      { type: 'integer' },
    ],
    ['both of two alternatives', { type: 'integer' }, { oneOf: [{ minimum: 0 }, { maximum: 0 }] }],
    ['what no condition asks', { if: { type: 'string' }, then: { minLength: 1 } }, { minLength: 1, type: 'string' }],
    [
      'a recursion that may end',
      { ...open, type: 'object' },
      { properties: { a: { properties: { a: { maxProperties: 0 } } } } },
    ],
    ['one recursion in another', { ...open, type: 'object', maxProperties: 2 }, { ...open, maxProperties: 1 }],
    [
      'what depends on a recursion that fails',
      { anyOf: [{ type: 'object', required: ['a'], properties: { a: { $ref: '#' } } }, { const: 1 }] },
      { type: 'object' },
    ],
  ])('does not overlook %s', (_, a, b) => {
    expect(isShown(a, b)).toBe(false);
    // It is no accident: there is a value that tells the two apart.
    expect(new Search(compiled(a), compiled(b)).find({ tries: 400, visits: 1000 })).toBeDefined();
  });

  it('shows nothing that a value refutes', () => {
    let shown = 0;
    fc.assert(
      fc.property(schema, schema, fc.nat(3), (a, b, how) => {
        // Most pairs are related, or nearly all would be refuted.
        const inner: Json = how === 0 ? { allOf: [a, b] } : a;
        const outer: Json = how === 1 ? { anyOf: [b, a] } : how === 2 ? { not: { allOf: [b, { not: a }] } } : b;
        if (!isShown(inner, outer)) return;
        shown += 1;
        const witness = new Search(compiled(inner), compiled(outer)).find({ tries: 30, visits: 150 });
        expect([inner, outer, witness]).toEqual([inner, outer, undefined]);
      }),
      { seed: 20, numRuns: 250 },
    );
    expect(shown).toBeGreaterThan(100);
  });
});
