import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { expect } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { UsageError } from '../src/cli/io.ts';
import { testIo } from './io.ts';

/**
 * A page whose examples happen. In its blocks:
 *
 * - `console` holds lines that begin with `$ `, each followed by what it printed: `proofmark …`, `cd …`, `mkdir …`;
 * - `yaml file=PATH` is written to that path;
 * - `remove` lists paths to remove.
 *
 * They are done in order, in one folder. Digests are shown as `…`, because they follow the bytes of the program.
 */
export class Transcript {
  readonly #folder: string;
  #at: string;
  #commands = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#at = folder;
  }

  /** How many commands of ours were run. */
  get commands(): number {
    return this.#commands;
  }

  /** Does what a page tells; gives the page with what was really printed. */
  async retell(page: string): Promise<string> {
    let told = '';
    let at = 0;
    for (const block of page.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gmu)) {
      const [whole, kind, file, text = ''] = block;
      told += page.slice(at, block.index);
      at = block.index + whole.length;
      told += kind === 'console' ? `\`\`\`console\n${await this.#console(text)}\`\`\`` : whole;
      if (kind === 'yaml' && file !== undefined) this.#write(file, text);
      if (kind === 'remove') for (const path of text.trim().split('\n')) rmSync(this.#inside(path));
    }
    return told + page.slice(at);
  }

  async #console(block: string): Promise<string> {
    let told = '';
    for (const line of block.split('\n').filter((one) => one.startsWith('$ ')))
      told += `${line}\n${await this.#command(line.slice(2))}`;
    return told;
  }

  /** One command as a shell would run it, in this process. Nothing of a shell's syntax is understood. */
  async #command(line: string): Promise<string> {
    const [program, ...args] = line.replace(/^node dist\/cli\.js /u, 'proofmark ').split(' ');
    if (program === 'cd') this.#at = this.#inside(args.join(' '));
    else if (program === 'mkdir') mkdirSync(this.#inside(args.join(' ')));
    else if (program === 'proofmark') return this.#proofmark(args);
    else throw new Error(`the page runs ${line}`);
    return '';
  }

  async #proofmark([name, ...args]: readonly string[]): Promise<string> {
    const command = COMMANDS.find((one) => one.name === name);
    if (command === undefined) throw new Error(`the page runs the command ${name ?? ''}`);
    this.#commands += 1;
    const { io, out, err } = testIo(this.#at, { HOME: join(this.#folder, 'home') });
    const run = await command.load();
    const code = await run(args, io).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      io.stderr(`proofmark ${name ?? ''}: ${error.message}\n`);
      return 2;
    });
    const output = (out() + err()).replaceAll(/\b(sha256[:-])(?:[0-9a-f]{64}\b|[A-Za-z0-9+/]{43}=)/gu, '$1…');
    if (output.includes(this.#folder)) throw new Error(`${name ?? ''} prints the folder that it runs in:\n${output}`);
    return code === 0 ? output : `${output}(exit code ${code})\n`;
  }

  #write(file: string, text: string): void {
    const path = this.#inside(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  #inside(path: string): string {
    const target = join(this.#at, path);
    const below = relative(this.#folder, target);
    if (isAbsolute(path) || below.startsWith('..')) throw new Error(`the page leaves its folder: ${path}`);
    return target;
  }
}

/**
 * Expects that a page tells what happens when its commands are run in `folder`; `UPDATE_DOCS=1` writes what they print now.
 * Gives the number of commands.
 */
export async function expectTranscript(page: string, folder: string): Promise<number> {
  const transcript = new Transcript(folder);
  const told = await transcript.retell(readFileSync(page, 'utf8'));
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, told);
  expect(told).toBe(readFileSync(page, 'utf8'));
  return transcript.commands;
}
