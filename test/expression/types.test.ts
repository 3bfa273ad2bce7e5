import { describe, expect, it } from 'vitest';
import { checkLaws } from './typed.ts';

describe('the types of expressions over schemas', () => {
  it('hold every value, and what they find wrong is so for every value', () => {
    const { wrong, values, reached, kinds } = checkLaws(0, 12, 100, 6);
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(kinds).toEqual(new Set(['member', 'fails', 'constant']));
    expect(values).toBeGreaterThan(2000);
    expect(reached).toBeGreaterThan(500);
  });
});
