import type { Finding } from '../kernel/finding.ts';
import { finding } from '../kernel/finding.ts';
import type { Law } from '../store/model.ts';
import type { LoadedPolicies, PolicySet } from './cedar.ts';
import { loadPolicies, placeOf } from './cedar.ts';
import type { CedarEngine } from './engine.ts';
import { checkPacks } from './packs.ts';
import { cedarSchema } from './schema.ts';

/**
 * Reads the policies of a law and checks that they fit it: every attribute that a policy reads exists for every action it
 * speaks of, or is guarded by `has`; and store.yaml sets only parameters that the packs have. A set is there only when
 * nothing was found wrong.
 */
export function readPolicies(law: Law, engine: CedarEngine): LoadedPolicies {
  const loaded = loadPolicies(law.policies, engine);
  const findings = [...checkPacks(law.config), ...loaded.findings];
  if (loaded.set !== undefined) findings.push(...misfits(law, loaded.set, engine));
  return findings.length > 0 || loaded.set === undefined ? { findings } : { set: loaded.set, findings };
}

function misfits(law: Law, set: PolicySet, engine: CedarEngine): readonly Finding[] {
  return engine.validate(cedarSchema(law), set.texts).map(({ policy: id, detail, offset }) => {
    const policy = set.find(id);
    const file = law.policies.find(({ path }) => path === policy?.file) ?? { path: 'policies', text: '' };
    const place = placeOf(file, (policy?.offset ?? 0) + (offset ?? 0));
    return finding('structure/policy-invalid', place, { policy: id, detail });
  });
}
