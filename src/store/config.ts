import * as z from 'zod';
import type { ParsedDocument } from '../kernel/document.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { StoreConfig } from './model.ts';
import { checkShape } from './shape.ts';
import { checkTags } from './tags.ts';
import {
  asJson,
  asObject,
  asPointer,
  count,
  json,
  line,
  name,
  openObject,
  pointer,
  tag,
  tags,
  toolId,
  workflowPattern,
} from './words.ts';

const level = z.enum(['structured', 'tested', 'hardened', 'proved']);
const day = z.iso.date('a date such as 2027-01-31');
const rule = z
  .string()
  .regex(
    /^(?:structure|functional|property|adversarial|compatibility|policy)\/[a-z0-9-]{1,60}$/,
    'a rule is <stage>/<name>',
  );

/** store.yaml (FORMATS). */
export const storeSchema = z.strictObject({
  store: name,
  namespaces: z.record(name, z.strictObject({ owners: z.array(line).min(1).max(100) })),
  secrecy: tags.default([]),
  clearance: z
    .strictObject({ model: tags.default([]), approver: tags.default([]), caller: tags.default([]) })
    .default({ model: [], approver: [], caller: [] }),
  inputs: z
    .array(
      z.strictObject({
        workflow: workflowPattern,
        pointers: z.array(pointer).min(1).max(100),
        trust: z.boolean().default(false),
        secrecy: tags.default([]),
      }),
    )
    .max(10_000)
    .default([]),
  declassify: z
    .array(
      z.strictObject({
        workflow: workflowPattern,
        secrecy: tag,
        to: z.union(
          [z.enum(['return', 'raise', 'infer', 'approve']), toolId],
          'expected return, raise, infer, approve or <server>/<tool>',
        ),
        at: pointer,
        as: openObject,
        why: line,
      }),
    )
    .max(10_000)
    .default([]),
  targets: z.record(name, z.array(line).max(10_000)).default({}),
  levels: z
    .strictObject({ low: level.default('tested'), moderate: level.default('hardened'), high: level.default('proved') })
    .default({ low: 'tested', moderate: 'hardened', high: 'proved' }),
  limits: z
    .strictObject({
      worlds: count.min(1).max(1_000_000).default(1_000),
      paths: count.min(1).max(10_000_000).default(2_000),
      rlimit: count.min(1).default(20_000_000),
      mutants: z.number().min(0).max(1).optional(),
    })
    .default({ worlds: 1_000, paths: 2_000, rlimit: 20_000_000 }),
  packs: z.record(name, openObject).default({}),
  verifiers: z
    .strictObject({ need: z.int().min(1).max(100).default(1), operators: z.array(json).max(100).default([]) })
    .default({ need: 1, operators: [] }),
  channels: z.array(name).min(1).max(20).default(['stable']),
  waivers: z
    .array(z.strictObject({ rule, workflow: workflowPattern, reason: line, until: day }))
    .max(1_000)
    .default([]),
});

/** The configuration of a store from store.yaml; absent where its shape is wrong, which is reported. */
export function readConfig(document: ParsedDocument, reporter: Reporter): StoreConfig | undefined {
  const data = document.value === undefined ? undefined : checkShape(storeSchema, document.value, reporter);
  if (data === undefined) return undefined;
  const known = new Set(data.secrecy);
  for (const sink of ['model', 'approver', 'caller'] as const) {
    checkTags(data.clearance[sink], known, child(ROOT, 'clearance', sink), reporter);
  }
  data.inputs.forEach((input, i) => checkTags(input.secrecy, known, child(ROOT, 'inputs', i, 'secrecy'), reporter));
  data.declassify.forEach((grant, i) => {
    if (!known.has(grant.secrecy))
      reporter.report('structure/tag-unknown', child(ROOT, 'declassify', i, 'secrecy'), { tag: grant.secrecy });
  });
  const { mutants, ...limits } = data.limits;
  return {
    store: data.store,
    namespaces: new Map(Object.entries(data.namespaces)),
    secrecy: data.secrecy,
    clearance: data.clearance,
    inputs: data.inputs.map((input) => ({ ...input, pointers: input.pointers.map(asPointer) })),
    declassify: data.declassify.map((grant) => ({ ...grant, at: asPointer(grant.at), as: asObject(grant.as) })),
    targets: new Map(Object.entries(data.targets)),
    levels: data.levels,
    limits: mutants === undefined ? limits : { ...limits, mutants },
    packs: asObject(data.packs),
    verifiers: { need: data.verifiers.need, operators: data.verifiers.operators.map(asJson) },
    channels: data.channels,
    waivers: data.waivers,
    locate: document.locate,
  };
}
