import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { suggest } from '../kernel/suggest.ts';

/** Reports every tag of a list that store.yaml does not name: a misspelt tag would protect nothing. */
export function checkTags(tags: readonly string[], known: ReadonlySet<string>, at: Pointer, reporter: Reporter): void {
  tags.forEach((tag, i) => checkTag(tag, known, child(at, i), reporter));
}

export function checkTag(tag: string, known: ReadonlySet<string>, at: Pointer, reporter: Reporter): void {
  if (!known.has(tag)) reporter.report('structure/tag-unknown', at, { tag, suggestion: suggest(tag, known) });
}
