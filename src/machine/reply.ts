import { isArray, isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { firstError, type Schema } from '../schema/compile.ts';
import { ingress, lift } from '../value/concrete.ts';
import type { Label } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { StandardError } from './errors.ts';

interface BadReply {
  readonly error: StandardError;
  readonly detail: string;
}

/**
 * The JSON-RPC result of a tool as a value: `content`, `structuredContent` and `isError`, nothing else. A result that
 * reports an error is a runtime failure with its text; one outside the tool's output schema, or outside the universe of
 * values, a validation failure (FORMATS, "workflow.yaml"). Without an output schema there is text content only.
 */
export function toolResult(result: JsonObject, output: Schema | undefined, label: Label): Result<Value, BadReply> {
  const problem = outside(result);
  if (problem !== undefined) return invalid(problem);
  const isError = member(result, 'isError');
  const content = member(result, 'content');
  const structured = member(result, 'structuredContent');
  if (isError !== undefined && typeof isError !== 'boolean') return invalid('isError is no boolean');
  if (content !== undefined && !isContent(content)) return invalid('content is no list of content blocks');
  if (isError === true) return err({ error: 'runtime', detail: textOf(content ?? []) });

  if (output === undefined) {
    if (structured !== undefined) return invalid('structuredContent, though the tool declares no output schema');
    if (!isTextContent(content)) return invalid('content is not text only');
  } else {
    if (structured === undefined) return invalid('no structuredContent, though the tool declares an output schema');
    const errors = output.validate(structured);
    if (errors.length > 0) return invalid(`structuredContent: ${firstError(errors)}`);
  }
  const kept: Record<string, Json> = {};
  if (content !== undefined) kept['content'] = content;
  if (structured !== undefined) kept['structuredContent'] = structured;
  if (isError !== undefined) kept['isError'] = isError;
  return ok(lift(kept, label));
}

/** A model's reply as a value, validated before anything reads it. */
export function inferResult(value: Json, schema: Schema, label: Label): Result<Value, BadReply> {
  const problem = outside(value);
  if (problem !== undefined) return invalid(problem);
  const errors = schema.validate(value);
  return errors.length > 0 ? invalid(firstError(errors)) : ok(lift(value, label));
}

/** Text that a driver gives, or a stand-in where it is none that a value may hold. */
export function readableText(text: string): string {
  return outside(text) === undefined ? text : 'unreadable text';
}

/** The longest identity that is told from others. */
export const MAX_IDENTITY = 200;

/** Who approved, as a driver says it, or a stand-in where that names nobody. */
export function identityText(by: string): string {
  return by === '' || Array.from(by).length > MAX_IDENTITY ? 'somebody' : readableText(by);
}

/** Why something is outside the universe of values. */
function outside(json: Json): string | undefined {
  const checked = ingress(json);
  return checked.ok
    ? undefined
    : `${checked.error.at === '' ? 'the reply' : checked.error.at} holds ${checked.error.detail}`;
}

function invalid(detail: string): Result<never, BadReply> {
  return err({ error: 'validation', detail });
}

function isContent(content: Json): content is readonly JsonObject[] {
  return isArray(content) && content.every((block) => isObject(block) && typeof member(block, 'type') === 'string');
}

function isTextContent(content: readonly JsonObject[] | undefined): boolean {
  return content?.every((block) => block['type'] === 'text' && typeof member(block, 'text') === 'string') === true;
}

function textOf(content: readonly JsonObject[]): string {
  const texts = content.map((block) => member(block, 'text')).filter((text) => typeof text === 'string');
  return texts.join('\n');
}
