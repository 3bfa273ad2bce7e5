import { canonicalJson } from '../kernel/canonical.ts';
import type { Json } from '../kernel/json.ts';
import { findingToJson } from '../pipeline/evidence.ts';
import type { Report } from '../pipeline/report.ts';
import { describe } from '../stages/texts.ts';

/** The report as versioned, canonical JSON: the same report is the same bytes. */
export function reportToJson(report: Report): string {
  const json: Json = {
    format: 'proofmark-report/1',
    store: report.store ?? null,
    passed: report.passed,
    exitCode: report.exitCode,
    findings: report.findings.map((found) => ({ ...findingToJson(found), ...describe(found) })),
    workflows: report.workflows.map(({ name, version, risk, level, needed, passed, stages, crashes }) => ({
      name,
      version: version ?? null,
      risk: risk ?? null,
      level: level ?? null,
      needed: needed ?? null,
      passed,
      stages: stages.map(({ stage, status, checks, counts, findings }) => ({
        stage,
        status,
        checks,
        counts: { ...counts },
        findings: findings.map((found) => ({ ...findingToJson(found), ...describe(found) })),
      })),
      crashes: crashes.map((crash) => ({ ...crash })),
    })),
  };
  return `${canonicalJson(json)}\n`;
}
