import type { PolicySet } from './cedar.ts';
import type { Verdict } from './authority.ts';
import type { CedarEngine } from './engine.ts';
import type { Decision } from './model.ts';

/** What our interpreter and the real engine said of one request; a difference is a defect of ours. */
export interface Difference {
  readonly action: string;
  readonly ours: string;
  readonly cedar: string;
}

/**
 * Puts what a gate decided to the real engine as well (about 0.2 ms each). Compared are the decision, the policies that
 * determined it, and which policies failed; `undefined` where all agree or where the policies were not asked.
 */
export function comparer(set: PolicySet, engine: CedarEngine): (verdict: Verdict) => Difference | undefined {
  let decide: ReturnType<CedarEngine['prepare']> | undefined;
  return ({ request, decision }) => {
    if (request === undefined || decision === undefined) return undefined;
    decide ??= engine.prepare(set.texts);
    const ours = summary(decision);
    const cedar = summary(decide(request));
    return ours === cedar ? undefined : { action: request.action.id, ours, cedar };
  };
}

/** A decision without the wording of its errors, which is no part of Cedar's meaning. */
export function summary({ allowed, determining, errors }: Decision): string {
  const failed = errors.map(({ policy }) => policy);
  return `${allowed ? 'allow' : 'deny'} by [${determining.join(', ')}]${failed.length === 0 ? '' : `, errors in [${failed.join(', ')}]`}`;
}
