import { describe, expect, it } from 'vitest';
import { compareText } from '../../src/kernel/json.ts';
import type { Tree } from '../../src/kernel/tree.ts';
import { BASE, load, SAMPLE } from './sample.ts';
import { BREACHES } from './structure.ts';

describe('the structure rules', () => {
  it('find nothing in the sample store', async () => {
    expect(await places(SAMPLE)).toEqual([]);
    expect(await places(BASE)).toEqual([]);
  });

  it.each(BREACHES.map((breach) => [breach.rule, breach.what, breach] as const))(
    '%s: %s',
    async (_rule, _what, { rule, tree, file, line, column }) => {
      expect(await places(tree)).toEqual([`${rule} ${file}:${line}:${column}`]);
    },
  );
});

async function places(tree: Tree): Promise<readonly string[]> {
  const store = await load(tree);
  return [...store.findings, ...store.workflows.flatMap(({ findings }) => findings)]
    .map(({ rule, place }) => `${rule} ${place.file}:${place.line}:${place.column}`)
    .toSorted(compareText);
}
