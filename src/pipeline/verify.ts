import type { Stage } from '../kernel/rules.ts';
import { STAGES } from '../kernel/rules.ts';
import { adversarial } from '../stages/adversarial/adversarial.ts';
import { compatibility } from '../stages/compatibility/compatibility.ts';
import { type CaseRun, functional, runCases } from '../stages/functional/functional.ts';
import type { Run } from '../simulate/model.ts';
import type { Solver } from '../prove/smt/solver.ts';
import { Ledger } from '../stages/policy/ledger.ts';
import { policy } from '../stages/policy/policy.ts';
import { type Explored, property } from '../stages/property/property.ts';
import type { StageResult } from '../stages/stage.ts';
import { conclude } from '../stages/stage.ts';
import type { Subject } from '../stages/subject.ts';
import type { Law } from '../store/model.ts';
import { evidence } from './evidence.ts';
import { levelOf, meets } from './level.ts';
import type { Loaded, LoadedStore } from './load.ts';
import { unreplayed } from './replay.ts';
import { expiredWaivers, waive } from './waivers.ts';
import type { Crash, Progress, Report, WorkflowReport } from './report.ts';

export interface VerifyOptions {
  /** Only these stages; the level is then not judged. All where absent. */
  readonly stages?: readonly Stage[];
  readonly seed: number;
  readonly asOf: string | undefined;
  /** `sha256-…` of the program that verifies, for the evidence. */
  readonly verifier: string;
  /** Answers what the prover asks; absent where nobody can: what it would have decided is unknown. */
  readonly solver: Solver | undefined;
  readonly progress?: Progress;
  /** Told of each workflow as soon as it is judged. */
  readonly judged?: (workflow: WorkflowReport) => void;
}

/** Judges the loaded workflows of a store, one after the other. */
export async function verify(store: LoadedStore, options: VerifyOptions): Promise<Report> {
  const workflows: WorkflowReport[] = [];
  for (const loaded of store.workflows) {
    const report = await verifyWorkflow(store.law, loaded, options);
    options.judged?.(report);
    workflows.push(report);
  }
  return conclusion(store, workflows, options.asOf);
}

function conclusion(store: LoadedStore, workflows: readonly WorkflowReport[], asOf: string | undefined): Report {
  const lawful = store.findings.every(({ severity }) => severity !== 'error');
  const passed = lawful && workflows.length > 0 && workflows.every((workflow) => workflow.passed);
  const crashed = workflows.some(({ crashes }) => crashes.length > 0);
  // A store whose law cannot be read is a wrong configuration; what is found in a workflow is a finding.
  const exitCode = crashed ? 3 : store.law === undefined ? 2 : passed ? 0 : 1;
  const findings = [...store.findings, ...(store.law === undefined ? [] : expiredWaivers(store.law, asOf))];
  return { store: store.law?.config.store, passed, exitCode, findings, workflows };
}

async function verifyWorkflow(law: Law | undefined, loaded: Loaded, options: VerifyOptions): Promise<WorkflowReport> {
  const { name, subject } = loaded;
  const wanted = options.stages ?? STAGES;
  const results: StageResult[] = [];
  const crashes: Crash[] = [];

  /** Runs a stage so that its crash costs only itself; a stage that was not asked for runs when another needs it, unreported. */
  const stage: RunStage = async (which, work, missing) => {
    options.progress?.({ workflow: name, stage: which, done: false });
    try {
      const { result, value } = await work();
      if (result !== undefined && wanted.includes(which)) results.push(result);
      return value;
    } catch (error) {
      crashes.push({
        stage: which,
        message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      });
      results.push({ stage: which, status: 'unknown', checks: 0, counts: {}, findings: [] });
      return missing;
    } finally {
      options.progress?.({ workflow: name, stage: which, done: true });
    }
  };
  const alone: RunAlone = async (which, work) => {
    if (wanted.includes(which)) await stage(which, async () => ({ result: await work(), value: undefined }), undefined);
  };

  const structure = (): StageResult => {
    const { files, tasks, capabilities, cases } = loaded.counts;
    return conclude('structure', files + tasks + capabilities + cases, { ...loaded.counts }, loaded.findings);
  };
  await alone('structure', structure);
  if (subject === undefined) {
    // Without a workflow that can be run there is nothing to judge: unknown is not passed.
    for (const which of wanted)
      if (which !== 'structure') results.push({ stage: which, status: 'unknown', checks: 0, counts: {}, findings: [] });
    // Why there is none, the structure says, asked for or not.
    if (!wanted.includes('structure')) results.push(structure());
  } else {
    await runStages(subject, wanted, options.solver, stage, alone);
    for (const { stage: which, findings } of results) {
      for (const found of findings) {
        const why = unreplayed(subject, found);
        if (why !== undefined) crashes.push({ stage: which, message: why });
      }
    }
  }
  const ordered = STAGES.flatMap((which) => results.filter((result) => result.stage === which));
  const waived = law === undefined ? { results: ordered, used: [] } : waive(law, name, options.asOf, ordered);
  return judged(law, loaded, options, waived, crashes);
}

type Awaitable<T> = T | Promise<T>;
/** Runs a stage that leaves something for others. */
type RunStage = <T>(
  which: Stage,
  work: () => Awaitable<{ readonly result: StageResult | undefined; readonly value: T }>,
  missing: T,
) => Promise<T>;
type RunAlone = (which: Stage, work: () => Awaitable<StageResult>) => Promise<void>;

async function runStages(
  subject: Subject,
  wanted: readonly Stage[],
  solver: Solver | undefined,
  stage: RunStage,
  alone: RunAlone,
): Promise<void> {
  const needs = (...stages: readonly Stage[]): boolean => stages.some((which) => wanted.includes(which));
  let cases: readonly CaseRun[] = [];
  let denied: Explored['denied'] = [];
  const ledger = new Ledger(subject);
  const enter = (run: Run): void => ledger.enter(run);
  if (needs('functional', 'property', 'adversarial', 'policy')) {
    cases = await stage(
      'functional',
      () => {
        const runs = runCases(subject);
        return { result: wanted.includes('functional') ? functional(subject, runs) : undefined, value: runs };
      },
      cases,
    );
  }
  for (const { run } of cases) enter(run);
  if (needs('property', 'policy')) {
    denied = await stage(
      'property',
      () => {
        const explored = property(
          subject,
          cases.map(({ run }) => run),
          enter,
        );
        return { result: explored.result, value: explored.denied };
      },
      denied,
    );
  }
  if (needs('adversarial', 'policy')) {
    await stage('adversarial', () => ({ result: adversarial(subject, cases, enter), value: undefined }), undefined);
  }
  await alone('compatibility', () => compatibility(subject, solver));
  await alone('policy', () => policy(subject, ledger, denied, solver));
}

function judged(
  law: Law | undefined,
  loaded: Loaded,
  options: VerifyOptions,
  { results: stages, used: waivers }: ReturnType<typeof waive>,
  crashes: readonly Crash[],
): WorkflowReport {
  const { name, subject, digest } = loaded;
  const risk = subject?.files.contract.risk;
  const partial = options.stages !== undefined;
  const needed = risk === undefined || partial ? undefined : law?.config.levels[risk];
  const level = levelOf(stages);
  const clean = stages.every(({ status }) => status === 'passed' || status === 'sampled');
  const refuted = stages.some(({ stage, status }) => stage === 'policy' && status === 'failed');
  const passed = crashes.length === 0 && !refuted && (partial ? clean : needed !== undefined && meets(level, needed));
  const version = subject?.workflow.version;
  const record =
    law === undefined
      ? null
      : evidence({
          name,
          version: version ?? null,
          digest,
          law,
          verifier: options.verifier,
          seed: options.seed,
          asOf: options.asOf ?? null,
          level,
          results: stages,
          waivers,
          subject,
        });
  const reached = partial ? undefined : level;
  return { name, version, risk, level: reached, needed, passed, stages, crashes, evidence: record };
}
