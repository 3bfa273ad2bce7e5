import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../kernel/canonical.ts';
import type { WorkflowReport } from '../pipeline/report.ts';
import { witnessFiles } from '../report/witness-files.ts';

/** Writes evidence per workflow and a witness per finding, as canonical JSON, under names that need no escaping. */
export function writeResults(folder: string, workflows: readonly WorkflowReport[]): void {
  for (const workflow of workflows) {
    mkdirSync(join(folder, workflow.name), { recursive: true });
    writeFileSync(join(folder, workflow.name, 'evidence.json'), `${canonicalJson(workflow.evidence)}\n`);
    for (const { path, witness } of witnessFiles(workflow)) {
      writeFileSync(join(folder, path), `${canonicalJson({ ...witness, subject: { ...witness.subject } })}\n`);
    }
  }
}
