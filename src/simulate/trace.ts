import type { Json, JsonObject } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { ScriptedReply } from '../store/model.ts';
import { lower } from '../value/concrete.ts';
import type { Label, Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Asking, Ending, Trace } from './model.ts';
import { spokenToJson, toReply } from './reply.ts';

export interface Recorded {
  readonly effect: Asking;
  readonly reply: ScriptedReply;
}

/** The trace of a run (FORMATS, "Trace"): plain JSON, in order. A call's `reply` is the JSON-RPC result. */
export function traceOf(input: Json, ending: Ending, recorded: readonly Recorded[], tasks: readonly string[]): Trace {
  const calls: JsonObject[] = [];
  const infers: JsonObject[] = [];
  const approvals: JsonObject[] = [];
  for (const { effect, reply } of recorded) {
    const spoken = answered(effect, reply);
    switch (effect.kind) {
      case 'call':
        calls.push({
          at: effect.at,
          tool: effect.tool,
          arguments: lower(effect.arguments),
          labels: labelsOf(effect.arguments),
          control: marksToJson(effect.control),
          approved: effect.approved,
          ...spoken,
        });
        break;
      case 'infer':
        infers.push({ at: effect.at, data: lower(effect.data), labels: labelsOf(effect.data), ...spoken });
        break;
      case 'approve':
        approvals.push({
          at: effect.at,
          tool: effect.tool,
          arguments: lower(effect.arguments),
          ...spokenToJson(reply),
        });
        break;
    }
  }
  return { input, outcome: outcomeToJson(ending), calls, infers, approvals, tasks };
}

/** Whether the answer came when a time limit had given up waiting for it. */
export function isLate(effect: Asking, reply: ScriptedReply): boolean {
  return (reply.elapsed ?? 0) > (effect.within ?? Infinity);
}

/** What the workflow heard. */
function answered(effect: Asking, reply: ScriptedReply): JsonObject {
  if (isLate(effect, reply)) return { error: 'timeout' };
  const spoken = toReply(reply);
  switch (spoken.kind) {
    case 'result':
      return { reply: spoken.result };
    case 'value':
      return { reply: spoken.value };
    case 'failure':
      return { error: spoken.error };
    default:
      return {};
  }
}

/** How a run ended, as traces and cases spell it. */
export function outcomeToJson(ending: Ending): JsonObject {
  switch (ending.kind) {
    case 'output':
      return { output: lower(ending.value) };
    case 'error':
      return { error: ending.name, at: ending.at };
    case 'refused':
      return { refused: ending.action, at: ending.at };
    case 'over-budget':
      return { overBudget: ending.budget, at: ending.at };
    case 'no-reply':
      return { noReply: ending.effect.kind, at: ending.at };
  }
}

export function marksToJson(marks: Marks): JsonObject {
  return { influence: marks.influence, secrecy: marks.secrecy };
}

/** The labels of every leaf of a value, and of every empty container, by pointer. */
export function labelsOf(value: Value): JsonObject {
  const labels: [string, Json][] = [];
  const visit = (node: Value, at: Pointer): void => {
    if (node.kind === 'array' && node.items.length > 0) node.items.forEach((item, i) => visit(item, child(at, i)));
    else if (node.kind === 'object' && node.fields.size > 0)
      for (const [key, field] of node.fields) visit(field, child(at, key));
    else labels.push([at, labelToJson(node.label)]);
  };
  visit(value, ROOT);
  return Object.fromEntries(labels);
}

function labelToJson(label: Label): JsonObject {
  const { influence, secrecy, control } = label;
  const decided = control.influence.length > 0 || control.secrecy.length > 0;
  return decided ? { influence, secrecy, control: marksToJson(control) } : { influence, secrecy };
}
