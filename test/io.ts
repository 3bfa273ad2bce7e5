import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Io } from '../src/cli/io.ts';

/** What a command wrote. */
export interface Written {
  readonly io: Io;
  readonly out: () => string;
  readonly err: () => string;
}

/** The outside of a command as a test gives it: no terminal, nothing of this process's environment but where programs are. */
export function testIo(cwd: string, env: Readonly<Record<string, string>> = {}): Written {
  let out = '';
  let err = '';
  const io: Io = {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    isTTY: false,
    columns: 100,
    env: { PATH: process.env['PATH'], ...env },
    cwd,
    now: () => new Date('2026-11-23T10:00:00Z'),
    home: dirname(dirname(fileURLToPath(import.meta.url))),
  };
  return { io, out: () => out, err: () => err };
}
