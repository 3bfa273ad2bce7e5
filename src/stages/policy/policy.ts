import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { pointerOf } from '../../kernel/pointer.ts';
import { conclude, type StageResult } from '../stage.ts';
import type { Subject } from '../subject.ts';
import type { Ledger } from './ledger.ts';

/**
 * Every effect of every simulated run was put to the policies with the labels it really carries. Status `sampled`: none was
 * denied, and nothing is proved. `denied` are refusals that the property stage has shrunk; they stand for the same ones of
 * the ledger.
 */
export function policy(subject: Subject, ledger: Ledger, denied: readonly Finding[]): StageResult {
  const findings = new Map(ledger.findings);
  for (const found of denied) findings.set(`${found.rule} ${found.place.pointer}`, found);
  const { capabilities, locate } = subject.files.contract;
  capabilities.forEach(({ tool }, i) => {
    if (ledger.tools.has(tool)) return;
    const place = locate(pointerOf(`/capabilities/${i}/tool`));
    findings.set(`never ${tool}`, finding('policy/never-exercised', place, { tool }));
  });
  const { decisions, refused, compared } = ledger;
  const counts = { decisions, refused, policies: subject.policies.policies.length, engine: compared };
  return conclude('policy', decisions, counts, [...findings.values()], 'sampled');
}
