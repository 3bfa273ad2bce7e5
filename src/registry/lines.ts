import { compareText } from '../kernel/json.ts';
import { RegistryError } from './error.ts';

/**
 * A JSON file of many entries, one a line in the order of names: `{"format":"…","entries":[`, then `["<name>",{…}]` lines, then
 * `]}`. One entry is replaced by copying bytes, so that publishing costs no more in a large index than in a small one.
 */

const SEPARATOR = Buffer.from(',\n');
const FOOTER = Buffer.from('\n]}\n');

export function emptyLines(format: string): Uint8Array {
  return Buffer.concat([headerOf(format), FOOTER.subarray(1)]);
}

/** The file with some entries put in place (JSON of the entry) or taken out (undefined). Throws `malformed` for another format. */
export function editLines(
  format: string,
  file: Uint8Array,
  edits: ReadonlyMap<string, string | undefined>,
): Uint8Array {
  const body = bodyOf(format, file);
  const kept: Uint8Array[] = [];
  let at = 0;
  const keepUntil = (end: number): void => {
    if (end > at) kept.push(body.subarray(at, end === body.length ? end : end - SEPARATOR.length));
  };
  for (const name of [...edits.keys()].sort(compareText)) {
    const { start, end } = find(body, name);
    keepUntil(start);
    at = end;
    const line = edits.get(name);
    if (line !== undefined) kept.push(Buffer.from(`[${JSON.stringify(name)},${line}]`));
  }
  keepUntil(body.length);
  const header = headerOf(format);
  if (kept.length === 0) return emptyLines(format);
  const parts = kept.flatMap((part, i) => (i === 0 ? [part] : [SEPARATOR, part]));
  return Buffer.concat([header, ...parts, FOOTER]);
}

/** Names and JSON of the entries, in order; the JSON is parsed by whoever wants it. */
export function* readLines(
  format: string,
  file: Uint8Array,
): Generator<{ readonly name: string; readonly json: string }> {
  const text = Buffer.from(bodyOf(format, file)).toString('utf8');
  if (text === '') return;
  for (const line of text.split(SEPARATOR.toString())) {
    const comma = line.indexOf(',');
    const name: unknown = /^\["[a-z0-9/-]+"$/.test(line.slice(0, comma)) ? line.slice(2, comma - 1) : undefined;
    if (typeof name !== 'string' || !line.endsWith(']')) throw wrong(format);
    yield { name, json: line.slice(comma + 1, -1) };
  }
}

/** The names alone, in order: the entries are not looked at. */
export function readLineNames(format: string, file: Uint8Array): readonly string[] {
  const body = bodyOf(format, file);
  const names: string[] = [];
  for (let start = 0; start < body.length; start = lineEnd(body, start)) {
    const quote = body.indexOf(0x22, start + 2);
    const name = body.toString('latin1', start + 2, quote);
    if (body[start] !== 0x5b || body[start + 1] !== 0x22 || !/^[a-z0-9/-]+$/.test(name)) throw wrong(format);
    names.push(name);
  }
  return names;
}

/** The line of `name`, separator included, or the empty place where it belongs. */
function find(body: Buffer, name: string): { readonly start: number; readonly end: number } {
  const wanted = Buffer.from(`[${JSON.stringify(name)},`);
  let low = 0;
  let high = body.length;
  while (low < high) {
    const start = lineStart(body, (low + high) >> 1);
    const end = lineEnd(body, start);
    const order = compareName(body.subarray(start, end), wanted);
    if (order === 0) return { start, end };
    if (order < 0) low = end;
    else high = start;
  }
  return { start: low, end: low };
}

/** By the names alone: the quote that ends a shorter name sorts before every character of a longer one but `!`, which no name has. */
function compareName(line: Buffer, wanted: Buffer): number {
  return Buffer.compare(line.subarray(0, wanted.length), wanted);
}

function lineStart(body: Buffer, offset: number): number {
  return offset === 0 ? 0 : body.lastIndexOf(0x0a, offset - 1) + 1;
}

function lineEnd(body: Buffer, offset: number): number {
  const feed = body.indexOf(0x0a, offset);
  return feed === -1 ? body.length : feed + 1;
}

function bodyOf(format: string, file: Uint8Array): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const header = headerOf(format);
  if (bytes.equals(emptyLines(format))) return Buffer.alloc(0);
  const isOurs =
    bytes.subarray(0, header.length).equals(header) &&
    bytes.length > header.length + FOOTER.length &&
    bytes.subarray(-FOOTER.length).equals(FOOTER);
  if (!isOurs) throw wrong(format);
  return bytes.subarray(header.length, -FOOTER.length);
}

function headerOf(format: string): Buffer {
  return Buffer.from(`{"format":"${format}","entries":[\n`);
}

function wrong(format: string): RegistryError {
  return new RegistryError('malformed', `the list ${format} of the index has a wrong shape`);
}
