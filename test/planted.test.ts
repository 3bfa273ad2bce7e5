import { describe, expect, it } from 'vitest';
import { inferType } from '../src/expression/infer.ts';
import type { Scope } from '../src/expression/narrow.ts';
import { nodesOf, type Node } from '../src/expression/tree.ts';
import { kindsOf } from '../src/expression/type.ts';
import type { ExpressionCode } from '../src/flow/model.ts';
import { compileProgram } from '../src/flow/program.ts';
import { typeFindings } from '../src/flow/types.ts';
import { parseDocument } from '../src/kernel/document.ts';
import type { Finding } from '../src/kernel/finding.ts';
import { loadLaw } from '../src/store/law.ts';
import { parseWorkflow } from '../src/workflow/parse.ts';
import { SAMPLE, SHIPPED, textOf } from './rules/sample.ts';

/** Each member that the sample workflows read is misspelt once, in YAML and in JSON: one finding each, at the very letters. */

const { law } = loadLaw(SAMPLE, SHIPPED);
if (law === undefined) throw new Error('the sample store has no law');
const servers = law;

interface Checked {
  readonly findings: readonly Finding[];
  /** Where a member is read that misspelt would surely not be there, as an offset in the text. */
  readonly reads: readonly { readonly at: number; readonly name: string }[];
}

function check(file: string, text: string): Checked {
  const document = parseDocument(file, new TextEncoder().encode(text));
  const { workflow, findings } = parseWorkflow(
    { document: document.value ?? null, locate: document.locate },
    servers.servers,
  );
  if (workflow === undefined) return { findings: [...document.findings, ...findings], reads: [] };
  const { program, findings: compiled } = compileProgram(workflow, servers, new Map());
  if (program === undefined) return { findings: compiled, reads: [] };
  const lines = text.split('\n');
  const offset = (line: number, column: number): number =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  const reads = new Map<number, string>();
  const found = typeFindings(program, servers, (code: ExpressionCode, scope: Scope) => {
    for (const node of fieldsOf(code.expression.root)) {
      const { source } = code.expression;
      const end = node.span.offset + node.span.length;
      if (node.optional || !source.slice(0, end).endsWith(`.${node.name}`) || !isClosed(node, scope, code)) continue;
      const part = { offset: code.offset + end - node.name.length, length: node.name.length };
      const { line, column } = workflow.locate(code.at, part);
      reads.set(offset(line, column), node.name);
    }
  });
  return { findings: found, reads: [...reads].map(([at, name]) => ({ at, name })) };
}

type Field = Extract<Node, { kind: 'field' }>;

/** Fields whose base is a path from the scope itself, so that its type is known from outside. */
function fieldsOf(node: Node): readonly Field[] {
  return nodesOf(node).filter(isPath);
}

function isPath(node: Node): node is Field {
  if (node.kind === 'field') return node.base.kind === 'variable' || isPath(node.base);
  return false;
}

function isClosed(node: Field, scope: Scope, code: ExpressionCode): boolean {
  if (freeIn(node) !== undefined && !code.expression.free.has(freeIn(node) ?? '')) return false;
  const { type, problems } = inferType(node.base, scope, { left: 100_000 });
  const misspelt = inferType({ ...node, name: `${node.name}x` }, scope, { left: 100_000 }).problems;
  return kindsOf(type).includes('object') && problems.length === 0 && misspelt.length === 1;
}

function freeIn(node: Node): string | undefined {
  if (node.kind === 'field') return freeIn(node.base);
  return node.kind === 'variable' && !node.bound ? node.name : undefined;
}

const WORKFLOWS = SAMPLE.list().flatMap(({ path }) => (path.endsWith('/workflow.yaml') ? [path] : []));

describe('a misspelt member', () => {
  const inJson = WORKFLOWS.filter((path) => /finance|health/u.test(path)).map((path) => path.replace('.yaml', '.json'));

  it.each([...WORKFLOWS, ...inJson])('is one finding: %s', { timeout: 60_000 }, (file) => {
    const yaml = textOf(SAMPLE, file.replace('.json', '.yaml'));
    const json = JSON.stringify(parseDocument('workflow.yaml', new TextEncoder().encode(yaml)).value, null, 2);
    const text = file.endsWith('.json') ? json : yaml;
    const { findings, reads } = check(file, text);
    expect(findings).toEqual([]);
    expect(reads.length).toBeGreaterThan(3);
    for (const { at, name } of reads) {
      const planted = `${text.slice(0, at + name.length)}x${text.slice(at + name.length)}`;
      const before = planted.slice(0, at).split('\n');
      const shown = check(file, planted).findings.map(({ rule, place: { line, column, end } }) =>
        rule === 'structure/unknown-member' ? [line, column + 1, end?.column] : [rule, line, column],
      );
      const column = (before.at(-1) ?? '').length + 1;
      expect([name, ...shown]).toEqual([name, [before.length, column, column + name.length + 1]]);
    }
  });
});
