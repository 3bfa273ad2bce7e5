import type { Finding, Severity } from './finding.ts';
import type { RuleId } from './rules.ts';
import { PROBLEM_LIMIT } from './text.ts';

/**
 * Keeps the first findings of each rule: enough to fix them, never a flood. Rules are counted apart, and errors apart from
 * warnings, so that what is waived or only warns crowds out nothing that fails the run.
 */
export class Collector {
  readonly findings: Finding[] = [];
  /** How many were reported, those that are not kept too. */
  count = 0;
  readonly #kept = new Map<string, number>();

  report(found: Finding): void {
    this.add(found.rule, found.severity, () => found);
  }

  /** As {@link report}; the finding is only made where it is kept, since its place may take a while to find. */
  add(rule: RuleId, severity: Severity, make: () => Finding): void {
    this.count += 1;
    const kind = `${severity} ${rule}`;
    const kept = this.#kept.get(kind) ?? 0;
    if (kept === PROBLEM_LIMIT) return;
    this.#kept.set(kind, kept + 1);
    this.findings.push(make());
  }
}

/** The first findings of each rule, in their order. */
export function bounded(findings: readonly Finding[]): readonly Finding[] {
  const collector = new Collector();
  for (const found of findings) collector.report(found);
  return collector.findings;
}
