import { compareLaws, type LawChange } from '../../prove/laws.ts';
import { Inquiry, type Solver } from '../../prove/smt/solver.ts';
import type { Subject } from '../subject.ts';
import { limitsOf, underProof } from './proof.ts';

/**
 * Which effects of a workflow a change of law takes away or adds: `before` and `after` are one workflow under the old law and the
 * new one. What is shown by a run was decided in it by the real Cedar engine as well.
 */
export async function compareUnder(before: Subject, after: Subject, solver: Solver | undefined): Promise<LawChange> {
  const cases = after.files.cases.map(({ input, replies, choices }) => ({ input, replies, choices }));
  const sides = { before, after };
  return compareLaws(
    { before: underProof(before), after: underProof(after) },
    limitsOf(after),
    cases,
    new Inquiry(solver, after.law.config.limits.rlimit),
    (side, verdict) => sides[side].compare(verdict) === undefined,
  );
}
