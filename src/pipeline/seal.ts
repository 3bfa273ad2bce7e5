import type { Tree } from '../kernel/tree.ts';
import { subtree } from '../kernel/tree.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { pack, packageFile, type PackageProblem, type Packed } from '../seal/pack.ts';
import { type BundleFile, type BundleSigner, signStatements } from '../seal/sign.ts';
import { type Attested, statementsOf } from '../seal/statement.ts';
import type { WorkflowName } from '../store/model.ts';
import { isWorkflowName } from '../store/words.ts';
import type { LoadedStore } from './load.ts';
import type { WorkflowReport } from './report.ts';

export interface SealOptions {
  /** The store that was verified, with the verdict over it. */
  readonly tree: Tree;
  readonly store: LoadedStore;
  readonly report: WorkflowReport;
  readonly signer: BundleSigner;
  /** What the statements say beside the verdict. */
  readonly claims: Pick<Attested, 'verifier' | 'builder' | 'timeVerified' | 'source'>;
}

/** A sealed workflow: a package and its bundles, each with its file name. */
export interface SealedWorkflow {
  /** The name of the store that judged it. */
  readonly store: string;
  readonly name: WorkflowName;
  readonly version: string;
  readonly file: string;
  readonly packed: Packed;
  readonly bundles: readonly BundleFile[];
}

export type SealProblem =
  | { readonly code: 'not-passed' }
  | { readonly code: 'no-package'; readonly problem: PackageProblem };

/**
 * Seals a workflow that was just verified: packs the files that were judged, states the verdict and has it signed. Only what passed, at
 * the level that its store asks for, is sealed.
 */
export async function sealWorkflow(options: SealOptions): Promise<Result<SealedWorkflow, SealProblem>> {
  const { tree, store, report, signer, claims } = options;
  const { name, version } = report;
  const contract = store.workflows.find((loaded) => loaded.name === name)?.subject?.files.contract;
  const lawful = store.findings.every(({ severity }) => severity !== 'error');
  if (!report.passed || !lawful || store.law === undefined || contract === undefined || version === undefined)
    return err({ code: 'not-passed' });
  if (!isWorkflowName(name)) return err({ code: 'not-passed' });
  const folder = subtree(tree, `workflows/${name}`);
  const files = folder.list().flatMap(({ path, kind }) => {
    const bytes = kind === 'file' ? folder.read(path) : undefined;
    return bytes === undefined ? [] : [{ path, bytes }];
  });
  const { domain, intents } = contract;
  const packed = pack({
    store: store.law.config.store,
    files,
    evidence: report.evidence,
    author: domain === undefined ? { intents } : { domain, intents },
  });
  if (!packed.ok) return err({ code: 'no-package', problem: packed.error });
  const { digest, evidence, evidenceDigest } = packed.value;
  const statements = statementsOf({
    ...claims,
    store: store.law.config.store,
    digest,
    evidence,
    evidenceDigest,
    result: 'PASSED',
  });
  const bundles = await signStatements(statements, signer, name, version);
  return ok({
    store: store.law.config.store,
    name,
    version,
    file: packageFile(name, version),
    packed: packed.value,
    bundles,
  });
}
