import { compareText } from '../kernel/json.ts';
import { DISK_LIMITS } from '../kernel/disk.ts';
import type { Entry, Tree } from '../kernel/tree.ts';
import type { WorkflowName } from '../store/model.ts';

/** A tree whose entries may have an id that is equal exactly where their content is: a commit in git. */
export interface Revision extends Tree {
  id?(path: string): string | undefined;
}

/**
 * Why a workflow is judged: its own files, a tool contract that it relies on, a workflow that it runs, the law of all, or
 * that there is nothing to compare with and everything is judged.
 */
export type Because = 'changed' | 'tools' | 'runs' | 'law' | 'whole';

/** What a change touches (DESIGN 3). */
export interface Scope {
  /** What must be judged, sorted by name; each with the nearest reason. */
  readonly workflows: readonly { readonly name: WorkflowName; readonly because: Because }[];
  /** Workflows that the change takes away. */
  readonly removed: readonly WorkflowName[];
  /** Changed paths outside every workflow's folder: a change of law, which needs its owner. */
  readonly owned: readonly string[];
  /** Whether a file that judges has changed: the new law must be kept as well as the old one. */
  readonly law: boolean;
}

/** What a workflow relies on; `undefined` in its place where its files do not say. */
export interface Uses {
  readonly servers: ReadonlySet<string>;
  readonly runs: ReadonlySet<string>;
}

/** Whether a path is part of the law: store.yaml, tools/ or policies/. */
export function isLaw(path: string): boolean {
  return /^(?:store\.yaml|tools|policies)(?:\/|$)/u.test(path);
}

/** The workflow in whose folder a path stands. */
export function workflowOf(path: string): WorkflowName | undefined {
  const [, namespace, name] = /^workflows\/([^/]+)\/([^/]+)\//u.exec(path) ?? [];
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

/** Every path at which two revisions differ, sorted; folders count only by what stands in them. */
export function changedPaths(before: Revision, after: Revision): readonly string[] {
  const old = new Map(leaves(before).map((entry) => [entry.path, entry] as const));
  const changed = new Set<string>();
  for (const entry of leaves(after)) {
    const was = old.get(entry.path);
    old.delete(entry.path);
    if (was === undefined || !same(before, was, after, entry)) changed.add(entry.path);
  }
  for (const path of old.keys()) changed.add(path);
  return [...changed].toSorted(compareText);
}

/** `names`: the workflows of the head; `uses`: what one of them relies on under any law that judges it. */
export function scopeOf(
  changed: readonly string[],
  names: readonly WorkflowName[],
  uses: (name: WorkflowName) => Uses | undefined,
): Scope {
  const present = new Set<string>(names);
  const touched = new Set(changed.flatMap((path) => workflowOf(path) ?? []));
  const owned = changed.filter((path) => workflowOf(path) === undefined);
  const servers = new Set(owned.flatMap((path) => /^tools\/([^/]+)\.yaml$/u.exec(path)?.[1] ?? []));
  const everything = owned.some((path) => isLaw(path) && !/^tools\/[^/]+\.yaml$/u.test(path));
  const reasons = new Map<string, Because>();
  for (const name of touched) reasons.set(name, 'changed');
  for (const name of names) {
    if (reasons.has(name)) continue;
    const used = uses(name);
    if (everything) reasons.set(name, 'law');
    else if (servers.size > 0 && (used === undefined || [...servers].some((server) => used.servers.has(server))))
      reasons.set(name, 'tools');
  }
  addCallers(names, uses, reasons);
  return {
    workflows: names
      .flatMap((name) => {
        const because = reasons.get(name);
        return because === undefined ? [] : [{ name, because }];
      })
      .toSorted((a, b) => compareText(a.name, b.name)),
    removed: [...touched].filter((name) => !present.has(name)).toSorted(compareText),
    owned,
    law: owned.some(isLaw),
  };
}

/** Whoever runs a touched workflow is touched, through any number of callers. */
function addCallers(
  names: readonly WorkflowName[],
  uses: (name: WorkflowName) => Uses | undefined,
  reasons: Map<string, Because>,
): void {
  for (let before = -1; before !== reasons.size;) {
    before = reasons.size;
    for (const name of names) {
      if (!reasons.has(name) && [...(uses(name)?.runs ?? [])].some((callee) => reasons.has(callee)))
        reasons.set(name, 'runs');
    }
  }
}

function leaves(tree: Tree): readonly Entry[] {
  return tree.list().filter(({ kind }) => kind !== 'directory');
}

function same(before: Revision, was: Entry, after: Revision, is: Entry): boolean {
  if (was.kind !== is.kind || was.size !== is.size) return false;
  const ids = [before.id?.(was.path), after.id?.(is.path)];
  if (ids[0] !== undefined && ids[1] !== undefined) return ids[0] === ids[1];
  // What cannot be read cannot be shown to be the same.
  if (is.kind !== 'file' || is.size > DISK_LIMITS.bytes) return false;
  const [old, now] = [before.read(was.path), after.read(is.path)];
  return old !== undefined && now !== undefined && old.every((byte, i) => byte === now[i]);
}
