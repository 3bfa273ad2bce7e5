import type { Pointer } from './pointer.ts';

/**
 * Where something stands in a store. `file` is relative to the store, with `/` between its parts; `line` and `column`
 * count from 1, columns in UTF-16 code units; `pointer` is the place in the parsed document ('' for the whole file).
 */
export interface Place {
  readonly file: string;
  readonly pointer: Pointer;
  readonly line: number;
  readonly column: number;
  /** Where the span ends, exclusive, when it is known: what a caret underlines. */
  readonly end?: { readonly line: number; readonly column: number };
}

/** A part of a string value, in UTF-16 code units. */
export interface TextPart {
  readonly offset: number;
  readonly length: number;
}
