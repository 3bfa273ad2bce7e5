import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Solver } from '../prove/smt/solver.ts';
import { agreeing, type Installed, isInstalled } from './second-solver.ts';
import { openSolver } from './solver.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'dist', 'solver.js');
const IMPOSSIBLE = '(set-logic ALL)\n(declare-const v0 Int)\n(assert (< v0 v0))\n(check-sat)\n';
const POSSIBLE = '(set-logic ALL)\n(declare-const v0 Int)\n(assert (< v0 (- 5)))\n(check-sat)\n';
const TEXTS = `(set-logic ALL)
(declare-const v0 String)
(declare-const v1 String)
(assert (str.in_re v0 (re.inter ((_ re.loop 1 20) re.allchar) (re.comp (re.++ re.all (re.range "/" "/") re.all)))))
(assert (= v1 (str.++ "a/" v0)))
(assert (str.in_re v1 (re.++ re.all (str.to_re "/") re.all (str.to_re "/") re.all)))
(check-sat)
`;
const STEPS = 200_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proofmark-solver-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A solver process that answers as it is told. */
function pretend(body: string): ReturnType<typeof openSolver> {
  const script = join(folder, 'solver.cjs');
  writeFileSync(script, body);
  return openSolver(script);
}

describe('the solver', () => {
  it('says what has a solution, with values, and what has none', async () => {
    const solver = openSolver(SCRIPT);
    try {
      expect(await solver.solve(IMPOSSIBLE, STEPS)).toMatchObject({ kind: 'unsat' });
      const answer = await solver.solve(POSSIBLE, STEPS);
      expect(answer).toMatchObject({ kind: 'sat', model: new Map([['v0', expect.stringMatching(/^\(- \d+\)$/u)]]) });
      // Nothing of one question is left for the next.
      expect((await solver.solve(POSSIBLE, STEPS)).kind).toBe('sat');
    } finally {
      solver.close();
    }
  });

  it('does not know where its steps do not suffice, and then goes on', async () => {
    const solver = openSolver(SCRIPT);
    try {
      expect(await solver.solve(TEXTS, 10)).toMatchObject({ kind: 'unknown' });
      expect(await solver.solve(TEXTS, STEPS)).toMatchObject({ kind: 'unsat' });
    } finally {
      solver.close();
    }
  });

  it('refuses what is no question, and is then started anew', async () => {
    const solver = openSolver(SCRIPT);
    try {
      await expect(solver.solve('(declare-const v0 Nothing)\n', STEPS)).rejects.toThrow(
        /refused a question: .*Nothing/u,
      );
      expect(await solver.solve(IMPOSSIBLE, STEPS)).toMatchObject({ kind: 'unsat' });
    } finally {
      solver.close();
    }
  });

  it.each([
    ['that is not there', undefined, 'the solver ended before it answered'],
    ['that ends at once', '', 'the solver ended before it answered'],
    [
      'that ends at a question',
      "process.stdin.once('data', () => process.exit(0))",
      'the solver ended before it answered',
    ],
    [
      'that says nonsense',
      "console.log('unsat'); setInterval(() => {}, 1000)",
      'the solver answered what is no answer',
    ],
    [
      'that says more',
      'console.log(\'{"kind":"unsat","model":[]}\'); setInterval(() => {}, 1000)',
      'the solver answered what is no answer',
    ],
  ])('gives no answer from a process %s', async (_what, body, message) => {
    // What is written before the question is nobody's answer.
    const waits = body?.startsWith('console') === true ? `process.stdin.once('data', () => { ${body} })` : body;
    const solver = waits === undefined ? openSolver(join(folder, 'none.cjs')) : pretend(waits);
    await expect(solver.solve(IMPOSSIBLE, STEPS)).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'solver',
      message,
    });
    solver.close();
  });
});

const ours = (kind: 'sat' | 'unsat' | 'unknown'): Solver => ({
  solve: () => Promise.resolve(kind === 'sat' ? { kind, model: new Map(), taken: 1 } : { kind, taken: 1 }),
});

/** An installed program that answers as it is told. */
function plant(answer: string): Installed {
  const program = join(folder, 'z3');
  writeFileSync(program, `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(program, 0o755);
  return { program: 'z3', path: `${folder}:/usr/bin:/bin` };
}

describe('a second solver', () => {
  it('that says the contrary is an error of its own', async () => {
    const told = agreeing(ours('unsat'), plant('sat')).solve(IMPOSSIBLE, STEPS);
    await expect(told).rejects.toMatchObject({ code: 'solvers-disagree' });
    await expect(told).rejects.toThrow(/^our solver says unsat and z3 says sat of the question sha256-/u);
    await expect(agreeing(ours('sat'), plant('unsat')).solve(IMPOSSIBLE, STEPS)).rejects.toThrow(/says unsat/u);
  });

  it('that agrees, or does not know, changes nothing', async () => {
    for (const answer of ['unsat', 'unknown', '(error "resource limit")'])
      expect(await agreeing(ours('unsat'), plant(answer)).solve(IMPOSSIBLE, STEPS)).toMatchObject({ kind: 'unsat' });
    expect(await agreeing(ours('unknown'), plant('unsat')).solve(IMPOSSIBLE, STEPS)).toMatchObject({ kind: 'unknown' });
  });

  it('that says something else, or nothing, is an error', async () => {
    for (const answer of ['', 'maybe', '(error "unknown sort")'])
      await expect(agreeing(ours('unsat'), plant(answer)).solve(IMPOSSIBLE, STEPS)).rejects.toMatchObject({
        code: 'solver',
      });
  });

  it('is installed or not', () => {
    expect(isInstalled(plant('sat'))).toBe(true);
    expect(isInstalled({ program: 'cvc5', path: folder })).toBe(false);
  });
});
