import { defineConfig } from 'vitest/config';

/** The long versions of generated tests; not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.long.ts'],
    globals: false,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 3_600_000,
    allowOnly: false,
    cache: false,
    // See src/cli/main.ts: V8 of Node 20 aborts in hot loops that call WebAssembly.
    ...(process.versions.node.startsWith('20.') ? { execArgv: ['--no-turbo-inline-js-wasm-calls'] } : {}),
  },
});
