import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from './suggest.ts';

const options = { seed: 20261123, numRuns: 500 };

describe('editDistance', () => {
  it('is a metric on equal strings, symmetric, and bounded by the longer one', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b, 1) <= 1).toBe(distance <= 1);
      }),
      options,
    );
  });

  it('counts a swap of neighbours as one', () => {
    expect(editDistance('input', 'inptu')).toBe(1);
  });
});

describe('suggest', () => {
  it.each([
    ['inptu', ['input', 'output'], 'input'],
    ['Input', ['input', 'output'], 'input'],
    ['transfr', ['transfer', 'transfers'], 'transfer'],
    ['xyz', ['input', 'output'], null],
    ['a', [], null],
    ['x'.repeat(100_000), ['input'], null],
    ['inptu', [...Array.from({ length: 5_000 }, (_, i) => `other${i}`), 'input'], null],
  ])('for %.20j of %j says %j', (name, candidates, expected) => {
    expect(suggest(name, candidates)).toBe(expected);
  });
});
