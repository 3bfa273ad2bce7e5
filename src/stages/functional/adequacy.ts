import { type Finding, finding } from '../../kernel/finding.ts';
import { evenly } from '../draw.ts';
import { placeOf, type Subject } from '../subject.ts';
import { judgeCase } from './case.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

/** Mutants that are tried at the most. */
const MOST = 300;
/** Survivors that a finding names. */
const NAMED = 8;

/** Whether the author's cases, invariants and the policies notice small defects of the workflow. */
export interface Adequacy {
  readonly counts: { readonly mutants: number; readonly killed: number };
  readonly findings: readonly Finding[];
}

/**
 * Mutation of the workflow: each mutant runs through the author's cases until one of them fails, by what it expects, by an
 * invariant or by a policy. Mutants that are no workflow of the profile any more are not counted. The cases are expected to
 * pass on the workflow itself.
 */
export function adequacy(subject: Subject): Adequacy {
  const { cases } = subject.files;
  const alive: Mutant[] = [];
  let mutants = 0;
  for (const mutant of evenly(mutantsOf(subject.program), MOST)) {
    const program = subject.compile(mutant.document);
    if (program === undefined) continue;
    mutants += 1;
    const mutated = { ...subject, program };
    if (cases.every((one) => judgeCase(mutated, one).findings.length === 0)) alive.push(mutant);
  }
  const killed = mutants - alive.length;
  const { mutants: share } = subject.law.config.limits;
  const findings =
    share === undefined || killed >= share * mutants
      ? []
      : [
          finding('functional/mutants-survive', placeOf(subject, alive[0]?.at ?? ''), {
            mutants,
            killed,
            share,
            alive: alive.slice(0, NAMED).map(({ operator, at }) => ({ operator, at })),
          }),
        ];
  return { counts: { mutants, killed }, findings };
}
