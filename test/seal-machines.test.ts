import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInto } from './built.ts';
import { node24 } from './node24.ts';
import { writeSampleStore } from './sample-store.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

/** One workflow, sealed by what users run on machines that have as little in common as one machine can show. */

const NODE_24 = node24();

interface Machine {
  readonly folder: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
  readonly umask: string;
}

let folder = '';
beforeAll(async () => {
  folder = temporaryFolder();
  await buildInto(join(folder, 'home'));
  writeSampleStore(join(folder, 'store'));
}, 120_000);
afterAll(() => removeFolder(folder));

/** Makes a key and a seal on a machine; gives the package. */
function sealedOn({ folder: name, node, env, umask }: Machine): Buffer {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  cpSync(join(folder, 'store'), join(at, 'store'), { recursive: true });
  cpSync(join(folder, 'home'), join(at, 'home'), { recursive: true });
  const script = `umask ${umask} && "$NODE" home/dist/cli.js key k.pem && "$NODE" home/dist/cli.js seal a/two --store store --key k.pem --output sealed`;
  const ran = spawnSync('sh', ['-c', script], {
    cwd: at,
    env: { PATH: process.env['PATH'], HOME: at, NODE: node, ...env },
    encoding: 'utf8',
  });
  expect([name, ran.status, ran.stderr]).toEqual([name, 0, '']);
  expect(readdirSync(join(at, 'sealed'))).toHaveLength(9);
  return readFileSync(join(at, 'sealed/two-0.1.0.tar'));
}

const HERE: Machine = {
  folder: 'here',
  node: process.execPath,
  env: { TZ: 'America/Los_Angeles', LC_ALL: 'C' },
  umask: '022',
};

describe('the package of a workflow', { timeout: 60_000 }, () => {
  it('is the same in another time zone, locale, folder and umask', () => {
    const there = sealedOn({
      folder: 'some where/else',
      node: process.execPath,
      env: { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
      umask: '077',
    });
    expect(sealedOn(HERE).equals(there)).toBe(true);
  });

  it.skipIf(NODE_24 === undefined)('is the same under Node 24', () => {
    const there = sealedOn({ ...HERE, folder: 'node24', node: NODE_24 ?? '', env: { TZ: 'Asia/Kathmandu' } });
    expect(readFileSync(join(folder, 'here/sealed/two-0.1.0.tar')).equals(there)).toBe(true);
  });
});
