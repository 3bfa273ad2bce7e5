import type { Finding } from '../kernel/finding.ts';
import { compareText } from '../kernel/json.ts';
import type { Tree } from '../kernel/tree.ts';
import { lawSchemas } from '../stages/structure/schemas.ts';
import { loadLaw } from '../store/law.ts';
import type { Law, TextFile, WorkflowName } from '../store/model.ts';
import { type LoadedWorkflow, loadWorkflows } from '../store/workflows.ts';
import { parseWorkflow } from '../workflow/parse.ts';
import { tasksOf } from '../workflow/walk.ts';
import { lawChanges, type WorkflowLawChange } from './law-change.ts';
import { type LoadedStore, type LoadOptions, loadStore } from './load.ts';
import type { Report } from './report.ts';
import { changedPaths, isLaw, type Revision, type Scope, scopeOf, type Uses } from './scope.ts';
import { verify, type VerifyOptions } from './verify.ts';

/** A change of a store: three revisions of its folder. */
export interface Change {
  /** The base revision: its law judges. */
  readonly base: Tree;
  /** What the head started from: everything that differs from it is the change. */
  readonly from: Revision;
  readonly head: Revision;
}

/** Whose law judged: the base revision's, or that of the revision that is judged. */
export type Under = 'base' | 'head';

/**
 * What a verdict rests on: that something was judged; or that both trees were compared, differ in no workflow and no law, and law and
 * layout hold. That alone is no failure: a required check must let a change of the documentation pass. A store without any workflow is
 * another thing, and fails.
 */
export type Outcome = 'judged' | 'nothing-to-check';

/** One of several jobs that share the work of one verdict: the `index`-th of `of`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface ChangeReport {
  readonly outcome: Outcome;
  /** All that the change touches, also where only a part of it was judged here. */
  readonly scope: Scope;
  /** Which part was judged here; absent: all of it. */
  readonly shard?: Shard;
  /** Under the law of the base, and under the law of the head where that is another; both must pass. */
  readonly reports: readonly { readonly under: Under; readonly report: Report }[];
  /** What the change of law takes from each workflow that is judged here and gives to it; absent where it is not asked, or no law changed. */
  readonly lawChanges?: readonly WorkflowLawChange[];
  readonly passed: boolean;
  readonly exitCode: Report['exitCode'];
}

export type ChangeOptions = Omit<LoadOptions, 'tree' | 'wanted' | 'existing'> &
  VerifyOptions & {
    /** Told before the work under a law begins. */
    readonly judging?: (under: Under, scope: Scope) => void;
    /** Judge only this part of what the change touches; law and layout are judged in every part. */
    readonly shard?: Shard;
  };

/** Whether a tree has a law that could judge anything. */
export function hasLaw(tree: Tree): boolean {
  return tree.list().some(({ path, kind }) => path === 'store.yaml' && kind === 'file');
}

/**
 * Judges what a change touches under the law of its base, and again under its own law where it changes that (DESIGN 3).
 * `base` must have a law ({@link hasLaw}).
 */
export async function verifyChange(change: Change, options: ChangeOptions): Promise<ChangeReport> {
  const { base } = change;
  const { scope, trees } = scopeOfChange(change, options.policies);
  const { shard } = options;
  const share = shareOf(scope, shard);
  const reports: { readonly under: Under; readonly report: Report }[] = [];
  const stores: LoadedStore[] = [];
  for (const { under, tree } of trees) {
    options.judging?.(under, scope);
    const { report, store } = await judge(tree, share, namesIn(base), options);
    reports.push({ under, report });
    if (store !== undefined) stores.push(store);
  }
  const [old, now] = stores;
  const isAsked = options.stages === undefined || options.stages.includes('policy');
  const compared =
    isAsked && old?.law !== undefined && now?.law !== undefined
      ? await lawChanges(old, now, options.solver)
      : undefined;
  const passed = reports.every(({ report }) => report.passed);
  return {
    // Where law or layout do not hold, something was checked, and failed.
    outcome: passed && scope.workflows.length === 0 && !scope.law ? 'nothing-to-check' : 'judged',
    scope,
    ...(shard === undefined ? {} : { shard }),
    reports,
    ...(compared === undefined ? {} : { lawChanges: compared }),
    passed,
    exitCode: worst(reports.map(({ report }) => report.exitCode)),
  };
}

/** Judges a whole store under its own law: where there is no base to compare with. */
export async function verifyWhole(tree: Tree, options: ChangeOptions): Promise<ChangeReport> {
  const scope = scopeOfWhole(tree);
  const { shard } = options;
  options.judging?.('head', scope);
  const report =
    shard === undefined
      ? await verify(await loadStore({ ...options, tree, wanted: [] }), options)
      : (await judge(tree, shareOf(scope, shard), [], options)).report;
  const { passed, exitCode } = report;
  const reports = [{ under: 'head' as const, report }];
  return { outcome: 'judged', scope, ...(shard === undefined ? {} : { shard }), reports, passed, exitCode };
}

/** What a change touches, and the trees under whose law it is judged. */
export function scopeOfChange(
  { base, from, head }: Change,
  policies: readonly TextFile[],
): { readonly scope: Scope; readonly trees: readonly { readonly under: Under; readonly tree: Tree }[] } {
  const changed = changedPaths(from, head);
  const trees: readonly { readonly under: Under; readonly tree: Tree }[] = [
    { under: 'base', tree: withLaw(base, head) },
    ...(changedPaths(lawOf(base), lawOf(head)).length === 0 ? [] : [{ under: 'head' as const, tree: head }]),
  ];
  const uses = trees.map(({ tree }) => usesIn(tree, policies));
  const scope = scopeOf(changed, namesIn(head), (name) => join(uses.map((known) => known.get(name))));
  return { scope, trees };
}

/** Every workflow of a store, where there is nothing to compare with. */
export function scopeOfWhole(tree: Tree): Scope {
  const workflows = namesIn(tree).map((name) => ({ name, because: 'whole' as const }));
  return { workflows, removed: [], owned: [], law: false };
}

/** The part of a scope that falls to a shard: every `of`-th workflow, so that neighbours, which are alike, are spread. */
function shareOf(scope: Scope, shard: Shard | undefined): Scope {
  if (shard === undefined) return scope;
  const { index, of } = shard;
  return { ...scope, workflows: scope.workflows.filter((_, i) => i % of === index - 1) };
}

/** Why a finding under the law of the base may hold: what it misses comes with the change and is not merged. */
export function isUnmerged(found: Finding, under: Under, scope: Scope): boolean {
  if (under !== 'base' || !scope.law) return false;
  switch (found.rule) {
    case 'structure/unknown-tool':
    case 'structure/unknown-server':
      return scope.owned.some((path) => path.startsWith('tools/'));
    case 'structure/namespace-unowned':
      return scope.owned.includes('store.yaml');
    default:
      return false;
  }
}

/** What {@link isUnmerged} means, for people. */
export const UNMERGED =
  'it comes with this change: the law is read from the base revision, so it must be merged first, in a change of its own';

async function judge(
  tree: Tree,
  scope: Scope,
  existing: readonly WorkflowName[],
  options: ChangeOptions,
): Promise<{ readonly report: Report; readonly store?: LoadedStore }> {
  if (scope.workflows.length === 0) return { report: lawOnly(tree, options.policies, existing) };
  const wanted = scope.workflows.map(({ name }) => name);
  const store = await loadStore({ ...options, tree, wanted, existing });
  return { report: await verify(store, options), store };
}

/** A change that touches no workflow: law and layout are read, and that is all there is to judge. */
function lawOnly(tree: Tree, policies: readonly TextFile[], existing: readonly WorkflowName[]): Report {
  const { law, findings } = loadLaw(tree, policies);
  const all = [
    ...findings,
    ...(law === undefined ? [] : lawSchemas(law)),
    ...loadWorkflows(tree, law, existing).findings,
  ];
  const passed = law !== undefined && all.every(({ severity }) => severity !== 'error');
  return {
    store: law?.config.store,
    passed,
    exitCode: passed ? 0 : law === undefined ? 2 : 1,
    findings: all,
    workflows: [],
  };
}

/** The head's files under the base's law. */
function withLaw(base: Tree, head: Tree): Tree {
  const entries = [
    ...base.list().filter(({ path }) => isLaw(path)),
    ...head.list().filter(({ path }) => !isLaw(path)),
  ].toSorted((a, b) => compareText(a.path, b.path));
  return { list: () => entries, read: (path) => (isLaw(path) ? base : head).read(path) };
}

function lawOf(tree: Revision): Revision {
  return { ...tree, list: () => tree.list().filter(({ path }) => isLaw(path)) };
}

function namesIn(tree: Tree): readonly WorkflowName[] {
  return tree.list().flatMap(({ path, kind }): readonly WorkflowName[] => {
    const [, namespace, name] = /^workflows\/([^/]+)\/([^/]+)$/u.exec(path) ?? [];
    return kind !== 'directory' || namespace === undefined || name === undefined ? [] : [`${namespace}/${name}`];
  });
}

function usesIn(tree: Tree, policies: readonly TextFile[]): ReadonlyMap<string, Uses | undefined> {
  const { law } = loadLaw(tree, policies);
  return new Map(loadWorkflows(tree, law).workflows.map((loaded) => [loaded.name, usesOf(loaded, law)] as const));
}

function usesOf({ document, files }: LoadedWorkflow, law: Law | undefined): Uses | undefined {
  if (document?.value === undefined || files === undefined || law === undefined) return undefined;
  const { locate, locateKey } = document;
  const at = {
    document: document.value,
    locate: locate.bind(document),
    locateKey: locateKey.bind(document),
  };
  const { workflow } = parseWorkflow(at, law.servers);
  if (workflow === undefined) return undefined;
  const tasks = tasksOf(workflow.do);
  const tools = [
    ...files.contract.capabilities.map(({ tool }) => tool),
    ...tasks.flatMap((task) => (task.kind === 'call' && task.call.kind !== 'infer' ? [task.call.tool] : [])),
  ];
  return {
    servers: new Set(tools.map((tool) => tool.split('/')[0] ?? '')),
    runs: new Set(tasks.flatMap((task) => (task.kind === 'run' ? [task.workflow.name] : []))),
  };
}

/** What any of them names; `undefined` where one of them is not known. */
function join(all: readonly (Uses | undefined)[]): Uses | undefined {
  const known = all.flatMap((uses) => uses ?? []);
  if (known.length < all.length) return undefined;
  return {
    servers: new Set(known.flatMap(({ servers }) => [...servers])),
    runs: new Set(known.flatMap(({ runs }) => [...runs])),
  };
}

function worst(codes: readonly Report['exitCode'][]): Report['exitCode'] {
  return ([3, 2, 1] as const).find((code) => codes.includes(code)) ?? 0;
}
