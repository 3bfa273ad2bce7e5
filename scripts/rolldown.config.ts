import { defineConfig } from 'rolldown';

/** Turns the scripts beside this file into JavaScript under `.cache/`, because Node 20 does not run TypeScript. */
const SCRIPTS = ['check', 'compare-nodes', 'test', 'write-generated'];

export default defineConfig({
  input: Object.fromEntries(SCRIPTS.map((name) => [name, `scripts/${name}.ts`])),
  platform: 'node',
  tsconfig: false,
  transform: { target: 'node20.19' },
  external: /^[^./]/,
  output: {
    dir: '.cache/scripts',
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
