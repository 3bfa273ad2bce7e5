import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { diskTree } from '../src/kernel/disk.ts';
import { parseDocument } from '../src/kernel/document.ts';
import type { Finding } from '../src/kernel/finding.ts';
import { isArray, isObject, type Json } from '../src/kernel/json.ts';
import { Reporter } from '../src/kernel/reporter.ts';
import { checkSchema } from '../src/schema/check.ts';
import { editorSchema, type Kind, KINDS } from '../src/schema/editor/formats.ts';
import { readCase } from '../src/store/case.ts';
import { readConfig } from '../src/store/config.ts';
import { readContract } from '../src/store/contract.ts';
import { loadLaw } from '../src/store/law.ts';
import type { Server } from '../src/store/model.ts';
import { readServer } from '../src/store/server.ts';
import { parseWorkflow } from '../src/workflow/parse.ts';
import { drawSeeded } from './expression/programs.ts';
import { mutateTree } from './hostile/mutations.ts';

const STORE = diskTree('fixtures/store');
const PLACES: Readonly<Record<Kind, RegExp>> = {
  workflow: /^workflows\/[^/]+\/[^/]+\/workflow\.yaml$/u,
  contract: /^workflows\/[^/]+\/[^/]+\/contract\.yaml$/u,
  tool: /^tools\/[^/]+\.yaml$/u,
  store: /^store\.yaml$/u,
  case: /^workflows\/[^/]+\/[^/]+\/tests\/[^/]+\.yaml$/u,
};
/** Every construct of the language once; the sample store does not need all. */
const EVERYTHING = `
document:
  { dsl: '1.0.3', namespace: examples, name: everything, version: 1.0.0-rc.1+b, title: t, summary: s, tags: { a: 1 }, metadata: { b: [] } }
evaluate: { language: jq, mode: strict }
timeout: { after: { hours: 1 } }
input: { schema: { format: json, document: { type: object } }, from: . }
output: { schema: { document: { type: object } }, as: { a: '\${ . }' } }
use:
  catalogs: { proofmark: { endpoint: { uri: https://proofmark.example/catalog } } }
  errors: { late: { type: 'https://acme.example/errors/late', status: 504, title: T, detail: '\${ "x" }', instance: /do/0 } }
  timeouts: { short: { after: PT30S } }
  retries:
    often:
      { when: .a, exceptWhen: .b, delay: PT1S, backoff: { exponential: { multiplier: 2, max: PT1M } }, jitter: { from: PT0S, to: { seconds: 1 } }, limit: { attempt: { count: 3, duration: PT1M }, duration: PT5M } }
    slower: { delay: { milliseconds: 5 }, backoff: { linear: { increment: PT1S } }, limit: { attempt: { count: 2 } } }
    same: { backoff: { constant: {} }, limit: { attempt: { count: 1000 } } }
  functions:
    ask:
      call: infer:1.0.0@proofmark
      with: { instructions: i, data: '\${ . }', schema: { type: string, maxLength: 5 } }
      input: { schema: { document: { type: object } } }
      metadata: {}
do:
  - first: { set: { a: 1 }, if: 'true', timeout: short, metadata: {}, export: { schema: { document: {} }, as: . }, then: second }
  - second: { set: '\${ . }', timeout: { after: P1D }, input: { from: { a: '\${ .b }' } }, output: { as: .a }, then: continue }
  - third: { do: [{ a: { wait: { minutes: 5 } } }, { b: { wait: PT5S, then: exit } }] }
  - loop: { for: { each: one, in: '\${ [1] }', at: i }, while: '$i < 3', do: [{ a: { wait: PT1S } }] }
  - list: { for: { in: [{ a: '\${ .b }' }] }, do: [{ a: { wait: PT1S } }] }
  - side: { fork: { compete: true, branches: [{ a: { wait: PT1S } }, { b: { wait: PT2S } }] } }
  - ask: { call: ask, with: { a: '\${ . }' } }
  - other: { call: ask }
  - choose: { switch: [{ a: { when: .a, then: exit } }, { b: { then: attempt } }] }
  - attempt:
      try: [{ a: { raise: { error: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout', status: 408 } } } }]
      catch: { errors: { with: { type: x, status: 408, instance: /do, title: t, detail: d } }, as: e, when: .a, exceptWhen: .b, retry: often, do: [{ a: { raise: { error: late } } }], then: end }
  - callee: { run: { workflow: { namespace: a, name: b, version: 1.2.3, input: { a: '\${ . }' } }, await: true } }
`;

const SAMPLES = STORE.list().flatMap(({ path, kind: entry }) => {
  const kind = KINDS.find((one) => PLACES[one].test(path));
  if (kind === undefined || entry !== 'file') return [];
  const { value } = parseDocument(path, STORE.read(path) ?? new Uint8Array());
  return value === undefined ? [] : [{ kind, path, value }];
});
const everything = parseDocument('everything.yaml', new TextEncoder().encode(EVERYTHING));
if (everything.value !== undefined)
  SAMPLES.push(
    { kind: 'workflow', path: 'everything.yaml', value: everything.value },
    { kind: 'workflow', path: 'everything.yaml', value: everything.value },
  );

interface Validate {
  (value: unknown): boolean;
  readonly errors?:
    | readonly { readonly instancePath: string; readonly keyword: string; readonly params: unknown }[]
    | null;
}
const validators = new Map<Kind, Validate>();
let servers: ReadonlyMap<string, Server> = new Map();

beforeAll(() => {
  for (const kind of KINDS) {
    const ajv = new Ajv2020({
      strict: true,
      strictTypes: false,
      strictRequired: false,
      strictTuples: false,
      ownProperties: true,
    });
    addFormats.default(ajv);
    validators.set(kind, ajv.compile({ ...editorSchema(kind) }));
  }
  servers = loadLaw(STORE, []).law?.servers ?? new Map();
});

function accepts(kind: Kind, value: Json): boolean {
  return validators.get(kind)?.(value) ?? false;
}

/** What the schema said of the last document. */
function errorsOf(kind: Kind): readonly string[] {
  return (validators.get(kind)?.errors ?? []).map(
    ({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${JSON.stringify(params)}`,
  );
}

/** What our reader says of a document. */
function read(kind: Kind, value: Json): readonly Finding[] {
  const document = parseDocument(`${kind}.json`, new TextEncoder().encode(JSON.stringify(value)));
  const reporter = new Reporter(document);
  switch (kind) {
    case 'workflow':
      return document.value === undefined
        ? document.findings
        : [...document.findings, ...parseWorkflow({ ...document, document: document.value }, servers).findings];
    case 'contract':
      readContract(document, undefined, reporter);
      break;
    case 'tool':
      readServer(document, undefined, reporter);
      break;
    case 'store':
      readConfig(document, reporter);
      break;
    case 'case':
      readCase('case.json', document, reporter);
  }
  return [...document.findings, ...reporter.findings];
}

describe('the schemas for editors', () => {
  it('are tried on a document of every construct', () => {
    expect([...everything.findings, ...read('workflow', everything.value ?? null)]).toEqual([]);
  });

  it.each(KINDS)('%s: compiles, and every sample file of the kind is valid', (kind) => {
    const files = SAMPLES.filter((sample) => sample.kind === kind);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(({ value }) => !accepts(kind, value)).map(({ path }) => path)).toEqual([]);
  });

  it.each(KINDS)('%s: every member that a person writes is explained', (kind) => {
    const silent: string[] = [];
    const visit = (node: Json | undefined, path: string): void => {
      if (isArray(node)) node.forEach((inner, i) => visit(inner, `${path}/${i}`));
      if (!isObject(node)) return;
      for (const [key, inner] of Object.entries(node)) {
        if ((key !== 'properties' && key !== '$defs') || !isObject(inner)) visit(inner, `${path}/${key}`);
        else
          for (const [name, described] of Object.entries(inner)) {
            if (key === 'properties' && !explained(described) && !explained(definition(kind, described)))
              silent.push(`${path}/${name}`);
            visit(described, `${path}/${name}`);
          }
      }
    };
    visit(editorSchema(kind), '');
    expect(silent).toEqual([]);
  });

  it.each(KINDS)('%s: refuses what its reader refuses for its shape, and nothing else', (kind) => {
    const samples = SAMPLES.filter((sample) => sample.kind === kind).map(({ value }) => value);
    const draw = drawSeeded(20_261_123);
    const wrong: string[] = [];
    let refused = 0;
    for (let i = 0; i < 400; i += 1) {
      const value = mutateTree(samples[i % samples.length] ?? null, samples, draw);
      const findings = read(kind, value);
      const valid = accepts(kind, value);
      if (valid && findings.some(isShape))
        wrong.push(
          `accepted ${JSON.stringify(findings.filter(isShape).map((f) => [f.rule, f.place.pointer, f.data]))}`,
        );
      else if (!valid && findings.length === 0 && !hasBadSchema(kind, value))
        wrong.push(`refused ${JSON.stringify(errorsOf(kind))}`);
      if (findings.some(isShape)) refused += 1;
    }
    expect(wrong.slice(0, 12)).toEqual([]);
    expect(refused).toBeGreaterThan(40);
  });
});

function explained(node: Json | undefined): boolean {
  return isObject(node) && typeof node['description'] === 'string';
}

/** What a reference of the schema leads to. */
function definition(kind: Kind, node: Json): Json | undefined {
  const ref = isObject(node) ? node['$ref'] : undefined;
  const definitions = editorSchema(kind)['$defs'];
  return isObject(definitions) && typeof ref === 'string' ? definitions[ref.replace('#/$defs/', '')] : undefined;
}

const SHAPE: ReadonlySet<string> = new Set([
  'structure/unknown-key',
  'structure/missing-key',
  'structure/wrong-type',
  'structure/unsupported-task',
  'structure/unsupported-feature',
  'structure/bad-name',
  'structure/floating-version',
  'structure/invalid-value',
  'structure/ows-schema',
]);

/** What a schema cannot say: names that must differ, members that depend on values elsewhere. */
const BEYOND_SCHEMAS: readonly RegExp[] = [/ is listed twice$/u, /^an endpoint is /u];

function isShape({ rule, data }: Finding): boolean {
  const detail = 'detail' in data ? data.detail : '';
  return SHAPE.has(rule) && !BEYOND_SCHEMAS.some((one) => one.test(detail));
}

/** Whether some JSON Schema in the document is none: that is found later, by the part that reads schemas. */
function hasBadSchema(kind: Kind, value: Json): boolean {
  if (isArray(value)) return value.some((inner) => hasBadSchema(kind, inner));
  if (!isObject(value)) return false;
  return Object.entries(value).some(
    ([key, inner]) =>
      (SCHEMA_KEYS[kind].includes(key) &&
        checkSchema(inner, { unknown: 'refuse', formats: 'annotation' }).length > 0) ||
      hasBadSchema(kind, inner),
  );
}

const SCHEMA_KEYS: Readonly<Record<Kind, readonly string[]>> = {
  workflow: ['document', 'schema'],
  contract: ['where'],
  tool: ['input', 'output'],
  store: ['as'],
  case: [],
};
