import { canonicalJson } from '../../kernel/canonical.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { compareText, equalJson } from '../../kernel/json.ts';
import { contains } from '../../schema/contain.ts';
import type { Capability, Contract } from '../../store/model.ts';
import type { Workflow } from '../../workflow/model.ts';

/** The version bump a change needs (Semantic Versioning 2.0.0, sections 6 to 8). */
export type Bump = 'patch' | 'minor' | 'major';

/** One difference that callers or maintainers can notice. */
export interface Change {
  readonly bump: Bump;
  readonly because: string;
  /** The document that the old version took and the new one refuses, or the other way about. */
  readonly witness?: Json;
  /** Containment could not be decided; the safer bump is asked. */
  readonly undecided?: true;
}

export interface Version {
  readonly workflow: Workflow;
  readonly contract: Contract;
}

const RISKS = ['low', 'moderate', 'high'] as const;
const ANYTHING: JsonObject = {};

/**
 * Every difference between two versions that a caller, a user or a maintainer can notice. Accepting less input, giving other
 * output, ending in new ways and asking more authority are breaking; accepting more and asking less are features.
 */
export function changes(old: Version, now: Version): readonly Change[] {
  return [
    ...inputChanges(old.workflow.input?.schema ?? ANYTHING, now.workflow.input?.schema ?? ANYTHING),
    ...outputChanges(old.workflow.output?.schema ?? ANYTHING, now.workflow.output?.schema ?? ANYTHING),
    ...errorChanges(old.contract, now.contract),
    ...authorityChanges(old.contract, now.contract),
    ...behaviourChanges(old, now),
  ];
}

/** The largest bump among the changes; `undefined` where nothing changed. */
export function required(found: readonly Change[]): Bump | undefined {
  return (['major', 'minor', 'patch'] as const).find((bump) => found.some((change) => change.bump === bump));
}

function inputChanges(old: JsonObject, now: JsonObject): readonly Change[] {
  if (equalJson(old, now)) return [];
  const kept = contains(old, now);
  if (kept.kind === 'refuted')
    return [{ bump: 'major', because: 'an input that was accepted is refused now', witness: kept.witness }];
  if (kept.kind === 'unknown')
    return [
      {
        bump: 'major',
        because: `it is not known whether every old input is still accepted: ${kept.why}`,
        undecided: true,
      },
    ];
  const widened = contains(now, old);
  return widened.kind === 'proved'
    ? []
    : [{ bump: 'minor', because: 'inputs are accepted that were refused before', ...witnessOf(widened) }];
}

function outputChanges(old: JsonObject, now: JsonObject): readonly Change[] {
  if (equalJson(old, now)) return [];
  const kept = contains(now, old);
  if (kept.kind === 'refuted')
    return [
      { bump: 'major', because: 'an output is possible that the old schema does not allow', witness: kept.witness },
    ];
  if (kept.kind === 'unknown')
    return [
      {
        bump: 'major',
        because: `it is not known whether every output fits the old schema: ${kept.why}`,
        undecided: true,
      },
    ];
  const narrowed = contains(old, now);
  return narrowed.kind === 'proved'
    ? []
    : [{ bump: 'minor', because: 'the output promises more than before', ...witnessOf(narrowed) }];
}

function witnessOf(answer: ReturnType<typeof contains>): { readonly witness?: Json } {
  return answer.kind === 'refuted' ? { witness: answer.witness } : {};
}

function errorChanges(old: Contract, now: Contract): readonly Change[] {
  const added = now.errors.filter((name) => !old.errors.includes(name)).toSorted(compareText);
  const removed = old.errors.filter((name) => !now.errors.includes(name)).toSorted(compareText);
  return [
    ...added.map((name): Change => ({ bump: 'major', because: `it can end in a new way: ${name}` })),
    ...removed.map((name): Change => ({ bump: 'minor', because: `it no longer ends with ${name}` })),
  ];
}

function authorityChanges(old: Contract, now: Contract): readonly Change[] {
  const found: Change[] = [];
  if (RISKS.indexOf(now.risk) > RISKS.indexOf(old.risk))
    found.push({ bump: 'major', because: `the risk rose from ${old.risk} to ${now.risk}` });
  const before = new Map(old.capabilities.map((capability) => [capability.tool, capability]));
  const after = new Map(now.capabilities.map((capability) => [capability.tool, capability]));
  for (const [tool, capability] of after) {
    const known = before.get(tool);
    if (known === undefined)
      found.push({ bump: 'major', because: `it may call a tool that it could not call before: ${tool}` });
    else found.push(...capabilityChanges(known, capability));
  }
  for (const tool of before.keys())
    if (!after.has(tool)) found.push({ bump: 'minor', because: `it no longer calls ${tool}` });
  for (const budget of ['tasks', 'calls', 'infers', 'time'] as const) {
    if (now.budgets[budget] > old.budgets[budget]) {
      found.push({
        bump: 'minor',
        because: `the budget of ${budget} rose from ${old.budgets[budget]} to ${now.budgets[budget]}`,
      });
    }
  }
  return found;
}

function capabilityChanges(old: Capability, now: Capability): readonly Change[] {
  const found: Change[] = [];
  const [before, after] = [old.where ?? ANYTHING, now.where ?? ANYTHING];
  if (!equalJson(before, after)) {
    const kept = contains(after, before);
    if (kept.kind === 'refuted')
      found.push({
        bump: 'major',
        because: `${now.tool} takes arguments that were refused before`,
        witness: kept.witness,
      });
    if (kept.kind === 'unknown') {
      found.push({
        bump: 'major',
        because: `it is not known whether ${now.tool} takes only arguments that it took before: ${kept.why}`,
        undecided: true,
      });
    }
  }
  if (more(now.most, old.most)) found.push({ bump: 'major', because: `${now.tool} may be called more often` });
  for (const pointer of new Set([...old.total.keys(), ...now.total.keys()])) {
    if (more(now.total.get(pointer), old.total.get(pointer)))
      found.push({ bump: 'major', because: `${now.tool} may reach a larger total of ${pointer}` });
  }
  return found;
}

/** Whether the limit `now` lets more through than `old`; no limit lets everything through. */
function more(now: number | undefined, old: number | undefined): boolean {
  return old !== undefined && (now === undefined || now > old);
}

function behaviourChanges(old: Version, now: Version): readonly Change[] {
  return canonicalJson(withoutVersion(old.workflow.document)) ===
    canonicalJson(withoutVersion(now.workflow.document)) &&
    canonicalJson(contractJson(old.contract)) === canonicalJson(contractJson(now.contract))
    ? []
    : [{ bump: 'patch', because: 'the workflow or its contract is not the same' }];
}

function withoutVersion(document: Json): Json {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  const { document: head, ...rest } = document as JsonObject;
  if (typeof head !== 'object' || head === null || Array.isArray(head)) return document;
  const { version: _version, ...others } = head as JsonObject;
  return { ...rest, document: others };
}

function contractJson(contract: Contract): Json {
  const { risk, intents, errors, budgets, invariants, capabilities, labels } = contract;
  return {
    risk,
    intents,
    errors,
    budgets: { ...budgets },
    invariants: invariants.map((one) => ({ ...one })),
    capabilities: capabilities.map(({ tool, where, most, total }) => ({
      tool,
      where: where ?? null,
      most: most ?? null,
      total: Object.fromEntries(total),
    })),
    labels: Object.fromEntries([...labels.input].map(([pointer, { secrecy }]) => [pointer, secrecy])),
  };
}
