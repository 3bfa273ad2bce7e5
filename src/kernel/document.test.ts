import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from './document.ts';
import type { Json } from './json.ts';
import { pointerOf } from './pointer.ts';
import { DOCUMENT_LIMITS } from './text.ts';

const encoder = new TextEncoder();
const parse = (text: string, file = 'x.yaml') => parseDocument(file, encoder.encode(text));
const rules = (text: string, file?: string) =>
  parse(text, file).findings.map(({ rule, place }) => `${rule} ${place.line}:${place.column}`);
const options = { seed: 20261123, numRuns: 300 };
const jsonValue = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);

describe('a document', () => {
  it.each([
    ['x.json', 'JSON'],
    ['x.yaml', 'YAML'],
  ])('in %s that holds JSON gives that JSON', (file) => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = JSON.stringify(value, null, 1);
        // Exponents, large integers and invisible characters are refused, in ways of their own.
        if (/e[+-]?\d|\d{16}|__proto__|[^\u0020-\u007e]/iu.test(text.replaceAll('\n', ''))) return;
        const parsed = parse(text, file);
        expect(parsed.findings).toEqual([]);
        expect(parsed.value).toEqual(value);
      }),
      options,
    );
  });

  it('tells where every node stands', () => {
    const document = parse('name: a\nlist:\n  - x\n  - { y1: 2 }\ntext: |\n  one\n  two\n');
    const at = (pointer: string) => {
      const { line, column, end } = document.locate(pointerOf(pointer));
      return `${line}:${column}${end === undefined ? '' : `-${end.line}:${end.column}`}`;
    };
    expect(at('')).toBe('1:1');
    expect(at('/name')).toBe('1:7-1:8');
    expect(at('/list')).toBe('2:1-2:5');
    expect(at('/list/0')).toBe('3:5-3:6');
    expect(at('/list/1/y1')).toBe('4:11-4:12');
    expect(at('/text')).toBe('5:7');
    expect(at('/list/7/z')).toBe('2:1-2:5');
    expect(document.locateKey(pointerOf('/list/1/y1')).column).toBe(7);
    expect(document.locate(pointerOf('/list/7/z')).pointer).toBe('/list/7/z');
  });

  it.each([
    ["a: '${ .b.c }'", '.c', '1:10-1:12'],
    ['a: ${ .b.c }', '.c', '1:9-1:11'],
    ['a: "${ .b \\u002b .c }"', '.c', '1:18-1:20'],
    ['a: >-\n  ${ .b\n  | map(.c)\n  | map(.d) }', 'map(.d) }', '4:5-4:14'],
    ['a: |\n  one\n  two\n', 'two', '3:3-3:6'],
    ['a: "x\\nx"', 'x', '1:5-1:6'],
    ['{ a: "b" }', 'b', '1:7-1:8'],
  ])('tells where a part of a string stands: %j', (text, part, expected) => {
    const document = parse(text);
    const value = (document.value as { readonly a: string }).a;
    const { line, column, end } = document.locate(pointerOf('/a'), {
      offset: value.indexOf(part),
      length: part.length,
    });
    expect(`${line}:${column}-${end?.line}:${end?.column}`).toBe(expected);
  });

  it('counts columns in UTF-16 code units', () => {
    const document = parse('a: 1\nb: [ "é\u{1f600}", x ]');
    expect(document.locate(pointerOf('/b/1'))).toMatchObject({ line: 2, column: 13 });
  });

  it('reports all problems in one go', () => {
    expect(rules('a: yes\na: 2\nb: 020\n__proto__: 1\nc: 9007199254740993\nd: "\u202e"\n')).toEqual([
      'structure/hidden-character 6:5',
      'structure/yaml-ambiguous 1:4',
      'structure/duplicate-key 2:1',
      'structure/yaml-ambiguous 3:4',
      'structure/reserved-name 4:1',
      'structure/number-out-of-range 5:4',
    ]);
  });
});

describe('what is refused, and where', () => {
  it.each([
    ['a tag', 'a: !!str 1', 'structure/yaml-tag 1:4'],
    ['a custom tag', '- !ruby/object:X {}', 'structure/yaml-tag 1:3'],
    ['a tag directive', '%TAG ! tag:x,2000:\n---\na: 1', 'structure/yaml-syntax 1:1'],
    ['another version of YAML', '%YAML 1.1\n---\na: 1', 'structure/yaml-syntax 1:1'],
    ['two documents', 'a: 1\n---\nb: 1', 'structure/yaml-syntax 2:1'],
    ['a merge key', 'a: &x { k: 1 }\nb:\n  <<: *x', 'structure/yaml-ambiguous 3:3'],
    ['a number as a key', '200: ok', 'structure/yaml-ambiguous 1:1'],
    ['a boolean as a key', 'on: push', 'structure/yaml-ambiguous 1:1'],
    ['nothing as a key', '? \n: 1', 'structure/yaml-syntax 1:3'],
    ['a list as a key', '? [a]\n: 1', 'structure/yaml-syntax 1:3'],
    ['an alias as a key', '- &a x\n- { *a : 1 }', 'structure/yaml-syntax 2:5'],
    ['an unknown alias', 'a: *b', 'structure/yaml-alias 1:4'],
    ['an alias of itself', 'a: &a [ *a ]', 'structure/yaml-alias 1:9'],
    ['a tab for indentation', 'a:\n\tb: 1', 'structure/yaml-syntax 2:1'],
    ['an unclosed string', 'a: "x', 'structure/yaml-syntax 1:6'],
    ['an unclosed list', 'a: [1, 2', 'structure/yaml-syntax 1:9'],
    ['half a surrogate pair', 'a: "\\ud800"', 'structure/invalid-text 1:4'],
    ['a byte order mark', '\ufeffa: 1', 'structure/hidden-character 1:1'],
    ['a zero-width space', 'a: b\u200bc', 'structure/hidden-character 1:5'],
    ['a lone carriage return', 'a: 1\rb: 2', 'structure/invalid-text 1:5'],
    ['a control character', 'a: \u0007', 'structure/invalid-text 1:4'],
    ["Cedar's entity escape", 'a: { __entity: { type: User, id: x } }', 'structure/reserved-name 1:6'],
  ])('%s', (_, text, expected) => {
    expect(rules(text)).toContain(expected);
  });

  it.each([
    ['a comma at the end', '{"a": 1,}', 'structure/yaml-syntax 1:9'],
    ['a comment', '{} // x', 'structure/yaml-syntax 1:4'],
    ['two equal keys', '{"a": 1,\n "a": 2}', 'structure/duplicate-key 2:2'],
    ['an escaped reserved name', '{"\\u005f_proto__": 1}', 'structure/reserved-name 1:2'],
    ['a large integer', '[9007199254740993]', 'structure/number-out-of-range 1:2'],
    ['an infinite number', '[1e999]', 'structure/number-out-of-range 1:2'],
    ['single quotes', "{'a': 1}", 'structure/yaml-syntax 1:2'],
    ['a line break in a string', '"a\nb"', 'structure/yaml-syntax 1:1'],
    ['nothing', '', 'structure/yaml-syntax 1:1'],
    ['leading zeros', '[01]', 'structure/yaml-syntax 1:2'],
  ])('in JSON, %s', (_, text, expected) => {
    expect(rules(text, 'x.json')).toContain(expected);
  });

  it('bytes that are no UTF-8, at the first wrong one', () => {
    const parsed = parseDocument('x.yaml', Uint8Array.from([0x61, 0x3a, 0x20, 0xc3, 0xa9, 0x0a, 0x62, 0xff, 0x20]));
    expect(parsed.findings).toMatchObject([
      { rule: 'structure/invalid-text', place: { line: 2, column: 2 }, data: { detail: 'byte 7 is not UTF-8' } },
    ]);
    expect(parsed.value).toBeUndefined();
  });

  it('a sequence of UTF-8 that is cut short', () => {
    expect(parseDocument('x.yaml', Uint8Array.from([0x61, 0x0a, 0xe2, 0x82])).findings).toMatchObject([
      { place: { line: 2, column: 1 } },
    ]);
  });

  it('keeps the reserved member from becoming a prototype', () => {
    const { value } = parse('__proto__: { polluted: true }');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('aliases', () => {
  it('stand for what they name', () => {
    expect(parse('a: &x { k: [1] }\nb: *x\n').value).toEqual({ a: { k: [1] }, b: { k: [1] } });
  });

  it('are found where they are used', () => {
    const document = parse('a: &x { k: [1] }\nb: *x\n');
    expect(document.locate(pointerOf('/b'))).toMatchObject({ line: 2, column: 4 });
  });

  it('count as what they expand to', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i <= 6; i += 1)
      lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}]`);
    expect(parse(lines.join('\n')).findings).toMatchObject([{ rule: 'structure/too-many-nodes' }]);
  });
});

describe('hostile documents', () => {
  const size = 600_000;
  const fill = (part: string) => part.repeat(Math.floor(size / part.length));
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from(
      { length: 40 },
      (_, i) => `k${i}: &k${i} [${i === 0 ? '*a' : `*k${i - 1}`}, ${i === 0 ? '*a' : `*k${i - 1}`}]`,
    ),
  ];
  it.each([
    ['100,000 brackets', '['.repeat(100_000), 'structure/too-deep'],
    ['100,000 braces', '{a: '.repeat(100_000), 'structure/too-deep'],
    ['100,000 dashes on a line', '- '.repeat(100_000), 'structure/too-deep'],
    ['100,000 question marks', '? '.repeat(100_000), 'structure/too-deep'],
    [
      '1,000 levels of indentation',
      Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'structure/too-deep',
    ],
    ['a bomb of aliases', bomb.join('\n'), 'structure/yaml-alias'],
    ['600,000 line breaks', fill('\n'), 'structure/too-many-nodes'],
    ['half a megabyte of anchors', fill('&a '), 'structure/too-many-nodes'],
    ['half a megabyte of commas', `[${fill(',')}`, 'structure/too-many-nodes'],
    ['half a megabyte of closing brackets', fill(']'), 'structure/too-many-nodes'],
    ['half a megabyte of documents', fill('---\n'), 'structure/too-many-nodes'],
    ['half a megabyte of comments in a list', `[${fill('# c\n')}`, 'structure/too-many-nodes'],
    ['80,000 keys', Array.from({ length: 80_000 }, (_, i) => `k${i}: 1`).join('\n'), 'structure/too-many-nodes'],
    ['a key of half a megabyte', `${fill('k')}: 1`, 'structure/yaml-syntax'],
    ['a string of half a megabyte that never ends', `"${fill('a\\')}`, 'structure/yaml-syntax'],
    ['binary', '\u0000\u0001\u0002\u0003', 'structure/invalid-text'],
    ['more than a megabyte', 'a'.repeat((1 << 20) + 1), 'structure/file-too-large'],
  ])('%s: one finding, soon', (_, text, rule) => {
    // A quadratic step would take minutes, and fail by the time limit of a test.
    const { findings } = parse(text);
    expect(findings).toMatchObject([{ rule }]);
    expect(JSON.stringify(findings).length).toBeLessThan(1_000);
  });

  it.each([
    ['100,000 brackets', '['.repeat(100_000), 'structure/too-deep'],
    ['200,000 numbers', `[${'1,'.repeat(200_000)}1]`, 'structure/too-many-nodes'],
    ['a key that is most of the file', `{"${fill('k')}": 1, "k`, 'structure/yaml-syntax'],
  ])('in JSON, %s: one finding, soon', (_, text, rule) => {
    expect(parse(text, 'x.json').findings).toMatchObject([{ rule }]);
  });

  it('never throws, whatever the bytes are', () => {
    const pieces = fc.constantFrom(
      'a: 1\n',
      '- ',
      '? ',
      ': ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a ',
      '*a',
      '!t ',
      '| \n',
      '>-\n',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      '  ',
      '\t',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '\r\n',
      'é',
      '\u{1f600}',
      '@',
      '`',
      '0x',
      '1e9',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(pieces, { maxLength: 30 }).map((parts) => encoder.encode(parts.join(''))),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom('x.yaml', 'x.json'), (content, file) => {
        const parsed = parseDocument(file, content);
        expect(parsed.value !== undefined || parsed.findings.length > 0).toBe(true);
        for (const { place } of parsed.findings) {
          expect(place.line).toBeGreaterThan(0);
          expect(place.column).toBeGreaterThan(0);
        }
      }),
      { seed: 20261123, numRuns: 3_000 },
    );
  });

  // Each value's pointer holds the name: the product of both was 20 GB, and the process died.
  it.each([
    ['one long name', 'x.json', `{"${'k'.repeat(500_000)}":[${'0,'.repeat(40_000)}0]}`],
    ['one long name', 'x.yaml', `{"${'k'.repeat(500_000)}":[${'0,'.repeat(40_000)}0]}`],
    [
      'sixty names',
      'x.json',
      `${'{"k":'.replace('k', 'k'.repeat(8_000)).repeat(60)}[${'0,'.repeat(40_000)}0]${'}'.repeat(60)}`,
    ],
    [
      'sixty names',
      'x.yaml',
      `${'{"k":'.replace('k', 'k'.repeat(8_000)).repeat(60)}[${'0,'.repeat(40_000)}0]${'}'.repeat(60)}`,
    ],
  ])('counts values under %s in %s more than once', (_what, file, text) => {
    expect(rules(text, file).join()).toMatch(/^structure\/too-many-nodes /u);
  });

  it('takes values under names of any usual length', () => {
    const name = 'k'.repeat(200);
    const text = `{"${name}":[${'0,'.repeat(15_000)}0]}`;
    expect([rules(text, 'x.json'), rules(text, 'x.yaml')]).toEqual([[], []]);
  });

  it('keeps no places where nobody will ask for them', () => {
    const parsed = parseDocument('x.json', encoder.encode('{\n"a": 1 }'), { ...DOCUMENT_LIMITS, places: false });
    expect([parsed.value, parsed.locate(pointerOf('/a')).line]).toEqual([{ a: 1 }, 1]);
  });
});
