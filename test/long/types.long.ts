import { describe, expect, it } from 'vitest';
import { checkLaws } from '../expression/typed.ts';

describe('the types of expressions over schemas, at length', () => {
  it('hold every value, and what they find wrong is so for every value', () => {
    const { wrong, values, reached } = checkLaws(10_000, 400, 60, 25);
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(values).toBeGreaterThan(200_000);
    expect(reached).toBeGreaterThan(20_000);
  });
});
