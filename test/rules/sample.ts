import { diskTree } from '../../src/kernel/disk.ts';
import { memoryTree, overlayTree, type Tree } from '../../src/kernel/tree.ts';
import { loadStore, type LoadedStore } from '../../src/pipeline/load.ts';
import { NO_RELEASES } from '../../src/pipeline/releases.ts';

export const SHIPPED = diskTree('policies')
  .list()
  .map(({ path }) => ({ path: `policies/${path}`, text: textOf(diskTree('policies'), path) }));

/** The sample store with one of its workflows and the tools that it and the policies speak of: what every breach below changes. */
export const SAMPLE = diskTree('fixtures/store');
const KEPT = /^(?:store\.yaml|policies\b.*|tools(?:\/(?:identity|mail|payments)\.yaml)?|workflows(?:\/finance\b.*)?)$/u;
export const BASE = overlayTree(
  SAMPLE,
  memoryTree({}),
  SAMPLE.list()
    .map(({ path }) => path)
    .filter((path) => !KEPT.test(path)),
);

export const FOLDER = 'workflows/finance/pay-invoice';
export const WORKFLOW = `${FOLDER}/workflow.yaml`;
export const CONTRACT = `${FOLDER}/contract.yaml`;
export const README = `${FOLDER}/README.md`;
export const CASE = `${FOLDER}/tests/pays-matching-invoice.yaml`;

/** Stands in a changed text where the finding must point; it is taken out before the text is read. */
export const HERE = '▸';

export interface Breach {
  readonly rule: string;
  readonly what: string;
  readonly tree: Tree;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Replaces parts of a file; one of the new parts holds {@link HERE}. */
export function edit(
  rule: string,
  what: string,
  file: string,
  ...changes: readonly (readonly [from: string, to: string])[]
): Breach {
  let text = textOf(BASE, file);
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    text = text.replace(from, () => to);
  }
  return write(rule, what, file, text);
}

/** Writes a file whose text holds {@link HERE}, beside `others`. */
export function write(
  rule: string,
  what: string,
  file: string,
  marked: string,
  others: Readonly<Record<string, string>> = {},
): Breach {
  const [before, after, ...more] = marked.split(HERE);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${what}: one place must be marked`);
  const lines = before.split('\n');
  const tree = overlayTree(BASE, memoryTree({ ...others, [file]: before + after }));
  return { rule, what, tree, file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** A breach of a file or folder as a whole. */
export function whole(rule: string, what: string, file: string, tree: Tree): Breach {
  return { rule, what, tree, file, line: 1, column: 1 };
}

/** The base without some files or folders. */
export function without(...paths: readonly string[]): Tree {
  return overlayTree(BASE, memoryTree({}), paths);
}

/** The base with one part of one file replaced. */
export function changed(file: string, from: string, to: string): Tree {
  const text = textOf(BASE, file);
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  return overlayTree(BASE, memoryTree({ [file]: text.replace(from, () => to) }));
}

/** The workflow once more, under another name. */
export function copyOf(namespace: string, name: string): Readonly<Record<string, string>> {
  const files = BASE.list().filter(({ path, kind }) => kind === 'file' && path.startsWith(`${FOLDER}/`));
  return Object.fromEntries(
    files.map(({ path }) => [
      path.replace(FOLDER, `workflows/${namespace}/${name}`),
      textOf(BASE, path)
        .replace('namespace: finance', `namespace: ${namespace}`)
        .replace('name: pay-invoice', `name: ${name}`),
    ]),
  );
}

/** Reads a store as `verify` does. */
export function load(tree: Tree): Promise<LoadedStore> {
  return loadStore({ tree, policies: SHIPPED, attacks: [], wanted: [], releases: NO_RELEASES, runs: 60, seed: 1 });
}

export function textOf(tree: Tree, path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(tree.read(path));
}
