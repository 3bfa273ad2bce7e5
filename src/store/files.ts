import { type ParsedDocument, parseDocument } from '../kernel/document.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import type { Place } from '../kernel/place.ts';
import { ROOT } from '../kernel/pointer.ts';
import { brief, DOCUMENT_LIMITS } from '../kernel/text.ts';
import type { Entry, Tree } from '../kernel/tree.ts';

/** The place of a file as a whole. */
export function wholeFile(file: string): Place {
  return { file: brief(file, 300), pointer: ROOT, line: 1, column: 1 };
}

/** The bytes of a regular file of bounded size, or why they cannot be had. */
export function readBytes(
  tree: Tree,
  entry: Entry,
  limit: number = DOCUMENT_LIMITS.bytes,
): { readonly bytes: Uint8Array } | { readonly problem: Finding } {
  const place = wholeFile(entry.path);
  if (entry.kind !== 'file') return { problem: finding('structure/not-a-regular-file', place, { kind: entry.kind }) };
  if (entry.size > limit) return { problem: finding('structure/file-too-large', place, { bytes: entry.size, limit }) };
  try {
    const bytes = tree.read(entry.path);
    if (bytes !== undefined) return { bytes };
    return { problem: finding('structure/unreadable-file', place, { detail: 'it is no longer there' }) };
  } catch (error) {
    const detail = brief(error instanceof Error ? error.message : 'the file cannot be read', 200);
    return { problem: finding('structure/unreadable-file', place, { detail }) };
  }
}

/** A parsed YAML or JSON file of a tree; its findings are already in `findings` where it could not be read. */
export function readDocument(
  tree: Tree,
  entry: Entry,
): { readonly document: ParsedDocument; readonly bytes: Uint8Array } | { readonly problem: Finding } {
  const read = readBytes(tree, entry);
  return 'problem' in read ? read : { document: parseDocument(entry.path, read.bytes), bytes: read.bytes };
}
