import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../test/servers/install.ts';
import { installation } from './install-folder.ts';
import { RegistryError } from '../registry/error.ts';

const NAME = 'finance/pay-invoice';
let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

afterEach(() => removeFolder(root));

function files(texts: Readonly<Record<string, string>>) {
  return Object.entries(texts).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }));
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    throw error;
  }
  return 'done';
}

describe('an installed workflow', () => {
  it('stands in a folder of its own, whole, with nothing beside it', () => {
    const at = installation(root, 'workflows');
    expect(at.tree(NAME)).toBeUndefined();
    at.put(NAME, files({ 'SKILL.md': 'one', 'tests/pays.yaml': 'case' }));
    expect(
      at
        .tree(NAME)
        ?.list()
        .map(({ path }) => path),
    ).toEqual(['SKILL.md', 'tests', 'tests/pays.yaml']);
    expect(readdirSync(join(root, 'workflows/finance'))).toEqual(['pay-invoice']);
  });

  it('is replaced as one, so that no file of the version before stays', () => {
    const at = installation(root, 'workflows');
    at.put(NAME, files({ 'SKILL.md': 'one', 'old.md': 'one' }));
    at.put(NAME, files({ 'SKILL.md': 'two' }));
    expect(readdirSync(join(root, 'workflows', NAME))).toEqual(['SKILL.md']);
    expect(readFileSync(join(root, 'workflows', NAME, 'SKILL.md'), 'utf8')).toBe('two');
    expect(readdirSync(join(root, 'workflows/finance'))).toEqual(['pay-invoice']);
  });

  it.each(['../outside', '/etc/outside', 'a/../../outside', 'C:\\outside', 'a\\..\\b', '', '.', 'nul'])(
    'never has a file at %j, also when whoever read the package let it pass',
    (path) => {
      const at = installation(root, 'workflows');
      at.put(NAME, files({ 'SKILL.md': 'one' }));
      expect(() => at.put(NAME, files({ 'SKILL.md': 'two', [path]: 'escaped' }))).toThrow(/lead nowhere else/);
      expect(readFileSync(join(root, 'workflows', NAME, 'SKILL.md'), 'utf8')).toBe('one');
      expect(readdirSync(join(root, 'workflows/finance'))).toEqual(['pay-invoice']);
    },
  );

  it.each(['workflows', 'workflows/finance', `workflows/${NAME}`])('is not put through a link at %s', (link) => {
    const outside = join(root, 'outside');
    mkdirSync(outside);
    mkdirSync(join(root, link, '..'), { recursive: true });
    symlinkSync(outside, join(root, link));
    const at = installation(root, 'workflows');
    const isItsOwn = link.endsWith(NAME);
    // A link in its own place is replaced, not followed.
    expect(codeOf(() => at.put(NAME, files({ 'SKILL.md': 'one' })))).toBe(isItsOwn ? 'done' : 'occupied');
    expect(readdirSync(outside)).toEqual([]);
  });

  it('is not read through a link', () => {
    mkdirSync(join(root, 'outside/pay-invoice'), { recursive: true });
    mkdirSync(join(root, 'workflows'));
    symlinkSync(join(root, 'outside'), join(root, 'workflows/finance'));
    expect(codeOf(() => installation(root, 'workflows').tree(NAME))).toBe('occupied');
  });

  it('is refused where a file stands in the way', () => {
    writeFileSync(join(root, 'workflows'), 'a file');
    expect(codeOf(() => installation(root, 'workflows').put(NAME, files({ a: 'b' })))).toBe('occupied');
    expect(existsSync(join(root, 'finance'))).toBe(false);
  });
});
