import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  installServer,
  lockOf,
  removeFolder,
  temporaryFolder,
  TEST_INTEGRITY,
  TEST_PACKAGE,
  TEST_VERSION,
  writeFile,
} from '../../test/servers/install.ts';
import { ConnectError } from './error.ts';
import type { InstalledPackage } from './npm.ts';
import { checkPin, findPackage } from './npm.ts';

const SPEC = { name: TEST_PACKAGE, version: TEST_VERSION };
const HOME = `node_modules/${TEST_PACKAGE}`;

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  installServer(folder);
});
afterEach(() => removeFolder(folder));

function find(version = TEST_VERSION): InstalledPackage {
  return findPackage({ name: TEST_PACKAGE, version }, [folder]);
}

function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConnectError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no problem';
}

describe('findPackage', () => {
  it('finds the program and what the lock says of it', () => {
    expect(find()).toEqual({
      ...SPEC,
      folder: join(folder, HOME),
      bin: join(folder, HOME, 'server.mjs'),
      integrity: TEST_INTEGRITY,
      lock: expect.stringMatching(/^sha256-[A-Za-z0-9+/]{43}=$/) as unknown,
    });
  });

  it('looks in the folders above', () => {
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    expect(findPackage(SPEC, [join(folder, 'a/b')]).folder).toBe(join(folder, HOME));
  });

  it('looks in one folder after the other', () => {
    const other = temporaryFolder();
    expect(findPackage(SPEC, [other, folder]).folder).toBe(join(folder, HOME));
    removeFolder(other);
  });

  it('names the version that is there instead', () => {
    expect(problem(() => find('1.0.1'))).toBe(
      `package-mismatch: node_modules has ${TEST_PACKAGE} 1.0.0; the tool contract pins 1.0.1`,
    );
  });

  it('says when the package is absent', () => {
    expect(problem(() => findPackage({ name: '@proofmark.example/none', version: '1.0.0' }, [folder]))).toMatch(
      /^package-not-found/,
    );
  });

  const broken: readonly (readonly [string, () => void, RegExp])[] = [
    ['has no lock of npm', () => writeFile(folder, 'node_modules/.package-lock.json', {}), /does not cover/],
    [
      'is not in the lock',
      () => writeFile(folder, 'node_modules/.package-lock.json', lockOf({ [HOME]: undefined })),
      /does not cover/,
    ],
    [
      'is another version in the lock',
      () =>
        writeFile(
          folder,
          'node_modules/.package-lock.json',
          lockOf({ [HOME]: { version: '9.9.9', integrity: 'sha512-x' } }),
        ),
      /no integrity for/,
    ],
    [
      'was installed from elsewhere than the lock file says',
      () =>
        writeFile(
          folder,
          'package-lock.json',
          lockOf({ [HOME]: { version: TEST_VERSION, integrity: 'sha512-other' } }),
        ),
      /disagree/,
    ],
    [
      'has a dependency that differs from the lock file',
      () =>
        writeFile(
          folder,
          'package-lock.json',
          lockOf({ 'node_modules/a-dependency': { version: '2.0.1', integrity: 'sha512-x' } }),
        ),
      /disagree on a-dependency/,
    ],
    [
      'lacks a dependency',
      () => writeFile(folder, 'node_modules/.package-lock.json', lockOf({ 'node_modules/a-dependency': undefined })),
      /a-dependency, which .* needs, is not installed/,
    ],
    [
      'has a dependency without integrity',
      () => {
        const lock = lockOf({ 'node_modules/a-dependency': { version: '2.0.0' } });
        writeFile(folder, 'package-lock.json', lock);
        writeFile(folder, 'node_modules/.package-lock.json', lock);
      },
      /no integrity for a-dependency/,
    ],
    [
      'names a program outside itself',
      () => writeFile(folder, `${HOME}/package.json`, { ...SPEC, bin: '../../../package-lock.json' }),
      /outside the package/,
    ],
    ['names no program', () => writeFile(folder, `${HOME}/package.json`, { ...SPEC }), /no single program/],
    [
      'names several programs and none is its own',
      () => writeFile(folder, `${HOME}/package.json`, { ...SPEC, bin: { a: 'server.mjs', b: 'server.mjs' } }),
      /no single program/,
    ],
    ['has a lock that is no JSON', () => writeFile(folder, 'node_modules/.package-lock.json', '{'), /is not JSON/],
    [
      'is a link',
      () => {
        renameSync(join(folder, HOME), join(folder, 'elsewhere'));
        symlinkSync(join(folder, 'elsewhere'), join(folder, HOME));
      },
      /is a link/,
    ],
  ];
  it.each(broken)('refuses a package that %s', (_, breakIt, message) => {
    breakIt();
    expect(problem(() => find())).toMatch(message);
  });

  it('takes the program with the package’s own name among several', () => {
    writeFile(folder, `${HOME}/package.json`, { ...SPEC, bin: { other: 'package.json', server: 'server.mjs' } });
    expect(find().bin).toBe(join(folder, HOME, 'server.mjs'));
  });
});

describe('the digest of the locked dependencies', () => {
  const before = (): string => find().lock;
  const write = (lock: object): void => {
    writeFile(folder, 'package-lock.json', lock);
    writeFile(folder, 'node_modules/.package-lock.json', lock);
  };

  it('changes with a dependency', () => {
    const old = before();
    write(lockOf({ 'node_modules/a-dependency': { version: '2.0.1', integrity: 'sha512-x' } }));
    expect(find().lock).not.toBe(old);
  });

  it('changes with a dependency of a dependency', () => {
    const old = before();
    const deep = {
      version: '2.0.0',
      integrity: `sha512-${Buffer.alloc(64, 2).toString('base64')}`,
      dependencies: { deeper: '1' },
    };
    write(
      lockOf({ 'node_modules/a-dependency': deep, 'node_modules/deeper': { version: '1.0.0', integrity: 'sha512-d' } }),
    );
    expect(find().lock).not.toBe(old);
  });

  it('does not change with a package that the server cannot load', () => {
    const old = before();
    write(lockOf({ 'node_modules/unrelated': { version: '1.0.0', integrity: 'sha512-u' } }));
    expect(find().lock).toBe(old);
  });

  it('does not depend on where a dependency stands', () => {
    const old = before();
    const entry = { version: '2.0.0', integrity: `sha512-${Buffer.alloc(64, 2).toString('base64')}` };
    write(lockOf({ 'node_modules/a-dependency': undefined, [`${HOME}/node_modules/a-dependency`]: entry }));
    expect(find().lock).toBe(old);
  });

  it('counts the optional packages of other platforms, which are not installed here', () => {
    const old = before();
    const own = {
      version: TEST_VERSION,
      integrity: TEST_INTEGRITY,
      dependencies: { 'a-dependency': '2' },
      optionalDependencies: { native: '1' },
    };
    writeFile(
      folder,
      'package-lock.json',
      lockOf({ [HOME]: own, 'node_modules/native': { version: '1.0.0', integrity: 'sha512-n' } }),
    );
    expect(find().lock).not.toBe(old);
  });
});

describe('checkPin', () => {
  it('accepts the package that was captured', () => {
    const found = find();
    expect(problem(() => checkPin(found, found))).toBe('no problem');
  });

  it('refuses other bytes under the same version', () => {
    const found = find();
    expect(problem(() => checkPin(found, { ...found, integrity: 'sha512-else' }))).toMatch(/has the integrity/);
  });

  it('refuses other dependencies', () => {
    const found = find();
    expect(problem(() => checkPin(found, { ...found, lock: 'sha256-else' }))).toMatch(/locked dependencies/);
  });
});
