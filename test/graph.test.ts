import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run as show } from '../src/cli/show.ts';
import { encodeMermaid } from '../src/kernel/encode.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { parseDocument } from '../src/kernel/document.ts';
import type { Json } from '../src/kernel/json.ts';
import { flowchart } from '../src/report/mermaid.ts';
import { loadLaw } from '../src/store/law.ts';
import { marks, type Origin } from '../src/value/label.ts';
import type { Task, TaskList, Workflow } from '../src/workflow/model.ts';
import { parseWorkflow } from '../src/workflow/parse.ts';
import { tasksOf } from '../src/workflow/walk.ts';
import { HOSTILE } from './hostile.ts';
import { testIo } from './io.ts';
import { parseMermaid } from './mermaid.ts';

const STORE = diskTree('fixtures/store');
const NAMES = STORE.list().flatMap(({ path }) => /^workflows\/(.+)\/workflow\.yaml$/u.exec(path)?.[1] ?? []);
const { law } = loadLaw(STORE, []);

async function drawn(name: string): Promise<string> {
  const { io, out } = testIo(process.cwd());
  expect(await show([name, '--graph', '--store', 'fixtures/store'], io)).toBe(0);
  return out();
}

describe('show --graph of the sample store', () => {
  it.each(NAMES)(
    '%s',
    async (name) => {
      const text = await drawn(name);
      await expect(text).toMatchFileSnapshot(`snapshots/graph/${name.replace('/', '.')}.mmd`);
      const { vertices, edges, groups } = await parseMermaid(text);
      const ids = new Set([...text.matchAll(/\bn\d+\b/gu)].map(([id]) => id));
      expect(new Set(vertices.keys())).toEqual(ids);
      expect(edges).toHaveLength(text.match(/^ {2}n\d+ (?:-->|-\.->|==>)/gmu)?.length ?? 0);
      expect(groups).toHaveLength(text.match(/^ *subgraph /gmu)?.length ?? 0);
      const shown = [...vertices.values()].join('\n');
      for (const task of tasksOf(workflowOf(name).do)) expect(shown).toContain(task.name);
      // Every node is reached from the first, and the end is reached.
      const next = new Map<string, string[]>();
      for (const { start, end } of edges) next.set(start, [...(next.get(start) ?? []), end]);
      const reached = new Set<string>();
      const pending = ['n1'];
      for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        if (reached.has(id)) continue;
        reached.add(id);
        pending.push(...(next.get(id) ?? []));
      }
      expect([...vertices.keys()].filter((id) => !reached.has(id))).toEqual([]);
    },
    60_000,
  );

  it('says who could have chosen what leaves, and what it reveals', async () => {
    const { vertices, edges } = await parseMermaid(await drawn('finance/pay-invoice'));
    const id = [...vertices].find(([, text]) => text.startsWith('payments/transfer'))?.[0];
    const labels = edges.filter(({ end, stroke }) => end === id && stroke === 'thick').map(({ text }) => text);
    expect(labels).toHaveLength(1);
    expect(labels[0]).toMatch(/payee: .*mail\/get_message/u);
    expect(labels[0]).toContain('reveals internal');
  }, 60_000);

  it.each([
    [['finance/pay-invoice@1.0.0', '--graph'], 'name no version'],
    [['finance/pay-invoice', '--graph', '--index', 'x'], 'asks no index'],
    [['finance/pay-invoice', '--store', 'x'], 'go with --graph'],
    [['finance/nothing', '--graph', '--store', 'fixtures/store'], 'no workflow finance/nothing'],
    [['finance/pay-invoice', '--graph', '--store', 'docs'], ''],
  ])('refuses %j', async (args, says) => {
    const { io, err } = testIo(process.cwd());
    const said = await show(args, io).then(
      (code) => `${code} ${err()}`,
      (error: unknown) => String(error),
    );
    expect(said).toMatch(/^UsageError|^1 /u);
    expect(said).toContain(says);
  });
});

const SYNTAX = [
  '"',
  '"]',
  '"] --> evil["',
  '"|evil|"',
  '`',
  '"`**bold** [x](https://evil.example)`"',
  'end',
  'subgraph x',
  '%% comment',
  '%%{init: {"securityLevel":"loose"}}%%',
  '---\ntitle: x\n---',
  'click n1 call alert()',
  'click n1 href "https://evil.example"',
  'style n1 fill:#f00;',
  'classDef x fill:#f00;',
  ':::evil',
  '@{ shape: circle }',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '&lt;b&gt;',
  '#lt;b#gt;',
  '#60;b#62;',
  'ﬂ°°60¶ß',
  '$$x^2$$',
  'fa:fa-user',
  '1. list',
  '# heading',
  '```\nflowchart',
  '</pre>',
  '\\"',
  '\u0000',
  '\u2028',
  'a\nb',
  ';',
  '{{x}}',
  '](x)',
  '{',
  '😀',
  '漢字',
  '',
  ' ',
  'x'.repeat(5_000),
  ...HOSTILE,
];

describe('hostile text in a graph', () => {
  it.each(SYNTAX)('%j adds nothing and is shown as it is', async (text) => {
    const workflow = renamed(workflowOf('enterprise/onboard-employee'), text);
    const plain = renamed(workflowOf('enterprise/onboard-employee'), 'x');
    const [hostile, harmless] = await Promise.all([workflow, plain].map((one) => parseMermaid(chart(one))));
    expect([...(hostile?.vertices.keys() ?? [])]).toEqual([...(harmless?.vertices.keys() ?? [])]);
    expect(hostile?.edges.map(({ start, end }) => [start, end])).toEqual(
      harmless?.edges.map(({ start, end }) => [start, end]),
    );
    expect(hostile?.groups.map(({ nodes }) => nodes)).toEqual(harmless?.groups.map(({ nodes }) => nodes));
    const source = chart(workflow);
    expect(source.split('\n')).toHaveLength(chart(plain).split('\n').length);
    expect(source).not.toMatch(/[`<](?!br\/>)|https?:|\u2028|^ *click |\$\$|@\{/mu);
  });

  it('of any kind holds nothing but letters, digits, spaces and entities', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(encodeMermaid(text, 60)).toMatch(/^(?:[A-Za-z0-9 ]|[^\u0000-\u00a0\u2028\u2029]|#\d+;)*$/u);
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});

function workflowOf(name: string): Workflow {
  const path = `workflows/${name}/workflow.yaml`;
  const document = parseDocument(path, STORE.read(path) ?? new Uint8Array());
  const value: Json = document.value ?? null;
  const { workflow } = parseWorkflow({ ...document, document: value }, law?.servers ?? new Map());
  if (workflow === undefined) throw new Error(`${name} cannot be read`);
  return workflow;
}

/** With one text in place of every name, condition and error. */
function renamed(workflow: Workflow, text: string): Workflow {
  return { ...workflow, name: text, version: text, do: renamedList(workflow.do, text) };
}

function renamedList(list: TaskList, text: string): TaskList {
  return list.map((task) => renamedTask(task, text));
}

function renamedTask(task: Task, text: string): Task {
  const source = { kind: 'expression', source: text, at: task.at, offset: 0 } as const;
  const base = { ...task, name: text, ...(task.if === undefined ? {} : { if: source }) };
  switch (base.kind) {
    case 'do':
      return { ...base, do: renamedList(base.do, text) };
    case 'for':
      return { ...base, each: text, do: renamedList(base.do, text) };
    case 'fork':
      return { ...base, branches: renamedList(base.branches, text) };
    case 'switch':
      return { ...base, arms: base.arms.map((arm) => ({ ...arm, name: text })) };
    case 'raise':
      return { ...base, error: { ...base.error, name: text } };
    case 'run':
      return { ...base, workflow: { name: `x/${text}`, version: text } };
    case 'try': {
      const { do: body, ...handler } = base.catch;
      const filter = { errors: { type: text }, when: source, exceptWhen: source };
      return {
        ...base,
        try: renamedList(base.try, text),
        catch: { ...handler, ...filter, ...(body === undefined ? {} : { do: renamedList(body, text) }) },
      };
    }
    case 'set':
    case 'wait':
    case 'call':
      return base;
  }
}

/** Drawn with hostile labels as well: names of servers and tags come from the law, which is somebody's text too. */
function chart(workflow: Workflow): string {
  if (law === undefined) throw new Error('the law of the sample store cannot be read');
  const origin: Origin = `tool:${workflow.name}`;
  const all = marks([origin, 'model'], [workflow.name]);
  const effects = new Map(
    tasksOf(workflow.do).map(({ at }) => [
      at as string,
      [{ kind: 'call', tool: workflow.name, parts: new Map([[workflow.name, all]]), control: all } as const],
    ]),
  );
  return flowchart(workflow, law, { tasks: new Set(), arms: new Map(), effects });
}
