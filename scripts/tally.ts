import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** How many checks and tests ran; a script that continues another's work adds to it. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

const FILE = '.cache/tally.json';
const Count = z.int().nonnegative();
const StoredTally = z.strictObject({ passed: Count, failed: Count, skipped: Count });

/** The closing line of every run, alone on its line: `12 passed, 0 failed, 1 skipped`. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function addTallies(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function writeTally(tally: Tally): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(tally));
}

/** A missing tally is a run that never came to its end: one failure. */
export function readTally(): Tally {
  try {
    return StoredTally.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
