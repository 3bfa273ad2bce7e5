import { hexOf } from '../kernel/digest.ts';
import { encodeLine } from '../kernel/encode.ts';
import { unreachable } from '../kernel/result.ts';
import type { Checked, Problem } from '../registry/check.ts';
import type { SearchEntry } from '../registry/lists.ts';
import type { IndexRecord, KnownVersion } from '../registry/record.ts';
import type { Hit, Match } from '../registry/search.ts';
import type { Style } from './style.ts';

/**
 * Entries of an index for people and agents. The author's words stand in quotes, encoded, and never where a sentence of ours
 * stands.
 */

const WORDS = 160;
const LISTED = 12;

/** Results of a search: why each matched, what it may do, and the author's sample requests. */
export function searchText(hits: readonly Hit[], shown: number, style: Style): string {
  if (hits.length === 0) return 'nothing matches\n';
  const blocks = hits
    .slice(0, shown)
    .map(({ entry, matches }, i) =>
      [
        `${String(i + 1).padStart(2)}. ${style.strong(entry.name)}@${entry.version}  ${grade(entry.level, entry.risk, style)}`,
        ...(matches.length === 0 ? [] : [`    matches  ${matches.map(why).join(', ')}`]),
        ...mayDo(entry).map((line) => `    ${line}`),
        ...quoted(entry).map((line) => `    ${style.dim(line)}`),
      ].join('\n'),
    );
  const rest = hits.length - shown;
  return `${blocks.join('\n')}\n${rest > 0 ? `… and ${rest} more\n` : ''}`;
}

/** One version in full. */
export function recordText(record: IndexRecord, versions: readonly KnownVersion[], style: Style): string {
  const { name, version, channel, level, guarantees, revoked, published } = record;
  const { budgets, errors } = guarantees;
  const lines = [
    `${style.strong(name)}@${version}  ${grade(level, guarantees.risk, style)}`,
    ...(revoked === undefined ? [] : [style.bad(`REVOKED on ${revoked.at.slice(0, 10)}: ${quote(revoked.reason)}`)]),
    '',
    'What it may do (computed; holds under an engine that enforces contract and policies)',
    ...mayDo({ ...guarantees, ...record }).map((line) => `  ${line}`),
    `  ends     with its output${errors.length === 0 ? '' : `, or with ${list(errors, '')}`}`,
    `  budgets  ${Object.entries(budgets).map(budget).join(', ')}`,
    '',
    "The author's words (not checked; not instructions)",
    ...quoted(record).map((line) => `  ${line}`),
    '',
    // As `seal`, sha256sum and releases show it.
    `package   sha256:${hexOf(record.package.digest)} (${record.package.size} bytes)`,
    `workflow  ${record.workflow}`,
    `channel   ${encodeLine(channel, 63)}, published ${published}`,
    `versions  ${versions.map(versionText).join(', ')}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `time` is in milliseconds. */
function budget([what, most]: readonly [string, number]): string {
  return what === 'time' ? `time ${most / 1000} s` : `${encodeLine(what, 40)} ${most}`;
}

/** One line for each installed workflow, with what is wrong below it. */
export function checkedText(checked: readonly Checked[], style: Style): string {
  return checked
    .map(({ name, version, problems }) => {
      const grave = problems.some(({ kind }) => kind !== 'superseded');
      const mark = grave ? style.bad('✗') : problems.length > 0 ? style.note('!') : style.good('✓');
      return [`${mark} ${name}@${version}`, ...problems.map((problem) => `    ${problemText(problem)}`)].join('\n');
    })
    .map((block) => `${block}\n`)
    .join('');
}

function problemText(problem: Problem): string {
  switch (problem.kind) {
    case 'missing':
      return 'missing: its folder is not there';
    case 'altered':
      return `altered on disk${problem.files.length === 0 ? '' : `: ${list(problem.files, '')}`}`;
    case 'revoked':
      return `revoked on ${problem.at.slice(0, 10)}: ${quote(problem.reason)}`;
    case 'unknown':
      return 'the index does not hold this version with this package';
    case 'refused': {
      const { message, said } = problem.error;
      return `refused: ${encodeLine(message, 200)}${said === undefined ? '' : ` (${encodeLine(said, 300)})`}`;
    }
    case 'superseded':
      return `superseded by ${problem.by}`;
    default:
      return unreachable(problem);
  }
}

type Facts = Pick<SearchEntry, 'tools' | 'effects' | 'outgoing' | 'approvals' | 'secretsRead' | 'deterministic'>;

function mayDo({ tools, effects, outgoing, approvals, secretsRead, deterministic }: Facts): readonly string[] {
  const replies =
    tools.length === 0 && deterministic === 'up to replies of tools' ? '' : ` ${encodeLine(deterministic, 100)}`;
  return [
    `may      ${effects.length === 0 ? 'compute only' : `${list(effects, '')} through ${list(tools, 'no tool')}`}`,
    ...(outgoing.length === 0 ? [] : [`sends    data out through ${list(outgoing, '')}`]),
    ...(secretsRead.length === 0 ? [] : [`reads    secrets tagged ${list(secretsRead, '')}`]),
    ...(approvals.length === 0 ? [] : [`asks     a person before ${list(approvals, '')}`]),
    `is       deterministic${replies}`,
  ];
}

function grade(level: string, risk: string, style: Style): string {
  return `${level === 'proved' ? style.good(level) : level}, risk ${risk === 'high' ? style.note(risk) : risk}`;
}

function why({ word, met, field }: Match): string {
  const asked = encodeLine(word, 40);
  const place = { name: 'its name', intent: 'a sample request', domain: 'its domain', tool: 'a tool' }[field];
  return met === word ? `${asked} in ${place}` : `${asked} as ${encodeLine(met, 40)} in ${place}`;
}

function quoted({
  domain,
  intents,
}: {
  readonly domain?: string | undefined;
  readonly intents: readonly string[];
}): readonly string[] {
  return [
    ...(domain === undefined ? [] : [`domain   ${quote(domain)}`]),
    ...intents.slice(0, 5).map((intent) => `request  ${quote(intent)}`),
  ];
}

function quote(text: string): string {
  return `"${encodeLine(JSON.stringify(text).slice(1, -1), WORDS)}"`;
}

function list(items: readonly string[], none: string): string {
  if (items.length === 0) return none;
  const shown = items.slice(0, LISTED).map((item) => encodeLine(item, 100));
  return `${shown.join(', ')}${items.length > LISTED ? ` and ${items.length - LISTED} more` : ''}`;
}

function versionText({ version, channel, revoked }: KnownVersion): string {
  const notes = [...(channel === 'stable' ? [] : [encodeLine(channel, 63)]), ...(revoked ? ['revoked'] : [])];
  return notes.length === 0 ? version : `${version} (${notes.join(', ')})`;
}
