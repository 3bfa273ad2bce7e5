import { describe, expect, it } from 'vitest';
import {
  compareWith,
  DIFFERENCES,
  DIFFERENCES_1_6,
  disagreementOf,
  jqNative,
  jqWeb,
  type Disagreement,
} from '../expression/oracle.ts';
import { drawCase, drawInput, drawMutilated, drawSeeded } from '../expression/programs.ts';

const CASES = 100_000;
const STEP = 5_000;
const NATIVE_CASES = 20_000;
const MUTILATED = 20_000;

const native = jqNative();

describe('the real jq, at length', () => {
  it(`agrees on ${CASES} generated programs and inputs`, async () => {
    const engine = await jqWeb();
    const disagreements: Disagreement[] = [];
    let values = 0;
    let errors = 0;
    for (let from = 0; from < CASES; from += STEP) {
      const cases = Array.from({ length: STEP }, (_, i) => drawCase(drawSeeded(10_000_000 + from + i), 4 + (i % 3)));
      const found = compareWith(engine, cases, DIFFERENCES);
      disagreements.push(...found.disagreements);
      values += found.values;
      errors += found.errors;
    }
    expect(disagreements).toEqual([]);
    expect(values).toBeGreaterThan(CASES / 3);
    expect(errors).toBeGreaterThan(CASES / 20);
  });

  it(`agrees on ${MUTILATED} mutilated programs: which are still programs, and what they mean`, async () => {
    const engine = await jqWeb();
    const disagreements = Array.from({ length: MUTILATED }, (_, i) => {
      const draw = drawSeeded(30_000_000 + i);
      const source = drawMutilated(draw);
      return disagreementOf(engine, { source, input: drawInput(draw), context: drawInput(draw) });
    });
    expect(disagreements.filter((one) => one !== undefined)).toEqual([]);
  });

  it.skipIf(native === undefined)(
    `agrees on ${NATIVE_CASES} as installed on this system (needs a program named jq)`,
    () => {
      if (native === undefined) return;
      const isOld = native.version === 'jq-1.6';
      const cases = Array.from({ length: NATIVE_CASES }, (_, i) => drawCase(drawSeeded(20_000_000 + i), 4)).filter(
        ({ source }) => !isOld || !/\bif\b|\?|\*/u.test(source),
      );
      const { disagreements, values } = compareWith(native.engine, cases, isOld ? DIFFERENCES_1_6 : DIFFERENCES, 250);
      expect(disagreements).toEqual([]);
      expect(values).toBeGreaterThan(cases.length / 3);
    },
  );
});
