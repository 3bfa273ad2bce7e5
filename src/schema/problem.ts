import type { Pointer } from '../kernel/pointer.ts';

/**
 * Why a schema is not taken; `pointer` is the place in the schema. The codes are the names of the structure rules that
 * report them. Details quote the schema: hostile text, bounded here, encoded by who shows it.
 */
export type SchemaProblem = { readonly pointer: Pointer; readonly detail: string } & (
  | { readonly code: 'schema-invalid' }
  | { readonly code: 'schema-open' }
  | { readonly code: 'schema-remote-ref'; readonly ref: string }
  | { readonly code: 'schema-unsupported'; readonly keyword: string }
  | { readonly code: 'schema-too-large' }
  | { readonly code: 'pattern-unsafe'; readonly pattern: string }
  | { readonly code: 'reserved-name'; readonly name: string }
);

/** The first characters of hostile text, enough to recognise it by. */
export function excerpt(text: string, length = 80): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
