import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../scripts/command.ts';
import { run as verify } from '../../src/cli/verify.ts';
import { testIo } from '../io.ts';
import { emptyFolder, FOLDER, sampleStore, say } from './store.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Every file below a folder, with its path. */
function filesOf(root: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
    .map((path) => [path, readFileSync(join(root, path))] as const);
}

/** A store with a finding that has a witness, its files made in another order where asked. */
function storeWithFinding(isReversed: boolean): string {
  const from = sampleStore();
  const contract = join(from, FOLDER, 'contract.yaml');
  writeFileSync(contract, readFileSync(contract, 'utf8').replace(/^ {2}calls: \d+$|calls: \d+/mu, 'calls: 2'));
  const to = join(emptyFolder(), isReversed ? 'a folder with another name' : 'store');
  const files = filesOf(from);
  for (const [path, bytes] of isReversed ? files.toReversed() : files) {
    mkdirSync(join(to, path, '..'), { recursive: true });
    writeFileSync(join(to, path), bytes);
  }
  return to;
}

describe('evidence', () => {
  it('is the same bytes in another folder, time zone and language, and from files made in another order', async () => {
    const results = await Promise.all(
      [
        { isReversed: false, env: { TZ: 'UTC', LC_ALL: 'C' } },
        { isReversed: true, env: { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' } },
      ].map(async ({ isReversed, env }) => {
        const root = storeWithFinding(isReversed);
        const output = emptyFolder();
        const { code } = await runCommand(process.execPath, [CLI, 'verify', '--runs', '30', '--output', output], {
          cwd: root,
          env: { ...process.env, ...env },
        });
        return { code, files: filesOf(output).map(([path, bytes]) => [path, bytes.toString('utf8')]) };
      }),
    );
    const [first, second] = results;
    expect(first?.code).toBe(1);
    expect(first?.files.map(([path]) => path)).toEqual(
      expect.arrayContaining(['personal/triage-inbox/evidence.json', expect.stringContaining('witness-1-')]),
    );
    expect(second).toEqual(first);
  }, 300_000);
});

describe('a terminal', () => {
  const root = sampleStore();
  const on = async (env: Readonly<Record<string, string>>, columns = 80): Promise<string> => {
    const { io, out } = testIo(root, env);
    await verify(['--stage', 'structure'], { ...io, isTTY: true, columns });
    return out();
  };
  const plain = async (): Promise<string> => (await say(verify, ['--stage', 'structure'], root)).out;

  it('gets colour and a line of progress that is taken back', async () => {
    const shown = await on({});
    expect(shown).toContain('\u001B[32m');
    expect(shown).toContain('\r\u001B[K');
    expect(shown.replace(/\r\u001B\[K[^\n\r]*?…(?=\r)|\r\u001B\[K|\u001B\[\d+m/gu, '')).toBe(await plain());
  });

  it('keeps its line of progress within any width', async () => {
    for (const columns of [0, 1, 2, 12]) {
      const progress = [...(await on({}, columns)).matchAll(/\r\u001B\[K([^\r\n\u001B]*)(?=\r)/gu)].map(
        ([, text]) => text ?? '',
      );
      expect(progress.length).toBeGreaterThan(0);
      for (const text of progress) expect(text.length).toBeLessThanOrEqual(Math.max(1, columns - 1));
    }
  });

  it('gets no colour under NO_COLOR, and no control sequence where it is dumb', async () => {
    expect(await on({ NO_COLOR: '1' })).not.toMatch(/\u001B\[\d+m/u);
    expect(await on({ NO_COLOR: '' })).toMatch(/\u001B\[\d+m/u);
    expect(await on({ TERM: 'dumb' })).toBe(await plain());
  });
});

describe('a reader that goes away', () => {
  it.each([
    [
      'stdout is closed early',
      `"$NODE" "$CLI" verify --stage structure | head -c 1 > /dev/null; echo "\${PIPESTATUS[0]}"`,
      '0\n',
    ],
    ['stdout is closed from the start', `"$NODE" "$CLI" verify --stage structure >&-; echo $?`, '0\n'],
    ['stderr is closed early', `"$NODE" "$CLI" verify missing 2>&-; echo $?`, '2\n'],
    [
      'the disk is full',
      `"$NODE" "$CLI" verify --stage structure > /dev/full 2> said; echo $?; grep -c "    at " said`,
      '2\n0\n',
    ],
  ])('%s: the exit code stands, and no stack trace is shown', async (_what, script, says) => {
    const { all } = await runCommand('bash', ['-c', script], {
      cwd: sampleStore(),
      env: { ...process.env, NODE: process.execPath, CLI },
    });
    expect(all).toBe(says);
  });
});
