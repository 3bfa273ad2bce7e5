import { describe, expect, it } from 'vitest';
import { compareWith, DIFFERENCES, jqWeb, type Disagreement } from '../expression/oracle.ts';
import { drawCase, drawSeeded } from '../expression/programs.ts';

const CASES = 100_000;
const STEP = 5_000;

describe('the real jq, at length', () => {
  it(`agrees on ${CASES} generated programs and inputs`, async () => {
    const engine = await jqWeb();
    const disagreements: Disagreement[] = [];
    let values = 0;
    for (let from = 0; from < CASES; from += STEP) {
      const cases = Array.from({ length: STEP }, (_, i) => drawCase(drawSeeded(10_000_000 + from + i), 4 + (i % 3)));
      const found = compareWith(engine, cases, DIFFERENCES);
      disagreements.push(...found.disagreements);
      values += found.values;
    }
    expect(disagreements).toEqual([]);
    expect(values).toBeGreaterThan(CASES / 3);
  });
});
