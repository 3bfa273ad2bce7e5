import { canonicalJson } from '../kernel/canonical.ts';
import { type Asking, isAsking, type Run } from '../simulate/model.ts';
import type { ScriptedReply } from '../store/model.ts';
import { lower } from '../value/concrete.ts';

/** One effect that was let out, with what was answered; `nth` counts the executions of its task from 0. */
export interface Answered {
  readonly effect: Asking;
  readonly nth: number;
  readonly reply: ScriptedReply;
}

/** Every effect that was answered, in order. */
export function answeredIn(run: Run): readonly Answered[] {
  const executions = new Map<string, number>();
  return run.decided.flatMap(({ effect, verdict }) => {
    if (!isAsking(effect) || !verdict.allowed) return [];
    const nth = executions.get(effect.at) ?? 0;
    executions.set(effect.at, nth + 1);
    const reply = run.world.replies.get(effect.at)?.[nth];
    return reply === undefined ? [] : [{ effect, nth, reply }];
  });
}

/** A person said no to a call, and it is made all the same. */
export function calledAfterRefusal(run: Run): { readonly tool: string; readonly at: string } | undefined {
  const refused = new Set<string>();
  for (const { effect, reply } of answeredIn(run)) {
    if (effect.kind === 'infer') continue;
    const call = canonicalJson([effect.tool, lower(effect.arguments)]);
    if (effect.kind === 'approve' && reply.kind === 'approval') {
      if (reply.approved) refused.delete(call);
      else refused.add(call);
    } else if (effect.kind === 'call' && !effect.approved && refused.has(call)) {
      const { tool, at } = effect;
      return { tool, at };
    }
  }
  return undefined;
}
