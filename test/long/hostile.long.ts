import { describe, expect, it } from 'vitest';
import { GROWN } from '../hostile/grown.ts';
import { CORPUS, type Input } from '../hostile/inputs.ts';
import { memoryOf, type Outcome, runHostile } from '../hostile/runner.ts';

const INPUTS = 10_000;
const STEP = 2_500;
/** Processor time of one input, in milliseconds. */
const LONGEST = 1_000;
const BOUNDS = { heap: 256, patience: 120_000 };

/** What must not be: failures, and inputs that took too long. */
function breaches({ failures, slowest, inputs, peak }: Outcome): readonly string[] {
  const slow = slowest.filter(({ milliseconds }) => milliseconds > LONGEST);
  process.stdout.write(
    `${inputs} inputs, ${Math.round(peak / 2 ** 20)} MiB resident at most, ${JSON.stringify(slowest[0])}\n`,
  );
  return [...failures, ...slow.map(({ name, milliseconds }) => `${name} took ${Math.round(milliseconds)} ms`)];
}

/** Of the corpus, what makes the largest trees. */
const LARGE = /^sixty lists|^a block of many|^a JSON list|^thirty thousand|^a mebibyte of ">/u;
/** What is read in a process of its own: by the file of the sample store in whose place it stands, or by a file that is only parsed. */
const ALONE: readonly (readonly [path: string, grown: readonly Input[]])[] = [
  ['workflows/finance/pay-invoice/workflow.yaml', GROWN.get('workflow.yaml') ?? []],
  ['workflows/finance/pay-invoice/contract.yaml', GROWN.get('contract.yaml') ?? []],
  ['workflows/finance/pay-invoice/tests/pays-matching-invoice.yaml', GROWN.get('case') ?? []],
  ['tools/payments.yaml', GROWN.get('tool contract') ?? []],
  ['store.yaml', GROWN.get('store.yaml') ?? []],
  ['policies/no-privileged-groups.cedar', GROWN.get('policy') ?? []],
  ['any.json', []],
];
const MEMORY = 256 * 2 ** 20;

describe('hostile documents, at length', () => {
  it('the corpus is refused in words by every loader, or loads', async () => {
    expect(breaches(await runHostile({ from: 0, to: 0, corpus: true }, BOUNDS))).toEqual([]);
  });

  it.each(Array.from({ length: INPUTS / STEP }, (_, i) => i * STEP))(
    `${STEP} changed documents, from number %i`,
    async (from) => {
      const outcome = await runHostile({ from, to: from + STEP, corpus: false }, BOUNDS);
      expect(outcome.inputs).toBe(STEP);
      expect(breaches(outcome)).toEqual([]);
    },
  );

  // A process that reads thousands keeps memory that it does not need: only one for each input shows what that takes. All of it is
  // asserted, with Node, the program and the policy engine, behind whose own peak a document could hide.
  it.each(ALONE)('no process that reads one %s alone is larger than its bound', async (path, grown) => {
    const trivial = await memoryOf(path, new TextEncoder().encode('{}'), BOUNDS);
    const taken: { readonly how: string; readonly bytes: number }[] = [];
    // What is refused for its length is no large expression.
    const inputs = [...grown, ...CORPUS.filter(({ how }) => LARGE.test(how))].filter(
      ({ how }) => !how.startsWith('expression:'),
    );
    for (const { how, bytes } of inputs) taken.push({ how, bytes: await memoryOf(path, bytes, BOUNDS) });
    const [most] = taken.toSorted((a, b) => b.bytes - a.bytes);
    const mebibytes = (bytes = 0): number => Math.round(bytes / 2 ** 20);
    process.stdout.write(
      `${path}: ${taken.length} inputs alone, at most ${mebibytes(most?.bytes)} MiB for ${most?.how}, ${mebibytes(trivial)} MiB for a trivial one\n`,
    );
    expect(taken.filter(({ bytes }) => bytes > MEMORY)).toEqual([]);
  });
});
