import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLike } from '../store/look-alike.ts';
import { nameGuard } from './name-guard.ts';

fc.configureGlobal({ seed: 20261123 });

/** Short names of few letters, so that many look alike. */
const part = fc
  .array(fc.constantFrom('a', '0', 'o', '1', 'r', 'n', 'm', '-'), { minLength: 1, maxLength: 3 })
  .map((letters) => letters.join(''))
  .filter((text) => !text.startsWith('-') && !text.endsWith('-'));
const name = fc.tuple(part, part).map(([namespace, own]) => `${namespace}/${own}`);

describe('a guard of names', () => {
  it.each([1, 100])('finds one that looks alike exactly where there is one, for %i new names', (fresh) => {
    let alike = 0;
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 60, maxLength: 100 }), name, (known, wanted) => {
        const namespace = wanted.slice(0, wanted.indexOf('/') + 1);
        const expected = known.filter((other) => !other.startsWith(namespace) && looksLike(wanted, other));
        const found = nameGuard(known, fresh).alike(wanted);
        expect(found === undefined ? expected.length === 0 : expected.includes(found)).toBe(true);
        alike += Math.sign(expected.length);
      }),
      { numRuns: 500 },
    );
    expect(alike).toBeGreaterThan(100);
  });

  it.each([1, 100])('knows what was added, for %i new names', (fresh) => {
    const guard = nameGuard(['finance/pay-invoice'], fresh);
    expect(guard.alike('health/check')).toBeUndefined();
    guard.add('healths/check');
    expect(guard.alike('health/check')).toBe('healths/check');
    expect(guard.alike('finance/pay-invoices')).toBeUndefined();
    expect(guard.alike('financ/epay-invoice')).toBe('finance/pay-invoice');
    expect(guard.alike('financ/pey-invoice')).toBeUndefined();
    expect(guard.alike('financ/pay-invoice')).toBe('finance/pay-invoice');
  });
});
