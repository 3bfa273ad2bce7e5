import * as z from 'zod';
import { canonicalJson } from '../kernel/canonical.ts';
import { compareText } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Level } from '../store/model.ts';
import type { Shard, Under } from './change.ts';

/** Joins the reports of shards (`proofmark-change/1`). They come from other jobs: a report is data that may be wrong. */

/** GitHub runs at most this many jobs of one matrix. */
export const MOST_SHARDS = 256;

const name = z.string().max(200);
const part = z.int().min(1).max(MOST_SHARDS);
const shardSchema = z.strictObject({ index: part, of: part });
const scopeSchema = z.strictObject({
  workflows: z.array(z.strictObject({ name, because: z.string().max(20) })).max(50_000),
  removed: z.array(name).max(50_000),
  owned: z.array(z.string()).max(50_000),
  law: z.boolean(),
});
const reportSchema = z
  .object({
    format: z.literal('proofmark-change/1'),
    outcome: z.enum(['judged', 'nothing-to-check']),
    passed: z.boolean(),
    exitCode: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
    scope: scopeSchema,
    shard: shardSchema,
    reports: z
      .array(
        z.object({
          under: z.enum(['base', 'head']),
          passed: z.boolean(),
          workflows: z
            .array(
              z.object({
                name,
                version: name.nullable(),
                level: z.enum(['none', 'structured', 'tested', 'hardened', 'proved']).nullable(),
                passed: z.boolean(),
              }),
            )
            .max(50_000),
        }),
      )
      .min(1)
      .max(2),
  })
  .refine(
    ({ passed, exitCode, reports }) =>
      passed === (exitCode === 0) &&
      passed === reports.every((one) => one.passed) &&
      reports.every((one) => !one.passed || one.workflows.every((workflow) => workflow.passed)),
    'its verdict contradicts itself',
  );

export type ShardReport = z.output<typeof reportSchema>;

/** What keeps reports from being one verdict. */
export type JoinProblem =
  | { readonly code: 'missing-shard' | 'repeated-shard' | 'unexpected-shard'; readonly shard: Shard }
  | { readonly code: 'unreadable-report'; readonly path: string; readonly detail: string }
  | { readonly code: 'different-scope'; readonly shard: Shard }
  | { readonly code: 'incomplete'; readonly workflow: string; readonly under: Under };

export interface Joined {
  readonly outcome: ShardReport['outcome'];
  readonly passed: boolean;
  /** Of all workflows, sorted by name and law. */
  readonly workflows: readonly {
    readonly under: Under;
    readonly name: string;
    readonly version: string | null;
    readonly level: Level | 'none' | null;
    readonly passed: boolean;
  }[];
}

/** A report of a shard from its bytes. */
export function readShardReport(path: string, bytes: Uint8Array): Result<ShardReport, JoinProblem> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return err({ code: 'unreadable-report', path, detail: 'it is no JSON' });
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const detail = `${(issue?.path ?? []).map(String).join('/')} ${issue?.message ?? 'wrong shape'}`.trim();
  return err({ code: 'unreadable-report', path, detail });
}

/**
 * One verdict from the reports of all shards: each that is expected is there once, all are about the same scope, and each workflow of the
 * scope was judged once under each law. Anything else is a problem, and no verdict.
 * @param of how many shards there are, from whoever planned them.
 */
export function joinReports(of: number, reports: readonly ShardReport[]): Result<Joined, readonly JoinProblem[]> {
  const problems: JoinProblem[] = [];
  const [first] = reports;
  const scope = first === undefined ? '' : canonicalJson(first.scope);
  const seen = new Set<number>();
  for (const { shard, scope: own } of reports) {
    if (shard.of !== of || shard.index > of) problems.push({ code: 'unexpected-shard', shard });
    else if (seen.has(shard.index)) problems.push({ code: 'repeated-shard', shard });
    else seen.add(shard.index);
    if (canonicalJson(own) !== scope) problems.push({ code: 'different-scope', shard });
  }
  for (let index = 1; index <= of; index += 1)
    if (!seen.has(index)) problems.push({ code: 'missing-shard', shard: { index, of } });
  if (problems.length > 0 || first === undefined) return err(problems);
  const laws = new Set(reports.flatMap((one) => one.reports.map(({ under }) => under)));
  const workflows = reports
    .flatMap((one) => one.reports.flatMap(({ under, workflows: judged }) => judged.map((each) => ({ under, ...each }))))
    .toSorted((a, b) => compareText(a.name, b.name) || compareText(a.under, b.under));
  for (const under of laws) {
    const judged = workflows.filter((one) => one.under === under).map((one) => one.name);
    const wanted = first.scope.workflows.map((one) => one.name);
    const times = new Map<string, number>();
    for (const one of judged) times.set(one, (times.get(one) ?? 0) + 1);
    for (const workflow of new Set([...wanted, ...judged]))
      if (times.get(workflow) !== 1 || !wanted.includes(workflow))
        problems.push({ code: 'incomplete', workflow, under });
  }
  if (problems.length > 0) return err(problems);
  const passed = reports.every((one) => one.passed);
  const nothing = reports.every(({ outcome }) => outcome === 'nothing-to-check');
  return ok({ outcome: nothing ? 'nothing-to-check' : 'judged', passed, workflows });
}

export function sentenceOfProblem(problem: JoinProblem): string {
  switch (problem.code) {
    case 'missing-shard':
      return `the report of part ${problem.shard.index} of ${problem.shard.of} is missing`;
    case 'repeated-shard':
      return `part ${problem.shard.index} of ${problem.shard.of} has two reports`;
    case 'unexpected-shard':
      return `there is a report of part ${problem.shard.index} of ${problem.shard.of}, which nobody planned`;
    case 'unreadable-report':
      return `${problem.path} is no report of a part: ${problem.detail}`;
    case 'different-scope':
      return `part ${problem.shard.index} of ${problem.shard.of} is about another change than the first`;
    case 'incomplete':
      return `${problem.workflow} was not judged exactly once under the law of the ${problem.under}`;
  }
}
