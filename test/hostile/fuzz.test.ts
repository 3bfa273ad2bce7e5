import { describe, expect, it } from 'vitest';
import { runHostile } from './runner.ts';

/** The short form of test/long/hostile.long.ts. */
describe('hostile documents', () => {
  it('are refused in words by every loader, or load', async () => {
    const { failures, inputs, loaded } = await runHostile(
      { from: 0, to: 500, corpus: false },
      { heap: 256, patience: 60_000 },
    );
    expect(failures).toEqual([]);
    expect(inputs).toBe(500);
    expect(loaded).toBeGreaterThan(40);
  }, 600_000);
});
