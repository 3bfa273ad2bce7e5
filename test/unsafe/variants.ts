import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shipped } from '../../src/cli/shipped.ts';
import { diskTree } from '../../src/kernel/disk.ts';
import { runVariants } from '../../src/pipeline/self-test.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const fixtures = diskTree(join(ROOT, 'fixtures'));
const names = [
  ...new Set(fixtures.list().flatMap(({ path }) => /^unsafe\/([^/]+)\/expect\.yaml$/u.exec(path)?.[1] ?? [])),
];

/** Every `parts`-th unsafe variant, so that several test files share them between the cores. */
export function describeVariants(part: number, parts: number): void {
  const home = shipped(ROOT);
  describe(`unsafe variants, part ${part + 1} of ${parts}`, () => {
    it.each(names.filter((_, i) => i % parts === part))(
      '%s',
      async (name) => {
        const variants = [];
        for await (const one of runVariants(fixtures, home, {
          seed: 1,
          runs: undefined,
          solver: undefined,
          only: [name],
        }))
          variants.push(one);
        const [variant] = variants;
        expect(variants).toHaveLength(1);
        // Left to proof: found early is as good, but then it is no longer `later`.
        expect(variant).toMatchObject({ outcome: variant?.expected.later === undefined ? 'caught' : 'later' });
        expect([undefined, 'policy']).toContain(variant?.expected.later);
      },
      300_000,
    );
  });
}
