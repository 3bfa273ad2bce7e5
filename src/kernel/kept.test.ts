import { describe, expect, it } from 'vitest';
import { Kept } from './kept.ts';

describe('what is kept', () => {
  it('is found again', () => {
    const kept = new Kept<number>(10);
    expect([kept.keep('a', 1, 4), kept.get('a'), kept.get('b')]).toEqual([1, 1, undefined]);
  });

  it('goes where there is no more room', () => {
    const kept = new Kept<number>(10);
    kept.keep('a', 1, 6);
    kept.keep('b', 2, 6);
    expect([kept.get('a'), kept.get('b')]).toEqual([undefined, 2]);
  });

  it('is never larger than the room', () => {
    const kept = new Kept<number>(10);
    expect([kept.keep('a', 1, 11), kept.get('a')]).toEqual([1, undefined]);
  });
});
