import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kernel/json.ts';
import { ConnectError } from './error.ts';
import { parsePackageSpec, resolveTransport } from './transport.ts';

const NONE = new Map<string, string>();
const stdio = (...args: readonly string[]): JsonObject => ({
  stdio: { command: 'npx', arguments: ['-y', 'server@1.2.3', ...args] },
});

function problem(transport: JsonObject, bindings: ReadonlyMap<string, string> = NONE): string {
  try {
    resolveTransport(transport, bindings);
  } catch (error) {
    if (error instanceof ConnectError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no problem';
}

describe('resolveTransport', () => {
  it('puts the user’s values where the bindings stand', () => {
    expect(resolveTransport(stdio('${ $secrets.NOTES_DIR }', '--quiet'), new Map([['NOTES_DIR', '/notes']]))).toEqual({
      kind: 'stdio',
      package: { name: 'server', version: '1.2.3' },
      arguments: ['/notes', '--quiet'],
      environment: new Map(),
    });
  });

  it('fills environment and headers', () => {
    const bindings = new Map([['KEY', 'k']]);
    const environment = { TOKEN: '${ $secrets.KEY }', MODE: 'quiet' };
    expect(
      resolveTransport({ stdio: { command: 'npx', arguments: ['-y', 'server@1.2.3'], environment } }, bindings),
    ).toMatchObject({
      environment: new Map([
        ['TOKEN', 'k'],
        ['MODE', 'quiet'],
      ]),
    });
    expect(
      resolveTransport(
        { http: { endpoint: { uri: 'https://a.example/mcp' }, headers: { Authorization: '${ $secrets.KEY }' } } },
        bindings,
      ),
    ).toEqual({ kind: 'http', url: new URL('https://a.example/mcp'), headers: new Map([['Authorization', 'k']]) });
  });

  it('does not read a binding inside the user’s value', () => {
    const filled = resolveTransport(stdio('${ $secrets.A }'), new Map([['A', '${ $secrets.B }']]));
    expect(filled).toMatchObject({ arguments: ['${ $secrets.B }'] });
  });

  const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['a shell', { stdio: { command: 'sh', arguments: ['-c', 'rm -rf /'] } }, /command is npx/],
    ['a package without version', { stdio: { command: 'npx', arguments: ['-y', 'server'] } }, /exact version/],
    ['a floating version', { stdio: { command: 'npx', arguments: ['-y', 'server@latest'] } }, /exact version/],
    ['a range', { stdio: { command: 'npx', arguments: ['-y', 'server@^1.0.0'] } }, /exact version/],
    [
      'an address for a package',
      { stdio: { command: 'npx', arguments: ['-y', 'git+https://x.example/y@1.0.0'] } },
      /exact version/,
    ],
    ['npx with other options', { stdio: { command: 'npx', arguments: ['--call', 'server@1.2.3'] } }, /start with -y/],
    [
      'an argument that is no text',
      { stdio: { command: 'npx', arguments: ['-y', 'server@1.2.3', 4] } },
      /other than text/,
    ],
    ['an expression', stdio('${ .path }'), /whole-string/],
    ['a binding inside text', stdio('--dir=${ $secrets.A }'), /whole-string/],
    ['a NUL', stdio('a\0b'), /control character/],
    [
      'an environment that loads code',
      { stdio: { command: 'npx', arguments: ['-y', 'a@1.0.0'], environment: { NODE_OPTIONS: '-r x' } } },
      /may not be set/,
    ],
    [
      'an environment that moves programs',
      { stdio: { command: 'npx', arguments: ['-y', 'a@1.0.0'], environment: { PATH: '/x' } } },
      /may not be set/,
    ],
    ['an unknown key', { stdio: { command: 'npx', arguments: ['-y', 'a@1.0.0'], cwd: '/' } }, /unknown key "cwd"/],
    ['two transports', { ...stdio(), http: { endpoint: 'https://a.example' } }, /exactly one/],
    ['no transport', {}, /exactly one/],
    ['plain http', { http: { endpoint: 'http://a.example/mcp' } }, /must be https/],
    ['a host that only looks like loopback', { http: { endpoint: 'http://127.0.0.1.a.example/mcp' } }, /must be https/],
    ['credentials in the address', { http: { endpoint: 'https://me:secret@a.example/mcp' } }, /credentials/],
    ['a file', { http: { endpoint: 'file:///etc/passwd' } }, /must be https/],
    ['no address', { http: { endpoint: 'a.example' } }, /not a URL/],
    [
      'a header of two lines',
      { http: { endpoint: 'https://a.example', headers: { X: 'a\r\nHost: b' } } },
      /control character/,
    ],
    ['a header without a name', { http: { endpoint: 'https://a.example', headers: { 'a b': 'c' } } }, /may not be set/],
  ];
  it.each(refused)('refuses %s', (_, transport, message) => {
    expect(problem(transport)).toMatch(message);
  });

  it('names the binding that nobody gave', () => {
    expect(problem(stdio('${ $secrets.NOTES_DIR }'))).toBe('missing-binding: the binding NOTES_DIR has no value');
  });

  it('takes http on loopback, for tests and local servers', () => {
    expect(problem({ http: { endpoint: 'http://127.0.0.1:8080/mcp' } })).toBe('no problem');
  });
});

describe('parsePackageSpec', () => {
  it('reads a scoped package', () => {
    expect(parsePackageSpec('@a/b-c@2026.8.31-rc.1')).toEqual({ name: '@a/b-c', version: '2026.8.31-rc.1' });
  });

  it.each(['@a/b', 'a@1', 'a@v1.0.0', 'a@1.0.0 ', 'A@1.0.0', '../a@1.0.0', '@a/../b@1.0.0', 'a@npm:b@1.0.0', ''])(
    'refuses %j',
    (spec) => {
      expect(() => parsePackageSpec(spec)).toThrow(ConnectError);
    },
  );
});
