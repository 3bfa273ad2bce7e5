import { describe, expect, it } from 'vitest';
import { Ledger } from './obligations.ts';

const OBLIGATION = { at: '/do/0/pay', action: 'bank/pay', kind: 'where' } as const;

describe('the conditions of doubts', () => {
  it('are kept for every path, each once', () => {
    const ledger = new Ledger();
    for (const condition of [['a', 'b'], ['c'], ['a', 'b']]) ledger.doubt(OBLIGATION, 'why', () => condition);
    expect([...(ledger.of(OBLIGATION).conditions?.values() ?? [])]).toEqual([['a', 'b'], ['c']]);
    expect([...ledger.of(OBLIGATION).doubts]).toEqual(['why']);
  });

  it.each([
    ['is about no path', undefined],
    ['is about a path of which nothing can be asked', () => []],
  ])('are gone for good where one doubt %s', (_what, condition) => {
    for (const order of [0, 1]) {
      const ledger = new Ledger();
      const doubts = [
        () => ledger.doubt(OBLIGATION, 'one', condition),
        () => ledger.doubt(OBLIGATION, 'two', () => ['a']),
      ];
      for (const doubt of order === 0 ? doubts : doubts.toReversed()) doubt();
      expect(ledger.of(OBLIGATION).conditions).toBeUndefined();
    }
  });
});
