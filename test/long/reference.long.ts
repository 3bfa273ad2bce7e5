import { expect, it } from 'vitest';
import { compareDocuments } from '../language/compare.ts';

const DOCUMENTS = 20_000;

it(`the machine runs ${DOCUMENTS} generated documents as a second reading of the specification does`, () => {
  const { different, ends } = compareDocuments(1_000_000, DOCUMENTS);
  expect(different).toEqual([]);
  expect(Math.min(ends.output, ends.error)).toBeGreaterThan(DOCUMENTS / 8);
});
