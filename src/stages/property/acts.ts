import { canonicalJson } from '../../kernel/canonical.ts';
import { isObject, type Json } from '../../kernel/json.ts';
import { tokensOf } from '../../kernel/pointer.ts';
import { valueAt } from '../../kernel/paths.ts';
import { toolIn } from '../../policy/tools.ts';
import type { Run } from '../../simulate/model.ts';
import { isLate } from '../../simulate/trace.ts';
import type { Tool } from '../../store/model.ts';
import { lower } from '../../value/concrete.ts';
import type { Breach } from '../breach.ts';
import { answeredIn } from '../answered.ts';
import type { Subject } from '../subject.ts';

/** One irreversible call that went out: it may have happened, whatever was heard of it. */
interface Act {
  readonly at: string;
  readonly nth: number;
  readonly tool: Tool;
  /** Its idempotency key. */
  readonly key: string | undefined;
  /** What it does, but for the key. */
  readonly rest: string;
  readonly approved: boolean;
  /** Whether the workflow heard that it was done. */
  readonly confirmed: boolean;
}

function actsOf(subject: Subject, run: Run): readonly Act[] {
  return answeredIn(run).flatMap(({ effect, nth, reply }) => {
    if (effect.kind !== 'call') return [];
    const tool = toolIn(subject.law, effect.tool)?.tool;
    if (tool?.effect !== 'irreversible') return [];
    const given = lower(effect.arguments);
    const path = tool.key === undefined ? undefined : tokensOf(tool.key);
    const key = path === undefined ? undefined : valueAt(given, path);
    const confirmed = (reply.kind === 'structured' || reply.kind === 'text') && !isLate(effect, reply);
    return [
      {
        at: effect.at,
        nth,
        tool,
        key: key === undefined || key === null ? undefined : canonicalJson(key),
        rest: canonicalJson(path === undefined ? given : without(given, path)),
        approved: effect.approved,
        confirmed,
      },
    ];
  });
}

/** Two calls of one tool under one key are one effect. */
function isSame(a: Act, b: Act): boolean {
  return a.tool.id === b.tool.id && a.key !== undefined && a.key === b.key;
}

function without(json: Json, [first, ...rest]: readonly string[]): Json {
  if (first === undefined || !isObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, member]) =>
      name !== first ? [[name, member]] : rest.length === 0 ? [] : [[name, without(member, rest)]],
    ),
  );
}

/**
 * A run in which something failed does again, under another key or none, what may have been done already, and what the run
 * without the failure does not do twice. A call that a person approved is one that they want.
 */
export function repeatedAfterFault(subject: Subject, faulty: Run, base: Run): Breach | undefined {
  const acts = actsOf(subject, faulty);
  const wanted = actsOf(subject, base);
  const times = (list: readonly Act[], act: Act): number =>
    list.filter(({ tool, key, rest }) => tool.id === act.tool.id && key === act.key && rest === act.rest).length;
  const again = acts.find(
    (act, i) =>
      !act.approved &&
      acts
        .slice(0, i)
        .some((one) => one.tool.id === act.tool.id && one.rest === act.rest && !one.confirmed && !isSame(one, act)) &&
      times(acts.slice(0, i + 1), act) > times(wanted, act),
  );
  return again === undefined ? undefined : breach(again, 'after an answer that was lost');
}

/**
 * The engine stopped after `before` and began anew: what the second run does at the same place of the workflow is the same
 * intent, and must be the same effect.
 */
export function repeatedAfterRestart(subject: Subject, after: Run, before: Run): Breach | undefined {
  const done = actsOf(subject, before);
  const again = actsOf(subject, after).find(
    (act) => !act.approved && done.some((one) => one.at === act.at && one.nth === act.nth && !isSame(one, act)),
  );
  return again === undefined ? undefined : breach(again, 'when the engine stops and begins anew');
}

function breach({ tool, at }: Act, how: string): Breach {
  return { rule: 'property/repeated-effect', at, data: { tool: tool.id, at, how } };
}
