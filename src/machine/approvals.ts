import type { ToolId } from '../store/model.ts';
import { equalValues } from '../value/order.ts';
import type { ObjectValue } from '../value/value.ts';
import type { At } from './effect.ts';

/** A person said yes to one call. */
interface Approval {
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
  readonly by: string;
  /** The call that used it up: its task and, where it carries one, its idempotency key. */
  usedBy?: { readonly at: At; readonly key: string | undefined };
}

/** What identifies a call to the approvals. */
export interface CallIdentity {
  readonly at: At;
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
  readonly key: string | undefined;
  /** A retry inside `try`: it shares the approval of an earlier attempt with the same key. */
  readonly isRetry: boolean;
}

/**
 * The approvals of one workflow run: an approval holds for one call of the tool that it showed with equal arguments
 * (FORMATS, "Approval"). Approvals given inside a branch of a fork are unknown to its siblings.
 */
export class Approvals {
  private known: Approval[] = [];

  give(tool: ToolId, args: ObjectValue, by: string): void {
    this.known.push({ tool, arguments: args, by });
  }

  /** The distinct people whose approvals hold for this call, sorted as they came. */
  approvers(call: CallIdentity): readonly string[] {
    return [...new Set(this.known.filter((approval) => holds(approval, call)).map(({ by }) => by))];
  }

  /** The call happens: it uses up every approval that held for it. */
  use(call: CallIdentity): void {
    for (const approval of this.known) {
      if (holds(approval, call)) approval.usedBy ??= { at: call.at, key: call.key };
    }
  }

  /** Runs the branches of a fork apart: each starts with what is known now; `join` puts their own approvals together. */
  fork(): { readonly branch: () => void; readonly join: () => void } {
    const shared = this.known;
    const given: Approval[] = [];
    const collect = (): void => {
      given.push(...this.known.slice(shared.length));
    };
    this.known = [...shared];
    return {
      branch: () => {
        collect();
        this.known = [...shared];
      },
      join: () => {
        collect();
        this.known = [...shared, ...given];
      },
    };
  }
}

function holds(approval: Approval, call: CallIdentity): boolean {
  if (approval.tool !== call.tool || !equalValues(approval.arguments, call.arguments)) return false;
  const { usedBy } = approval;
  if (usedBy === undefined) return true;
  return call.isRetry && call.key !== undefined && usedBy.at === call.at && usedBy.key === call.key;
}
