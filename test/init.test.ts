import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run as init } from '../src/cli/init.ts';
import { run as verify } from '../src/cli/verify.ts';
import { testIo } from './io.ts';
import { removeFolder, temporaryFolder, writeFile } from './servers/install.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

const ACTION = `acme/proofmark@${'a'.repeat(40)}`;

interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly needs?: readonly string[];
  readonly 'timeout-minutes': number;
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: Record<string, unknown> }[];
}
interface GithubWorkflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

function workflow(name: string): GithubWorkflow {
  const text = readFileSync(join(folder, 'my-store/.github/workflows', name), 'utf8');
  const [document] = parseAllDocuments(text, { version: '1.2' });
  return document?.toJS() as GithubWorkflow;
}

describe('proofmark init', () => {
  it('writes a store that passes at once', async () => {
    const { io, out } = testIo(folder);
    expect(await init(['my-store'], io)).toBe(0);
    expect(out()).toContain('put the commit of the Action that you trust');
    const judged = testIo(join(folder, 'my-store'));
    expect([await verify([], judged.io), judged.out()]).toEqual([
      0,
      expect.stringContaining('1 passed, 0 failed, 0 findings'),
    ]);
    expect(readdirSync(join(folder, 'my-store')).sort()).toEqual([
      '.gitattributes',
      '.github',
      '.gitignore',
      '.proofmark',
      'README.md',
      'policies',
      'store.yaml',
      'tools',
      'workflows',
    ]);
  }, 60_000);

  it('takes names, owners, branch and a pinned Action', async () => {
    const { io } = testIo(folder);
    const options = [
      '--action',
      ACTION,
      '--owner',
      '@acme/agents',
      '--namespace',
      'billing',
      '--branch',
      'trunk',
      '--name',
      'acme',
    ];
    expect(await init(['my-store', ...options], io)).toBe(0);
    const judged = testIo(join(folder, 'my-store'));
    expect([await verify([], judged.io), judged.out()]).toEqual([0, expect.stringContaining('billing/starter@0.1.0')]);
    expect(workflow('verify.yml').on).toEqual({
      pull_request: { branches: ['trunk'] },
      merge_group: null,
      push: { branches: ['trunk'] },
    });
    expect(workflow('verify.yml').jobs['verify']?.steps.at(-1)?.uses).toBe(ACTION);
    expect(workflow('publish.yml').jobs['publish']?.steps.map(({ uses }) => uses)).toContain(
      `acme/proofmark/actions/publish@${'a'.repeat(40)}`,
    );
    expect(readFileSync(join(folder, 'my-store/.github/CODEOWNERS'), 'utf8')).toContain('* @acme/agents\n');
  }, 60_000);

  it('gives the jobs no more than they need', async () => {
    await init(['my-store', '--action', ACTION], testIo(folder).io);
    const [verifying, publishing] = [workflow('verify.yml'), workflow('publish.yml')];
    const permissions = (given: GithubWorkflow) => [
      given.permissions,
      ...Object.values(given.jobs).map((job) => job.permissions),
    ];
    expect(permissions(verifying)).toEqual([{}, { contents: 'read' }, {}]);
    expect(permissions(publishing)).toEqual([{}, { contents: 'write', 'id-token': 'write' }]);
    expect(Object.keys(publishing.on)).toEqual(['push', 'schedule']);
    const jobs = [verifying, publishing].flatMap(({ jobs }) => Object.values(jobs));
    expect(jobs.filter((job) => !(job['timeout-minutes'] > 0))).toEqual([]);
    const steps = jobs.flatMap((job) => job.steps);
    expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !/@[0-9a-f]{40}$/u.test(uses))).toEqual([]);
    // Nothing of an event is pasted into a script.
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    // No step finds a token in a folder.
    expect(checkouts.map(({ with: given }) => given)).toEqual([
      { 'fetch-depth': 0, 'persist-credentials': false },
      { 'fetch-depth': 0, 'persist-credentials': false },
      { ref: 'index', path: 'index', 'persist-credentials': false },
    ]);
    expect(JSON.stringify(verifying)).not.toMatch(/secrets\.|github\.token/u);
    expect(verifying.jobs['proofmark-ok']).toMatchObject({ if: 'always()', needs: ['verify'] });
  });

  it('overwrites nothing', async () => {
    writeFile(folder, '.github/CODEOWNERS', '* @me\n');
    await expect(init([], testIo(folder).io)).rejects.toThrow('.github/CODEOWNERS exists already; nothing was written');
    expect(readdirSync(folder)).toEqual(['.github']);
  });

  it.each([
    [['--action', 'acme/proofmark@v1'], /can be moved/u],
    [['--action', `acme/proofmark@${'a'.repeat(40)}\n      - run: x`], /can be moved/u],
    [['--owner', 'me'], /--owner/u],
    [['--owner', "@a'], x: ['"], /--owner/u],
    [['--namespace', 'A'], /--namespace/u],
    [['--name', 'a: b'], /--name/u],
    [['--branch', 'main]'], /--branch/u],
    [['one', 'two'], /one folder/u],
  ])('refuses %j', async (args, message) => {
    await expect(init(args, testIo(folder).io)).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('finds a name for a folder that has none', async () => {
    await init(['42 Ünïcode!'], testIo(folder).io);
    expect(readFileSync(join(folder, '42 Ünïcode!/store.yaml'), 'utf8')).toContain('store: n-code\n');
  });
});
