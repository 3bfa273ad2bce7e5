import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseDocument } from './document.ts';
import { isObject, type Json, member } from './json.ts';
import { pointerOf } from './pointer.ts';
import { readWritten } from './written-string.ts';

/** `▸` and `◂` enclose what is looked for in the value and, with the same text between, where it stands. */
function marked(text: string): { readonly text: string; readonly start: number; readonly end: number } {
  const start = text.indexOf('▸');
  const end = text.indexOf('◂') - 1;
  return { text: text.replace('▸', '').replace('◂', ''), start, end };
}

describe('where a part of a string stands', () => {
  it.each([
    ['plain', 'a ▸bc◂ d', 'a ▸bc◂ d'],
    ['plain over two lines', 'a\n    ▸bc◂ d', 'a ▸bc◂ d'],
    ['plain over an empty line', 'a\n\n  ▸bc◂', 'a\n▸bc◂'],
    ['single quotes', "'a ▸bc◂ d'", 'a ▸bc◂ d'],
    ['single quotes with a quote before', "'it''s ▸bc◂'", "it's ▸bc◂"],
    ['single quotes with a quote inside', "'▸b''c◂ d'", "▸b'c◂ d"],
    ['single quotes over two lines', "'a  \n   ▸bc◂'", 'a ▸bc◂'],
    ['double quotes', '"a ▸bc◂ d"', 'a ▸bc◂ d'],
    ['double quotes with escapes', '"\\"\\u00e9\\n▸bc◂\\t"', '"é\n▸bc◂\t'],
    ['an escape itself', '"a▸\\U0001F600◂b"', 'a▸😀◂b'],
    ['a break that is escaped', '"a\\\n   ▸bc◂"', 'a▸bc◂'],
    ['a literal block', '|\n  one\n    two ▸bc◂\n', 'one\n  two ▸bc◂\n'],
    ['a literal block without a last break', '|-\n  one\n  ▸bc◂', 'one\n▸bc◂'],
    ['a literal block that begins with an empty line', '|\n\n  ▸bc◂\n', '\n▸bc◂\n'],
    ['a literal block with its indentation', '|1\n   one\n  ▸bc◂\n', '  one\n ▸bc◂\n'],
    ['a folded block', '>-\n  one\n  two ▸bc◂', 'one two ▸bc◂'],
    ['a folded block with an empty line', '>\n  one\n\n  ▸bc◂\n', 'one\n▸bc◂\n'],
    ['a folded block with an indented line', '>\n  one\n    two\n  ▸bc◂\n', 'one\n  two\n▸bc◂\n'],
    ['a folded block that keeps its end', '>+\n  one\n  ▸bc◂\n\n', 'one ▸bc◂\n\n'],
    ['a part over two lines', '>-\n  one ▸two\n  bc◂', 'one ▸two bc◂'],
    ['Windows line ends', '|\r\n  one\r\n  ▸bc◂\r\n', 'one\n▸bc◂\n'],
  ])('%s', (_, written, value) => {
    const [w, v] = [marked(written), marked(value)];
    expect(readWritten(w.text, v.text)?.span(v.start, v.end - v.start)).toEqual({ start: w.start, end: w.end });
  });

  it('is not known where the text reads as something else', () => {
    expect(readWritten('"a"', 'b')).toBeUndefined();
    expect(readWritten('|\n  a\n', 'b')).toBeUndefined();
  });

  const STYLES = ['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const;
  const words = fc.array(
    fc.constantFrom('a', 'bc', '${ .x }', '"', "'", '\\', ' ', '  ', '\n', '\n\n', 'é', '😀', '#', ': ', '| '),
    { maxLength: 14 },
  );

  it('is found in whatever style a library writes a string', () => {
    let found = 0;
    fc.assert(
      fc.property(
        words,
        fc.constantFrom(...STYLES),
        fc.integer({ min: 20, max: 60 }),
        fc.nat({ max: 40 }),
        (parts, style, lineWidth, choice) => {
          const value = parts.join('');
          const letters = [...value.matchAll(/[a-z.x${}]/gu)];
          const at = letters[choice % letters.length]?.index ?? 0;
          const text = stringify(
            { outer: { key: value } },
            { defaultStringType: style, defaultKeyType: 'PLAIN', lineWidth },
          );
          const document = parseDocument('a.yaml', new TextEncoder().encode(text));
          const outer: Json | undefined = isObject(document.value) ? member(document.value, 'outer') : undefined;
          const read = isObject(outer) ? member(outer, 'key') : undefined;
          const unit = value[at] ?? '';
          if (read !== value || letters.length === 0) return;
          found += 1;
          const { line, column } = document.locate(pointerOf('/outer/key'), { offset: at, length: 1 });
          expect([text, text.split('\n')[line - 1]?.[column - 1]]).toEqual([text, unit]);
          // The same unit as often before it in the text as in the value.
          const before =
            text
              .split('\n')
              .slice(0, line - 1)
              .join('\n') + text.split('\n')[line - 1]?.slice(0, column - 1);
          const inside = before.slice(before.indexOf('key:') + 4);
          expect(inside.split(unit).length).toBe(value.slice(0, at).split(unit).length);
        },
      ),
      { seed: 11, numRuns: 800 },
    );
    expect(found).toBeGreaterThan(400);
  });

  it('is found in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.nat({ max: 11 }), (value, at) => {
        const written = JSON.stringify(value);
        const span = readWritten(written, value)?.span(at, 1);
        if (at >= value.length) return;
        expect(JSON.parse(`"${written.slice(span?.start, span?.end)}"`)).toBe(value[at]);
      }),
      { seed: 12, numRuns: 1000 },
    );
  });
});
