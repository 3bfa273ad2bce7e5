import type { ToolId } from '../store/model.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import type { Key } from './effect.ts';
import type { At } from './effect.ts';

/** A person said yes to one call. */
export interface Approval {
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
  readonly by: Value;
  /** The call that used it up: its task and, where it carries one, its idempotency key. */
  usedBy?: { readonly at: At; readonly key: Key | undefined };
}

/** What identifies a call to the approvals. */
export interface CallIdentity {
  readonly at: At;
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
  readonly key: Key | undefined;
  /** A retry inside `try`: it shares the approval of an earlier attempt with the same key. */
  readonly isRetry: boolean;
}

/**
 * The approvals of one workflow run: an approval holds for one call of the tool that it showed with equal arguments
 * (FORMATS, "Approval"). Approvals given inside a branch of a fork are unknown to its siblings.
 */
export class Approvals {
  private known: Approval[] = [];
  private readonly equal: (a: Value, b: Value) => boolean;

  constructor(equal: (a: Value, b: Value) => boolean) {
    this.equal = equal;
  }

  give(tool: ToolId, args: ObjectValue, by: Value): void {
    this.known.push({ tool, arguments: args, by });
  }

  /** Those given so far, in their order, as they are now. */
  copy(): readonly Approval[] {
    return this.known.map((approval) => ({ ...approval }));
  }

  /** Makes them what {@link copy} gave. */
  reset(approvals: readonly Approval[]): void {
    this.known = approvals.map((approval) => ({ ...approval }));
  }

  /** The distinct people whose approvals hold for this call, sorted as they came. */
  approvers(call: CallIdentity): readonly Value[] {
    const distinct: Value[] = [];
    for (const approval of this.known) {
      if (!this.holds(approval, call) || distinct.some((by) => this.equal(by, approval.by))) continue;
      distinct.push(approval.by);
    }
    return distinct;
  }

  /** The call happens: it uses up every approval that held for it. */
  use(call: CallIdentity): void {
    for (const approval of this.known) {
      if (this.holds(approval, call)) approval.usedBy ??= { at: call.at, key: call.key };
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

  private holds(approval: Approval, call: CallIdentity): boolean {
    if (approval.tool !== call.tool || !this.equal(approval.arguments, call.arguments)) return false;
    const { usedBy } = approval;
    if (usedBy === undefined) return true;
    if (!call.isRetry || call.key === undefined || usedBy.at !== call.at || usedBy.key === undefined) return false;
    return this.equal(usedBy.key, call.key);
  }
}
