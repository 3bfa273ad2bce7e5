import type { JsonObject } from '../kernel/json.ts';
import { child, type Pointer, tokensOf } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import * as validators from './generated/ows-validators.js';

/** The keyword that makes a task what it is. */
export type TaskKeyword = 'call' | 'do' | 'for' | 'fork' | 'raise' | 'run' | 'set' | 'switch' | 'try' | 'wait';

/**
 * Checks one task, without the tasks inside it, against the official schema. The profile's own checks come first and say
 * better what is wrong, so that this has a say only where they saw nothing.
 */
export function checkOfficialTask(keyword: TaskKeyword, task: JsonObject, at: Pointer, reporter: Reporter): void {
  report(validatorOf(keyword, task), task, at, reporter);
}

/** Checks a document, its tasks and functions left out, against the official schema. */
export function checkOfficialDocument(document: JsonObject, at: Pointer, reporter: Reporter): void {
  report(validators.workflow, document, at, reporter);
}

function validatorOf(keyword: TaskKeyword, task: JsonObject): validators.OfficialValidator {
  switch (keyword) {
    case 'call':
      return task['call'] === 'mcp' ? validators.callMcp : validators.callFunction;
    case 'do':
      return validators.doTask;
    case 'for':
      return validators.forTask;
    case 'fork':
      return validators.forkTask;
    case 'raise':
      return validators.raiseTask;
    case 'run':
      return validators.runTask;
    case 'set':
      return validators.setTask;
    case 'switch':
      return validators.switchTask;
    case 'try':
      return validators.tryTask;
    case 'wait':
      return validators.waitTask;
  }
}

/** Keywords that only say that something below them failed. */
const COMPOSITE: ReadonlySet<string> = new Set(['oneOf', 'anyOf', 'allOf', 'not', 'if']);

function report(validate: validators.OfficialValidator, value: JsonObject, at: Pointer, reporter: Reporter): void {
  if (validate(value)) return;
  const errors = validate.errors ?? [];
  // The deepest error is the most specific; the first of several.
  const plain = errors.filter(({ keyword }) => !COMPOSITE.has(keyword));
  const [first] = (plain.length > 0 ? plain : errors).toSorted((a, b) => depth(b.instancePath) - depth(a.instancePath));
  const tokens = tokensOf(first?.instancePath ?? '') ?? [];
  reporter.report('structure/ows-schema', child(at, ...tokens), {
    detail: first === undefined ? 'invalid' : describe(first),
  });
}

function depth(path: string): number {
  return path.split('/').length;
}

function describe({ keyword, params }: validators.OfficialError): string {
  const given = Object.values(params).flat().map(String).join(', ');
  switch (keyword) {
    case 'required':
      return `${given} is missing`;
    case 'type':
      return `expected ${given}`;
    case 'unevaluatedProperties':
    case 'additionalProperties':
      return `${brief(given, 80)} is unknown`;
    case 'enum':
    case 'const':
      return `expected ${brief(given, 200)}`;
    default:
      return brief(`${keyword}: ${given}`, 200);
  }
}
