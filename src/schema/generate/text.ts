import { formatOf } from '../formats.ts';
import { type Chance, Words } from '../language.ts';
import type { Pattern } from '../patterns.ts';
import type { Facts } from './facts.ts';

/** Texts that programs trip over, the readable ones first. */
const PLAIN = [
  ...[
    '',
    'a',
    'b',
    'ab',
    'abc',
    'word',
    'two words',
    'A',
    '0',
    '12',
    '-1',
    'true',
    'null',
    'a.b',
    'a@b.example',
    'https://a.example/b',
  ],
  ...[
    ' ',
    'é',
    '日本',
    '😀',
    '"',
    "'",
    '\\',
    '<b>',
    '/~',
    '\n',
    'a\tb',
    '${ . }',
    '{}',
    '\u200f',
    '__proto__',
    'x'.repeat(65),
  ],
];

/** Words of each format, and texts that just miss it: the validator tells which are which. */
const OF_FORMAT: Readonly<Record<string, readonly string[]>> = {
  date: ['2024-02-29', '1970-01-01', '2023-12-31', '2023-02-29', '2024-13-01', '2024-1-1', '24-01-01'],
  time: ['00:00:00Z', '12:30:45+02:00', '23:59:60Z', '08:15:30.5-05:30', '24:00:00Z', '12:30', '12:30:61Z'],
  'date-time': [
    '2024-02-29T12:30:45Z',
    '1970-01-01T00:00:00Z',
    '1998-12-31T23:59:60Z',
    '2024-01-01T10:00:00.123+02:00',
    '2023-02-29T00:00:00Z',
    '2024-01-01 10:00',
    '2024-01-01',
  ],
  duration: ['P1D', 'PT1H', 'P2W', 'P1Y2M3DT4H5M6S', 'PT0S', 'P', 'P1', 'PT', '1D'],
  email: ['a@b.example', 'first.last@sub.example', 'x+y@example', '"a b"@c.example', 'a@', '@b', 'a b@c', 'a'],
  'idn-email': ['a@b.example', '日本@例.example', 'a@', 'a'],
  hostname: ['a', 'a.example', 'a-b.example', 'x1', '-a', 'a_b', 'a..b', ''],
  ipv4: ['127.0.0.1', '0.0.0.0', '255.255.255.255', '256.0.0.1', '1.2.3', '01.2.3.4'],
  ipv6: ['::', '::1', '2001:db8::8a2e:370:7334', '::ffff:192.0.2.1', '1:2', ':::', 'g::'],
  uri: ['https://a.example', 'urn:a:b', 'mailto:a@b.example', 'https://a.example/b?c=d#e', '//a.example/b', 'a b', 'a'],
  'uri-reference': ['', '/a', 'a', '#b', '?c', 'https://a.example/b', 'a b', '\\', 'http://[::'],
  iri: ['https://a.example', 'https://é.example/日本', 'a b', 'a'],
  'iri-reference': ['', '/é', 'https://a.example/b', 'a b', '\\'],
  'uri-template': ['https://a.example/{b}', '{?x,y}', 'a', '{', '}a'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    '123e4567-e89b-12d3-a456-426614174000',
    'ABCDEF01-2345-6789-ABCD-EF0123456789',
    '123e4567',
    'g23e4567-e89b-12d3-a456-426614174000',
  ],
  regex: ['', 'a', '^a+$', '[a-z]*', '(', '[', 'a{2,1}'],
  'json-pointer': ['', '/', '/a/0', '/a~1b', 'a', '/~', '/~2'],
  'relative-json-pointer': ['0', '1/a', '2#', '01', '-1', '/a'],
};

/** The longest text for the sake of a bound's end, and for the sake of any. */
const LONG = 2000;
const LONGEST = 50_000;
const MAX_KEPT = 300;
const kept = new Map<string, Words>();

function words(all: readonly Pattern[], none: readonly Pattern[], minLength: number, maxLength: number): Words {
  const key = JSON.stringify([all.map((it) => it.source), none.map((it) => it.source), minLength, String(maxLength)]);
  let made = kept.get(key);
  if (made === undefined) {
    made = new Words({ all, none, minLength, maxLength });
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, made);
  }
  return made;
}

/** A text of the facts, or nearly: `undefined` where surely none was found. */
export function drawText(facts: Facts, chance: Chance, edgy: boolean): string | undefined {
  const { minLength, maxLength, patterns, notPatterns, formats, notFormats } = facts;
  if (minLength > maxLength || minLength > LONGEST) return undefined;
  const [least, most] = edgy ? edgeLengths(minLength, maxLength, chance) : [minLength, maxLength];
  const pool = [...formats, ...notFormats].flatMap((format) => OF_FORMAT[format] ?? []);
  if (patterns.length + notPatterns.length === 0 && pool.length > 0 && chance.below(4) > 0)
    return pool[chance.below(pool.length)];
  if (patterns.length + notPatterns.length + formats.length + notFormats.length === 0)
    return plain(least, most, chance);
  const all = [...patterns, ...formats.map((format) => formatOf(format).pattern)];
  const none = [...notPatterns, ...notFormats.map((format) => formatOf(format).pattern)];
  // Where nothing is asked for, words that nobody would write are found too easily.
  if (all.length === 0 && chance.below(2) === 0) return plain(least, most, chance);
  const drawn = words(all, none, least, most).draw(chance);
  return (
    drawn ??
    (least === minLength && most === maxLength ? undefined : words(all, none, minLength, maxLength).draw(chance))
  );
}

/** One length at an end of what is allowed, so far as it is worth writing out. */
function edgeLengths(minLength: number, maxLength: number, chance: Chance): readonly [number, number] {
  const edges = [minLength, minLength + 1, maxLength - 1, maxLength].filter(
    (it) => it >= minLength && it <= maxLength && it <= LONG,
  );
  const edge = edges[chance.below(2 * edges.length)];
  return edge === undefined ? [minLength, maxLength] : [edge, edge];
}

function plain(minLength: number, maxLength: number, chance: Chance): string {
  const most = chance.below(3) === 0 ? PLAIN.length : 12;
  const text = Array.from(PLAIN[chance.below(most)] ?? '');
  while (text.length < minLength) text.push(String.fromCharCode(97 + (text.length % 26)));
  return text.slice(0, Math.min(text.length, maxLength)).join('');
}
