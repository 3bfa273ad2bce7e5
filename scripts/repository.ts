import { readFile } from 'node:fs/promises';
import { runCommand } from './command.ts';

/** Written in parts, because this file is checked too. */
const HOSTS: readonly string[] = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'npmmirror', 'com'],
  ['registry', 'yarnpkg', 'com'],
  ['npm', 'pkg', 'github', 'com'],
].map((labels) => labels.join('.'));

/**
 * What no file of the project may hold, whoever wrote it: the host of a package registry. The lockfile pins by integrity; where a package comes
 * from is the installer's configuration, and an address in the lockfile would silently overrule it.
 */
export function checkText(path: string, text: string): string[] {
  const problems = HOSTS.filter((host) => text.includes(host)).map((host) => `${path} names ${host}`);
  if (path.endsWith('package-lock.json') && text.includes('"resolved"'))
    problems.push(`${path} says where packages come from`);
  return problems;
}

/** Checks every file that is tracked or about to be. */
export async function checkRepository(): Promise<string[]> {
  const { code, stdout, all } = await runCommand('git', [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ]);
  if (code !== 0) return [all];
  const paths = stdout.split('\0').filter((path) => path !== '');
  const problems = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'latin1').catch(() => undefined);
      return text === undefined ? [] : checkText(path, text);
    }),
  );
  return problems.flat();
}
