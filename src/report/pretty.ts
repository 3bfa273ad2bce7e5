import type { Finding } from '../kernel/finding.ts';

import { encodeLine } from '../kernel/encode.ts';
import { STAGES } from '../kernel/rules.ts';
import type { Outcome, Under } from '../pipeline/change.ts';
import type { Report, WorkflowReport } from '../pipeline/report.ts';
import type { Scope } from '../pipeline/scope.ts';
import type { StageResult, Status } from '../stages/stage.ts';
import { describe } from '../stages/texts.ts';
import { excerptOf } from './excerpt.ts';
import type { Style } from './style.ts';
import { witnessFiles } from './witness-files.ts';

/** How a report is shown. */
export interface Page {
  readonly style: Style;
  /** The text of a file of the store, for excerpts; `undefined` where it cannot be shown. */
  readonly sourceOf: (file: string) => string | undefined;
  /** The folder into which witnesses are written, as the user would name it. */
  readonly output?: string;
  /** What more there is to say about a finding, as one sentence. */
  readonly noteOf?: (found: Finding) => string | undefined;
}

const MARK: Record<Status, string> = { passed: '✓', failed: '✗', unknown: '?', sampled: '≈' };
/** Findings of one workflow that are shown at length; the rest are counted. */
const SHOWN = 20;
const WIDTH = 160;

/** One workflow for people: how it ended, and each finding with an excerpt and the remedy. */
export function workflowBlock(workflow: WorkflowReport, page: Page): string {
  return `${[workflowLine(workflow, page.style), ...workflowBlocks(workflow, page)].join('\n')}\n`;
}

/** Says under whose law the blocks below were judged, and what the change touches. */
export function lawBlock(under: Under, scope: Scope, { style }: Page): string {
  const title = under === 'base' ? 'under the law of the base revision' : 'under the law that the change brings';
  const { workflows, removed, owned } = scope;
  const parts = [
    `${workflows.length} ${workflows.length === 1 ? 'workflow' : 'workflows'} touched`,
    ...(removed.length === 0 ? [] : [`${removed.length} removed`]),
    ...(owned.length === 0 ? [] : [`${owned.length} ${owned.length === 1 ? 'path' : 'paths'} of the store's owners`]),
  ];
  return `${style.strong(title)} ${style.dim(`(${parts.join(', ')})`)}\n`;
}

/** What belongs to no one workflow, and what it all comes to. */
export function conclusion(report: Report, page: Page): string {
  return `${[...findings(report.findings, page, new Map()), summary(report, page)].join('\n')}\n`;
}

/** What it means that there was nothing to check. */
export const NOTHING =
  'Base and head were compared: the change touches no workflow and no law. Law and layout of the store hold, and that is all there is to judge.';

/** Says so; nothing where something was judged. */
export function outcomeBlock(outcome: Outcome, { style }: Page): string {
  return outcome === 'judged' ? '' : `${style.strong(outcome)}: ${NOTHING}\n`;
}

/** One line: what was reached, and how each stage ended. */
function workflowLine(workflow: WorkflowReport, style: Style): string {
  const { name, version, passed, level, needed, stages, crashes } = workflow;
  const head = passed ? style.good('PASS') : style.bad('FAIL');
  const asked = needed === undefined || (passed && level === needed) ? '' : style.dim(` (needs ${needed})`);
  const states = STAGES.flatMap((stage) => {
    if (crashes.some((crash) => crash.stage === stage)) return [style.bad(`! ${stage}`)];
    const result = stages.find((one) => one.stage === stage);
    return result === undefined ? [] : [stateOf(result, style)];
  });
  const title = style.strong(encodeLine(`${name}${version === undefined ? '' : `@${version}`}`, 120));
  const reached = level === undefined ? '' : `  ${level}${asked}`;
  return `${head} ${title}${reached}\n     ${states.join('  ')}`;
}

function stateOf({ stage, status, checks }: StageResult, style: Style): string {
  const text = `${MARK[status]} ${stage} ${checks}`;
  switch (status) {
    case 'passed':
      return style.good(text);
    case 'failed':
      return style.bad(text);
    case 'unknown':
      return style.bad(text);
    case 'sampled':
      return style.note(text);
  }
}

function workflowBlocks(workflow: WorkflowReport, page: Page): readonly string[] {
  const found = workflow.stages.flatMap((stage) => stage.findings);
  const files = new Map(witnessFiles(workflow).map((one) => [one.found, one.path]));
  const crashed = workflow.crashes.map(
    ({ stage, message }) =>
      `     ${page.style.bad(`the ${stage} stage crashed`)}: ${encodeLine(message, WIDTH)} (a fault of Proofmark)`,
  );
  return [...findings(found, page, files), ...crashed];
}

function findings(found: readonly Finding[], page: Page, files: ReadonlyMap<Finding, string>): readonly string[] {
  const shown = found.slice(0, SHOWN).map((one) => findingBlock(one, page, files.get(one)));
  return found.length > SHOWN ? [...shown, `     … and ${found.length - SHOWN} more findings`] : shown;
}

/** A finding: rule, place, sentence, the line with a caret, remedy, and how to replay its witness. */
export function findingBlock(found: Finding, page: Page, witness?: string): string {
  const { style } = page;
  const { rule, severity, place } = found;
  const { sentence, remedy } = describe(found);
  const head = severity === 'error' ? style.bad(`error ${rule}`) : style.note(`warning ${rule}`);
  const note = page.noteOf?.(found);
  const lines = [
    '',
    `  ${head}  ${style.dim(`${encodeLine(place.file, 120)}:${place.line}:${place.column}`)}`,
    `    ${encodeLine(sentence, 600)}`,
    ...excerptOf(page.sourceOf(place.file) ?? '', place, style),
    `    ${style.dim('fix:')} ${encodeLine(remedy, 600)}`,
    ...(note === undefined ? [] : [`    ${style.dim('note:')} ${note}`]),
    ...(witness === undefined || page.output === undefined
      ? []
      : [`    ${style.dim('replay:')} proofmark replay ${encodeLine(`${page.output}/${witness}`, 300)}`]),
  ];
  return lines.join('\n');
}

function summary(report: Report, { style, output }: Page): string {
  const passed = report.workflows.filter((workflow) => workflow.passed).length;
  const failed = report.workflows.length - passed;
  const errors = [
    ...report.findings,
    ...report.workflows.flatMap(({ stages }) => stages.flatMap((stage) => stage.findings)),
  ].filter(({ severity }) => severity === 'error').length;
  const sampled = report.workflows.filter(({ stages }) => stages.some(({ status }) => status === 'sampled')).length;
  const counts = `${passed} passed, ${failed} failed, ${errors} ${errors === 1 ? 'finding' : 'findings'}`;
  const line = report.passed ? style.good(style.strong(counts)) : style.bad(style.strong(counts));
  const legend = style.dim('Numbers count checks: files, cases, worlds, attacks, releases, decisions.');
  const planted = countOf(report, 'mutants');
  const noticed =
    planted === 0
      ? ''
      : `\nOf ${planted} small ${planted === 1 ? 'defect' : 'defects'} planted in the workflows, their cases and the policies notice ${countOf(report, 'killed')}.`;
  const note =
    sampled === 0
      ? ''
      : `\n${style.note('≈')} policy was sampled for ${sampled} ${sampled === 1 ? 'workflow' : 'workflows'}: every simulated effect was permitted, and not everything is proved.`;
  const witnesses = report.workflows.reduce((sum, workflow) => sum + witnessFiles(workflow).length, 0);
  const replay =
    witnesses === 0 || output !== undefined
      ? ''
      : `\n${witnesses} ${witnesses === 1 ? 'finding has a counterexample' : 'findings have counterexamples'}: add --output DIR, then proofmark replay DIR/…`;
  return `\n${line}${report.workflows.length === 0 ? '' : `\n${legend}`}${noticed}${note}${replay}`;
}

/** A count of the functional stage, of all workflows together. */
function countOf(report: Report, name: string): number {
  return report.workflows
    .flatMap(({ stages }) => stages)
    .reduce((sum, { stage, counts }) => sum + (stage === 'functional' ? (counts[name] ?? 0) : 0), 0);
}
