import { parseAst } from 'rolldown/parseAst';

/**
 * Sentences of the specification (docs/language.md) and the tests that show them. Every sentence that a document can be measured
 * by is cited by a test's name; one that is refused is cited where refusals are shown, and nowhere else.
 */

const STATUSES = ['kept', 'narrowed', 'refused', 'outside'] as const;
type Status = (typeof STATUSES)[number];

export interface Sentence {
  readonly id: string;
  readonly status: Status;
  /** The heading that it stands under. */
  readonly section: string;
  readonly text: string;
}

export interface Citation {
  readonly id: string;
  /** The test file, or the `expect.yaml` of an unsafe variant, which is a test of its own. */
  readonly path: string;
  /** What the test's name says behind the ids. */
  readonly says: string;
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const ID = /OWS-[a-z]+-\d\d/u;
const CITED = /^(?<ids>OWS-[a-z]+-\d\d(?:, OWS-[a-z]+-\d\d)*)(?:[:.] (?<says>.*))?$/su;

/** Where every case asserts the finding that names what is refused. */
const REFUSALS = 'test/language/refused.test.ts';

/** The rows of the reference that begin with an id. Throws where one is malformed. */
export function readSentences(markdown: string): readonly Sentence[] {
  let section = '';
  const sentences: Sentence[] = [];
  for (const line of markdown.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    if (!line.startsWith('| OWS-')) continue;
    const [id = '', status = '', specification = '', here = ''] = line
      .split(' | ')
      .map((cell) => cell.replace(/^\| | ?\|$/gu, '').trim());
    const known = STATUSES.find((one) => one === status);
    if (!new RegExp(`^${ID.source}$`, 'u').test(id) || known === undefined) throw new Error(`no sentence: ${line}`);
    sentences.push({ id, status: known, section, text: specification === '' ? here : specification });
  }
  return sentences;
}

/** Citations in the names of tests: string literals that begin with ids. */
export function readCitations(files: readonly TextFile[]): readonly Citation[] {
  return files.flatMap(({ path, text }) => {
    if (!ID.test(text)) return [];
    return literals(path, text).flatMap((literal) => {
      const cited = CITED.exec(literal)?.groups;
      if (cited === undefined) return [];
      return (cited['ids'] ?? '')
        .split(', ')
        .map((id) => ({ id, path, says: (cited['says'] ?? '').split('\n')[0] ?? '' }));
    });
  });
}

function literals(path: string, text: string): readonly string[] {
  // The comment of a variant says what it is.
  if (path.endsWith('.yaml')) return text.split('\n').flatMap((line) => (line.startsWith('# ') ? [line.slice(2)] : []));
  const found: string[] = [];
  const waiting: unknown[] = [parseAst(text, { lang: 'ts' })];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if ('type' in node && node.type === 'Literal' && 'value' in node && typeof node.value === 'string')
      found.push(node.value);
    if ('type' in node && node.type === 'TemplateElement' && 'value' in node)
      found.push((node.value as { readonly cooked: string }).cooked);
    waiting.push(...Object.values<unknown>({ ...node }).toReversed());
  }
  return found;
}

/** What is wrong between sentences and tests. */
export function languageProblems(sentences: readonly Sentence[], citations: readonly Citation[]): readonly string[] {
  const byId = new Map<string, Sentence>();
  const problems: string[] = [];
  for (const sentence of sentences) {
    if (byId.has(sentence.id)) problems.push(`${sentence.id} stands twice in docs/language.md`);
    byId.set(sentence.id, sentence);
  }
  for (const { id, path } of citations) {
    const status = byId.get(id)?.status;
    if (status === undefined) problems.push(`${path} cites ${id}, which is no sentence of docs/language.md`);
    else if (status === 'outside') problems.push(`${path} cites ${id}, which no document can be measured by`);
    else if ((status === 'refused') !== (path === REFUSALS))
      problems.push(`${path} cites ${id}, which is ${status}: refusals are shown in ${REFUSALS}`);
  }
  const cited = new Set(citations.map(({ id }) => id));
  for (const { id, status } of sentences) {
    if (status !== 'outside' && !cited.has(id)) problems.push(`no test cites ${id} (${status})`);
  }
  return problems;
}

/** docs/language-tests.md. */
export function languageTable(sentences: readonly Sentence[], citations: readonly Citation[]): string {
  const count = (status: Status): number => sentences.filter((sentence) => sentence.status === status).length;
  const lines = [
    '# Sentences and their tests',
    '',
    '<!-- Written by scripts/generate-language.ts; not edited by hand. -->',
    '',
    `Of ${sentences.length} sentences in [language.md](language.md), ${count('kept')} are kept, ${count('narrowed')} narrowed, ${count('refused')} refused and`,
    `${count('outside')} outside. ${citations.length} tests cite them.`,
  ];
  for (const section of new Set(sentences.map((sentence) => sentence.section))) {
    lines.push('', `## ${section}`, '', '| sentence | | shown by |', '|---|---|---|');
    for (const { id, status } of sentences.filter(
      (sentence) => sentence.section === section && sentence.status !== 'outside',
    )) {
      const tests = citations.filter((citation) => citation.id === id);
      lines.push(`| ${id} | ${status} | ${[...new Set(tests.map(shown))].join('<br>')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function shown({ path, says }: Citation): string {
  const name = path.replace(/^fixtures\/unsafe\/(.*)\/expect\.yaml$/u, 'unsafe variant $1');
  const text = says.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('`', "'");
  return text === '' ? `\`${name}\`` : `${text} (\`${name}\`)`;
}
