import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A committed file that a script derives from something else. */
export type Generated = {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
};

type Generator = () => Promise<readonly Generated[]>;

/** Every `scripts/generate-*.ts`; each derives its files from pinned inputs alone. */
const GENERATORS: readonly Generator[] = [];

export async function writeGenerated(): Promise<string[]> {
  const files = await generate();
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return files.map(({ path }) => path);
}

/** Names every generated file that is not current. */
export async function compareGenerated(): Promise<string[]> {
  const stale = (await generate()).filter(({ path, text }) => read(path) !== text);
  return stale.length === 0 ? [] : [...stale.map(({ path }) => `${path} is not current`), 'run: npm run generate'];
}

async function generate(): Promise<readonly Generated[]> {
  return (await Promise.all(GENERATORS.map((generator) => generator()))).flat();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
