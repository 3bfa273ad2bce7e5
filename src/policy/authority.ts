import type { Pointer } from '../kernel/pointer.ts';
import { tokensOf } from '../kernel/pointer.ts';
import { isLess } from '../expression/symbolic.ts';
import type { Symbols } from '../expression/symbols.ts';
import { assert } from '../kernel/result.ts';
import type { CallEffect, Refusal } from '../machine/effect.ts';
import type { Schema } from '../schema/compile.ts';
import { compileSchema } from '../schema/compile.ts';
import type { Capability, Contract, Law, ToolId, WorkflowName } from '../store/model.ts';
import { isConcrete, lower } from '../value/concrete.ts';
import { isTerm } from '../value/term.ts';
import type { PolicySet } from './cedar.ts';
import type { Decision, Request } from './model.ts';
import type { Decidable, Grant } from './request.ts';
import { requestBuilder } from './request.ts';
import { toolIn } from './tools.ts';
import { amountsAt, moved, settled } from './totals.ts';
import { clip } from './values.ts';

/** What the law says of an effect. `request` and `decision` are absent where the policies were not asked. */
export interface Verdict {
  readonly allowed: boolean;
  readonly refusals: readonly Refusal[];
  readonly request?: Request;
  readonly decision?: Decision;
  /** The declassifications of store.yaml that the effect relies on. */
  readonly grants: readonly Grant[];
}

/** A capability with its schemas ready. */
interface Authority {
  readonly capability: Capability;
  readonly where: Schema | undefined;
  readonly input: Schema;
  /** The pointers that the tool contract sums over a run. */
  readonly sum: ReadonlySet<Pointer>;
}

/**
 * The one gate that every driver puts every effect to, in this order: the capability is there (default-deny), the arguments
 * are what the tool declares, `where`, `most` and `total` hold, and then the policies, all of them.
 */
export function gate(
  law: Law,
  set: PolicySet,
  contract: Contract,
  workflow: WorkflowName,
): (effect: Decidable, unknown?: Symbols) => Verdict {
  const build = requestBuilder(law, contract, workflow);
  const authorities = new Map<ToolId, Authority | Refusal>();
  const authorityOver = (tool: ToolId): Authority | Refusal => {
    let found = authorities.get(tool);
    if (found === undefined) {
      found = readAuthority(law, contract, tool);
      authorities.set(tool, found);
    }
    return found;
  };

  return (effect, unknown) => {
    if (effect.kind === 'call' || effect.kind === 'approve') {
      const authority = authorityOver(effect.tool);
      if ('reason' in authority) return refused([authority]);
      const refusals = effect.kind === 'call' ? breachesOf(authority, effect, unknown) : [];
      if (refusals.length > 0) return refused(refusals);
    }
    const built = build(effect, unknown);
    if (built === undefined)
      return refused([{ reason: 'capability', id: effect.kind, detail: 'no tool contract names this tool' }]);
    const { request, grants } = built;
    const decision = set.decide(request, unknown);
    return { allowed: decision.allowed, refusals: refusalsOf(decision, set), request, decision, grants };
  };
}

function refused(refusals: readonly Refusal[]): Verdict {
  return { allowed: false, refusals, grants: [] };
}

function readAuthority(law: Law, contract: Contract, id: ToolId): Authority | Refusal {
  const capability = contract.capabilities.find(({ tool }) => tool === id);
  if (capability === undefined) return { reason: 'capability', id, detail: 'the contract asks for no such tool' };
  const found = toolIn(law, id);
  if (found === undefined) return { reason: 'capability', id, detail: 'no tool contract names this tool' };
  const input = compileSchema(found.tool.input, { undeclared: 'refused' });
  if (!input.ok) return { reason: 'arguments', id, detail: `the input schema of ${clip(id)} cannot be used` };
  const sum = new Set(found.tool.sum);
  const { where } = capability;
  if (where === undefined) return { capability, where: undefined, input: input.value, sum };
  const compiled = compileSchema(where);
  if (!compiled.ok) return { reason: 'where', id, detail: `the schema in where of ${clip(id)} cannot be used` };
  return { capability, where: compiled.value, input: input.value, sum };
}

function breachesOf(
  { capability, where, input, sum }: Authority,
  effect: Extract<Decidable, { kind: 'call' }>,
  unknown: Symbols | undefined,
): readonly Refusal[] {
  const id = capability.tool;
  const symbols = (): Symbols => {
    assert(unknown !== undefined, 'only a driver of unknown values has them');
    return unknown;
  };
  if (!isConcrete(effect.arguments)) {
    if (!symbols().valid(input, effect.arguments))
      return [{ reason: 'arguments', id, detail: 'they may be other than the tool takes' }];
    const isOutside = where !== undefined && !symbols().valid(where, effect.arguments);
    const outside: Refusal[] = isOutside ? [{ reason: 'where', id, detail: 'they may be outside of it' }] : [];
    return [...outside, ...overdrawn(capability, sum, effect, symbols)];
  }
  const json = lower(effect.arguments);
  // Everything after this may take the arguments to be what the tool declares.
  const [invalid] = input.validate(json);
  if (invalid !== undefined)
    return [{ reason: 'arguments', id, detail: `${invalid.pointer} ${invalid.detail}`.trim() }];
  const refusals: Refusal[] = [];
  const [outside] = where?.validate(json) ?? [];
  if (outside !== undefined)
    refusals.push({ reason: 'where', id, detail: `${outside.pointer} ${outside.detail}`.trim() });
  refusals.push(...overdrawn(capability, sum, effect, symbols));
  return refusals;
}

/** What a call breaches of what its capability grants to a whole run. */
function overdrawn(
  { tool: id, most, total }: Capability,
  sum: ReadonlySet<Pointer>,
  effect: CallEffect,
  symbols: () => Symbols,
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const count = (effect.history.calls.get(id) ?? 0) + 1;
  if (most !== undefined && count > most) {
    refusals.push({ reason: 'most', id, detail: `call ${count} of at most ${most} in a run` });
  }
  for (const [pointer, limit] of total) {
    if (!sum.has(pointer)) {
      // The history of a run holds the sums of these pointers only: any other bound would count this call alone.
      refusals.push({ reason: 'total', id, detail: `the tool contract does not sum ${clip(pointer)}` });
      continue;
    }
    const before = settled(symbols, effect.history.totals.get(id)?.get(pointer) ?? 0);
    // A negative amount takes nothing off what a run may move.
    const now = moved([before, ...amountsAt(effect.arguments, tokensOf(pointer) ?? [], symbols)], symbols);
    if (!isTerm(now)) {
      if (!(now <= limit))
        refusals.push({ reason: 'total', id, detail: `${pointer} adds up to ${now}, above ${limit}` });
    } else if (isLess(symbols(), limit, now)) {
      refusals.push({ reason: 'total', id, detail: `${pointer} may exceed ${limit}` });
    }
  }
  return refusals;
}

function refusalsOf(decision: Decision, set: PolicySet): readonly Refusal[] {
  if (decision.allowed) return [];
  const errors = decision.errors.map(({ policy, detail }): Refusal => ({ reason: 'policy-error', id: policy, detail }));
  const forbids = decision.determining
    .map((id) => set.find(id))
    .filter((policy) => policy?.effect === 'forbid')
    .map((policy): Refusal => ({ reason: 'policy', id: policy?.id ?? '', detail: policy?.title ?? '' }));
  if (errors.length + forbids.length > 0) return [...forbids, ...errors];
  return [{ reason: 'policy', id: 'default-deny', detail: 'no policy permits it' }];
}
