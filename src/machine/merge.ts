import { Unexplored } from '../expression/symbols.ts';
import type { Writes } from '../flow/model.ts';
import { controlledDeep, objectValue } from '../value/concrete.ts';
import { controlled } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import { controlOf } from './labels.ts';

/** What was really written of `$context`. */
export type Written = ReadonlySet<string> | 'all';

export interface BranchContext {
  readonly context: Value;
  readonly written: Written;
  /** What the branch may write, on any path. */
  readonly writes: Writes['context'];
}

/**
 * `$context` behind a fork whose branches all ended: each branch ran on the context as it stood at the fork, and what it
 * wrote is taken over in the order of the branches.
 *
 * Whether a branch wrote at all may depend on decisions inside it. Their marks stand, as `control`, on what the branch may
 * have written, so they are kept even where the value is another branch's.
 */
export function mergeContexts(before: Value, branches: readonly BranchContext[]): Value {
  let merged = before;
  for (const { context, written, writes } of branches) {
    if (written === 'all') merged = context;
    else if (writes === 'all') merged = controlledDeep(takeOver(merged, context, written, written), controlOf(context));
    else merged = takeOver(merged, context, written, writes);
  }
  return merged;
}

function takeOver(merged: Value, context: Value, written: ReadonlySet<string>, writes: ReadonlySet<string>): Value {
  if (context.kind === 'symbol' || merged.kind === 'symbol')
    throw new Unexplored('a fork over a context that is not known as a whole');
  if (writes.size === 0 || context.kind !== 'object') return merged;
  if (merged.kind !== 'object') return written.size === 0 ? merged : context;
  const fields = new Map(merged.fields);
  for (const name of writes) {
    const theirs = context.fields.get(name);
    const mine = fields.get(name);
    if (written.has(name) && theirs !== undefined) fields.set(name, theirs);
    else if (mine !== undefined) fields.set(name, controlledDeep(mine, controlOf(theirs ?? context)));
  }
  return objectValue(fields, controlled(merged.label, context.label.control));
}
