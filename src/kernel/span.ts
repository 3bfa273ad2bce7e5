import type { Finding } from './finding.ts';
import type { Json } from './json.ts';

/** A span of a text in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where each node of a document stands, by pointer; `key` is there for members of objects. */
export type Spans = ReadonlyMap<string, { readonly key?: Span; readonly value: Span }>;

/** What a parser makes of a text. `value` is absent where no tree could be built. */
export interface ParsedText {
  readonly value?: Json;
  readonly spans: Spans;
  readonly findings: readonly Finding[];
}
