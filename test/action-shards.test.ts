import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInto } from './built.ts';
import { HOSTILE } from './hostile.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { payloadOf, runStep, type Step } from './runner.ts';
import { edit, writeSampleStore, writeWorkflow } from './sample-store.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

/** One change judged by several jobs: the built actions plan, verify and report, each as a job of its own would run it. */

describe.skipIf(!HAS_GIT)('a change judged in parts', { timeout: 120_000 }, () => {
  let folder = '';
  let store = '';
  let commits: Readonly<Record<'base' | 'from' | 'head' | 'sha', string>>;

  beforeAll(async () => {
    folder = temporaryFolder();
    store = join(folder, 'store');
    await buildInto(join(folder, 'home'));
    writeSampleStore(store);
    startRepository(store);
    commit('start', () => {
      writeWorkflow(store, 'a/three');
      edit(store, 'workflows/a/one/README.md', (text) => `${text}\nMore.\n`);
      edit(store, 'workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    });
  }, 120_000);
  afterAll(() => removeFolder(folder));

  /** The next commit is the change. */
  function commit(message: string, change: () => void): void {
    const base = git(store, 'rev-parse', 'HEAD');
    change();
    git(store, 'add', '-A');
    git(store, 'commit', '-q', '-m', message);
    const sha = git(store, 'rev-parse', 'HEAD');
    commits = { base, from: base, head: sha, sha };
  }

  async function step(action: string, inputs: Readonly<Record<string, string>>): Promise<Step> {
    return runStep({
      main: join(folder, `home/dist/${action}.js`),
      workspace: store,
      temporary: folder,
      event: 'merge_group',
      payload: payloadOf('merge_group', commits),
      sha: commits.sha,
      inputs,
    });
  }

  /** Plans, then judges every part into a folder of its own, as artifacts are downloaded. */
  async function judged(
    reports: string,
  ): Promise<{ readonly count: string; readonly codes: readonly (number | null)[] }> {
    rmSync(reports, { recursive: true, force: true });
    const plan = await step('plan', {});
    expect(plan).toMatchObject({ code: 0, commands: [] });
    const codes: (number | null)[] = [];
    for (const [i, shard] of (JSON.parse(plan.outputs['shards'] ?? '') as readonly string[]).entries())
      codes.push((await step('action', { shard, output: join(reports, `part-${i}`) })).code);
    return { count: plan.outputs['count'] ?? '', codes };
  }

  const reports = (): string => join(folder, 'reports');

  it('is planned, judged and joined to one verdict', async () => {
    const { count, codes } = await judged(reports());
    expect([count, codes]).toEqual(['3', [0, 0, 0]]);
    const joined = await step('report', { reports: reports(), count });
    expect(joined).toMatchObject({
      code: 0,
      commands: [],
      outputs: {
        verdict: 'passed',
        outcome: 'judged',
        level: 'proved',
        report: join(folder, 'proofmark-report.json'),
      },
    });
    expect(joined.summary).toContain('## Proofmark: passed');
    const names = (
      JSON.parse(readFileSync(join(folder, 'proofmark-report.json'), 'utf8')) as { workflows: { name: string }[] }
    ).workflows;
    expect(names.map(({ name }) => name)).toEqual(['a/one', 'a/three', 'a/two']);
    expect((await step('plan', { most: '2' })).outputs['shards']).toBe('["1/2","2/2"]');
  });

  it('has no verdict where the report of a part is missing, was forged, or is another’s', async () => {
    const broken = join(folder, 'broken');
    const after = async (change: (path: string) => void): Promise<string> => {
      rmSync(broken, { recursive: true, force: true });
      cpSync(reports(), broken, { recursive: true });
      change(broken);
      const joined = await step('report', { reports: broken, count: '3' });
      expect(joined).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
      expect(joined.commands.map(({ name }) => name)).toEqual(['error']);
      return joined.commands[0]?.data ?? '';
    };
    expect(await after((at) => rmSync(join(at, 'part-1'), { recursive: true }))).toContain(
      'missing-shard: the report of part 2 of 3 is missing',
    );
    expect(await after((at) => rmSync(at, { recursive: true }) ?? mkdirSync(at))).toContain('missing-shard');
    expect(await after((at) => cpSync(join(at, 'part-0'), join(at, 'part-9'), { recursive: true }))).toContain(
      'repeated-shard: part 1 of 3 has two reports',
    );
    expect(await after((at) => writeFileSync(join(at, 'part-1/report.json'), '{}'))).toContain('unreadable-report');
    const hostile = JSON.stringify({ format: HOSTILE.join('\n') });
    expect(await after((at) => writeFileSync(join(at, 'part-1/report.json'), hostile))).toContain('unreadable-report');
    const other = { workflows: [], removed: [], owned: HOSTILE, law: false };
    const forged = (text: string): string => JSON.stringify({ ...(JSON.parse(text) as object), scope: other });
    expect(await after((at) => edit(at, 'part-2/report.json', forged))).toContain('different-scope');
    const fewer = await step('report', { reports: reports(), count: '2' });
    expect(fewer.commands[0]?.data).toContain('unexpected-shard');
  });

  it('fails where one part fails', async () => {
    commit('break', () => {
      edit(store, 'policies/no-mail.cedar', (text) => text.replace('A sample', 'Another'));
      edit(store, 'workflows/a/two/tests/accepts-within-limit.yaml', (text) =>
        text.replace('accepted: true', 'accepted: false'),
      );
    });
    const { count, codes } = await judged(reports());
    expect([count, codes]).toEqual(['3', [0, 0, 1]]);
    const joined = await step('report', { reports: reports(), count });
    expect(joined).toMatchObject({ code: 1, outputs: { verdict: 'failed', outcome: 'judged' } });
    // Under the law of the base and under the new one.
    expect(joined.log).toContain('FAIL a/two under the law of the base\nFAIL a/two under the law of the head\n');
    expect(joined.summary).toContain('**fail**');
  });

  it('has one part where there is nothing to check', async () => {
    commit('news', () => writeFileSync(join(store, 'NEWS.md'), 'News.\n'));
    const { count, codes } = await judged(reports());
    expect([count, codes]).toEqual(['1', [0]]);
    const joined = await step('report', { reports: reports(), count });
    expect(joined).toMatchObject({
      code: 0,
      outputs: { verdict: 'passed', outcome: 'nothing-to-check', level: 'none' },
    });
  });

  it.each([
    ['action', { shard: '3/2' }, /`shard` takes a part/u],
    ['action', { shard: '1/1000' }, /`shard` takes a part/u],
    ['action', { shard: '0/2' }, /`shard` takes a part/u],
    ['plan', { most: '0' }, /`most` takes a number/u],
    ['plan', { most: '257' }, /`most` takes a number/u],
    ['report', { count: '1' }, /`reports` names the folder/u],
    ['report', { reports: 'nowhere', count: '1' }, /names no folder that can be read/u],
    ['report', { reports: '.', count: '' }, /`count` takes the number/u],
  ])('refuses %s with %j', async (action, inputs, message) => {
    const refused = await step(action, inputs);
    expect(refused).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
    expect(refused.commands[0]?.data).toMatch(message);
  });

  it('cannot be planned where what it touches is not known', async () => {
    const shallow = join(folder, 'shallow');
    git(folder, 'clone', '-q', '--depth', '1', `file://${store}`, shallow);
    const before = store;
    store = shallow;
    const plan = await step('plan', {});
    store = before;
    expect(plan.code).toBe(2);
    expect(plan.outputs['shards']).toBeUndefined();
    expect(plan.commands[0]?.data).toMatch(/^scope-unknown: the clone is shallow/u);
  });
});
