import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.ts';
import { run as tools } from '../src/cli/tools.ts';
import { run as verify } from '../src/cli/verify.ts';
import { testIo } from './io.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

/** `fixtures/servers` on the servers that it was captured from, as npm installed them for this project. */

const PROJECT = join(import.meta.dirname, '..');
const EVERYTHING = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js';

let folder = '';
let store = '';
beforeEach(() => {
  folder = temporaryFolder();
  store = join(folder, 'store');
  cpSync(join(PROJECT, 'fixtures/servers'), store, { recursive: true });
});
afterEach(() => removeFolder(folder));

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function said(command: typeof tools, ...args: readonly string[]): Promise<Said> {
  const { io, out, err } = testIo(PROJECT);
  const code = await command(args, io);
  return { code, out: out(), err: err() };
}

const memory = (): string => join(folder, 'memory.jsonl');
const BINDINGS: Readonly<Record<string, () => readonly string[]>> = {
  memory: () => ['--bind', `MEMORY_FILE=${memory()}`],
  everything: () => [],
};

function capture(server: string, ...more: readonly string[]): Promise<Said> {
  return said(tools, 'capture', server, '--store', store, ...(BINDINGS[server]?.() ?? []), ...more);
}

function edit(path: string, from: string | RegExp, to: string): void {
  const file = join(store, path);
  const before = readFileSync(file, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

describe.each([
  ['memory', 9],
  ['everything', 13],
])('the captured contract of the %s server', (server, count) => {
  it('is what the server says today', async () => {
    expect(await capture(server, '--check')).toEqual({
      code: 0,
      out: `tools/${server}.yaml: the server is as captured, ${count} tools\n`,
      err: '',
    });
    expect((await capture(server)).out).toBe(`tools/${server}.yaml: nothing has changed, ${count} tools\n`);
  });

  it.each([
    ['integrity', /integrity: 'sha512-..../u, "integrity: 'sha512-AAAA", 'the package has other bytes'],
    ['lock', /lock: 'sha256-..../u, "lock: 'sha256-AAAA", 'the locked dependencies are others'],
    ['list', /list: 'sha256-..../u, "list: 'sha256-AAAA", 'the description, title or hints'],
    [
      'a schema',
      /( {6}type: object\n)/u,
      '$1      minProperties: 7\n',
      'input/minProperties: 7 in the contract, absent here',
    ],
  ])('does not pass with another %s', async (_what, from, to, says) => {
    edit(`tools/${server}.yaml`, from, to);
    const { code, out } = await capture(server, '--check');
    expect(code).toBe(1);
    expect(out).toContain(`tools/${server}.yaml: the server has changed under its pin\n`);
    expect(out).toContain(says);
  });
});

describe('a server at an address', () => {
  let server: ChildProcess;
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    server = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
      cwd: PROJECT,
      env: { PATH: process.env['PATH'] ?? '', PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      server.once('exit', () => reject(new Error('the server ended')));
      server.stderr?.on('data', (data: Buffer) => {
        if (data.toString().includes('listening on port')) resolve();
      });
    });
  });
  afterAll(async () => {
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  });

  it('is captured by its list of tools', async () => {
    const file = join(store, 'tools/remote.yaml');
    edit('tools/remote.yaml', /127\.0\.0\.1:\d+/u, `127.0.0.1:${port}`);
    expect(await capture('remote', '--check')).toMatchObject({ code: 0, err: '' });
    expect((await capture('remote')).out).toBe('tools/remote.yaml: nothing has changed, 13 tools\n');
    const url = `http://127.0.0.1:${port}/mcp`;
    expect((await capture('again', '--url', url)).out).toMatch(/^tools\/again\.yaml: 13 tools of the server\n/u);
    expect(readFileSync(join(store, 'tools/again.yaml'), 'utf8').replace('server: again', 'server: remote')).toBe(
      readFileSync(file, 'utf8').replaceAll('capture remote', 'capture again').replace(/^.*\n/u, MODELINE),
    );
  });

  it('that has changed does not pass, in words', async () => {
    edit('tools/remote.yaml', /127\.0\.0\.1:\d+/u, `127.0.0.1:${port}`);
    edit('tools/remote.yaml', 'description: Message to echo', 'description: Message to sing');
    expect(await capture('remote', '--check')).toEqual({
      code: 1,
      out: [
        'tools/remote.yaml: the server has changed under its pin',
        '  echo: input/properties/message/description: "Message to sing" in the contract, "Message to echo" here',
        'If the change is wanted, capture again and have the contract reviewed.',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it.each([
    [['--url', 'http://127.0.0.1:1/mcp'], 'could not be reached'],
    [['--url', 'file:///etc/passwd'], ''],
    [['--url', 'nonsense'], ''],
  ])('is refused with %j', async (args, says) => {
    const refused = await capture('other', ...args);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(says);
    expect(existsSync(join(store, 'tools/other.yaml'))).toBe(false);
  });
});

const MODELINE = '# yaml-language-server: $schema=../.proofmark/schemas/tool.schema.json\n';

describe('a workflow on the memory server', () => {
  const remember = (decision: string): Promise<Said> =>
    said(
      run,
      'personal/remember-decision',
      '--store',
      store,
      '--input',
      JSON.stringify({ topic: 'Garden fence', decision }),
      '--bind',
      `MEMORY_FILE=${memory()}`,
    );

  it('is proved', async () => {
    const { code, out } = await said(verify, store);
    expect(out).toContain('PASS personal/remember-decision@1.0.0  proved');
    expect(code).toBe(0);
  }, 60_000);

  it('writes what it was given, and adds to it', async () => {
    expect(await remember('We paint it green.')).toMatchObject({ code: 0, out: '{"decisions":1}\n' });
    expect(await remember('No, we paint it blue.')).toMatchObject({ code: 0, out: '{"decisions":2}\n' });
    expect(JSON.parse(readFileSync(memory(), 'utf8'))).toEqual({
      type: 'entity',
      name: 'Garden fence',
      entityType: 'decision',
      observations: ['We paint it green.', 'No, we paint it blue.'],
    });
  }, 60_000);

  it.each([
    ['integrity', /integrity: 'sha512-..../u, "integrity: 'sha512-AAAA"],
    ['lock', /lock: 'sha256-..../u, "lock: 'sha256-AAAA"],
    ['list', /list: 'sha256-..../u, "list: 'sha256-AAAA"],
  ])('starts nothing where the %s is another', async (_what, from, to) => {
    edit('tools/memory.yaml', from, to);
    const { code, err } = await remember('x');
    expect(code).toBe(2);
    expect(err).toMatch(/memory|server-memory/u);
    expect(err).not.toContain('call ');
    expect(existsSync(memory())).toBe(false);
  });
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
