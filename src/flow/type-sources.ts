import { schemaType } from '../expression/schema-type.ts';
import {
  ANY,
  arrayType,
  booleanType,
  INTEGER,
  type Member,
  NULL,
  NUMBER,
  objectType,
  type Origin,
  recordType,
  STRING,
  stringsType,
  type Type,
} from '../expression/type.ts';
import { compileSchema } from '../schema/compile.ts';
import type { Tool } from '../store/model.ts';
import { STANDARD_ERROR_NAMES } from '../workflow/errors.ts';
import type { ErrorCode, Program, Step, StepList } from './model.ts';

/** The types of what the machine itself makes: replies, errors, and what `$workflow`, `$task` and `$runtime` read. */

const required = (type: Type): Member => ({ type, required: true });
const optional = (type: Type): Member => ({ type, required: false });
const block = (more: Readonly<Record<string, Type>>): Type =>
  arrayType(objectType(new Map(Object.entries(more).map(([name, type]) => [name, required(type)])), ANY));

/** The JSON-RPC result of a tool that did not fail: text alone where its contract declares no output. */
export function toolReplyType(tool: Tool, origin: Origin): Type {
  const isError = optional(booleanType({ true: false, false: true }));
  if (tool.output === undefined) {
    const content = block({ type: stringsType(['text']), text: STRING });
    return objectType(
      new Map([
        ['content', required(content)],
        ['isError', isError],
      ]),
    );
  }
  const compiled = compileSchema(tool.output, { formats: 'annotation' });
  const structured = compiled.ok ? schemaType(compiled.value.root, origin) : ANY;
  return objectType(
    new Map([
      ['content', optional(block({ type: STRING }))],
      ['structuredContent', required(structured)],
      ['isError', isError],
    ]),
  );
}

export const APPROVAL: Type = recordType({ approved: booleanType({ true: true, false: false }), by: STRING });

const MOMENT = recordType({ iso8601: STRING, epoch: recordType({ seconds: INTEGER, milliseconds: NUMBER }) });
export const RUNTIME: Type = recordType({ name: STRING, version: STRING, metadata: recordType({}) });

export function workflowType(input: Type): Type {
  return recordType({ id: STRING, definition: ANY, input, startedAt: MOMENT });
}

export function taskType(input: Type, output: Type = NULL): Type {
  return recordType({ name: STRING, reference: STRING, definition: ANY, input, output, startedAt: MOMENT });
}

const STANDARD_TYPES = 'https://open-workflow-specification.org/spec/1.0.0/errors/';

/** What a `catch` may be given: a standard error, or one that the program or a workflow that it runs may raise. */
export function errorType(program: Program): Type {
  const types = [...STANDARD_ERROR_NAMES.map((name) => `${STANDARD_TYPES}${name}`), ...raisedIn(program)];
  return objectType(
    new Map([
      ['type', required(stringsType([...new Set(types)]))],
      ['status', required(NUMBER)],
      ['title', optional(ANY)],
      ['detail', optional(ANY)],
      ['instance', required(ANY)],
    ]),
  );
}

/** The types of the errors that a program defines where it raises them. */
export function raisedIn(program: Program): readonly string[] {
  const types = new Set<string>();
  const add = (error: ErrorCode): unknown => types.add(error.type);
  const visit = (list: StepList): void => list.steps.forEach(visitStep);
  const visitStep = (step: Step): void => {
    switch (step.kind) {
      case 'raise':
        add(step.error);
        break;
      case 'call':
        if (step.call.kind === 'approve') add(step.call.otherwise);
        break;
      case 'run':
        for (const type of raisedIn(step.callee)) types.add(type);
        break;
      case 'do':
      case 'for':
        visit(step.do);
        break;
      case 'fork':
        step.branches.forEach(visit);
        break;
      case 'try':
        visit(step.try);
        if (step.catch.do !== undefined) visit(step.catch.do);
        break;
      case 'set':
      case 'switch':
      case 'wait':
        break;
    }
  };
  visit(program.body);
  return [...types];
}
