import { hash } from 'node:crypto';
import { canonicalBytes } from './canonical.ts';
import { compareText, type Json } from './json.ts';

/** `sha256-` and the base64 of a SHA-256, as npm and Subresource Integrity write it. */
export type Digest = `sha256-${string}`;

export function digestBytes(bytes: Uint8Array): Digest {
  return `sha256-${hash('sha256', bytes, 'base64')}`;
}

export function digestText(text: string): Digest {
  return `sha256-${hash('sha256', text, 'base64')}`;
}

/** Of the canonical JSON of a value. */
export function digestJson(value: Json): Digest {
  return digestBytes(canonicalBytes(value));
}

/** Of a set of files: of the canonical JSON of their paths and digests, in the order of paths. */
export function digestFiles(files: Iterable<{ readonly path: string; readonly bytes: Uint8Array }>): Digest {
  const entries = Array.from(files, ({ path, bytes }): [string, string] => [path, digestBytes(bytes)]);
  return digestJson(entries.sort(([a], [b]) => compareText(a, b)));
}

/** The digest as lowercase hexadecimal, for formats that want it so (in-toto). */
export function hexOf(digest: string): string {
  return Buffer.from(digest.slice(digest.indexOf('-') + 1), 'base64').toString('hex');
}
