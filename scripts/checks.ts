import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareBuild } from './build.ts';
import { runCommand } from './command.ts';
import { compareGenerated } from './generate.ts';
import { checkLayers } from './layers.ts';
import { checkRepository } from './repository.ts';

/** Everything but tests that must hold before a change is taken. `run` gives the problems; none means passed. */
export type Check = { readonly name: string; readonly run: () => Promise<readonly string[]> };

/** What holds for sources alone. */
export const SOURCE_CHECKS: readonly Check[] = [
  { name: 'types', run: tool('tsc', '--noEmit', '--project', '.', '--pretty', 'false') },
  { name: 'lint', run: tool('oxlint') },
  { name: 'format', run: tool('oxfmt', '--list-different') },
  { name: 'unused', run: tool('knip', '--no-progress', '--no-config-hints') },
  { name: 'layers', run: layers },
  { name: 'repository', run: checkRepository },
];

/** What holds between sources and the files made from them. */
export const MADE_CHECKS: readonly Check[] = [
  { name: 'generated', run: compareGenerated },
  { name: 'build', run: compareBuild },
];

/** Runs checks side by side, prints one line for each and the problems of those that failed; gives the names that failed. */
export async function runChecks(checks: readonly Check[]): Promise<string[]> {
  const failed: string[] = [];
  await Promise.all(
    checks.map(async ({ name, run }) => {
      const start = performance.now();
      const problems = await run().catch((error: unknown) => [String(error)]);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${problems.length === 0 ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
      if (problems.length > 0) {
        console.log(`${problems.join('\n').trimEnd()}\n`);
        failed.push(name);
      }
    }),
  );
  return failed;
}

function tool(name: string, ...args: string[]): () => Promise<readonly string[]> {
  return async () => {
    const { code, all } = await runCommand(join('node_modules', '.bin', name), args);
    return code === 0 ? [] : [all, `${name} ended with ${code}`];
  };
}

async function layers(): Promise<readonly string[]> {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const files = paths.map((path) => ({
    path: `src/${path.replaceAll('\\', '/')}`,
    text: readFileSync(join('src', path), 'utf8'),
  }));
  return checkLayers(files).map(({ path, line, message }) => `${path}:${line} ${message}`);
}
