import { describe, expect, it } from 'vitest';
import { type Outcome, runHostile } from '../hostile/runner.ts';

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
});
