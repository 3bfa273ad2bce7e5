import { createHash } from 'node:crypto';
import type { Json } from '../kernel/json.ts';
import { compareText, isArray, isObject, member } from '../kernel/json.ts';

/** `sha256-` and the base64 digest (as in Subresource Integrity) of a value's canonical JSON (RFC 8785). */
export function canonicalDigest(value: Json): string {
  return `sha256-${createHash('sha256').update(canonicalText(value)).digest('base64')}`;
}

function canonicalText(value: Json): string {
  if (isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).toSorted(compareText);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(member(value, key) ?? null)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
