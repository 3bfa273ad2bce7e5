import type { Json } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import { brief } from '../kernel/text.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { TaskList, Then } from './model.ts';
import { wrongType } from './reader.ts';

const CONTINUE: Then = { kind: 'continue' };

/** Names that `then` reads as directives, so that no task may have them. */
export const DIRECTIVES: readonly string[] = ['continue', 'exit', 'end'];

/** A flow directive: `continue`, `exit`, `end`, or the name of a task of the same list (`siblings`). */
export function readThen(
  value: Json | undefined,
  at: Pointer,
  siblings: ReadonlySet<string>,
  reporter: Reporter,
): Then {
  if (value === undefined) return CONTINUE;
  if (typeof value !== 'string') return wrongType(reporter, at, 'string', value) ?? CONTINUE;
  switch (value) {
    case 'continue':
    case 'exit':
    case 'end':
      return { kind: value };
    default:
      if (siblings.has(value)) return { kind: 'task', name: value };
      reporter.report('structure/then-target', at, {
        target: brief(value),
        suggestion: reporter.suggest(value, namesAnd(siblings)),
      });
      return CONTINUE;
  }
}

/** Only as far as they are asked for: the list may be long. */
function* namesAnd(siblings: ReadonlySet<string>): Iterable<string> {
  yield* siblings;
  yield* DIRECTIVES;
}

interface Jump {
  readonly to: number;
  /** Where the jump is written; absent for going on to the next task. */
  readonly at?: Pointer;
}

/**
 * Reports jumps that close a cycle (`for` is the only loop) and tasks that no path through their list reaches. `list` is
 * the checked list, `places` the pointers of its tasks.
 */
export function checkJumps(list: TaskList, reporter: Reporter): void {
  const index = new Map(list.map((task, i) => [task.name, i] as const));
  const edges = list.map((_, i) => jumpsFrom(list, i, index));
  const state: ('new' | 'open' | 'done')[] = list.map(() => 'new');
  // Depth first with a stack of its own: lists may be long.
  const stack: { readonly task: number; next: number }[] = [];
  const enter = (task: number): void => {
    state[task] = 'open';
    stack.push({ task, next: 0 });
  };
  if (list.length > 0) enter(0);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const jump = edges[top.task]?.[top.next];
    top.next += 1;
    if (jump === undefined) {
      state[top.task] = 'done';
      stack.pop();
    } else if (state[jump.to] === 'open') {
      reporter.report('structure/then-cycle', jump.at ?? list[top.task]?.at ?? list[0]?.at ?? ('' as Pointer), {
        target: brief(list[jump.to]?.name ?? ''),
      });
    } else if (state[jump.to] === 'new') enter(jump.to);
  }
  list.forEach((task, i) => {
    if (state[i] === 'new') reporter.reportKey('structure/unreachable-task', task.at, { task: brief(task.name) });
  });
}

/** Where control may go from a task of a list, the list's end left out. */
function jumpsFrom(list: TaskList, from: number, index: ReadonlyMap<string, number>): readonly Jump[] {
  const task = list[from];
  if (task === undefined) return [];
  const jumps: Jump[] = [];
  const go = (then: Then, at: Pointer): void => {
    if (then.kind === 'continue') next();
    const to = then.kind === 'task' ? index.get(then.name) : undefined;
    if (to !== undefined) jumps.push({ to, at });
  };
  const next = (): void => {
    if (from + 1 < list.length) jumps.push({ to: from + 1 });
  };
  const own = `${task.at}/then` as Pointer;
  // A skipped task ignores its `then`.
  if (task.if !== undefined) next();
  switch (task.kind) {
    case 'raise':
      break;
    case 'switch':
      for (const arm of task.arms) go(arm.then, `${arm.at}/then` as Pointer);
      if (task.arms.every((arm) => arm.when !== undefined)) go(task.then, own);
      break;
    case 'try':
      go(task.then, own);
      if (task.catch.then !== undefined) go(task.catch.then, `${task.catch.at}/then` as Pointer);
      break;
    default:
      go(task.then, own);
  }
  return jumps;
}
