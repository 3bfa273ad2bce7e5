import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder, writeFile } from '../../test/servers/install.ts';
import { ConnectError } from './error.ts';
import { type ObjectId, openRepository, type Repository } from './git.ts';

const { PATH } = env;
const HAS_GIT = spawnSync('git', ['--version']).status === 0;

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

function git(...args: readonly string[]): string {
  const clean = {
    PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b.example',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b.example',
  };
  return execFileSync('git', args, {
    cwd: folder,
    env: clean,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

function start(): void {
  git('init', '-q', '-b', 'main');
}

function commit(files: Readonly<Record<string, string>>): ObjectId {
  for (const [path, content] of Object.entries(files)) writeFile(folder, path, content);
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', 'x');
  return head();
}

function head(): ObjectId {
  const found = open().commit('HEAD');
  if (found === undefined) throw new Error('there is no HEAD');
  return found;
}

function open(inside = ''): Repository {
  const repository = openRepository(join(folder, inside), PATH);
  if (repository === undefined) throw new Error('there is no repository');
  return repository;
}

function contents(repository: Repository, id: ObjectId, inside?: string): Record<string, string> {
  const tree = repository.tree(id, inside);
  return Object.fromEntries(
    tree
      .list()
      .flatMap(({ path, kind }) => (kind === 'file' ? [[path, new TextDecoder().decode(tree.read(path))]] : [])),
  );
}

/** Writes an object that git itself would not write. */
function plant(type: 'tree' | 'blob', body: Buffer): string {
  const raw = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
  const id = createHash('sha1').update(raw).digest('hex');
  const place = join(folder, '.git/objects', id.slice(0, 2));
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, id.slice(2)), deflateSync(raw));
  return id;
}

function treeEntry(mode: string, name: string, id: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
}

function commitTree(tree: string): ObjectId {
  git('update-ref', 'HEAD', git('commit-tree', tree, '-m', 'planted'));
  return head();
}

describe.skipIf(!HAS_GIT)('a repository', () => {
  beforeEach(start);

  it('gives the files of a commit, whatever stands in the working tree', () => {
    const first = commit({ 'store.yaml': 'store: a\n', 'tools/b.yaml': 'x' });
    const second = commit({ 'store.yaml': 'store: b\n' });
    writeFile(folder, 'store.yaml', 'store: changed\n');
    expect(contents(open(), first)).toEqual({ 'store.yaml': 'store: a\n', 'tools/b.yaml': 'x' });
    expect(contents(open(), second)).toEqual({ 'store.yaml': 'store: b\n', 'tools/b.yaml': 'x' });
  });

  it('lists files, folders, links and submodules, sorted by code units', () => {
    writeFile(folder, 'a/b.txt', 'hello');
    writeFile(folder, 'a.txt', '');
    writeFile(folder, 'run.sh', '#!/bin/sh\n');
    chmodSync(join(folder, 'run.sh'), 0o755);
    symlinkSync('/etc/passwd', join(folder, 'link'));
    git('add', '-A');
    git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
    git('commit', '-q', '-m', 'x');
    expect(
      open()
        .tree(head())
        .list()
        .map(({ path, kind, size }) => [path, kind, size]),
    ).toEqual([
      ['a', 'directory', 0],
      ['a.txt', 'file', 0],
      ['a/b.txt', 'file', 5],
      ['link', 'link', 0],
      ['module', 'other', 0],
      ['run.sh', 'file', 10],
    ]);
    expect(open().tree(head()).read('link')).toBeUndefined();
    expect(open().tree(head()).read('none')).toBeUndefined();
  });

  it('tells files of equal content by equal ids', () => {
    const first = commit({ a: 'same', b: 'same', c: 'other' });
    const tree = open().tree(first);
    expect(tree.id('a')).toBe(tree.id('b'));
    expect(tree.id('a')).not.toBe(tree.id('c'));
  });

  it('gives exact bytes, also of files with line ends, NULs and no end of line', () => {
    writeFileSync(join(folder, 'raw'), Buffer.from([0, 13, 10, 255, 10, 10]));
    git('add', '-A');
    git('commit', '-q', '-m', 'x');
    expect([...(open().tree(head()).read('raw') ?? [])]).toEqual([0, 13, 10, 255, 10, 10]);
  });

  it('reads the folder that was opened', () => {
    const id = commit({ 'stores/a/store.yaml': 'in', 'store.yaml': 'out' });
    expect(open('stores/a').folder).toBe('stores/a');
    expect(contents(open('stores/a'), id)).toEqual({ 'store.yaml': 'in' });
    expect(contents(open(), id, 'stores')).toEqual({ 'a/store.yaml': 'in' });
  });

  it('gives an empty tree for a folder that the commit lacks, or that is a file there', () => {
    const id = commit({ a: 'file' });
    expect(open().tree(id, 'none').list()).toEqual([]);
    expect(open().tree(id, 'a').list()).toEqual([]);
    expect(open().tree(id, '..').list()).toEqual([]);
  });

  it('finds what branches diverged from', () => {
    const base = commit({ a: '1' });
    git('switch', '-q', '-c', 'topic');
    const topic = commit({ a: '2' });
    git('switch', '-q', 'main');
    const main = commit({ b: '3' });
    expect(open().mergeBase(topic, main)).toBe(base);
    git('switch', '-q', '--orphan', 'other');
    const other = commit({ c: '4' });
    expect(open().mergeBase(other, main)).toBeUndefined();
  });

  it.each(['HEAD', 'main', 'HEAD~1', 'main^', 'refs/heads/main'])('resolves %s', (ref) => {
    commit({ a: '1' });
    commit({ a: '2' });
    expect(open().commit(ref)).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each([
    '--all',
    '-h',
    '--output=x',
    '',
    ' ',
    'HEAD:a',
    'HEAD@{0}',
    '@{-1}',
    ':/x',
    'HEAD..main',
    'main main',
    'a\nb',
    '$(touch x)',
    'x'.repeat(300),
  ])('does not take %j for a revision', (ref) => {
    commit({ a: '1' });
    commit({ a: '2' });
    expect(open().commit(ref)).toBeUndefined();
  });

  it('lists released versions, through annotated tags and tags of tags', () => {
    const first = commit({ a: '1' });
    git('tag', 'finance/pay-invoice/v1.0.0');
    const second = commit({ a: '2' });
    git('tag', '-a', '-m', 'x', 'finance/pay-invoice/v1.1.0-rc.1');
    git('tag', '-a', '-m', 'x', 'health/check/v0.1.0', 'finance/pay-invoice/v1.1.0-rc.1');
    for (const name of ['v1.0.0', 'finance/v1.0.0', 'a/b/1.0.0', 'a/b/v1', 'A/b/v1.0.0', 'a/b/c/v1.0.0'])
      git('tag', name);
    expect(open().releases()).toEqual([
      { workflow: 'finance/pay-invoice', version: '1.0.0', commit: first },
      { workflow: 'finance/pay-invoice', version: '1.1.0-rc.1', commit: second },
      { workflow: 'health/check', version: '0.1.0', commit: second },
    ]);
  });

  it('refuses a release whose tag leads to no commit', () => {
    commit({ a: '1' });
    git('tag', 'a/blob/v1.0.0', 'HEAD:a');
    expect(() => open().releases()).toThrow('the tag of the release a/blob 1.0.0 leads to no commit');
  });

  it('has no releases before the first', () => {
    commit({ a: '1' });
    expect(open().releases()).toEqual([]);
  });
});

describe.skipIf(!HAS_GIT)('a hostile repository', () => {
  beforeEach(start);

  const marker = (): string => join(folder, 'executed');

  it('runs no hook, filter, text conversion, monitor or pager', () => {
    writeFile(folder, '.gitattributes', '* filter=evil diff=evil merge=evil\n');
    const script = `#!/bin/sh\ntouch ${marker()}\ncat\n`;
    writeFile(folder, 'evil.sh', script);
    chmodSync(join(folder, 'evil.sh'), 0o755);
    const id = commit({ a: '1' });
    const program = join(folder, 'evil.sh');
    for (const key of [
      'filter.evil.smudge',
      'filter.evil.process',
      'diff.evil.textconv',
      'core.fsmonitor',
      'core.pager',
      'core.sshCommand',
      'core.editor',
    ]) {
      git('config', key, program);
    }
    for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction']) {
      writeFile(folder, `.git/hooks/${hook}`, script);
      chmodSync(join(folder, '.git/hooks', hook), 0o755);
    }
    expect(contents(open(), id)['a']).toBe('1');
    open().releases();
    expect(existsSync(marker())).toBe(false);
  });

  it('fetches nothing that is missing', () => {
    const id = commit({ a: 'gone' });
    const blob = git('rev-parse', 'HEAD:a');
    rmSync(join(folder, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    appendFileSync(
      join(folder, '.git/config'),
      `[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = evil\n[remote "evil"]\n\tpromisor = true\n\turl = "ext::sh -c touch% ${marker()}"\n[protocol "ext"]\n\tallow = always\n[protocol]\n\tallow = always\n`,
    );
    expect(() => contents(open(), id)).toThrow(ConnectError);
    expect(existsSync(marker())).toBe(false);
  });

  it('replaces no object by another', () => {
    const id = commit({ a: 'true' });
    const lie = git('hash-object', '-w', 'a').length > 0 ? plant('blob', Buffer.from('lie')) : '';
    git('replace', git('rev-parse', 'HEAD:a'), lie);
    expect(contents(open(), id)).toEqual({ a: 'true' });
  });

  it.each(['..', '.', ''])('refuses a tree with an entry named %j', (name) => {
    commit({ a: '1' });
    const blob = git('rev-parse', 'HEAD:a');
    const id = commitTree(plant('tree', treeEntry('100644', name, blob)));
    expect(() => open().tree(id)).toThrow(ConnectError);
  });

  it('refuses a tree that lists one path twice', () => {
    commit({ a: '1' });
    const blob = git('rev-parse', 'HEAD:a');
    const id = commitTree(
      plant('tree', Buffer.concat([treeEntry('100644', 'a', blob), treeEntry('100644', 'a', blob)])),
    );
    expect(() => open().tree(id)).toThrow(ConnectError);
  });

  it('lists a name that is no text as something that cannot be read', () => {
    commit({ a: '1' });
    const blob = git('rev-parse', 'HEAD:a');
    const body = Buffer.concat([
      Buffer.from('100644 '),
      Buffer.from([0xff, 0xfe]),
      Buffer.from([0]),
      Buffer.from(blob, 'hex'),
    ]);
    const tree = open().tree(commitTree(plant('tree', body)));
    expect(tree.list().map(({ kind }) => kind)).toEqual(['other']);
  });

  it('reads names with line breaks and quotes as they are', () => {
    const id = commit({ 'a\n"b\t': 'odd' });
    expect(contents(open(), id)).toEqual({ 'a\n"b\t': 'odd' });
  });
});

describe('no repository', () => {
  it('is told apart from an empty one', () => {
    expect(openRepository(folder, PATH)).toBeUndefined();
    expect(openRepository(join(folder, 'none'), PATH)).toBeUndefined();
    expect(openRepository(folder, '/nowhere')).toBeUndefined();
  });
});
