import { compileProgram, type CalleeName, type Program } from '../../src/flow/program.ts';
import { parseDocument } from '../../src/kernel/document.ts';
import type { Finding } from '../../src/kernel/finding.ts';
import type { Json } from '../../src/kernel/json.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { type Ran, result, runOn, type World } from '../../src/machine/testing.ts';
import { loadLaw } from '../../src/store/law.ts';
import type { Server } from '../../src/store/model.ts';
import { lift } from '../../src/value/concrete.ts';
import { label } from '../../src/value/label.ts';
import { parseWorkflow } from '../../src/workflow/parse.ts';

/**
 * Sentences of the specification, put to the test: a document goes the whole way, as text through the parser, the profile and
 * the compiler into the machine, on the virtual clock and with scripted answers. Tests name the sentences of docs/language.md
 * that they show.
 */

const LAW = {
  'store.yaml': "store: test\nnamespaces: { test: { owners: ['@x'] } }\n",
  'tools/s.yaml': `server: s
transport: { http: { endpoint: https://s.example/mcp } }
origin: { kind: written }
tools:
  t: { input: { type: object, additionalProperties: true }, output: {}, effect: read, class: other, returns: { trust: true, secrecy: [] } }
`,
  'tools/p.yaml': `server: p
transport: { stdio: { command: npx, arguments: ['-y', 'p@1.2.3'], environment: { DIR: '\${ $secrets.DIR }' } } }
origin: { kind: written }
bindings: { DIR: { secrecy: [] } }
tools:
  t: { input: { type: object }, output: {}, effect: read, class: other, returns: { trust: true, secrecy: [] } }
`,
};

const loaded = loadLaw(memoryTree(LAW), []);
export const SERVERS: ReadonlyMap<string, Server> = loaded.law?.servers ?? new Map();

/** Members of a document beside its header, as they would be written. */
export type Members = Record<string, unknown>;

export const HEADER = { dsl: '1.0.3', namespace: 'test', name: 'main', version: '1.0.0' };

/** The text of a document with these members. */
export function textOf(members: Members): string {
  return JSON.stringify({ document: HEADER, ...members });
}

export interface Read {
  readonly program?: Program;
  readonly findings: readonly Finding[];
}

/** What the reader and the compiler make of a text. */
export function read(text: string, callees: readonly Program[] = []): Read {
  const parsed = parseDocument('workflow.yaml', new TextEncoder().encode(text));
  if (parsed.value === undefined) return { findings: parsed.findings };
  const { value: document, locate, locateKey } = parsed;
  const { workflow, findings } = parseWorkflow({ document, locate, locateKey }, SERVERS);
  if (workflow === undefined) return { findings: [...parsed.findings, ...findings] };
  const named = new Map(callees.map((callee): [CalleeName, Program] => [`${callee.name}@${callee.version}`, callee]));
  const compiled = compileProgram(workflow, { servers: SERVERS }, named);
  const all = [...parsed.findings, ...findings, ...compiled.findings];
  return all.length > 0 || compiled.program === undefined
    ? { findings: all }
    : { program: compiled.program, findings: [] };
}

/** The program of a document that must have no findings. */
export function compile(members: Members, callees: readonly Program[] = []): Program {
  const { program, findings } = read(textOf(members), callees);
  if (program === undefined) throw new Error(JSON.stringify(findings, null, 1));
  return program;
}

export function run(members: Members, input: Json = {}, world: World = {}, callees: readonly Program[] = []): Ran {
  return runOn(compile(members, callees), lift(input, label(['caller'])), world);
}

/** How a document ends: `{ output }` or `{ error, at }`. */
export function end(members: Members, input: Json = {}, world: World = {}, callees: readonly Program[] = []): unknown {
  return result(run(members, input, world, callees));
}

/** What one `set` task makes of an expression, or a template. */
export function value(set: unknown, input: Json = {}): unknown {
  const ended = end({ do: [{ a: { set: { v: set } } }] }, input) as { readonly output?: { readonly v?: unknown } };
  return ended.output === undefined ? ended : ended.output.v;
}

/** Findings in short: the rule without its stage, the pointer, and the data. */
export function findingsOf(members: Members, callees: readonly Program[] = []): readonly string[] {
  return read(textOf(members), callees).findings.map(
    ({ rule, place, data }) =>
      `${rule.replace('structure/', '')} ${place.pointer} ${Object.values(data).map(String).join('; ')}`,
  );
}

/** A call of the tool `s/t`. */
export function tool(args: unknown = {}, more: Members = {}): Members {
  return {
    call: 'mcp',
    with: {
      method: 'tools/call',
      transport: { http: { endpoint: 'https://s.example/mcp' } },
      parameters: { name: 't', arguments: args },
      ...more,
    },
  };
}

export const set = (what: unknown, more: Members = {}): Members => ({ set: what, ...more });
export const raise = (name: string, more: Members = {}): Members => ({
  raise: { error: { type: `https://x.example/errors/${name}`, status: 400, ...more } },
});

/** The type of a standard error. */
export function standard(name: string): string {
  return `https://open-workflow-specification.org/spec/1.0.0/errors/${name}`;
}
