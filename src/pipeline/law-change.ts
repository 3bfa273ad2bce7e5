import { compareText } from '../kernel/json.ts';
import type { LawChange } from '../prove/laws.ts';
import type { Solver } from '../prove/smt/solver.ts';
import { compareUnder } from '../stages/policy/change.ts';
import type { LoadedStore } from './load.ts';

/**
 * What a change of law means for one workflow: which calls it takes and gives. For review: what is lost fails the workflow under the
 * new law anyway, what is gained fails it under the old one.
 */
export type WorkflowLawChange =
  | { readonly name: string; readonly kind: 'compared'; readonly change: LawChange }
  | { readonly name: string; readonly kind: 'not-compared'; readonly why: string };

/** Compares two laws over the same workflows, in order of name. */
export async function lawChanges(
  before: LoadedStore,
  after: LoadedStore,
  solver: Solver | undefined,
): Promise<readonly WorkflowLawChange[]> {
  const names = new Set([...before.workflows, ...after.workflows].map(({ name }) => name));
  const changes: WorkflowLawChange[] = [];
  for (const name of [...names].toSorted(compareText)) {
    const subjectIn = (store: LoadedStore): LoadedStore['workflows'][number]['subject'] =>
      store.workflows.find((loaded) => loaded.name === name)?.subject;
    const [old, now] = [subjectIn(before), subjectIn(after)];
    if (old === undefined)
      changes.push({ name, kind: 'not-compared', why: 'it cannot be run under the law of the base' });
    else if (now === undefined) changes.push({ name, kind: 'not-compared', why: 'it cannot be run under the new law' });
    else changes.push({ name, kind: 'compared', change: await compareUnder(old, now, solver) });
  }
  return changes;
}
