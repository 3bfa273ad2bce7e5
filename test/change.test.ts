import { cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run as verify } from '../src/cli/verify.ts';
import { UsageError } from '../src/cli/io.ts';
import { testIo } from './io.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { edit as editIn, writeSampleStore, writeWorkflow } from './sample-store.ts';
import { removeFolder, temporaryFolder, writeFile } from './servers/install.ts';

/** `proofmark verify --base`: the law of the base judges what a change touches. */

let store = '';
let base = '';

beforeEach(() => {
  store = temporaryFolder();
  writeSampleStore(store);
  startRepository(store);
  base = git(store, 'rev-parse', 'HEAD');
});
afterEach(() => removeFolder(store));

function workflow(name: string): void {
  writeWorkflow(store, name);
}

function edit(path: string, change: (text: string) => string): void {
  editIn(store, path, change);
}

interface Seen {
  readonly code: number;
  readonly outcome: string;
  /** `<law>: <workflow> <rules found>`, one for each workflow and law. */
  readonly judged: readonly string[];
  readonly found: readonly string[];
  readonly scope: { readonly owned: readonly string[]; readonly removed: readonly string[] };
}

async function judge(...more: readonly string[]): Promise<Seen> {
  const { io, out } = testIo(store);
  const code = await verify(['--base', base, '--format', 'json', ...more], io);
  const report = JSON.parse(out()) as {
    outcome: string;
    scope: Seen['scope'];
    reports: {
      under: string;
      findings: { rule: string }[];
      workflows: { name: string; stages: { findings: { rule: string }[] }[] }[];
    }[];
  };
  return {
    code,
    outcome: report.outcome,
    scope: report.scope,
    judged: report.reports.flatMap(({ under, workflows }) =>
      workflows.map(({ name, stages }) =>
        [`${under}: ${name}`, ...new Set(stages.flatMap(({ findings }) => findings.map(({ rule }) => rule)))].join(' '),
      ),
    ),
    found: report.reports.flatMap(({ under, findings }) => findings.map(({ rule }) => `${under}: ${rule}`)),
  };
}

describe.skipIf(!HAS_GIT)('a change judged against its base', { timeout: 60_000 }, () => {
  it('judges only the workflow that it touches', async () => {
    edit('workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    expect(await judge()).toMatchObject({ code: 0, judged: ['base: a/two'] });
  });

  it('reads the head from git objects where it is named, whatever is in the folder', async () => {
    edit('workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    git(store, 'add', '-A');
    git(store, 'commit', '-q', '-m', 'more');
    rmSync(join(store, 'workflows/a/two'), { recursive: true });
    edit('store.yaml', () => 'nonsense');
    expect(await judge('--head', 'HEAD')).toMatchObject({ code: 0, judged: ['base: a/two'] });
  });

  it('counts only what the head changed where the base went on', async () => {
    edit('workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    git(store, 'checkout', '-q', '-b', 'head');
    git(store, 'commit', '-q', '-a', '-m', 'more');
    git(store, 'checkout', '-q', 'main');
    edit('workflows/a/one/README.md', (text) => `${text}\nMore.\n`);
    git(store, 'commit', '-q', '-a', '-m', 'other');
    base = git(store, 'rev-parse', 'HEAD');
    expect(await judge('--head', 'head')).toMatchObject({ code: 0, judged: ['base: a/two'] });
  });

  it('passes what touches no workflow, says so by name, and whose it is', async () => {
    writeFile(store, 'NEWS.md', 'News.\n');
    expect(await judge()).toEqual({
      code: 0,
      outcome: 'nothing-to-check',
      judged: [],
      found: [],
      scope: { law: false, owned: ['NEWS.md'], removed: [], workflows: [] },
    });
  });

  it('says the same to people', async () => {
    writeFile(store, 'NEWS.md', 'News.\n');
    const { io, out } = testIo(store);
    expect(await verify(['--base', base], io)).toBe(0);
    expect(out()).toContain(
      'nothing-to-check: Base and head were compared: the change touches no workflow and no law.',
    );
  });

  it('finds nothing to check only where the layout of the store holds', async () => {
    symlinkSync('two', join(store, 'workflows/a/three'));
    expect(await judge()).toMatchObject({ code: 1, outcome: 'judged', found: ['base: structure/not-a-regular-file'] });
  });

  it('fails a change that leaves no workflow', async () => {
    for (const name of ['one', 'two']) rmSync(join(store, 'workflows/a', name), { recursive: true });
    expect(await judge()).toMatchObject({ code: 1, outcome: 'judged', found: ['base: structure/empty-store'] });
  });

  it('refuses a shallow clone, in which releases are missing unseen', async () => {
    edit('workflows/a/two/README.md', (text) => `${text}\nMore.\n`);
    git(store, 'commit', '-q', '-a', '-m', 'more');
    const shallow = join(store, 'shallow');
    git(store, 'clone', '-q', '--depth', '1', `file://${store}`, shallow);
    await expect(verify(['--base', 'HEAD'], testIo(shallow).io)).rejects.toThrow(
      /^scope-unknown: the clone is shallow.*fetch-depth: 0/u,
    );
    await expect(verify([], testIo(shallow).io)).rejects.toThrow(/^the clone is shallow/u);
  });

  it('judges everything under both laws when the law changes', async () => {
    edit('policies/no-mail.cedar', (text) => text.replace('A sample', 'Another sample'));
    expect(await judge()).toMatchObject({
      code: 0,
      judged: ['base: a/one', 'base: a/two', 'head: a/one', 'head: a/two'],
    });
  });

  it('lets no change weaken the law that judges it', async () => {
    edit('workflows/a/two/contract.yaml', (text) =>
      text.replace('invariants:\n', '').replace(/ {2}- \{ id: calls-nothing.*\n/u, ''),
    );
    edit('workflows/a/two/tests/accepts-within-limit.yaml', (text) =>
      text.replace('accepted: true', 'accepted: false'),
    );
    edit('store.yaml', (text) => text.replace('low: tested', 'low: structured'));
    const { code, judged } = await judge();
    expect(code).toBe(1);
    expect(judged).toContain('base: a/two functional/case-failed');
  });

  it('holds a change to the law that it brings as well', async () => {
    edit('store.yaml', (text) => text.replace('low: tested', 'low: proved').replace('paths: 200', 'paths: 1'));
    const { code, judged } = await judge();
    expect({ code, laws: judged.map((line) => line.split(':')[0]) }).toEqual({
      code: 1,
      laws: ['base', 'base', 'head', 'head'],
    });
  });

  it('says with exit 2 that the law it brings cannot be read', async () => {
    edit('store.yaml', () => 'store: [\n');
    const { code, found } = await judge();
    expect(code).toBe(2);
    expect(found).toEqual(expect.arrayContaining(['head: structure/yaml-syntax']));
    expect(found.filter((line) => line.startsWith('base'))).toEqual([]);
  });

  it('refuses a workflow whose tool contract comes with it, and says why', async () => {
    cpSync('fixtures/store/tools/calendar.yaml', join(store, 'tools/calendar.yaml'));
    const transport = /^transport: (.*)$/mu.exec(readFileSync(join(store, 'tools/calendar.yaml'), 'utf8'))?.[1] ?? '';
    edit('workflows/a/two/workflow.yaml', (text) =>
      text.replace(
        'do:\n',
        `do:\n  - ask: { call: mcp, with: { method: tools/call, transport: ${transport}, parameters: { name: nothing, arguments: {} } } }\n`,
      ),
    );
    const { io, out } = testIo(store);
    expect(await verify(['--base', base], io)).toBe(1);
    const [underBase = '', underHead = ''] = out().split('under the law that the change brings');
    expect(underBase).toContain('error structure/unknown-server');
    expect(underBase).toContain('note: it comes with this change: the law is read from the base revision');
    expect(underHead).not.toContain('structure/unknown-server');
    expect(underHead).not.toContain('note: it comes');
  });

  it('refuses a namespace that the change itself grants', async () => {
    edit('store.yaml', (text) => text.replace('namespaces: {', "namespaces: { b: { owners: ['@sample/b'] },"));
    workflow('b/three');
    const { code, judged } = await judge();
    expect(code).toBe(1);
    expect(judged).toContain('base: b/three structure/namespace-unowned');
    expect(judged).toContain('head: b/three');
  });

  it('refuses a new name that looks like one of the base, though the change takes that away', async () => {
    edit('store.yaml', (text) => text.replace('namespaces: {', "namespaces: { b: { owners: ['@sample/b'] },"));
    git(store, 'commit', '-q', '-a', '-m', 'grant');
    base = git(store, 'rev-parse', 'HEAD');
    rmSync(join(store, 'workflows/a/two'), { recursive: true });
    workflow('b/two');
    const { code, judged, scope } = await judge();
    expect({ code, judged, removed: scope.removed }).toEqual({
      code: 1,
      judged: ['base: b/two structure/look-alike-name'],
      removed: ['a/two'],
    });
  });

  it.each([
    ['a commit that is not there', ['--base', 'f'.repeat(40)], /does not hold a commit that is needed/u],
    ['a workflow named beside it', ['--base', 'HEAD', '.', 'a/one'], /finds out itself/u],
    ['a head without a base', ['--head', 'HEAD'], /--head needs --base/u],
  ])('refuses %s', async (_, args, message) => {
    await expect(verify(args, testIo(store).io)).rejects.toThrow(message);
  });

  it('refuses a base without a law', async () => {
    git(store, 'checkout', '-q', '--orphan', 'empty');
    git(store, 'rm', '-q', '-r', '--cached', '.');
    git(store, 'commit', '-q', '--allow-empty', '-m', 'empty');
    git(store, 'checkout', '-q', '-f', '-b', 'new');
    await expect(verify(['--base', 'empty'], testIo(store).io)).rejects.toThrow(UsageError);
    await expect(verify(['--base', 'empty'], testIo(store).io)).rejects.toThrow(/holds no store\.yaml/u);
  });
});
