import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as check } from '../src/cli/check.ts';
import { run as init } from '../src/cli/init.ts';
import { run as install } from '../src/cli/install.ts';
import { run as create } from '../src/cli/new.ts';
import { run as publish } from '../src/cli/publish.ts';
import { run as search } from '../src/cli/search.ts';
import { run as show } from '../src/cli/show.ts';
import { buildInto } from './built.ts';
import { type JobResult, runJob } from './github/job.ts';
import { startStandIn, type StandIn } from './github/stand-in.ts';
import { startTokens, type TokenService } from './github/tokens.ts';
import { testIo } from './io.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { payloadOf } from './runner.ts';
import { edit } from './sample-store.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';
import { identityToken, type MockSigstore, startSigstore } from './sigstore.ts';

/**
 * From `init` to a consumer, with nothing but what `init` writes: its workflow files run step by step against GitHub's API on
 * loopback, a bare repository, and authorities on loopback. Each test goes on from the one before.
 */

const ISSUER = 'https://token.actions.githubusercontent.com';
const WORKFLOW = 'octo-org/store/.github/workflows/publish.yml@refs/heads/main';
const IDENTITY = `https://github.com/${WORKFLOW}`;
const ACTION = `octo-org/proofmark@${'a'.repeat(40)}`;
const NOW = new Date();

let folder = '';
let store = '';
let remote = '';
let github: StandIn;
let sigstore: MockSigstore;
let tokens: TokenService;

beforeAll(async () => {
  folder = temporaryFolder();
  [store, remote] = [join(folder, 'store'), join(folder, 'remote.git')];
  mkdirSync(join(folder, 'user'));
  await buildInto(join(folder, 'home'));
  sigstore = await startSigstore();
  tokens = await startTokens(identityToken(IDENTITY, ISSUER));
}, 120_000);
afterAll(async () => {
  await Promise.all([github.close(), sigstore.close(), tokens.close()]);
  removeFolder(folder);
});

type Command = typeof install;

/** Runs a command at the present time; gives its exit code and all that it wrote. */
async function run(command: Command, at: string, ...args: readonly string[]): Promise<readonly [number, string]> {
  const { io, out, err } = testIo(join(folder, at), { HOME: join(folder, at) });
  const code = await command(args, { ...io, now: () => NOW });
  return [code, out() + err()];
}

async function job(file: string, name: string, event: string, needs = {}): Promise<JobResult> {
  const sha = git(remote, 'rev-parse', 'main');
  const work = join(folder, 'work');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  return runJob({
    file: join(store, '.github/workflows', file),
    job: name,
    remote,
    folder: work,
    event,
    payload: event === 'push' ? payloadOf('push', { base: '0'.repeat(40), head: sha }) : '{}',
    sha,
    needs,
    secrets: {
      PROOFMARK_INDEX_KEYS: ['bins', 'snapshot', 'timestamp']
        .map((role) => readFileSync(join(folder, 'keys', `${role}.pem`), 'utf8'))
        .join(''),
    },
    actions: { '': join(folder, 'home/dist/action.js'), 'actions/publish': join(folder, 'home/dist/publish.js') },
    inputs: sigstore.services,
    env: { GITHUB_API_URL: github.url, GITHUB_WORKFLOW_REF: WORKFLOW },
    identity: tokens.env,
  });
}

function push(message: string): void {
  git(store, 'add', '-A');
  git(store, 'commit', '-q', '-m', message);
  git(store, 'push', '-q', 'origin', 'HEAD:main');
}

/** What GitHub Pages would serve, and the trust file as a consumer gets it from the repository. */
function served(): readonly string[] {
  rmSync(join(folder, 'pages'), { recursive: true, force: true });
  git(folder, 'clone', '-q', '--branch', 'index', remote, 'pages');
  return ['--index', '../pages', '--trust', '../store/trust.json'];
}

describe.skipIf(!HAS_GIT)('a store that init wrote', { timeout: 120_000 }, () => {
  it('is set up once, by its owner', async () => {
    await run(init, '.', 'store', '--action', ACTION, '--owner', '@octo-org/agents');
    const operators = [{ name: 'octo', signers: [{ issuer: ISSUER, identity: IDENTITY }] }];
    const seals = { format: 'proofmark-trust/1', operators, trustedRoot: sigstore.trustedRoot };
    writeFileSync(join(folder, 'seals.json'), JSON.stringify(seals));
    const options = ['--store', 'store', '--index', 'index', '--keys', 'keys', '--trust', 'seals.json'];
    const [code, said] = await run(publish, '.', '--create', ...options);
    expect([code, said]).toEqual([0, expect.stringContaining('index/trust.json is the trust that consumers need')]);
    startRepository(join(folder, 'index'));
    cpSync(join(folder, 'index/trust.json'), join(store, 'trust.json'));
    startRepository(store);
    git(folder, 'clone', '-q', '--bare', store, remote);
    git(store, 'remote', 'add', 'origin', remote);
    git(join(folder, 'index'), 'push', '-q', remote, 'HEAD:index');
    github = await startStandIn(remote);
  });

  it('is verified by the workflow that judges, with no token and no identity', async () => {
    const verified = await job('verify.yml', 'verify', 'push');
    expect(verified).toMatchObject({ result: 'success', outcomes: ['success', 'success'] });
    expect(verified.steps[0]?.outputs).toMatchObject({ verdict: 'passed', level: 'proved' });
    expect([tokens.asked, github.requests]).toEqual([[], []]);
    for (const [result, ok] of [
      ['success', 'success'],
      ['failure', 'failure'],
      ['skipped', 'failure'],
      ['cancelled', 'failure'],
    ]) {
      expect((await job('verify.yml', 'proofmark-ok', 'push', { verify: result })).result).toBe(ok);
    }
  });

  it('is sealed, tagged, released and indexed by the workflow that publishes', async () => {
    const published = await job('publish.yml', 'publish', 'push');
    expect(published.outcomes).toEqual(['success', 'success', 'success', 'success']);
    expect(published.steps[0]?.outputs['tags']).toBe('examples/starter/v0.1.0');
    expect(git(remote, 'rev-parse', 'examples/starter/v0.1.0')).toBe(git(remote, 'rev-parse', 'main'));
    expect(github.releases.map(({ tag, draft, assets }) => [tag, draft, assets.size])).toEqual([
      ['examples/starter/v0.1.0', false, 9],
    ]);
    expect(git(remote, 'log', '-1', '--format=%an %s', 'index')).toBe(
      `github-actions[bot] Publish ${git(remote, 'rev-parse', 'main')}`,
    );
    expect(published.log).not.toMatch(/PRIVATE KEY|ghs_write|bearer/u);
    expect(github.broken).toEqual([]);
  });

  it('has a workflow that a consumer finds, looks at, installs and checks', async () => {
    const index = served();
    expect(await run(search, 'user', 'check', 'amount', ...index)).toEqual([
      0,
      expect.stringContaining(' 1. examples/starter@0.1.0  proved'),
    ]);
    expect(await run(show, 'user', 'examples/starter', ...index)).toEqual([
      0,
      expect.stringContaining('versions  0.1.0'),
    ]);
    expect(await run(install, 'user', 'examples/starter', ...index)).toEqual([
      0,
      'installed examples/starter@0.1.0 into workflows/examples/starter  proved, signed by octo\n',
    ]);
    expect(await run(check, 'user', ...index)).toEqual([0, '✓ examples/starter@0.1.0\n']);
    const [mine, theirs] = [join(folder, 'user/workflows/examples/starter'), join(store, 'workflows/examples/starter')];
    expect(readFileSync(join(mine, 'workflow.yaml'))).toEqual(readFileSync(join(theirs, 'workflow.yaml')));
    expect(readdirSync(mine)).toContain('SKILL.md');
  });

  it('indexes what passed when something else did not', async () => {
    await run(create, 'store', 'examples/good');
    await run(create, 'store', 'examples/wrong');
    edit(store, 'workflows/examples/wrong/tests/accepts-within-limit.yaml', (text) =>
      text.replace('accepted: true', 'accepted: false'),
    );
    push('two more');
    const published = await job('publish.yml', 'publish', 'push');
    expect(published).toMatchObject({ result: 'failure', outcomes: ['success', 'success', 'failure', 'success'] });
    expect(published.steps[0]?.outputs).toMatchObject({ verdict: 'failed', tags: 'examples/good/v0.1.0' });
    const index = served();
    expect((await run(install, 'user', 'examples/good', ...index))[0]).toBe(0);
    expect(await run(show, 'user', 'examples/wrong', ...index)).toEqual([
      2,
      expect.stringContaining('the index has no workflow examples/wrong'),
    ]);
  });

  it('signs its index again by the clock, and publishes nothing then', async () => {
    const version = (): number => {
      const timestamp = git(remote, 'show', 'index:metadata/timestamp.json');
      return (JSON.parse(timestamp) as { signed: { version: number } }).signed.version;
    };
    const [before, releases] = [version(), github.releases.length];
    rmSync(join(store, 'workflows/examples/wrong'), { recursive: true });
    push('one less');
    const renewed = await job('publish.yml', 'publish', 'schedule');
    expect(renewed.outcomes).toEqual(['success', 'success', 'success', 'success']);
    expect(renewed.steps[0]?.summary).toContain('## Proofmark: renewed');
    expect([version(), github.releases.length]).toEqual([before + 1, releases]);
    expect((await run(check, 'user', ...served()))[0]).toBe(0);
  });

  it('pushes nothing where nothing was signed', async () => {
    const before = git(remote, 'rev-parse', 'index');
    const published = await job('publish.yml', 'publish', 'push');
    expect(published).toMatchObject({ result: 'success', outcomes: ['success', 'success', 'success', 'success'] });
    expect(git(remote, 'rev-parse', 'index')).toBe(before);
    Object.assign(tokens, { status: 403 });
    edit(store, 'workflows/examples/good/workflow.yaml', (text) =>
      text.replace("version: '0.1.0'", "version: '0.1.1'"),
    );
    push('a release');
    const refused = await job('publish.yml', 'publish', 'push');
    expect(refused.outcomes).toEqual(['success', 'success', 'failure', 'success']);
    expect(git(remote, 'rev-parse', 'index')).toBe(before);
    expect(git(remote, 'tag', '--list', 'examples/good/v0.1.1')).toBe('');
  });
});
