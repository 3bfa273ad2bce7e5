import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.ts';
import { equalJson, type Json } from './json.ts';

const options = { seed: 20261123, numRuns: 500 };

describe('canonicalJson', () => {
  it.each([
    // RFC 8785, 3.2.3 and appendix B.
    [
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, 1: 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1f600}":5,"\ufb33":3}',
    ],
    [[1e30, 4.5, 2e-3, 1e-27, Number('333333333.33333329'), -0], '[1e+30,4.5,0.002,1e-27,333333333.3333333,0]'],
    [{ a: [{}, [], null, true] }, '{"a":[{},[],null,true]}'],
  ] as [Json, string][])('writes %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('gives equal values equal bytes, whatever the order of their members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        const text = canonicalJson(object as Json);
        expect(canonicalJson(reversed as Json)).toBe(text);
        expect(equalJson(JSON.parse(text) as Json, object as Json)).toBe(true);
      }),
      options,
    );
  });
});
