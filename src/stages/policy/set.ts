import { type Finding, finding } from '../../kernel/finding.ts';
import type { Policy, PolicySet } from '../../policy/cedar.ts';
import { placeOf } from '../../policy/cedar.ts';
import type { CedarEngine } from '../../policy/engine.ts';
import { accountsOf } from '../../prove/policies.ts';
import type { Law, TextFile } from '../../store/model.ts';

/**
 * What is wrong with single policies of a store, whatever workflow is judged: they may err, or can never apply. Of the shipped
 * packs nothing is said: a store need not have what they speak of, and tests hold that none of them errs.
 */
export function policySetFindings(
  law: Law,
  set: PolicySet,
  shipped: readonly TextFile[],
  engine: CedarEngine,
): readonly Finding[] {
  const own = set.policies.filter((policy) => !shipped.some((file) => isFrom(policy, file)));
  return accountsOf(law, own, engine).flatMap(({ policy, applies, error }) => {
    const file = law.policies.find((one) => isFrom(policy, one)) ?? { path: policy.file, text: '' };
    const place = placeOf(file, policy.offset);
    const findings: Finding[] = [];
    if (error !== undefined) {
      const { action, detail, shown } = error;
      // Cedar skips a forbid that errs: it fails open wherever nothing else denies.
      const severity = shown !== undefined && policy.effect === 'forbid' ? 'error' : 'warning';
      const data = { policy: policy.id, action, detail, request: shown ?? null };
      findings.push(finding('policy/can-err', place, data, { severity }));
    }
    if (applies === 'never')
      findings.push(finding('policy/never-applies', place, { policy: policy.id }, { severity: 'warning' }));
    return findings;
  });
}

function isFrom(policy: Policy, { path, text }: TextFile): boolean {
  return path === policy.file && text.startsWith(policy.text, policy.offset);
}
