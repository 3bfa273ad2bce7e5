import { parseExpression } from '../expression/parse.ts';
import { mergeOnto } from '../expression/shape.ts';
import type { Expression } from '../expression/tree.ts';
import type { Template, Workflow } from '../workflow/model.ts';
import { tasksOf } from '../workflow/walk.ts';

/**
 * The members of `$context` that exporting the expression's value writes: those of `$context + {k: …}` (also in a chain);
 * `all` for every other form, which replaces `$context` whole.
 */
export function contextWrites(expression: Expression): ReadonlySet<string> | 'all' {
  const merge = mergeOnto(expression);
  return merge?.base === 'context' ? new Set(merge.keys) : 'all';
}

/**
 * Whether `$context` is an object whatever happens: the workflow takes only objects, untransformed, and whatever is
 * exported is an object or adds members to one.
 */
export function contextIsObject(workflow: Workflow): boolean {
  const { input } = workflow;
  return (
    input?.schema?.['type'] === 'object' &&
    input.from === undefined &&
    tasksOf(workflow.do).every((task) => keepsObject(task.export?.as))
  );
}

function keepsObject(exported: Template | undefined): boolean {
  if (exported === undefined || exported.kind === 'object') return true;
  if (exported.kind !== 'expression') return false;
  const parsed = parseExpression(exported.source);
  return parsed.ok && contextWrites(parsed.value) !== 'all';
}
