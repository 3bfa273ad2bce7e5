import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { damaged } from '../registry/client.ts';
import { RegistryError } from '../registry/error.ts';
import type { Memory, Seen } from '../registry/files.ts';
import { folderIndex } from './index-folder.ts';
import { diskSentence, isFull } from './surroundings.ts';

const SEEN = 'seen.json';
const CACHE = 'cache';
const SEEN_LIMIT = 4 << 20;
/** What is larger is fetched each time. */
const CACHED_LIMIT = 8 << 20;
const CACHED_FILES = 1_024;

const seenSchema = z.strictObject({
  root: z.string(),
  timestamp: z.string().optional(),
  snapshot: z.string().optional(),
});

const versionSchema = z.object({ signed: z.object({ version: z.int() }) });

/** What a client remembers of one index, in a folder of its own: the newest state seen, and files by their hashes. */
export function diskMemory(folder: string): Memory {
  const files = folderIndex(folder);
  return {
    load: async () => {
      const bytes = await files.read(SEEN, SEEN_LIMIT);
      return bytes === undefined ? undefined : readSeen(bytes);
    },
    save: async (seen) => {
      // Another run may have seen more meanwhile.
      const present = await files.read(SEEN, SEEN_LIMIT);
      if (present !== undefined && isNewer(readSeen(present), seen)) return;
      remembered(() => {
        mkdirSync(folder, { recursive: true });
        const at = join(folder, SEEN);
        const beside = `${at}.${process.pid}`;
        try {
          writeFileSync(beside, JSON.stringify(seen), { flush: true });
          renameSync(beside, at);
        } catch (error) {
          rmSync(beside, { force: true });
          throw error;
        }
      });
    },
    // A cache that cannot be read costs time, nothing else.
    cached: async (sha256) => files.read(`${CACHE}/${sha256}`, CACHED_LIMIT).catch(() => undefined),
    keep: (sha256, bytes) =>
      Promise.resolve(
        spared(() => {
          if (bytes.length > CACHED_LIMIT) return;
          const cache = join(folder, CACHE);
          mkdirSync(cache, { recursive: true });
          const kept = readdirSync(cache);
          if (kept.length >= CACHED_FILES) rmSync(cache, { recursive: true, force: true });
          mkdirSync(cache, { recursive: true });
          const beside = join(cache, `${sha256}.${process.pid}`);
          try {
            writeFileSync(beside, bytes);
            renameSync(beside, join(cache, sha256));
          } finally {
            rmSync(beside, { force: true });
          }
        }),
      ),
  };
}

function readSeen(bytes: Uint8Array): Seen {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(error);
  }
  const parsed = seenSchema.safeParse(value);
  if (!parsed.success) throw damaged(parsed.error);
  const { root, timestamp, snapshot } = parsed.data;
  return { root, timestamp, snapshot };
}

/** Without a memory an old index could be passed off as the newest: a client that cannot remember must say so. */
function remembered(work: () => void): void {
  try {
    work();
  } catch (error) {
    const why = diskSentence(error);
    throw new RegistryError(
      isFull(error) ? 'no-space' : 'unavailable',
      `what was seen of the index cannot be remembered${why === undefined ? '' : `: ${why}`}`,
      {
        cause: error,
        remedy: 'give a folder that can be written: --state DIR',
      },
    );
  }
}

/** Under a newer root the versions of timestamps may begin anew. */
function isNewer(a: Seen, b: Seen): boolean {
  const roots = versionOf(a.root) - versionOf(b.root);
  return roots > 0 || (roots === 0 && versionOf(a.timestamp) > versionOf(b.timestamp));
}

/** The version of metadata that was found good before it was saved; 0 where there is none. */
function versionOf(metadata: string | undefined): number {
  if (metadata === undefined) return 0;
  try {
    const parsed = versionSchema.safeParse(JSON.parse(metadata));
    return parsed.success ? parsed.data.signed.version : 0;
  } catch {
    return 0;
  }
}

/** A cache that cannot be written costs time, nothing else. */
function spared(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
