import type { Writes } from '../flow/model.ts';
import { controlledDeep, objectValue, withLabel } from '../value/concrete.ts';
import { controlled, type Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';

/**
 * `$context` after a region that decisions with `marks` controlled: what the region may have written is marked as picked
 * by them. `before` is `$context` where the region was entered: a member that was there already cannot have come or gone,
 * so the shape says nothing new.
 */
export function foldContext(context: Value, writes: Writes['context'], marks: Marks, before: Value): Value {
  if (writes === 'all') return controlledDeep(context, marks);
  if (writes.size === 0) return context;
  if (context.kind === 'symbol' || context.kind === 'list') return controlledDeep(context, marks);
  if (context.kind !== 'object') return withLabel(context, controlled(context.label, marks));
  let fields: Map<string, Value> | undefined;
  let shaped = false;
  for (const name of writes) {
    const field = context.fields.get(name);
    if (field !== undefined) (fields ??= new Map(context.fields)).set(name, controlledDeep(field, marks));
    shaped ||= before.kind !== 'object' || !before.fields.has(name);
  }
  const label = shaped ? controlled(context.label, marks) : context.label;
  return fields === undefined ? withLabel(context, label) : objectValue(fields, label);
}
