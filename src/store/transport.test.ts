import { describe, expect, it } from 'vitest';
import { parseDocument } from '../kernel/document.ts';
import { ROOT } from '../kernel/pointer.ts';
import { Reporter } from '../kernel/reporter.ts';
import { credentialIn } from './credential.ts';
import { bindingIn, bindingsOf, checkTransport } from './transport.ts';
import { exactPackage, isSemver } from './version.ts';

function problems(text: string): readonly string[] {
  const document = parseDocument('t.yaml', new TextEncoder().encode(text));
  const reporter = new Reporter(document);
  const transport = checkTransport(document.value ?? null, ROOT, reporter);
  expect(transport === undefined).toBe(reporter.count > 0);
  return [...document.findings, ...reporter.findings].map(({ rule, place }) => `${rule} ${place.pointer}`);
}

describe('a transport', () => {
  it.each([
    'http: { endpoint: https://x.example/mcp }',
    "http: { endpoint: { uri: https://x.example/mcp }, headers: { authorization: '${ $secrets.TOKEN }', accept: text/plain } }",
    "http: { endpoint: '${ $secrets.URL }' }",
    "stdio: { command: npx, arguments: ['-y', '@x/y@1.2.3', '${ $secrets.DIR }'], environment: { DIR: /tmp, API_KEY: '${ $secrets.KEY }' } }",
    "stdio: { command: npx, arguments: ['-y', 'y@1.2.3-rc.1', '--latest', 'a@b.example'] }",
    'http: { endpoint: http://127.0.0.1:8080/mcp }',
  ])('may be %s', (text) => {
    expect(problems(text)).toEqual([]);
  });

  it.each([
    ['{}', 'structure/invalid-value '],
    ['[]', 'structure/wrong-type '],
    ['htpp: {}', 'structure/unknown-key /htpp'],
    ['http: {}', 'structure/missing-key /http'],
    ['http: { endpoint: [] }', 'structure/wrong-type /http/endpoint'],
    ['http: { endpoint: ftp://x.example }', 'structure/invalid-value /http/endpoint'],
    ['http: { endpoint: mcp }', 'structure/invalid-value /http/endpoint'],
    ["http: { endpoint: 'https://{host}/mcp' }", 'structure/invalid-value /http/endpoint'],
    ["http: { endpoint: '${ .host }' }", 'structure/invalid-value /http/endpoint'],
    ["http: { endpoint: 'https://${ $secrets.HOST }/mcp' }", 'structure/invalid-value /http/endpoint'],
    [
      'http: { endpoint: { uri: https://x.example, authentication: { bearer: { token: t } } } }',
      'structure/unsupported-feature /http/endpoint/authentication',
    ],
    [
      'http: { endpoint: https://x.example, headers: { Authorization: abc } }',
      'structure/literal-credential /http/headers/Authorization',
    ],
    ['http: { endpoint: https://x.example, timeout: 3 }', 'structure/unknown-key /http/timeout'],
    ['stdio: {}', 'structure/missing-key /stdio'],
    ['stdio: { command: 1 }', 'structure/wrong-type /stdio/command'],
    ["stdio: { command: '${ .command }' }", 'structure/invalid-value /stdio/command'],
    ['stdio: { command: x, arguments: y }', 'structure/wrong-type /stdio/arguments'],
    ['stdio: { command: x, arguments: [1] }', 'structure/wrong-type /stdio/arguments/0'],
    [
      'stdio: { command: x, environment: { SLACK_TOKEN: abc } }',
      'structure/literal-credential /stdio/environment/SLACK_TOKEN',
    ],
    ['stdio: { command: npx, arguments: [] }', 'structure/floating-version /stdio/arguments'],
    ["stdio: { command: npx, arguments: ['-y', x] }", 'structure/floating-version /stdio/arguments/1'],
    ["stdio: { command: npx, arguments: ['-y', 'x@^1.2.3'] }", 'structure/floating-version /stdio/arguments/1'],
    ["stdio: { command: npx, arguments: ['-y', 'x@1'] }", 'structure/floating-version /stdio/arguments/1'],
    ["stdio: { command: npx, arguments: ['x@1.2.3'] }", 'structure/invalid-value /stdio/arguments'],
    [
      "stdio: { command: npx, arguments: ['-y', 'git+https://x.example/y@1.2.3'] }",
      'structure/floating-version /stdio/arguments/1',
    ],
    ["stdio: { command: npx, arguments: ['-y', '-p', 'x@1.2.3'] }", 'structure/floating-version /stdio/arguments/1'],
    [
      "stdio: { command: npx, arguments: ['-y', '@x/y@1.2.3'], environment: { NODE_OPTIONS: '--import=x' } }",
      'structure/invalid-value /stdio/environment/NODE_OPTIONS',
    ],
    [
      "stdio: { command: /usr/bin/npx, arguments: ['-y', '@x/y@1.2.3'] }",
      'structure/unsupported-feature /stdio/command',
    ],
    ["stdio: { command: sh, arguments: ['-c', 'npx -y x@1.2.3'] }", 'structure/unsupported-feature /stdio/command'],
    ["stdio: { command: uvx, arguments: ['fetch==1.2.3'] }", 'structure/unsupported-feature /stdio/command'],
    ["stdio: { command: docker, arguments: [run, 'image:latest'] }", 'structure/unsupported-feature /stdio/command'],
    ['http: { endpoint: http://x.example/mcp }', 'structure/invalid-value /http/endpoint'],
    ['http: { endpoint: https://user@x.example/mcp }', 'structure/literal-credential /http/endpoint'],
  ])('may not be %s', (text, expected) => {
    expect(problems(text)).toContain(expected);
  });
});

describe('bindings', () => {
  it.each([
    ['${ $secrets.NAME }', 'NAME'],
    ['  ${$secrets.a_1}', 'a_1'],
    ['${ $secrets.NAME } x', undefined],
    ['${ $secrets["NAME"] }', undefined],
    ['$secrets.NAME', undefined],
  ])('in %j: %s', (text, name) => {
    expect(bindingIn(text)).toBe(name);
  });

  it('are collected from everywhere in a transport', () => {
    const transport = {
      stdio: { command: 'x', arguments: ['${ $secrets.A }'], environment: { E: '${ $secrets.B }' } },
    };
    expect([...bindingsOf(transport)]).toEqual(['A', 'B']);
  });
});

describe('versions', () => {
  it.each(['1.2.3', '0.0.0', '1.2.3-rc.1+build.5', '2026.8.31'])('%s is exact', (text) => {
    expect(isSemver(text)).toBe(true);
  });
  it.each(['1', '1.2', 'v1.2.3', '01.2.3', '1.2.3-', '1.2.x', 'latest', '', '^1.2.3', '1.2.3 '])(
    '%j is not',
    (text) => {
      expect(isSemver(text)).toBe(false);
    },
  );
  it.each([
    ['@x/y@1.2.3', { name: '@x/y', version: '1.2.3' }],
    ['x@1.2.3', { name: 'x', version: '1.2.3' }],
    ['@x/y', undefined],
    ['x@1', undefined],
    ['@1.2.3', undefined],
    ['npm:x@1.2.3', undefined],
    ['../x@1.2.3', undefined],
  ])('in the argument %s: %j', (text, expected) => {
    expect(exactPackage(text)).toEqual(expected);
  });
});

describe('credentialIn', () => {
  // Put together here, so that no scanner takes this file for a leak.
  it.each([
    ['GitHub token', `ghp_${'a1B2'.repeat(9)}`],
    ['Slack token', `xoxp-${'1234567890-'.repeat(2)}`],
    ['AWS access key', `AKIA${'ABCDEFGH'.repeat(2)}`],
    ['private key', ['-----BEGIN RSA', 'PRIVATE', 'KEY-----'].join(' ')],
    ['JSON Web Token', `eyJ${'a'.repeat(12)}.eyJ${'b'.repeat(12)}.${'c'.repeat(12)}`],
    ['authorization header', `Bearer ${'abcd1234'.repeat(3)}`],
    ['password in an address', 'https://user:hunter22@x.example/'],
  ])('knows a %s', (kind, text) => {
    expect(credentialIn(text)).toBe(kind);
  });

  it.each([
    'pay the invoice',
    'https://x.example/a@b',
    'skate-park-in-the-city-centre',
    'PO-000117',
    'Bearer of bad news',
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  ])('takes %j for none', (text) => {
    expect(credentialIn(text)).toBeUndefined();
  });

  it('takes little time for a long text', () => {
    expect(credentialIn('https://'.repeat(100_000))).toBeUndefined();
    expect(credentialIn(`-----BEGIN ${'A '.repeat(100_000)}`)).toBeUndefined();
  });
});
