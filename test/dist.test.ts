import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { bundleOptions } from '../scripts/bundle.ts';
import { runCommand } from '../scripts/command.ts';

/** A folder outside the project, so that nothing is found in `node_modules`. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proofmark-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(file: string, ...args: string[]) {
  return runCommand(process.execPath, [join(folder, file), ...args], { cwd: folder });
}

describe('the committed dist, copied elsewhere', () => {
  beforeEach(() => {
    cpSync('dist', folder, { recursive: true });
  });

  it('prints its version and nothing else', async () => {
    expect(await run('cli.js', '--version')).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      all: `${manifest.version}\n`,
    });
  });

  it.each([[[]], [['frobnicate']], [['--frobnicate']]])(
    'answers wrong use %j with exit 2 and the way to help on standard error',
    async (args) => {
      const { code, stdout, all } = await run('cli.js', ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(all).toMatch(/Usage: proofmark|see proofmark --help/u);
      expect(all).not.toContain('    at ');
    },
  );
});

describe('a bundle', () => {
  async function bundle(source: string): Promise<void> {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src', 'entry.ts'), source);
    const options = bundleOptions({ entry: join(folder, 'src', 'entry.ts') });
    const build = await rolldown(options);
    await build.write({ ...options.output, dir: join(folder, 'dist'), cleanDir: false });
    await build.close();
    rmSync(join(folder, 'src'), { recursive: true });
  }

  it('decides with Cedar from the WebAssembly beside it, loaded only when asked', async () => {
    await bundle(`
      if (process.argv[2] === 'load') {
        const { isAuthorized } = await import('@cedar-policy/cedar-wasm/nodejs');
        const decide = (name: string) => {
          const answer = isAuthorized({
            principal: { type: 'Workflow', id: 'a/b' }, action: { type: 'Action', id: name }, resource: { type: 'Server', id: 's' },
            context: {}, entities: [], policies: { staticPolicies: { one: 'permit(principal, action == Action::"read", resource);' } },
          });
          return answer.type === 'success' ? answer.response.decision : 'failure';
        };
        console.log(decide('read'), decide('write'));
      } else console.log('not loaded');
    `);
    expect(readdirSync(join(folder, 'dist')).sort()).toEqual([
      'LICENSES.txt',
      'cedar_wasm.cjs',
      'cedar_wasm_bg.wasm',
      'entry.js',
      'package.json',
    ]);
    expect((await run('dist/entry.js', 'load')).all).toBe('allow deny\n');
    rmSync(join(folder, 'dist', 'cedar_wasm_bg.wasm'));
    expect((await run('dist/entry.js')).all).toBe('not loaded\n');
    expect((await run('dist/entry.js', 'load')).code).toBe(1);
  });

  it('refuses the builds of Cedar that do not load under Node', async () => {
    await expect(bundle(`import '@cedar-policy/cedar-wasm';`)).rejects.toThrow('do not load under Node');
  });

  it('carries the licence of every package in it, and of no other', async () => {
    await bundle(
      `import { z } from ${JSON.stringify(join(process.cwd(), 'node_modules', 'zod', 'index.js'))}; console.log(z.string().parse('ok'));`,
    );
    const licences = readFileSync(join(folder, 'dist', 'LICENSES.txt'), 'utf8');
    expect(licences).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)\n\nMIT License/);
    expect(licences).not.toContain('cedar');
    expect((await run('dist/entry.js')).all).toBe('ok\n');
  });
});
