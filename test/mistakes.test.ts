import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { memoryTree, overlayTree, type Tree } from '../src/kernel/tree.ts';
import { NO_RELEASES, type Releases } from '../src/pipeline/releases.ts';
import { loadStore } from '../src/pipeline/load.ts';
import { verify } from '../src/pipeline/verify.ts';
import { findingBlock } from '../src/report/pretty.ts';
import { PLAIN } from '../src/report/style.ts';
import { BASE, FOLDER, SHIPPED, textOf } from './rules/sample.ts';

/**
 * `docs/mistakes.md` shows what is printed: each `diff` block is applied to the sample store, and the `text` block after it
 * holds the findings. `released`: the workflow as it was is a release. `UPDATE_DOCS=1` writes what is printed now.
 */
const PAGE = 'docs/mistakes.md';
const NAME = 'finance/pay-invoice';

/** The file with the lines that begin with `-` replaced by those that begin with `+`; other lines stay. */
function applied(tree: Tree, file: string, diff: string): string {
  const lines = diff.split('\n');
  const side = (...marks: readonly string[]): string =>
    lines.flatMap((line) => (marks.includes(line.charAt(0)) ? [line.slice(1)] : [])).join('\n');
  const [before, after] = [side(' ', '-'), side(' ', '+')];
  if (before === '') return `${after}\n`;
  const text = textOf(tree, file);
  if (text.split(`\n${before}\n`).length !== 2) throw new Error(`${file} does not hold once: ${before}`);
  return text.replace(`\n${before}\n`, () => `\n${after}\n`);
}

async function printed(tree: Tree, releases: Releases): Promise<string> {
  const store = await loadStore({ tree, policies: SHIPPED, attacks: [], wanted: [NAME], releases, runs: 20, seed: 1 });
  const report = await verify(store, {
    stages: ['structure', 'functional', 'compatibility'],
    seed: 1,
    asOf: undefined,
    verifier: 'sha256-none',
    solver: undefined,
  });
  const found = [
    ...report.findings,
    ...report.workflows.flatMap(({ stages }) => stages.flatMap(({ findings }) => findings)),
  ];
  const page = { style: PLAIN, sourceOf: (path: string) => textOf(tree, path) };
  const blocks = found.map((one) => findingBlock(one, page).trim());
  return blocks.map((block) => block.replaceAll(/^ {2}/gmu, '')).join('\n\n');
}

const RELEASED: Releases = {
  ...NO_RELEASES,
  of: (name) => {
    const files = BASE.list().filter(({ path, kind }) => kind === 'file' && path.startsWith(`${FOLDER}/`));
    const tree = memoryTree(
      Object.fromEntries(files.map(({ path }) => [path.slice(FOLDER.length + 1), textOf(BASE, path)])),
    );
    return name === NAME ? [{ version: '1.0.0', tree }] : [];
  },
};

it('each mistake is told as the page shows it', { timeout: 120_000 }, async () => {
  const page = readFileSync(PAGE, 'utf8');
  let tree = BASE;
  let told = '';
  let at = 0;
  let count = 0;
  for (const block of page.matchAll(/^```(diff file=(\S+)|text( released)?)\n([\s\S]*?)^```$/gmu)) {
    const [whole, , file, released, body = ''] = block;
    told += page.slice(at, block.index);
    at = block.index + whole.length;
    if (file !== undefined) {
      tree = overlayTree(tree, memoryTree({ [file]: applied(tree, file, body.replace(/\n$/u, '')) }));
      told += whole;
      continue;
    }
    const output = await printed(tree, released === undefined ? NO_RELEASES : RELEASED);
    told += `\`\`\`text${released ?? ''}\n${output}\n\`\`\``;
    tree = BASE;
    count += 1;
  }
  told += page.slice(at);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, told);
  expect(told).toBe(readFileSync(PAGE, 'utf8'));
  expect(count).toBeGreaterThanOrEqual(20);
});
