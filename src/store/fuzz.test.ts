import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diskTree } from '../kernel/disk.ts';
import { memoryTree, overlayTree } from '../kernel/tree.ts';
import { loadLaw } from './law.ts';
import { loadWorkflows } from './workflows.ts';

const SAMPLE = diskTree('fixtures/store');
const files = SAMPLE.list().flatMap(({ path, kind }) => (kind === 'file' ? [path] : []));

/** Kept small, so that one run reads few files: one workflow with one case. */
const FOLDER = 'workflows/finance/pay-invoice/';
const kept = (path: string): boolean =>
  !path.startsWith('workflows/') ||
  (path.startsWith(FOLDER) && (!path.includes('/tests/') || path.endsWith('/pays-matching-invoice.yaml')));
const base = overlayTree(
  SAMPLE,
  memoryTree({}),
  files.filter((path) => !kept(path)),
);

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 12 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom(
        '\n',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '&a ',
        '*a',
        '!',
        '|',
        '  ',
        '#',
        '__proto__',
        'yes',
        '1e99',
        '\u202e',
        '/',
        '${',
        '~',
      )
      .map((text) => new TextEncoder().encode(text)),
  ),
});

function mutate(
  bytes: Uint8Array,
  { at, remove, insert }: { readonly at: number; readonly remove: number; readonly insert: Uint8Array },
): Uint8Array {
  const from = Math.floor(at * bytes.length);
  return Uint8Array.from([...bytes.subarray(0, from), ...insert, ...bytes.subarray(from + remove)]);
}

describe('a store of which some bytes were changed', () => {
  it('loads or is refused with places; nothing throws', () => {
    const law = loadLaw(base, []).law;
    fc.assert(
      fc.property(
        fc.constantFrom(...files.filter(kept)),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (path, mutations) => {
          const bytes = mutations.reduce(mutate, base.read(path) ?? new Uint8Array());
          // Only the changed file is read again, with what belongs to it.
          const tree = path.startsWith('workflows/')
            ? overlayTree(base, memoryTree({ [path]: bytes }))
            : memoryTree({ 'store.yaml': base.read('store.yaml') ?? '', [path]: bytes });
          const loaded = path.startsWith('workflows/') ? loadWorkflows(tree, law) : loadLaw(tree, []);
          const findings =
            'workflows' in loaded ? loaded.workflows.flatMap((workflow) => workflow.findings) : loaded.findings;
          for (const { place } of findings) {
            expect(place.line).toBeGreaterThan(0);
            expect(place.file.startsWith('/')).toBe(false);
          }
        },
      ),
      { seed: 20261123, numRuns: 200 },
    );
  });
});
