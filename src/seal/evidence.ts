import * as z from 'zod';
import { fromEntries, isArray, isObject, type Json, type JsonObject } from '../kernel/json.ts';
import { digestJson } from '../kernel/digest.ts';
import type { Stage } from '../kernel/rules.ts';
import { isWorkflowName } from '../store/words.ts';
import { isSemver } from '../store/version.ts';

/** The parts of evidence that a seal speaks about (FORMATS, "Witness, evidence"), as they stand in a package. */

const digest = z.string().regex(/^sha256-[A-Za-z0-9+/]{43}=$/, 'a digest is sha256- and base64');
const level = z.enum(['structured', 'tested', 'hardened', 'proved']);
const words = z.array(z.string().max(2_000)).max(10_000);

const guarantees = z.looseObject({
  risk: z.enum(['low', 'moderate', 'high']),
  deterministic: z.string().max(200),
  tools: words,
  effects: words,
  outgoing: words,
  secretsRead: words,
  approvals: words,
  errors: words,
  budgets: z.record(z.string(), z.number()),
});

const stage = z.strictObject({
  status: z.enum(['passed', 'failed', 'unknown', 'sampled']),
  checks: z.int().min(0),
  counts: z.record(z.string(), z.number()),
});

// Loose where later verifiers may say more: what is not read here was signed all the same.
const evidence = z.looseObject({
  format: z.literal('proofmark-evidence/1'),
  subject: z.strictObject({
    name: z.string().refine(isWorkflowName, 'a workflow is <namespace>/<name>'),
    version: z.string().refine(isSemver, 'an exact version'),
    digest,
  }),
  digests: z.looseObject({ law: digest, verifier: digest }),
  seed: z.int(),
  asOf: z.string().nullable(),
  level,
  stages: z.strictObject({
    structure: stage,
    functional: stage,
    property: stage,
    adversarial: stage,
    compatibility: stage,
    policy: stage,
  } satisfies Record<Stage, typeof stage>),
  assumptions: words,
  guarantees,
  findings: z.array(
    z.looseObject({ rule: z.string().regex(/^[a-z]+\/[a-z0-9-]{1,60}$/), severity: z.enum(['error', 'warning']) }),
  ),
});

export type Evidence = z.output<typeof evidence>;

/** Evidence of a workflow that reached a level, every stage judged; or why it is not. */
export function readEvidence(value: Json): { readonly evidence: Evidence } | { readonly problem: string } {
  const parsed = evidence.safeParse(value);
  if (parsed.success) return { evidence: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${(issue?.path ?? []).map(String).join('/')}: ${issue?.message ?? 'wrong shape'}` };
}

/**
 * Evidence as it goes into a package: each witness is replaced by its digest. Witnesses of attacks quote prompt fixtures, which
 * would make every package that carries them look like malware (FACTS, "Attack knowledge to cover").
 */
export function withoutWitnesses(value: JsonObject): JsonObject {
  const { findings } = value;
  if (!isArray(findings)) return value;
  return {
    ...value,
    findings: findings.map((found) =>
      isObject(found) && found['witness'] !== undefined
        ? fromEntries(
            Object.entries(found).map(([key, member]) => [key, key === 'witness' ? digestJson(member) : member]),
          )
        : found,
    ),
  };
}
