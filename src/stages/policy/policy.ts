import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { pointerOf } from '../../kernel/pointer.ts';
import type { Solver } from '../../prove/smt/solver.ts';
import { conclude, type StageResult } from '../stage.ts';
import { proved } from './proof.ts';
import type { Subject } from '../subject.ts';
import type { Ledger } from './ledger.ts';

/**
 * Every effect of every simulated run was put to the policies with the labels it really carries; then the obligations of the
 * workflow are proved over all runs. Status `passed`: every one is proved. `sampled`: none of the runs was denied, and some
 * obligation is not proved. `denied` are refusals that the property stage has shrunk; they stand for the same ones of the
 * ledger.
 */
export async function policy(
  subject: Subject,
  ledger: Ledger,
  denied: readonly Finding[],
  solver: Solver | undefined,
): Promise<StageResult> {
  const sampled = new Map(ledger.findings);
  for (const found of denied) sampled.set(`${found.rule} ${found.place.pointer}`, found);
  const { proof, findings: refuted } = await proved(subject, { sampled, reached: ledger.reached, solver });
  const findings = new Map([...refuted, ...sampled]);
  const { capabilities, locate } = subject.files.contract;
  capabilities.forEach(({ tool }, i) => {
    if (ledger.tools.has(tool)) return;
    const place = locate(pointerOf(`/capabilities/${i}/tool`));
    findings.set(`never ${tool}`, finding('policy/never-exercised', place, { tool }));
  });
  const { decisions, refused, compared } = ledger;
  const { verdicts, paths, queries } = proof;
  const numberOf = (status: (typeof verdicts)[number]['status']): number =>
    verdicts.filter((verdict) => verdict.status === status).length;
  const counts = {
    decisions,
    refused,
    policies: subject.policies.policies.length,
    engine: compared,
    obligations: verdicts.length,
    proved: numberOf('proved'),
    refuted: numberOf('refuted'),
    unknown: numberOf('unknown'),
    paths,
    queries: proof.asked,
  };
  const all = proof.unexplored === undefined && verdicts.length > 0 && counts.proved === verdicts.length;
  return { ...conclude('policy', decisions, counts, [...findings.values()], all ? 'passed' : 'sampled'), queries };
}
