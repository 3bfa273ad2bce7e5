import { describe, expect, it } from 'vitest';
import { pathOf, put, valueAt } from './paths.ts';
import { fromEntries } from './json.ts';
import { pointerOf } from './pointer.ts';

const DOCUMENT = { a: [1, { 'b/c': 2 }], d: null };

describe('valueAt', () => {
  it.each([
    ['', DOCUMENT],
    ['/a/1/b~1c', 2],
    ['/d', null],
    ['/a/2', undefined],
    ['/d/e', undefined],
    ['/toString', undefined],
  ])('finds %j', (pointer, expected) => {
    expect(valueAt(DOCUMENT, pathOf(pointerOf(pointer)))).toEqual(expected);
  });
});

describe('put', () => {
  it('puts another value in the place of one, and leaves the document as it was', () => {
    expect(put(DOCUMENT, pathOf(pointerOf('/a/1/b~1c')), 'x')).toEqual({ a: [1, { 'b/c': 'x' }], d: null });
    expect(put(DOCUMENT, pathOf(pointerOf('/d')), [])).toEqual({ ...DOCUMENT, d: [] });
    expect(put(DOCUMENT, pathOf(pointerOf('')), 1)).toBe(1);
    expect(DOCUMENT).toEqual({ a: [1, { 'b/c': 2 }], d: null });
  });

  it('adds nothing', () => {
    expect(put(DOCUMENT, pathOf(pointerOf('/a/2')), 1)).toBe(DOCUMENT);
    expect(put(DOCUMENT, pathOf(pointerOf('/e')), 1)).toBe(DOCUMENT);
  });

  it('takes __proto__ for a member', () => {
    const document = fromEntries([['__proto__', 1]]);
    expect(put(document, pathOf(pointerOf('/__proto__')), 2)).toEqual(fromEntries([['__proto__', 2]]));
  });
});
