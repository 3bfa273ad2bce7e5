import type { Task, TaskList } from './model.ts';

/** The task lists directly inside a task. */
export function listsOf(task: Task): readonly TaskList[] {
  switch (task.kind) {
    case 'do':
    case 'for':
      return [task.do];
    case 'fork':
      return [task.branches];
    case 'try':
      return task.catch.do === undefined ? [task.try] : [task.try, task.catch.do];
    case 'set':
    case 'switch':
    case 'raise':
    case 'wait':
    case 'call':
    case 'run':
      return [];
  }
}

/** Every task of a list, nested ones after their parent, in document order. */
export function tasksOf(tasks: TaskList): readonly Task[] {
  const all: Task[] = [];
  const add = (list: TaskList): void => {
    for (const task of list) {
      all.push(task);
      for (const inner of listsOf(task)) add(inner);
    }
  };
  add(tasks);
  return all;
}
