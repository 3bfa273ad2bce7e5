import { expect, it } from 'vitest';
import { compareDocuments, WAYS } from './compare.ts';

const DOCUMENTS = 500;

it(`the machine runs ${DOCUMENTS} generated documents as a second reading of the specification does`, () => {
  const { different, ends, met } = compareDocuments(0, DOCUMENTS);
  expect(different).toEqual([]);
  expect(Math.min(ends.output, ends.error)).toBeGreaterThan(DOCUMENTS / 8);
  expect(WAYS.filter((way) => !met.has(way))).toEqual([]);
}, 60_000);
