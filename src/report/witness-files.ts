import type { Finding, Witness } from '../kernel/finding.ts';
import type { WorkflowReport } from '../pipeline/report.ts';

/**
 * Every witness of a workflow with the path under which it is written: `<namespace>/<name>/witness-<n>-<rule>.json`,
 * relative to the folder of results.
 */
export function witnessFiles({
  name,
  stages,
}: WorkflowReport): readonly { readonly found: Finding; readonly witness: Witness; readonly path: string }[] {
  const found = stages.flatMap(({ findings }) => findings);
  const witnessed = found.flatMap((one) => (one.witness === undefined ? [] : [{ found: one, witness: one.witness }]));
  return witnessed.map((one, i) => ({
    ...one,
    path: `${name}/witness-${i + 1}-${one.found.rule.replace('/', '-')}.json`,
  }));
}
