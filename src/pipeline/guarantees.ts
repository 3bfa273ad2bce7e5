import type { JsonObject } from '../kernel/json.ts';
import { stepsOf } from '../flow/walk.ts';
import { compareText } from '../kernel/json.ts';
import { isOutgoing, toolIn } from '../policy/tools.ts';
import type { Subject } from '../stages/subject.ts';

/** What holds of every run under an engine that enforces contract and policies, callees included: computed, never declared. */
export function guaranteesOf(subject: Subject): JsonObject {
  const { files, law, program } = subject;
  const { contract } = files;
  const calls = stepsOf(program).flatMap((step) => (step.kind === 'call' ? [step.call] : []));
  const tools = contract.capabilities.flatMap(({ tool }) => toolIn(law, tool)?.tool ?? []);
  const sorted = (items: Iterable<string>): readonly string[] => [...new Set(items)].toSorted(compareText);
  return {
    risk: contract.risk,
    deterministic: calls.some(({ kind }) => kind === 'infer')
      ? 'up to replies of tools and models'
      : 'up to replies of tools',
    tools: sorted(tools.map(({ id }) => id)),
    effects: sorted(tools.map(({ effect }) => effect)),
    outgoing: sorted(tools.filter(isOutgoing).map(({ id }) => id)),
    secretsRead: sorted(tools.flatMap(({ returns }) => returns.secrecy)),
    approvals: sorted(calls.flatMap((call) => (call.kind === 'approve' ? [call.tool] : []))),
    errors: sorted(contract.errors),
    budgets: { ...contract.budgets },
  };
}
