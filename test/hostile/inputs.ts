import { parseDocument } from '../../src/kernel/document.ts';
import type { Json } from '../../src/kernel/json.ts';
import { type Draw, drawSeeded } from '../expression/programs.ts';
import type { Loader } from './loaders.ts';
import { mutateTree, pick } from './mutations.ts';

/** A hostile document, by how it was made. */
export interface Input {
  readonly how: string;
  readonly bytes: Uint8Array;
}

const MEBIBYTE = 1 << 20;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const many = (text: string, bytes = MEBIBYTE): string => text.repeat(Math.floor(bytes / text.length));
const times = (count: number, made: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => made(i)).join('');

/** What no reader should be given, and each gets. */
export const CORPUS: readonly Input[] = [
  ...[
    '\n',
    ' ',
    'a',
    '"',
    "'",
    '{',
    '[',
    '}',
    ']',
    '- ',
    '? ',
    ': ',
    '#',
    '&a ',
    '*a ',
    '!t ',
    '|\n',
    '>\n',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
  ],
  ...[
    'a: b\n',
    'a:\n',
    '{a: ',
    '[a, ',
    '"a": {',
    '- - ',
    '\\',
    '"\\u0041',
    '"a" ',
    'a\n\n',
    'a \n ',
    '\t',
    ',',
    '<<: *a\n',
    'eyJ-',
    '\u00e9',
    '\u{1f600}',
    '\u0301',
    '\ufeff',
  ],
]
  .map((piece): Input => ({
    how: `a mebibyte of ${JSON.stringify(piece)}`,
    bytes: encode(many(piece, (MEBIBYTE / Buffer.byteLength(piece)) * piece.length)),
  }))
  .concat(
    (
      [
        ['nothing', ''],
        ['two megabytes', 'a'.repeat(2 * MEBIBYTE)],
        ['thirty thousand keys', times(30_000, (i) => `k${i}: ${i}\n`)],
        ['ten thousand equal keys', times(10_000, () => 'k: 1\n')],
        ['one long key', `${'k'.repeat(500_000)}: 1\n`],
        ['one long number', `a: ${'9'.repeat(500_000)}\n`],
        ['one long fraction', `a: 0.${'3'.repeat(500_000)}\n`],
        ['one long exponent', `a: 1e${'9'.repeat(100_000)}\n`],
        ['numbers beyond all bounds', 'a: [1e400, -1e400, 1e-400, -0, .inf, .nan, 0x10, 0o7, 007, 9007199254740993]\n'],
        ['JSON numbers beyond all bounds', '{"a":[1e400,-1e400,1e-400,-0,9007199254740993]}'],
        [
          'sixty lists in one another, many times',
          `a:\n${times(8_000, () => `- ${'['.repeat(60)}${']'.repeat(60)}\n`)}`,
        ],
        ['a chain of aliases', `a0: &a0 [1]\n${times(40, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]\n`)}`],
        ['an alias of itself', 'a: &a { b: *a }\n'],
        ['merge keys', `a: &a { x: 1 }\n${times(5_000, () => '- <<: *a\n')}`],
        [
          'names of the prototype',
          '__proto__: { a: 1 }\nconstructor: { prototype: { b: 1 } }\ntoString: 1\nhasOwnProperty: 1\n',
        ],
        [
          'names of the prototype in JSON',
          '{"__proto__":{"a":1},"constructor":{"prototype":{}},"toString":1,"hasOwnProperty":1}',
        ],
        ['lone surrogates', '{"a":"\\ud800","\\udfff":"b"}'],
        ['lone surrogates in YAML', 'a: "\\ud800"\n"\\udfff": b\n'],
        ['a long comment', `# ${'x'.repeat(MEBIBYTE - 100)}\na: 1\n`],
        ['half a million marks on one letter', `a: e${'\u0301'.repeat(400_000)}\n`],
        ['many lines of comments', times(60_000, (i) => `# ${i}\n`)],
        ['a block of many lines', `a: |\n${times(60_000, () => '  x\n')}`],
        ['a folded block of many lines', `a: >-\n${times(60_000, () => '  x\n\n')}`],
        ['a quoted text of many lines', `a: "${times(60_000, () => 'x\n  ')}"\n`],
        ['a plain text of many lines', `a: x\n${times(60_000, () => '  x\n')}`],
        ['escapes', `{"a":"${'\\u0041'.repeat(150_000)}"}`],
        ['a JSON list of a million', `[${'0,'.repeat(400_000)}0]`],
        ['depth in JSON', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
        ['carriage returns', 'a: 1\r\nb: 2\rc: 3\r\n'],
        ['separators of lines', 'a: 1\u2028b: 2\u2029c: 3\u0085d: 4\n'],
        ['a document behind a document', 'a: 1\n...\n---\nb: 2\n'],
        ['a directive', '%TAG ! tag:evil.example,2026:\n---\n!x a: 1\n'],
        ['a tag of a language', '!!js/function "function(){}"\n'],
        ['a binary', 'a: !!binary |\n  R0lGODlhDAAMAIQAAP\n'],
      ] as const
    ).map(([how, text]): Input => ({ how, bytes: encode(text) })),
    (
      [
        ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61, 0x3a, 0x20, 0x31]],
        ['UTF-16, little end first', [0xff, 0xfe, 0x61, 0x00, 0x3a, 0x00, 0x31, 0x00]],
        ['UTF-16, big end first', [0xfe, 0xff, 0x00, 0x61, 0x00, 0x3a, 0x00, 0x31]],
        ['a null', [0x61, 0x3a, 0x20, 0x00]],
        ['a surrogate in UTF-8', [0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80]],
        ['an overlong slash', [0x61, 0x3a, 0x20, 0xc0, 0xaf]],
        ['a character beyond Unicode', [0x61, 0x3a, 0x20, 0xf4, 0x90, 0x80, 0x80]],
        ['half a character', [0x61, 0x3a, 0x20, 0xe2, 0x82]],
        ['bytes that are none', Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256)],
        ['a mebibyte of continuations', Array.from({ length: MEBIBYTE }, () => 0x80)],
        ['a mebibyte of nulls', Array.from({ length: MEBIBYTE }, () => 0)],
        ['a gzip', [0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00]],
      ] as const
    ).map(([how, bytes]): Input => ({ how, bytes: Uint8Array.from(bytes) })),
  );

/** An input for a loader, from a number alone. */
export function inputFor(loader: Loader, seed: number): Input {
  const draw = drawSeeded(seed);
  const sample = pick(loader.samples, draw);
  const kind = draw(10);
  if (kind < 3 && loader.structured) return asTree(loader, sample, draw);
  if (kind < 6) return { how: 'text', bytes: encode(changeText(decoded(sample), draw)) };
  if (kind < 8) return { how: 'amplified', bytes: encode(amplify(decoded(sample), draw)) };
  if (kind < 9) return { how: 'spliced', bytes: splice(sample, pick(loader.samples, draw), draw) };
  return { how: 'bytes', bytes: changeBytes(sample, draw) };
}

function asTree(loader: Loader, sample: Uint8Array, draw: Draw): Input {
  const trees = [sample, pick(loader.samples, draw)].map((bytes) => parseDocument('any.yaml', bytes).value);
  const [tree = null, other = null] = trees;
  return { how: 'tree', bytes: encode(JSON.stringify(mutateTree(tree satisfies Json, [tree, other], draw))) };
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const TOKENS: readonly string[] = [
  '\n',
  '\r\n',
  '\r',
  ': ',
  ':',
  '- ',
  '? ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: *a',
  '!!str ',
  '!',
  '|',
  '>',
  '|+2\n',
  '#',
  ' #',
  '%',
  '@',
  '`',
  '---\n',
  '...\n',
  '  ',
  '\t',
  '~',
  'null',
  'yes',
  'no',
  'on',
  '020',
  '0x1F',
  '1e99',
  '1e400',
  '-0',
  '.inf',
  '2026-11-23',
  '1:30',
  '__proto__',
  'constructor',
  'toString',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\u2028',
  '\u0085',
  '\u0000',
  '\u0007',
  '\ud7ff',
  '\ue000',
  '😀',
  'é',
  'e\u0301',
  'ﬁ',
  'İ',
  'ß',
  '/',
  '//',
  '~0',
  '~2',
  '/*',
  '${',
  '}',
  '${ . }',
  '$secrets.X',
  '$context',
  '.a',
  '.[]',
  '|',
  ' as $x | ',
  '(',
  ')',
  'map(',
  'test("',
  '(a+)+$',
  '\\',
  '\\u0000',
  '\\ud800',
  '"\\(',
  '..',
  '?',
  '//',
  'reduce',
  'def f: f; f',
  '^1.2.3',
  'latest',
  '1.2.3-',
  '+',
  'PT',
  'P1Y',
  'PT1S',
  'end',
  'exit',
  'then: ',
  'call: ',
  'forbid',
  'permit',
  'when {',
  'has',
  'like "*',
  'context.',
  '@id("',
  'sha256-',
  '0'.repeat(40),
];

function changeText(text: string, draw: Draw): string {
  let changed = text;
  for (let left = 1 + draw(4); left > 0; left -= 1) {
    const at = draw(changed.length + 1);
    const removed = draw(3) === 0 ? draw(40) : draw(3);
    const inserted = draw(3) === 0 ? lineOf(text, draw) : pick(TOKENS, draw);
    changed = changed.slice(0, at) + inserted + changed.slice(at + removed);
  }
  return changed;
}

function lineOf(text: string, draw: Draw): string {
  return `${pick(text.split('\n'), draw)}\n`;
}

/** Some part of a text very often, where it stands: whatever is slower than linear shows. */
function amplify(text: string, draw: Draw): string {
  const whole = draw(4) === 0;
  const from = draw(text.length + 1);
  const piece = whole ? lineOf(text, draw) : draw(3) === 0 ? pick(TOKENS, draw) : text.slice(from, from + 1 + draw(30));
  const room = Math.max(0, MEBIBYTE - 8 - Buffer.byteLength(text));
  const count = Math.min(
    pick([3, 40, 1_000, 20_000, 1_000_000], draw),
    Math.floor(room / Math.max(1, Buffer.byteLength(piece))),
  );
  const at = whole ? text.indexOf('\n', from) + 1 : from;
  return text.slice(0, at) + piece.repeat(count) + text.slice(at);
}

function splice(one: Uint8Array, other: Uint8Array, draw: Draw): Uint8Array {
  return Uint8Array.from([...one.subarray(0, draw(one.length + 1)), ...other.subarray(draw(other.length + 1))]);
}

function changeBytes(bytes: Uint8Array, draw: Draw): Uint8Array {
  const changed = Uint8Array.from(bytes);
  if (changed.length === 0) return Uint8Array.of(draw(256));
  for (let left = 1 + draw(8); left > 0; left -= 1) {
    const at = draw(changed.length);
    changed[at] = draw(2) === 0 ? draw(256) : (changed[at] ?? 0) ^ (1 << draw(8));
  }
  if (draw(4) === 0) return changed.subarray(0, draw(changed.length));
  return changed;
}
