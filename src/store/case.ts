import * as z from 'zod';
import type { ParsedDocument } from '../kernel/document.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { Case, ScriptedReply } from './model.ts';
import { checkShape } from './shape.ts';
import { asJson, asObject, count, errorName, json, line, openObject, toolId } from './words.ts';

/** A task's pointer; for a task of a callee, the caller's before a `#`. */
const taskPointer = z
  .string()
  .max(1_000)
  .regex(
    /^(?:\/(?:[^~/#]|~[01])+)+(?:#(?:\/(?:[^~/#]|~[01])+)+)*$/,
    'a task is named by its pointer, such as /do/0/read',
  );

const REPLY_KINDS = ['value', 'structured', 'text', 'result', 'error', 'approved'] as const;

/** One scripted reply: exactly one of {@link REPLY_KINDS}. */
const reply = z.strictObject({
  value: json.optional().describe('The reply of a model.'),
  structured: json.optional().describe('The structuredContent of a tool.'),
  text: z.string().optional().describe('The text of a tool that has no output schema.'),
  result: openObject.optional().describe('The whole MCP result { content, structuredContent, isError }.'),
  error: errorName.optional().describe('How the call fails: timeout, runtime, communication, validation.'),
  detail: z.string().max(10_000).optional().describe('The text of the error.'),
  approved: z.boolean().optional().describe('What the person decides.'),
  by: line.optional().describe('Who the person is.'),
  elapsed: count.optional().describe('Virtual milliseconds that it took; none where absent.'),
});

/** What {@link replyOf} asks besides, for editors. */
const replyRules = {
  description: `One reply: exactly one of ${REPLY_KINDS.join(', ')}.`,
  oneOf: REPLY_KINDS.map((kind) => ({ required: [kind] })),
  dependentRequired: { detail: ['error'], by: ['approved'], approved: ['by'] },
};

/** tests/*.yaml (FORMATS). */
export const caseSchema = z.strictObject({
  name: line.describe('What the case shows, in a sentence.'),
  input: json.describe("The workflow's input."),
  replies: z
    .record(taskPointer, z.array(reply.meta(replyRules)).max(10_000))
    .default({})
    .describe(
      'By task pointer such as /do/0/read, in order of execution; inside a callee /do/3/run#/do/0/x. All must be used.',
    ),
  choices: z
    .record(taskPointer, z.string().min(1).max(200))
    .default({})
    .describe('Which branch of a race wins, by the pointer of the fork.'),
  expect: z
    .strictObject({
      calls: z
        .array(
          z.strictObject({
            tool: toolId.describe('The tool, as <server>/<tool name>.'),
            arguments: json.describe('Its arguments, exactly.'),
          }),
        )
        .max(10_000)
        .describe('Every call of a tool that is made, in order.'),
      outcome: z
        .strictObject({
          output: json.optional().describe("The workflow's output, exactly."),
          error: errorName.optional().describe('The name of the error that ends the workflow.'),
        })
        .meta({ description: 'Either output or error.', oneOf: [{ required: ['output'] }, { required: ['error'] }] }),
    })
    .describe('What must happen.'),
});

/** One functional case; absent where its shape is wrong, which is reported. */
export function readCase(file: string, document: ParsedDocument, reporter: Reporter): Case | undefined {
  const data = document.value === undefined ? undefined : checkShape(caseSchema, document.value, reporter);
  if (data === undefined) return undefined;
  const before = reporter.count;
  const replies = new Map<string, readonly ScriptedReply[]>();
  for (const [task, scripted] of Object.entries(data.replies)) {
    replies.set(
      task,
      scripted.flatMap((one, i) => replyOf(one, child(ROOT, 'replies', task, i), reporter) ?? []),
    );
  }
  const { outcome } = data.expect;
  const hasOutput = Object.hasOwn(outcome, 'output');
  if (hasOutput === (outcome.error !== undefined)) {
    reporter.report('structure/invalid-value', child(ROOT, 'expect', 'outcome'), {
      detail: 'an outcome is either output or error',
    });
  }
  if (reporter.count > before) return undefined;
  return {
    name: data.name,
    input: asJson(data.input),
    replies,
    choices: new Map(Object.entries(data.choices)),
    expect: {
      calls: data.expect.calls.map((call) => ({ tool: call.tool, arguments: asJson(call.arguments) })),
      outcome: outcome.error === undefined ? { output: asJson(outcome.output) } : { error: outcome.error },
    },
    file,
    locate: document.locate,
  };
}

function replyOf(data: z.output<typeof reply>, at: Pointer, reporter: Reporter): ScriptedReply | undefined {
  const kinds = REPLY_KINDS.filter((kind) => Object.hasOwn(data, kind));
  const [kind] = kinds;
  const problem =
    kinds.length !== 1 || kind === undefined
      ? `a reply is exactly one of ${REPLY_KINDS.join(', ')}`
      : data.detail !== undefined && kind !== 'error'
        ? 'detail goes with error'
        : data.by !== undefined && kind !== 'approved'
          ? 'by goes with approved'
          : undefined;
  if (problem !== undefined) {
    reporter.report('structure/invalid-value', at, { detail: problem });
    return undefined;
  }
  const timed = data.elapsed === undefined ? {} : { elapsed: data.elapsed };
  if (data.error !== undefined)
    return {
      kind: 'error',
      error: data.error,
      ...(data.detail === undefined ? {} : { detail: data.detail }),
      ...timed,
    };
  if (data.text !== undefined) return { kind: 'text', text: data.text, ...timed };
  if (data.result !== undefined) return { kind: 'result', result: asObject(data.result), ...timed };
  if (data.approved !== undefined) {
    if (data.by === undefined) {
      reporter.report('structure/missing-key', at, { key: 'by' });
      return undefined;
    }
    return { kind: 'approval', approved: data.approved, by: data.by, ...timed };
  }
  return kind === 'structured'
    ? { kind: 'structured', structured: asJson(data.structured), ...timed }
    : { kind: 'value', value: asJson(data.value), ...timed };
}
