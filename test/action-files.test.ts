import { readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import config from '../rolldown.config.ts';

/** What the action files promise is what the sources do. */

interface ActionFile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly using: string; readonly main: string };
}

const ACTIONS = [
  ['action.yml', ['src/github/verify.ts', 'src/github/store-folder.ts']],
  ['actions/plan/action.yml', ['src/github/plan.ts', 'src/github/store-folder.ts']],
  ['actions/report/action.yml', ['src/github/report.ts']],
  [
    'actions/publish/action.yml',
    ['src/github/publish.ts', 'src/github/index-target.ts', 'src/github/signing.ts', 'src/github/store-folder.ts'],
  ],
] as const;

describe.each(ACTIONS)('%s', (path, sources) => {
  const action = parse(readFileSync(path, 'utf8')) as ActionFile;
  const text = sources.map((source) => readFileSync(source, 'utf8')).join('\n');

  it('runs a file that is built, on Node 24', () => {
    const main = posix.normalize(posix.join(dirname(path), action.runs.main));
    expect(action.runs.using).toBe('node24');
    expect(Object.keys(config.input ?? {}).map((name) => `dist/${name}.js`)).toContain(main);
  });

  it('declares every input that is read, and no other', () => {
    const read = [...text.matchAll(/\.input\('([a-z-]+)'\)/gu)].map(([, name = '']) => name);
    expect([...new Set(read)].toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  });

  it('declares every output', () => {
    const written = [...readFileSync(sources[0], 'utf8').matchAll(/\.output\('([a-z-]+)'/gu)].map(
      ([, name = '']) => name,
    );
    expect([...new Set(written)].toSorted()).toEqual(Object.keys(action.outputs).toSorted());
  });
});
