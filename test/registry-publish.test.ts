import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleOptions } from '../scripts/bundle.ts';
import { folderIndex, type FolderOperations, NODE_OPERATIONS } from '../src/connect/index-folder.ts';
import { makeSigners, readSigners } from '../src/connect/signing-keys.ts';
import { openIndex } from '../src/registry/client.ts';
import type { Signers } from '../src/registry/keys.ts';
import { TIMESTAMP_PATH } from '../src/registry/layout.ts';
import { LIST_LIMIT } from '../src/registry/lists.ts';
import { fetchSealed, recordOf, searchEntries, versionsOf } from '../src/registry/lookup.ts';
import { newIndex, type Publication, publish, revoke } from '../src/registry/publish.ts';
import { DAY, NOW, publicationFor, refusalOf } from './indexing.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';
import { sampleKey } from './sealing.ts';

const NAME = 'finance/pay-invoice';
const key = sampleKey();

/** Keys, root, and an index that holds version 1.0.0; never changed, only copied. */
let prepared: string;
let program: string;
let root: Uint8Array;
let signers: Signers;

beforeAll(async () => {
  prepared = temporaryFolder();
  signers = makeSigners(join(prepared, 'keys'));
  root = await newIndex(folderIndex(join(prepared, 'index')), signers, NOW);
  writeFileSync(join(prepared, 'root.json'), root);
  await publish(folderIndex(join(prepared, 'index')), signers, root, [await publicationFor(key)], NOW);
  program = await bundled(prepared);
}, 120_000);

afterAll(() => removeFolder(prepared));

async function bundled(folder: string): Promise<string> {
  const options = bundleOptions({ publisher: 'test/servers/publisher.ts' });
  const build = await rolldown(options);
  await build.write({ ...options.output, dir: join(folder, 'program'), cleanDir: false });
  await build.close();
  return join(folder, 'program', 'publisher.js');
}

/** A copy of what is prepared, for one test. */
async function inCopy<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  try {
    for (const part of ['keys', 'index', 'root.json'])
      cpSync(join(prepared, part), join(folder, part), { recursive: true });
    return await work(folder);
  } finally {
    removeFolder(folder);
  }
}

function parcel(folder: string, { record, package: packed, bundles }: Publication): string {
  const file = join(folder, `${record.name.replace('/', '.')}-${record.version}.json`);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  writeFileSync(
    file,
    JSON.stringify({ record, package: base64(packed), bundles: bundles.map(base64), now: NOW.toISOString() }),
  );
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

function run(folder: string, file: string, at = 0): Promise<Ended> {
  const child = spawn(process.execPath, [program, folder, file, String(at)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/** The versions that the index holds, each with everything that its record names; a file that is not what is named throws. */
async function versionsIn(folder: string): Promise<readonly string[]> {
  const index = await openIndex(folderIndex(join(folder, 'index')), root, NOW);
  const names = (await searchEntries(index)).map(({ name }) => name);
  const found: string[] = [];
  for (const name of names) {
    for (const { version } of await versionsOf(index, name as `${string}/${string}`)) {
      const record = await recordOf(index, name as `${string}/${string}`, version);
      if (record === undefined) throw new Error(`${name}@${version} has no record`);
      await fetchSealed(index, record);
      found.push(`${name}@${version}`);
    }
  }
  return found;
}

describe('a publisher that is killed', () => {
  it('at any of its changes of the disk leaves the old or the new index, and the next one goes on', async () => {
    const publication = await publicationFor(key, { version: '1.1.0' });
    const [older, newer] = [[`${NAME}@1.0.0`], [`${NAME}@1.0.0`, `${NAME}@1.1.0`]];
    const changes = await inCopy(async (folder) => {
      const { output } = await run(folder, parcel(folder, publication));
      return Number(/^added after (\d+) changes/.exec(output)?.[1]);
    });
    expect(changes).toBeGreaterThanOrEqual(50);
    const outcomes = new Map<string, number>();
    const one = async (at: number): Promise<void> =>
      inCopy(async (folder) => {
        const file = parcel(folder, publication);
        expect(await run(folder, file, at)).toMatchObject({ signal: 'SIGKILL' });
        const after = await versionsIn(folder);
        const which = after.length === 1 ? 'old' : 'new';
        expect({ at, after }).toEqual({ at, after: which === 'old' ? older : newer });
        outcomes.set(which, (outcomes.get(which) ?? 0) + 1);
        const again = await publish(folderIndex(join(folder, 'index')), signers, root, [publication], NOW);
        expect({ at, again }).toEqual({ at, again: [which === 'old' ? 'added' : 'unchanged'] });
        expect(await versionsIn(folder)).toEqual(newer);
        expect(readdirSync(join(folder, 'index'))).not.toContain('.publishing');
      });
    const points = Array.from({ length: 50 }, (_, i) => 1 + Math.round((i * (changes - 1)) / 49));
    for (let at = 0; at < points.length; at += 2) await Promise.all(points.slice(at, at + 2).map(one));
    // Both happen: else the points would not lie around the step that counts.
    expect(outcomes.get('old')).toBeGreaterThan(10);
    expect(outcomes.get('new')).toBeGreaterThan(2);
  }, 300_000);

  it('does not stop others for longer than it lives', async () => {
    await inCopy(async (folder) => {
      const locks = join(folder, 'index', '.publishing');
      mkdirSync(locks);
      await publish(folderIndex(join(folder, 'index'), NODE_OPERATIONS, 50), signers, root, [], NOW);
      // A file of another machine says nothing about its owner: it stands until somebody removes it.
      mkdirSync(locks, { recursive: true });
      writeFileSync(join(locks, '000000000000.1.0123456789abcdef'), '');
      const waiting = publish(folderIndex(join(folder, 'index'), NODE_OPERATIONS, 50), signers, root, [], NOW);
      expect(await refusalOf(waiting)).toBe('busy');
      expect(readdirSync(locks)).toEqual(['000000000000.1.0123456789abcdef']);
    });
  });
});

describe('two publishers at once', () => {
  it('lose nothing, as processes', async () => {
    await inCopy(async (folder) => {
      const versions = ['1.1.0', '1.2.0', '1.3.0', '1.4.0'];
      const files = await Promise.all(
        versions.map(async (version) => parcel(folder, await publicationFor(key, { version }))),
      );
      const ended = await Promise.all(files.map(async (file) => run(folder, file)));
      expect(ended.map(({ code, output }) => (code === 0 ? output.split(' ')[0] : output))).toEqual(
        versions.map(() => 'added'),
      );
      expect(await versionsIn(folder)).toEqual(['1.0.0', ...versions].map((version) => `${NAME}@${version}`));
    });
  }, 120_000);

  it('of which the slower took up an older state publishes nothing', async () => {
    await inCopy(async (folder) => {
      const publication = await publicationFor(key, { version: '1.1.0' });
      const meanwhile = await publicationFor(key, { version: '1.2.0' });
      const at = join(folder, 'index');
      const elsewhere = join(folder, 'elsewhere');
      cpSync(at, elsewhere, { recursive: true });
      await publish(folderIndex(elsewhere), signers, root, [meanwhile], NOW);
      // Where the lock cannot be seen, as on a folder that machines share, another publisher finishes in between.
      let isOvertaken = false;
      const slow: FolderOperations = {
        ...NODE_OPERATIONS,
        sync: async (path) => {
          if (!isOvertaken) cpSync(elsewhere, at, { recursive: true });
          isOvertaken = true;
          await NODE_OPERATIONS.sync(path);
        },
      };
      expect(await refusalOf(publish(folderIndex(at, slow), signers, root, [publication], NOW))).toBe('busy');
      expect(await versionsIn(folder)).toEqual([`${NAME}@1.0.0`, `${NAME}@1.2.0`]);
    });
  });
});

/** A disk with room for some files; the next one is cut off in the middle. The lock is an empty file, which always fits. */
function fullAfter(files: number): FolderOperations {
  let left = files;
  return {
    ...NODE_OPERATIONS,
    write: (path, bytes, flags) => {
      if (!path.includes('.publishing')) left -= 1;
      if (left >= 0) return NODE_OPERATIONS.write(path, bytes, flags);
      NODE_OPERATIONS.write(path, bytes.subarray(0, bytes.length >> 1), flags);
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  };
}

describe('a full disk', () => {
  it('at any write leaves the index as it was', async () => {
    const publication = await publicationFor(key, { version: '1.1.0' });
    await inCopy(async (folder) => {
      const at = join(folder, 'index');
      const before = readFileSync(join(at, TIMESTAMP_PATH));
      const seen: unknown[] = [];
      for (let room = 0; seen.at(-1) !== 'published'; room += 1) {
        const outcome = await publish(folderIndex(at, fullAfter(room)), signers, root, [publication], NOW).then(
          () => 'published',
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
        );
        const isAsBefore =
          readFileSync(join(at, TIMESTAMP_PATH)).equals(before) && (await versionsIn(folder)).length === 1;
        seen.push(outcome === 'no-space' && !isAsBefore ? `changed by ${room} writes` : outcome);
      }
      expect(seen).toEqual([...Array.from({ length: seen.length - 1 }, () => 'no-space'), 'published']);
      expect(seen.length).toBeGreaterThan(15);
      expect(await versionsIn(folder)).toEqual([`${NAME}@1.0.0`, `${NAME}@1.1.0`]);
    });
  }, 120_000);
});

describe('publishing', () => {
  it('leaves a version that is there as it is, and refuses another package for it', async () => {
    await inCopy(async (folder) => {
      const writer = folderIndex(join(folder, 'index'));
      const before = readFileSync(join(folder, 'index', TIMESTAMP_PATH));
      expect(await publish(writer, signers, root, [await publicationFor(key)], NOW)).toEqual(['unchanged']);
      expect(readFileSync(join(folder, 'index', TIMESTAMP_PATH))).toEqual(before);
      const other = await publicationFor(key, { intents: ['pay somebody else'] });
      expect(await refusalOf(publish(writer, signers, root, [other], NOW))).toBe('already-published');
      // All or none: the good one beside it is not published either.
      const good = await publicationFor(key, { version: '1.1.0' });
      expect(await refusalOf(publish(writer, signers, root, [good, other], NOW))).toBe('already-published');
      expect(await versionsIn(folder)).toEqual([`${NAME}@1.0.0`]);
    });
  });

  it.each(['finance1/pay-invoice', 'finances/pay-invoice', 'finanse/pay-invoice', 'f1nance/pay-invoice'])(
    'refuses %s, which looks like a name of another namespace',
    async (name) => {
      await inCopy(async (folder) => {
        const publication = await publicationFor(key, { name });
        const writer = folderIndex(join(folder, 'index'));
        expect(await refusalOf(publish(writer, signers, root, [publication], NOW))).toBe('look-alike');
      });
    },
  );

  it('refuses look-alikes within one publication, however many there are', async () => {
    await inCopy(async (folder) => {
      const writer = folderIndex(join(folder, 'index'));
      const names = [
        ...Array.from({ length: 12 }, (_, i) => `space${i}/flow-number-${i}`),
        'spaces/read-mail',
        'spacer/read-mail',
      ];
      const publications = await Promise.all(names.map(async (name) => publicationFor(key, { name })));
      await expect(publish(writer, signers, root, publications.slice(0, -1), NOW)).resolves.toHaveLength(13);
      expect(await refusalOf(publish(writer, signers, root, publications, NOW))).toBe('look-alike');
    });
  });

  it('accepts names of one namespace that are alike', async () => {
    await inCopy(async (folder) => {
      const publication = await publicationFor(key, { name: 'finance/pay-invoices' });
      await expect(publish(folderIndex(join(folder, 'index')), signers, root, [publication], NOW)).resolves.toEqual([
        'added',
      ]);
    });
  });

  it('keeps only the state before beside the present one', async () => {
    await inCopy(async (folder) => {
      const at = join(folder, 'index');
      for (let i = 1; i < 6; i += 1) {
        await publish(folderIndex(at), signers, root, [await publicationFor(key, { version: `1.${i}.0` })], NOW);
      }
      const metadata = readdirSync(join(at, 'metadata'));
      expect(metadata.filter((name) => name.endsWith('.snapshot.json')).sort()).toEqual([
        '6.snapshot.json',
        '7.snapshot.json',
      ]);
      // 256 bins, those that changed twice.
      expect(metadata.length).toBeLessThan(256 + 12 + 6);
      expect(readdirSync(join(at, 'targets')).filter((name) => name.endsWith('.catalog.json'))).toHaveLength(2);
      // Sixteen files, one of which changes.
      expect(readdirSync(join(at, 'targets/search'))).toHaveLength(17);
      expect(readFileSync(join(at, 'catalog.json'))).toEqual(
        Buffer.from((await (await openIndex(folderIndex(at), root, NOW)).target('catalog.json', LIST_LIMIT)) ?? []),
      );
    });
  });

  it('takes a revoked version out of search, and an older one takes its place', async () => {
    await inCopy(async (folder) => {
      const at = join(folder, 'index');
      const writer = folderIndex(at);
      await publish(
        writer,
        signers,
        root,
        [await publicationFor(key, { version: '1.1.0', intents: ['pay faster'] })],
        NOW,
      );
      const listed = async (): Promise<readonly string[]> => {
        const index = await openIndex(folderIndex(at), root, NOW);
        return (await searchEntries(index)).map(({ version, intents }) => `${version} ${intents.join()}`);
      };
      expect(await listed()).toEqual(['1.1.0 pay faster']);
      const take = async (version: string) =>
        revoke(writer, signers, root, { name: NAME, version, reason: 'it leaks' }, NOW);
      expect(await take('1.1.0')).toBe('revoked');
      expect(await listed()).toEqual(['1.0.0 pay the invoices in my inbox']);
      expect(await take('1.1.0')).toBe('unchanged');
      expect(await take('1.0.0')).toBe('revoked');
      expect(await listed()).toEqual([]);
      expect(await refusalOf(take('9.9.9'))).toBe('not-found');
    });
  });

  it('puts the catalog under its own name also where there are no links', async () => {
    await inCopy(async (folder) => {
      const at = join(folder, 'index');
      const link = (): void => {
        throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
      };
      const publication = await publicationFor(key, { version: '1.1.0' });
      await publish(folderIndex(at, { ...NODE_OPERATIONS, link }), signers, root, [publication], NOW);
      expect(readFileSync(join(at, 'catalog.json'), 'utf8')).toContain('"version":"1.1.0"');
    });
  });

  it('makes no index over another', async () => {
    await inCopy(async (folder) => {
      expect(await refusalOf(newIndex(folderIndex(join(folder, 'index')), signers, NOW))).toBe('occupied');
    });
  });

  it('needs only the keys for publishing', async () => {
    await inCopy(async (folder) => {
      for (const role of ['root', 'targets']) removeFolder(join(folder, 'keys', `${role}.pem`));
      const few = readSigners(join(folder, 'keys'));
      const writer = folderIndex(join(folder, 'index'));
      await expect(publish(writer, few, root, [await publicationFor(key, { version: '1.1.0' })], NOW)).resolves.toEqual(
        ['added'],
      );
      removeFolder(join(folder, 'keys', 'snapshot.pem'));
      expect(await refusalOf(async () => readSigners(join(folder, 'keys')))).toBe('wrong-key');
      expect(existsSync(join(folder, 'index', '.publishing'))).toBe(false);
      expect(DAY).toBe(NOW.toISOString().slice(0, 10));
    });
  });
});
