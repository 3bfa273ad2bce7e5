import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { equalJson } from '../../kernel/json.ts';
import type { Run, World } from '../../simulate/model.ts';
import type { Case } from '../../store/model.ts';
import { conclude, type StageResult } from '../stage.ts';
import { placeOf, type Subject } from '../subject.ts';
import { type Adequacy, adequacy } from './adequacy.ts';
import { judgeCase } from './case.ts';
import { reachables, unreached } from './coverage.ts';
import { vacuousInvariants } from './vacuity.ts';

/** One case that was run. */
export interface CaseRun {
  readonly case: Case;
  readonly run: Run;
  readonly findings: readonly Finding[];
  readonly passed: boolean;
}

/** Runs the author's cases: input, scripted replies, expected calls and outcome. */
export function runCases(subject: Subject): readonly CaseRun[] {
  return subject.files.cases.map((one) => {
    const { run, findings } = judgeCase(subject, one);
    return { case: one, run, findings, passed: findings.length === 0 };
  });
}

/** Asks of the cases that they pass and reach every task and arm, and counts the small defects that they would notice. */
export function functional(subject: Subject, runs: readonly CaseRun[]): StageResult {
  const { files } = subject;
  const findings: Finding[] = [];
  if (files.cases.length === 0) {
    findings.push(finding('functional/no-cases', placeOf(subject, ''), { workflow: files.name }));
  }
  findings.push(...runs.flatMap((one) => one.findings));
  const places = reachables(subject.workflow.do);
  const gaps = unreached(
    places.filter(({ raising }) => !raising),
    runs.map(({ run }) => run.coverage),
  );
  for (const gap of gaps) {
    const place = placeOf(subject, gap.at);
    if (gap.kind === 'task') findings.push(finding('functional/task-unreached', place, { task: gap.at }));
    else findings.push(finding('functional/arm-unreached', place, { task: gap.at, arm: gap.arm }));
  }
  const calls = runs.reduce((sum, { run }) => sum + run.called.length, 0);
  const passing = runs.flatMap(({ passed, run }) => (passed ? [run] : []));
  const noticed = passing.length < runs.length || runs.length === 0 ? NOTHING_TRIED : adequacy(subject);
  findings.push(...noticed.findings, ...vacuousInvariants(subject, passing));
  const counts = { cases: files.cases.length, calls, places: places.length, ...noticed.counts };
  return conclude('functional', files.cases.length + places.length, counts, findings);
}

/** A case that fails would fail on any mutant too. */
const NOTHING_TRIED: Adequacy = { counts: { mutants: 0, killed: 0 }, findings: [] };

/** What the cases with this input say of the workflow now: a witness of a case replays as its case. */
export function judgeCases(subject: Subject, world: Pick<World, 'input'>): readonly Finding[] {
  return subject.files.cases
    .filter(({ input }) => equalJson(input, world.input))
    .flatMap((one) => judgeCase(subject, one).findings);
}
