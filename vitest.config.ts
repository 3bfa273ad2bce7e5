import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    globals: false,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // A forgotten `.only` would shrink the suite without a word.
    allowOnly: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    cache: false,
    // What tests build for themselves is run as it was built.
    server: { deps: { external: [/\/\.cache\//u] } },
    // See src/cli/main.ts: V8 of Node 20 aborts in hot loops that call WebAssembly.
    ...(process.versions.node.startsWith('20.') ? { execArgv: ['--no-turbo-inline-js-wasm-calls'] } : {}),
  },
});
