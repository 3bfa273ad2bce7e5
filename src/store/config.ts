import * as z from 'zod';
import type { ParsedDocument } from '../kernel/document.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { StoreConfig } from './model.ts';
import { checkShape } from './shape.ts';
import { checkTag, checkTags } from './tags.ts';
import {
  asJson,
  asObject,
  asPointer,
  count,
  json,
  jsonSchema,
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
  store: name.describe('The name of the store.'),
  namespaces: z
    .record(
      name,
      z.strictObject({ owners: z.array(line).min(1).max(100).describe('Users and teams: @user, @organisation/team.') }),
    )
    .describe('Who owns which namespace. Never reassigned.'),
  secrecy: tags.default([]).describe('The only tags that exist.'),
  clearance: z
    .strictObject({
      model: tags.default([]).describe('Tags that infer may send to a model.'),
      approver: tags.default([]).describe('Tags that approve may show.'),
      caller: tags.default([]).describe('Tags that the output and errors may carry.'),
    })
    .default({ model: [], approver: [], caller: [] })
    .describe('Which tags may leave towards whom. Default: none.'),
  inputs: z
    .array(
      z.strictObject({
        workflow: workflowPattern.describe('<namespace>/<name>, or <namespace>/* for all of a namespace.'),
        pointers: z.array(pointer).min(1).max(100).describe('Parts of the input; each covers all beneath it.'),
        trust: z.boolean().default(false).describe('The user chose what stands there: printed as an assumption.'),
        secrecy: tags.default([]).describe('The tags that it carries.'),
      }),
    )
    .max(10_000)
    .default([])
    .describe("What the law knows about inputs. Otherwise every input is the caller's."),
  declassify: z
    .array(
      z.strictObject({
        workflow: workflowPattern.describe('<namespace>/<name>, or <namespace>/* for all of a namespace.'),
        secrecy: tag.describe('The tag that may flow.'),
        to: z
          .union(
            [z.enum(['return', 'raise', 'infer', 'approve']), toolId],
            'expected return, raise, infer, approve or <server>/<tool>',
          )
          .describe('Where to: return, raise, infer, approve or <server>/<tool>.'),
        at: pointer.describe('Which part of what leaves.'),
        as: jsonSchema.describe('What may flow: a JSON Schema of it.'),
        why: line.describe('The reason, for those who read the law.'),
      }),
    )
    .max(10_000)
    .default([])
    .describe('Flows that are granted although a tag forbids them. Each is printed.'),
  targets: z
    .record(name, z.array(line).max(10_000))
    .default({})
    .describe('Per server, what may be acted on without asking, whoever chose it.'),
  levels: z
    .strictObject({
      low: level.default('tested').describe('Reads only.'),
      moderate: level.default('hardened').describe('Writes and outgoing calls.'),
      high: level.default('proved').describe('Irreversible calls, and tags.'),
    })
    .default({ low: 'tested', moderate: 'hardened', high: 'proved' })
    .describe('The level that each risk must reach.'),
  limits: z
    .strictObject({
      worlds: count.min(1).max(1_000_000).default(1_000).describe('Generated worlds per workflow.'),
      paths: count.min(1).max(10_000_000).default(2_000).describe('Explored paths per workflow.'),
      rlimit: count
        .min(1)
        .default(20_000_000)
        .describe('Steps of the solver: one question may take a hundredth, all questions of one workflow a tenth.'),
      mutants: z.number().min(0).max(1).optional().describe('The share of mutants that must be killed.'),
    })
    .default({ worlds: 1_000, paths: 2_000, rlimit: 20_000_000 })
    .describe('How much is tried.'),
  packs: z.record(name, openObject).default({}).describe('Parameters of the policy packs that ship with Proofmark.'),
  verifiers: z
    .strictObject({
      need: z.int().min(1).max(100).default(1).describe('How many of them must agree.'),
      operators: z.array(json).max(100).default([]).describe('As in a trust file.'),
    })
    .default({ need: 1, operators: [] })
    .describe('Whose seals count.'),
  channels: z.array(name).min(1).max(20).default(['stable']).describe('The channels of the index.'),
  waivers: z
    .array(
      z.strictObject({
        rule: rule.describe('The rule that is waived; never one of policy.'),
        workflow: workflowPattern.describe('<namespace>/<name>, or <namespace>/* for all of a namespace.'),
        reason: line.describe('Why.'),
        until: day.describe('The last day, compared with --as-of.'),
      }),
    )
    .max(1_000)
    .default([])
    .describe('Known breaches that are warnings for a while.'),
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
    checkTag(grant.secrecy, known, child(ROOT, 'declassify', i, 'secrecy'), reporter);
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
