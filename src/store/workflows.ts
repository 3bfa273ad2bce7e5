import type { ParsedDocument } from '../kernel/document.ts';
import { digestFiles } from '../kernel/digest.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import { compareText, isObject, member } from '../kernel/json.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import { Reporter } from '../kernel/reporter.ts';
import { PROBLEM_LIMIT, readText } from '../kernel/text.ts';
import type { Entry, Tree } from '../kernel/tree.ts';
import { readCase } from './case.ts';
import { readContract } from './contract.ts';
import { credentialIn, reportCredentials } from './credential.ts';
import { readBytes, readDocument, wholeFile } from './files.ts';
import { LookAlikeIndex } from './look-alike.ts';
import type { Case, Law, WorkflowFiles, WorkflowName } from './model.ts';
import { checkPointers } from './pointers.ts';
import { isName } from './words.ts';

/** One workflow's folder as it was found. */
export interface LoadedWorkflow {
  readonly name: WorkflowName;
  /** `workflows/<namespace>/<name>`. */
  readonly folder: string;
  /** Absent where any file of the folder has a problem. */
  readonly files?: WorkflowFiles;
  /** workflow.yaml, there even where another file has a problem, so that its own problems can be reported in the same run. */
  readonly document?: ParsedDocument;
  readonly findings: readonly Finding[];
}

export interface LoadedWorkflows {
  /** Every workflow of the store, read or not. */
  readonly names: readonly WorkflowName[];
  readonly workflows: readonly LoadedWorkflow[];
  /** What belongs to no one workflow: stray files, an empty store. */
  readonly findings: readonly Finding[];
}

/**
 * Reads every workflow of a store. `law` decides which tags exist and who owns which namespace; `existing` are the names
 * that were there before (of the base revision, of the index), which new ones may not look like. Of a store where only some
 * workflows are asked for, `only` names those that are read; the others still count as names.
 */
export function loadWorkflows(
  tree: Tree,
  law?: Law,
  existing: readonly WorkflowName[] = [],
  only?: ReadonlySet<string>,
): LoadedWorkflows {
  const findings: Finding[] = [];
  const folders = new Map<string, Entry[]>();
  for (const entry of tree.list()) {
    if (entry.path === 'workflows' && entry.kind !== 'directory') {
      findings.push(finding('structure/not-a-regular-file', wholeFile(entry.path), { kind: entry.kind }));
    }
    if (!entry.path.startsWith('workflows/')) continue;
    const [, namespace = '', name, ...rest] = entry.path.split('/');
    if (name === undefined) {
      if (entry.kind !== 'directory') findings.push(stray(entry));
    } else if (rest.length === 0) {
      if (entry.kind !== 'directory') findings.push(stray(entry));
      else folders.set(entry.path, []);
    } else folders.get(`workflows/${namespace}/${name}`)?.push(entry);
  }
  if (folders.size === 0) {
    const detail = 'no folder workflows/<namespace>/<name>';
    findings.push(finding('structure/empty-store', wholeFile('workflows'), { detail }));
  }
  const names = [...folders.keys()].sort(compareText);
  const alike = lookAlikes(names.map(nameOf), existing, law);
  const workflows = names
    .filter((folder) => only?.has(nameOf(folder)) ?? true)
    .map((folder) => loadWorkflow(tree, folder, folders.get(folder) ?? [], law, alike.get(nameOf(folder)) ?? []));
  return { names: names.map(nameOf), workflows, findings };
}

function nameOf(folder: string): WorkflowName {
  const [, namespace = '', name = ''] = folder.split('/');
  return `${namespace}/${name}`;
}

function loadWorkflow(
  tree: Tree,
  folder: string,
  entries: readonly Entry[],
  law: Law | undefined,
  alike: readonly string[],
): LoadedWorkflow {
  const name = nameOf(folder);
  const findings: Finding[] = [...identityFindings(name, folder, law, alike)];
  const known = law === undefined ? undefined : new Set(law.config.secrecy);
  const contents: { path: string; bytes: Uint8Array }[] = [];
  const documents = new Map<string, ParsedDocument>();
  for (const entry of entries) {
    const path = entry.path.slice(folder.length + 1);
    if (entry.kind === 'directory') {
      if (path !== 'tests') findings.push(stray(entry));
      continue;
    }
    if (!isExpected(path)) {
      // Inside a stray folder only the folder is reported.
      if (!path.includes('/') || path.startsWith('tests/')) findings.push(stray(entry));
      continue;
    }
    if (path === 'README.md') {
      const read = readBytes(tree, entry);
      if ('problem' in read) findings.push(read.problem);
      else {
        findings.push(...readmeFindings(entry.path, read.bytes));
        contents.push({ path, bytes: read.bytes });
      }
      continue;
    }
    const read = readDocument(tree, entry);
    if ('problem' in read) {
      findings.push(read.problem);
      continue;
    }
    findings.push(...read.document.findings);
    documents.set(path, read.document);
    contents.push({ path, bytes: read.bytes });
  }
  const paths = new Set(entries.map(({ path }) => path.slice(folder.length + 1)));
  for (const path of ['workflow.yaml', 'contract.yaml', 'README.md']) {
    if (!paths.has(path))
      findings.push(finding('structure/missing-file', wholeFile(`${folder}/${path}`), { path: `${folder}/${path}` }));
  }
  const document = documents.get('workflow.yaml');
  if (document !== undefined) findings.push(...documentIdentity(document, name));
  const contract = contractOf(documents.get('contract.yaml'), known, findings);
  if (document !== undefined) findings.push(...checkPointers(name, document, contract, law));
  const cases = casesOf(folder, documents, findings);
  const base = { name, folder, findings, ...(document === undefined ? {} : { document }) };
  if (document?.value === undefined || contract === undefined || findings.some(({ severity }) => severity === 'error'))
    return base;
  const files = {
    name,
    folder,
    document: document.value,
    locate: document.locate,
    contract,
    cases,
    digest: digestFiles(contents),
  };
  return { ...base, files };
}

function contractOf(document: ParsedDocument | undefined, known: ReadonlySet<string> | undefined, findings: Finding[]) {
  if (document === undefined) return undefined;
  const reporter = new Reporter(document);
  const contract = readContract(document, known, reporter);
  if (document.value !== undefined) reportCredentials(document.value, reporter);
  findings.push(...reporter.findings);
  return contract;
}

function casesOf(folder: string, documents: ReadonlyMap<string, ParsedDocument>, findings: Finding[]): readonly Case[] {
  const cases: Case[] = [];
  for (const [path, document] of documents) {
    if (!path.startsWith('tests/')) continue;
    const reporter = new Reporter(document);
    const read = readCase(`${folder}/${path}`, document, reporter);
    if (document.value !== undefined) reportCredentials(document.value, reporter);
    findings.push(...reporter.findings);
    if (read !== undefined) cases.push(read);
  }
  return cases;
}

function readmeFindings(path: string, bytes: Uint8Array): readonly Finding[] {
  const { source, findings } = readText(path, bytes);
  if (source === undefined) return findings;
  const credentials = source.text.split('\n').flatMap((line, i) => {
    const kind = credentialIn(line);
    const place = { file: path, pointer: ROOT, line: i + 1, column: 1 };
    return kind === undefined
      ? []
      : [finding('structure/literal-credential', place, { kind }, { confidence: 'likely' })];
  });
  return [...findings, ...credentials.slice(0, PROBLEM_LIMIT)];
}

function isExpected(path: string): boolean {
  return (
    path === 'workflow.yaml' || path === 'contract.yaml' || path === 'README.md' || /^tests\/[^/]+\.yaml$/.test(path)
  );
}

function stray(entry: Entry): Finding {
  if (entry.kind === 'link' || entry.kind === 'other') {
    return finding('structure/not-a-regular-file', wholeFile(entry.path), { kind: entry.kind });
  }
  return finding('structure/unexpected-file', wholeFile(entry.path), { path: entry.path });
}

function identityFindings(
  name: WorkflowName,
  folder: string,
  law: Law | undefined,
  alike: readonly string[],
): readonly Finding[] {
  const findings: Finding[] = [];
  const [namespace = '', own = ''] = name.split('/');
  for (const part of [namespace, own]) {
    if (!isName(part)) findings.push(finding('structure/bad-name', wholeFile(folder), { name: part }));
  }
  if (law !== undefined && !law.config.namespaces.has(namespace)) {
    findings.push(finding('structure/namespace-unowned', wholeFile(folder), { namespace }));
  }
  for (const existing of alike)
    findings.push(finding('structure/look-alike-name', wholeFile(folder), { name, existing }));
  return findings;
}

function documentIdentity(document: ParsedDocument, name: WorkflowName): readonly Finding[] {
  const reporter = new Reporter(document);
  const header = isObject(document.value) ? member(document.value, 'document') : undefined;
  if (!isObject(header)) return [];
  const [namespace = '', own = ''] = name.split('/');
  for (const [field, expected] of [
    ['namespace', namespace],
    ['name', own],
  ] as const) {
    const found = member(header, field);
    if (typeof found === 'string' && found !== expected) {
      reporter.report('structure/identity-mismatch', child(ROOT, 'document', field), {
        field,
        expected,
        found: found.slice(0, 80),
      });
    }
  }
  return reporter.findings;
}

/**
 * For each new name, the names of other owners that it looks like. Among new names only the one that sorts later is
 * reported, so that one finding stands for one pair.
 */
function lookAlikes(
  names: readonly WorkflowName[],
  existing: readonly WorkflowName[],
  law: Law | undefined,
): ReadonlyMap<string, readonly string[]> {
  const before = new Set<string>(existing);
  const index = new LookAlikeIndex();
  for (const name of before) index.add(name);
  const found = new Map<string, readonly string[]>();
  for (const name of names) {
    if (before.has(name)) continue;
    const others = index.find(name).filter((other) => !sameOwner(name, other, law));
    if (others.length > 0) found.set(name, others.slice(0, 3));
    index.add(name);
  }
  return found;
}

function sameOwner(a: string, b: string, law: Law | undefined): boolean {
  const [first = ''] = a.split('/');
  const [second = ''] = b.split('/');
  if (first === second) return true;
  const owners = law?.config.namespaces.get(second)?.owners ?? [];
  return law?.config.namespaces.get(first)?.owners.some((owner) => owners.includes(owner)) ?? false;
}
