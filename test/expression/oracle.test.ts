import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/expression/parse.ts';
import { CONSTRUCTS, constructsOf } from './constructs.ts';
import { compareWith, DIFFERENCES, DIFFERENCES_1_6, disagreementOf, jqNative, jqWeb, ours } from './oracle.ts';
import { drawCase, drawInput, drawMutilated, drawSeeded } from './programs.ts';

const CASES = 2_000;
const NATIVE_CASES = 1_000;
const MUTILATED = 1_000;
/** Programs that jq agrees about with a value, for each construct. */
const OF_EACH = 3;

const native = jqNative();

/** What generated programs seldom meet. */
const CORNERS = [
  '[1,2,3] | .[1.7], .[-1.5], .[-0.5]',
  '[1,2,3] | has(0.5), has(-0.5), has(-1), has(3)',
  '[[1,2,3] | .[5:], .[2:1], .[-9:2], .[:-9], .[0:0]]',
  '"aé😀b" | .[1:3], .[-2:], .[:-3]',
  'null | .[1:2], .a, .[0], .a.b, length, tostring, not',
  'null | has("a"), has(0)',
  '{} | .[null]',
  'null | .[null]',
  '"ab" * 0, "ab" * 0.5, "ab" * 1.5, "ab" * -1, 2 * "ab", "" * 9',
  '5 % -2, -5 % 2, 5.5 % 2, 5 % 2.9, -0.5 % 1',
  '5 % 0.5',
  '1 / 0',
  '1 / -2 * 4, -1 - -1, - 2 + 3, 2 - -(3)',
  '"a,b" / ",", "abc" / "", "" / ",", "" / "", ("" | split(""))',
  '[1,2,1,3] - [1,9], [[1],[2]] - [[1]], [] - [1]',
  '{a:{b:1,c:{d:1}}} * {a:{c:{e:2}},f:1}, {a:1} * {a:{b:2}}, {a:{b:2}} * {a:1}',
  '{a:1} * 2',
  '[1] * 2',
  '[null,true,false,0,-1,"a","A",[],[0],{},{a:1}] | sort_by(.)',
  '[{b:1},{a:2},{a:1,b:0},{a:1}] | sort_by(.)',
  '[{a:1,b:2},{a:1,b:1}] | min, max, unique, group_by(.a)',
  '["\\uffff","😀","z"] | sort_by(.), ({"\\uffff":1,"😀":2,z:3} | keys)',
  '[] | add, min, max, unique, first, last, any, all, join(","), from_entries, keys',
  '{} | add, any, all, keys, to_entries, map(.), length, join(",")',
  '{a:1,b:2} | add, map(. + 1), to_entries, with_entries(.), [.[]], join("-"), any, all',
  '[5,6] | to_entries, keys',
  'null | to_entries',
  '"abc" | add',
  'null | add',
  '[1,null,true,"a",false] | join(","), join(null)',
  '["a"] | join(1), join(null)',
  '["a","b"] | join(1)',
  '[[1]] | join(",")',
  '[{key:false}] | from_entries',
  '[{key:null,value:1}] | from_entries',
  '[{key:null,name:"n",value:1}] | from_entries',
  '[{Name:"q"},{name:"r",Value:2},{key:"s",value:null,Value:3}] | from_entries',
  '[{k:"a",v:1}] | from_entries',
  '{a:{key:"z"}} | from_entries',
  '[null] | from_entries',
  '{a:1} | with_entries(select(false)), with_entries({key:"x"}, {key:"y",value:.value})',
  '[1] | in([1])',
  '"a" | in({a:1}), in({b:1}), in(null)',
  '1 | in([1,2]), in([1])',
  '"foobar" | contains("bar"), contains(""), contains("baz")',
  '{a:[1,"foo"]} | contains({a:["f"]}), contains({b:1}), contains({})',
  '1 | contains(1), contains(2)',
  'true | contains(true)',
  'null | contains(null)',
  '[[1]] | contains([1])',
  '[{}] | contains([[]])',
  '[1] | contains(1)',
  '"ÀBÉz" | ascii_downcase',
  '1.5, -1.5, 2 | floor',
  '"-1", "2.5", "0", "-0.5" | tonumber',
  '"", "-", ".", "1e", "--1", "x", "0x1", "1_0", "1 2", "[1]", "null", "true" | tonumber? // "no"',
  '[3.5, -7, 0.25, 100000, 1234567.875, 1e3, 0.1, 1e10] | map(. + 0 | tostring)',
  '"\\u007f\\u0000\\u001f\\u2028é\\\\\\"/" | tostring, ([.] | tostring)',
  'first(1, ([] | .a)), [first([][])], last(1,2), last([][])',
  'any(1, ([] | .a); . == 1), all(false, ([] | .a); .)',
  '[(1, null, false, 2) // 3], [(null, false) // (3, 4)], [[][] // 5]',
  '(([] | .a)?) // 1',
  '[.[]?], [.a?], [(1,2)?], [([] | .a)?, 1]',
  '[if (true,false,null) then 1 else 2 end]',
  '[1 as $x | 2 as $y | $x, $y, ([$x] as $x | $x[0])]',
  '. as $x | [$x, 1] | .[1] as $y | {$x, $y, z: $y}',
  '{a:1,a:2}, {"a b"}, {"x":1} , {if:1,and:2}, {"a\\(1)":2}, {(("a","b")):(1,2)}',
  '1 == 1 and 2 == 2 or false, 1 , 2 | . + 1',
  '[range(5)], [range(2;5)], [range(5;0;-2)], [range(0;7;3)], [range(3;1)], [range(-2)]',
  '"abc" | test("b"), test("^b"), test("c$"), test("B"), test("")',
  '{a:{b:[{c:1}]}} | .a.b[0].c, .a["b"][0]["c"], .["a"].b, .a."b"[0], ."a"."b", .a.["b"]',
];

describe('the real jq', () => {
  it(`agrees on ${CASES} generated programs and inputs`, async () => {
    const cases = Array.from({ length: CASES }, (_, i) => drawCase(drawSeeded(i)));
    const { disagreements, values, errors } = compareWith(await jqWeb(), cases, DIFFERENCES);
    expect(disagreements).toEqual([]);
    expect(values).toBeGreaterThan(CASES / 3);
    expect(errors).toBeGreaterThan(CASES / 20);
    const met = new Map<string, number>(CONSTRUCTS.map((construct) => [construct, 0]));
    for (const one of cases) {
      const parsed = parseExpression(one.source);
      if (!parsed.ok || ours(one).kind !== 'values') continue;
      for (const construct of constructsOf(parsed.value.root)) met.set(construct, (met.get(construct) ?? 0) + 1);
    }
    expect([...met.keys()]).toEqual(CONSTRUCTS);
    expect([...met].filter(([, times]) => times < OF_EACH)).toEqual([]);
  });

  it(`agrees on ${MUTILATED} mutilated programs: which are still programs, and what they mean`, async () => {
    const engine = await jqWeb();
    let programs = 0;
    const disagreements = Array.from({ length: MUTILATED }, (_, i) => {
      const draw = drawSeeded(700_000 + i);
      const source = drawMutilated(draw);
      if (parseExpression(source).ok) programs += 1;
      return disagreementOf(engine, { source, input: drawInput(draw), context: drawInput(draw) });
    });
    expect(disagreements.filter((one) => one !== undefined)).toEqual([]);
    expect(programs).toBeGreaterThan(MUTILATED / 20);
    expect(programs).toBeLessThan(MUTILATED / 2);
  });

  it.each(CORNERS)('agrees on [%s]', async (source) => {
    const one = { source: `[${source}]`, input: null, context: null };
    const { disagreements, refused } = compareWith(await jqWeb(), [one], []);
    expect(disagreements).toEqual([]);
    expect(refused).toBe(0);
  });

  it.skipIf(native === undefined)(
    `agrees as installed on this system (needs a program named jq)`,
    () => {
      if (native === undefined) return;
      const isOld = native.version === 'jq-1.6';
      const same = (source: string): boolean => !isOld || !/\bif\b|\?|\*/u.test(source);
      const cases = Array.from({ length: NATIVE_CASES * 3 }, (_, i) => drawCase(drawSeeded(500_000 + i), 4))
        .filter(({ source }) => same(source))
        .slice(0, NATIVE_CASES);
      expect(cases).toHaveLength(NATIVE_CASES);
      const differences = isOld ? DIFFERENCES_1_6 : DIFFERENCES;
      const { disagreements, values } = compareWith(native.engine, cases, differences, 250);
      expect(disagreements).toEqual([]);
      expect(values).toBeGreaterThan(NATIVE_CASES / 3);
    },
    60_000,
  );
});
