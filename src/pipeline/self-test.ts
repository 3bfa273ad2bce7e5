import { parseDocument } from '../kernel/document.ts';
import { isObject, member } from '../kernel/json.ts';
import { Defect } from '../kernel/result.ts';
import { overlayTree, subtree, type Tree } from '../kernel/tree.ts';
import type { Solver } from '../prove/smt/solver.ts';
import type { AttackFixture } from '../stages/adversarial/fixture.ts';
import type { TextFile } from '../store/model.ts';
import { loadStore } from './load.ts';
import { folderReleases, NO_RELEASES } from './releases.ts';
import { verify } from './verify.ts';

/** What an unsafe variant must be caught by (FORMATS, "Fixtures"). `later`: only that stage's proofs can find it. */
export interface Expected {
  readonly stage: string;
  readonly rule: string;
  readonly later?: string;
}

export interface Variant {
  readonly name: string;
  readonly expected: Expected;
  readonly outcome: 'caught' | 'later' | 'missed';
  /** The rules of the errors that were found. */
  readonly found: readonly string[];
}

interface Home {
  readonly policies: readonly TextFile[];
  readonly attacks: readonly AttackFixture[];
  readonly digest: string;
}

/** Worlds per variant where the store does not say: enough for every planted hole, and the seed makes it repeatable. */
const WORLDS = 200;

/** Verifies every variant of `unsafe/`, laid over `store/`, in order of name; only the workflows that it touches. */
export async function* runVariants(
  fixtures: Tree,
  home: Home,
  options: {
    readonly seed: number;
    readonly runs: number | undefined;
    readonly solver: Solver | undefined;
    readonly only?: readonly string[];
  },
): AsyncGenerator<Variant> {
  const store = subtree(fixtures, 'store');
  const unsafe = subtree(fixtures, 'unsafe');
  const names = [
    ...new Set(
      unsafe
        .list()
        .filter(({ path }) => path.includes('/'))
        .map(({ path }) => path.split('/', 1)[0] ?? ''),
    ),
  ];
  for (const name of names) {
    if (options.only !== undefined && !options.only.includes(name)) continue;
    yield await runVariant(name, subtree(unsafe, name), store, home, options);
  }
}

async function runVariant(
  name: string,
  variant: Tree,
  store: Tree,
  home: Home,
  options: { readonly seed: number; readonly runs: number | undefined; readonly solver: Solver | undefined },
): Promise<Variant> {
  const expected = expectedOf(name, variant);
  const over: Tree = {
    list: () =>
      variant
        .list()
        .filter(({ path }) => path !== 'expect.yaml' && path !== 'releases' && !path.startsWith('releases/')),
    read: (path) => variant.read(path),
  };
  const tree = overlayTree(store, over);
  const released = subtree(variant, 'releases');
  const touched = new Set(over.list().flatMap(({ path }) => /^workflows\/([^/]+\/[^/]+)/u.exec(path)?.[1] ?? []));
  const lawful = over.list().some(({ path, kind }) => kind !== 'directory' && !path.startsWith('workflows/'));
  const loaded = await loadStore({
    tree,
    policies: home.policies,
    wanted: lawful ? [] : [...touched],
    releases: released.list().length === 0 ? NO_RELEASES : folderReleases(released),
    runs: options.runs ?? WORLDS,
    seed: options.seed,
    attacks: home.attacks,
  });
  const report = await verify(loaded, {
    seed: options.seed,
    asOf: undefined,
    verifier: home.digest,
    solver: options.solver,
  });
  const errors = [
    ...report.findings,
    ...report.workflows.flatMap(({ stages }) => stages.flatMap(({ findings }) => findings)),
  ].filter(({ severity }) => severity === 'error');
  const found = [...new Set(errors.map(({ rule }) => rule))];
  // A verifier that breaks down, or whose witness shows nothing, has caught nothing.
  const caught = !report.passed && report.exitCode !== 3 && found.some((rule) => rule === expected.rule);
  const outcome = caught ? 'caught' : expected.later === undefined ? 'missed' : 'later';
  return { name, expected, outcome, found };
}

function expectedOf(name: string, variant: Tree): Expected {
  const bytes = variant.read('expect.yaml');
  const parsed = bytes === undefined ? undefined : parseDocument('expect.yaml', bytes).value;
  if (!isObject(parsed)) throw new Defect(`the unsafe variant ${name} has no expect.yaml`);
  const [stage, rule, later] = [member(parsed, 'stage'), member(parsed, 'rule'), member(parsed, 'later')];
  if (typeof stage !== 'string' || typeof rule !== 'string')
    throw new Defect(`expect.yaml of ${name} names no stage and rule`);
  return { stage, rule, ...(typeof later === 'string' ? { later } : {}) };
}
