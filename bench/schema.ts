import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { median, row } from './measure.ts';
import type { Json, JsonObject } from '../src/kernel/json.ts';
import { compileSchema } from '../src/schema/compile.ts';
import { contains } from '../src/schema/contain.ts';

/** Reading schemas, checking values and deciding containment, beside ajv, which writes code for each schema. */

interface Group {
  readonly schema: Json;
  readonly tests: readonly { readonly data: Json }[];
}

const SUITE = '../shared/conformance/json-schema-suite.json';
const PAIRS = '../shared/conformance/containment-dev.json';

function schemas(): void {
  const all = (JSON.parse(readFileSync(SUITE, 'utf8')) as { readonly groups: readonly Group[] }).groups;
  const ajv = new Ajv2020({
    strict: false,
    ownProperties: true,
    validateFormats: false,
    validateSchema: false,
    logger: false,
  });
  // ajv keeps schemas by their id, so each is compiled without.
  const bare = (schema: Json): JsonObject | boolean => {
    if (typeof schema === 'boolean') return schema;
    const { $id: _id, $schema: _schema, ...rest } = schema as JsonObject;
    return rest;
  };
  const pairs = all.flatMap(({ schema, tests }) => {
    const ours = compileSchema(schema, { formats: 'annotation' });
    try {
      return ours.ok ? [{ schema, tests, ours: ours.value, theirs: ajv.compile(bare(schema)) }] : [];
    } catch {
      return [];
    }
  });
  let salt = 0;
  const each = (work: (pair: (typeof pairs)[number]) => void) => (): void => pairs.forEach(work);
  const per = (microseconds: number, count: number): number => microseconds / count;
  const fresh = (schema: Json): JsonObject | boolean => {
    const own = bare(schema);
    return typeof own === 'boolean' ? own : { ...own, $comment: String((salt += 1)) };
  };
  const tests = pairs.reduce((sum, pair) => sum + pair.tests.length, 0);
  const read = median(
    5,
    2,
    each(({ schema }) => void compileSchema(fresh(schema), { formats: 'annotation' })),
  );
  console.log(row('compile a schema', per(read, pairs.length), `${pairs.length} schemas`));
  const compiled = median(
    3,
    1,
    each(({ schema }) => void ajv.compile(fresh(schema))),
  );
  console.log(row('compile a schema, ajv', per(compiled, pairs.length)));
  const ours = median(
    9,
    10,
    each((pair) => pair.tests.forEach(({ data }) => void pair.ours.isValid(data))),
  );
  console.log(row('check a value', per(ours, tests), `${tests} values`));
  const theirs = median(
    9,
    10,
    each((pair) => pair.tests.forEach(({ data }) => void pair.theirs(data))),
  );
  console.log(row('check a value, ajv', per(theirs, tests)));
}

function containment(): void {
  const { cases } = JSON.parse(readFileSync(PAIRS, 'utf8')) as {
    readonly cases: readonly { readonly a: Json; readonly b: Json; readonly expected: boolean }[];
  };
  const times: number[] = [];
  const tally = new Map<string, number>();
  for (const { a, b, expected } of cases) {
    const start = performance.now();
    const { kind } = contains(a, b, { formats: 'annotation' });
    times.push((performance.now() - start) * 1000);
    const key = `${expected ? 'contained' : 'not contained'}: ${kind}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
  }
  times.sort((a, b) => a - b);
  for (const share of [0.5, 0.95, 0.99])
    console.log(row(`containment, ${share * 100}% within`, times[Math.floor(times.length * share)] ?? 0));
  console.log([...tally].map(([key, count]) => `${key} ${count}`).join('; '));
}

if (existsSync(SUITE)) schemas();
else console.log(`skipped: ${SUITE} is not there`);
if (existsSync(PAIRS)) containment();
else console.log(`skipped: ${PAIRS} is not there`);
