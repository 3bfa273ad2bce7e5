import { spawn } from 'node:child_process';

export type CommandResult = {
  /** 128 for a command that a signal ended. */
  readonly code: number;
  readonly stdout: string;
  /** Standard output and standard error in order of arrival. */
  readonly all: string;
};

/** Runs a program to its end without a shell. Rejects when it cannot be started. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly show?: boolean } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const all: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => {
      stdout.push(data);
      all.push(data);
      if (options.show === true) process.stdout.write(data);
    });
    child.stderr.on('data', (data: Buffer) => {
      all.push(data);
      if (options.show === true) process.stderr.write(data);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 128, stdout: Buffer.concat(stdout).toString(), all: Buffer.concat(all).toString() });
    });
  });
}
