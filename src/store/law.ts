import type { ParsedDocument } from '../kernel/document.ts';
import { digestFiles, digestText } from '../kernel/digest.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import { equalJson } from '../kernel/json.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import { Reporter } from '../kernel/reporter.ts';
import { readText } from '../kernel/text.ts';
import type { Entry, Tree } from '../kernel/tree.ts';
import { readConfig } from './config.ts';
import { reportCredentials } from './credential.ts';
import { readBytes, readDocument, wholeFile } from './files.ts';
import type { Law, Server, StoreConfig, TextFile } from './model.ts';
import { readServer } from './server.ts';
import { isName } from './words.ts';

interface LawFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads what judges from a tree: store.yaml, `tools/*.yaml` and `policies/*.cedar`, after the policies that ship with
 * Proofmark. `law` is absent where any of it has a problem: nothing is judged by half a law.
 */
export function loadLaw(
  tree: Tree,
  shippedPolicies: readonly TextFile[],
): { readonly law?: Law; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const entries = new Map(tree.list().map((entry) => [entry.path, entry] as const));
  const store = readStoreFile(tree, entries.get('store.yaml'), findings);
  const known = store.config === undefined ? undefined : new Set(store.config.secrecy);
  const tools = readTools(tree, entries.values(), known, findings);
  const policies = readPolicies(tree, entries.values(), findings);
  if (store.config !== undefined) checkReferences(store.config, store.document, tools.servers, findings);
  if (store.config === undefined || findings.some(({ severity }) => severity === 'error')) return { findings };
  const shipped = shippedPolicies.map(({ path, text }) => ({
    path: `shipped/${path}`,
    bytes: new TextEncoder().encode(text),
  }));
  const digests = {
    store: digestFiles(store.files),
    tools: digestFiles(tools.files),
    policies: digestFiles([...shipped, ...policies.files]),
  };
  return {
    law: {
      config: store.config,
      servers: tools.servers,
      policies: [...shippedPolicies, ...policies.texts],
      digest: digestText(`${digests.store}\n${digests.tools}\n${digests.policies}\n`),
      digests,
    },
    findings,
  };
}

function readStoreFile(
  tree: Tree,
  entry: Entry | undefined,
  findings: Finding[],
): { readonly config?: StoreConfig; readonly document?: ParsedDocument; readonly files: readonly LawFile[] } {
  if (entry === undefined) {
    findings.push(finding('structure/missing-file', wholeFile('store.yaml'), { path: 'store.yaml' }));
    return { files: [] };
  }
  const read = readDocument(tree, entry);
  if ('problem' in read) {
    findings.push(read.problem);
    return { files: [] };
  }
  const reporter = new Reporter(read.document);
  const config = readConfig(read.document, reporter);
  if (read.document.value !== undefined) reportCredentials(read.document.value, reporter);
  findings.push(...read.document.findings, ...reporter.findings);
  return {
    ...(config === undefined ? {} : { config }),
    document: read.document,
    files: [{ path: entry.path, bytes: read.bytes }],
  };
}

function readTools(
  tree: Tree,
  entries: Iterable<Entry>,
  known: ReadonlySet<string> | undefined,
  findings: Finding[],
): { readonly servers: ReadonlyMap<string, Server>; readonly files: readonly LawFile[] } {
  const servers = new Map<string, Server>();
  const files: LawFile[] = [];
  for (const entry of entries) {
    if (!entry.path.startsWith('tools/')) continue;
    const stem = /^tools\/([^/]*)\.yaml$/.exec(entry.path)?.[1];
    if (stem === undefined || entry.kind === 'directory') {
      findings.push(finding('structure/unexpected-file', wholeFile(entry.path), { path: entry.path }));
      continue;
    }
    const read = readDocument(tree, entry);
    if ('problem' in read) {
      findings.push(read.problem);
      continue;
    }
    files.push({ path: entry.path, bytes: read.bytes });
    if (!isName(stem)) findings.push(finding('structure/bad-name', wholeFile(entry.path), { name: stem }));
    const reporter = new Reporter(read.document);
    const server = readServer(read.document, known, reporter);
    if (read.document.value !== undefined) reportCredentials(read.document.value, reporter);
    if (server !== undefined) {
      if (server.server !== stem) {
        reporter.report('structure/identity-mismatch', child(ROOT, 'server'), {
          field: 'server',
          expected: stem,
          found: server.server,
        });
      }
      const twin = [...servers.values()].find((other) => equalJson(other.transport, server.transport));
      if (twin !== undefined) {
        const detail = `the transport is that of ${twin.server}: a call could mean either`;
        reporter.report('structure/invalid-value', child(ROOT, 'transport'), { detail });
      }
      servers.set(server.server, server);
    }
    findings.push(...read.document.findings, ...reporter.findings);
  }
  return { servers, files };
}

function readPolicies(
  tree: Tree,
  entries: Iterable<Entry>,
  findings: Finding[],
): { readonly texts: readonly TextFile[]; readonly files: readonly LawFile[] } {
  const texts: TextFile[] = [];
  const files: LawFile[] = [];
  for (const entry of entries) {
    if (!entry.path.startsWith('policies/')) continue;
    if (!/^policies\/[^/]+\.cedar$/.test(entry.path) || entry.kind === 'directory') {
      findings.push(finding('structure/unexpected-file', wholeFile(entry.path), { path: entry.path }));
      continue;
    }
    const read = readBytes(tree, entry);
    if ('problem' in read) {
      findings.push(read.problem);
      continue;
    }
    const text = readText(entry.path, read.bytes);
    findings.push(...text.findings);
    if (text.source !== undefined) texts.push({ path: entry.path, text: text.source.text });
    files.push({ path: entry.path, bytes: read.bytes });
  }
  return { texts, files };
}

/** Names in store.yaml that must mean something: servers of `targets`, tools of `declassify`, namespaces everywhere. */
function checkReferences(
  config: StoreConfig,
  document: ParsedDocument | undefined,
  servers: ReadonlyMap<string, Server>,
  findings: Finding[],
): void {
  if (document === undefined) return;
  const reporter = new Reporter(document);
  const refer = (kind: string, at: ReturnType<typeof child>, name: string, candidates: Iterable<string>): void =>
    reporter.report('structure/unknown-reference', at, { kind, name, suggestion: reporter.suggest(name, candidates) });
  for (const server of config.targets.keys()) {
    if (!servers.has(server)) refer('server', child(ROOT, 'targets', server), server, servers.keys());
  }
  config.declassify.forEach(({ to }, i) => {
    const [server = '', tool = ''] = to.split('/');
    if (to.includes('/') && servers.get(server)?.tools.get(tool) === undefined) {
      const tools = [...servers.values()].flatMap((known) => [...known.tools.values()].map(({ id }) => id));
      refer('tool', child(ROOT, 'declassify', i, 'to'), to, tools);
    }
  });
  for (const list of ['inputs', 'declassify', 'waivers'] as const) {
    config[list].forEach(({ workflow }, i) => {
      const namespace = workflow.split('/')[0] ?? '';
      if (!config.namespaces.has(namespace))
        refer('namespace', child(ROOT, list, i, 'workflow'), namespace, config.namespaces.keys());
    });
  }
  findings.push(...reporter.findings);
}
