import { canonicalJson } from '../kernel/canonical.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { ChangeReport } from '../pipeline/change.ts';
import { findingToJson } from '../pipeline/evidence.ts';
import type { Report } from '../pipeline/report.ts';
import { describe } from '../stages/texts.ts';
import { lawChangeToJson } from './law-change.ts';

/** The report as versioned, canonical JSON: the same report is the same bytes. */
export function reportToJson(report: Report): string {
  return `${canonicalJson({ format: 'proofmark-report/1', ...contentOf(report) })}\n`;
}

/** The report on a change: what it touches, and one report per law that judged it. */
export function changeToJson({ outcome, scope, shard, reports, lawChanges, passed, exitCode }: ChangeReport): string {
  return `${canonicalJson({
    format: 'proofmark-change/1',
    outcome,
    passed,
    exitCode,
    scope: {
      workflows: scope.workflows.map(({ name, because }) => ({ name, because })),
      removed: scope.removed,
      owned: scope.owned,
      law: scope.law,
    },
    ...(shard === undefined ? {} : { shard: { index: shard.index, of: shard.of } }),
    reports: reports.map(({ under, report }) => ({ under, ...contentOf(report) })),
    ...(lawChanges === undefined ? {} : { lawChanges: lawChanges.map(lawChangeToJson) }),
  })}\n`;
}

function contentOf(report: Report): JsonObject {
  return {
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
}
