import { describe, expect, it } from 'vitest';
import { checkLayers } from './layers.ts';

/** Violations as `path:line message`, for a tree written inline. */
function check(tree: Readonly<Record<string, string>>): string[] {
  const files = Object.entries(tree).map(([path, text]) => ({ path, text }));
  return checkLayers(files).map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe('the order of layers', () => {
  it('accepts imports downwards and within a layer', () => {
    expect(
      check({
        'src/cli/main.ts': `import { a } from './verify.ts';\nimport { b } from '../kernel/json.ts';`,
        'src/cli/verify.ts': `import type { A } from '../report/pretty.ts';\nexport const a = 1;`,
        'src/report/pretty.ts': `export type A = 1;`,
        'src/kernel/json.ts': `export const b = 1;`,
      }),
    ).toEqual([]);
  });

  it.each([
    ['an import', `\nimport { a } from '../cli/main.ts';`],
    ['a type import', `\nimport type { A } from '../cli/main.ts';`],
    ['an export from', `\nexport { a } from '../cli/main.ts';`],
    ['an export of everything', `\nexport * from '../cli/main.ts';`],
    ['an import for its effect', `\nimport '../cli/main.ts';`],
    ['a dynamic import', `\nconst a = await import('../cli/main.ts');`],
    ['an import type', `\ntype A = import('../cli/main.ts').A;`],
  ])('refuses %s upwards', (_, text) => {
    expect(check({ 'src/kernel/json.ts': text })).toEqual([
      'src/kernel/json.ts:2 kernel imports cli, which is not below it',
    ]);
  });

  it.each([
    ['cli', 'action'],
    ['seal', 'registry'],
  ])('refuses %s to import its neighbour %s', (layer, neighbour) => {
    expect(check({ [`src/${layer}/a.ts`]: `import '../${neighbour}/b.ts';` })).toEqual([
      `src/${layer}/a.ts:1 ${layer} imports ${neighbour}, which is not below it`,
    ]);
  });

  it('holds tests to the same order, so that what crosses parts goes to test/', () => {
    expect(check({ 'src/value/label.test.ts': `import '../machine/run.ts';` })).toEqual([
      'src/value/label.test.ts:1 value imports machine, which is not below it',
    ]);
  });

  it.each(['src/main.ts', 'src/utils/a.ts'])('refuses %s, which is in no layer', (path) => {
    expect(check({ [path]: '' })).toEqual([`${path}:1 belongs to no layer`]);
  });

  it('lets only the entries reach outside src', () => {
    expect(
      check({
        'src/cli/main.ts': `import manifest from '../../package.json' with { type: 'json' };`,
        'src/store/read.ts': `import manifest from '../../package.json' with { type: 'json' };`,
      }),
    ).toEqual(['src/store/read.ts:1 imports package.json, which is outside src']);
  });

  it('reports a file that does not parse', () => {
    expect(check({ 'src/kernel/json.ts': 'import {' })[0]).toMatch(/^src\/kernel\/json\.ts:1 does not parse/);
  });
});

describe('circles', () => {
  it('names every file of a circle once', () => {
    expect(
      check({
        'src/kernel/a.ts': `import { b } from './b.ts';`,
        'src/kernel/b.ts': `\nimport type { C } from './c.ts';`,
        'src/kernel/c.ts': `export { a } from './a.ts';`,
        'src/kernel/d.ts': `import { a } from './a.ts';`,
      }),
    ).toEqual(['src/kernel/a.ts:1 import circle: src/kernel/a.ts, src/kernel/b.ts, src/kernel/c.ts']);
  });

  it('finds a file that imports itself', () => {
    expect(check({ 'src/kernel/a.ts': `import './a.ts';` })).toEqual([
      'src/kernel/a.ts:1 import circle: src/kernel/a.ts',
    ]);
  });

  it('accepts two ways to the same file', () => {
    expect(
      check({
        'src/kernel/a.ts': `import './b.ts';\nimport './c.ts';`,
        'src/kernel/b.ts': `import './c.ts';`,
        'src/kernel/c.ts': '',
      }),
    ).toEqual([]);
  });
});

describe('the world', () => {
  it.each([
    [`import { spawn } from 'node:child_process';`, 'imports node:child_process'],
    [`import net from 'node:net';`, 'imports node:net'],
    [`import http from 'node:http';`, 'imports node:http'],
    [`import https from 'node:https';`, 'imports node:https'],
    [`import { cwd } from 'node:process';`, 'imports node:process'],
    [`import { Worker } from 'node:worker_threads';`, 'imports node:worker_threads'],
    [`import { readFileSync } from 'node:fs';`, 'imports node:fs'],
    [`import { hostname } from 'node:os';`, 'imports node:os'],
    [
      `import { Client } from '@modelcontextprotocol/sdk/client/index.js';`,
      'imports @modelcontextprotocol/sdk/client/index.js',
    ],
    [`import { randomUUID } from 'node:crypto';`, 'imports randomUUID from node:crypto'],
    [`import * as crypto from 'node:crypto';`, 'imports the whole module from node:crypto'],
    [`const name = 'node:net'; await import(name);`, 'uses a computed import()'],
    [`export const cwd = process.cwd();`, 'uses process'],
    [`await fetch('x');`, 'uses fetch'],
    [`setTimeout(() => 1, 1);`, 'uses setTimeout'],
    [`export const now = Date.now();`, 'uses Date.now'],
    [`export const now = new Date();`, 'uses Date without'],
    [`export const now = new Date(2026, 1, 1);`, 'uses Date without'],
    [`export const now = Date();`, 'uses Date without'],
    [`export const chance = Math.random();`, 'uses Math.random'],
    [`export const order = ['b', 'a'].sort((a, b) => a.localeCompare(b));`, 'uses .localeCompare'],
    [`export const text = (1).toLocaleString();`, 'uses .toLocaleString'],
    [`export const hour = new Date(0).getHours();`, 'uses .getHours'],
  ])('is out of reach below the entries: %s', (text, message) => {
    const [violation, ...others] = check({ 'src/machine/run.ts': text });
    expect(violation).toContain(`src/machine/run.ts:1 ${message}`);
    expect(others).toEqual([]);
    for (const layer of ['cli', 'action', 'github', 'connect'])
      expect(check({ [`src/${layer}/a.ts`]: text })).toEqual([]);
    expect(check({ 'src/machine/run.test.ts': text })).toEqual([]);
  });

  it.each([
    `import { createHash } from 'node:crypto';`,
    `import { join } from 'node:path/posix';`,
    `export const at = new Date(0).getUTCHours();`,
    `export type Runner = { readonly process: string };\nexport const f = (r: Runner) => r.process;`,
    `import { z } from 'zod';`,
  ])('is not touched by %s', (text) => {
    expect(check({ 'src/machine/run.ts': text })).toEqual([]);
  });

  it('is read as files by the one module for that', () => {
    const text = `import { readFileSync } from 'node:fs';`;
    expect(check({ 'src/kernel/disk.ts': text })).toEqual([]);
    expect(check({ 'src/kernel/disks.ts': text })).toHaveLength(1);
  });
});
