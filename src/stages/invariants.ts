import type { Json } from '../kernel/json.ts';
import { evaluate } from '../expression/evaluate.ts';
import { parseExpression } from '../expression/parse.ts';
import type { Expression } from '../expression/tree.ts';
import { concreteEnvironment } from '../expression/environment.ts';
import type { Trace } from '../simulate/model.ts';
import type { Contract } from '../store/model.ts';
import { lift } from '../value/concrete.ts';
import { BOTTOM } from '../value/label.ts';

/** The steps that a predicate over one trace may take. */
const FUEL = 1_000_000;

/**
 * Whether a jq-profile predicate is `true` of a trace. A predicate that fails, or yields anything else, does not hold:
 * an invariant that errs is broken, a goal that errs is not reached.
 */
export function holds(predicate: Expression, trace: Trace): boolean {
  try {
    const value = evaluate(predicate, concreteEnvironment(lift(traceToJson(trace), BOTTOM), FUEL));
    return value.kind === 'boolean' && value.value;
  } catch {
    return false;
  }
}

/** The ids of the invariants that do not hold of a trace. */
export function brokenInvariants(invariants: Contract['invariants'], trace: Trace): readonly string[] {
  return invariants
    .filter(({ always }) => {
      const parsed = parseExpression(always);
      return !parsed.ok || !holds(parsed.value, trace);
    })
    .map(({ id }) => id);
}

function traceToJson(trace: Trace): Json {
  return { ...trace };
}
