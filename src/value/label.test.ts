import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AUTHOR,
  BOTTOM,
  controlled,
  covers,
  deciding,
  flatten,
  join,
  joinMarks,
  label,
  labelFrom,
  marks,
  NO_MARKS,
  type Label,
  type Marks,
  type Origin,
} from './label.ts';

const anOrigin = fc.constantFrom<Origin>('author', 'caller', 'user', 'model', 'tool:mail/read', 'tool:files/read');
const someMarks: fc.Arbitrary<Marks> = fc
  .tuple(fc.subarray(['author', 'caller', 'user', 'model', 'tool:mail/read']), fc.subarray(['internal', 'patient']))
  .map(([influence, secrecy]) => marks(influence as Origin[], secrecy));
const someLabel: fc.Arbitrary<Label> = fc
  .tuple(someMarks, someMarks)
  .map(([direct, control]) => labelFrom(direct, control));
const seed = { seed: 20261123, numRuns: 300 };

describe('labels', () => {
  it('are interned: equal ones are one object, in whatever order they were made', () => {
    expect(marks(['user', 'caller', 'user'], ['b', 'a'])).toBe(marks(['caller', 'user'], ['a', 'b']));
    expect(label(['model'])).toBe(labelFrom(marks(['model'])));
    fc.assert(
      fc.property(fc.uniqueArray(anOrigin), fc.uniqueArray(anOrigin), (a, b) => {
        expect(label([...a, ...b])).toBe(join(label(a), label(b)));
      }),
      seed,
    );
  });

  it('form a lattice under join', () => {
    fc.assert(
      fc.property(someLabel, someLabel, someLabel, (a, b, c) => {
        expect(join(a, a)).toBe(a);
        expect(join(a, b)).toBe(join(b, a));
        expect(join(join(a, b), c)).toBe(join(a, join(b, c)));
        expect(join(a, BOTTOM)).toBe(a);
        expect(join(join(a, b), a)).toBe(join(a, b));
      }),
      seed,
    );
  });

  it('lose nothing in a join and gain nothing', () => {
    fc.assert(
      fc.property(someLabel, someLabel, (a, b) => {
        const both = join(a, b);
        expect(new Set(both.influence)).toEqual(new Set([...a.influence, ...b.influence]));
        expect(new Set(both.secrecy)).toEqual(new Set([...a.secrecy, ...b.secrecy]));
        expect(both.control).toBe(joinMarks(a.control, b.control));
        expect(flatten(both)).toBe(joinMarks(flatten(a), flatten(b)));
      }),
      seed,
    );
  });

  it('take a decision into control and leave who chose the value alone', () => {
    fc.assert(
      fc.property(someLabel, someMarks, (a, decision) => {
        const picked = controlled(a, decision);
        expect(picked.direct).toBe(a.direct);
        expect(picked.control).toBe(joinMarks(a.control, decision));
        expect(covers(picked, decision)).toBe(true);
        expect(controlled(picked, decision)).toBe(picked);
      }),
      seed,
    );
  });

  it('say of a decision everything but that the author wrote it', () => {
    expect(deciding(AUTHOR)).toBe(NO_MARKS);
    expect(deciding(labelFrom(marks(['author', 'caller']), marks(['model'], ['patient'])))).toBe(
      marks(['caller', 'model'], ['patient']),
    );
  });

  it('cover exactly what they hold', () => {
    fc.assert(
      fc.property(someLabel, someMarks, (a, some) => {
        const held =
          some.influence.every((who) => flatten(a).influence.includes(who)) &&
          some.secrecy.every((tag) => flatten(a).secrecy.includes(tag));
        expect(covers(a, some)).toBe(held);
      }),
      seed,
    );
  });
});
