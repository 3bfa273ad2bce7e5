import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildInto } from './built.ts';
import { HOSTILE } from './hostile.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { payloadOf, runStep, type Step } from './runner.ts';
import { edit, writeSampleStore, writeWorkflow } from './sample-store.ts';
import { removeFolder, temporaryFolder, writeFile } from './servers/install.ts';

/** The built Action, spawned as the runner would, on real commits. It gets no token and no network. */

let home = '';
let folder = '';
let store = '';

beforeAll(async () => {
  home = temporaryFolder();
  await buildInto(home);
}, 120_000);
afterAll(() => removeFolder(home));

beforeEach(() => {
  folder = temporaryFolder();
  store = join(folder, 'store');
  writeSampleStore(store);
  startRepository(store);
});
afterEach(() => removeFolder(folder));

interface Commits extends Record<string, string> {
  readonly base: string;
  readonly from: string;
  readonly head: string;
  readonly sha: string;
}

/** Commits what is in the folder on a branch, then GitHub's merge of it into main, and checks that out. */
function openPullRequest(): Commits {
  const from = git(store, 'rev-parse', 'main');
  git(store, 'checkout', '-q', '-b', 'fix');
  git(store, 'add', '-A');
  git(store, 'commit', '-q', '-m', 'fix');
  const head = git(store, 'rev-parse', 'HEAD');
  git(store, 'checkout', '-q', '--detach', 'main');
  git(store, 'merge', '-q', '--no-ff', '-m', 'merge', 'fix');
  return { base: git(store, 'rev-parse', 'main'), from, head, sha: git(store, 'rev-parse', 'HEAD') };
}

async function verify(
  event: string,
  commits: Commits,
  more: Partial<Parameters<typeof runStep>[0]> = {},
): Promise<Step> {
  return runStep({
    main: join(home, 'dist/action.js'),
    workspace: store,
    temporary: folder,
    event: event.split('.')[0] ?? '',
    payload: payloadOf(event, commits),
    sha: commits.sha,
    ...more,
  });
}

interface Written {
  readonly reports: readonly { readonly under: string; readonly workflows: readonly { readonly name: string }[] }[];
}

function judged(step: Step): readonly string[] {
  const report = JSON.parse(readFileSync(step.outputs['report'] ?? '', 'utf8')) as Written;
  return report.reports.flatMap(({ under, workflows }) => workflows.map(({ name }) => `${under}: ${name}`));
}

const BREAK = (text: string): string => text.replace('accepted: true', 'accepted: false');

describe.skipIf(!HAS_GIT)('the Action', { timeout: 60_000 }, () => {
  it.each(['pull_request', 'pull_request.fork', 'merge_group', 'push'])(
    'passes a good change on %s, and judges only what it touches',
    async (event) => {
      edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
      const commits = openPullRequest();
      const step = await verify(event, commits);
      expect(step).toMatchObject({
        code: 0,
        commands: [],
        outputs: {
          verdict: 'passed',
          outcome: 'judged',
          level: 'proved',
          report: join(folder, 'proofmark/report.json'),
          evidence: join(folder, 'proofmark'),
        },
      });
      expect(judged(step)).toEqual(['base: a/two']);
      expect(step.summary).toContain('## Proofmark: passed');
      expect(existsSync(join(folder, 'proofmark/base/a/two/evidence.json'))).toBe(true);
    },
  );

  it.each(['pull_request', 'pull_request.fork', 'merge_group', 'push'])(
    'passes a change of the documentation on %s, and says that there was nothing to check',
    async (event) => {
      writeFile(store, 'NEWS.md', 'News.\n');
      const step = await verify(event, openPullRequest());
      expect(step).toMatchObject({
        code: 0,
        commands: [],
        outputs: { verdict: 'passed', outcome: 'nothing-to-check', level: 'none' },
      });
      expect(step.log).toContain('nothing-to-check: Base and head were compared');
      expect(step.summary).toContain('## Proofmark: passed (nothing-to-check)');
      expect(step.summary).toContain('NEWS');
      const report = JSON.parse(readFileSync(step.outputs['report'] ?? '', 'utf8')) as object;
      expect(report).toMatchObject({ outcome: 'nothing-to-check', passed: true, reports: [{ under: 'base' }] });
    },
  );

  it('fails a bad one with an annotation at the line, the summary, and a witness', async () => {
    edit(store, 'workflows/a/two/tests/accepts-within-limit.yaml', BREAK);
    const step = await verify('pull_request.fork', openPullRequest());
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'failed' } });
    expect(step.commands.map(({ name, properties }) => ({ name, ...properties }))).toEqual([
      {
        name: 'error',
        title: 'functional/case-failed',
        file: 'workflows/a/two/tests/accepts-within-limit.yaml',
        line: expect.stringMatching(/^\d+$/u) as string,
        col: expect.stringMatching(/^\d+$/u) as string,
      },
    ]);
    expect(step.summary).toContain('## Proofmark: failed');
    expect(step.summary).toContain('functional/case-failed');
  });

  it('judges the merge: what others merged meanwhile is law, and is not the change', async () => {
    edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    git(store, 'checkout', '-q', '-b', 'fix');
    git(store, 'commit', '-q', '-a', '-m', 'fix');
    const head = git(store, 'rev-parse', 'HEAD');
    git(store, 'checkout', '-q', 'main');
    const base = git(store, 'rev-parse', 'HEAD');
    edit(store, 'store.yaml', (text) => text.replace('low: tested', 'low: proved').replace('paths: 200', 'paths: 1'));
    git(store, 'commit', '-q', '-a', '-m', 'stricter');
    git(store, 'checkout', '-q', '--detach');
    git(store, 'merge', '-q', '--no-ff', '-m', 'merge', 'fix');
    const sha = git(store, 'rev-parse', 'HEAD');
    const step = await verify('pull_request', { base, from: base, head, sha });
    expect(judged(step)).toEqual(['base: a/two']);
    expect(step.outputs['verdict']).toBe('failed');
    // Where the head itself was checked out, the law is that of the base that the event names.
    git(store, 'checkout', '-q', head);
    const alone = await verify('pull_request', { base, from: base, head, sha: head });
    expect(judged(alone)).toEqual(['base: a/two']);
    expect(alone.outputs['verdict']).toBe('passed');
  });

  it('reads nothing from the checked out files', async () => {
    edit(store, 'workflows/a/two/tests/accepts-within-limit.yaml', BREAK);
    const commits = openPullRequest();
    git(store, 'checkout', '-q', 'main');
    rmSync(join(store, 'store.yaml'));
    expect(await verify('pull_request', commits)).toMatchObject({ code: 1, outputs: { verdict: 'failed' } });
  });

  it('judges a change of law under both laws', async () => {
    edit(store, 'store.yaml', (text) => text.replace('low: tested', 'low: proved').replace('paths: 200', 'paths: 1'));
    edit(store, 'workflows/a/two/tests/accepts-within-limit.yaml', BREAK);
    const step = await verify('pull_request', openPullRequest());
    expect(step.code).toBe(1);
    expect(judged(step)).toEqual(['base: a/one', 'base: a/two', 'head: a/one', 'head: a/two']);
    expect(step.commands.map(({ properties }) => properties['title'])).toEqual([
      'functional/case-failed (law of the base)',
      'policy/unproved (law of the change)',
      'policy/unproved (law of the change)',
    ]);
    expect(step.summary).toContain('Under the law of the base revision: failed');
    expect(step.summary).toContain('Under the law that the change brings: failed');
    expect(step.summary).toMatch(/for the store's owners to decide: <code>store&#46;yaml<\/code>/u);
  });

  it('judges everything where there is nothing to compare with', async () => {
    const sha = git(store, 'rev-parse', 'HEAD');
    const commits = { base: '0'.repeat(40), from: sha, head: sha, sha };
    expect(judged(await verify('push', commits))).toEqual(['head: a/one', 'head: a/two']);
    const asked = await verify('push', commits, { event: 'workflow_dispatch', payload: '{}' });
    expect(judged(asked)).toEqual(['head: a/one', 'head: a/two']);
  });

  it('finds the store in a folder of the checkout', async () => {
    const inner = join(folder, 'outer');
    writeSampleStore(join(inner, 'agents'));
    startRepository(inner);
    store = inner;
    edit(store, 'agents/workflows/a/two/tests/accepts-within-limit.yaml', BREAK);
    const step = await verify('pull_request', openPullRequest(), { inputs: { store: 'agents' } });
    expect(judged(step)).toEqual(['base: a/two']);
    expect(step.commands[0]?.properties['file']).toBe('agents/workflows/a/two/tests/accepts-within-limit.yaml');
  });

  it.each([
    ['pull_request_target', '{}', /use pull_request/u],
    ['issue_comment', '{}', /not one that Proofmark verifies/u],
    ['pull_request', '{"number":1}', /not what GitHub documents/u],
    ['pull_request', 'not JSON', /cannot be read/u],
    ['push', '{"ref":"refs/heads/main","before":"--upload-pack=x","after":"HEAD"}', /expected the id of a commit/u],
  ])('refuses %s with the payload %s', async (event, payload, message) => {
    const sha = git(store, 'rev-parse', 'HEAD');
    const step = await verify('push', { base: sha, from: sha, head: sha, sha }, { event, payload });
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(step.commands).toHaveLength(1);
    expect(step.commands[0]?.data).toMatch(message);
  });

  it('asks for the whole history where some of it is missing', async () => {
    edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    const commits = openPullRequest();
    git(store, 'branch', 'merged');
    const shallow = join(folder, 'shallow');
    git(folder, 'clone', '-q', '--depth', '1', '--branch', 'merged', `file://${store}`, shallow);
    const step = await verify('pull_request', commits, { workspace: shallow });
    const outputs = { verdict: 'error', outcome: 'scope-unknown', level: 'none' };
    expect(step).toMatchObject({ code: 2, outputs });
    expect(step.commands[0]?.data).toMatch(/^scope-unknown: the clone is shallow.*fetch-depth: 0/su);
    expect(step.summary).toContain('## Proofmark: no verdict');
    // Also where the two commits happen to be there: what was released is missing all the same.
    git(shallow, 'fetch', '-q', '--depth', '2', 'origin', 'merged');
    expect(await verify('pull_request', commits, { workspace: shallow })).toMatchObject({ code: 2, outputs });
    const absent = await verify('merge_group', { ...commits, base: 'f'.repeat(40) });
    expect(absent).toMatchObject({ code: 2, outputs });
    expect(absent.commands[0]?.data).toMatch(/^scope-unknown: .*does not hold a commit.*fetch-depth: 0/su);
  });

  it('has no verdict on histories that share nothing', async () => {
    edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    const commits = openPullRequest();
    const alone = git(store, 'commit-tree', '-m', 'alone', 'HEAD^{tree}');
    const step = await verify('merge_group', { ...commits, head: alone });
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error', outcome: 'scope-unknown' } });
    expect(step.commands[0]?.data).toContain('scope-unknown: base and head share no commit');
  });

  it('refuses a pull request whose base has no law', async () => {
    git(store, 'rm', '-q', '-r', '.');
    git(store, 'commit', '-q', '-m', 'empty');
    writeSampleStore(store);
    const step = await verify('pull_request', openPullRequest());
    expect(step).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(step.commands[0]?.data).toContain('holds no store.yaml');
  });

  it('judges a pull request of 3,000 files', async () => {
    for (let i = 0; i < 1500; i += 1) {
      writeFile(store, `docs/page-${i}.md`, `${i}\n`);
      writeFile(store, `workflows/a/two/extra-${i}.txt`, `${i}\n`);
    }
    const step = await verify('pull_request', openPullRequest());
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'failed' } });
    expect(judged(step)).toEqual(['base: a/two']);
    expect(step.commands.filter(({ name }) => name === 'error')).toHaveLength(10);
    expect(step.commands.at(-1)).toMatchObject({ name: 'notice', properties: { title: '1490 more findings' } });
    expect(Buffer.byteLength(step.summary)).toBeLessThan(1024 * 1024);
    expect(step.summary).toContain('and 1480 more');
  }, 60_000);
});

describe.skipIf(!HAS_GIT)('hostile text of an author', () => {
  it('commands nothing, in names of files and in what they hold', async () => {
    HOSTILE.forEach((text, i) => {
      const quoted = JSON.stringify(text);
      writeFileSync(join(store, `owned ${text.replaceAll('/', '\u2215')}`), 'x\n');
      const stray = `a/stray-${'abcdefghijklmnopqrstuvwxyz'[i]}`;
      writeWorkflow(store, stray);
      writeFileSync(join(store, 'workflows', stray, text.replaceAll('/', '\u2215')), 'x\n');
      const key = `a/key-${'abcdefghijklmnopqrstuvwxyz'[i]}`;
      writeWorkflow(store, key);
      edit(store, `workflows/${key}/contract.yaml`, (old) => `${old}${quoted}: 1\n`);
      edit(store, `workflows/${key}/workflow.yaml`, (old) =>
        old.replace('${ .amount <= .limit }', JSON.stringify(`\${ .amount ${text} }`)),
      );
      const output = `a/output-${'abcdefghijklmnopqrstuvwxyz'[i]}`;
      writeWorkflow(store, output);
      edit(store, `workflows/${output}/tests/accepts-within-limit.yaml`, (old) =>
        old.replace(/^name: .*$/mu, `name: ${quoted}`).replace('accepted: true', `accepted: ${quoted}`),
      );
    });
    const step = await verify('pull_request.fork', openPullRequest());
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'failed' } });
    expect(judged(step).filter((line) => line.startsWith('base: '))).toHaveLength(3 * HOSTILE.length);
    const titles = step.commands.map(({ name, properties }) => `${name} ${properties['title'] ?? ''}`);
    expect(titles.filter((title) => !/^error [a-z]+\/[a-z-]+$|^notice \d+ more findings$/u.test(title))).toEqual([]);
    expect(titles).toHaveLength(11);
    expect(Object.keys(step.outputs).sort()).toEqual(['evidence', 'level', 'outcome', 'report', 'verdict']);
    // Outside our own markup nothing is left that GitHub would render.
    const shown = step.summary
      .replaceAll(/<code>[A-Za-z0-9 \u00a1-\u{10ffff}&#;]*<\/code>/gu, '')
      .replaceAll('<br>', '');
    expect(shown).not.toMatch(/[<>@[\]]|::|http/u);
    expect(step.summary).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2028]/u);
  }, 60_000);
});
