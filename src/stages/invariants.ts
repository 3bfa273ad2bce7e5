import { ExpressionError } from '../expression/error.ts';
import { evaluate } from '../expression/evaluate.ts';
import { parseExpression } from '../expression/parse.ts';
import type { Expression } from '../expression/tree.ts';
import { concreteEnvironment } from '../expression/environment.ts';
import type { Trace } from '../simulate/model.ts';
import type { Contract } from '../store/model.ts';
import { lift } from '../value/concrete.ts';
import { BOTTOM } from '../value/label.ts';
import type { Value } from '../value/value.ts';

/** The steps that a predicate over one trace may take. */
const FUEL = 1_000_000;

/**
 * Whether a jq-profile predicate is `true` of a trace. A predicate that fails, or yields anything else, does not hold:
 * an invariant that errs is broken, a goal that errs is not reached.
 */
export function holds(predicate: Expression, trace: Trace): boolean {
  try {
    const value = evaluate(predicate, concreteEnvironment(valueOf(trace), FUEL));
    return value.kind === 'boolean' && value.value;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

const lifted = new WeakMap<Trace, Value>();

/** The trace as a value, once for all the predicates that are asked of it. */
function valueOf(trace: Trace): Value {
  let value = lifted.get(trace);
  if (value === undefined) {
    value = lift({ ...trace }, BOTTOM);
    lifted.set(trace, value);
  }
  return value;
}

/** The ids of the invariants that do not hold of a trace; one that is no predicate holds of none. */
export function brokenInvariants(invariants: Contract['invariants'], trace: Trace): readonly string[] {
  let predicates = parsed.get(invariants);
  if (predicates === undefined) {
    predicates = invariants.map(({ id, always }) => ({ id, predicate: parseExpression(always) }));
    parsed.set(invariants, predicates);
  }
  return predicates.flatMap(({ id, predicate }) => (predicate.ok && holds(predicate.value, trace) ? [] : [id]));
}

type Predicates = readonly { readonly id: string; readonly predicate: ReturnType<typeof parseExpression> }[];

/** The invariants of a contract, read once for all the traces that they are asked of. */
const parsed = new WeakMap<Contract['invariants'], Predicates>();
