import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSolver } from '../../src/connect/solver.ts';
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
import { int, LAW } from '../seeded/law.ts';
import { CASES, workflow } from './relations.ts';
import { SHIPPED } from '../rules/sample.ts';

/**
 * Relations between unknowns: a call that the contract refuses stands behind conditions which no input meets together, so that it is
 * never made. What is known of each unknown alone does not say so; the solver does.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const STEPS = 20_000_000;

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
    const ignorant: Solver = { solve: () => Promise.resolve({ kind: 'unknown', taken: 1 }) };
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

  it('a doubt about which nothing can be asked leaves the obligation open', async () => {
    const [, input, none] = CASES[0] ?? [];
    if (input === undefined || none === undefined) throw new Error('there are cases');
    const item = `if $context.a == 5 then "y" else if ${none.join(' and ')} then "x" else "a" end end`;
    const seed = { ...workflow(input, []), tasks: () => [{ look: tool('bank/balance', { account: $(item) }) }] };
    expect(statusOf(await proofOf(seed, solver), 'where')).toMatch(/^refuted/u);
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
