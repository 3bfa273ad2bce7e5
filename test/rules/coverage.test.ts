import { describe, expect, it } from 'vitest';
import { diskTree } from '../../src/kernel/disk.ts';
import { RULE_IDS } from '../../src/stages/texts.ts';
import { textOf } from './sample.ts';
import { RUN_BREACHES } from './stages.ts';
import { BREACHES } from './structure.ts';

const UNSAFE = diskTree('fixtures/unsafe');

/** Tested beside the breaches, since the profile's own checks see it first in every store. */
const NET = 'structure/ows-schema';

/** Depends on a day, so it is broken in a test of its own (src/pipeline/waivers.test.ts). */
const BY_DAY = 'structure/waiver-expired';

describe('every rule', () => {
  it('has a store that breaks it, here or among the unsafe variants', () => {
    const expected = UNSAFE.list().filter(({ path }) => path.endsWith('/expect.yaml'));
    const named = expected.flatMap(({ path }) => /^rule: (\S+)$/mu.exec(textOf(UNSAFE, path))?.[1] ?? []);
    expect(named).toHaveLength(expected.length);
    const covered = new Set<string>([
      NET,
      BY_DAY,
      ...named,
      ...BREACHES.map(({ rule }) => rule),
      ...RUN_BREACHES.map(({ rule }) => rule),
    ]);
    expect(RULE_IDS.filter((id) => !covered.has(id))).toEqual([]);
    expect([...covered].filter((id) => !RULE_IDS.some((known) => known === id))).toEqual([]);
  });
});
