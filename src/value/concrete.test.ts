import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalJson, type Json } from '../kernel/json.ts';
import {
  arrayValue,
  controlledDeep,
  deepLabel,
  ingress,
  lift,
  lower,
  MAX_DEPTH,
  MAX_WEIGHT,
  numberValue,
  placed,
  relabel,
  valueAt,
  weightOf,
} from './concrete.ts';
import { BOTTOM, join, label, labelFrom, marks, type Label } from './label.ts';
import type { Value } from './value.ts';

const seed = { seed: 20261123, numRuns: 300 };
const someJson = fc.jsonValue({ maxDepth: 4 }).filter((json) => ingress(json as Json).ok) as fc.Arbitrary<Json>;

function nested(depth: number): Json {
  let json: Json = 0;
  for (let i = 0; i < depth; i++) json = [json];
  return json;
}

describe('ingress', () => {
  it.each<[string, Json, string]>([
    ['half of a surrogate pair', { a: ['\ud83d'] }, '/a/0'],
    ['half of a surrogate pair', { '\udc00': 1 }, ''],
    ['not finite', [Infinity], '/0'],
    ['not finite', Number.NaN, ''],
    ['beyond 2^53', [1, 2 ** 53], '/1'],
    ['beyond 2^53', -1e300, ''],
    ['__entity', { a: { __entity: {} } }, '/a'],
    ['__extn', { __extn: 1 }, ''],
    ['__expr', [{ __expr: '' }], '/0'],
    ['nested deeper', nested(MAX_DEPTH + 1), '/0'.repeat(MAX_DEPTH)],
    ['larger than', 'x'.repeat(MAX_WEIGHT), ''],
    ['larger than', Array.from({ length: MAX_WEIGHT }, () => 0), ''],
  ])('refuses %s', (detail, json, at) => {
    const result = ingress(json);
    expect(result).toMatchObject({ ok: false, error: { at } });
    expect(!result.ok && result.error.detail).toContain(detail);
  });

  it.each<Json>([
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    0.1,
    5e-324,
    '',
    '\u0000😀\uffff',
    nested(MAX_DEPTH),
    { __proto__: 1, constructor: 2 },
    { '': null },
  ])('lets %j in', (json) => {
    expect(ingress(json).ok).toBe(true);
  });

  it('answers on nesting that would overflow a stack', () => {
    expect(ingress(nested(200_000)).ok).toBe(false);
  });

  it('counts members and texts, however they are spread', () => {
    const text = 'x'.repeat(1000);
    expect(ingress(Array.from({ length: MAX_WEIGHT / 1000 }, () => text)).ok).toBe(false);
    expect(
      ingress(Object.fromEntries(Array.from({ length: MAX_WEIGHT / 1000 }, (_, i) => [`${text}${i}`, 0]))).ok,
    ).toBe(false);
  });
});

describe('a value', () => {
  it('lifts and lowers to equal JSON', () => {
    fc.assert(
      fc.property(someJson, (json) => {
        expect(equalJson(lower(lift(json, BOTTOM)), json)).toBe(true);
      }),
      seed,
    );
  });

  it('keeps __proto__ as a member like any other', () => {
    const value = lift(JSON.parse('{"__proto__":{"a":1}}') as Json, BOTTOM);
    expect(valueAt(value, ['__proto__', 'a'])).toMatchObject({ value: 1 });
    const lowered = lower(value);
    expect(Object.keys(lowered as object)).toEqual(['__proto__']);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('has its members in the order of their names, whatever the text had', () => {
    const value = lift(JSON.parse('{"b":1,"10":1,"2":1,"a":1,"\uffff":1,"😀":1}') as Json, BOTTOM);
    expect(value.kind === 'object' && [...value.fields.keys()]).toEqual(['10', '2', 'a', 'b', '\uffff', '😀']);
  });

  it('has one zero', () => {
    expect(Object.is(lower(lift(-0, BOTTOM)), 0)).toBe(true);
    expect(Object.is(numberValue(-0, BOTTOM).value, 0)).toBe(true);
  });

  it('takes the label that is given for each of its nodes', () => {
    const of = (path: readonly string[]): Label => label([`tool:at/${path.join('.')}`]);
    const value = lift({ a: [1, { b: null }] }, of);
    for (const path of [[], ['a'], ['a', '0'], ['a', '1'], ['a', '1', 'b']]) {
      expect(valueAt(value, path)?.label).toBe(of(path));
    }
    expect(deepLabel(value).influence).toHaveLength(5);
  });

  it('knows its weight and depth', () => {
    const value = lift({ a: ['xyz', {}] }, BOTTOM);
    expect(value).toMatchObject({ depth: 3 });
    // {} 2 + a 1 + [] 2 + xyz 4 + {} 2
    expect(weightOf(value)).toBe(11);
    expect(arrayValue([], BOTTOM)).toMatchObject({ depth: 1, weight: 2 });
  });

  it('counts shared parts as often as they stand', () => {
    let value: Value = lift([1, 1], BOTTOM);
    for (let i = 0; i < 40; i++) value = arrayValue([value, value], BOTTOM);
    expect(weightOf(value)).toBeGreaterThan(2 ** 40);
  });
});

describe('relabelling', () => {
  const user = label(['user']);
  const decision = marks(['caller'], ['internal']);

  it('gives back the value itself where no label changes', () => {
    fc.assert(
      fc.property(someJson, (json) => {
        const value = lift(json, user);
        expect(relabel(value, (same) => same)).toBe(value);
        expect(controlledDeep(controlledDeep(value, decision), decision)).toEqual(controlledDeep(value, decision));
      }),
      seed,
    );
  });

  it('reaches every node and changes nothing else', () => {
    fc.assert(
      fc.property(someJson, (json) => {
        const picked = controlledDeep(lift(json, user), decision);
        expect(equalJson(lower(picked), json)).toBe(true);
        expect(picked).toEqual(lift(json, labelFrom(user.direct, decision)));
        expect(weightOf(picked)).toBe(weightOf(lift(json, user)));
      }),
      seed,
    );
  });

  it('places only what does not say as much already', () => {
    const value = lift({ a: 1, b: 2 }, (path) => (path[0] === 'a' ? label(['caller', 'user'], ['internal']) : user));
    const moved = placed(value, decision);
    expect(valueAt(moved, ['a'])?.label.control.influence).toEqual([]);
    expect(valueAt(moved, ['b'])?.label.control).toBe(decision);
    expect(moved.label.control).toBe(decision);
  });

  it('joins all labels into the deep one', () => {
    const value = lift([1, { a: 2 }], (path) =>
      path.length === 2 ? label(['model']) : path.length === 1 ? user : label([], ['patient']),
    );
    expect(deepLabel(value)).toBe(join(join(label(['model']), user), label([], ['patient'])));
  });
});

describe('valueAt', () => {
  const value = lift({ a: [10, 20], '0': 'x' }, BOTTOM);
  it.each([
    [['a', '1'], 20],
    [['0'], 'x'],
  ])('finds %j', (tokens, expected) => {
    expect(valueAt(value, tokens)).toMatchObject({ value: expected });
  });
  it.each([[['a', '2']], [['a', '-1']], [['a', '01']], [['a', 'length']], [['b']], [['a', '0', 'x']], [['toString']]])(
    'finds nothing at %j',
    (tokens) => {
      expect(valueAt(value, tokens)).toBeUndefined();
    },
  );
});
