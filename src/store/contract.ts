import * as z from 'zod';
import type { ParsedDocument } from '../kernel/document.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { Contract } from './model.ts';
import { checkShape } from './shape.ts';
import { checkTags } from './tags.ts';
import {
  asMilliseconds,
  asObject,
  asPointerMap,
  count,
  duration,
  errorName,
  jsonSchema,
  line,
  name,
  pointer,
  tags,
  toolId,
} from './words.ts';

const capability = z.strictObject({
  tool: toolId.describe('The tool that may be called, as <server>/<tool name>.'),
  where: jsonSchema.optional().describe('What its arguments must be besides: a JSON Schema over them.'),
  most: count
    .min(1)
    .optional()
    .describe('Distinct intents per run: calls with different idempotency keys, or calls where there is none.'),
  total: z
    .record(pointer, z.number().min(0))
    .default({})
    .describe("Limits on the sum per run of a number in the arguments; the pointer stands in the tool's sum."),
});

/** contract.yaml (DESIGN 3, FORMATS). */
export const contractSchema = z.strictObject({
  risk: z
    .enum(['low', 'moderate', 'high'])
    .describe(
      'Never below the floor: reads are low; writes and outgoing calls moderate; irreversible calls, and reading or sending any tag, high.',
    ),
  domain: name.optional().describe('A word, for search only.'),
  intents: z
    .array(line)
    .min(1)
    .max(5)
    .describe('One to five sentences that somebody would say to want this workflow, for search.'),
  labels: z
    .strictObject({
      input: z
        .record(pointer, z.strictObject({ secrecy: tags.describe('Tags that store.yaml names.') }))
        .default({})
        .describe('By pointer into the input.'),
    })
    .default({ input: {} })
    .describe('Tags that the input carries, on top of those in store.yaml.'),
  capabilities: z.array(capability).max(200).describe('What may be called. All else is denied.'),
  errors: z
    .array(errorName)
    .max(100)
    .default([])
    .describe(
      'Every way to end but success: names of use.errors, or configuration, validation, authentication, authorization, timeout, communication, runtime.',
    ),
  budgets: z
    .strictObject({
      tasks: count.min(1).describe('Tasks that a run may carry out, loops counted each time.'),
      calls: count.describe('Calls of tools, every attempt counted, those of a callee too.'),
      infers: count.describe('Calls of a model.'),
      time: duration.describe('Virtual time that a run may take: PT30S, PT1H.'),
    })
    .describe('What one run may use up.'),
  invariants: z
    .array(
      z.strictObject({
        id: name.describe('Names the invariant in findings.'),
        always: z
          .string()
          .min(1)
          .max(10_000)
          .describe(
            'An expression over the finished trace { input, outcome, calls, infers, approvals, tasks } that yields true.',
          ),
      }),
    )
    .max(50)
    .default([])
    .describe('Predicates over the finished trace; tested on every simulated run, not proved.'),
});

/** What a workflow promises and asks for; absent where its shape is wrong, which is reported. */
export function readContract(
  document: ParsedDocument,
  known: ReadonlySet<string> | undefined,
  reporter: Reporter,
): Contract | undefined {
  const data = document.value === undefined ? undefined : checkShape(contractSchema, document.value, reporter);
  if (data === undefined) return undefined;
  unique(
    data.capabilities.map(({ tool }) => tool),
    (i) => child(ROOT, 'capabilities', i, 'tool'),
    reporter,
  );
  unique(data.errors, (i) => child(ROOT, 'errors', i), reporter);
  unique(
    data.invariants.map(({ id }) => id),
    (i) => child(ROOT, 'invariants', i, 'id'),
    reporter,
  );
  data.errors.forEach((error, i) => {
    if (error === 'expression') {
      const detail = 'an expression that crashes is a defect and cannot be promised';
      reporter.report('structure/invalid-value', child(ROOT, 'errors', i), { detail });
    }
  });
  if (known !== undefined) {
    for (const [at, { secrecy }] of Object.entries(data.labels.input)) {
      checkTags(secrecy, known, child(ROOT, 'labels', 'input', at, 'secrecy'), reporter);
    }
  }
  return {
    risk: data.risk,
    ...(data.domain === undefined ? {} : { domain: data.domain }),
    intents: data.intents,
    labels: { input: asPointerMap(data.labels.input, (label) => label) },
    capabilities: data.capabilities.map(({ tool, where, most, total }) => ({
      tool,
      ...(where === undefined ? {} : { where: asObject(where) }),
      ...(most === undefined ? {} : { most }),
      total: asPointerMap(total, (limit) => limit),
    })),
    errors: data.errors,
    budgets: { ...data.budgets, time: asMilliseconds(data.budgets.time) },
    invariants: data.invariants,
    locate: document.locate,
  };
}

function unique(names: readonly string[], at: (index: number) => Pointer, reporter: Reporter): void {
  const seen = new Set<string>();
  names.forEach((text, i) => {
    if (seen.has(text)) reporter.report('structure/invalid-value', at(i), { detail: `${text} is listed twice` });
    seen.add(text);
  });
}
