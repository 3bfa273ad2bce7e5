import { describe, expect, it } from 'vitest';
import { compareWith, DIFFERENCES, DIFFERENCES_1_6, jqNative, jqWeb } from './oracle.ts';
import { drawCase, drawSeeded } from './programs.ts';

const CASES = 2_000;
const NATIVE_CASES = 200;

const native = jqNative();

describe('the real jq', () => {
  it(`agrees on ${CASES} generated programs and inputs`, async () => {
    const cases = Array.from({ length: CASES }, (_, i) => drawCase(drawSeeded(i)));
    const { disagreements, values, errors } = compareWith(await jqWeb(), cases, DIFFERENCES);
    expect(disagreements).toEqual([]);
    expect(values).toBeGreaterThan(CASES / 3);
    expect(errors).toBeGreaterThan(CASES / 20);
  });

  it.skipIf(native === undefined)(`agrees as installed on this system (needs a program named jq)`, () => {
    if (native === undefined) return;
    const differences = native.version === 'jq-1.6' ? DIFFERENCES_1_6 : DIFFERENCES;
    const plain = (source: string): boolean => !/\bif\b|\?|\*/u.test(source);
    const cases = Array.from({ length: NATIVE_CASES * 4 }, (_, i) => drawCase(drawSeeded(500_000 + i), 4))
      .filter(({ source }) => plain(source))
      .slice(0, NATIVE_CASES);
    const { disagreements, values } = compareWith(native.engine, cases, differences, 50);
    expect(disagreements).toEqual([]);
    expect(values).toBeGreaterThan(NATIVE_CASES / 3);
  });
});
