import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { ExitCode, Io } from '../../src/cli/io.ts';
import { testIo } from '../io.ts';

const SAMPLE = join(import.meta.dirname, '..', '..', 'fixtures', 'store');
export const FOLDER = 'workflows/personal/triage-inbox';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is gone after the tests. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proofmark-hostile-'));
  made.push(folder);
  return folder;
}

/** A copy of the sample store with only the inbox's workflow, to be spoilt. */
export function sampleStore(): string {
  const root = join(emptyFolder(), 'store');
  cpSync(SAMPLE, root, {
    recursive: true,
    filter: (path) => !path.includes(join(SAMPLE, 'workflows') + '/') || path.includes(join('workflows', 'personal')),
  });
  for (const name of ['book-trip', 'summarise-notes'])
    rmSync(join(root, 'workflows', 'personal', name), { recursive: true });
  return root;
}

export interface Said {
  readonly exit: ExitCode | 'threw';
  readonly out: string;
  readonly err: string;
}

/** What one command says; what the entry turns into exit 2 is said as it says it. */
export async function say(
  run: (args: readonly string[], io: Io) => Promise<ExitCode>,
  args: readonly string[],
  cwd: string,
): Promise<Said> {
  const { io, out, err } = testIo(cwd);
  let exit: Said['exit'];
  let thrown = '';
  try {
    exit = await run(args, io);
  } catch (error) {
    const isUse =
      error instanceof Error &&
      (['UsageError', 'ConnectError'].includes(error.name) ||
        ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')));
    exit = isUse ? 2 : 'threw';
    thrown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  const said = { exit, out: out(), err: `${err()}${thrown}` };
  expect(`${said.out}${said.err}`).not.toMatch(/\u001B|\n\s+at /u);
  return said;
}
