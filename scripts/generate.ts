import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { editorSchemas } from './generate-editor-schemas.ts';
import { generalCategory } from './generate-general-category.ts';
import { language } from './generate-language.ts';
import { githubOpenapi } from './generate-github-openapi.ts';
import { owsValidator } from './generate-ows-validator.ts';
import type { Generated, Generator } from './generated.ts';

const GENERATORS: readonly Generator[] = [editorSchemas, generalCategory, githubOpenapi, language, owsValidator];

/** Writes every generated file and names them. */
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
  const files: Generated[] = [];
  for (const generator of GENERATORS) {
    if (generator.unavailable === undefined) files.push(...(await generator.generate()));
    else console.log(`skipped  generated ${generator.name}: ${generator.unavailable}`);
  }
  return files;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
