import { type Finding, finding } from '../../kernel/finding.ts';
import type { Program } from '../../flow/model.ts';
import { brokenInvariants } from '../invariants.ts';
import { placeOf, type Subject } from '../subject.ts';
import { judgeCase } from './case.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

/** More mutants than this are tried every n-th only. */
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
 * invariant or by a policy. Mutants that are no workflow of the profile any more are not counted. The
 * cases are expected to pass on the workflow itself.
 */
export function adequacy(subject: Subject): Adequacy {
  const { cases } = subject.files;
  const all = mutantsOf(subject.workflow);
  const step = Math.ceil(all.length / MOST);
  const alive: Mutant[] = [];
  let mutants = 0;
  for (const [i, mutant] of all.entries()) {
    if (i % step !== 0) continue;
    const program = subject.compile(mutant.document);
    if (program === undefined) continue;
    mutants += 1;
    if (!cases.some((one) => kills(subject, program, one))) alive.push(mutant);
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

function kills(subject: Subject, program: Program, one: Subject['files']['cases'][number]): boolean {
  const mutated = { ...subject, program };
  const { run, findings } = judgeCase(mutated, one);
  return findings.length > 0 || brokenInvariants(subject.files.contract.invariants, run.trace).length > 0;
}
