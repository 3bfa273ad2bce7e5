import { readdirSync } from 'node:fs';
import { defineConfig } from 'rolldown';

/** Turns the benchmarks into JavaScript under `.cache/bench/`: `npm run bench` builds them, `npm run bench NAME` runs one. */
const BENCHES = readdirSync('bench').filter((file) => file.endsWith('.ts') && file !== 'measure.ts');

export default defineConfig({
  input: Object.fromEntries(BENCHES.map((file) => [file.replace(/\.ts$/, ''), `bench/${file}`])),
  platform: 'node',
  tsconfig: false,
  transform: { target: 'node20.19' },
  external: (id) => !/^[./]/.test(id),
  output: {
    dir: '.cache/bench',
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
