import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { testIo } from './io.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs', 'first-workflow.md');
const folder = mkdtempSync(join(tmpdir(), 'proofmark-story-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one line of the page as the shell would, in this process. */
async function proofmark(line: string): Promise<string> {
  const [program, name, ...args] = line.split(' ');
  const command = COMMANDS.find((one) => one.name === name);
  if (program !== 'proofmark' || command === undefined) throw new Error(`the page runs ${line}`);
  const { io, out, err } = testIo(folder);
  const run = await command.load();
  const code = await run(args, io);
  const output = out() + err();
  return code === 0 ? output : `${output}(exit code ${code})\n`;
}

// `UPDATE_DOCS=1 npx vitest run test/story.test.ts` writes what the commands print now.
it('the contributor’s story happens as the page tells it', async () => {
  cpSync(join(ROOT, 'fixtures', 'store'), folder, { recursive: true });
  const page = readFileSync(PAGE, 'utf8');
  let told = '';
  let at = 0;
  let commands = 0;
  for (const block of page.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gmu)) {
    const [whole, kind, file, text = ''] = block;
    told += page.slice(at, block.index);
    at = block.index + whole.length;
    if (kind === 'yaml' && file !== undefined) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
      told += whole;
    } else if (kind === 'remove') {
      for (const path of text.trim().split('\n')) rmSync(join(folder, path));
      told += whole;
    } else {
      const [line = ''] = text.split('\n', 1);
      commands += 1;
      told += `\`\`\`console\n${line}\n${await proofmark(line.replace(/^\$ /u, ''))}\`\`\``;
    }
  }
  told += page.slice(at);
  expect(commands).toBe(4);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, told);
  expect(told).toBe(readFileSync(PAGE, 'utf8'));
}, 60_000);
