import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { compileSchema } from '../schema/compile.ts';
import { describeType } from './describe.ts';
import { inferType, OutOfFuel } from './infer.ts';
import { parseExpression } from './parse.ts';
import { schemaType } from './schema-type.ts';
import { ANY, type Type } from './type.ts';

const RECORD = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'count', 'kind', 'items', 'flag'],
  properties: {
    name: { type: 'string' },
    code: { type: 'string', pattern: '^PO-[0-9]{3}$' },
    count: { type: 'integer', minimum: 1, maximum: 9 },
    kind: { type: 'string', enum: ['low', 'high'] },
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 5,
      items: { type: 'object', additionalProperties: false, properties: { n: { type: 'number' } } },
    },
    flag: { type: 'boolean' },
    none: { type: 'null' },
    maybe: { type: ['string', 'null'] },
  },
};

function typeOf(schema: Json): Type {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return schemaType(compiled.value.root);
}

function inferred(source: string, input: Json = RECORD) {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(source);
  const scope = { input: typeOf(input), variables: new Map([['any', ANY]]), narrowed: false };
  const { type, problems } = inferType(parsed.value.root, scope, { left: 10_000 });
  const at = ({ offset, length }: { readonly offset: number; readonly length: number }): string =>
    source.slice(offset, offset + length);
  return { type, problems: problems.map((problem) => [problem.kind, at(problem.span)]), first: problems[0] };
}

describe('the type of an expression', () => {
  it.each([
    ['.', 'an object'],
    ['.name', 'a string'],
    ['.maybe', 'null or a string'],
    ['.code', 'null or a string that matches ^PO-[0-9]{3}$'],
    ['.count', 'an integer from 1 to 9'],
    ['-.count', 'an integer from -9 to -1'],
    ['.kind', '"low" or "high"'],
    ['.kind + "er"', '"lower" or "higher"'],
    ['.items | length', 'an integer from 1 to 5'],
    ['.items[0]', 'an object'],
    ['.items[1]', 'null or an object'],
    ['.items[-1].n', 'null or a number'],
    ['.items | map(.n)', 'an array'],
    ['[.items[].n] | add', 'null or a number'],
    ['.flag and .count', 'true or false'],
    ['(.count | not) or false', 'false'],
    ['.maybe // "x"', 'a string'],
    ['.maybe // .count', 'an integer from 1 to 9 or a string'],
    ['.name // .nonsense', 'a string'],
    ['if .flag then 1 else "x" end', '1 or "x"'],
    ['if .maybe then .maybe else 0 end', '0 or a string'],
    ['if .maybe == null then 0 else .maybe end', '0 or a string'],
    ['if .kind == "low" then .kind else "x" end', '"low" or "x"'],
    ['if .kind != "low" then .kind else "x" end', '"high" or "x"'],
    ['.maybe | select(. != null)', 'a string'],
    ['({a: 1, b: 2} + {a: "x"}).a', '"x"'],
    ['({a: 1} + (if .flag then {a: "x"} else {} end)).a', '1 or "x"'],
    ['{low: 1, high: 2}[.kind]', '1 or 2'],
    ['{low: 1}[.kind]', 'null or 1'],
    ['keys', 'an array'],
    ['{a: 1} | to_entries | .[0].key', 'null or "a"'],
    ['{a: 1} | with_entries(.) | .x', 'null or 1'],
    ['has("name")', 'true'],
    ['has("maybe")', 'true or false'],
    ['.count < 10 or $any', 'true or false'],
    ['.name * 2', 'null or a string'],
    ['.name | split(",") | .[0]', 'null or a string'],
    ['[.items | group_by(.n)[] | .[0].n] | min', 'null or a number'],
    ['$any.x.y', 'anything'],
    ['first(.items[].n)', 'null or a number'],
    ['[.n?] | length', 'an integer from 0 to 1'],
    ['[1, .count, .items[]] | length', 'an integer of at least 2'],
    ['.name | tonumber', 'a number'],
    ['.items - [1] | .[0]', 'null or an object'],
  ])('%s is %s', (source, described) => {
    expect(describeType(inferred(source).type)).toBe(described);
  });

  it('of a schema that refers to itself is anything from there on', () => {
    const tree = {
      $defs: {
        t: {
          type: 'object',
          additionalProperties: false,
          required: ['n', 'next'],
          properties: { n: { type: 'integer' }, next: { $ref: '#/$defs/t' } },
        },
      },
      $ref: '#/$defs/t',
    };
    expect(describeType(inferred('.n', tree).type)).toBe('an integer');
    expect(inferred('.m', tree).problems).toEqual([['member', '.m']]);
    expect(inferred('.next.next.m', tree).problems).toEqual([]);
  });

  it('says what may be of the members that several schemas allow together', () => {
    const both = {
      allOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { properties: { b: { type: 'integer' } } }],
      unevaluatedProperties: false,
    };
    expect(inferred('[.a, .b]', both).problems).toEqual([]);
    expect(inferred('.c', both).problems).toEqual([['member', '.c']]);
    const either = {
      oneOf: [
        { type: 'object', additionalProperties: false, properties: { a: { type: 'string' } } },
        { type: 'object', additionalProperties: false, properties: { b: { type: 'integer' } } },
      ],
    };
    expect(inferred('[.a, .b]', either).problems).toEqual([]);
    expect(inferred('.c', either).problems).toEqual([['member', '.c']]);
    expect(inferred('.a.b.c', { type: 'object' }).problems).toEqual([]);
  });

  it('ends where its fuel does', () => {
    const parsed = parseExpression('[.a, .b, .c]');
    if (!parsed.ok) throw new Error('parse');
    expect(() =>
      inferType(parsed.value.root, { input: ANY, variables: new Map(), narrowed: false }, { left: 3 }),
    ).toThrow(OutOfFuel);
  });

  it('is not made larger than a bound by a schema that multiplies', () => {
    const level = (i: number): Json => ({
      type: 'object',
      additionalProperties: false,
      required: ['a', 'b'],
      properties: { a: { $ref: `#/$defs/l${i + 1}` }, b: { $ref: `#/$defs/l${i + 1}` } },
    });
    const levels = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, level(i)]));
    const schema = { $defs: { ...levels, l40: { type: 'integer' } }, $ref: '#/$defs/l0' };
    expect(typeOf(schema).size).toBeLessThan(5000);
    expect(inferred('.a.b.a + .b.a.b', schema).problems).toEqual([]);
  });
});

describe('what is wrong with an expression', () => {
  it.each<[string, [string, string][]]>([
    ['.nmae', [['member', '.nmae']]],
    ['.items[0].m', [['member', '.m']]],
    ['.items | map(.m)', [['member', '.m']]],
    ['.["nmae"]', [['member', '.["nmae"]']]],
    ['"x\\(.nmae)"', [['member', '.nmae']]],
    ['.nmae?', []],
    ['.nmae // 0', [['member', '.nmae']]],
    ['.name.first', [['fails', '.name.first']]],
    ['.name.first?', []],
    ['[(.name | .first | length)?]', []],
    ['.name + 1', [['fails', '.name + 1']]],
    ['.count - .name', [['fails', '.count - .name']]],
    ['[.name[]?]', []],
    ['[.name[]]', [['fails', '.name[]']]],
    ['.items.n', [['fails', '.items.n']]],
    ['.items | map(. + 1)', [['fails', '. + 1']]],
    ['.count / 0', [['fails', '.count / 0']]],
    ['.count / .count', []],
    ['.flag | length', [['fails', 'length']]],
    ['.kind | tonumber', [['fails', 'tonumber']]],
    ['.count | startswith("x")', [['fails', 'startswith("x")']]],
    ['.name | has("x")', [['fails', 'has("x")']]],
    ['.items | test("x")', [['fails', 'test("x")']]],
    ['.items[.name]', [['fails', '.items[.name]']]],
    ['{(.count): 1}', [['fails', '.count']]],
    ['-.name', [['fails', '-.name']]],
    ['.count | sort_by(.)', [['fails', 'sort_by(.)']]],
    ['.kind == "hihg"', [['constant', '.kind == "hihg"']]],
    ['.kind != "hihg"', [['constant', '.kind != "hihg"']]],
    ['.code == "123"', [['constant', '.code == "123"']]],
    ['.count == "1"', [['constant', '.count == "1"']]],
    ['.count > 9', [['constant', '.count > 9']]],
    ['.count >= 9', []],
    ['.count < 1', [['constant', '.count < 1']]],
    ['.count <= 1', []],
    ['.name == null', [['constant', '.name == null']]],
    ['.maybe == null', []],
    ['.name > 3', [['constant', '.name > 3']]],
    ['.none == null', [['constant', '.none == null']]],
    ['1 == 1', []],
    ['$any == 1', []],
    ['.flag == true', []],
    ['.flag == "true"', [['constant', '.flag == "true"']]],
    // What an earlier condition has settled may be asked again; that it is never so is worth telling.
    ['if .kind == "low" then 1 elif .kind == "high" then 2 else 3 end', []],
    ['if .kind == "low" then 1 elif .kind == "low" then 2 else 3 end', [['constant', '.kind == "low"']]],
    // What is never evaluated is not looked at.
    ['if .maybe then 0 else .maybe + 1 end', []],
    ['if .name == null then .name.x else 1 end', [['constant', '.name == null']]],
    ['.maybe != null and (.maybe | length) > 3', []],
    // One cause, one problem.
    ['.nmae.first == "x"', [['member', '.nmae']]],
    ['(.name + 1) * "x"', [['fails', '.name + 1']]],
  ])('%s: %j', (source, problems) => {
    expect(inferred(source).problems).toEqual(problems);
  });

  it('is a guard where it asks again what a schema promises', () => {
    const guards = ['.name == null', '.count > 9', '.count == 0', '.kind == ""'].map(
      (source) => inferred(source).first,
    );
    expect(guards.map((problem) => problem?.kind === 'constant' && problem.guard)).toEqual([true, true, true, true]);
    const mistakes = ['.kind == "hihg"', '.count == "1"', '.count > "9"'].map((source) => inferred(source).first);
    expect(mistakes.map((problem) => problem?.kind === 'constant' && problem.guard)).toEqual([false, false, false]);
  });
});
