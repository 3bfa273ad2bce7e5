import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeLine, encodeMarkdown } from './encode.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '::',
        ':',
        '##[',
        '#',
        '[',
        '\u001b[31m',
        '\r',
        '\n',
        '\u202e',
        '\u200b',
        '|',
        '`',
        '<',
        '@a',
        'https://x.y',
        '\ud800',
        '\\',
        '\\u{',
        '*_',
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
);
const options = { seed: 20261123, numRuns: 500 };

describe('encodeLine', () => {
  it('holds no control, invisible or reordering character and no lone surrogate', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(encodeLine(text, 400)).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]/u,
        );
      }),
      options,
    );
  });

  it('holds nothing that a runner takes for a command, also behind a prefix of ours', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of [encodeLine(text, 400), `  ${encodeLine(text, 400)}`]) {
          expect(line.trimStart().startsWith('::')).toBe(false);
          expect(line).not.toContain('::');
          expect(line).not.toContain('##[');
        }
      }),
      options,
    );
  });

  it('is never longer than asked for', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 50 }), (text, length) => {
        expect(encodeLine(text, length).length).toBeLessThanOrEqual(length);
      }),
      options,
    );
  });

  it.each([
    ['plain text', 'plain text'],
    ['a\nb', 'a\\u{a}b'],
    ['\u001b[2Jx', '\\u{1b}[2Jx'],
    ['\u202etxt.exe', '\\u{202e}txt.exe'],
    ['::set-output name=x::y', '\\u{3a}:set-output name=x\\u{3a}:y'],
    ['x ##[command]y', 'x \\u{23}#[command]y'],
  ])('shows %j as %j', (text, shown) => {
    expect(encodeLine(text, 200)).toBe(shown);
  });

  it('cuts a long text at a whole character', () => {
    expect(encodeLine('ab\u{1f600}cd', 4)).toBe('ab…');
    expect(encodeLine('abc\u0007', 6)).toBe('abc…');
  });
});

describe('encodeMarkdown', () => {
  it('holds nothing that Markdown or HTML reads inside its code element', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const inner = /^<code>(?<inner>[^<>]*)<\/code>$/u.exec(encodeMarkdown(text, 300))?.groups?.['inner'];
        expect(inner).toBeDefined();
        expect(inner?.replaceAll(/&#\d+;/g, '')).toMatch(/^[A-Za-z0-9 \u00a1-\u{10ffff}]*$/u);
      }),
      options,
    );
  });

  it.each([
    ['a|b', '<code>a&#124;b</code>'],
    ['@octocat #1', '<code>&#64;octocat &#35;1</code>'],
    ['https://evil.example', '<code>https&#58;&#47;&#47;evil&#46;example</code>'],
    ['`</code>*x*', '<code>&#96;&#60;&#47;code&#62;&#42;x&#42;</code>'],
  ])('shows %j as %j', (text, shown) => {
    expect(encodeMarkdown(text, 200)).toBe(shown);
  });
});
