import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LookAlikeIndex, looksLike } from './look-alike.ts';

describe('looksLike', () => {
  it.each([
    ['pay-invoice', 'pay-invoices'],
    ['pay-invoice', 'pay-invoce'],
    ['pay-invoice', 'pay-invioce'],
    ['pay-invoice', 'pay-involce'],
    ['pay-invoice', 'payinvoice'],
    ['book-trip', 'b00k-tr1p'],
    ['alarm', 'alarrn'],
    ['turn-on', 'tum-on'],
    ['a/x', 'b/x'],
  ])('%s and %s', (a, b) => {
    expect(looksLike(a, b)).toBe(true);
    expect(looksLike(b, a)).toBe(true);
  });

  it.each([
    ['pay-invoice', 'pay-invoice'],
    ['pay-invoice', 'pay-salary'],
    ['finance/pay-invoice', 'health/pay-invoice'],
    ['triage-inbox', 'triage-issue'],
  ])('not %s and %s', (a, b) => {
    expect(looksLike(a, b)).toBe(false);
  });
});

describe('LookAlikeIndex', () => {
  it('finds what comparing all pairs finds', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'l', '1', 'o', '0', '-', 'r', 'n', 'm'),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), name, (names, wanted) => {
        const index = new LookAlikeIndex();
        for (const one of names) index.add(one);
        expect(index.find(wanted)).toEqual(names.filter((one) => looksLike(one, wanted)).sort());
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
