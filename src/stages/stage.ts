import type { Finding } from '../kernel/finding.ts';
import type { Stage } from '../kernel/rules.ts';

/** `sampled`: nothing was found in what was tried, and nothing is proved. `unknown`: the stage could not reach a verdict. */
export type Status = 'passed' | 'failed' | 'unknown' | 'sampled';

/** What one stage found out about one workflow. */
export interface StageResult {
  readonly stage: Stage;
  readonly status: Status;
  /** How many things were checked; a stage that checked nothing has not passed. */
  readonly checks: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** Digests of the questions to a solver on whose answers the result rests. */
  readonly queries?: readonly string[];
}

/** A result from findings and counts: any error fails, zero checks are `unknown`, else `good`. */
export function conclude(
  stage: Stage,
  checks: number,
  counts: Readonly<Record<string, number>>,
  findings: readonly Finding[],
  good: 'passed' | 'sampled' = 'passed',
): StageResult {
  const failed = findings.some((found) => found.severity === 'error');
  return { stage, status: failed ? 'failed' : checks === 0 ? 'unknown' : good, checks, counts, findings };
}
