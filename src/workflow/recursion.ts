import { type Finding, finding } from '../kernel/finding.ts';
import { brief } from '../kernel/text.ts';
import type { Workflow } from './model.ts';
import { tasksOf } from './walk.ts';

/**
 * A finding for every `run.workflow` that is part of a cycle of workflows, whatever the versions: one that runs an older
 * version of itself is refused as well, since every version must stay judgeable by the same law.
 */
export function findRecursion(workflows: readonly Workflow[]): readonly Finding[] {
  const runs = new Map<string, Set<string>>();
  for (const workflow of workflows) {
    const name = `${workflow.namespace}/${workflow.name}`;
    const called = runs.get(name) ?? new Set();
    for (const task of tasksOf(workflow.do)) if (task.kind === 'run') called.add(task.workflow.name);
    runs.set(name, called);
  }
  const findings: Finding[] = [];
  for (const workflow of workflows) {
    const name = `${workflow.namespace}/${workflow.name}`;
    for (const task of tasksOf(workflow.do)) {
      if (task.kind !== 'run') continue;
      const path = pathTo(name, task.workflow.name, (from) => runs.get(from) ?? []);
      if (path === undefined) continue;
      const shown = brief([name, ...path].join(' -> '), 300);
      findings.push(finding('structure/recursion', workflow.locate(task.at), { path: shown }));
    }
  }
  return findings;
}

/** The shortest chain of names from `start` to `goal`, both included. */
function pathTo(goal: string, start: string, next: (from: string) => Iterable<string>): readonly string[] | undefined {
  const before = new Map<string, string | undefined>([[start, undefined]]);
  const queue = [start];
  for (const at of queue) {
    if (at === goal) {
      const path: string[] = [];
      for (let step: string | undefined = at; step !== undefined; step = before.get(step)) path.unshift(step);
      return path;
    }
    for (const to of next(at)) {
      if (before.has(to)) continue;
      before.set(to, at);
      queue.push(to);
    }
  }
  return undefined;
}
