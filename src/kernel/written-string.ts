/**
 * Where each part of a string stands in the text that it was written as: plain, quoted or as a block in YAML (1.2.2, 7.3 and
 * 8.1), quoted in JSON. What is escaped or folded is followed unit by unit.
 */
export interface WrittenString {
  /** The span of a part of the value, in UTF-16 code units of the text; `end` is exclusive. */
  span(offset: number, length: number): { readonly start: number; readonly end: number };
}

/** `undefined` where `written` does not read as `value`: a way of writing that is not known here. */
export function readWritten(written: string, value: string): WrittenString | undefined {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const read of readingsOf(written)) {
    // How a block ends (chomping) says nothing about the places before.
    if (!read.text.startsWith(value) || (!read.isBlock && read.text !== value)) continue;
    for (const { start, end } of read.units) {
      starts.push(start);
      ends.push(end);
    }
    return {
      span(offset, length) {
        const last = Math.min(Math.max(offset + length, offset + 1), value.length) - 1;
        // What is missing at the end is missing behind the last unit.
        const start = starts[offset] ?? ends[value.length - 1] ?? 0;
        return { start, end: Math.max(ends[last] ?? start, start) };
      },
    };
  }
  return undefined;
}

interface Unit {
  readonly start: number;
  readonly end: number;
}

/** One way to read a text, with the place of each unit of what it reads as. */
class Reading {
  readonly units: Unit[] = [];
  readonly isBlock: boolean;
  text = '';

  constructor(isBlock: boolean) {
    this.isBlock = isBlock;
  }

  /** What stands at `start` to `end` means `text`. */
  add(text: string, start: number, end: number): void {
    this.text += text;
    for (let i = 0; i < text.length; i += 1) this.units.push({ start, end });
  }

  /** The text from `start` to `end` as it is. */
  copy(source: string, start: number, end: number): void {
    this.text += source.slice(start, end);
    for (let at = start; at < end; at += 1) this.units.push({ start: at, end: at + 1 });
  }
}

function* readingsOf(written: string): Generator<Reading> {
  switch (written[0]) {
    case '"':
      yield flow(written, 1, written.lastIndexOf('"'), escapeAt);
      return;
    case "'":
      yield flow(written, 1, written.lastIndexOf("'"), quoteAt);
      return;
    case '|':
    case '>': {
      // An indentation that is written as a number counts from the parent's, which is not known here.
      for (const indent of indentsOf(written)) yield block(written, indent, written[0] === '>');
      return;
    }
    default:
      yield flow(written, 0, written.trimEnd().length, () => undefined);
  }
}

/** What an escape at a place means, and how long it is. */
type Escapes = (source: string, at: number) => { readonly text: string; readonly length: number } | undefined;

/** Lines are folded: a break is a space, further ones stay, and white space around them goes. */
function flow(written: string, from: number, to: number, escapes: Escapes): Reading {
  const reading = new Reading(false);
  const source = written.slice(0, to);
  const fold = /[ \t]*(?:\r?\n[ \t]*)+/y;
  let at = from;
  while (at < to) {
    const escape = escapes(source, at);
    if (escape !== undefined) {
      reading.add(escape.text, at, at + escape.length);
      at += escape.length;
      continue;
    }
    fold.lastIndex = at;
    const folded = /\s/.test(source[at] ?? '') ? fold.exec(source)?.[0] : undefined;
    if (folded === undefined) {
      reading.copy(source, at, at + 1);
      at += 1;
    } else {
      const breaks = folded.split('\n').length - 1;
      reading.add(breaks === 1 ? ' ' : '\n'.repeat(breaks - 1), at, at + folded.length);
      at += folded.length;
    }
  }
  return reading;
}

const quoteAt: Escapes = (source, at) => (source.startsWith("''", at) ? { text: "'", length: 2 } : undefined);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  [' ', ' '],
  ['"', '"'],
  ['/', '/'],
  ['\\', '\\'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

const escapeAt: Escapes = (source, at) => {
  if (source[at] !== '\\') return undefined;
  const letter = source[at + 1] ?? '';
  const digits = DIGITS.get(letter);
  if (digits !== undefined) {
    const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
    return code <= 0x10ffff ? { text: String.fromCodePoint(code), length: 2 + digits } : undefined;
  }
  const text = ESCAPES.get(letter);
  if (text !== undefined) return { text, length: 2 };
  // A break that is escaped goes, with the white space that begins the next line.
  const joined = /\\\r?\n[ \t]*/y;
  joined.lastIndex = at;
  const length = joined.exec(source)?.[0].length;
  return length === undefined ? undefined : { text: '', length };
};

function indentsOf(written: string): readonly number[] {
  const first = /\n( *)[^ \r\n]/.exec(written)?.[1]?.length ?? 0;
  return /^.[+-]?[1-9]/.test(written) ? Array.from({ length: first + 1 }, (_, i) => first - i) : [first];
}

interface Line {
  readonly start: number;
  /** Before the line break. */
  readonly end: number;
}

function block(source: string, indent: number, folds: boolean): Reading {
  const reading = new Reading(true);
  const breaks: Line[] = [];
  let before: 'nothing' | 'text' | 'indented' = 'nothing';
  for (const { start, end } of linesOf(source)) {
    const content = Math.min(start + indent, end);
    const isEmpty = content === end && /^ *$/.test(source.slice(start, end));
    if (isEmpty) {
      breaks.push({ start: end, end: end + 1 });
      continue;
    }
    const kind = /[ \t]/.test(source[content] ?? '') ? 'indented' : 'text';
    // Breaks between two lines of text are folded; those around a more indented line stay.
    const [first, ...more] = breaks;
    const isFolded = folds && before === 'text' && kind === 'text';
    if (first !== undefined) {
      if (!isFolded) reading.add('\n', first.start, first.end);
      else if (more.length === 0) reading.add(' ', first.start, first.end);
    }
    for (const line of more) reading.add('\n', line.start, line.end);
    reading.copy(source, content, end);
    breaks.splice(0, breaks.length, { start: end, end: end + 1 });
    before = kind;
  }
  for (const line of breaks) reading.add('\n', line.start, line.end);
  return reading;
}

/** The lines below the header of a block. */
function linesOf(source: string): readonly Line[] {
  const lines: Line[] = [];
  let start = source.indexOf('\n') + 1;
  while (start > 0 && start < source.length) {
    const stop = source.indexOf('\n', start);
    const end = stop === -1 ? source.length : stop;
    lines.push({ start, end: source[end - 1] === '\r' ? end - 1 : end });
    start = end + 1;
  }
  return lines;
}
