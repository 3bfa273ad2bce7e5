import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Updater } from 'tuf-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexAt } from '../src/connect/index-address.ts';
import { folderIndex } from '../src/connect/index-folder.ts';
import { diskMemory } from '../src/connect/index-memory.ts';
import { type Index, openIndex } from '../src/registry/client.ts';
import { fetchVerified } from '../src/registry/install.ts';
import { recordPath, TIMESTAMP_PATH } from '../src/registry/layout.ts';
import { resolve } from '../src/registry/lookup.ts';
import { newIndex, publish } from '../src/registry/publish.ts';
import { trustIn, sampleKey, STORE } from './sealing.ts';
import {
  type AllSigners,
  DAY,
  daysLater,
  freshSigners,
  memoryIndex,
  NOW,
  publicationFor,
  refusalOf,
} from './indexing.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

const NAME = 'finance/pay-invoice';
const key = sampleKey();

let folder: string;
let signers: AllSigners;
let root: Uint8Array;
let server: Server;
let address: string;
/** What the server does before it serves the folder; true: it has answered. */
let before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
let requests: string[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  signers = freshSigners();
  // The library reads no clock but its own, so that this index must hold today.
  root = await newIndex(folderIndex(join(folder, 'index')), signers, new Date());
  await publish(folderIndex(join(folder, 'index')), signers, root, [await publicationFor(key)], new Date());
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (before(request, response)) return;
    const path = decodeURIComponent((request.url ?? '').replace(/^\/a\/store\//, ''));
    try {
      response.end(readFileSync(join(folder, 'index', path)));
    } catch {
      response.writeHead(404).end('no');
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/store`;
});

afterAll(async () => {
  await new Promise((done) => server.close(done));
  removeFolder(folder);
});

async function installed(index: Index): Promise<string> {
  const record = await resolve(index, NAME, undefined, 'stable');
  const trust = { store: STORE, root, seal: trustIn(key) };
  const { seal } = await fetchVerified(index, record, trust, { level: 'structured', day: DAY });
  return `${seal.level} by ${seal.operators.join()}`;
}

async function withServer<T>(behaviour: typeof before, work: () => Promise<T>): Promise<T> {
  before = behaviour;
  try {
    return await work();
  } finally {
    before = () => false;
  }
}

describe('an index at an address', () => {
  it.each([
    ['a folder', () => join(folder, 'index')],
    ['a relative folder', () => 'index'],
    ['a file: address', () => pathToFileURL(join(folder, 'index')).href],
    ['http: on this machine', () => address],
    ['the same with a slash', () => `${address}/`],
  ])('is read from %s', async (_, at) => {
    expect(await installed(await openIndex(indexAt(at(), folder), root, new Date()))).toBe('hardened by acme');
  });

  it.each([
    'http://index.example/store',
    'http://127.0.0.1.example/',
    'http://127.0.0.1@index.example/',
    'ftp://127.0.0.1/',
    'data:application/json,{}',
    'https://user:secret@index.example/',
    'https://index.example/?a=b',
    'https://',
  ])('is not read from %s', async (at) => {
    expect(await refusalOf(async () => indexAt(at, folder))).toBe('unavailable');
  });

  it('that is not there is named so', async () => {
    expect(await refusalOf(openIndex(indexAt('nowhere', folder), root, NOW))).toBe('not-found');
    expect(await refusalOf(openIndex(indexAt(address.replace('/store', '/none'), folder), root, NOW))).toBe(
      'not-found',
    );
  });

  it('that cannot be reached, fails or goes silent is named so', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    expect(await refusalOf(openIndex(indexAt(`http://127.0.0.1:${port}/`, folder), root, NOW))).toBe('unavailable');
    const opening = async () => openIndex(indexAt(address, folder, { timeout: 100 }), root, NOW);
    const fails = (_: IncomingMessage, response: ServerResponse): boolean => Boolean(response.writeHead(503).end());
    expect(await withServer(fails, async () => refusalOf(opening()))).toBe('unavailable');
    expect(
      await withServer(
        () => true,
        async () => refusalOf(opening()),
      ),
    ).toBe('unavailable');
    const trickles = (_: IncomingMessage, response: ServerResponse): boolean =>
      response.writeHead(200).write('{"signed":');
    expect(await withServer(trickles, async () => refusalOf(opening()))).toBe('unavailable');
  });

  it('that sends without end is cut off', async () => {
    let sent = 0;
    const endless = (request: IncomingMessage, response: ServerResponse): boolean => {
      if (request.url?.endsWith('timestamp.json') !== true) return false;
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20))) sent += 65_536;
      };
      response.on('drain', more);
      more();
      return true;
    };
    const opening = async () => openIndex(indexAt(address, folder), root, NOW);
    expect(await withServer(endless, async () => refusalOf(opening()))).toBe('too-large');
    expect(sent).toBeLessThan(64 << 20);
  });

  it('follows redirects on its own host, and none to another that is not https', async () => {
    const within = (request: IncomingMessage, response: ServerResponse): boolean => {
      if (request.url?.startsWith('/a/store/') === true) return false;
      response.writeHead(301, { location: `/a/store/${(request.url ?? '').slice('/old/'.length)}` }).end();
      return true;
    };
    const old = address.replace('/a/store', '/old');
    expect(
      await withServer(within, async () => installed(await openIndex(indexAt(old, folder), root, new Date()))),
    ).toContain('acme');
    const away = (_: IncomingMessage, response: ServerResponse): boolean =>
      Boolean(response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end());
    expect(await withServer(away, async () => refusalOf(openIndex(indexAt(address, folder), root, NOW)))).toBe(
      'unavailable',
    );
    const round = (_: IncomingMessage, response: ServerResponse): boolean =>
      Boolean(response.writeHead(302, { location: '/a/store/x' }).end());
    expect(await withServer(round, async () => refusalOf(openIndex(indexAt(address, folder), root, NOW)))).toBe(
      'unavailable',
    );
  });
});

describe('what is remembered on disk', () => {
  it('refuses an older index, from whichever address it comes', async () => {
    const state = join(folder, 'state-1');
    const at = memoryIndex();
    const own = await newIndex(at, signers, NOW);
    const old = memoryIndex(new Map(at.files));
    await publish(at, signers, own, [await publicationFor(key)], NOW);
    await openIndex(at, own, NOW, diskMemory(state));
    expect(await refusalOf(openIndex(old, own, NOW, diskMemory(state)))).toBe('rollback');
    await expect(openIndex(at, own, NOW, diskMemory(state))).resolves.toBeDefined();
  });

  it('is refused when it is damaged', async () => {
    const state = join(folder, 'state-2');
    const open = async () => openIndex(indexAt(address, folder), root, new Date(), diskMemory(state));
    await open();
    const seen = readFileSync(join(state, 'seen.json'), 'utf8');
    for (const damage of [
      '',
      '{}',
      seen.slice(0, -2),
      seen.replace('"timestamp":"{', '"timestamp":"['),
      '{"root":1}',
    ]) {
      writeFileSync(join(state, 'seen.json'), damage);
      expect(await refusalOf(open())).toBe('state-damaged');
    }
  });

  it('is never replaced by something older', async () => {
    const memory = diskMemory(join(folder, 'state-5'));
    const seen = (version: number, root = 1) => ({
      root: JSON.stringify({ signed: { version: root } }),
      timestamp: JSON.stringify({ signed: { version } }),
      snapshot: `of ${version}`,
    });
    await memory.save(seen(9));
    await memory.save(seen(8));
    expect(await memory.load()).toEqual(seen(9));
    await memory.save(seen(10));
    expect(await memory.load()).toEqual(seen(10));
    await memory.save(seen(1, 2));
    await memory.save(seen(11));
    expect(await memory.load()).toEqual(seen(1, 2));
  });

  it('must be possible: who cannot remember is told so', async () => {
    const state = join(folder, 'state-3');
    writeFileSync(state, 'a file where the folder should be');
    expect(await refusalOf(openIndex(indexAt(address, folder), root, new Date(), diskMemory(state)))).toBe(
      'unavailable',
    );
  });

  it('saves fetching what has not changed, and is checked all the same', async () => {
    const state = join(folder, 'state-4');
    const open = async () => installed(await openIndex(indexAt(address, folder), root, new Date(), diskMemory(state)));
    await open();
    requests = [];
    await open();
    // Whether there is a newer root, and whether there is a newer timestamp.
    expect(requests.map((url) => url.split('/').slice(3).join('/'))).toEqual(['metadata/2.root.json', TIMESTAMP_PATH]);
    for (const name of readdirSync(join(state, 'cache'))) writeFileSync(join(state, 'cache', name), 'tampered');
    requests = [];
    await expect(open()).resolves.toContain('acme');
    expect(requests.length).toBeGreaterThan(12);
    rmSync(join(state, 'cache'), { recursive: true });
    writeFileSync(join(state, 'cache'), 'a file where the folder should be');
    await expect(open()).resolves.toContain('acme');
  });
});

describe("another implementation's client", () => {
  async function updater(at: string): Promise<Updater> {
    const metadataDir = join(folder, at, 'metadata');
    const targetDir = join(folder, at, 'targets');
    mkdirSync(metadataDir, { recursive: true });
    mkdirSync(targetDir, { recursive: true });
    writeFileSync(join(metadataDir, 'root.json'), root);
    return new Updater({
      metadataDir,
      targetDir,
      metadataBaseUrl: `${address}/metadata`,
      targetBaseUrl: `${address}/targets`,
      config: { fetchRetry: 0 },
    });
  }

  it('reads the index as it is', async () => {
    const client = await updater('other-1');
    const target = await client.getTargetInfo(recordPath(NAME, '1.0.0'));
    if (target === undefined) throw new Error('it finds no record');
    const path = await client.downloadTarget(target);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ name: NAME, version: '1.0.0' });
    expect(await client.getTargetInfo(recordPath(NAME, '9.9.9'))).toBeUndefined();
  });

  it('refuses it when a file of it is of another state', async () => {
    const path = join(folder, 'index', TIMESTAMP_PATH);
    const good = readFileSync(path);
    const other = memoryIndex();
    await newIndex(other, signers, daysLater(0));
    const client = await updater('other-2');
    try {
      writeFileSync(path, other.files.get(TIMESTAMP_PATH) ?? '');
      await expect(client.refresh()).rejects.toThrow(/timestamp was signed|snapshot|hash|length/);
    } finally {
      writeFileSync(path, good);
    }
  });
});
