import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from 'rolldown/utils';

/** Its scope holds a dot, which no scope of the npm registry may: nobody can ever publish it. */
export const TEST_PACKAGE = '@proofmark.example/server';
export const TEST_VERSION = '1.0.0';
export const TEST_INTEGRITY = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;

/** A folder of its own under the system's temporary folder; the caller removes it. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'proofmark-')));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function writeFile(folder: string, path: string, content: string | object): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}

/** The lock that npm leaves for {@link TEST_PACKAGE} and one dependency; `patch` changes entries, `undefined` removes one. */
export function lockOf(patch: Readonly<Record<string, object | undefined>> = {}): object {
  return {
    name: 'test',
    lockfileVersion: 3,
    packages: {
      [`node_modules/${TEST_PACKAGE}`]: {
        version: TEST_VERSION,
        integrity: TEST_INTEGRITY,
        dependencies: { 'a-dependency': '^2.0.0' },
        bin: { server: 'server.mjs' },
      },
      'node_modules/a-dependency': { version: '2.0.0', integrity: `sha512-${Buffer.alloc(64, 2).toString('base64')}` },
      ...patch,
    },
  };
}

/** Lays out node_modules as `npm ci` would, with server.ts of this folder, its types stripped, as the package's program. */
export function installServer(folder: string): void {
  const home = `node_modules/${TEST_PACKAGE}`;
  writeFile(folder, `${home}/package.json`, {
    name: TEST_PACKAGE,
    version: TEST_VERSION,
    type: 'module',
    bin: { server: 'server.mjs' },
    scripts: { install: 'exit 1' },
  });
  writeFile(folder, `${home}/server.mjs`, program());
  writeFile(folder, 'node_modules/.package-lock.json', lockOf());
  writeFile(folder, 'package-lock.json', lockOf());
}

let stripped: string | undefined;

function program(): string {
  const source = join(import.meta.dirname, 'server.ts');
  stripped ??= transformSync(source, readFileSync(source, 'utf8')).code;
  return stripped;
}
