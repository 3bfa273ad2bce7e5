import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import type { Pointer } from '../../kernel/pointer.ts';
import { child, ROOT } from '../../kernel/pointer.ts';
import { suggest } from '../../kernel/suggest.ts';
import type { Contract } from '../../store/model.ts';
import type { Task, TaskList, Workflow } from '../../workflow/model.ts';
import { errorNameOf } from '../../workflow/errors.ts';
import { listsOf, tasksOf } from '../../workflow/walk.ts';

/** Errors that every workflow may end with, by name (Open Workflow Specification 1.0.3, "Standard Error Types"). */
const STANDARD_ERRORS: readonly string[] = [
  'configuration',
  'validation',
  'authentication',
  'authorization',
  'timeout',
  'communication',
  'runtime',
];

interface Raised {
  readonly name: string;
  readonly at: Pointer;
  /** Inside the list of a `try`, whose `catch` may take it. */
  readonly guarded: boolean;
}

/** The errors of the contract against those that the workflow defines and raises. */
export function declaredErrors(contract: Contract, workflow: Workflow): readonly Finding[] {
  const raised = raisedIn(workflow.do, workflow, false);
  const undeclared = raised
    .filter(({ name, guarded }) => !guarded && !contract.errors.includes(name))
    .map(({ name, at }) => finding('structure/undeclared-error', workflow.locate(at), { error: name }));
  // What a callee ends with, its caller may end with; generated runs see which.
  if (tasksOf(workflow.do).some(({ kind }) => kind === 'run')) return undeclared;
  const names = new Set(raised.map(({ name }) => name));
  const defined = [...[...workflow.errors.values()].map(({ name }) => name), ...workflow.errors.keys()];
  const known = [...STANDARD_ERRORS, ...defined, ...names];
  const filters = filteredTypes(workflow, known);
  const listed = contract.errors.flatMap((name, i): readonly Finding[] => {
    const place = contract.locate(child(ROOT, 'errors', i));
    if (!known.includes(name))
      return [finding('structure/unknown-error', place, { name, suggestion: suggest(name, known) })];
    const raisable = STANDARD_ERRORS.includes(name) || names.has(name);
    return raisable ? [] : [finding('structure/unused-error', place, { error: name })];
  });
  return [...undeclared, ...filters, ...listed];
}

/** Filters of `catch` that ask for a type which no error has, so that nothing passes them. */
function filteredTypes(workflow: Workflow, known: readonly string[]): readonly Finding[] {
  return tasksOf(workflow.do).flatMap((task): readonly Finding[] => {
    const type = task.kind === 'try' ? task.catch.errors?.type : undefined;
    if (task.kind !== 'try' || type === undefined) return [];
    const name = errorNameOf(type);
    if (known.includes(name) || name === 'expression') return [];
    const place = workflow.locate(child(task.catch.at, 'errors', 'with', 'type'));
    return [finding('structure/unknown-error', place, { name, suggestion: suggest(name, known) })];
  });
}

function raisedIn(tasks: TaskList, workflow: Workflow, guarded: boolean): readonly Raised[] {
  return tasks.flatMap((task): readonly Raised[] => {
    const own = raisedBy(task, workflow);
    const inner = listsOf(task).flatMap((list) =>
      raisedIn(list, workflow, guarded || (task.kind === 'try' && list === task.try)),
    );
    return own === undefined ? inner : [{ name: own, at: task.at, guarded }, ...inner];
  });
}

function raisedBy(task: Task, workflow: Workflow): string | undefined {
  if (task.kind === 'raise') return task.error.name;
  if (task.kind !== 'call' || task.call.kind !== 'approve') return undefined;
  return workflow.errors.get(task.call.otherwise)?.name ?? task.call.otherwise;
}
