import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder, writeFile } from '../../test/servers/install.ts';
import { gitReleases } from './releases.ts';

const HAS_GIT = spawnSync('git', ['--version']).status === 0;

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

function git(...args: readonly string[]): void {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.example'];
  execFileSync('git', [...identity, ...args], {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: env['PATH'], HOME: folder },
  });
}

function release(version: string, content: string, store = ''): void {
  writeFile(folder, join(store, 'workflows/finance/pay/workflow.yaml'), content);
  git('add', '-A');
  git('commit', '-q', '-m', version);
  git('tag', `finance/pay/v${version}`);
}

function contents(store = ''): readonly (readonly [string, string])[] {
  return gitReleases(join(folder, store), env['PATH'])
    .of('finance/pay')
    .map(({ version, tree }) => [version, new TextDecoder().decode(tree.read('workflow.yaml'))] as const);
}

describe.skipIf(!HAS_GIT)('gitReleases', () => {
  beforeEach(() => git('init', '-q'));

  it('gives the workflow’s folder as it was at each tag, newest last', () => {
    for (const version of ['1.10.0', '1.2.0', '2.0.0-rc.1', '1.9.0']) release(version, `version ${version}`);
    writeFile(folder, 'workflows/finance/pay/workflow.yaml', 'changed since');
    expect(contents()).toEqual([
      ['1.2.0', 'version 1.2.0'],
      ['1.9.0', 'version 1.9.0'],
      ['1.10.0', 'version 1.10.0'],
      ['2.0.0-rc.1', 'version 2.0.0-rc.1'],
    ]);
  });

  it('finds a store in a folder of its repository', () => {
    release('1.0.0', 'inside', 'stores/a');
    expect(contents('stores/a')).toEqual([['1.0.0', 'inside']]);
  });

  it('passes over what is no version', () => {
    release('01.0.0', 'x');
    expect(contents()).toEqual([]);
  });

  it('gives none for another workflow', () => {
    release('1.0.0', 'x');
    expect(gitReleases(folder, env['PATH']).of('finance/refund')).toEqual([]);
  });
});

describe('a store whose releases cannot be known', () => {
  it.skipIf(!HAS_GIT)('is a shallow clone: its tags were left out with its history', () => {
    git('init', '-q');
    release('1.0.0', 'x');
    release('1.1.0', 'y');
    const shallow = join(folder, 'shallow');
    git('clone', '-q', '--depth', '1', '--no-tags', `file://${folder}`, shallow);
    expect(() => gitReleases(shallow, env['PATH']).of('finance/pay')).toThrow(/shallow.*cannot be known/u);
    // Who only runs a workflow takes what is there.
    expect(gitReleases(shallow, env['PATH'], { judging: false }).of('finance/pay')).toEqual([]);
    git('-C', shallow, 'fetch', '-q', '--unshallow', '--tags');
    expect(gitReleases(shallow, env['PATH']).of('finance/pay')).toHaveLength(2);
  });

  it('is in a repository that git cannot read', () => {
    writeFile(folder, '.git', 'gitdir: /nowhere\n');
    writeFile(folder, 'stores/a/store.yaml', '');
    expect(() => gitReleases(join(folder, 'stores/a'), env['PATH'])).toThrow(/git cannot read here/u);
    expect(gitReleases(folder, env['PATH'], { judging: false }).of('finance/pay')).toEqual([]);
  });

  it('is in a repository where there is no git', () => {
    writeFile(folder, '.git/HEAD', 'ref: refs/heads/main\n');
    expect(() => gitReleases(folder, join(folder, 'bin'))).toThrow(/git cannot read here/u);
  });
});

describe('a store outside git', () => {
  it('has no releases', () => {
    expect(gitReleases(folder, env['PATH']).of('finance/pay')).toEqual([]);
  });
});
