import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSolver } from '../../src/connect/solver.ts';
import type { Json } from '../../src/kernel/json.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { loadStore } from '../../src/pipeline/load.ts';
import { NO_RELEASES } from '../../src/pipeline/releases.ts';
import { type Proof, prove } from '../../src/prove/prove.ts';
import type { Solver } from '../../src/prove/smt/solver.ts';
import { scripted } from '../../src/simulate/scripted.ts';
import { breaches } from '../../src/stages/breach.ts';
import { underProof } from '../../src/stages/policy/proof.ts';
import { run, type Subject } from '../../src/stages/subject.ts';
import { $, filesOf, type Seed, tool } from '../seeded/describe.ts';
import { id, int, LAW, text } from '../seeded/law.ts';
import { SHIPPED } from '../rules/sample.ts';

/**
 * Relations between unknowns: a call that the contract refuses stands behind conditions which no input meets together, so that it is
 * never made. What is known of each unknown alone does not say so; the solver does.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const STEPS = 20_000_000;
const REAL: Json = { type: 'number', minimum: -10, maximum: 10 };

/** A workflow that calls with what the contract refuses where all conditions hold, one after the other. */
function workflow(input: Readonly<Record<string, Json>>, conditions: readonly string[]): Seed {
  const item = conditions.reduceRight((inner, condition) => `if ${condition} then ${inner} else "a" end`, '"x"');
  return {
    name: 'relations',
    what: '',
    rule: '',
    input,
    tools: { 'bank/balance': { where: { properties: { account: { const: 'a' } } } } },
    tasks: () => [{ look: tool('bank/balance', { account: $(item) }) }],
  };
}

async function subjectOf(seed: Seed): Promise<Subject> {
  const tree = memoryTree({ ...LAW, ...filesOf(seed, false) });
  const given = { policies: SHIPPED, attacks: [], wanted: [], releases: NO_RELEASES, runs: undefined, seed: 1 };
  const [loaded] = (await loadStore({ ...given, tree })).workflows;
  if (loaded?.subject === undefined) throw new Error(JSON.stringify(loaded?.findings));
  return loaded.subject;
}

async function proofOf(seed: Seed, solver: Solver | undefined): Promise<Proof> {
  const subject = await subjectOf(seed);
  return prove(underProof(subject), {
    limits: { paths: 500, decisions: 4000 },
    rlimit: STEPS,
    solver,
    reached: new Set(),
    run: (world) =>
      subject.inputSchema?.isValid(world.input) === false ? undefined : run(subject, world.input, scripted(world)),
    isBroken: (tried) => breaches(subject, tried, true).length > 0,
  });
}

function statusOf({ verdicts }: Proof, kind: string): string | undefined {
  const found = verdicts.find((one) => one.kind === kind);
  return found === undefined ? undefined : `${found.status} ${found.why}`;
}

/** Conditions that no input meets, and the same loosened so that few do. */
const CASES: readonly (readonly [
  what: string,
  input: Readonly<Record<string, Json>>,
  none: readonly string[],
  some: readonly string[],
])[] = [
  [
    'an order of three numbers',
    { a: int(0, 1000), b: int(0, 1000), c: int(0, 1000) },
    ['$context.a < $context.b', '$context.b < $context.c', '$context.c < $context.a'],
    ['$context.a < $context.b', '$context.b < $context.c', '$context.a + 2 >= $context.c'],
  ],
  [
    'a sum against its parts',
    { a: int(0, 1000), b: int(0, 1000), c: int(0, 1000) },
    ['$context.a + $context.b <= $context.c', '$context.a > $context.c'],
    ['$context.a + $context.b == $context.c', '$context.a + 1 == $context.c', '$context.a > 900'],
  ],
  [
    'differences',
    { a: int(0, 1000), b: int(0, 1000), c: int(0, 1000) },
    ['$context.a - $context.b == 7', '$context.b - $context.c == 5', '$context.a - $context.c != 12'],
    ['$context.a - $context.b == 7', '$context.b - $context.c == 5', '$context.a - $context.c == 12'],
  ],
  [
    'numbers that are no integers',
    { a: REAL, b: REAL, c: REAL },
    ['$context.a < $context.b', '$context.b < $context.c', '$context.c <= $context.a'],
    ['$context.a < $context.b', '$context.b < $context.c', '$context.c <= 0.5', '$context.a > 0.25'],
  ],
  [
    'three texts of two values, all different',
    { a: { enum: ['x', 'y'] }, b: { enum: ['x', 'y'] }, c: { enum: ['x', 'y'] } },
    ['$context.a != $context.b', '$context.b != $context.c', '$context.a != $context.c'],
    ['$context.a != $context.b', '$context.b != $context.c'],
  ],
  [
    'a text put together',
    { a: id, b: id, c: text(40) },
    ['"\\($context.a)-\\($context.b)" != "\\($context.b)-\\($context.a)"', '$context.a == $context.b'],
    ['"\\($context.a)-\\($context.b)" == $context.c', '$context.c == "left-right"'],
  ],
  [
    'lengths',
    { a: text(20), b: text(20), c: text(40) },
    ['$context.c == "\\($context.a)-\\($context.b)"', '($context.c | length) <= ($context.a | length)'],
    ['($context.a | length) == ($context.b | length) + 9', '($context.b | length) > 9'],
  ],
];

describe('relations between unknowns', { timeout: 60_000 }, () => {
  let solver: ReturnType<typeof openSolver>;
  beforeAll(() => {
    solver = openSolver(join(ROOT, 'dist', 'solver.js'));
  });
  afterAll(() => solver.close());

  it.each(CASES)('%s: proved with the solver, unknown without', async (_what, input, none) => {
    const seed = workflow(input, none);
    const proof = await proofOf(seed, solver);
    expect(proof.verdicts.filter(({ status }) => status !== 'proved')).toEqual([]);
    expect(proof.queries).toEqual([expect.stringMatching(/^sha256-/u)]);
    // The same questions, the same digests.
    expect((await proofOf(seed, solver)).queries).toEqual(proof.queries);
    const alone = await proofOf(seed, undefined);
    expect(statusOf(alone, 'where')).toBe('unknown bank/balance: /account must be "a"');
    expect(alone.queries).toEqual([]);
  });

  it.each(CASES)('%s, loosened: refuted by a run', async (_what, input, _none, some) => {
    const proof = await proofOf(workflow(input, some), solver);
    expect(statusOf(proof, 'where')).toBe('refuted bank/balance: /account must be "a"');
    const shown = proof.verdicts.find(({ kind }) => kind === 'where')?.run;
    expect(shown?.ending).toMatchObject({ kind: 'refused', refusals: [{ reason: 'where' }] });
    expect(proof.queries).toEqual([]);
  });

  it('values that the solver finds show what drawing does not', async () => {
    const found = await Promise.all(CASES.map(([, input, , some]) => proofOf(workflow(input, some), undefined)));
    expect(found.filter((proof) => statusOf(proof, 'where')?.startsWith('unknown')).length).toBeGreaterThanOrEqual(3);
  });

  it('a solver that fails proves nothing', async () => {
    const [, input, none] = CASES[0] ?? [];
    if (input === undefined || none === undefined) throw new Error('there are cases');
    const broken: Solver = { solve: () => Promise.reject(new Error('it broke')) };
    await expect(proofOf(workflow(input, none), broken)).rejects.toThrow('it broke');
    const ignorant: Solver = { solve: () => Promise.resolve({ kind: 'unknown' }) };
    const proof = await proofOf(workflow(input, none), ignorant);
    expect(statusOf(proof, 'where')).toBe('unknown bank/balance: /account must be "a"');
  });

  it('one path that may exist leaves the obligation open', async () => {
    const [, input, none, some] = CASES[0] ?? [];
    if (input === undefined || none === undefined || some === undefined) throw new Error('there are cases');
    const both = `if ${none.join(' and ')} then "x" else if ${some.join(' and ')} then "y" else "a" end end`;
    const seed = workflow(input, []);
    const proof = await proofOf(
      { ...seed, tasks: () => [{ look: tool('bank/balance', { account: $(both) }) }] },
      solver,
    );
    expect(statusOf(proof, 'where')).toMatch(/^refuted/u);
  });
});

describe('what no run meets', () => {
  it('is not proved', async () => {
    const dead = { if: $('$context.a < $context.b and $context.b < $context.a') };
    const seed: Seed = {
      ...workflow({ a: int(0, 9), b: int(0, 9) }, []),
      tasks: () => [{ look: tool('bank/balance', { account: 'a' }, dead) }],
    };
    const proof = await proofOf(seed, undefined);
    const own = proof.verdicts.filter(({ action }) => action === 'bank/balance');
    expect(own.map(({ status, why }) => [status, why])).toEqual(
      own.map(() => ['unknown', 'no run was found that gets here: what is said of no run is not proved']),
    );
    expect(own.length).toBeGreaterThan(0);
  });
});
