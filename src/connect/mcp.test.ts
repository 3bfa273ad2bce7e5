import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  installServer,
  removeFolder,
  temporaryFolder,
  TEST_PACKAGE,
  TEST_VERSION,
} from '../../test/servers/install.ts';
import { ConnectError } from './error.ts';
import { connect, type McpServer, serverEnvironment, TIMEOUTS } from './mcp.ts';
import { findPackage } from './npm.ts';

const QUICK = { ...TIMEOUTS, grace: 100 };

let folder = '';
beforeAll(() => {
  folder = temporaryFolder();
  installServer(folder);
});
afterAll(() => removeFolder(folder));

const open: McpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(mode: string, timeouts = QUICK): Promise<McpServer> {
  const found = findPackage({ name: TEST_PACKAGE, version: TEST_VERSION }, [folder]);
  const environment = serverEnvironment(
    { PATH: '/bin', SECRET_KEY: 'hunter2', NODE_OPTIONS: '--inspect' },
    new Map([['MODE', 'x']]),
  );
  const server = await connect(
    { kind: 'stdio', package: found, arguments: [mode], environment, cwd: folder },
    timeouts,
  );
  open.push(server);
  return server;
}

async function problem(work: Promise<unknown>): Promise<ConnectError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

describe('a server over stdio', () => {
  it('lists its tools by name', async () => {
    const tools = await (await start('honest')).tools();
    expect(tools.map((tool) => tool['name'])).toEqual(['echo', 'environment']);
  });

  it('lists the tools of every page', async () => {
    const tools = await (await start('paged')).tools();
    expect(tools.map((tool) => tool['name'])).toEqual(['echo', 'environment']);
  });

  it('answers a call with the members that workflows may read', async () => {
    const reply = await (await start('honest')).call('echo', { word: 'hello' }, 5_000);
    expect(reply).toEqual({ content: [{ type: 'text', text: 'hello' }], structuredContent: { word: 'hello' } });
  });

  it('hands a failing tool’s result on', async () => {
    expect(await (await start('honest')).call('none', {}, 5_000)).toMatchObject({ isError: true });
  });

  it('gives the server nothing of our environment but where programs are', async () => {
    const reply = await (await start('honest')).call('environment', {}, 5_000);
    expect(reply).toMatchObject({ content: [{ text: 'MODE PATH' }] });
  });

  const hostile: readonly (readonly [string, string, ConnectError['code']])[] = [
    ['sends a huge message', 'huge', 'too-large'],
    ['never stops sending', 'flood', 'too-large'],
    ['nests its reply', 'deep', 'hostile-reply'],
    ['reaches for the prototype', 'proto', 'hostile-reply'],
    ['logs on its output', 'garbage', 'server-protocol'],
    ['does not speak JSON-RPC', 'not-rpc', 'server-protocol'],
    ['answers with a list', 'list-result', 'server-protocol'],
    ['answers with an error', 'refuse', 'server-refused'],
    ['ends during a call', 'die', 'server-closed'],
  ];
  it.each(hostile)('fails the call to a server that %s', async (_, mode, code) => {
    const server = await start(mode);
    expect((await problem(server.call('echo', { word: 'x' }, 10_000))).code).toBe(code);
  });

  it('stops waiting for a server that is silent', async () => {
    const server = await start('silent');
    expect((await problem(server.call('echo', { word: 'x' }, 50))).code).toBe('timeout');
  });

  it('refuses two tools of one name', async () => {
    expect((await problem((await start('twins')).tools())).message).toMatch(/two tools of one name/);
  });

  it('stops after a number of pages', async () => {
    expect((await problem((await start('endless')).tools())).message).toMatch(/goes on after 100 pages/);
  });

  it('reports the words of a server that ends at the start, apart from its own', async () => {
    const failure = await problem(start('crash'));
    expect(failure).toMatchObject({
      code: 'server-closed',
      message: 'the server did not complete the handshake: the server ended',
    });
    expect(failure.said).toContain('cheese');
  });

  it('gives up on a server that does not shake hands', async () => {
    expect((await problem(start('no-handshake', { ...QUICK, start: 100 }))).code).toBe('timeout');
  });

  it('kills a server that will not end, and no other', async () => {
    const server = await start('immortal');
    const other = await start('honest');
    await server.close();
    expect(await other.call('echo', { word: 'still here' }, 5_000)).toMatchObject({
      structuredContent: { word: 'still here' },
    });
    expect((await problem(server.call('echo', { word: 'x' }, 1_000))).code).toBe('server-closed');
  });

  it('may be closed twice', async () => {
    const server = await start('honest');
    await server.close();
    await expect(server.close()).resolves.toBeUndefined();
  });
});

describe('a server over streamable HTTP', () => {
  let http: Server;
  let url: URL;
  let mode = 'json';
  let seen: string[] = [];

  beforeAll(async () => {
    http = createServer((request, response) => {
      if (request.method !== 'POST') {
        response.writeHead(405).end();
        return;
      }
      seen.push(String(request.headers['authorization']));
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { id, method } = JSON.parse(body) as { id?: number; method: string };
        if (id === undefined) {
          response.writeHead(202).end();
          return;
        }
        const results: Record<string, object> = {
          initialize: {
            protocolVersion: '2025-06-18',
            capabilities: { tools: {} },
            serverInfo: { name: 't', version: '1' },
          },
          'tools/list': { tools: [] },
          'tools/call': { content: [{ type: 'text', text: 'done' }] },
        };
        const reply = JSON.stringify({ jsonrpc: '2.0', id, result: results[method] });
        if (mode === 'refuse' && method === 'tools/call') response.writeHead(403).end('no');
        else if (mode === 'unknown' && method === 'tools/call') response.writeHead(401).end('who');
        else if (mode === 'broken' && method === 'tools/call') response.writeHead(500).end('oops');
        else if (mode === 'redirect' && method === 'tools/call')
          response.writeHead(307, { location: 'https://elsewhere.example/' }).end();
        else if (mode === 'huge' && method === 'tools/call') {
          response.writeHead(200, { 'content-type': 'application/json' }).end(' '.repeat(9 * 1024 * 1024));
        } else if (mode === 'stream') {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`event: message\ndata: ${reply}\n\n`);
        } else if (mode === 'huge-stream' && method === 'tools/call') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(`: ${' '.repeat(9 * 1024 * 1024)}\n\n`);
        } else if (mode === 'deep' && method === 'tools/call') {
          const deep = `{"jsonrpc":"2.0","id":${id},"result":{"content":${'['.repeat(200)}${']'.repeat(200)}}}`;
          response.writeHead(200, { 'content-type': 'application/json' }).end(deep);
        } else response.writeHead(200, { 'content-type': 'application/json' }).end(reply);
      });
    });
    await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
    url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
  });
  afterAll(() => {
    http.closeAllConnections();
    http.close();
  });

  async function reach(how: string): Promise<McpServer> {
    mode = how;
    seen = [];
    const server = await connect({ kind: 'http', url, headers: new Map([['Authorization', 'Bearer k']]) }, QUICK);
    open.push(server);
    return server;
  }

  it.each(['json', 'stream'])('answers a call in a %s body', async (how) => {
    expect(await (await reach(how)).call('x', {}, 5_000)).toEqual({ content: [{ type: 'text', text: 'done' }] });
  });

  it('is sent the headers of its contract', async () => {
    await (await reach('json')).tools();
    expect(new Set(seen)).toEqual(new Set(['Bearer k']));
  });

  const failures: readonly (readonly [string, ConnectError['code']])[] = [
    ['refuse', 'unauthorized'],
    ['unknown', 'unauthenticated'],
    ['broken', 'server-closed'],
    ['redirect', 'server-closed'],
    ['huge', 'too-large'],
    ['huge-stream', 'too-large'],
    ['deep', 'hostile-reply'],
  ];
  it.each(failures)('fails a call with a coded error: %s', async (how, code) => {
    const server = await reach(how);
    expect((await problem(server.call('x', {}, 5_000))).code).toBe(code);
  });

  it('says when nobody listens', async () => {
    const failure = await problem(
      connect({ kind: 'http', url: new URL('http://127.0.0.1:1/mcp'), headers: new Map() }, QUICK),
    );
    expect(failure.code).toBe('server-closed');
  });
});
