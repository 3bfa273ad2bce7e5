import canonicalize from 'canonicalize';
import type { Json } from './json.ts';
import { Defect } from './result.ts';

// The package is CommonJS and its types say ESM: what Node's default import gives is the function itself.
const serialize = canonicalize as unknown as (value: Json) => string | undefined;
const encoder = new TextEncoder();

/** Canonical JSON (RFC 8785). The value must hold finite numbers and no lone surrogates; both are refused on the way in. */
export function canonicalJson(value: Json): string {
  const text = serialize(value);
  if (text === undefined) throw new Defect('a JSON value has no canonical form');
  return text;
}

/** Canonical JSON as the UTF-8 bytes that digests and signatures cover. */
export function canonicalBytes(value: Json): Uint8Array {
  return encoder.encode(canonicalJson(value));
}
