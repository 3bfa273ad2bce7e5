import { RegExpValidator } from '@eslint-community/regexpp';
import { compilePattern, type Pattern } from './patterns.ts';
import { assert } from '../kernel/result.ts';

/** A format: a regular language, and where that is not all, a further condition on its words. */
export interface Format {
  readonly pattern: Pattern;
  readonly also: ((text: string) => boolean) | undefined;
}

// RFC 3339, 5.6 (`T`, `Z` in either case) and appendix A for durations.
const DATE = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+\-](?:[01]\d|2[0-3]):[0-5]\d)`;
const DURATION_TIME = String.raw`T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)`;
const DURATION_DATE = String.raw`(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)`;
const DURATION = `P(?:${DURATION_DATE}(?:${DURATION_TIME})?|${DURATION_TIME}|\\d+W)`;

// RFC 3986, appendix A; RFC 2673, 3.2 has the same dotted quad.
const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const H16 = '[0-9A-Fa-f]{1,4}';
const LS32 = `(?:${H16}:${H16}|${IPV4})`;
const IPV6 = [
  `(?:${H16}:){6}${LS32}`,
  `::(?:${H16}:){5}${LS32}`,
  `(?:${H16})?::(?:${H16}:){4}${LS32}`,
  ...[1, 2, 3].map((n) => `(?:(?:${H16}:){0,${n}}${H16})?::(?:${H16}:){${4 - n}}${LS32}`),
  `(?:(?:${H16}:){0,4}${H16})?::${LS32}`,
  `(?:(?:${H16}:){0,5}${H16})?::${H16}`,
  `(?:(?:${H16}:){0,6}${H16})?::`,
].join('|');

interface UriAlphabet {
  /** Unreserved characters beyond ASCII, as members of a class (RFC 3987, 2.2). */
  readonly ucs: string;
  readonly private: string;
}
const URI: UriAlphabet = { ucs: '', private: '' };
const IRI: UriAlphabet = {
  ucs: [
    String.raw`\u{A0}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFEF}`,
    ...Array.from({ length: 13 }, (_, i) => `\\u{${(i + 1).toString(16)}0000}-\\u{${(i + 1).toString(16)}FFFD}`),
    String.raw`\u{E1000}-\u{EFFFD}`,
  ].join(''),
  private: String.raw`\u{E000}-\u{F8FF}\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}`,
};

function uriSource({ ucs, private: own }: UriAlphabet, reference: boolean): string {
  const escaped = '%[0-9A-Fa-f]{2}';
  const plain = `A-Za-z0-9\\-._~${ucs}!$&'()*+,;=`;
  const char = `(?:[${plain}:@]|${escaped})`;
  const host = `(?:\\[(?:${IPV6}|[vV][0-9A-Fa-f]+\\.[${plain}:]+)\\]|(?:[${plain}]|${escaped})*)`;
  const authority = `(?:(?:[${plain}:]|${escaped})*@)?${host}(?::\\d*)?`;
  const segments = `(?:/${char}*)*`;
  const absolute = `(?://${authority}${segments}|/(?:${char}+${segments})?)`;
  const query = `(?:\\?(?:[${plain}:@/?${own}]|${escaped})*)?(?:#(?:[${plain}:@/?]|${escaped})*)?`;
  const scheme = '[A-Za-z][A-Za-z0-9+\\-.]*:';
  // Without a scheme the first segment has no colon.
  return reference
    ? `(?:(?:${scheme})?${absolute}|${scheme}(?:${char}+${segments})?|(?:(?:[${plain}@]|${escaped})+${segments})?)${query}`
    : `${scheme}(?:${absolute}|${char}+${segments})?${query}`;
}

// RFC 5321, 4.1.2 (and RFC 6531 for characters beyond ASCII).
function mailSource(beyond: string): string {
  const atom = `[A-Za-z0-9!#$%&'*+\\-/=?^_\`{|}~${beyond}]+`;
  const label = `[A-Za-z0-9${beyond}](?:[A-Za-z0-9\\-${beyond}]*[A-Za-z0-9${beyond}])?`;
  const quoted = `"(?:[ !#-\\[\\]-~${beyond}]|\\\\[ -~])*"`;
  const literal = `\\[(?:${IPV4}|IPv6:(?:${IPV6}))\\]`;
  return `(?:${atom}(?:\\.${atom})*|${quoted})@(?:${label}(?:\\.${label})*|${literal})`;
}

// RFC 1123, 2.1; RFC 5891, 4.2.3.1 reserves hyphens in the third and fourth place for A-labels.
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?';
const POINTER = '(?:/(?:[^~/]|~[01])*)*';
const VARIABLE = '(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?::[1-9]\\d{0,3}|\\*)?';

const SOURCES: Readonly<Record<string, readonly [source: string, also?: (text: string) => boolean]>> = {
  date: [DATE, isDate],
  time: [TIME, isTime],
  'date-time': [`${DATE}[Tt]${TIME}`, (text) => isDate(text.slice(0, 10)) && isTime(text.slice(11))],
  duration: [DURATION],
  email: [mailSource('')],
  'idn-email': [mailSource(String.raw`\u{80}-\u{10FFFF}`)],
  hostname: [`${LABEL}(?:\\.${LABEL})*`, isHostname],
  ipv4: [IPV4],
  ipv6: [IPV6],
  uri: [uriSource(URI, false)],
  'uri-reference': [uriSource(URI, true)],
  iri: [uriSource(IRI, false)],
  'iri-reference': [uriSource(IRI, true)],
  'uri-template': [
    `(?:[!#$&-;=?-\\[\\]_a-z~\\u{A0}-\\u{10FFFD}]|%[0-9A-Fa-f]{2}|\\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\\})*`,
  ],
  uuid: ['[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}'],
  regex: ['[^]*', isRegex],
  'json-pointer': [POINTER],
  'relative-json-pointer': [`(?:0|[1-9]\\d*)(?:#|${POINTER})`],
};

/** The formats of the specification, whether or not they are checked here. */
const STANDARD: ReadonlySet<string> = new Set([...Object.keys(SOURCES), 'idn-hostname']);

const made = new Map<string, Format>();

/** Whether {@link formatOf} gives the name a meaning. */
export function isCheckedFormat(name: string): boolean {
  return Object.hasOwn(SOURCES, name);
}

/** Whether JSON Schema 2020-12 (Validation, 7.3) defines the name. */
export function isStandardFormat(name: string): boolean {
  return STANDARD.has(name);
}

/** The meaning of a format that {@link isCheckedFormat} knows. */
export function formatOf(name: string): Format {
  const known = made.get(name);
  if (known !== undefined) return known;
  const [source, also] = SOURCES[name] ?? ['[]'];
  const pattern = compilePattern(`^(?:${source})$`);
  assert(pattern.ok, `the pattern of the format ${name} is in the profile`);
  const format = { pattern: pattern.value, also };
  made.set(name, format);
  return format;
}

/** Whether `text` is of a format that {@link isCheckedFormat} knows. */
export function hasFormat(name: string, text: string): boolean {
  const { pattern, also } = formatOf(name);
  return pattern.test(text) && (also === undefined || also(text));
}

function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** RFC 3339, 5.7: a leap second is the last one of a day in UTC. */
function isTime(text: string): boolean {
  if (text.slice(6, 8) !== '60') return true;
  const offset = /(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d)$/u.exec(text)?.groups;
  const minutes = Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const ahead =
    offset === undefined
      ? 0
      : (Number(offset['hours']) * 60 + Number(offset['minutes'])) * (offset['sign'] === '-' ? -1 : 1);
  return (minutes - ahead + 2 * 1440) % 1440 === 1439;
}

/** A-labels are taken by their form: which Unicode labels they stand for (RFC 5892) is not looked at. */
function isHostname(text: string): boolean {
  if (text.length > 253) return false;
  return text.split('.').every((label) => label.slice(2, 4) !== '--' || /^xn--/iu.test(label));
}

function isRegex(text: string): boolean {
  // The validator recurses; nothing longer or deeper is worth the risk of its stack.
  if (text.length > 10_000 || (text.match(/\(/gu)?.length ?? 0) > 200) return false;
  try {
    new RegExpValidator({ ecmaVersion: 2025 }).validatePattern(text, 0, text.length, { unicode: true });
    return true;
  } catch {
    return false;
  }
}
