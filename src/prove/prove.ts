import type { Run, World } from '../simulate/model.ts';
import { type Exploration, explore, type Situation, siteOf, type Subject } from './explore.ts';
import type { Limits } from './explorer.ts';
import { exploreMerged } from './merged.ts';
import { Ledger, type Obligation } from './obligations.ts';
import { queriesOf } from './smt/query.ts';
import { Inquiry, type Solver, type Values } from './smt/solver.ts';
import { worldOf } from './witness.ts';

export type { Subject } from './explore.ts';

/**
 * What is known of one obligation. `proved`: it holds on every path that a run can take, and a run gets there. `refuted`: a run
 * breaks it. `unknown`: it may fail on some path, and no run was found that shows it; or no run was found that gets there.
 */
export interface Verdict extends Obligation {
  readonly status: 'proved' | 'refuted' | 'unknown';
  readonly why: string;
  /** Why it is unknown is about this obligation; else it is unknown only because not every path was followed. */
  readonly doubted: boolean;
  /** Of what is refuted: the run that breaks it. */
  readonly run?: Run;
}

export interface Proof {
  readonly verdicts: readonly Verdict[];
  readonly paths: number;
  readonly decisions: number;
  /** Questions that were put to the solver. */
  readonly asked: number;
  /** Digests of those on whose answers something proved rests. */
  readonly queries: readonly string[];
  /** Why nothing is proved; absent where every path was followed. */
  readonly unexplored?: string;
}

/** Worlds that are tried for one candidate, and for one workflow. */
const WORLDS = { candidate: 12, workflow: 400 };

/** What is proved by, besides the exploration. */
export interface Means {
  readonly limits: Limits;
  /** Steps that a solver may take for the workflow. */
  readonly rlimit: number;
  /** Absent: what relations between unknowns exclude is not found out. */
  readonly solver: Solver | undefined;
  /** Runs a world in the concrete machine; `undefined` where no such run exists. */
  run(world: World): Run | undefined;
  /** Whether something is broken in a run. */
  isBroken(run: Run): boolean;
  /** Where runs that are known already have been ({@link sitesOf}). */
  readonly reached: ReadonlySet<string>;
}

/**
 * Proves the obligations of a workflow, or shows runs that break them. Paths are put together first. What is doubted then is looked
 * at path by path, where each knows all that it decided: a solver is asked whether the paths on which an obligation may fail exist,
 * and they are turned into worlds. Only what breaks in the concrete machine is refuted.
 */
export async function prove(subject: Subject, means: Means): Promise<Proof> {
  const merged = exploreMerged(subject, means.limits);
  const explorations = isClear(merged) ? [merged] : [merged, explore(subject, means.limits)];
  const inquiry = new Inquiry(means.solver, means.rlimit);
  const trials = new Trials(means, inquiry);
  const verdicts: Verdict[] = [];
  for (const obligation of obligationsOf(explorations)) {
    const { at, action, kind } = obligation;
    verdicts.push({ at, action, kind, ...(await judge(obligation)) });
  }
  const { asked } = inquiry;
  const queries = inquiry.queries();
  const open = verdicts.find(({ status, doubted }) => status === 'unknown' && !doubted);
  const paths = explorations.reduce((sum, it) => sum + it.paths, 0);
  const decisions = explorations.reduce((sum, it) => sum + it.decisions, 0);
  return { verdicts, paths, decisions, asked, queries, ...(open === undefined ? {} : { unexplored: open.why }) };

  async function judge(obligation: Obligation): Promise<Omit<Verdict, keyof Obligation>> {
    if (!(await holds(obligation))) {
      // Where paths were put together, no run takes just one of them.
      const own = explorations.slice(1).flatMap((it) => it.candidates.filter((one) => isSame(one, obligation)));
      const run = await trials.search(own, (found) => means.isBroken(found));
      const [doubts] = explorations.toReversed().flatMap((it) => it.ledger.find(obligation)?.doubts ?? []);
      const why = [...(doubts ?? [])].join('; ');
      if (run !== undefined) return { status: 'refuted', why, doubted: true, run };
      if (why !== '') return { status: 'unknown', why, doubted: true };
      return { status: 'unknown', why: explorations.at(-1)?.unexplored ?? '', doubted: false };
    }
    const site = siteOf(obligation.at, obligation.action);
    const reaching = explorations.toReversed().flatMap((it) => it.reaching.get(site) ?? []);
    const isMet =
      means.reached.has(site) ||
      (await trials.search(reaching, (found) => [...sitesOf(found)].includes(site))) !== undefined;
    return isMet
      ? { status: 'proved', why: '', doubted: false }
      : { status: 'unknown', why: NEVER_REACHED, doubted: true };
  }

  /** Whether one of the explorations looked at everything, and where it doubts the obligation, no run can be. */
  async function holds(obligation: Obligation): Promise<boolean> {
    const accounts = explorations.flatMap((it) =>
      it.unexplored === undefined ? (it.ledger.find(obligation) ?? []) : [],
    );
    if (accounts.some(({ doubts, paths }) => doubts.size === 0 && paths > 0)) return true;
    for (const { conditions, paths } of accounts.toReversed())
      if (paths > 0 && conditions !== undefined && (await inquiry.areImpossible(conditions.values()))) return true;
    return false;
  }
}

/** Whether there is nothing left to ask. */
function isClear({ unexplored, ledger }: Exploration): boolean {
  return unexplored === undefined && ledger.all().every(({ doubts }) => doubts.size === 0);
}

function obligationsOf(explorations: readonly Exploration[]): readonly Obligation[] {
  const all = new Ledger();
  for (const { ledger } of explorations) for (const account of ledger.all()) all.of(account);
  return all.all();
}

/** Why nothing is proved of a place behind what is always refused, and of one to which no way leads. */
export const NEVER_REACHED = 'no run was found that gets here: what is said of no run is not proved';

/** Where a run has been, as the places and actions of obligations. */
export function* sitesOf({ decided, ending }: Run): Generator<string> {
  for (const { effect } of decided) yield siteOf(effect.at, effect.kind === 'call' ? effect.tool : effect.kind);
  if (ending.kind !== 'no-reply') yield siteOf('', 'end');
}

/** Looks for runs on paths: with values that are drawn, then with values that the relations of the path allow. */
class Trials {
  private readonly means: Means;
  private readonly inquiry: Inquiry;
  private tried = 0;

  constructor(means: Means, inquiry: Inquiry) {
    this.means = means;
    this.inquiry = inquiry;
  }

  async search(paths: readonly Situation[], isSuch: (run: Run) => boolean): Promise<Run | undefined> {
    for (let seed = 0; seed < WORLDS.candidate; seed += 1) {
      for (const path of paths) {
        const run = this.attempt(path, seed, isSuch);
        if (run !== undefined) return run;
      }
    }
    for (const path of paths) {
      const queries = queriesOf(path.knowledge);
      const values = queries.length === 0 ? undefined : await this.inquiry.valuesFor(queries);
      if (values === undefined) continue;
      for (let seed = 0; seed < WORLDS.candidate; seed += 1) {
        const run = this.attempt(path, seed, isSuch, values);
        if (run !== undefined) return run;
      }
    }
    return undefined;
  }

  private attempt(path: Situation, seed: number, isSuch: (run: Run) => boolean, values?: Values): Run | undefined {
    if (this.tried >= WORLDS.workflow) return undefined;
    this.tried += 1;
    const world = worldOf(path, seed, values);
    const run = world === undefined ? undefined : this.means.run(world);
    return run !== undefined && isSuch(run) ? run : undefined;
  }
}

function isSame(a: Obligation, b: Obligation): boolean {
  return a.at === b.at && a.action === b.action && a.kind === b.kind;
}
