import type { Json, JsonObject } from '../kernel/json.ts';
import { isArray, isObject, member } from '../kernel/json.ts';
import type { FailureName, Reply } from '../machine/effect.ts';
import type { ScriptedReply } from '../store/model.ts';
import type { Asking } from './model.ts';

const FAILURES: ReadonlySet<string> = new Set<FailureName>([
  'runtime',
  'communication',
  'timeout',
  'validation',
  'authorization',
  'authentication',
]);

function isFailure(name: string): name is FailureName {
  return FAILURES.has(name);
}

/** The kinds of reply that fit an effect; a case that scripts another is told so. */
export function fits(effect: Asking['kind'], reply: ScriptedReply): boolean {
  switch (reply.kind) {
    case 'value':
      return effect === 'infer';
    case 'structured':
    case 'text':
    case 'result':
      return effect === 'call';
    case 'error':
      return effect !== 'approve' && isFailure(reply.error);
    case 'approval':
      return effect === 'approve';
  }
}

/**
 * A scripted reply as the machine takes it. A structured reply also carries its text, as MCP servers do (Model Context
 * Protocol 2025-06-18, "Structured Content"). It takes as much virtual time as it says, none where it does not.
 */
export function toReply(reply: ScriptedReply): Reply {
  const elapsed = reply.elapsed ?? 0;
  switch (reply.kind) {
    case 'value':
      return { kind: 'value', value: reply.value, elapsed };
    case 'structured':
      return {
        kind: 'result',
        result: {
          content: [{ type: 'text', text: JSON.stringify(reply.structured) }],
          structuredContent: reply.structured,
          isError: false,
        },
        elapsed,
      };
    case 'text':
      return { kind: 'result', result: { content: [{ type: 'text', text: reply.text }], isError: false }, elapsed };
    case 'result':
      return { kind: 'result', result: reply.result, elapsed };
    case 'error':
      return {
        kind: 'failure',
        error: isFailure(reply.error) ? reply.error : 'runtime',
        detail: reply.detail ?? '',
        elapsed,
      };
    case 'approval':
      return { kind: 'approval', approved: reply.approved, by: reply.by, elapsed };
  }
}

/** What a server or model said of its own accord, and how to put something else in its place. */
export interface Words {
  readonly kind: 'value' | 'structured' | 'text';
  readonly json: Json;
  readonly as: (json: Json) => ScriptedReply;
}

/** The words of a reply; `undefined` for a failure, a whole result and an approval. */
export function wordsOf(reply: ScriptedReply): Words | undefined {
  const { kind } = reply;
  switch (kind) {
    case 'value':
      return { kind, json: reply.value, as: (value) => ({ ...reply, value }) };
    case 'structured':
      return { kind, json: reply.structured, as: (structured) => ({ ...reply, structured }) };
    case 'text':
      return { kind, json: reply.text, as: (text) => ({ ...reply, text: typeof text === 'string' ? text : '' }) };
    case 'result':
    case 'error':
    case 'approval':
      return undefined;
  }
}

/** A reply as a case and a witness spell it (FORMATS, "tests/*.yaml"). */
export function replyToJson(reply: ScriptedReply): JsonObject {
  const said = spokenToJson(reply);
  return reply.elapsed === undefined ? said : { ...said, elapsed: reply.elapsed };
}

/** The same without how long it took. */
export function spokenToJson(reply: ScriptedReply): JsonObject {
  switch (reply.kind) {
    case 'value':
      return { value: reply.value };
    case 'structured':
      return { structured: reply.structured };
    case 'text':
      return { text: reply.text };
    case 'result':
      return { result: reply.result };
    case 'error':
      return reply.detail === undefined ? { error: reply.error } : { error: reply.error, detail: reply.detail };
    case 'approval':
      return { approved: reply.approved, by: reply.by };
  }
}

/** The reply that {@link replyToJson} spelt; `undefined` for anything else. */
export function replyFromJson(json: Json): ScriptedReply | undefined {
  if (!isObject(json)) return undefined;
  const elapsed = member(json, 'elapsed');
  if (elapsed === undefined) return spokenFromJson(json);
  const { elapsed: _, ...said } = json;
  const reply = spokenFromJson(said);
  if (reply === undefined || typeof elapsed !== 'number' || !Number.isSafeInteger(elapsed) || elapsed < 0)
    return undefined;
  return { ...reply, elapsed };
}

function spokenFromJson(json: JsonObject): ScriptedReply | undefined {
  const keys = Object.keys(json).toSorted().join(' ');
  const [value, structured, text, result] = [
    member(json, 'value'),
    member(json, 'structured'),
    member(json, 'text'),
    member(json, 'result'),
  ];
  const [error, detail, approved, by] = [
    member(json, 'error'),
    member(json, 'detail'),
    member(json, 'approved'),
    member(json, 'by'),
  ];
  if (keys === 'value' && value !== undefined) return { kind: 'value', value };
  if (keys === 'structured' && structured !== undefined) return { kind: 'structured', structured };
  if (keys === 'text' && typeof text === 'string') return { kind: 'text', text };
  if (keys === 'result' && isObject(result)) return { kind: 'result', result };
  if (keys === 'error' && typeof error === 'string') return { kind: 'error', error };
  if (keys === 'detail error' && typeof error === 'string' && typeof detail === 'string')
    return { kind: 'error', error, detail };
  if (keys === 'approved by' && typeof approved === 'boolean' && typeof by === 'string')
    return { kind: 'approval', approved, by };
  return undefined;
}

/** The replies of a witness by pointer; `undefined` where one is no reply. */
export function repliesFromJson(json: Json): ReadonlyMap<string, readonly ScriptedReply[]> | undefined {
  if (!isObject(json)) return undefined;
  const replies = new Map<string, readonly ScriptedReply[]>();
  for (const [at, list] of Object.entries(json)) {
    if (!isArray(list)) return undefined;
    const parsed = list.map(replyFromJson);
    if (!parsed.every((reply) => reply !== undefined)) return undefined;
    replies.set(at, parsed);
  }
  return replies;
}
