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
 * exported is an object or adds members to one. False where there is more to read than `most` characters.
 */
export function contextIsObject(workflow: Workflow, most: number): boolean {
  const { input } = workflow;
  if (input?.schema?.['type'] !== 'object' || input.from !== undefined) return false;
  const exported = tasksOf(workflow.do).map((task) => task.export?.as);
  let characters = 0;
  for (const as of exported) characters += as?.kind === 'expression' ? as.source.length : 0;
  return characters <= most && exported.every(keepsObject);
}

function keepsObject(exported: Template | undefined): boolean {
  if (exported === undefined || exported.kind === 'object') return true;
  if (exported.kind !== 'expression') return false;
  const parsed = parseExpression(exported.source);
  return parsed.ok && contextWrites(parsed.value) !== 'all';
}
