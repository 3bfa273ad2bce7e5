import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OutputOptions, Plugin, RolldownOptions } from 'rolldown';
import { z } from 'zod';

/**
 * How sources become `dist/`: ES modules for Node 20.19 that need nothing installed. File names carry no hash and there are no source maps, so
 * that the same sources give the same bytes in every clone.
 */

/**
 * Packages of WebAssembly, which stay outside of the bundle: a loader that reads its `.wasm` from its own folder. The loaders are CommonJS; under
 * `"type": "module"` only the extension says so.
 */
const WASM = [
  { source: '@cedar-policy/cedar-wasm/nodejs', loader: 'cedar_wasm.cjs', wasm: 'cedar_wasm_bg.wasm' },
  { source: 'z3-solver/build/z3-built.js', loader: 'z3-built.cjs', wasm: 'z3-built.wasm' },
] as const;

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
});

/** The text that SPDX gives for the licence, for packages that name it and ship no file of it. */
const ISC = (holder: string): string => `ISC License

Copyright (c) ${holder}

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the
above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY
DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION,
ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`;

type BundleOptions = Omit<RolldownOptions, 'output'> & { readonly output: OutputOptions };

/** @param input name of each file in `dist/` (without `.js`) to its source. */
export function bundleOptions(input: Readonly<Record<string, string>>): BundleOptions {
  return {
    input: { ...input },
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node20.19' },
    plugins: [moduleType(), ...WASM.map(beside), licences()],
    output: {
      dir: 'dist',
      cleanDir: true,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      paths: Object.fromEntries(WASM.map(({ source, loader }) => [source, `./${loader}`])),
      comments: false,
      minify: true,
    },
  };
}

/** Says that the `.js` files are ES modules, so that the folder works wherever it is copied. */
function moduleType(): Plugin {
  return {
    name: 'module-type',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "module" }\n' });
    },
  };
}

/** Leaves a loader out of the bundle and puts it beside, with its WebAssembly, when anything imports it. */
function beside({ source, loader, wasm }: (typeof WASM)[number]): Plugin {
  let imported = false;
  return {
    name: loader,
    resolveId(id) {
      if (id === '@cedar-policy/cedar-wasm')
        this.error(`import '${WASM[0].source}': the other builds do not load under Node`);
      if (id !== source) return null;
      imported = true;
      return { id: source, external: true };
    },
    generateBundle() {
      if (!imported) return;
      const file = fileURLToPath(import.meta.resolve(source));
      this.emitFile({ type: 'asset', fileName: loader, source: readFileSync(file) });
      this.emitFile({ type: 'asset', fileName: wasm, source: readFileSync(join(dirname(file), wasm)) });
    },
  };
}

/** Writes the licences of all bundled packages to one file. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const folders = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset') {
          const source = WASM.find(({ loader }) => loader === file.fileName)?.source;
          if (source !== undefined) folders.add(packageFolder(fileURLToPath(import.meta.resolve(source))) ?? '');
          continue;
        }
        for (const [id, { renderedLength }] of Object.entries(file.modules)) {
          const folder = packageFolder(id);
          if (folder !== undefined && renderedLength > 0) folders.add(folder);
        }
      }
      const texts = [...folders].map(licenceOf).sort();
      if (texts.length > 0)
        this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}

/** The folder under the innermost `node_modules` that holds a module; undefined for our own sources. */
function packageFolder(id: string): string | undefined {
  return /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(id)?.[0];
}

function licenceOf(folder: string): string {
  const { name, version, license, author } = Manifest.parse(
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  );
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file));
  const head = `${name} ${version} (${license})\n`;
  if (files.length === 0 && license === 'ISC' && author !== undefined) return [head, ISC(author)].join('\n');
  // A package without its own text is under the same terms as we are, or we may not ship it.
  if (files.length === 0 && license !== 'Apache-2.0') throw new Error(`${name} has no licence text (${license})`);
  const paths = files.length > 0 ? files.sort().map((file) => join(folder, file)) : ['LICENSE'];
  const texts = paths.map((path) => `${readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim()}\n`);
  return [head, ...texts].join('\n');
}
