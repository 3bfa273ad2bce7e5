import type { ParsedText, Span } from './span.ts';
import { Collector } from './collector.ts';
import { type Finding, finding } from './finding.ts';
import { fromEntries, type Json } from './json.ts';
import { RESERVED_NAMES } from './names.ts';
import { child, type Pointer, ROOT } from './pointer.ts';
import { readNumber } from './scalar.ts';
import { brief, type DocumentLimits, isWellFormed, type TextSource, weightOf } from './text.ts';

/**
 * Parses JSON (RFC 8259) with the same bounds and refusals as YAML, where `JSON.parse` would silently keep the last of
 * two equal keys and round large numbers.
 */
export function parseJsonText(source: TextSource, limits: DocumentLimits): ParsedText {
  const reader = new Reader(source, limits);
  try {
    const value = reader.document();
    return { value, spans: reader.spans, findings: reader.findings };
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    return { spans: reader.spans, findings: [...reader.findings, stop.finding] };
  }
}

/** Ends the parse; never leaves this file. */
class Stop extends Error {
  readonly finding: Finding;

  constructor(found: Finding) {
    super();
    this.finding = found;
  }
}

class Reader {
  readonly spans = new Map<string, { readonly key?: Span; readonly value: Span }>();
  readonly #collector = new Collector();
  readonly #source: TextSource;
  readonly #text: string;
  readonly #limits: DocumentLimits;
  #at = 0;
  #nodes = 0;

  constructor(source: TextSource, limits: DocumentLimits) {
    this.#source = source;
    this.#text = source.text;
    this.#limits = limits;
  }

  get findings(): readonly Finding[] {
    return this.#collector.findings;
  }

  document(): Json {
    this.#space();
    const value = this.#value(ROOT, 1);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the value');
    return value;
  }

  #value(pointer: Pointer, depth: number, key?: Span): Json {
    const start = this.#at;
    this.#nodes += weightOf(pointer);
    if (this.#nodes > this.#limits.nodes)
      throw new Stop(finding('structure/too-many-nodes', this.#place(start), { limit: this.#limits.nodes }));
    if (depth > this.#limits.depth + 1)
      throw new Stop(finding('structure/too-deep', this.#place(start), { limit: this.#limits.depth }));
    const value = this.#any(pointer, depth);
    const span = { start, end: this.#at };
    if (this.#limits.places !== false)
      this.spans.set(pointer, key === undefined ? { value: span } : { key, value: span });
    return value;
  }

  #any(pointer: Pointer, depth: number): Json {
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(pointer, depth);
      case '[':
        return this.#array(pointer, depth);
      case '"':
        return this.#string(pointer);
      case undefined:
        return this.#fail('the text ends where a value should be');
      default:
        return this.#word(pointer);
    }
  }

  #object(pointer: Pointer, depth: number): Json {
    const entries: [string, Json][] = [];
    const seen = new Set<string>();
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return {};
    do {
      this.#space();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail('a key in double quotes should be here');
      const key = this.#string(pointer);
      const span = { start, end: this.#at };
      const at = child(pointer, key);
      this.#space();
      if (!this.#take(':')) this.#fail("a ':' should be here");
      this.#space();
      if (RESERVED_NAMES.has(key))
        this.#report(finding('structure/reserved-name', this.#place(start, span.end, at), { name: key }));
      if (seen.has(key))
        this.#report(finding('structure/duplicate-key', this.#place(start, span.end, at), { key: brief(key) }));
      const value = this.#value(at, depth + 1, span);
      if (!seen.has(key)) entries.push([key, value]);
      seen.add(key);
      this.#space();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail("a ',' or '}' should be here");
    return fromEntries(entries);
  }

  #array(pointer: Pointer, depth: number): Json {
    const items: Json[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return items;
    do {
      this.#space();
      items.push(this.#value(child(pointer, items.length), depth + 1));
      this.#space();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail("a ',' or ']' should be here");
    return items;
  }

  #string(pointer: Pointer): string {
    const start = this.#at;
    const end = closingQuote(this.#text, start);
    if (end === undefined) return this.#fail('a string has no closing quote');
    this.#at = end + 1;
    const parsed = parseString(this.#text.slice(start, end + 1));
    if (parsed === undefined) {
      this.#at = start;
      return this.#fail('a string holds a line break or an unknown escape');
    }
    if (!isWellFormed(parsed)) {
      const detail = 'an escape that is half a surrogate pair';
      this.#report(finding('structure/invalid-text', this.#place(start, end + 1, pointer), { detail }));
    }
    return parsed;
  }

  #word(pointer: Pointer): Json {
    const word = /[-+.0-9A-Za-z_]*/y;
    word.lastIndex = this.#at;
    const text = word.exec(this.#text)?.[0] ?? '';
    if (text === 'true' || text === 'false' || text === 'null') {
      this.#at += text.length;
      return text === 'null' ? null : text === 'true';
    }
    if (!/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/.test(text)) return this.#fail('not a JSON value');
    const read = readNumber(text);
    if (read.kind === 'out-of-range') {
      this.#report(
        finding('structure/number-out-of-range', this.#place(this.#at, this.#at + text.length, pointer), {
          text: brief(text, 60),
        }),
      );
    }
    this.#at += text.length;
    return read.value;
  }

  #space(): void {
    const space = /[ \t\n\r]*/y;
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #place(start: number, end?: number, pointer: Pointer = ROOT) {
    return this.#source.place(start, end, pointer);
  }

  #report(found: Finding): void {
    this.#collector.report(found);
  }

  #fail(detail: string): never {
    throw new Stop(finding('structure/yaml-syntax', this.#place(this.#at), { detail }));
  }
}

function closingQuote(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') return at;
    if (char === '\\') at += 1;
  }
  return undefined;
}

function parseString(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
