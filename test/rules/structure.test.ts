import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/kernel/document.ts';
import { compareText } from '../../src/kernel/json.ts';
import { pointerOf } from '../../src/kernel/pointer.ts';
import { Reporter } from '../../src/kernel/reporter.ts';
import type { Tree } from '../../src/kernel/tree.ts';
import { checkOfficialTask } from '../../src/workflow/official.ts';
import { BASE, load, SAMPLE } from './sample.ts';
import { BREACHES, HARMLESS } from './structure.ts';

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

  it.each(HARMLESS)('find nothing: %s', async (_what, tree) => {
    expect(await places(tree)).toEqual([]);
  });

  it('structure/ows-schema: a net beneath the profile, for what the profile forgets', () => {
    const reporter = new Reporter(
      parseDocument('workflow.yaml', new TextEncoder().encode('do:\n  - tell: { set: 5 }\n')),
    );
    checkOfficialTask('set', { set: 5 }, pointerOf('/do/0/tell'), reporter);
    expect(reporter.findings.map(({ rule, place }) => [rule, place.line, place.column])).toEqual([
      ['structure/ows-schema', 2, 18],
    ]);
  });
});

async function places(tree: Tree): Promise<readonly string[]> {
  const store = await load(tree);
  return [...store.findings, ...store.workflows.flatMap(({ findings }) => findings)]
    .map(({ rule, place }) => `${rule} ${place.file}:${place.line}:${place.column}`)
    .toSorted(compareText);
}
