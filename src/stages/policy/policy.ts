import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { pointerOf } from '../../kernel/pointer.ts';
import type { Run } from '../../simulate/model.ts';
import { refusalBreach, toFinding } from '../breach.ts';
import { conclude, type StageResult } from '../stage.ts';
import { placeOf, type Subject } from '../subject.ts';

/** Distinct refusals that are reported; the rest are counted. */
const REPORTED = 8;
/** Effects of the runs that the real Cedar engine decides as well, taken evenly. */
const SAMPLE = 64;

/**
 * Every effect of every simulated run was put to the policies with the labels it really carries. Status `sampled`: none was
 * denied, and nothing is proved. `denied` are refusals that the property stage has shrunk already.
 */
export function policy(subject: Subject, runs: readonly Run[], denied: readonly Finding[]): StageResult {
  const findings = new Map<string, Finding>();
  for (const found of denied) findings.set(`${found.rule} ${found.place.pointer}`, found);
  let decisions = 0;
  let refused = 0;
  const tools = new Set<string>();
  for (const run of runs) {
    decisions += run.decided.length;
    for (const { effect } of run.decided) if (effect.kind === 'call') tools.add(effect.tool);
    if (run.ending.kind !== 'refused') continue;
    const breach = refusalBreach(run.ending.at, run.ending.action, run.ending.refusals);
    if (!breach.rule.startsWith('policy/')) continue;
    refused += 1;
    const found = `${breach.rule} ${placeOf(subject, breach.at).pointer}`;
    if (!findings.has(found) && findings.size < REPORTED) findings.set(found, toFinding(subject, breach, run));
  }
  const { capabilities, locate } = subject.files.contract;
  capabilities.forEach(({ tool }, i) => {
    if (!tools.has(tool)) {
      const place = locate(pointerOf(`/capabilities/${i}/tool`));
      findings.set(`never ${tool}`, finding('policy/never-exercised', place, { tool }));
    }
  });
  const compared = compareEngines(subject, runs, findings);
  const counts = { decisions, refused, policies: subject.policies.policies.length, engine: compared };
  return conclude('policy', decisions, counts, [...findings.values()], 'sampled');
}

/** The real Cedar engine over a sample of the effects: a difference is our defect and is reported as one. */
function compareEngines(subject: Subject, runs: readonly Run[], findings: Map<string, Finding>): number {
  const all = runs.flatMap((run) => run.decided.map((decided) => ({ run, decided })));
  const step = Math.max(1, Math.floor(all.length / SAMPLE));
  const sample = all.filter((_, i) => i % step === 0).slice(0, SAMPLE);
  for (const { run, decided } of sample) {
    for (const found of compare(subject, run, decided)) findings.set(`engines ${decided.effect.at}`, found);
  }
  return sample.length;
}

/** Every effect of one run, decided by the real Cedar engine as well. */
export function compareRun(subject: Subject, run: Run): readonly Finding[] {
  return run.decided.flatMap((decided) => compare(subject, run, decided));
}

function compare(subject: Subject, run: Run, { effect, verdict }: Run['decided'][number]): readonly Finding[] {
  const difference = subject.compare(verdict);
  if (difference === undefined) return [];
  const { action, ours, cedar } = difference;
  return [
    toFinding(
      subject,
      { rule: 'policy/engines-disagree', at: effect.at, data: { action, at: effect.at, ours, cedar } },
      run,
    ),
  ];
}
