import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInto } from './built.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { payloadOf, runStep } from './runner.ts';
import { writeSampleStore } from './sample-store.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

/** What users run, on disks that are really full: a file system of some kilobytes, in a namespace of its own (Linux). */

const CAN_MOUNT =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k none /tmp && touch /tmp/x']).status === 0;

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = temporaryFolder();
  await buildInto(join(folder, 'home'));
  writeSampleStore(join(folder, 'store'));
  const ready = spawnSync(
    'sh',
    [
      '-ec',
      `node home/dist/cli.js key k.pem --operator me
       for name in one two; do node home/dist/cli.js seal a/$name --store store --key k.pem --output sealed; done
       node home/dist/cli.js publish sealed/one-0.1.0.tar sealed/two-0.1.0.tar --store store --index index --keys keys --trust k.pem.trust.json --create`,
    ],
    { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder }, encoding: 'utf8' },
  );
  if (ready.status !== 0) throw new Error(ready.stdout + ready.stderr);
}, 120_000);
afterAll(() => removeFolder(folder));

interface Left {
  readonly code: number | null;
  readonly said: string;
  /** Every file that is there afterwards. */
  readonly files: readonly string[];
  /** A copy of what is there afterwards. */
  readonly copy: string;
}

/** Runs `node cli.js …` in a folder with room for so many pages of 4 KiB; `before` runs in it first. */
function withRoomFor(pages: number, command: string, before = ':'): Left {
  count += 1;
  const [at, copy] = [join(folder, `disk-${count}`), join(folder, `copy-${count}`)];
  mkdirSync(at);
  mkdirSync(copy);
  const script = `mount -t tmpfs -o size=${pages * 4}k none "$AT" && cd "$AT" && ${before} && node ../home/dist/cli.js ${command}; code=$?; cp -a . "$COPY"; exit $code`;
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], {
    env: { PATH: process.env['PATH'], HOME: join(folder, `state-${count}`), AT: at, COPY: copy },
    encoding: 'utf8',
  });
  const files = readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(copy.length + 1));
  return { code: status, said: stderr, files: files.toSorted(), copy };
}

describe.skipIf(!CAN_MOUNT)('a full disk', { timeout: 120_000 }, () => {
  it.each([0, 1])('keeps key from leaving half a key, or a key that nobody can verify, with %i pages', (pages) => {
    const fill = pages === 0 ? 'head -c 4096 /dev/zero > ballast' : ':';
    const { code, said, files } = withRoomFor(1, 'key own.pem', fill);
    expect(code).toBe(2);
    expect(said).toMatch(/^proofmark key: .*own\.pem.* cannot be written: the disk is full\n/u);
    expect(files).toEqual(pages === 0 ? ['ballast'] : []);
  });

  it('keeps init from leaving half a store', () => {
    const { code, said, files } = withRoomFor(5, 'init');
    expect([code, files]).toEqual([2, []]);
    expect(said).toContain('cannot be written: the disk is full');
  });

  it('keeps new from leaving half a workflow', () => {
    const before = 'cp ../store/store.yaml . && head -c 8192 /dev/zero > ballast';
    const { code, said, files } = withRoomFor(4, 'new a/three', before);
    expect([code, files]).toEqual([2, ['ballast', 'store.yaml']]);
    expect(said).toContain('the disk is full');
  });

  it('keeps seal from leaving half a seal', () => {
    const { code, said, files } = withRoomFor(8, 'seal a/one --store ../store --key ../k.pem --output sealed');
    expect([code, files]).toEqual([2, []]);
    expect(said).toContain('cannot be written (ENOSPC); nothing was left there');
  });

  it('keeps verify from saying that it has written what it has not', () => {
    const { code, said } = withRoomFor(1, 'verify ../store --output results');
    expect(code).toBe(2);
    expect(said).toContain('the results cannot be written');
  });

  it('keeps install from leaving half a workflow, or a lock file that lists what is not there', () => {
    const options = '--index ../index --trust ../index/trust.json --state ../installed-state';
    const outcomes: string[] = [];
    for (let pages = 1; pages <= 30 && outcomes.at(-1) !== 'installed'; pages += 1) {
      const { code, said, files, copy } = withRoomFor(pages, `install a/one a/two ${options}`);
      if (code === 0) {
        outcomes.push('installed');
        continue;
      }
      outcomes.push(/^proofmark install: ([a-z-]+): the disk is full/u.exec(said)?.[1] ?? said);
      expect([pages, code]).toEqual([pages, 2]);
      expect(files.filter((file) => /\.(?:new|old)(?:$|\/)/u.test(file))).toEqual([]);
      expect(existsSync(join(copy, 'proofmark.lock.json'))).toBe(false);
      for (const name of ['one', 'two']) {
        const own = files.filter((file) => file.startsWith(`workflows/a/${name}/`));
        expect([pages, own.length === 0 || own.length === 6 || own.length === 7]).toEqual([pages, true]);
      }
    }
    expect(outcomes.at(-1)).toBe('installed');
    expect(outcomes.slice(0, -1)).toEqual(outcomes.slice(0, -1).map(() => 'no-space'));
    expect(outcomes.length).toBeGreaterThan(10);
  });

  it('keeps publish from making an index that nobody can begin with', () => {
    const options = '--store ../store --index index --keys keys --trust ../k.pem.trust.json --create';
    const { code, said, files } = withRoomFor(40, `publish ${options}`);
    expect(code).toBe(2);
    expect(said).toContain('proofmark publish: no-space: the disk');
    expect(files.filter((file) => file.endsWith('timestamp.json') || file.endsWith('trust.json'))).toEqual([]);
  });
});

describe.skipIf(!HAS_GIT || !existsSync('/dev/full'))('a full disk of a runner', { timeout: 60_000 }, () => {
  it.each(['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'])('fails the step that cannot write its %s', async (file) => {
    const store = join(folder, file);
    writeSampleStore(store);
    startRepository(store);
    const sha = git(store, 'rev-parse', 'HEAD');
    const step = await runStep({
      main: join(folder, 'home/dist/action.js'),
      workspace: store,
      temporary: store,
      event: 'push',
      payload: payloadOf('push', { base: '0'.repeat(40), head: sha }),
      sha,
      env: { [file]: '/dev/full' },
    });
    expect(step.code).toBe(2);
    expect(step.commands.at(-1)).toMatchObject({ name: 'error', properties: { title: 'the disk is full' } });
    expect(step.outputs['verdict']).toBeUndefined();
    expect(readFileSync(join(store, 'proofmark/report.json'), 'utf8')).toContain('proofmark-change/1');
  });
});
