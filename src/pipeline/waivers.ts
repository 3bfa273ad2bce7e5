import { type Finding, finding } from '../kernel/finding.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import { suggest } from '../kernel/suggest.ts';
import { matchesWorkflow } from '../policy/request.ts';
import type { StageResult } from '../stages/stage.ts';
import { isRule, RULE_IDS } from '../stages/texts.ts';
import type { Law, StoreConfig } from '../store/model.ts';

type Waiver = StoreConfig['waivers'][number];

/**
 * The results of one workflow with the store's waivers applied: what a waiver in force covers is shown as a warning. A
 * breach of policy is never waived, and without a day (`asOf`, `YYYY-MM-DD`) to hold them against, none is in force.
 */
export function waive(
  law: Law,
  workflow: string,
  asOf: string | undefined,
  results: readonly StageResult[],
): { readonly results: readonly StageResult[]; readonly used: readonly Waiver[] } {
  const inForce = law.config.waivers.filter(
    (waiver) =>
      asOf !== undefined &&
      asOf <= waiver.until &&
      !isPolicy(waiver.rule) &&
      matchesWorkflow(waiver.workflow, workflow),
  );
  const used = new Set<Waiver>();
  const waived = results.map((result): StageResult => {
    const findings = result.findings.map((found): Finding => {
      const waiver = inForce.find(({ rule }) => rule === found.rule);
      if (waiver === undefined) return found;
      used.add(waiver);
      return { ...found, severity: 'warning' };
    });
    const standing = findings.some(({ severity }) => severity === 'error');
    const cleared = result.status === 'failed' && !standing && result.checks > 0;
    return { ...result, findings, status: cleared ? 'passed' : result.status };
  });
  return { results: waived, used: [...used] };
}

/** Waivers of what is no rule, or of what is never waived: they would wait for a day that does not come. */
export function waiverFindings(law: Law): readonly Finding[] {
  return law.config.waivers.flatMap(({ rule }, i): readonly Finding[] => {
    const place = law.config.locate(child(ROOT, 'waivers', i, 'rule'));
    if (!isRule(rule))
      return [
        finding('structure/unknown-reference', place, {
          kind: 'rule',
          name: rule,
          suggestion: suggest(rule, RULE_IDS),
        }),
      ];
    return isPolicy(rule)
      ? [finding('structure/invalid-value', place, { detail: 'a breach of policy is never waived' })]
      : [];
  });
}

function isPolicy(rule: string): boolean {
  return rule.startsWith('policy/');
}

/** A finding for each waiver that ended before the day that the verification is for. */
export function expiredWaivers(law: Law, asOf: string | undefined): readonly Finding[] {
  if (asOf === undefined) return [];
  return law.config.waivers.flatMap(({ rule, until }, i) => {
    if (asOf <= until) return [];
    const place = law.config.locate(child(ROOT, 'waivers', i, 'until'));
    return [finding('structure/waiver-expired', place, { rule, until }, { severity: 'warning' })];
  });
}
