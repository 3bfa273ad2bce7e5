import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run as init } from '../src/cli/init.ts';
import { UsageError } from '../src/cli/io.ts';
import { run as newWorkflow } from '../src/cli/new.ts';
import { run as schema } from '../src/cli/schema.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { editorSchema, KINDS } from '../src/schema/editor/formats.ts';
import { testIo } from './io.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

/** Every file of a store whose first line names a schema, with where that leads. */
function named(root: string): readonly (readonly [path: string, schema: string])[] {
  return diskTree(root)
    .list()
    .filter(({ path, kind }) => kind === 'file' && /^(?:store|tools|workflows).*\.yaml$/u.test(path))
    .map(({ path }) => {
      const [first = ''] = readFileSync(join(root, path), 'utf8').split('\n');
      return [path, /^# yaml-language-server: \$schema=(\S+)$/u.exec(first)?.[1] ?? 'none'] as const;
    });
}

describe('proofmark schema', () => {
  it.each(KINDS)('prints the schema of a %s', async (kind) => {
    const { io, out } = testIo(folder);
    expect(await schema([kind], io)).toBe(0);
    expect(JSON.parse(out())).toEqual(editorSchema(kind));
  });

  it.each([[[]], [['workflows']], [['case', 'store']], [['case', '--write']], [['case', '--store', 'x']]])(
    'refuses %j',
    async (args) => {
      await expect((async () => schema(args, testIo(folder).io))()).rejects.toThrow(UsageError);
    },
  );

  it('writes all of them into a store, and nowhere else', async () => {
    await expect((async () => schema(['--write'], testIo(folder).io))()).rejects.toThrow('holds no store.yaml');
    writeFileSync(join(folder, 'store.yaml'), '');
    const { io, out } = testIo(folder);
    expect(await schema(['--write'], io)).toBe(0);
    expect(out().match(/^wrote \.proofmark\/schemas\/\w+\.schema\.json$/gmu)).toHaveLength(KINDS.length);
    for (const kind of KINDS)
      expect(JSON.parse(readFileSync(join(folder, `.proofmark/schemas/${kind}.schema.json`), 'utf8'))).toEqual(
        editorSchema(kind),
      );
  });

  it('never writes through a link', async () => {
    writeFileSync(join(folder, 'store.yaml'), '');
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, '.proofmark'));
    await expect((async () => schema(['--write'], testIo(folder).io))()).rejects.toThrow(
      '.proofmark is not a directory',
    );
    expect(existsSync(join(folder, 'elsewhere/schemas'))).toBe(false);
  });
});

describe('the first lines of files', () => {
  it('of the sample store lead to its schemas', () => {
    const root = 'fixtures/store';
    const files = named(root);
    expect(files.length).toBeGreaterThan(80);
    expect(files.filter(([path, at]) => !existsSync(join(root, dirname(path), at)))).toEqual([]);
  });

  it('that init and new write lead to the schemas that init writes', async () => {
    const root = join(folder, 'store');
    expect(await init([root], testIo(folder).io)).toBe(0);
    expect(await newWorkflow(['examples/more', '--store', root], testIo(folder).io)).toBe(0);
    const files = named(root);
    expect(files.map(([path]) => path.split('/').at(-1))).toEqual(
      expect.arrayContaining([
        'store.yaml',
        'example.yaml',
        'workflow.yaml',
        'contract.yaml',
        'accepts-within-limit.yaml',
      ]),
    );
    expect(files.filter(([path, at]) => !existsSync(join(root, dirname(path), at)))).toEqual([]);
  });

  it('are followed by a word where a store has no schemas yet', async () => {
    const root = join(folder, 'store');
    expect(await init([root], testIo(folder).io)).toBe(0);
    removeFolder(join(root, '.proofmark'));
    const { io, out } = testIo(folder);
    expect(await newWorkflow(['examples/more', '--store', root], io)).toBe(0);
    expect(out()).toContain('proofmark schema --write');
  });
});
