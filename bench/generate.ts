import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { generateSync } from 'json-schema-faker';
import type { Json } from '../src/kernel/json.ts';
import { compileSchema } from '../src/schema/compile.ts';
import { generator, type Mode, nearMisses } from '../src/schema/generate/generate.ts';

/**
 * Values generated from the schemas of the official suite: how many schemas give 50 good values of 50, how different those
 * are, and what they cost. The aim is 97% and 100 ms per 1,000 values.
 */

interface Group {
  readonly id: string;
  readonly schema: Json;
  readonly tests: readonly { readonly valid: boolean }[];
}

const FILE = '../shared/conformance/json-schema-suite.json';
const VALUES = 50;

function measure(groups: readonly Group[], mode: Mode): string {
  let schemas = 0;
  let good = 0;
  let different = 0;
  let values = 0;
  let setup = 0;
  let drawing = 0;
  for (const { id, schema, tests } of groups) {
    const options = { formats: id.startsWith('optional/format/') ? 'assert' : 'annotation' } as const;
    const compiled = compileSchema(schema, options);
    const isExpected = tests.some((test) => test.valid === (mode !== 'near-miss'));
    if (!compiled.ok || !isExpected) continue;
    schemas += 1;
    const start = performance.now();
    const made = mode === 'near-miss' ? nearMisses(schema, options) : generator(schema, mode, options);
    setup += performance.now() - start;
    if (!made.ok) continue;
    const begun = performance.now();
    const drawn = fc.sample<unknown>(made.value, { numRuns: VALUES, seed: 42 });
    drawing += performance.now() - begun;
    values += VALUES;
    different += new Set(drawn.map((value) => JSON.stringify(value))).size;
    // Near misses are judged by the arbitrary itself; the others once more here.
    const isGood = mode === 'near-miss' || drawn.every((value) => compiled.value.isValid(value as Json));
    if (isGood) good += 1;
  }
  const share = `${good} of ${schemas} schemas (${((100 * good) / schemas).toFixed(1)}%)`;
  const variety = `${((VALUES * different) / values).toFixed(1)} different of ${VALUES}`;
  const cost = `${((1000 * drawing) / values).toFixed(1)} ms per 1,000 values, ${(setup / schemas).toFixed(2)} ms to begin`;
  return `${mode.padEnd(10)} ${share.padEnd(36)} ${variety.padEnd(24)} ${cost}`;
}

/** The generator that most people use, on the same schemas, judged by our validator: all of 50 valid, or it is not counted. */
function measureFaker(groups: readonly Group[]): string {
  let schemas = 0;
  let good = 0;
  let values = 0;
  let drawing = 0;
  for (const { id, schema, tests } of groups) {
    const options = { formats: id.startsWith('optional/format/') ? 'assert' : 'annotation' } as const;
    const compiled = compileSchema(schema, options);
    if (!compiled.ok || !tests.some(({ valid }) => valid)) continue;
    schemas += 1;
    const begun = performance.now();
    let valid = 0;
    try {
      for (let seed = 0; seed < VALUES; seed += 1) {
        values += 1;
        // What it makes of a schema is JSON or nothing.
        const value = generateSync(schema as Parameters<typeof generateSync>[0], { seed }) as Json | undefined;
        if (value !== undefined && compiled.value.isValid(value)) valid += 1;
      }
    } catch {
      valid = 0;
    }
    drawing += performance.now() - begun;
    if (valid === VALUES) good += 1;
  }
  const share = `${good} of ${schemas} schemas (${((100 * good) / schemas).toFixed(1)}%)`;
  return `${'json-schema-faker'.padEnd(20)} ${share.padEnd(36)} ${((1000 * drawing) / values).toFixed(1)} ms per 1,000 values, judged`;
}

if (existsSync(FILE)) {
  const { groups } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly groups: readonly Group[] };
  for (const mode of ['valid', 'boundary', 'near-miss'] as const) console.log(measure(groups, mode));
  console.log(measureFaker(groups));
} else {
  console.log(`skipped: ${FILE} is not there`);
}
