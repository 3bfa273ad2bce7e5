import type { Finding } from '../kernel/finding.ts';
import { encodeMarkdown } from '../kernel/encode.ts';
import { STAGES } from '../kernel/rules.ts';
import { type ChangeReport, isUnmerged, type Under, UNMERGED } from '../pipeline/change.ts';
import type { Report, WorkflowReport } from '../pipeline/report.ts';
import type { Because, Scope } from '../pipeline/scope.ts';
import type { Status } from '../stages/stage.ts';
import { describe } from '../stages/texts.ts';
import { lawChangeMarkdown } from './law-change.ts';
import { NOTHING } from './pretty.ts';

/** Bytes that a summary may have; GitHub fails a job whose summary is above 1 MiB. */
export const SUMMARY_BYTES = 1_000_000;

const MARK: Record<Status, string> = { passed: '✓', failed: '✗', unknown: '?', sampled: '≈' };
const REASON: Record<Because, string> = {
  changed: 'changed',
  tools: 'uses a changed tool contract',
  runs: 'runs a touched workflow',
  law: 'the law changed',
  whole: 'whole store',
};
/** Paths of owners that are listed; the rest are counted. */
const PATHS = 20;

/**
 * A report as GitHub-flavoured Markdown, at most `bytes` of UTF-8. Everything that an author wrote is inline code of numeric
 * entities: no markup, mention, link or image of theirs takes effect. What does not fit is counted.
 */
export function summaryOf(report: ChangeReport, bytes = SUMMARY_BYTES): string {
  const blocks = [...blocksOf(report)];
  const size = (text: string): number => new TextEncoder().encode(text).length;
  const note = (left: number): string =>
    `\n${left} more ${left === 1 ? 'entry is' : 'entries are'} left out here; the report holds all of them.\n`;
  const room = bytes - size(note(blocks.length));
  let used = 0;
  let kept = 0;
  for (const block of blocks) {
    used += size(block);
    if (used > room) break;
    kept += 1;
  }
  const text = blocks.slice(0, kept).join('');
  return kept === blocks.length ? text : `${text}${note(blocks.length - kept)}`;
}

function* blocksOf({ outcome, scope, shard, reports, lawChanges, passed }: ChangeReport): Generator<string> {
  const part = shard === undefined ? '' : `, part ${shard.index} of ${shard.of}`;
  yield `## Proofmark: ${passed ? 'passed' : 'failed'}${outcome === 'judged' ? '' : ` (${outcome})`}${part}\n\n`;
  if (outcome !== 'judged') yield `${NOTHING}\n\n`;
  if (scope.removed.length > 0)
    yield `Removed: ${scope.removed
      .slice(0, PATHS)
      .map((name) => encodeMarkdown(name, 120))
      .join(', ')}${more(scope.removed)}\n\n`;
  if (scope.owned.length > 0)
    yield `Outside the folder of any workflow, so for the store's owners to decide: ${scope.owned
      .slice(0, PATHS)
      .map((path) => encodeMarkdown(path, 160))
      .join(', ')}${more(scope.owned)}\n\n`;
  yield* lawChangeMarkdown(lawChanges);
  for (const { under, report } of reports) yield* reportBlocks(under, report, scope, reports.length > 1);
}

function more(all: readonly string[]): string {
  return all.length > PATHS ? ` and ${all.length - PATHS} more` : '';
}

function* reportBlocks(under: Under, report: Report, scope: Scope, both: boolean): Generator<string> {
  if (both)
    yield `### Under the law ${under === 'base' ? 'of the base revision' : 'that the change brings'}: ${report.passed ? 'passed' : 'failed'}\n\n`;
  if (report.findings.length > 0) {
    yield `${findingCount(report.findings.length)} in the law and the layout of the store:\n\n`;
    for (const found of report.findings) yield item(found, under, scope);
    yield '\n';
  }
  if (report.workflows.length === 0) return;
  yield `| workflow | verdict | level | ${STAGES.join(' | ')} | judged because |\n`;
  yield `|---|---|---|${STAGES.map(() => '---|').join('')}---|\n`;
  const reasons = new Map<string, Because>(scope.workflows.map(({ name, because }) => [name, because]));
  for (const workflow of report.workflows) yield row(workflow, reasons.get(workflow.name) ?? 'whole');
  yield '\n✓ passed, ≈ sampled (nothing found, not proved), ✗ failed, ? no verdict; numbers count checks.\n\n';
  for (const workflow of report.workflows) yield* workflowBlocks(workflow, under, scope);
}

function row({ name, version, passed, level, needed, stages }: WorkflowReport, because: Because): string {
  const cells = STAGES.map((stage) => {
    const result = stages.find((one) => one.stage === stage);
    return result === undefined ? '' : `${MARK[result.status]} ${result.checks}`;
  });
  const title = encodeMarkdown(version === undefined ? name : `${name}@${version}`, 160);
  const asked = needed === undefined || needed === level ? '' : `, needs ${needed}`;
  return `| ${title} | ${passed ? 'pass' : '**fail**'} | ${level}${asked} | ${cells.join(' | ')} | ${REASON[because]} |\n`;
}

function* workflowBlocks({ name, stages, crashes }: WorkflowReport, under: Under, scope: Scope): Generator<string> {
  const found = stages.flatMap(({ findings }) => findings);
  if (found.length === 0 && crashes.length === 0) return;
  yield `#### ${encodeMarkdown(name, 120)}: ${findingCount(found.length)}\n\n`;
  for (const { stage, message } of crashes)
    yield `- **the ${stage} stage crashed**: ${encodeMarkdown(message, 400)}, a fault of Proofmark\n`;
  for (const one of found) yield item(one, under, scope);
  yield '\n';
}

function item(found: Finding, under: Under, scope: Scope): string {
  const { sentence, remedy } = describe(found);
  const { file, line, column } = found.place;
  const note = isUnmerged(found, under, scope) ? `<br>note: ${UNMERGED}` : '';
  const witness = found.witness === undefined ? '' : '<br>has a counterexample that replays';
  return `- **${found.severity}** \`${found.rule}\` at ${encodeMarkdown(`${file}:${line}:${column}`, 200)}<br>${encodeMarkdown(sentence, 600)}<br>fix: ${encodeMarkdown(remedy, 600)}${note}${witness}\n`;
}

function findingCount(count: number): string {
  return `${count} ${count === 1 ? 'finding' : 'findings'}`;
}
