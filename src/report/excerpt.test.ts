import { describe, expect, it } from 'vitest';
import type { Place } from '../kernel/place.ts';
import { ROOT } from '../kernel/pointer.ts';
import { excerptOf } from './excerpt.ts';
import { PLAIN } from './style.ts';

function shown(text: string, line: number, column: number, end?: Place['end']): string {
  const place = { file: 'a.yaml', pointer: ROOT, line, column };
  return `\n${excerptOf(text, end === undefined ? place : { ...place, end }, PLAIN).join('\n')}\n`;
}

describe('an excerpt', () => {
  it('marks a part of a line', () => {
    expect(shown('a: 1\nb: two\n', 2, 4, { line: 2, column: 7 })).toBe(`
      |
    2 | b: two
      |    ^^^
`);
  });

  it('marks what goes on to the end of its line', () => {
    expect(shown('a: >-\n  one two\n  three\n', 2, 7, { line: 3, column: 4 })).toContain('\n      |       ^^^\n');
  });

  it('marks one place where the end is not known, also behind the end of the line', () => {
    expect(shown('a:\n', 1, 3)).toContain('\n    1 | a:\n      |   ^\n');
  });

  it('shows a window of a long line', () => {
    const long = `${'x'.repeat(200)}HERE${'y'.repeat(200)}`;
    const [, line = '', carets = ''] = shown(long, 1, 201, { line: 1, column: 205 }).trimStart().split('\n');
    expect(line).toMatch(/^ {4}1 \| …x+HEREy+…$/u);
    expect(carets.indexOf('^')).toBe(line.indexOf('HERE'));
    expect(carets.trimEnd()).toMatch(/\^{4}$/u);
  });

  it('stands under wide characters, and under what had to be written out', () => {
    const [, line = '', carets = ''] = shown('名前: x', 1, 5, { line: 1, column: 6 }).trimStart().split('\n');
    expect(carets.indexOf('^')).toBe(line.indexOf('x') + 2);
    const [, tabbed = '', below = ''] = shown('\ta: x', 1, 5, { line: 1, column: 6 }).trimStart().split('\n');
    expect(below.indexOf('^')).toBe(tabbed.indexOf('x'));
  });

  it('is nothing for an empty line or one that is not there', () => {
    expect([shown('\n', 1, 1), shown('a', 9, 1)]).toEqual(['\n\n', '\n\n']);
  });
});
