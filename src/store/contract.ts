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
  line,
  name,
  openObject,
  pointer,
  tags,
  toolId,
} from './words.ts';

const capability = z.strictObject({
  tool: toolId,
  where: openObject.optional(),
  most: count.min(1).optional(),
  total: z.record(pointer, z.number().min(0)).default({}),
});

/** contract.yaml (DESIGN 3, FORMATS). */
export const contractSchema = z.strictObject({
  risk: z.enum(['low', 'moderate', 'high']),
  domain: name.optional(),
  intents: z.array(line).min(1).max(5),
  labels: z
    .strictObject({ input: z.record(pointer, z.strictObject({ secrecy: tags })).default({}) })
    .default({ input: {} }),
  capabilities: z.array(capability).max(200),
  errors: z.array(errorName).max(100).default([]),
  budgets: z.strictObject({ tasks: count.min(1), calls: count, infers: count, time: duration }),
  invariants: z
    .array(z.strictObject({ id: name, always: z.string().min(1).max(10_000) }))
    .max(50)
    .default([]),
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
