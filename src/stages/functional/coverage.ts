import type { Coverage } from '../../simulate/model.ts';
import type { Task, TaskList, Then } from '../../workflow/model.ts';
import { listsOf } from '../../workflow/walk.ts';

/** A place of the workflow that a run may reach. `raising`: it does nothing but raise, so that generated worlds may reach it instead of a case. */
export type Reachable =
  | { readonly kind: 'task'; readonly at: string; readonly raising: boolean }
  | { readonly kind: 'arm'; readonly at: string; readonly arm: string; readonly raising: boolean };

/** Every task and switch arm, in document order. */
export function reachables(tasks: TaskList): readonly Reachable[] {
  return tasks.flatMap((task): readonly Reachable[] => [
    { kind: 'task', at: task.at, raising: task.kind === 'raise' },
    ...armsOf(task, tasks),
    ...listsOf(task).flatMap(reachables),
  ]);
}

/** The places that none of these runs reached. */
export function unreached(places: readonly Reachable[], runs: readonly Coverage[]): readonly Reachable[] {
  const tasks = new Set(runs.flatMap((run) => [...run.tasks]));
  const arms = new Set(runs.flatMap((run) => [...run.arms]));
  return places.filter(
    (place) => !(place.kind === 'task' ? tasks.has(place.at) : arms.has(`${place.at}:${place.arm}`)),
  );
}

function armsOf(task: Task, siblings: TaskList): readonly Reachable[] {
  if (task.kind !== 'switch') return [];
  return task.arms.map((arm) => ({ kind: 'arm', at: task.at, arm: arm.name, raising: raises(arm.then, siblings) }));
}

function raises(then: Then, siblings: TaskList): boolean {
  return then.kind === 'task' && siblings.some(({ name, kind }) => name === then.name && kind === 'raise');
}
