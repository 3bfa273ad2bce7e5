import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { citing } from './generate-language.ts';
import { languageProblems, languageTable, readCitations, readSentences } from './language.ts';

describe('the sentences of the specification', () => {
  const sentences = readSentences(readFileSync('docs/language.md', 'utf8'));
  const citations = readCitations(citing());

  it('are each shown by a test, and tests cite none that is not there', () => {
    expect(languageProblems(sentences, citations)).toEqual([]);
    expect(sentences.length).toBeGreaterThan(150);
  });

  it('stand in the table with their tests', () => {
    expect(readFileSync('docs/language-tests.md', 'utf8')).toBe(languageTable(sentences, citations));
  });
});

describe('the check of sentences', () => {
  const sentences = readSentences(
    '## A\n| OWS-a-01 | kept | x | y |\n| OWS-a-02 | refused | x | |\n| OWS-a-03 | outside | x | |\n| OWS-a-04 | narrowed | | own |\n',
  );
  const cite = (path: string, ...names: readonly string[]) =>
    readCitations([{ path, text: names.map((name) => `it('${name}', () => {});`).join('\n') }]);
  const refused = cite('test/language/refused.test.ts', 'OWS-a-02: r');

  it('reads rows and names of tests', () => {
    expect(sentences).toEqual([
      { id: 'OWS-a-01', status: 'kept', section: 'A', text: 'x' },
      { id: 'OWS-a-02', status: 'refused', section: 'A', text: 'x' },
      { id: 'OWS-a-03', status: 'outside', section: 'A', text: 'x' },
      { id: 'OWS-a-04', status: 'narrowed', section: 'A', text: 'own' },
    ]);
    expect(cite('x.test.ts', 'OWS-a-01, OWS-a-04: both', 'says OWS-a-01')).toEqual([
      { id: 'OWS-a-01', path: 'x.test.ts', says: 'both' },
      { id: 'OWS-a-04', path: 'x.test.ts', says: 'both' },
    ]);
    expect(readCitations([{ path: 'x.test.ts', text: '// OWS-a-01: a comment\n' }])).toEqual([]);
    expect(() => readSentences('| OWS-a-1 | kept | x | |')).toThrow('no sentence');
    expect(() => readSentences('| OWS-a-01 | maybe | x | |')).toThrow('no sentence');
  });

  it.each([
    ['nothing is wrong', [...refused, ...cite('x.test.ts', 'OWS-a-01, OWS-a-04: x')], []],
    [
      'a sentence without a test',
      [...refused, ...cite('x.test.ts', 'OWS-a-01: x')],
      ['no test cites OWS-a-04 (narrowed)'],
    ],
    [
      'a sentence that is not there',
      [...refused, ...cite('x.test.ts', 'OWS-a-01, OWS-a-04, OWS-b-01: x')],
      ['x.test.ts cites OWS-b-01, which is no sentence of docs/language.md'],
    ],
    [
      'a refusal shown elsewhere',
      cite('x.test.ts', 'OWS-a-01, OWS-a-02, OWS-a-04: x'),
      ['x.test.ts cites OWS-a-02, which is refused: refusals are shown in test/language/refused.test.ts'],
    ],
    [
      'what is outside',
      [...refused, ...cite('x.test.ts', 'OWS-a-01, OWS-a-03, OWS-a-04: x')],
      ['x.test.ts cites OWS-a-03, which no document can be measured by'],
    ],
  ])('finds: %s', (_, citations, problems) => {
    expect(languageProblems(sentences, citations)).toEqual(problems);
  });

  it('finds a sentence that stands twice', () => {
    expect(
      languageProblems(
        [...sentences, ...sentences.slice(2, 3)],
        [...refused, ...cite('x.test.ts', 'OWS-a-01, OWS-a-04: x')],
      ),
    ).toEqual(['OWS-a-03 stands twice in docs/language.md']);
  });
});
