import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complement, EVERY_CODE_POINT, has, rangesOf } from './codepoints.ts';
import { UNICODE_VERSION } from './generated/general-category.ts';
import { generalCategory } from './general-category.ts';
import { compilePattern } from './patterns.ts';

function pattern(source: string) {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.error.detail}`);
  return compiled.value;
}

const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    'ab',
    '.',
    '\\w',
    '\\W',
    '\\d',
    '\\D',
    '\\s',
    '\\S',
    '[ab]',
    '[^a]',
    '[a-c_]',
    '[^\\w]',
    '[\\d\\s]',
    '[]',
    '[^]',
  ],
  ...['^', '$', '\\b', '\\B', '\\n', '\\u{1f600}', '[😀-😂]', '\\t', '\\.', '-', '\\x41', '\\cJ', '\\0', '[\\b]'],
);
const { source } = fc.letrec<{ source: string; branch: string; piece: string }>((tie) => ({
  source: fc.array(tie('branch'), { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|')),
  branch: fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => pieces.join('')),
  piece: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc
      .tuple(
        fc.constantFrom('(', '(?:', '(?<n>'),
        tie('source'),
        fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '{0,2}?', '{2,}', '*?'),
      )
      .map(([open, body, times]) => `${open}${body})${times}`),
  ),
}));
const word = fc
  .array(
    fc.constantFrom('a', 'b', 'c', 'A', '_', '0', ' ', '\n', '\u2028', '-', '.', '😀', '😂', '\u00a0', 'é', '\0', '\b'),
    {
      maxLength: 8,
    },
  )
  .map((letters) => letters.join(''));

// What zod writes for an address of mail.
const MAIL = "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$";

describe('compilePattern', () => {
  it('means what ECMA-262 means under the u flag', () => {
    let native: RegExp;
    fc.assert(
      fc.property(source, fc.array(word, { minLength: 1, maxLength: 8 }), (text, words) => {
        try {
          native = new RegExp(text, 'u');
        } catch {
          // Duplicate group names: an error here, and either an error or not there.
          return;
        }
        const ours = pattern(text);
        for (const word of words) expect([text, word, ours.test(word)]).toEqual([text, word, native.test(word)]);
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it('means the same of lookaround next to the ends', () => {
    const look = (kinds: readonly string[]) =>
      fc.array(
        fc.tuple(fc.constantFrom(...kinds), source).map(([kind, body]) => `(?${kind}${body})`),
        { maxLength: 2 },
      );
    fc.assert(
      fc.property(
        look(['=', '!']),
        source,
        look(['<=', '<!']),
        fc.array(word, { minLength: 1, maxLength: 8 }),
        (ahead, body, behind, words) => {
          const text = `^${ahead.join('')}(?:${body})${behind.join('')}$`;
          let native: RegExp;
          try {
            native = new RegExp(text, 'u');
          } catch {
            return;
          }
          const ours = pattern(text);
          for (const word of words) expect([text, word, ours.test(word)]).toEqual([text, word, native.test(word)]);
        },
      ),
      { seed: 1, numRuns: 3000 },
    );
  });

  it.each([
    ['^abc$', 'abc\n', false],
    [MAIL, 'ann@mail.example', true],
    [MAIL, 'ann..b@mail.example', false],
    [MAIL, '.ann@mail.example', false],
    ['^(?=.{1,5}$)[a-z.]+$', 'ab.cd', true],
    ['^(?=.{1,5}$)[a-z.]+$', 'ab.cde', false],
    ['^[a-z-]+(?<!-)$', 'ab-', false],
    ['^(?!a)', 'b', true],
    ['(?<=ab)$', 'cab', true],
    ['^\\d$', '\u07c0', false],
    ['^\\w$', 'é', false],
    ['^\\s$', '\ufeff', true],
    ['^\\s$', '\u180e', false],
    ['^.$', '😀', true],
    ['^\\p{Letter}cole$', 'École', true],
    ['^\\p{digit}+$', '৪২', true],
    ['^\\P{L}$', 'a', false],
    ['^(a+)+$', 'aaab', false],
    ['', '', true],
    ['a|', 'b', true],
    ['\\bfoo\\b', 'a foo.', true],
    ['\\bfoo\\b', 'afoo', false],
    ['x$|^y', 'yx', true],
    ['a{0}b', 'b', true],
  ])('%s on %j is %s', (source, text, expected) => {
    expect(pattern(source).test(text)).toBe(expected);
    expect(new RegExp(source, 'u').test(text)).toBe(expected);
  });

  it.each([
    ['(?=a)b', 'lookahead is not supported but right after the leading ^'],
    ['^a(?=b)', 'lookahead is not supported but right after the leading ^'],
    ['^(?=a)b|c', 'lookahead is not supported but right after the leading ^'],
    ['^(?:(?=a)b)$', 'lookahead is not supported but right after the leading ^'],
    ['^(?=(?!a)b)', 'lookahead is not supported but right after the leading ^'],
    ['(?<!a)b', 'lookbehind is not supported but right before the final $'],
    ['(?<!a)$|b', 'lookbehind is not supported but right before the final $'],
    ['(?=a)$', 'lookahead is not supported but right after the leading ^'],
    ['(a)\\1', 'backreferences are not supported'],
    ['(?<n>a)\\k<n>', 'backreferences are not supported'],
    ['(?i:a)', 'modifiers are not supported'],
    ['\\p{Script=Greek}', 'the property Script=Greek is not supported'],
    ['a++', 'Nothing to repeat'],
    ['\\a', 'Invalid escape'],
    ['(', 'Unterminated group'],
    ['a{100000}', 'repetitions amount to more than 10000 states'],
    ['((a{99}){99}){99}', 'repetitions amount to more than 10000 states'],
    ['('.repeat(100) + ')'.repeat(100), 'groups nested deeper than 60'],
    ['a'.repeat(9000), 'longer than 8192 characters'],
  ])('refuses %s', (source, detail) => {
    expect(compilePattern(source)).toEqual({ ok: false, error: { detail } });
  });

  it('takes linear time where a backtracking engine takes exponential time', () => {
    for (const source of ['^(a+)+$', '^(a|a)*$', '^(a|b|ab)*c$', '(x+x+)+y', '^(.*)*$', '(a|b)*a(a|b){300}c']) {
      expect(pattern(source).test(`${'ab'.repeat(5_000)}!`)).toBe(source === '^(.*)*$');
    }
  });

  it.runIf(process.versions['unicode'] === UNICODE_VERSION)(
    'has the table of the Unicode version that it names',
    () => {
      const native = /^\p{Cn}$/u;
      const unassigned = generalCategory('Cn') ?? [];
      for (const end of unassigned) expect([end, native.test(String.fromCodePoint(end))]).toEqual([end, true]);
    },
  );

  it('agrees with the engine on the general categories of every assigned code point', () => {
    const unassigned = generalCategory('Cn') ?? [];
    for (const name of ['L', 'Lu', 'Nd', 'P', 'S', 'Zs', 'M', 'LC', 'Cf']) {
      const set = generalCategory(name) ?? [];
      const native = new RegExp(`^\\p{${name}}$`, 'u');
      let wrong = 0;
      for (const [low, high] of rangesOf(complement(unassigned))) {
        // Every range's ends, and every member of the planes where scripts interleave.
        for (let cp = low; cp <= high; cp += cp < 0x3000 || high - cp < 2 ? 1 : 97) {
          if (native.test(String.fromCodePoint(cp)) !== has(set, cp) && !/\p{Cn}/u.test(String.fromCodePoint(cp)))
            wrong += 1;
        }
      }
      expect([name, wrong]).toEqual([name, 0]);
    }
    expect(generalCategory('Letters')).toBeUndefined();
    expect(complement([])).toEqual(EVERY_CODE_POINT);
  });
});
