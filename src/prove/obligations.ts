import type { Refusal } from '../machine/effect.ts';
import { compareText } from '../kernel/json.ts';

/**
 * What must hold at one place of a workflow, on every path that leads there. `policy`: the policies permit the effect, and none
 * of them errs. The others are what else the gate asks, and how a run may end.
 */
export type ObligationKind = 'capability' | 'arguments' | 'where' | 'most' | 'total' | 'policy' | 'ending';

export interface Obligation {
  /** The task, or `''` for the end of the workflow. */
  readonly at: string;
  /** A tool, or `infer`, `approve`, `return`, `raise`, `end`. */
  readonly action: string;
  readonly kind: ObligationKind;
}

/** What the exploration of all paths found out about an obligation, before any counterexample is tried. */
export interface Account extends Obligation {
  /** On how many paths it was looked at. */
  paths: number;
  /** Why it may fail, in words; none: it holds on every path. */
  readonly doubts: Set<string>;
  /**
   * For every path on which it may fail, the questions about that path: where one of them has no solution, no run takes it.
   * `undefined` where some doubt cannot be settled so.
   */
  conditions: Map<string, Condition> | undefined;
}

/** Texts of questions for a solver. */
export type Condition = readonly string[];

function keyOf({ at, action, kind }: Obligation): string {
  return JSON.stringify([at, action, kind]);
}

/** The accounts of one exploration. */
export class Ledger {
  private readonly accounts = new Map<string, Account>();

  of(obligation: Obligation): Account {
    const key = keyOf(obligation);
    let account = this.accounts.get(key);
    if (account === undefined) {
      const { at, action, kind } = obligation;
      account = { at, action, kind, paths: 0, doubts: new Set(), conditions: new Map() };
      this.accounts.set(key, account);
    }
    return account;
  }

  find(obligation: Obligation): Account | undefined {
    return this.accounts.get(keyOf(obligation));
  }

  /** An obligation may fail: on the path that the condition is of, where one is given. */
  doubt(obligation: Obligation, why: string, condition?: () => Condition): void {
    const account = this.of(obligation);
    account.doubts.add(why);
    if (account.conditions === undefined) return;
    const asked = condition?.() ?? [];
    if (asked.length === 0) account.conditions = undefined;
    else account.conditions.set(asked.join(''), asked);
  }

  /** In the order of places. */
  all(): readonly Account[] {
    return [...this.accounts.values()].toSorted(
      (a, b) => compareText(a.at, b.at) || compareText(a.action, b.action) || compareText(a.kind, b.kind),
    );
  }
}

/** The obligation that a refusal breaches. */
export function kindOfRefusal({ reason }: Refusal): ObligationKind {
  return reason === 'policy-error' ? 'policy' : reason;
}

export const CALL_KINDS: readonly ObligationKind[] = ['capability', 'arguments', 'where', 'most', 'total', 'policy'];
