import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { pointerOf } from '../kernel/pointer.ts';
import { memoryTree } from '../kernel/tree.ts';
import { storeSchema } from './config.ts';
import { contractSchema } from './contract.ts';
import { caseSchema } from './case.ts';
import { loadLaw } from './law.ts';
import { serverSchema } from './server.ts';

const STORE = `store: example
namespaces: { finance: { owners: ['@acme/finance'] } }
secrecy: [internal]
`;
const SERVER = `server: bank
transport: { http: { endpoint: https://bank.example/mcp } }
origin: { kind: written }
tools:
  transfer:
    input:
      type: object
      properties: { payee: { type: string }, lines: { type: array, items: { properties: { amount: { type: integer } } } } }
    effect: irreversible
    class: payment
    target: [/payee]
    returns: { trust: false, secrecy: [internal] }
`;
const files = { 'store.yaml': STORE, 'tools/bank.yaml': SERVER };

function load(changes: Readonly<Record<string, string>> = {}) {
  return loadLaw(memoryTree({ ...files, ...changes }), [
    { path: 'core.cedar', text: 'permit(principal, action, resource);' },
  ]);
}

function problems(changes: Readonly<Record<string, string>>): readonly string[] {
  const { law, findings } = load(changes);
  expect(law).toBeUndefined();
  return findings.map(
    ({ rule, place, data }) => `${rule} ${place.file}:${place.line}:${place.column} ${JSON.stringify(data)}`,
  );
}

const store = (from: string, to: string) => ({ 'store.yaml': STORE.replace(from, () => to) });
const server = (from: string, to: string) => ({ 'tools/bank.yaml': SERVER.replace(from, () => to) });

describe('a law', () => {
  it('has the defaults that FORMATS gives', () => {
    const { law, findings } = load();
    expect(findings).toEqual([]);
    expect(law?.config).toMatchObject({
      store: 'example',
      clearance: { model: [], approver: [], caller: [] },
      levels: { low: 'tested', moderate: 'hardened', high: 'proved' },
      limits: { worlds: 1000, paths: 2000, rlimit: 20_000_000 },
      verifiers: { need: 1, operators: [] },
    });
    expect(law?.config.limits).not.toHaveProperty('mutants');
  });

  it('holds tools by server and name', () => {
    const tool = load().law?.servers.get('bank')?.tools.get('transfer');
    expect(tool).toMatchObject({ id: 'bank/transfer', target: ['/payee'], sum: [], effect: 'irreversible' });
    expect(tool).not.toHaveProperty('output');
    expect(tool?.leaves.size).toBe(0);
  });

  it('puts the shipped policies before its own', () => {
    const { law } = load({ 'policies/own.cedar': 'forbid(principal, action, resource);' });
    expect(law?.policies.map(({ path }) => path)).toEqual(['core.cedar', 'policies/own.cedar']);
  });

  it('has a digest that every byte of it changes, and nothing else', () => {
    const digests = [
      load(),
      load(store('[internal]', '[internal] ')),
      load(server('https://bank', 'https://bank2')),
      load({ 'policies/own.cedar': '// x' }),
      loadLaw(memoryTree(files), []),
    ].map(({ law }) => law?.digest);
    expect(new Set(digests).size).toBe(digests.length);
    expect(load({ 'README.md': 'x' }).law?.digest).toBe(digests[0]);
  });

  it('finds the places of its parts', () => {
    expect(load().law?.servers.get('bank')?.locate(pointerOf('/tools/transfer/effect'))).toMatchObject({
      file: 'tools/bank.yaml',
      line: 9,
      column: 13,
    });
  });
});

describe('store.yaml', () => {
  it.each([
    [
      'an unknown key',
      store('secrecy:', 'secracy:'),
      'structure/unknown-key store.yaml:3:1 {"key":"secracy","suggestion":"secrecy"}',
    ],
    ['a missing key', { 'store.yaml': 'store: x\n' }, 'structure/missing-key store.yaml:1:1 {"key":"namespaces"}'],
    [
      'another type',
      store('[internal]', 'internal'),
      'structure/wrong-type store.yaml:3:10 {"expected":"array","found":"string"}',
    ],
    ['a list', { 'store.yaml': '- a\n' }, 'structure/wrong-type store.yaml:1:1 {"expected":"object","found":"array"}'],
    [
      'nothing',
      { 'store.yaml': '# nothing\n' },
      'structure/wrong-type store.yaml:1:1 {"expected":"object","found":"null"}',
    ],
    [
      'a bad name',
      store('finance:', 'Finance:'),
      'structure/invalid-value store.yaml:2:15 {"detail":"a name is 1 to 63 lowercase ASCII letters, digits and inner hyphens"}',
    ],
    [
      'nobody who owns',
      store("['@acme/finance']", '[]'),
      'structure/invalid-value store.yaml:2:34 {"detail":"at least 1 item"}',
    ],
    [
      'an unknown key deep inside',
      store('owners:', 'owner:'),
      'structure/unknown-key store.yaml:2:26 {"key":"owner","suggestion":"owners"}',
    ],
    [
      'an unknown tag in a clearance',
      { 'store.yaml': `${STORE}clearance: { model: [patient] }\n` },
      'structure/tag-unknown store.yaml:4:22 {"tag":"patient","suggestion":null}',
    ],
    [
      'an unknown tag of an input',
      { 'store.yaml': `${STORE}inputs: [{ workflow: finance/*, pointers: [/a], secrecy: [patient] }]\n` },
      'structure/tag-unknown store.yaml:4:59 {"tag":"patient","suggestion":null}',
    ],
    [
      'an unknown level',
      { 'store.yaml': `${STORE}levels: { high: prooved }\n` },
      'structure/invalid-value store.yaml:4:17 {"detail":"expected structured, tested, hardened, proved"}',
    ],
    [
      'a share above one',
      { 'store.yaml': `${STORE}limits: { mutants: 80 }\n` },
      'structure/invalid-value store.yaml:4:20 {"detail":"at most 1"}',
    ],
    [
      'no worlds',
      { 'store.yaml': `${STORE}limits: { worlds: 0 }\n` },
      'structure/invalid-value store.yaml:4:19 {"detail":"at least 1"}',
    ],
    [
      'a pointer without a slash',
      { 'store.yaml': `${STORE}inputs: [{ workflow: finance/*, pointers: [a] }]\n` },
      'structure/invalid-value store.yaml:4:44 {"detail":"a JSON pointer starts with / and ~ stands only in ~0 and ~1"}',
    ],
    [
      'a workflow of no namespace',
      { 'store.yaml': `${STORE}inputs: [{ workflow: finanse/x, pointers: [/a] }]\n` },
      'structure/unknown-reference store.yaml:4:22 {"kind":"namespace","name":"finanse","suggestion":"finance"}',
    ],
    [
      'targets of no server',
      { 'store.yaml': `${STORE}targets: { bonk: [x] }\n` },
      'structure/unknown-reference store.yaml:4:18 {"kind":"server","name":"bonk","suggestion":"bank"}',
    ],
    [
      'a day that is none',
      {
        'store.yaml': `${STORE}waivers: [{ rule: structure/x, workflow: finance/*, reason: r, until: '2027-02-30' }]\n`,
      },
      'structure/invalid-value store.yaml:4:71 {"detail":"a date such as 2027-01-31"}',
    ],
    [
      'a flow to nowhere',
      {
        'store.yaml': `${STORE}declassify: [{ workflow: finance/*, secrecy: internal, to: bank/transfers, at: /x, as: { const: 1 }, why: y }]\n`,
      },
      'structure/unknown-reference store.yaml:4:60 {"kind":"tool","name":"bank/transfers","suggestion":"bank/transfer"}',
    ],
    [
      'a literal credential',
      { 'store.yaml': STORE.replace('example', 'AKIAIOSFODNN7EXAMPLE') },
      'structure/literal-credential store.yaml:1:8 {"kind":"AWS access key"}',
    ],
  ])('with %s', (_, changes, expected) => {
    expect(problems(changes)).toContain(expected);
  });

  it('that is not there', () => {
    expect(loadLaw(memoryTree({ 'tools/bank.yaml': SERVER }), []).findings).toMatchObject([
      { rule: 'structure/missing-file' },
    ]);
  });

  it('reports all problems at once', () => {
    expect(
      problems({ 'store.yaml': 'store: 1\nnamespaces: []\nsecrecy: x\nfoo: 1\n', 'tools/bank.yaml': 'server: bank\n' })
        .length,
    ).toBeGreaterThanOrEqual(7);
  });
});

describe('tools/<server>.yaml', () => {
  it.each([
    [
      'another name than its file',
      server('server: bank', 'server: bonk'),
      'structure/identity-mismatch tools/bank.yaml:1:9 {"field":"server","expected":"bank","found":"bonk"}',
    ],
    [
      'an unknown key',
      server('class:', 'klass:'),
      'structure/unknown-key tools/bank.yaml:10:5 {"key":"klass","suggestion":"class"}',
    ],
    [
      'an unknown effect',
      server('irreversible', 'harmless'),
      'structure/invalid-value tools/bank.yaml:9:13 {"detail":"expected read, write, irreversible"}',
    ],
    [
      'a misspelt target',
      server('[/payee]', '[/paye]'),
      'structure/unknown-reference tools/bank.yaml:11:14 {"kind":"argument","name":"/paye","suggestion":"/payee"}',
    ],
    [
      'a misspelt leaf',
      server('target: [/payee]', 'leaves: { /lines/*/amont: {} }'),
      'structure/unknown-reference tools/bank.yaml:11:15 {"kind":"argument","name":"/lines/*/amont","suggestion":"/lines/*/amount"}',
    ],
    [
      'an unknown tag',
      server('secrecy: [internal]', 'secrecy: [internel]'),
      'structure/tag-unknown tools/bank.yaml:12:40 {"tag":"internel","suggestion":"internal"}',
    ],
    [
      'an origin without a kind',
      server('{ kind: written }', '{}'),
      'structure/missing-key tools/bank.yaml:3:9 {"key":"kind"}',
    ],
    [
      'a captured origin without its pin',
      server('{ kind: written }', '{ kind: captured }'),
      'structure/missing-key tools/bank.yaml:3:9 {"key":"integrity"}',
    ],
    [
      'an unknown kind of origin',
      server('written', 'wrtten'),
      'structure/invalid-value tools/bank.yaml:3:17 {"detail":"expected written, captured, listed"}',
    ],
    [
      'two transports',
      server('{ http:', '{ stdio: { command: x }, http:'),
      'structure/invalid-value tools/bank.yaml:2:12 {"detail":"a transport is either http or stdio"}',
    ],
    [
      'a floating version',
      server(
        '{ http: { endpoint: https://bank.example/mcp } }',
        "{ stdio: { command: npx, arguments: ['-y', 'bank-mcp@latest'] } }",
      ),
      'structure/floating-version tools/bank.yaml:2:55 {"text":"bank-mcp@latest"}',
    ],
    [
      'a binding that nothing declares',
      server('https://bank.example/mcp', "'${ $secrets.URL }'"),
      'structure/unknown-reference tools/bank.yaml:2:12 {"kind":"binding","name":"URL","suggestion":null}',
    ],
    [
      'a binding that nothing uses',
      server('origin:', 'bindings: { URL: { secrecy: [] } }\norigin:'),
      'structure/invalid-value tools/bank.yaml:3:13 {"detail":"the transport does not use this binding"}',
    ],
  ])('with %s', (_, changes, expected) => {
    expect(problems(changes)).toContain(expected);
  });

  it.each([
    [
      'another package',
      '@x/z@1.2.3',
      'structure/identity-mismatch {"field":"origin.package","expected":"@x/z","found":"@x/y"}',
    ],
    [
      'another version',
      '@x/y@1.2.4',
      'structure/identity-mismatch {"field":"origin.version","expected":"1.2.4","found":"1.2.3"}',
    ],
  ])('that starts %s than was captured', (_, argument, expected) => {
    const digest = `sha256-${'A'.repeat(43)}=`;
    const origin = `{ kind: captured, package: '@x/y', version: 1.2.3, integrity: 'sha512-${'A'.repeat(86)}==', lock: '${digest}', list: '${digest}' }`;
    const text = SERVER.replace('{ kind: written }', origin).replace(
      '{ http: { endpoint: https://bank.example/mcp } }',
      `{ stdio: { command: npx, arguments: ['-y', '${argument}'] } }`,
    );
    expect(problems({ 'tools/bank.yaml': text }).map((one) => one.replace(/ tools\S+/, ''))).toEqual([expected]);
    expect(load({ 'tools/bank.yaml': text.replace(argument, '@x/y@1.2.3') }).findings).toEqual([]);
  });

  it('with the transport of another server', () => {
    expect(problems({ 'tools/bank2.yaml': SERVER.replace('server: bank', 'server: bank2') })).toEqual([
      'structure/invalid-value tools/bank2.yaml:2:12 {"detail":"the transport is that of bank: a call could mean either"}',
    ]);
  });

  it('beside files of other kinds', () => {
    expect(
      problems({ 'tools/notes.txt': 'x', 'tools/deep/x.yaml': 'x', 'policies/x.md': 'x' }).map((text) =>
        text.split(' ').slice(0, 2).join(' '),
      ),
    ).toEqual([
      'structure/unexpected-file tools/deep:1:1',
      'structure/unexpected-file tools/deep/x.yaml:1:1',
      'structure/unexpected-file tools/notes.txt:1:1',
      'structure/unexpected-file policies/x.md:1:1',
    ]);
  });
});

describe('the schemas', () => {
  it.each([
    ['store', storeSchema],
    ['tool', serverSchema],
    ['contract', contractSchema],
    ['case', caseSchema],
  ])('of %s can be printed for editors, closed', (_, schema) => {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
