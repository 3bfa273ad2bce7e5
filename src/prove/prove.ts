import type { Run, World } from '../simulate/model.ts';
import { type Candidate, explore, type Subject } from './explore.ts';
import type { Limits } from './explorer.ts';
import type { Account, Obligation } from './obligations.ts';
import { worldOf } from './witness.ts';

export type { Subject } from './explore.ts';

/**
 * What is known of one obligation. `proved`: it holds on every path. `refuted`: a run breaks it. `unknown`: it may fail on some
 * path, and no run was found that shows it.
 */
export interface Verdict extends Obligation {
  readonly status: 'proved' | 'refuted' | 'unknown';
  readonly why: string;
  /** It may fail on some path; else it is unknown only because not every path was followed. */
  readonly doubted: boolean;
  /** Of what is refuted: the run that breaks it. */
  readonly run?: Run;
}

export interface Proof {
  readonly verdicts: readonly Verdict[];
  readonly paths: number;
  readonly decisions: number;
  /** Why nothing is proved; absent where every path was followed. */
  readonly unexplored?: string;
}

/** Worlds that are tried for one candidate, and for one workflow. */
const WORLDS = { candidate: 12, workflow: 400 };

/**
 * Proves the obligations of a workflow, or shows runs that break them: follows every path over all inputs and replies, and turns
 * each path on which an obligation may fail into worlds. `broken` runs a world in the concrete machine and says whether
 * something is broken there; only what it finds is refuted.
 */
export async function prove(
  subject: Subject,
  limits: Limits,
  broken: (world: World) => Run | undefined,
): Promise<Proof> {
  const { ledger, candidates, paths, decisions, unexplored } = explore(subject, limits);
  let tried = 0;
  const refutationOf = (obligation: Obligation): Run | undefined => {
    const own = candidates.filter((it) => isSame(it, obligation));
    for (let seed = 0; seed < WORLDS.candidate; seed += 1) {
      for (const candidate of own) {
        if (tried >= WORLDS.workflow) return undefined;
        tried += 1;
        const run = attempt(candidate, seed, broken);
        if (run !== undefined) return run;
      }
    }
    return undefined;
  };
  const verdicts = ledger.all().map((account): Verdict => {
    const { at, action, kind } = account;
    const why = [...account.doubts].join('; ');
    if (account.doubts.size > 0) {
      const run = refutationOf(account);
      return {
        at,
        action,
        kind,
        why,
        doubted: true,
        ...(run === undefined ? { status: 'unknown' } : { status: 'refuted', run }),
      };
    }
    const isProved = unexplored === undefined && isLookedAt(account);
    return { at, action, kind, status: isProved ? 'proved' : 'unknown', why: unexplored ?? '', doubted: false };
  });
  return { verdicts, paths, decisions, ...(unexplored === undefined ? {} : { unexplored }) };
}

function attempt(candidate: Candidate, seed: number, broken: (world: World) => Run | undefined): Run | undefined {
  const world = worldOf(candidate, seed);
  return world === undefined ? undefined : broken(world);
}

function isSame(a: Obligation, b: Obligation): boolean {
  return a.at === b.at && a.action === b.action && a.kind === b.kind;
}

function isLookedAt({ paths }: Account): boolean {
  return paths > 0;
}
