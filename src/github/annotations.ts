import type { Finding } from '../kernel/finding.ts';
import { type ChangeReport, isUnmerged, type Under, UNMERGED } from '../pipeline/change.ts';
import { describe } from '../stages/texts.ts';
import type { Annotation } from './command.ts';

/** GitHub shows this many annotations of one severity for one step and drops the rest. */
const PER_SEVERITY = 10;

/**
 * The first findings of a report as annotations, errors before warnings, and a notice that counts what does not fit. What is
 * found under both laws is shown once. `folder` is the store's, relative to the top of the repository.
 */
export function annotationsOf(report: ChangeReport, folder: string): readonly Annotation[] {
  const all = [...distinct(report)].map(({ found, under }) => annotationOf(found, under, report, folder));
  const crashes = report.reports.flatMap(({ report: one }) =>
    one.workflows.flatMap(({ name, crashes }) =>
      crashes.map(({ stage, message }): Annotation => ({
        severity: 'error',
        title: `the ${stage} stage crashed on ${name}`,
        lines: [message, 'This is a fault of Proofmark, not of the workflow.'],
      })),
    ),
  );
  const errors = [...crashes, ...all.filter(({ severity }) => severity === 'error')];
  const warnings = all.filter(({ severity }) => severity === 'warning');
  const left = Math.max(0, errors.length - PER_SEVERITY) + Math.max(0, warnings.length - PER_SEVERITY);
  return [
    ...errors.slice(0, PER_SEVERITY),
    ...warnings.slice(0, PER_SEVERITY),
    ...(left === 0
      ? []
      : [
          {
            severity: 'notice' as const,
            title: `${left} more findings`,
            lines: ['GitHub shows ten of a kind; the job summary and the report hold all of them.'],
          },
        ]),
  ];
}

function* distinct(report: ChangeReport): Generator<{ readonly found: Finding; readonly under: Under }> {
  const seen = new Set<string>();
  for (const { under, report: one } of report.reports) {
    for (const found of [
      ...one.findings,
      ...one.workflows.flatMap(({ stages }) => stages.flatMap(({ findings }) => findings)),
    ]) {
      const { file, line, column } = found.place;
      const key = JSON.stringify([found.rule, file, line, column, found.data]);
      if (seen.has(key)) continue;
      seen.add(key);
      yield { found, under };
    }
  }
}

function annotationOf(found: Finding, under: Under, report: ChangeReport, folder: string): Annotation {
  const { sentence, remedy } = describe(found);
  const { file, line, column } = found.place;
  const both = report.reports.length > 1;
  return {
    severity: found.severity,
    title: both ? `${found.rule} (${under === 'base' ? 'law of the base' : 'law of the change'})` : found.rule,
    lines: [sentence, `fix: ${remedy}`, ...(isUnmerged(found, under, report.scope) ? [`note: ${UNMERGED}`] : [])],
    at: { file: folder === '' ? file : `${folder}/${file}`, line, column },
  };
}
