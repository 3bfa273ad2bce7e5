import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from './servers/install.ts';
import { expectTranscript } from './transcript.ts';

/** Pages whose examples are run. `UPDATE_DOCS=1 npx vitest run test/story.test.ts` writes what the commands print now. */

const ROOT = join(import.meta.dirname, '..');
let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

it('the contributor’s story happens as the page tells it', { timeout: 120_000 }, async () => {
  cpSync(join(ROOT, 'fixtures', 'store'), folder, { recursive: true });
  expect(await expectTranscript(join(ROOT, 'docs', 'first-workflow.md'), folder)).toBe(4);
});

it(
  'the session of the README happens as it is shown, from an empty folder to an installed workflow',
  {
    timeout: 240_000,
  },
  async () => {
    cpSync(join(ROOT, 'fixtures', 'store'), join(folder, 'fixtures', 'store'), { recursive: true });
    expect(await expectTranscript(join(ROOT, 'README.md'), folder)).toBe(11);
  },
);
