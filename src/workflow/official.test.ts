import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSchemaObject, officialSchema, sdkSchema } from '../../scripts/ows-schema.ts';
import { parseDocument } from '../kernel/document.ts';
import { isArray, isObject, type Json } from '../kernel/json.ts';
import { diskTree } from '../kernel/disk.ts';
import { type Pointer, ROOT } from '../kernel/pointer.ts';
import { Reporter } from '../kernel/reporter.ts';
import { checkOfficialDocument, checkOfficialTask, type TaskKeyword } from './official.ts';
import { parseWorkflow } from './parse.ts';
import { SERVERS } from './testing.ts';

const CONFORMANCE = '../shared/conformance/ows';
const examples = existsSync(`${CONFORMANCE}/examples`)
  ? readdirSync(`${CONFORMANCE}/examples`)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
  : [];
const absent = examples.length === 0;

function compile(schema: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

const validate = compile(officialSchema());
const read = (path: string) => parseDocument(path, readFileSync(path));
const parse = (document: ReturnType<typeof read>) =>
  parseWorkflow({ document: document.value ?? null, locate: document.locate, locateKey: document.locateKey }, SERVERS);

/** How the newest official schema may differ from the SDK's with our patch: words, and the host that it is published under. */
const ACCEPTED_DIFFERENCES: ReadonlySet<string> = new Set(['/$id']);

const NOWHERE = (pointer: Pointer) => ({ file: 'x', pointer, line: 1, column: 1 });

const HEADER = { dsl: '1.0.3', namespace: 'test', name: 'one', version: '1.0.0' };
const CALL = {
  call: 'mcp',
  with: {
    method: 'tools/call',
    transport: { http: { endpoint: 'https://bank.example/mcp' } },
    parameters: { name: 'transfer', arguments: { a: '${ .a }' } },
    timeout: { seconds: 3 },
  },
};

/** Documents with everything that the profile has. */
const SEEDS: readonly Json[] = [
  {
    document: { ...HEADER, title: 'One', summary: 'x', tags: { a: 'b' }, metadata: { a: [1] } },
    input: { schema: { format: 'json', document: { type: 'object' } }, from: '.x' },
    output: { as: { y: '${ . }' } },
    timeout: 'short',
    evaluate: { language: 'jq', mode: 'strict' },
    use: {
      errors: {
        gone: { type: 'https://x.example/gone', status: 404, title: 'Gone', detail: '${ .x }', instance: '/do/0' },
      },
      retries: {
        again: {
          delay: 'PT1S',
          backoff: { linear: { increment: { seconds: 1 } } },
          limit: { attempt: { count: 2 } },
          when: '.x',
        },
      },
      timeouts: { short: { after: { minutes: 1 } } },
      catalogs: { proofmark: { endpoint: { uri: 'https://proofmark.example/catalog' } } },
      secrets: ['DIR'],
      functions: { pay: CALL },
    },
    do: [
      {
        a: {
          if: '.x',
          set: { x: 1 },
          export: { as: '.', schema: { document: {} } },
          timeout: { after: 'PT1S' },
          metadata: {},
        },
      },
      { b: { ...CALL, then: 'd' } },
      { d: { for: { each: 'e', in: [{ x: 1 }], at: 'i' }, while: '.x', do: [{ x: { wait: { seconds: 1 } } }] } },
      { e: { fork: { branches: [{ x: { call: 'pay', with: { a: 1 } } }], compete: false } } },
      { f: { switch: [{ x: { when: '.x', then: 'g' } }, { z: { then: 'exit' } }] } },
      {
        g: {
          try: [{ x: { set: '${ . }' } }],
          catch: {
            errors: { with: { status: 404 } },
            as: 'e',
            retry: 'again',
            do: [{ r: { raise: { error: 'gone' } } }],
            then: 'end',
          },
        },
      },
      { h: { run: { workflow: { namespace: 'a', name: 'b', version: '1.0.0', input: { x: 1 } } } } },
      { i: { call: 'infer:1.0.0@proofmark', with: { instructions: 'x', data: 1, schema: { type: 'string' } } } },
      { j: { do: [{ x: { raise: { error: { type: 'https://x.example/e', status: 400 } } } }] } },
    ],
  },
  { document: HEADER, do: [{ a: { wait: 'PT1S' } }] },
  { document: HEADER, do: [{ a: CALL }] },
];

describe('the official schema', () => {
  it.skipIf(absent)('is the newest one, but for named differences (skipped without the conformance folder)', () => {
    const newest = read(`${CONFORMANCE}/schema/workflow.yaml`);
    const differences = compare(officialSchema(), newest.value ?? null, '').filter(
      (path) => !ACCEPTED_DIFFERENCES.has(path),
    );
    expect(differences).toEqual([]);
  });

  it('is the one of the SDK with the later additions', () => {
    expect(compare(sdkSchema(), officialSchema(), '').length).toBeGreaterThan(5);
    expect(validate.errors).toBeFalsy();
  });
});

describe.skipIf(absent)('the official examples (skipped without the conformance folder)', () => {
  it('are 68', () => {
    expect(examples).toHaveLength(68);
  });

  it.each(examples)('%s is valid under the official schema', (name) => {
    expect({ valid: validate(read(`${CONFORMANCE}/examples/${name}`).value), errors: validate.errors }).toEqual({
      valid: true,
      errors: null,
    });
  });

  it.each(examples)('%s is accepted, or refused by name with a line', (name) => {
    const document = read(`${CONFORMANCE}/examples/${name}`);
    const { workflow, findings } = parse(document);
    const all = [...document.findings, ...findings];
    expect(workflow === undefined).toBe(findings.length > 0);
    const named = [
      'unsupported-task',
      'unsupported-feature',
      'floating-version',
      'literal-credential',
      'yaml-ambiguous',
      'invalid-value',
    ];
    for (const { rule, place } of all) {
      expect(named.map((rule_) => `structure/${rule_}`)).toContain(rule);
      expect(place.line).toBeGreaterThan(5);
    }
  });

  it('come out as they always did', () => {
    const outcome = (name: string): string => {
      const document = read(`${CONFORMANCE}/examples/${name}`);
      const { workflow, findings } = parse(document);
      if (workflow !== undefined && document.findings.length === 0) return `${name}: accepted`;
      const [first] = findings.length > 0 ? findings : document.findings;
      const data = first?.data ?? {};
      const what = String('keyword' in data ? data.keyword : 'feature' in data ? data.feature : first?.rule);
      return `${name}: ${what}, line ${first?.place.line}`;
    };
    expect(examples.map(outcome).join('\n')).toMatchSnapshot();
  });
});

describe('the validators of single tasks', () => {
  it.each([
    [{ set: {} }, 'set', '/set', 'minProperties: 1'],
    [{ wait: { seconds: 'x' } }, 'wait', '/wait/seconds', 'expected integer'],
    [{ do: [], foo: 1 }, 'do', '', 'foo is unknown'],
    [{ call: 'mcp' }, 'call', '', 'with is missing'],
    [{ call: 'f', with: 3 }, 'call', '/with', 'expected object'],
    [{ try: [], catch: { then: 1 } }, 'try', '/catch/then', 'expected string'],
  ] as const)('say what is wrong with %j', (task, keyword, pointer, detail) => {
    const reporter = new Reporter({ locate: NOWHERE, locateKey: NOWHERE });
    checkOfficialTask(keyword, task, ROOT, reporter);
    expect(reporter.findings).toMatchObject([{ rule: 'structure/ows-schema', place: { pointer }, data: { detail } }]);
  });

  it('agree together with the whole schema, however a document was changed', () => {
    const outcomes = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...SEEDS), fc.array(edit, { minLength: 1, maxLength: 2 }), (document, edits) => {
        const changed = edits.reduce(apply, document);
        if (usesRefused(changed)) return;
        const valid = validate(changed);
        outcomes[valid ? 'valid' : 'invalid'] += 1;
        expect(validByTasks(changed)).toBe(valid);
      }),
      { seed: 20261123, numRuns: 1_000 },
    );
    expect(Math.min(outcomes.valid, outcomes.invalid)).toBeGreaterThan(100);
  });
});

/** What the profile refuses by name, and the validators therefore leave out. */
function usesRefused(document: Json): boolean {
  return /"(?:schedule|authentications|extensions|authentication|container|script|shell)":/.test(
    JSON.stringify(document),
  );
}

/** The verdict of the validators of single tasks over a document and all tasks in it. */
function validByTasks(document: Json): boolean {
  if (!isObject(document)) return false;
  const reporter = new Reporter({ locate: NOWHERE, locateKey: NOWHERE });
  checkOfficialDocument(document, ROOT, reporter);
  const visitList = (list: Json | undefined): void => {
    if (!isArray(list)) return;
    for (const item of list) if (isObject(item)) for (const task of Object.values(item)) visit(task);
  };
  const visit = (task: Json): void => {
    const keywords = isObject(task)
      ? KEYWORDS.filter((key) => Object.hasOwn(task, key) && !(key === 'do' && Object.hasOwn(task, 'for')))
      : [];
    const [keyword] = keywords;
    if (!isObject(task) || keyword === undefined || keywords.length > 1) {
      reporter.report('structure/ows-schema', ROOT, { detail: 'no task' });
      return;
    }
    checkOfficialTask(keyword, task, ROOT, reporter);
    for (const list of [task['do'], task['try'], part(task['catch'], 'do'), part(task['fork'], 'branches')])
      visitList(list);
  };
  visitList(document['do']);
  const functions = part(document['use'], 'functions');
  if (isObject(functions)) Object.values(functions).forEach(visit);
  return reporter.count === 0;
}

const KEYWORDS: readonly TaskKeyword[] = ['call', 'do', 'for', 'fork', 'raise', 'run', 'set', 'switch', 'try', 'wait'];

function part(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}

describe('what the profile accepts', () => {
  const tree = diskTree('fixtures/store');
  const samples = tree.list().flatMap(({ path }) => (path.endsWith('/workflow.yaml') ? [path] : []));

  it.each(samples)('is valid under the whole official schema: %s', (path) => {
    const { value } = parseDocument(path, tree.read(path) ?? new Uint8Array());
    expect({ valid: validate(value), errors: validate.errors }).toEqual({ valid: true, errors: null });
  });

  it.each(SEEDS.map((seed, i) => [i, seed] as const))(
    'is valid under the whole official schema: seed %i',
    (_, document) => {
      expect(parseWorkflow({ document, locate: NOWHERE }, SERVERS).findings).toEqual([]);
      expect({ valid: validate(document), errors: validate.errors }).toEqual({ valid: true, errors: null });
    },
  );

  it('is valid under the whole official schema, however it was changed', () => {
    const official = examples.map((name) => read(`${CONFORMANCE}/examples/${name}`).value ?? null);
    const document_ = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...SEEDS) },
      { weight: 1, arbitrary: fc.constantFrom(...SEEDS, ...official) },
    );
    let accepted = 0;
    fc.assert(
      fc.property(document_, fc.array(edit, { minLength: 1, maxLength: 2 }), (document, edits) => {
        const changed = edits.reduce(apply, document);
        const { workflow, findings } = parseWorkflow({ document: changed, locate: NOWHERE }, SERVERS);
        // The profile's own checks say it all: the official schema never has to.
        expect(findings.filter(({ rule }) => rule === 'structure/ows-schema')).toEqual([]);
        if (workflow === undefined) return;
        accepted += 1;
        expect({ valid: validate(changed), errors: validate.errors }).toEqual({ valid: true, errors: null });
      }),
      { seed: 20261123, numRuns: 800 },
    );
    expect(accepted).toBeGreaterThan(40);
  });
});

/** A change of a document: at some place in document order, put, take away, or rename. */
const edit = fc.record({
  place: fc.nat({ max: 200 }),
  how: fc.constantFrom('put', 'put', 'remove', 'rename', 'add'),
  value: fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    'a',
    'end',
    'PT1S',
    '${ .x }',
    'x ${ .y }',
    'https://x.example',
    '/a',
    [],
    ['x'],
    {},
    { x: 1 },
    { seconds: 1 },
    [{ a: { wait: 'PT1S' } }],
    { after: 'PT2S' },
  ),
  key: fc.constantFrom('if', 'then', 'input', 'set', 'as', 'from', 'with', 'do', 'x', 'timeout', 'metadata', 'schema'),
});
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

function apply(document: Json, { place, how, value, key }: Edit): Json {
  const copy = structuredClone(document) as unknown;
  const slots: { readonly parent: Record<string, unknown>; readonly key: string }[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const member of Object.keys(node)) {
      slots.push({ parent: node as Record<string, unknown>, key: member });
      visit((node as Record<string, unknown>)[member]);
    }
  };
  visit(copy);
  const slot = slots[place % slots.length];
  if (slot === undefined) return copy as Json;
  const { parent } = slot;
  if (how === 'put') parent[slot.key] = value;
  else if (how === 'add' && !Array.isArray(parent)) parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(slot.key), 1);
  else {
    const moved = parent[slot.key];
    Reflect.deleteProperty(parent, slot.key);
    if (how === 'rename') parent[key] = moved;
  }
  return copy as Json;
}

/** The pointers at which two schemas differ; prose and examples of it left out. */
function compare(a: unknown, b: unknown, at: string): readonly string[] {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length ? a.flatMap((item, i) => compare(item, b[i], `${at}/${i}`)) : [at];
  }
  if (!isSchemaObject(a) || !isSchemaObject(b)) return Object.is(a, b) ? [] : [at];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const isProse = (key: string): boolean =>
    (key === 'title' || key === 'description') &&
    [a[key], b[key]].every((text) => text === undefined || typeof text === 'string');
  return keys.filter((key) => !isProse(key)).flatMap((key) => compare(a[key], b[key], `${at}/${key}`));
}
