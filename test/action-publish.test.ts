import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run as show } from '../src/cli/show.ts';
import { folderIndex } from '../src/connect/index-folder.ts';
import { keyFrom } from '../src/connect/key.ts';
import type { Signers } from '../src/registry/keys.ts';
import { newIndex } from '../src/registry/publish.ts';
import { indexTrustText } from '../src/registry/trust.ts';
import { readTrust, trustText } from '../src/seal/trust.ts';
import { verifySeal } from '../src/seal/verify.ts';
import { buildInto } from './built.ts';
import { startStandIn, type StandIn, TOKENS } from './github/stand-in.ts';
import { startTokens, type TokenService } from './github/tokens.ts';
import { HOSTILE } from './hostile.ts';
import { testIo } from './io.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { payloadOf, runStep, type Step } from './runner.ts';
import { edit, writeSampleStore } from './sample-store.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';
import { identityToken, type MockSigstore, PATHS, startSigstore } from './sigstore.ts';

/** The built publishing Action, spawned as the runner would, against GitHub's API on loopback and a bare repository. */

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

const KEY = newKey();

/** Who the job is, as a certificate of Fulcio has it. */
const ISSUER = 'https://token.actions.githubusercontent.com';
const IDENTITY = 'https://github.com/octo-org/store/.github/workflows/publish.yml@refs/heads/main';

let home = '';
let folder = '';
let store = '';
let remote = '';
let github: StandIn;

beforeAll(async () => {
  home = temporaryFolder();
  await buildInto(home);
}, 120_000);
afterAll(() => removeFolder(home));

beforeEach(async () => {
  folder = temporaryFolder();
  store = join(folder, 'store');
  remote = join(folder, 'remote.git');
  writeSampleStore(store);
  startRepository(store);
  git(folder, 'clone', '-q', '--bare', store, remote);
  git(store, 'remote', 'add', 'origin', remote);
  github = await startStandIn(remote);
});
afterEach(async () => {
  await github.close();
  removeFolder(folder);
  if (github.broken.length > 0) throw new Error(github.broken.join('\n'));
});

/** Commits what is in the folder and pushes it to main. */
function push(): void {
  git(store, 'commit', '-q', '-a', '-m', 'change');
  git(store, 'push', '-q', 'origin', 'main');
}

const ENV = (): Readonly<Record<string, string>> => ({
  GITHUB_API_URL: github.url,
  GITHUB_WORKFLOW_REF: 'octo-org/store/.github/workflows/publish.yml@refs/heads/main',
});

async function publish(more: Partial<Parameters<typeof runStep>[0]> = {}): Promise<Step> {
  const sha = git(store, 'rev-parse', 'HEAD');
  git(store, 'fetch', '-q', '--tags', 'origin');
  return runStep({
    main: join(home, 'dist/publish.js'),
    workspace: store,
    temporary: folder,
    event: 'push',
    payload: payloadOf('push', { base: '0'.repeat(40), head: sha }),
    sha,
    inputs: { token: TOKENS.write, key: KEY },
    env: ENV(),
    ...more,
  });
}

function tags(): readonly string[] {
  return git(remote, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/tags')
    .split('\n')
    .filter((line) => line !== '');
}

function released(): readonly string[] {
  return github.releases.map(({ tag, draft, assets }) => `${tag} ${draft ? 'draft' : 'public'} ${assets.size}`);
}

describe.skipIf(!HAS_GIT)('publishing', { timeout: 60_000 }, () => {
  it('seals what passes, tags that very commit, and releases package and bundles', async () => {
    const step = await publish();
    const sha = git(store, 'rev-parse', 'HEAD');
    expect(step).toMatchObject({
      code: 0,
      commands: [],
      outputs: { verdict: 'passed', tags: 'a/one/v0.1.0\na/two/v0.1.0', sealed: join(folder, 'proofmark/sealed') },
    });
    expect(tags()).toEqual([`a/one/v0.1.0 ${sha}`, `a/two/v0.1.0 ${sha}`]);
    expect(released()).toEqual(['a/one/v0.1.0 public 9', 'a/two/v0.1.0 public 9']);
    const packed = readFileSync(join(folder, 'proofmark/sealed/a/one/one-0.1.0.tar'));
    expect(github.releases[0]?.assets.get('one-0.1.0.tar')).toEqual(packed);
    expect(github.releases[0]?.body).toContain(createHash('sha256').update(packed).digest('hex'));
    const provenance = JSON.parse(
      github.releases[0]?.assets.get('one-0.1.0.provenance.sigstore.json')?.toString('utf8') ?? '',
    ) as { dsseEnvelope: { payload: string } };
    const statement = Buffer.from(provenance.dsseEnvelope.payload, 'base64').toString('utf8');
    expect(statement).toContain(sha);
    expect(statement).toContain('octo-org/store/.github/workflows/publish.yml@refs/heads/main');
    expect(step.summary).toContain('## Proofmark: published');
    expect(step.log).not.toContain('PRIVATE KEY');
    expect(step.log).not.toContain(TOKENS.write);
  });

  it('adds what it released to the index, where it is found', async () => {
    const index = join(folder, 'index');
    const keys = ['bins', 'snapshot', 'timestamp'].map(() => newKey());
    const signers = Object.fromEntries(
      ['root', 'targets', 'bins', 'snapshot', 'timestamp'].map((role, i) => [
        role,
        keyFrom(keys[i - 2] ?? newKey(), role),
      ]),
    );
    const root = await newIndex(folderIndex(index), signers as unknown as Signers, new Date());
    const seals = trustText('store', keyFrom(KEY, 'key').publicKey);
    writeFileSync(join(store, 'trust.json'), indexTrustText(Buffer.from(seals), 'sample', root));
    const inputs = { token: TOKENS.write, key: KEY, index, 'index-keys': keys.join('\n'), trust: 'trust.json' };

    // Killed after the release and before the index: the same run again adds it.
    const without = await publish({ inputs: { ...inputs, index: join(folder, 'no-index') } });
    expect(without.code).toBe(2);
    expect(released()).toEqual(['a/one/v0.1.0 public 9', 'a/two/v0.1.0 public 9']);
    expect(await publish({ inputs })).toMatchObject({ code: 0, commands: [] });
    expect(released()).toEqual(['a/one/v0.1.0 public 9', 'a/two/v0.1.0 public 9']);

    const { io, out } = testIo(folder, { HOME: folder });
    expect(
      await show(
        ['a/two', '--index', index, '--trust', join(store, 'trust.json'), '--state', join(folder, 'state')],
        io,
      ),
    ).toBe(0);
    expect(out()).toContain('a/two@0.1.0');

    edit(store, 'workflows/a/two/workflow.yaml', (text) => text.replace("version: '0.1.0'", "version: '0.1.1'"));
    push();
    const foreign = await publish({ inputs: { ...inputs, key: newKey() } });
    expect([foreign.code, released()]).toEqual([2, ['a/one/v0.1.0 public 9', 'a/two/v0.1.0 public 9']]);
    expect(foreign.commands[0]?.data).toContain('a/two@0.1.1');
    const missing = await publish({ inputs: { ...inputs, 'index-keys': keys[0] ?? '' } });
    expect(missing.commands[0]?.data).toContain('takes three keys');
  });

  it('leaves a released version alone, and publishes only what is new', async () => {
    await publish();
    const first = tags();
    edit(store, 'policies/no-mail.cedar', (text) => text.replace('A sample', 'Another'));
    push();
    const again = await publish();
    expect(again).toMatchObject({ code: 0, outputs: { verdict: 'passed', tags: '' } });
    expect(again.summary).toContain('nothing published');
    edit(store, 'workflows/a/two/workflow.yaml', (text) => text.replace("version: '0.1.0'", "version: '0.1.1'"));
    push();
    expect((await publish()).outputs['tags']).toBe('a/two/v0.1.1');
    expect(tags()).toEqual([...first, `a/two/v0.1.1 ${git(store, 'rev-parse', 'HEAD')}`]);
  });

  it('publishes nothing that fails, and fails', async () => {
    edit(store, 'workflows/a/two/tests/accepts-within-limit.yaml', (text) =>
      text.replace('accepted: true', 'accepted: false'),
    );
    push();
    const step = await publish();
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'failed', tags: 'a/one/v0.1.0' } });
    expect(step.commands[0]).toMatchObject({ name: 'error', properties: { title: 'functional/case-failed' } });
    expect(released()).toEqual(['a/one/v0.1.0 public 9']);
  });

  it.each([
    ['no token', { token: '' }, /there is no token.*contents: write/su],
    ['a token that GitHub does not know', { token: 'ghs_other' }, /does not know the token.*Bad credentials/su],
    ['a token without rights', { token: TOKENS.read }, /may not do that.*not accessible.*contents: write/su],
    ['neither key nor identity', { key: '' }, /no key, and no identity token.*id-token: write/su],
    ['a trust file that is none', { trust: 'store.yaml' }, /`trust` names no trust file/su],
    ['a trust file that is not there', { trust: 'nowhere.json' }, /`trust` names no file that can be read/su],
    [
      'a key that is none',
      { key: '-----BEGIN PRIVATE KEY-----\nxxxx\n-----END PRIVATE KEY-----' },
      /`key` holds no private key/su,
    ],
  ])('refuses %s and changes nothing', async (_, inputs, message) => {
    const step = await publish({ inputs: { token: TOKENS.write, key: KEY, ...inputs } });
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(step.commands.map(({ data }) => data).join('\n')).toMatch(message);
    expect([tags(), released()]).toEqual([[], []]);
  });

  it.each([
    ['pull_request', 'pull_request', 'push to the default branch'],
    ['a push to another branch', 'push', 'push to the default branch'],
  ])('refuses %s', async (_, event, message) => {
    const sha = git(store, 'rev-parse', 'HEAD');
    const payload = payloadOf(event, { base: sha, from: sha, head: sha, sha }).replaceAll(
      'refs/heads/main',
      'refs/heads/other',
    );
    const step = await publish({ event, payload });
    expect(step.code).toBe(2);
    expect(step.commands[0]?.data).toContain(message);
    expect(github.requests).toEqual([]);
  });

  it('refuses a commit that is no longer in the history of the branch', async () => {
    edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    push();
    git(remote, 'update-ref', 'refs/heads/main', git(remote, 'rev-parse', 'main~1'));
    const step = await publish();
    expect(step.code).toBe(2);
    expect(step.commands[0]?.data).toContain('not in the history of the default branch');
    expect(tags()).toEqual([]);
  });

  it('refuses a checkout that lacks the tags of releases', async () => {
    await publish();
    edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    push();
    const shallow = join(folder, 'shallow');
    git(folder, 'clone', '-q', '--depth', '1', '--no-tags', `file://${remote}`, shallow);
    const step = await publish({ workspace: shallow });
    expect(step.code).toBe(2);
    expect(step.commands[0]?.data).toMatch(/the clone is shallow.*fetch-depth: 0/su);
    const untagged = join(folder, 'untagged');
    git(folder, 'clone', '-q', '--no-tags', `file://${remote}`, untagged);
    const other = await publish({ workspace: untagged });
    expect(other.code).toBe(2);
    expect(other.commands[0]?.data).toMatch(/lacks a tag of a released version.*fetch-depth: 0/su);
  });

  it('refuses a tag that somebody moved in between', async () => {
    const other = git(store, 'commit-tree', '-m', 'other', 'HEAD^{tree}');
    git(store, 'push', '-q', 'origin', `${other}:refs/heads/other`);
    github.fault = (operation) => {
      if (operation === 'repos/update-release') git(remote, 'update-ref', 'refs/tags/a/one/v0.1.0', other);
      return undefined;
    };
    const step = await publish();
    expect(step.code).toBe(2);
    expect(step.commands[0]?.data).toContain('on another commit than the one that was verified');
  });

  it('obeys nothing that GitHub or a proxy in its place says', async () => {
    for (const message of [HOSTILE.slice(0, 5).join('\n'), HOSTILE.slice(5).join(' ')]) {
      github.fault = () => ({ status: 403, message });
      const step = await publish();
      expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
      expect(step.commands.map(({ name }) => name)).toEqual(['error']);
      expect(Object.keys(step.outputs)).toEqual(['verdict']);
      expect(step.summary).not.toMatch(/::|##\[|<(?!code>|\/code>)|@octo/u);
    }
  });

  it.each([
    ['a server error while a file is uploaded', 'repos/upload-release-asset', 3, { status: 502 }],
    ['a server error while the draft is published', 'repos/update-release', 1, { status: 500 }],
  ] as const)('loses nothing to %s: the next run does it', async (_, operation, nth, fault) => {
    let seen = 0;
    github.fault = (asked) => (asked === operation && (seen += 1) === nth ? fault : undefined);
    const step = await publish();
    expect(step.code).toBe(2);
    expect(step.commands).toHaveLength(1);
    expect([tags(), released().filter((line) => line.includes('public'))]).toEqual([[], []]);
    github.fault = undefined;
    expect((await publish()).code).toBe(0);
    expect(released()).toEqual(['a/one/v0.1.0 public 9', 'a/two/v0.1.0 public 9']);
    expect(tags()).toHaveLength(2);
  });
});

describe.skipIf(!HAS_GIT)('publishing without a key', { timeout: 60_000 }, () => {
  let sigstore: MockSigstore;
  let tokens: TokenService;
  beforeEach(async () => {
    sigstore = await startSigstore();
    tokens = await startTokens(identityToken(IDENTITY, ISSUER));
  });
  afterEach(async () => {
    await tokens.close();
    await sigstore.close();
  });

  /** The trust in one identity, as a file of the checkout that is not committed. */
  function trustIn(identity: string): string {
    const operators = [{ name: 'octo', signers: [{ issuer: ISSUER, identity }] }];
    const trust = { format: 'proofmark-trust/1', operators, trustedRoot: sigstore.trustedRoot };
    writeFileSync(join(store, 'trust.json'), JSON.stringify(trust));
    return 'trust.json';
  }

  async function publishKeyless(
    inputs: Readonly<Record<string, string>> = {},
    env = tokens.env,
    trusted = IDENTITY,
  ): Promise<Step> {
    return publish({
      inputs: { token: TOKENS.write, trust: trustIn(trusted), ...sigstore.services, ...inputs },
      env: { ...ENV(), ...env },
    });
  }

  it('signs as the job itself, with one certificate for each seal', async () => {
    const step = await publishKeyless();
    expect(step).toMatchObject({ code: 0, commands: [], outputs: { tags: 'a/one/v0.1.0\na/two/v0.1.0' } });
    expect(released()).toEqual(['a/one/v0.1.0 public 9', 'a/two/v0.1.0 public 9']);
    expect(sigstore.requests.filter((one) => one === `POST ${PATHS.fulcio}`)).toHaveLength(2);
    expect(tokens.asked).toEqual(['bearer?audience=sigstore', 'bearer?audience=sigstore']);
    const bundles = [...(github.releases[0]?.assets ?? [])].filter(([name]) => name.endsWith('.sigstore.json'));
    const seal = {
      package: github.releases[0]?.assets.get('one-0.1.0.tar') ?? Buffer.alloc(0),
      bundles: bundles.map(([name, bytes]) => ({ name, bytes })),
    };
    const trust = readTrust('trust.json', readFileSync(join(store, 'trust.json')));
    const expected = {
      store: 'sample',
      name: 'a/one',
      version: '0.1.0',
      level: 'hardened',
      day: '2026-11-23',
    } as const;
    expect(trust.ok && verifySeal(seal, trust.value, expected)).toMatchObject({
      ok: true,
      value: { operators: ['octo'] },
    });
    // As `gh attestation verify` wants it: SLSA provenance whose builder is the identity of the certificate.
    const provenance = bundles.find(([name]) => name.includes('.provenance.'))?.[1].toString('utf8') ?? '';
    const { payload } = (JSON.parse(provenance) as { dsseEnvelope: { payload: string } }).dsseEnvelope;
    expect(JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { runDetails: { builder: { id: IDENTITY } } },
    });
    expect(step.log).not.toContain(identityToken(IDENTITY, ISSUER));
    expect(step.log).not.toContain('bearer');
  });

  it('takes the key where there is one, and asks for no token', async () => {
    expect(await publishKeyless({ key: KEY, trust: '' })).toMatchObject({ code: 0 });
    expect([tokens.asked, sigstore.requests]).toEqual([[], []]);
  });

  it.each([
    ['a job that may not ask for a token', {}, /no key, and no identity token.*id-token: write/su],
    ['a token that is refused', { status: 403 }, /answered 403.*id-token: write/su],
    ['a token service that knows no such job', { status: 404 }, /answered 404/su],
    ['a token service that fails', { status: 503 }, /answered 503/su],
    ['a token service that answers nonsense', { body: '{"value":"no token"}' }, /gave none/su],
  ])('refuses %s and changes nothing', async (_, answer, message) => {
    Object.assign(tokens, answer);
    const step = await publishKeyless({}, Object.keys(answer).length === 0 ? {} : tokens.env);
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(step.commands.map(({ data }) => data).join('\n')).toMatch(message);
    expect([tags(), released()]).toEqual([[], []]);
    expect(step.log).not.toContain('bearer');
  });

  it.each([
    ['certificate authority', PATHS.fulcio, /the certificate authority gave no certificate/u],
    ['log', PATHS.rekor, /the transparency log took no entry/u],
    ['timestamp authority', PATHS.timestamp, /the timestamp authority gave no timestamp/u],
  ])('changes nothing when the %s fails', async (_, path, message) => {
    const whole = sigstore;
    sigstore = await startSigstore({ broken: [path] });
    await whole.close();
    const step = await publishKeyless();
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(step.commands[0]?.data).toMatch(message);
    expect([tags(), released()]).toEqual([[], []]);
  });

  it.each([
    ['another branch', IDENTITY.replace('main', 'next'), 'look-alike-identity'],
    ['another repository', IDENTITY.replace('octo-org/store', 'mallory/market'), 'wrong-identity'],
  ])('releases nothing that a trust in %s would refuse', async (_, identity, refusal) => {
    const step = await publishKeyless({}, tokens.env, identity);
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(step.commands[0]?.data).toContain(refusal);
    expect([tags(), released()]).toEqual([[], []]);
  });

  it('sends its token to nobody in the clear', async () => {
    const step = await publishKeyless({ fulcio: 'http://fulcio.example' });
    expect(step.code).toBe(2);
    expect(step.commands[0]?.data).toContain('the input `fulcio` takes an https address');
    expect(tokens.asked).toEqual([]);
  });
});
