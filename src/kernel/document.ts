import type { Finding } from './finding.ts';
import type { Json } from './json.ts';
import { parseJsonText } from './json-text.ts';
import { pathOf, valueAt } from './paths.ts';
import type { Place, TextPart } from './place.ts';
import { type Pointer, ROOT } from './pointer.ts';
import type { ParsedText, Span, Spans } from './span.ts';
import { DOCUMENT_LIMITS, type DocumentLimits, readText, type TextSource } from './text.ts';
import { readWritten } from './written-string.ts';
import { parseYamlText } from './yaml.ts';

/** A parsed file with the places of its nodes. */
export interface ParsedDocument {
  /** Absent where no tree could be built; there, `findings` says why. */
  readonly value?: Json;
  /**
   * The place of a node: of its value, or of its key where the value starts on a later line; of the nearest ancestor where absent.
   * With `part`, the place of that part of a string, however it is written.
   */
  readonly locate: (pointer: Pointer, part?: TextPart) => Place;
  /** The place of the key of a member; of the node where it has none. */
  readonly locateKey: (pointer: Pointer) => Place;
  readonly findings: readonly Finding[];
}

/**
 * Parses one file: JSON where its name ends in `.json`, else YAML 1.2 (core schema) without what is ambiguous or unsafe.
 * Reports every problem that it can see in one go and never throws, whatever the bytes are.
 */
export function parseDocument(
  file: string,
  bytes: Uint8Array,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): ParsedDocument {
  const { source, findings } = readText(file, bytes, limits);
  if (source === undefined) {
    const place = findings[0]?.place ?? { file, pointer: ROOT, line: 1, column: 1 };
    return { locate: (pointer) => ({ ...place, pointer }), locateKey: (pointer) => ({ ...place, pointer }), findings };
  }
  const parsed = file.endsWith('.json') ? parseJsonText(source, limits) : parseYamlText(source, limits);
  return {
    ...(parsed.value === undefined ? {} : { value: parsed.value }),
    locate: (pointer, part) =>
      (part === undefined ? undefined : locatePart(source, parsed, pointer, part)) ??
      locate(source, parsed.spans, pointer, false),
    locateKey: (pointer) => locate(source, parsed.spans, pointer, true),
    findings: [...findings, ...parsed.findings],
  };
}

function locate(source: TextSource, spans: Spans, pointer: Pointer, wantsKey: boolean): Place {
  let at: string = pointer;
  let found = spans.get(at);
  while (found === undefined && at !== '') {
    at = at.slice(0, at.lastIndexOf('/'));
    found = spans.get(at);
  }
  if (found === undefined) return source.place(0, undefined, pointer);
  const { key, value } = found;
  if (key === undefined) return source.place(value.start, oneLine(source, value), pointer);
  const span = wantsKey || source.text.slice(key.end, value.start).includes('\n') ? key : value;
  return source.place(span.start, oneLine(source, span), pointer);
}

/** A span over several lines is shown as its start alone. */
function oneLine(source: TextSource, span: Span): number | undefined {
  return source.text.slice(span.start, span.end).trimEnd().includes('\n') ? undefined : span.end;
}

/** Where a part of a string stands, however the string is written; over several lines, to its end. */
function locatePart(source: TextSource, parsed: ParsedText, pointer: Pointer, part: TextPart): Place | undefined {
  const span = parsed.spans.get(pointer)?.value;
  const value = span === undefined ? undefined : valueAt(parsed.value, pathOf(pointer));
  if (span === undefined || typeof value !== 'string') return undefined;
  const found = readWritten(source.text.slice(span.start, span.end), value)?.span(part.offset, part.length);
  return found === undefined ? undefined : source.place(span.start + found.start, span.start + found.end, pointer);
}
