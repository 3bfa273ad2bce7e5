import { canonicalJson } from '../kernel/canonical.ts';
import type { Json } from '../kernel/json.ts';

/** JSON for a sentence: canonical, cut where it grows too long to read. */
export function short(json: Json, most = 200): string {
  const text = canonicalJson(json);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
