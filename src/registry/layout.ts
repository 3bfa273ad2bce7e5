import { hash } from 'node:crypto';
import { hexOf } from '../kernel/digest.ts';
import type { WorkflowName } from '../store/model.ts';

/**
 * Where things stand in the folder of an index. All of it but `metadata/timestamp.json` is written once and never changed
 * (TUF's consistent snapshots), so that a reader sees one state whatever is being published.
 */

export const TIMESTAMP_PATH = 'metadata/timestamp.json';

/** The part of each target path's SHA-256 that chooses its bin: 256 bins keep (de)serialising linear in practice. */
const PREFIX = 2;

export const BIN_PREFIXES: readonly string[] = Array.from({ length: 256 }, (_, i) =>
  i.toString(16).padStart(PREFIX, '0'),
);

/** `metadata/<version>.<role>.json`; the timestamp alone carries no version. */
export function metadataPath(role: string, version: number): string {
  return `metadata/${version}.${role}.json`;
}

export function binRole(prefix: string): string {
  return `bin-${prefix}`;
}

/** The role that signs for a target path. */
export function binOf(targetPath: string): string {
  return binRole(sha256Hex(targetPath).slice(0, PREFIX));
}

/** Where the bytes of a target with this SHA-256 stand: its hash goes before the file's name. */
export function targetFilePath(targetPath: string, sha256: string): string {
  const slash = targetPath.lastIndexOf('/') + 1;
  return `targets/${targetPath.slice(0, slash)}${sha256}.${targetPath.slice(slash)}`;
}

/** The target path of a record. */
export function recordPath(name: string, version: string): string {
  return `${name}/${version}.json`;
}

/** The target path of the list that holds the versions of a workflow, among others. */
export function namesPath(name: WorkflowName): string {
  return `names/${sha256Hex(name).slice(0, PREFIX)}.json`;
}

export const CATALOG_PATH = 'catalog.json';

/** Entries for search lie in sixteen files, so that one publication changes, and a client fetches again, a sixteenth of them. */
export const SEARCH_PATHS: readonly string[] = Array.from({ length: 16 }, (_, i) => `search/${i.toString(16)}.json`);

export function searchPath(name: string): string {
  return `search/${sha256Hex(name).slice(0, 1)}.json`;
}

/** Packages and bundles stand beside the targets under their own digests, which the records name. */
export function packagePath(digest: string): string {
  return `packages/${hexOf(digest)}.tar`;
}

export function bundlePath(digest: string): string {
  return `bundles/${hexOf(digest)}.json`;
}

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
