import { describe, expect, it } from 'vitest';
import { type Entry, memoryTree, type Tree } from '../kernel/tree.ts';
import { loadLaw } from './law.ts';
import { loadWorkflows } from './workflows.ts';

const FOLDER = 'workflows/finance/pay';
const WORKFLOW = `document: { dsl: '1.0.3', namespace: finance, name: pay, version: 1.0.0 }
do: [{ a: { set: { x: 1 } } }]
`;
const CONTRACT = `risk: low
intents: [pay a bill]
capabilities: []
budgets: { tasks: 5, calls: 0, infers: 0, time: PT1H }
`;
const CASE = `name: pays
input: { a: 1 }
expect: { calls: [], outcome: { output: null } }
`;
const LAW = {
  'store.yaml': `store: example
namespaces:
  finance: { owners: ['@acme/finance'] }
  health: { owners: ['@acme/health'] }
secrecy: [internal]
`,
};
const files: Readonly<Record<string, string>> = {
  ...LAW,
  [`${FOLDER}/workflow.yaml`]: WORKFLOW,
  [`${FOLDER}/contract.yaml`]: CONTRACT,
  [`${FOLDER}/README.md`]: '# Pay\n',
  [`${FOLDER}/tests/one.yaml`]: CASE,
};

function load(tree: Tree) {
  return loadWorkflows(tree, loadLaw(memoryTree(LAW), []).law);
}

function problems(tree: Tree): readonly string[] {
  const { workflows, findings } = load(tree);
  return [...findings, ...workflows.flatMap((workflow) => workflow.findings)].map(
    ({ rule, place, data }) =>
      `${rule} ${place.file.replace(`${FOLDER}/`, '')}:${place.line}:${place.column} ${JSON.stringify(data)}`,
  );
}

const change = (path: string, content: string) => memoryTree({ ...files, [`${FOLDER}/${path}`]: content });
const contract = (from: string, to: string) =>
  change(
    'contract.yaml',
    CONTRACT.replace(from, () => to),
  );
const aCase = (text: string) => change('tests/one.yaml', text);

/** A tree with an entry that no file in memory can be. */
function withEntry(entry: Entry): Tree {
  const base = memoryTree(files);
  return {
    list: () => [...base.list().filter(({ path }) => path !== entry.path), entry],
    read: (path) => base.read(path),
  };
}

describe('a workflow folder', () => {
  it('gives its contract, its cases and a digest', () => {
    const [workflow, ...others] = load(memoryTree(files)).workflows;
    expect(others).toEqual([]);
    expect(workflow?.findings).toEqual([]);
    expect(workflow?.files).toMatchObject({
      name: 'finance/pay',
      folder: FOLDER,
      contract: { risk: 'low', errors: [], budgets: { time: 3_600_000 } },
    });
    expect(workflow?.files?.cases).toMatchObject([
      {
        name: 'pays',
        input: { a: 1 },
        expect: { calls: [], outcome: { output: null } },
        file: `${FOLDER}/tests/one.yaml`,
      },
    ]);
  });

  it('has a digest that every file of it changes, and nothing else', () => {
    const digest = (tree: Tree) => load(tree).workflows[0]?.files?.digest;
    const digests = [
      memoryTree(files),
      change('README.md', '# Pay!\n'),
      change('tests/two.yaml', CASE),
      contract('[pay a bill]', '[pay a  bill]'),
    ].map(digest);
    expect(digests).not.toContain(undefined);
    expect(new Set(digests).size).toBe(digests.length);
    expect(digest(memoryTree({ ...files, 'README.md': 'x' }))).toBe(digests[0]);
  });

  it('still gives its document where another file has a problem', () => {
    const [workflow] = load(contract('risk: low', 'risk: no')).workflows;
    expect(workflow?.files).toBeUndefined();
    expect(workflow?.document?.value).toHaveProperty('document');
  });

  it.each([
    [
      'another file',
      change('notes.txt', 'x'),
      'structure/unexpected-file notes.txt:1:1 {"path":"workflows/finance/pay/notes.txt"}',
    ],
    [
      'another folder',
      change('lib/x.js', 'x'),
      'structure/unexpected-file lib:1:1 {"path":"workflows/finance/pay/lib"}',
    ],
    [
      'another file among its cases',
      change('tests/x.json', '{}'),
      'structure/unexpected-file tests/x.json:1:1 {"path":"workflows/finance/pay/tests/x.json"}',
    ],
    [
      'a link',
      withEntry({ path: `${FOLDER}/README.md`, kind: 'link', size: 0 }),
      'structure/not-a-regular-file README.md:1:1 {"kind":"link"}',
    ],
    [
      'a pipe',
      withEntry({ path: `${FOLDER}/tests/x.yaml`, kind: 'other', size: 0 }),
      'structure/not-a-regular-file tests/x.yaml:1:1 {"kind":"other"}',
    ],
    [
      'a link among its cases',
      withEntry({ path: `${FOLDER}/tests/x`, kind: 'link', size: 0 }),
      'structure/not-a-regular-file tests/x:1:1 {"kind":"link"}',
    ],
    [
      'a huge file',
      withEntry({ path: `${FOLDER}/README.md`, kind: 'file', size: 1e9 }),
      'structure/file-too-large README.md:1:1 {"bytes":1000000000,"limit":1048576}',
    ],
    [
      'a file that went away',
      withEntry({ path: `${FOLDER}/tests/gone.yaml`, kind: 'file', size: 1 }),
      'structure/unreadable-file tests/gone.yaml:1:1 {"detail":"it is no longer there"}',
    ],
    [
      'hidden characters in its README',
      change('README.md', 'a\nb\u2066c\n'),
      'structure/hidden-character README.md:2:2 {"codepoint":"U+2066"}',
    ],
    [
      'the name of another',
      change('workflow.yaml', WORKFLOW.replace('name: pay', 'name: play')),
      'structure/identity-mismatch workflow.yaml:1:53 {"field":"name","expected":"pay","found":"play"}',
    ],
    [
      'the namespace of another',
      change('workflow.yaml', WORKFLOW.replace('finance', 'health')),
      'structure/identity-mismatch workflow.yaml:1:38 {"field":"namespace","expected":"finance","found":"health"}',
    ],
  ])('with %s', (_, tree, expected) => {
    expect(problems(tree)).toContain(expected);
  });

  it.each(['workflow.yaml', 'contract.yaml', 'README.md'])('without %s', (path) => {
    const { [`${FOLDER}/${path}`]: _, ...others } = files;
    expect(problems(memoryTree(others))).toEqual([`structure/missing-file ${path}:1:1 {"path":"${FOLDER}/${path}"}`]);
  });
});

describe('a contract', () => {
  it.each([
    [
      'an unknown key',
      contract('risk:', 'rsk:'),
      'structure/unknown-key contract.yaml:1:1 {"key":"rsk","suggestion":"risk"}',
    ],
    [
      'a missing key',
      contract('intents: [pay a bill]\n', ''),
      'structure/missing-key contract.yaml:1:1 {"key":"intents"}',
    ],
    [
      'an unknown risk',
      contract('low', 'none'),
      'structure/invalid-value contract.yaml:1:7 {"detail":"expected low, moderate, high"}',
    ],
    [
      'a duration in months',
      contract('PT1H', 'P1M'),
      'structure/invalid-value contract.yaml:4:49 {"detail":"years and months depend on a calendar: use days"}',
    ],
    [
      'half a task',
      contract('tasks: 5', 'tasks: 5.5'),
      'structure/wrong-type contract.yaml:4:19 {"expected":"integer","found":"number"}',
    ],
    [
      'a tool that is no id',
      contract('[]', '[{ tool: mail }]'),
      'structure/invalid-value contract.yaml:3:24 {"detail":"a tool is <server>/<tool name>"}',
    ],
    [
      'a capability twice',
      contract('[]', '[{ tool: a/b }, { tool: a/b }]'),
      'structure/invalid-value contract.yaml:3:39 {"detail":"a/b is listed twice"}',
    ],
    [
      'a promise of crashes',
      contract('budgets:', 'errors: [expression]\nbudgets:'),
      'structure/invalid-value contract.yaml:4:10 {"detail":"an expression that crashes is a defect and cannot be promised"}',
    ],
    [
      'an unknown tag',
      contract('budgets:', 'labels: { input: { /a: { secrecy: [patient] } } }\nbudgets:'),
      'structure/tag-unknown contract.yaml:4:36 {"tag":"patient","suggestion":null}',
    ],
    [
      'no intents',
      contract('[pay a bill]', '[]'),
      'structure/invalid-value contract.yaml:2:10 {"detail":"at least 1 item"}',
    ],
  ])('with %s', (_, tree, expected) => {
    expect(problems(tree)).toEqual([expected]);
  });
});

describe('pointers', () => {
  const schema = (name: string) =>
    `input: { schema: { document: { type: object, properties: { ${name}: { type: string } } } } }\n`;

  it.each([
    [
      'of labels that no input has',
      {
        'contract.yaml': `${CONTRACT}labels: { input: { /order: { secrecy: [internal] } } }\n`,
        'workflow.yaml': schema('orders') + WORKFLOW,
      },
      'structure/unknown-reference contract.yaml:5:28 {"kind":"part of the input","name":"/order","suggestion":"/orders"}',
    ],
    [
      'of store.yaml that no input has',
      { 'workflow.yaml': schema('orders') + WORKFLOW },
      'structure/unknown-reference store.yaml:6:46 {"kind":"part of the input","name":"/purchase","suggestion":null}',
    ],
  ])('%s', (_, changes, expected) => {
    const law = { 'store.yaml': `${LAW['store.yaml']}inputs: [{ workflow: finance/pay, pointers: [/purchase] }]\n` };
    const changed = Object.fromEntries(Object.entries(changes).map(([path, text]) => [`${FOLDER}/${path}`, text]));
    const { workflows } = loadWorkflows(memoryTree({ ...files, ...changed }), loadLaw(memoryTree(law), []).law);
    const found = workflows
      .flatMap(({ findings }) => findings)
      .map(
        ({ rule, place, data }) =>
          `${rule} ${place.file.replace(`${FOLDER}/`, '')}:${place.line}:${place.column} ${JSON.stringify(data)}`,
      );
    expect(found).toContain(expected);
  });

  it('of an input without a schema name anything', () => {
    expect(problems(contract('budgets:', 'labels: { input: { /x: { secrecy: [internal] } } }\nbudgets:'))).toEqual([]);
  });
});

describe('a case', () => {
  const reply = (text: string) => aCase(`${CASE}replies: { /do/0/a: [${text}] }\n`);

  it('knows every kind of reply', () => {
    const text =
      '{ value: null }, { structured: [1] }, { text: x }, { result: { content: [] } }, { error: timeout, detail: late }, { approved: false, by: dana }';
    const replies = load(reply(text)).workflows[0]?.files?.cases[0]?.replies.get('/do/0/a');
    expect(replies).toEqual([
      { kind: 'value', value: null },
      { kind: 'structured', structured: [1] },
      { kind: 'text', text: 'x' },
      { kind: 'result', result: { content: [] } },
      { kind: 'error', error: 'timeout', detail: 'late' },
      { kind: 'approval', approved: false, by: 'dana' },
    ]);
  });

  it.each([
    ['a reply of two kinds', reply('{ value: 1, text: x }'), 'a reply is exactly one of'],
    ['a reply of none', reply('{}'), 'a reply is exactly one of'],
    ['a detail without an error', reply('{ text: x, detail: y }'), 'detail goes with error'],
    ['an approver of nothing', reply('{ text: x, by: y }'), 'by goes with approved'],
    ['an approval by nobody', reply('{ approved: true }'), '"key":"by"'],
    ['an unknown reply', reply('{ txt: x }'), '"suggestion":"text"'],
    ['a task that is no pointer', aCase(`${CASE}replies: { read: [] }\n`), 'a task is named by its pointer'],
    [
      'two outcomes',
      aCase(CASE.replace('{ output: null }', '{ output: null, error: x }')),
      'an outcome is either output or error',
    ],
    ['no outcome', aCase(CASE.replace('{ output: null }', '{}')), 'an outcome is either output or error'],
    ['no input', aCase(CASE.replace('input: { a: 1 }\n', '')), '"key":"input"'],
  ])('with %s', (_, tree, expected) => {
    const found = problems(tree);
    expect(found.join('\n')).toContain(expected);
    expect(found.every((text) => text.includes('tests/one.yaml'))).toBe(true);
  });
});

describe('names', () => {
  const at = (...names: readonly string[]) =>
    memoryTree(
      Object.fromEntries(
        names.flatMap((name) =>
          Object.keys(files)
            .filter((path) => path.startsWith(FOLDER))
            .map((path) => [path.replace('finance/pay', name), files[path] ?? '']),
        ),
      ),
    );
  const alike = (tree: Tree, existing: readonly `${string}/${string}`[] = []) =>
    loadWorkflows(tree, loadLaw(memoryTree(LAW), []).law, existing)
      .workflows.flatMap(({ findings }) => findings)
      .filter(({ rule }) => rule === 'structure/look-alike-name')
      .map(({ data }) => data);

  it('are lowercase letters, digits and hyphens', () => {
    expect(problems(at('finance/Pay_Bill')).filter((text) => text.startsWith('structure/bad-name'))).toEqual([
      'structure/bad-name workflows/finance/Pay_Bill:1:1 {"name":"Pay_Bill"}',
    ]);
  });

  it('belong to a namespace that somebody owns', () => {
    expect(problems(at('travel/pay'))).toContain(
      'structure/namespace-unowned workflows/travel/pay:1:1 {"namespace":"travel"}',
    );
  });

  it('may not look like one of another owner', () => {
    expect(alike(at('finance/pay'), ['finanee/pay'])).toEqual([{ name: 'finance/pay', existing: 'finanee/pay' }]);
    expect(alike(at('finance/pay', 'financ-e/pay'))).toEqual([{ name: 'finance/pay', existing: 'financ-e/pay' }]);
  });

  it('may look like one of the same owner, and one that was there before stays', () => {
    expect(alike(at('finance/pay', 'finance/pays'))).toEqual([]);
    expect(alike(at('finance/pay'), ['finanee/pay', 'finance/pay'])).toEqual([]);
  });
});

describe('a store', () => {
  it('without workflows is a finding', () => {
    expect(problems(memoryTree(LAW))).toEqual([
      'structure/empty-store workflows:1:1 {"detail":"no folder workflows/<namespace>/<name>"}',
    ]);
  });

  it('with stray files among its workflows names each', () => {
    const tree = memoryTree({ ...files, 'workflows/x.txt': '', 'workflows/finance/y.txt': '' });
    expect(problems(tree)).toEqual([
      'structure/unexpected-file workflows/finance/y.txt:1:1 {"path":"workflows/finance/y.txt"}',
      'structure/unexpected-file workflows/x.txt:1:1 {"path":"workflows/x.txt"}',
    ]);
  });
});
