import { parseDocument } from '../kernel/document.ts';
import type { Json } from '../kernel/json.ts';
import { DOCUMENT_LIMITS, type DocumentLimits } from '../kernel/text.ts';

/** Bounds on `evidence.json`, which grows with what was found. */
export const EVIDENCE_LIMITS: DocumentLimits = { ...DOCUMENT_LIMITS, bytes: 16 << 20, nodes: 500_000 };

/** A JSON text with nothing doubtful in it (no equal keys, no hidden characters, bounded), or why there is none. */
export function readJson(
  bytes: Uint8Array,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): { readonly value: Json } | { readonly problem: string } {
  const { value, findings } = parseDocument('document.json', bytes, { ...limits, places: false });
  const [first] = findings;
  if (value !== undefined && first === undefined) return { value };
  return { problem: first === undefined ? 'no value' : `${first.rule} at line ${first.place.line}` };
}
