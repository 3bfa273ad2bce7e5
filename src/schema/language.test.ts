import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Language, Words } from './language.ts';
import { compilePattern, type Pattern } from './patterns.ts';

function pattern(source: string): Pattern {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.error.detail);
  return compiled.value;
}

function language(all: readonly string[], none: readonly string[] = [], minLength = 0, maxLength = Infinity): Language {
  return { all: all.map(pattern), none: none.map(pattern), minLength, maxLength };
}

function chance(seed: number): { below: (n: number) => number } {
  let state = seed;
  return { below: (n) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * n) };
}

describe('Words', () => {
  it.each<[string, Language, boolean]>([
    ['a pattern', language(['^a+$']), false],
    ['two that exclude each other', language(['^a+$', 'b']), true],
    ['a pattern without its own words', language(['^a+$'], ['a']), true],
    ['a narrower in a wider pattern', language(['^[a-c]{2,5}$'], ['^[a-z]+$']), true],
    ['a wider in a narrower pattern', language(['^[a-z]+$'], ['^[a-c]{2,5}$']), false],
    ['an unanchored pattern in a part of it', language(['foobar'], ['oba']), true],
    ['an end with a line break', language(['a$'], ['^[^]*a$']), true],
    ['the dot and line breaks', language(['^.$'], ['^[^\\n\\r\\u2028\\u2029]$']), true],
    ['boundaries that cannot be', language(['a\\Bb\\bc']), true],
    ['a boundary that can be', language(['a\\b-']), false],
    ['what is too short', language(['^a{3}$'], [], 0, 2), true],
    ['what is too long', language(['^a{3}$'], [], 4), true],
    ['the one length that fits', language(['^(?:aa)+$'], [], 5, 6), false],
    ['no length that fits', language(['^(?:aaaa)+$'], [], 5, 7), true],
    ['bounds that cross', language([], [], 3, 2), true],
    ['only half characters', language(['^[\\ud800-\\udfff]$']), true],
    ['nothing but the empty text', language(['^$']), false],
    ['a lookahead and its opposite', language(['^(?=a).*b$'], ['^a']), true],
    ['a lookahead that excludes the rest', language(['^(?!a)a+$']), true],
    ['what a refused lookahead leaves', language([], ['^(?!a)']), false],
    ['what neither side of a condition takes', language(['^[ab]+$'], ['^(?!a)[ab]+$', '^a']), true],
  ])('knows whether %s leaves a text', (_, it, expected) => {
    expect(new Words(it).isEmpty).toBe(expected);
  });

  it.each([
    ['^[a-z]{2,9}$', true],
    ['^(?=.{1,5}$)[a-z]+$', true],
    ['^(?:ab)*$', false],
    ['^a', false],
    ['a', false],
    ['^(?:[]b)*$', true],
    ['^(?!a)a+$', true],
  ])('knows whether %s has finitely many texts', (source, expected) => {
    expect(new Words(language([source])).bits(100) !== Infinity).toBe(expected);
  });

  it('draws texts of the language and no others, of many kinds', () => {
    const cases: readonly Language[] = [
      language(['^[A-Z]{2}\\d{2}[A-Z0-9]{11,30}$']),
      language(['a', 'b', 'c'], ['abc', 'cba']),
      language(['^\\S+@\\S+\\.\\S+$'], ['\\.\\.'], 10, 20),
      language([], ['^.{0,3}$']),
      language(['^\\p{Lu}']),
      language(['^[^\\x00-\\u{ffff}]+$'], [], 3, 3),
      language(['\\bcat\\b'], ['^cat']),
      language(['^(?!-)(?!.*--)[a-z-]{3,}(?<!-)$']),
      language(['^[a-z]{2,9}$'], ['^(?!a)(?!b)']),
    ];
    for (const it of cases) {
      const words = new Words(it);
      const drawn = new Set<string>();
      for (let seed = 1; seed <= 60; seed += 1) {
        const text = words.draw(chance(seed));
        if (text === undefined) continue;
        drawn.add(text);
        const length = Array.from(text).length;
        expect(it.all.every((one) => one.test(text)) && !it.none.some((one) => one.test(text))).toBe(true);
        expect(length >= it.minLength && length <= it.maxLength).toBe(true);
      }
      expect(drawn.size).toBeGreaterThan(3);
    }
  });

  it('finds a text wherever one exists', () => {
    const part = fc.constantFrom('a', 'b', '[ab]', 'a*', '(?:ab)+', '.', 'b?', '^', '$', '\\b', 'a|b', '[^a]');
    const source = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const texts = ['', 'a', 'b', 'ab', 'ba', 'aa', 'bb', 'aab', 'abb', 'bab', 'c', 'a b', '\n'];
    fc.assert(
      fc.property(source, source, (yes, no) => {
        const it = language([yes], [no]);
        const words = new Words(it);
        const isIn = (text: string): boolean => it.all[0]?.test(text) === true && it.none[0]?.test(text) === false;
        const drawn = words.draw(chance(1));
        expect([yes, no, drawn === undefined || isIn(drawn)]).toEqual([yes, no, true]);
        expect([yes, no, words.isEmpty]).toEqual([yes, no, drawn === undefined]);
        expect([yes, no, drawn !== undefined || !texts.some(isIn)]).toEqual([yes, no, true]);
      }),
      { seed: 6, numRuns: 600 },
    );
  });

  it('says that it does not know where the automaton is too large', () => {
    const words = new Words(language(['(?:a|b)*a(?:a|b){14}$'], ['(?:a|b)*b(?:a|b){13}$', 'a$']));
    expect(words.isComplete).toBe(false);
    expect(words.isEmpty).not.toBe(true);
  });
});
