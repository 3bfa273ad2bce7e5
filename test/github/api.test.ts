import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, GithubApi } from '../../src/github/api.ts';
import { git, HAS_GIT, startRepository } from '../repository.ts';
import { removeFolder, temporaryFolder, writeFile } from '../servers/install.ts';
import { type Fault, startStandIn, type StandIn, TOKENS } from './stand-in.ts';

let folder = '';
let remote = '';
let github: StandIn;
let waits: number[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  remote = join(folder, 'remote.git');
  const source = join(folder, 'source');
  mkdirSync(source);
  writeFile(source, 'x', 'x');
  startRepository(source);
  git(folder, 'clone', '-q', '--bare', source, remote);
  github = await startStandIn(remote);
  waits = [];
});
afterEach(async () => {
  await github.close();
  removeFolder(folder);
});

function api(token: string = TOKENS.write): GithubApi {
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  return new GithubApi({ base: github.url, token, repository: 'octo-org/store', wait });
}

async function code(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
}

const DRAFT = { tag: 'a/one/v1.0.0', commit: 'a'.repeat(40), title: 'a/one 1.0.0', body: 'x' };

describe.skipIf(!HAS_GIT)('the client of GitHub', () => {
  it('asks only for what the description of the API has, with answers that it has', async () => {
    const head = git(remote, 'rev-parse', 'main');
    expect(await api().isAncestor(head, 'main')).toBe(true);
    const draft = await api().createDraft({ ...DRAFT, commit: head });
    await api().upload(draft, 'one.tar', Buffer.from([0, 1, 2]), 'no digest is given');
    expect(github.releases[0]?.assets.get('one.tar')).toEqual(Buffer.from([0, 1, 2]));
    expect(await api().publish(draft)).toMatchObject({ draft: false, tag_name: DRAFT.tag });
    expect(await api().tags('a/one/v')).toMatchObject([{ ref: 'refs/tags/a/one/v1.0.0', object: { sha: head } }]);
    expect(await api().releases(DRAFT.tag)).toMatchObject([{ id: draft.id }]);
    await api().remove(draft);
    expect(await api().releases(DRAFT.tag)).toEqual([]);
    expect(github.broken).toEqual([]);
  });

  it('is held to it: what the description has not is noticed', async () => {
    const headers = { authorization: `Bearer ${TOKENS.write}`, 'content-type': 'application/json' };
    await fetch(`${github.url}/repos/octo-org/store/nothing`, { headers });
    await fetch(`${github.url}/repos/octo-org/store/releases`, { method: 'POST', headers, body: '{"name":"x"}' });
    expect(github.broken).toEqual([
      'request GET /repos/octo-org/store/nothing: the description has no such operation',
      expect.stringMatching(/^request repos\/create-release: .*tag_name/u),
    ]);
  });

  it.each<[string, Fault, string, readonly number[]]>([
    ['401', { status: 401 }, 'unauthorized', []],
    ['403', { status: 403 }, 'forbidden', []],
    ['404', { status: 404 }, 'not-found', []],
    ['409', { status: 409 }, 'conflict', []],
    ['422', { status: 422 }, 'invalid', []],
    ['a redirect', { status: 307, headers: { location: 'https://evil.example/' } }, 'unexpected', []],
    ['500', { status: 500 }, 'unavailable', []],
    ['a rate limit', { status: 403, headers: { 'retry-after': '7' } }, 'rate-limited', [7000, 7000, 7000]],
    ['a rate limit without a time', { status: 429 }, 'rate-limited', [60_000, 60_000, 60_000]],
    ['a long rate limit', { status: 429, headers: { 'retry-after': '3600' } }, 'rate-limited', []],
    [
      'a spent rate limit',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' } },
      'rate-limited',
      [1000, 1000, 1000],
    ],
  ])('names what %s means, and repeats no write but after a rate limit', async (_, fault, expected, waited) => {
    github.fault = () => fault;
    expect(await code(api().createDraft(DRAFT))).toBe(expected);
    expect(waits).toEqual(waited);
    expect(github.requests).toHaveLength(1 + waited.length);
  });

  it('repeats a read when the server fails', async () => {
    github.fault = () => (github.requests.length < 3 ? { status: 502 } : undefined);
    expect(await api().tags('a')).toEqual([]);
    expect(waits).toEqual([2000, 4000]);
    github.fault = () => ({ status: 502 });
    expect(await code(api().tags('a'))).toBe('unavailable');
  });

  it('tells a token without rights from one that is not known', async () => {
    expect(await code(api('ghs_other').tags('a'))).toBe('unauthorized');
    expect(await code(api(TOKENS.read).createDraft(DRAFT))).toBe('forbidden');
  });

  it('says that GitHub cannot be reached, without its address', async () => {
    const closed = api();
    await github.close();
    const problem: unknown = await closed.createDraft(DRAFT).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'unavailable', message: 'GitHub cannot be reached' });
    github = await startStandIn(remote);
  });

  it.each([
    'https://evil.example/repos/x/releases/1/assets{?name,label}',
    'http://127.0.0.1.evil.example/x',
    'http://127.0.0.1:1@evil.example/x',
    'nonsense',
  ])('uploads nothing to %s', async (template) => {
    const release = { id: 1, tag_name: 'x', draft: true, upload_url: template, html_url: '' };
    expect(await code(api().upload(release, 'x', new Uint8Array(), ''))).toBe('unexpected');
    expect(github.requests).toEqual([]);
  });

  it.each([
    ['an address without https', { base: 'http://github.example', token: 'x', repository: 'a/b' }, 'unexpected'],
    ['no repository', { base: 'https://api.github.com', token: 'x', repository: '../b' }, 'unexpected'],
    ['no token', { base: 'https://api.github.com', token: '', repository: 'a/b' }, 'no-token'],
  ])('refuses %s', (_, options, expected) => {
    expect(() => new GithubApi(options)).toThrow(expect.objectContaining({ code: expected }) as Error);
  });
});
