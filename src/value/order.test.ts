import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalJson, type Json } from '../kernel/json.ts';
import { ingress, lift } from './concrete.ts';
import { BOTTOM } from './label.ts';
import { compareScalars, compareValues, equalValues } from './order.ts';
import type { Value } from './value.ts';

const seed = { seed: 20261123, numRuns: 500 };
const someJson = fc.jsonValue({ maxDepth: 3 }).filter((json) => ingress(json as Json).ok) as fc.Arbitrary<Json>;
const someValue = someJson.map((json) => lift(json, BOTTOM));

describe('the order of values', () => {
  it("is jq's", () => {
    const ascending: Json[] = [
      null,
      false,
      true,
      -1,
      0,
      0.5,
      2,
      '',
      'A',
      'a',
      'aa',
      '\uffff',
      '😀',
      [],
      [null],
      [0],
      [0, 0],
      [1],
      {},
      { a: 2 },
      { a: 1, b: 1 },
      { b: 0 },
    ];
    const values = ascending.map((json) => lift(json, BOTTOM));
    values.forEach((a, i) => {
      values.forEach((b, j) => {
        expect(
          Math.sign(compareValues(a, b)),
          `${JSON.stringify(ascending[i])} and ${JSON.stringify(ascending[j])}`,
        ).toBe(Math.sign(i - j));
      });
    });
  });

  it('is total and agrees with equality', () => {
    fc.assert(
      fc.property(someJson, someJson, someValue, (left, right, c) => {
        const a = lift(left, BOTTOM);
        const b = lift(right, BOTTOM);
        expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0);
        expect(compareValues(a, b) === 0).toBe(equalValues(a, b));
        expect(equalValues(a, b)).toBe(equalJson(left, right));
        const [low, middle, high] = [a, b, c].toSorted(compareValues) as [Value, Value, Value];
        expect(
          compareValues(low, middle) <= 0 && compareValues(middle, high) <= 0 && compareValues(low, high) <= 0,
        ).toBe(true);
      }),
      seed,
    );
  });

  it('sorts texts by scalar values, as their UTF-8 bytes sort', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4 }), fc.string({ unit: 'binary', maxLength: 4 }), (a, b) => {
        expect(Math.sign(compareScalars(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      seed,
    );
  });
});
