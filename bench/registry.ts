import { fork } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { indexAt } from '../src/connect/index-address.ts';
import { memoryIndex } from '../test/indexing.ts';
import { folderIndex, type FolderOperations, NODE_OPERATIONS } from '../src/connect/index-folder.ts';
import { diskMemory } from '../src/connect/index-memory.ts';
import { digestBytes, digestText } from '../src/kernel/digest.ts';
import { openIndex } from '../src/registry/client.ts';
import type { Signer, Signers } from '../src/registry/keys.ts';
import { resolve, searchEntries } from '../src/registry/lookup.ts';
import { newIndex, type Publication, publish } from '../src/registry/publish.ts';
import { search } from '../src/registry/search.ts';

/**
 * An index of 10,000 records: built, published into once more, resolved from a server on this machine, searched. Times are of the
 * wall and of this process's processor: on a busy machine they differ.
 */

const COUNT = 10_000;
const ROUNDS = 15;

const VERBS = ['pay', 'sort', 'book', 'check', 'summarise', 'file', 'answer', 'translate', 'compare', 'renew'];
const THINGS = [
  'invoices',
  'mails',
  'flights',
  'medicines',
  'notes',
  'receipts',
  'tickets',
  'contracts',
  'orders',
  'leases',
];
const PLACES = ['inbox', 'folder', 'calendar', 'ledger', 'tracker', 'clinic', 'shop', 'team', 'archive', 'queue'];

function publication(i: number, version = '1.0.0'): Publication {
  const pick = (words: readonly string[], by: number): string => words[Math.floor(i / by) % words.length] ?? '';
  const packed = Buffer.from('a package');
  const bundle = Buffer.from('a bundle');
  return {
    record: {
      format: 'proofmark-record/1',
      name: `space-${i % 97}/${pick(VERBS, 1)}-${pick(THINGS, 10)}-${i}`,
      version,
      channel: 'stable',
      package: { digest: digestBytes(packed), size: packed.length },
      bundles: Array.from({ length: 8 }, () => ({ digest: digestBytes(bundle), size: bundle.length })),
      workflow: digestText(`${i}`),
      level: 'hardened',
      guarantees: {
        risk: 'high',
        deterministic: 'up to replies of tools and models',
        tools: ['mail/list_messages', `${pick(PLACES, 100)}/write`],
        effects: ['irreversible', 'read'],
        outgoing: [`${pick(PLACES, 100)}/write`],
        secretsRead: ['internal'],
        approvals: [`${pick(PLACES, 100)}/write`],
        errors: ['declined', 'timeout'],
        budgets: { tasks: 12, calls: 4, infers: 1, time: 3_600_000 },
      },
      domain: pick(PLACES, 100),
      intents: [
        `${pick(VERBS, 1)} the ${pick(THINGS, 10)} in my ${pick(PLACES, 100)}`,
        `help me to ${pick(VERBS, 1)} what is left of the ${pick(THINGS, 10)} of number ${i}`,
      ],
      published: '2026-11-23T10:00:00Z',
    },
    package: packed,
    bundles: Array.from({ length: 8 }, () => bundle),
  };
}

function signer(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (bytes) => sign('sha256', bytes, privateKey),
  };
}

/** Milliseconds: of the wall, and of this process's processor in its own code and in the system's. */
interface Time {
  readonly wall: number;
  readonly user: number;
  readonly system: number;
}

async function timed(work: () => Promise<unknown>): Promise<Time> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, user: user / 1000, system: system / 1000 };
}

function line(name: string, times: readonly Time[], note = ''): void {
  const of = (which: keyof Time): string => {
    const values = times.map((time) => time[which]).toSorted((a, b) => a - b);
    return `${(values[values.length >> 1] ?? Number.NaN).toFixed(1).padStart(8)} ms`;
  };
  const least = Math.min(...times.map(({ wall }) => wall)).toFixed(1);
  console.log(
    `${name.padEnd(37)} ${of('wall')}  user ${of('user')}  system ${of('system')}  least ${least.padStart(7)} ms  ${note}`.trimEnd(),
  );
}

/** Answers from a folder; run in a process of its own, so that it does not share the client's. */
function serve(folder: string): void {
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, decodeURIComponent(request.url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}

async function main(): Promise<void> {
  console.log(`load ${loadavg()[0]?.toFixed(1) ?? '?'} on ${cpus().length} processors`);
  const folder = mkdtempSync(join(tmpdir(), 'proofmark-bench-'));
  const now = new Date();
  const signers: Signers = {
    root: signer(),
    targets: signer(),
    bins: signer(),
    snapshot: signer(),
    timestamp: signer(),
  };
  try {
    const all = Array.from({ length: COUNT }, (_, i) => publication(i));
    // A file system measures itself: once without, once without waiting for its disk, once as it is.
    const unsynced: FolderOperations = { ...NODE_OPERATIONS, sync: () => Promise.resolve() };
    for (const [at, writer, name] of [
      ['memory', memoryIndex(), 'in memory'],
      ['written', folderIndex(join(folder, 'written'), unsynced), 'written'],
      ['index', folderIndex(join(folder, 'index')), 'written and waited for until they are on the disk'],
    ] as const) {
      let root: Uint8Array = new Uint8Array();
      const built = await timed(async () => {
        root = await newIndex(writer, signers, now);
        await publish(writer, signers, root, all, now);
      });
      line(`${COUNT} records built`, [built], name);
      const published = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        published.push(await timed(async () => publish(writer, signers, root, [publication(COUNT + i)], now)));
      }
      line('one new name published into them', published, name);
      const versions = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        versions.push(await timed(async () => publish(writer, signers, root, [publication(i * 7, '1.1.0')], now)));
      }
      line('one new version published into them', versions, name);
      if (at === 'index') await read(folder, root, now);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function read(folder: string, root: Uint8Array, now: Date): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', join(folder, 'index')]);
  const { port } = await new Promise<{ readonly port: number }>((done) => {
    child.once('message', (message) => done(message as { readonly port: number }));
  });
  try {
    const address = `http://127.0.0.1:${port}/`;
    const one = publication(4_321).record.name;
    const resolving = async (state: string): Promise<void> => {
      const index = await openIndex(indexAt(address, folder), root, now, diskMemory(join(folder, state)));
      await resolve(index, one, undefined, 'stable');
    };
    const cold = [];
    for (let i = 0; i < ROUNDS; i += 1) cold.push(await timed(async () => resolving(`state-${i}`)));
    line('resolved cold, from a server', cold);
    const warm = [];
    for (let i = 0; i < ROUNDS; i += 1) warm.push(await timed(async () => resolving('state-0')));
    line('resolved warm, from a server', warm);
    const searched = [];
    const index = await openIndex(indexAt(address, folder), root, now, diskMemory(join(folder, 'state-0')));
    const entries = await searchEntries(index);
    const query = { words: 'pay the invoices in my ledger', tools: [] };
    for (let i = 0; i < ROUNDS; i += 1)
      searched.push(await timed(async () => search(await searchEntries(index), query)));
    line(`searched among ${entries.length}`, searched);
  } finally {
    child.kill();
  }
}

if (process.argv[2] === 'serve') serve(process.argv[3] ?? '');
else await main();
