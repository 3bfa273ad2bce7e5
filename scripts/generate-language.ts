import { readdirSync, readFileSync } from 'node:fs';
import type { Generator } from './generated.ts';
import { languageTable, readCitations, readSentences, type TextFile } from './language.ts';

/** The table of sentences to tests. */
export const language: Generator = {
  name: 'language',
  generate() {
    const sentences = readSentences(readFileSync('docs/language.md', 'utf8'));
    return Promise.resolve([
      { path: 'docs/language-tests.md', text: languageTable(sentences, readCitations(citing())) },
    ]);
  },
};

/** Every file that may cite a sentence, in a fixed order. */
export function citing(): readonly TextFile[] {
  const list = (folder: string, name: RegExp): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => name.test(path));
  return [
    ...list('src', /\.test\.ts$/u),
    ...list('test', /\.test\.ts$/u),
    ...list('fixtures/unsafe', /\/expect\.yaml$/u),
  ]
    .toSorted()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
