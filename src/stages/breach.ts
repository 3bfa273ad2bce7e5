import type { Finding } from '../kernel/finding.ts';
import { finding } from '../kernel/finding.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import type { RuleData, RuleId } from '../kernel/rules.ts';
import type { Refusal } from '../machine/effect.ts';
import type { Run } from '../simulate/model.ts';
import { brokenInvariants } from './invariants.ts';
import { calledAfterRefusal } from './answered.ts';
import { placeOf, type Subject, witness } from './subject.ts';

interface BreachOf<R extends RuleId> {
  readonly rule: R;
  /** The task at which it shows, or `''`. */
  readonly at: string;
  readonly data: RuleData[R];
}

/** One thing that a run showed to be wrong, before it is known in which smallest world. */
export type Breach = { readonly [R in RuleId]: BreachOf<R> }[RuleId];

/** Two breaches with one key are one defect. */
export function keyOf(breach: Breach): string {
  return canonicalJson([breach.rule, breach.at, breach.rule === 'policy/denied' ? breach.data.policies.join() : '']);
}

export function toFinding(subject: Subject, breach: Breach, run: Run, other?: Run): Finding {
  return finding(breach.rule, placeOf(subject, breach.at), breach.data, {
    witness: witness(subject, breach.rule, run.world, other?.world),
  });
}

/** What one refusal of the gate is a breach of (FORMATS: a finding in whichever stage sees it first). */
export function refusalBreach(at: string, action: string, refusals: readonly Refusal[]): Breach {
  const [first] = refusals;
  if (first === undefined)
    return { rule: 'policy/denied', at, data: { action, at, policies: [], why: 'no permit applies' } };
  switch (first.reason) {
    case 'capability':
    case 'where':
    case 'most':
    case 'total':
      return { rule: 'property/outside-capability', at, data: { tool: action, at, detail: first.detail } };
    case 'arguments':
      return { rule: 'property/arguments-invalid', at, data: { tool: action, at, detail: first.detail } };
    case 'policy-error':
      return { rule: 'policy/error', at, data: { action, at, policy: first.id, detail: first.detail } };
    case 'policy': {
      const policies = refusals.filter(({ reason }) => reason === 'policy').map(({ id }) => id);
      return { rule: 'policy/denied', at, data: { action, at, policies, why: first.detail } };
    }
  }
}

/**
 * The fixed oracles that need no author: the outcome is declared, the output fits its schema, every effect was permitted,
 * budgets hold, nothing is done that a person declined, and the author's invariants hold on the trace. `inputValid` says whether the input met the input schema:
 * a workflow that refuses bad input does right.
 */
export function breaches(subject: Subject, run: Run, inputValid: boolean): readonly Breach[] {
  const found: Breach[] = [];
  const { ending } = run;
  const { contract } = subject.files;
  switch (ending.kind) {
    case 'output':
    case 'no-reply':
      break;
    case 'refused':
      found.push(refusalBreach(ending.at, ending.action, ending.refusals));
      break;
    case 'over-budget':
      found.push({ rule: 'property/over-budget', at: ending.at, data: { budget: ending.budget, limit: ending.limit } });
      break;
    case 'error': {
      const atInput = ending.name === 'validation' && !inputValid;
      if (ending.name === 'expression') {
        found.push({ rule: 'property/expression-error', at: ending.at, data: { at: ending.at, detail: ending.why } });
      } else if (ending.name === 'validation' && ending.at === OUTPUT) {
        found.push({ rule: 'property/output-invalid', at: '', data: { detail: ending.why } });
      } else if (!atInput && !contract.errors.includes(ending.name)) {
        found.push({ rule: 'property/undeclared-outcome', at: ending.at, data: { outcome: ending.name } });
      }
    }
  }
  const refused = calledAfterRefusal(run);
  if (refused !== undefined) found.push({ rule: 'property/called-after-refusal', at: refused.at, data: refused });
  for (const invariant of brokenInvariants(contract.invariants, run.trace)) {
    found.push({ rule: 'property/invariant-violated', at: '', data: { invariant } });
  }
  return found;
}

/** Where the machine says that the workflow's own output broke its schema. */
const OUTPUT = '';
