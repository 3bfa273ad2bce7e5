import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { run } from '../src/cli/run.ts';
import { NOBODY_THERE } from '../src/connect/terminal.ts';
import { testIo } from './io.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

// Two engines that agree cannot show what happens when they do not.
vi.mock('../src/policy/compare.ts', () => ({
  comparer: () => () => ({ action: 'filesystem/list_directory', ours: 'allow by [core]', cedar: 'deny by []' }),
}));

let notes = '';
beforeEach(() => {
  notes = join(temporaryFolder(), 'notes');
  mkdirSync(notes);
});
afterEach(() => removeFolder(join(notes, '..')));

it('does nothing where our policy interpreter and Cedar disagree, and says that the fault is ours', async () => {
  const { io, out, err } = testIo(join(import.meta.dirname, '..'), {
    PROOFMARK_MODEL_URL: 'http://127.0.0.1:1/v1',
    PROOFMARK_MODEL: 'none',
  });
  const args = [
    'personal/summarise-notes',
    '--store',
    'fixtures/store',
    '--input',
    '{"title":"W"}',
    '--bind',
    `NOTES_DIR=${notes}`,
  ];
  expect(await run(args, io, NOBODY_THERE)).toBe(3);
  expect(err()).not.toContain('call ');
  expect(err()).toContain('disagree on filesystem/list_directory (allow by [core]; deny by [])');
  expect(out()).toBe('');
  expect(readdirSync(notes)).toEqual([]);
});
