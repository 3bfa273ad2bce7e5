import { parseDocument } from '../kernel/document.ts';
import type { Finding } from '../kernel/finding.ts';
import { memoryTree } from '../kernel/tree.ts';
import { loadLaw } from '../store/law.ts';
import type { Server } from '../store/model.ts';
import type { Workflow } from './model.ts';
import { parseWorkflow } from './parse.ts';

/** For tests: a law with a few tools, and workflows around tasks written as YAML. */

const LAW = {
  'store.yaml': "store: test\nnamespaces: { test: { owners: ['@x'] } }\n",
  'tools/bank.yaml': `server: bank
transport: { http: { endpoint: https://bank.example/mcp } }
origin: { kind: written }
tools:
  transfer: { input: { type: object }, effect: irreversible, class: payment, returns: { trust: true, secrecy: [] } }
  list: { input: { type: object }, effect: read, class: payment, returns: { trust: true, secrecy: [] } }
`,
  'tools/notes.yaml': `server: notes
transport: { stdio: { command: npx, arguments: ['-y', 'notes@1.2.3', '\${ $secrets.DIR }'] } }
origin: { kind: written }
bindings: { DIR: { secrecy: [] } }
tools:
  read: { input: { type: object }, effect: read, class: file, returns: { trust: false, secrecy: [] } }
`,
};

export const SERVERS: ReadonlyMap<string, Server> = loadLaw(memoryTree(LAW), []).law?.servers ?? new Map();

/** A call of bank/transfer as a flow mapping. */
export const TRANSFER =
  "{ call: mcp, with: { method: tools/call, transport: { http: { endpoint: 'https://bank.example/mcp' } }, parameters: { name: transfer, arguments: { to: '${ .to }' } } } }";

/** A document whose `do` is `tasks` (indented by two), with `more` at its root. */
export function documentOf(tasks: string, more = ''): string {
  const header = "document: { dsl: '1.0.3', namespace: test, name: one, version: 1.0.0 }\n";
  return `${header}${more}do:\n${tasks}\n`;
}

export function parseText(text: string): { readonly workflow?: Workflow; readonly findings: readonly Finding[] } {
  const parsed = parseDocument('workflow.yaml', new TextEncoder().encode(text));
  if (parsed.value === undefined) return { findings: parsed.findings };
  const { locate, locateKey } = parsed;
  const { workflow, findings } = parseWorkflow({ document: parsed.value, locate, locateKey }, SERVERS);
  const all = [...parsed.findings, ...findings];
  return workflow === undefined || all.length > 0 ? { findings: all } : { workflow, findings: [] };
}
