import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { lift, lower, MAX_DEPTH, MAX_WEIGHT } from '../value/concrete.ts';
import { BOTTOM } from '../value/label.ts';
import { concreteEnvironment } from './environment.ts';
import { ExpressionError, type ExpressionErrorCode } from './error.ts';
import { evaluate } from './evaluate.ts';
import { parseExpression } from './parse.ts';
import type { Expression } from './tree.ts';

function expressionOf(source: string): Expression {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(`${source}: ${JSON.stringify(parsed.error)}`);
  return parsed.value;
}

function valueOf(source: string, input: Json = null, steps = 1_000_000): Json {
  return lower(evaluate(expressionOf(source), concreteEnvironment(lift(input, BOTTOM), steps)));
}

function failureOf(source: string, input: Json = null, steps = 1_000_000): ExpressionError {
  try {
    valueOf(source, input, steps);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${source} has a value`);
}

const order = {
  id: 7,
  buyer: { name: 'Ada', tags: ['new', 'EU'] },
  lines: [
    { sku: 'a', price: 2.5, count: 4 },
    { sku: 'b', price: 10, count: 1 },
    { sku: 'c', price: 1, count: 0 },
  ],
};

describe('an expression', () => {
  it.each<[string, Json]>([
    ['.', order],
    ['.buyer.name', 'Ada'],
    ['.buyer."name"', 'Ada'],
    ['.["buyer"]["tags"][-1]', 'EU'],
    ['.buyer.missing.deeper', null],
    ['.lines[5]', null],
    ['.lines[1:] | map(.sku)', ['b', 'c']],
    ['.lines[:-1] | map(.sku)', ['a', 'b']],
    ['.buyer.name[1:]', 'da'],
    ['.id?', 7],
    ['(.id.x? // "none")', 'none'],
    ['.buyer', order.buyer],
    ['.buyer as $b | $b.name + "!"', 'Ada!'],
    ['[.lines[].price]', [2.5, 10, 1]],
    ['[.lines[] | .price * .count] | add', 20],
    ['[.lines[] | select(.count > 0) | .sku]', ['a', 'b']],
    ['.lines | map(.price) | max', 10],
    ['.lines | map(.price) | min', 1],
    ['.lines | sort_by(.price) | map(.sku)', ['c', 'a', 'b']],
    ['.lines | sort_by(.count > 0, .sku) | map(.sku)', ['c', 'a', 'b']],
    ['.lines | group_by(.count > 0) | map(length)', [1, 2]],
    ['.lines | unique_by(.count > 0) | map(.sku)', ['c', 'a']],
    ['[3,1,3,2] | unique', [1, 2, 3]],
    ['any(.lines[]; .count == 0)', true],
    ['all(.lines[]; .count == 0)', false],
    ['.lines | any(.count == 4)', true],
    ['[.lines[].count > 0] | all', false],
    ['first(.lines[] | select(.price < 5)) | .sku', 'a'],
    ['last(.lines[] | select(.price < 5)) | .sku', 'c'],
    ['last(.lines[] | select(.price < 0))', null],
    ['.lines | first.sku', 'a'],
    ['.lines | last.sku', 'c'],
    ['.lines | length', 3],
    ['.buyer | keys', ['name', 'tags']],
    ['.buyer | has("name")', true],
    ['"name" | in({name: 1})', true],
    ['.buyer.tags | contains(["ew"])', true],
    ['.buyer.name | startswith("A") and endswith("a")', true],
    ['.buyer.name | test("^[A-Z][a-z]+$")', true],
    ['"a, b" | split(", ") | join("-")', 'a-b'],
    ['"1.5" | tonumber + 1', 2.5],
    ['{a: [1, null, "x"]} | tostring', '{"a":[1,null,"x"]}'],
    ['"ÀB" | ascii_downcase', 'Àb'],
    [
      '{b: 1, a: 2} | to_entries',
      [
        { key: 'b', value: 1 },
        { key: 'a', value: 2 },
      ],
    ],
    ['[{name: "x", Value: 1}] | from_entries', { x: 1 }],
    ['{a: 1, b: 2} | with_entries({key: .key, value: (.value * 10)})', { a: 10, b: 20 }],
    ['[range(3)]', [0, 1, 2]],
    ['[range(5; 0; -2)]', [5, 3, 1]],
    ['"id \\(.id) of \\(.buyer.tags)"', 'id 7 of ["new","EU"]'],
    ['{id, "n\\(1)": .id, (.buyer.name): 1, "x": (.id + 1)}', { id: 7, n1: 7, Ada: 1, x: 8 }],
    ['.id as $id | {$id, if: 1}', { id: 7, if: 1 }],
    ['if .id > 5 then "big" elif .id > 2 then "mid" else "small" end', 'big'],
    ['if .missing then 1 end', order],
    ['{a: {b: 1}} * {a: {c: 2}}', { a: { b: 1, c: 2 } }],
    ['{a: 1} + {a: 2, b: 3}', { a: 2, b: 3 }],
    ['[1, 2, 1] - [1]', [2]],
    ['"ab" * 2', 'abab'],
    ['"ab" * 0', ''],
    ['"a,b" / ","', ['a', 'b']],
    ['7 % -4', 3],
    ['-7 % 4', -3],
    ['1 / -2 * 4', -0.125],
    ['1 - 2 - 3', -4],
    ['[1,2] == [1,2] and {a:1} != {a:2}', true],
    ['null // false // 3', 3],
    ['false // false', false],
    ['[false, null, 1] | map(. // "d")', ['d', 'd', 1]],
    ['[.[]?]', [order.buyer, 7, order.lines]],
    ['"😀a" | length', 2],
    ['[1, [2]] | .[1][0]', 2],
    ['-(1 + 2)', -3],
    ['1.5e3', 1500],
    ['.5 + 1.', 1.5],
  ])('%s', (source, expected) => {
    expect(valueOf(source, order)).toEqual(expected);
  });

  it('binds loosest to tightest: | , // or and comparisons + - * / %', () => {
    expect(valueOf('[1 + 2 * 3 == 7 and false or true // 5, 2 | . , 0]')).toEqual([true, 0, 2, 0]);
  });

  it('runs through the values of generators in the order of jq', () => {
    expect(valueOf('[(1,2) + (10,20)]')).toEqual([11, 12, 21, 22]);
    expect(valueOf('[{a: (1,2), b: (3,4)} | [.a, .b]]')).toEqual([
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
    ]);
    expect(valueOf('["\\(1,2)-\\(3,4)"]')).toEqual(['1-3', '2-3', '1-4', '2-4']);
    expect(valueOf('[(true,false) and (true,false)]')).toEqual([true, false, false]);
    expect(valueOf('[(1,2) as $x | (3,4) as $y | $x * $y]')).toEqual([3, 4, 6, 8]);
  });

  it('does not mix up variables of the same name', () => {
    expect(valueOf('[(1,2) as $x | ((10,20) as $x | $x), $x]')).toEqual([10, 20, 1, 10, 20, 2]);
    expect(valueOf('[((1,2) as $x | $x, $x + 1) | . as $x | $x * 10]')).toEqual([10, 20, 20, 30]);
  });

  it('catches with ? only what fails inside', () => {
    expect(valueOf('[.[] | tonumber?]', ['1', 'x', '3'])).toEqual([1, 3]);
    expect(valueOf('[(1, ("x" | tonumber), 3)?]')).toEqual([1]);
    expect(failureOf('[.a? | tonumber]', { a: 'x' }).code).toBe('number');
  });
});

describe('a failure', () => {
  it.each<[string, ExpressionErrorCode, string]>([
    ['5 | .a', 'type', '.a'],
    ['"x" | .[0]', 'type', '.[0]'],
    ['[1] | .["a"]', 'type', '.["a"]'],
    ['{} | .[0]', 'type', '.[0]'],
    ['[.[]]', 'type', '.[]'],
    ['{} + []', 'type', '{} + []'],
    ['"a" - "b"', 'type', '"a" - "b"'],
    ['-"a"', 'type', '-"a"'],
    ['1 / 0', 'number', '1 / 0'],
    ['1 % 0.5', 'number', '1 % 0.5'],
    ['"x" | tonumber', 'number', 'tonumber'],
    ['" 1" | tonumber', 'number', 'tonumber'],
    ['"nan" | tonumber', 'number', 'tonumber'],
    ['9007199254740991 + 1', 'range', '9007199254740991 + 1'],
    ['"1e300" | tonumber', 'range', 'tonumber'],
    ['[1] | .[[1]]', 'unsupported', '.[[1]]'],
    ['select(false)', 'no-value', 'select(false)'],
    ['first([][])', 'no-value', 'first([][])'],
    ['1 | .a?', 'no-value', '1 | .a?'],
    ['$nowhere', 'unbound', '$nowhere'],
    ['{(.a): 1}', 'type', '{(.a): 1}'],
    ['true | length', 'type', 'length'],
    ['[[1]] | join(",")', 'type', 'join(",")'],
    ['["a","b"] | join(1)', 'type', 'join(1)'],
    ['[{key: 1}] | from_entries', 'type', 'from_entries'],
    ['{a: 1} | sort_by(.)', 'type', 'sort_by(.)'],
    ['1 | test("a")', 'type', 'test("a")'],
    ['1 | contains("a")', 'type', 'contains("a")'],
    ['null | add', 'type', 'add'],
  ])('of %s is %s under a caret', (source, code, caret) => {
    const { code: found, span } = failureOf(source);
    expect(found).toBe(code);
    expect(source.slice(span.offset, span.offset + span.length)).toBe(caret);
  });

  it('names kinds, never content', () => {
    expect(failureOf('.a + 1', { a: 'secret' }).message).toBe('string + number is not defined');
    expect(failureOf('.a | tonumber', { a: 'secret' }).message).not.toContain('secret');
  });

  it('of a bound is not caught by ?, nor is what jq would give a value', () => {
    expect(failureOf('[(9007199254740991 + 1)?]').code).toBe('range');
    expect(failureOf('[([1] | .[[1]])?]').code).toBe('unsupported');
    expect(failureOf('[("x" * 1e9)?]').code).toBe('size');
    expect(failureOf('[range(10000)?]', null, 100).code).toBe('steps');
  });
});

describe('work', () => {
  const long = 'x'.repeat(100_000);
  const many = Array.from({ length: 20_000 }, (_, i) => i % 100);

  it.each<[string, Json]>([
    ['[range(10000) as $a | range(10000) as $b | range(10000)]', null],
    ['[range(10000)] | map(. as $x | [range(10000)] | length)', null],
    ['. - .', many],
    ['[.[] as $x | map($x)]', many],
    ['contains(.)', many],
    ['. as $all | [range(10000)] | map($all == [])', many],
    [
      '[(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)+(1,2)]',
      null,
    ],
    ['map(sort_by(.))', Array.from({ length: 2_000 }, () => many.slice(0, 500))],
    ['. as $s | [range(10000) | $s | test("(a*)*b")]', 'a'.repeat(5_000)],
    // Keys are long, or failures many.
    ['. as $all | sort_by($all)', many],
    ['. as $all | map($all) | unique', many.slice(0, 1_000)],
    ['. as $all | [range(10000)] | map($all | .[]? | .a?)', many.slice(0, 100)],
    // A search for a long text may look at it anew at every letter.
    ['split("ab" + .[0:50000])', 'a'.repeat(100_000)],
    ['. / (.[0:50000] + "b" + .[0:50000])', 'a'.repeat(200_000)],
    ['contains(.[0:50000] + "b")', 'a'.repeat(100_000)],
    ['. as $s | [range(10000) | $s | startswith($s)]', long],
    ['. as $s | [range(10000) | $s | endswith($s)]', long],
    ['. as $s | [range(10000) | {($s + "1"): 1, ($s + "2"): 2, ($s + "3"): 3} | keys | length]', 'x'.repeat(20_000)],
  ])('without end of %s ends by steps or size', (source, input) => {
    expect(['steps', 'size']).toContain(failureOf(source, input, 200_000).code);
  });

  it.each<[string, Json]>([
    ['"x" * 1e15', null],
    ['. * 100', long],
    ['[range(1000)] as $r | . as $s | $r | map($s)', long],
    ['. as $s | [range(1000) | $s]', long],
    ['. as $s | [range(1000) | $s] | join("")', long],
    [
      '"\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)"',
      long,
    ],
    ['[.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.]', long],
    ['[.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.,.] | add', long],
    ['{a:.,b:.} | {a:.,b:.} | {a:.,b:.} | {a:.,b:.} | {a:.,b:.}', long],
    ['. * 12 | split("")', long],
  ])('that grows too large ends by size: %s', (source, input) => {
    expect(failureOf(source, input, 100_000_000).code).toBe('size');
  });

  it('that would build a text longer than any engine holds ends by size', () => {
    const source = `"${'\\(.)'.repeat(4_000)}"`;
    expect(failureOf(source, long, 1e12).code).toBe('size');
  });

  it('that nests too deep ends by depth', () => {
    const wrap = '[.]'.padEnd(3 + 6 * MAX_DEPTH, ' | [.]');
    expect(failureOf(wrap).code).toBe('depth');
    expect(valueOf(wrap.slice(0, -6))).not.toBeUndefined();
  });

  it('within the bounds is done', () => {
    expect(MAX_WEIGHT).toBeGreaterThan(1_000_000);
    expect(valueOf('map(. * 2) | add', many)).toBe(many.reduce((sum, n) => sum + 2 * n, 0));
    expect(valueOf('length', long)).toBe(100_000);
  });

  it.each<[string, Json]>([
    ...[
      'startswith(.)',
      'endswith(.)',
      'contains("yy")',
      'split("y")',
      '. / "y"',
      'ascii_downcase',
      'length',
      '[.] | tostring',
      'tonumber? // 0',
      'test("a+b")',
      '. + "y"',
      '. * 2',
      '.[1:]',
      '"\\(.)y"',
      '. == "y" + .[1:]',
      '. < "y" + .[1:]',
      '[., "y"] | join(",")',
      '[., "y"] | sort_by(.)',
      '[., "y"] | unique',
      '[.] - ["y"]',
      '{(.): 1, ("y" + .): 2} | keys',
      '{key: ., value: 1} | [.] | from_entries | to_entries | tostring',
    ].map((source): [string, Json] => [source, long]),
    ...[
      'map(.)',
      'map(select(. > 3))',
      '[.[]]',
      'keys',
      'add',
      'min',
      'max',
      'unique',
      'sort_by(.)',
      'group_by(.)',
      'unique_by(.)',
      'to_entries',
      'join(",")',
      'tostring',
      '. + .',
      '. - [1]',
      'contains([1])',
      '. == map(.)',
      '.[1:]',
      'any(. == 5000)',
      'all',
      'last(.[])',
      'map({a: .})',
    ].map((source): [string, Json] => [source, many]),
    ...[
      'keys',
      'to_entries',
      'with_entries(.)',
      'map(.)',
      '. + .',
      '. * .',
      'add',
      '[.[]]',
      'tostring',
      '. == (. + {})',
    ].map((source): [string, Json] => [source, Object.fromEntries(many.map((n, i) => [`k${i}`, n]))]),
  ])('of %s is paid for in proportion to what it reads', (source, input) => {
    const environment = concreteEnvironment(lift(input, BOTTOM), 1e12);
    evaluate(expressionOf(source), environment);
    const length = typeof input === 'string' ? input.length : Object.keys(input ?? {}).length;
    expect(1e12 - environment.fuel.steps).toBeGreaterThan(length / 20);
  });

  it('of picking the first of many is not that of walking all', () => {
    const environment = concreteEnvironment(lift(many, BOTTOM), 1e12);
    for (const source of ['first(.[])', 'any(. == 0)', '.[0]', 'all(. == 1)'])
      evaluate(expressionOf(source), environment);
    expect(1e12 - environment.fuel.steps).toBeLessThan(50);
  });

  it('costs the same steps each time', () => {
    const spent = (): number => {
      const environment = concreteEnvironment(lift(order, BOTTOM), 10_000);
      evaluate(expressionOf('.lines | sort_by(.price) | map({sku, total: (.price * .count)})'), environment);
      return environment.fuel.steps;
    };
    expect(spent()).toBe(spent());
    expect(spent()).toBeLessThan(10_000);
  });
});
