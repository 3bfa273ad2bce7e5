import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../rolldown.config.ts';

/** Builds in memory and names every file in which `dist/` differs from its sources. */
export async function compareBuild(): Promise<string[]> {
  const bundle = await rolldown(config);
  const { output } = await bundle.generate(config.output);
  await bundle.close();
  const fresh = new Map(
    output.map((file) => [file.fileName, Buffer.from(file.type === 'chunk' ? file.code : file.source)]),
  );
  const committed = new Map(readTree('dist').map((name) => [name, readFileSync(join('dist', name))]));
  const problems: string[] = [];
  for (const [name, bytes] of fresh) {
    const old = committed.get(name);
    if (old === undefined) problems.push(`dist/${name} is missing`);
    else if (!old.equals(bytes)) problems.push(`dist/${name} is not what the sources build`);
  }
  for (const name of committed.keys()) if (!fresh.has(name)) problems.push(`dist/${name} is built by nothing`);
  return problems.length === 0 ? [] : [...problems.sort(), 'run: npm run build'];
}

function readTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}
