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

/** Policies times tools: the engine checks each policy against the request of each tool. */
const MOST = 50_000;

function misfits(law: Law, set: PolicySet, engine: CedarEngine): readonly Finding[] {
  const tools = [...law.servers.values()].reduce((sum, server) => sum + server.tools.size, 0);
  const last = set.policies.at(-1);
  if (last !== undefined && set.policies.length * tools > MOST) {
    const file = law.policies.find(({ path }) => path === last.file) ?? { path: 'policies', text: '' };
    const detail = `${set.policies.length} policies for ${tools} tools are more than ${MOST} pairs to be checked`;
    return [finding('structure/policy-invalid', placeOf(file, last.offset), { policy: last.id, detail })];
  }
  return engine.validate(cedarSchema(law), set.texts).map(({ policy: id, detail, offset }) => {
    const policy = set.find(id);
    const file = law.policies.find(({ path }) => path === policy?.file) ?? { path: 'policies', text: '' };
    const place = placeOf(file, (policy?.offset ?? 0) + (offset ?? 0));
    return finding('structure/policy-invalid', place, { policy: id, detail });
  });
}
