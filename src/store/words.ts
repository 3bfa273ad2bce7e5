import * as z from 'zod';
import { ISO, parseDuration } from '../kernel/duration.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { WorkflowName } from './model.ts';

/** Schemas of the words that several formats share. None transforms, so that each has a JSON Schema for editors. */

/** Marks the places of JSON Schemas, so that schemas for editors can say what stands there. */
export const JSON_SCHEMA = 'JSON Schema';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const TOOL = /^[A-Za-z0-9_.-]{1,128}$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

export const name = z.string().regex(NAME, 'a name is 1 to 63 lowercase ASCII letters, digits and inner hyphens');

/** Whether a contract can hold a tool of this name. */
export function isToolName(text: string): boolean {
  return TOOL.test(text);
}

/** A tool's own name, as MCP has it. */
export const toolName = z.string().regex(TOOL, 'a tool name is 1 to 128 ASCII letters, digits, _ . and -');

export const toolId = z.templateLiteral([name, '/', toolName], 'a tool is <server>/<tool name>');

/** `<namespace>/<name>`, or `<namespace>/*` for all of a namespace. */
export const workflowPattern = z
  .string()
  .regex(/^[a-z0-9-]{1,63}\/(?:[a-z0-9-]{1,63}|\*)$/, 'expected <namespace>/<name> or <namespace>/*');

export const tag = z.string().regex(NAME, 'a tag is 1 to 63 lowercase ASCII letters, digits and inner hyphens');
export const tags = z.array(tag).max(64);

export const pointer = z
  .string()
  .max(1_000)
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/u, 'a JSON pointer starts with / and ~ stands only in ~0 and ~1');

export const duration = z
  .string()
  .max(64)
  .refine((text) => 'milliseconds' in parseDuration(text), {
    error: (issue) => {
      const parsed = parseDuration(String(issue.input));
      return 'problem' in parsed ? parsed.problem : undefined;
    },
  })
  .meta({ pattern: ISO.source });

/** How something can end but with success: a name of `use.errors` or a standard one. */
export const errorName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'an error is named by ASCII letters, digits and hyphens');

export const line = z.string().min(1).max(500);
export const count = z.int().min(0).max(1_000_000_000);

/** Any JSON value. */
export const json = z.unknown();

/** A JSON object whose members the format leaves open: a JSON Schema, a result. */
export const openObject = z.record(z.string(), z.unknown());

/** A JSON Schema; what may stand in it is checked by the part that reads schemas. */
export const jsonSchema = z.record(z.string(), z.unknown()).meta({ title: JSON_SCHEMA });

export function isWorkflowName(text: string): text is WorkflowName {
  const [namespace, name_, ...rest] = text.split('/');
  return rest.length === 0 && isName(namespace ?? '') && isName(name_ ?? '');
}

// What these schemas accept came from a parsed document, so that every part of it is JSON.

export function asJson(value: unknown): Json {
  return value as Json;
}

export function asObject(value: Record<string, unknown>): JsonObject {
  return value as JsonObject;
}

/** Text that {@link pointer} accepted. */
export function asPointer(text: string): Pointer {
  return text as Pointer;
}

/** Milliseconds of text that {@link duration} accepted. */
export function asMilliseconds(text: string): number {
  const parsed = parseDuration(text);
  return 'milliseconds' in parsed ? parsed.milliseconds : 0;
}

export function asPointerMap<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): ReadonlyMap<Pointer, U> {
  return new Map(Object.entries(record).map(([key, value]) => [asPointer(key), map(value)] as const));
}
