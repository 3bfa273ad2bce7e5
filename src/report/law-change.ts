import { encodeLine, encodeMarkdown } from '../kernel/encode.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { EndEffect } from '../machine/effect.ts';
import type { WorkflowLawChange } from '../pipeline/law-change.ts';
import type { Answer, Example, SiteChange } from '../prove/laws.ts';
import type { Asking } from '../simulate/model.ts';
import { worldToJson } from '../simulate/witness.ts';
import { short } from '../stages/words.ts';
import { lower } from '../value/concrete.ts';
import type { Value } from '../value/value.ts';
import type { Page } from './pretty.ts';

/** What a change of law takes from workflows and gives to them: for whoever reviews the law. */

/** Lines of one workflow that are shown; the rest are counted. */
const SHOWN = 12;
const WIDTH = 400;

export const LAW_CHANGE_TITLE = 'calls that the change of law takes and gives, over every input and every reply';

type Kind = 'loses' | 'gains' | 'unknown';

interface Line {
  readonly kind: Kind;
  readonly text: string;
  readonly example?: string;
}

/** For a terminal; nothing where no law changed. */
export function lawChangeBlock(changes: readonly WorkflowLawChange[] | undefined, { style }: Page): string {
  if (changes === undefined || changes.length === 0) return '';
  const { differing, same } = sortedOut(changes);
  const mark: Record<Kind, string> = {
    loses: style.bad('loses'),
    gains: style.note('gains'),
    unknown: style.note('?'),
  };
  const blocks = differing.flatMap(({ name, lines }) => [
    `  ${style.strong(encodeLine(name, 120))}`,
    ...lines
      .slice(0, SHOWN)
      .flatMap(({ kind, text, example }) => [
        `    ${mark[kind]} ${encodeLine(text, WIDTH)}`,
        ...(example === undefined ? [] : [`      ${style.dim('for example:')} ${encodeLine(example, WIDTH)}`]),
      ]),
    ...(lines.length > SHOWN ? [`    … and ${lines.length - SHOWN} more`] : []),
  ]);
  return `\n${[style.strong(LAW_CHANGE_TITLE), ...blocks, ...(same === 0 ? [] : [`  ${sameSentence(same)}`])].join('\n')}\n`;
}

/** The same for GitHub's job summary, block by block. */
export function* lawChangeMarkdown(changes: readonly WorkflowLawChange[] | undefined): Generator<string> {
  if (changes === undefined || changes.length === 0) return;
  const { differing, same } = sortedOut(changes);
  yield `### ${LAW_CHANGE_TITLE.replace(/^c/u, 'C')}\n\n`;
  for (const { name, lines } of differing) {
    yield `- ${encodeMarkdown(name, 120)}\n`;
    for (const { kind, text, example } of lines) {
      const shown = example === undefined ? '' : `<br>for example: ${encodeMarkdown(example, WIDTH)}`;
      yield `  - ${kind === 'unknown' ? '?' : `**${kind}**`} ${encodeMarkdown(text, WIDTH)}${shown}\n`;
    }
  }
  if (same > 0) yield `- ${sameSentence(same)}\n`;
  yield '\n';
}

/** As data, for `--format json`. */
export function lawChangeToJson(entry: WorkflowLawChange): JsonObject {
  const { name } = entry;
  if (entry.kind === 'not-compared') return { name, unexplored: entry.why, paths: 0, sites: [] };
  const { unexplored, paths, sites } = entry.change;
  return {
    name,
    unexplored: unexplored ?? null,
    paths,
    sites: sites.map(({ at, action, gains, loses }) => ({
      at,
      action,
      gains: answerToJson(gains),
      loses: answerToJson(loses),
    })),
  };
}

function answerToJson(answer: Answer): JsonObject {
  switch (answer.kind) {
    case 'no':
      return { status: 'no' };
    case 'unknown':
      return { status: 'unknown', why: answer.why };
    case 'yes': {
      const { world, effect, refusals } = answer.example;
      return {
        status: 'yes',
        refusals: refusals.map((refusal) => ({ ...refusal })),
        example: { ...worldToJson(world), does: lower(dataOf(effect)) },
      };
    }
  }
}

function sameSentence(count: number): string {
  return `${count} ${count === 1 ? 'workflow' : 'workflows'}: the same calls, proved`;
}

function sortedOut(changes: readonly WorkflowLawChange[]): {
  readonly differing: readonly { readonly name: string; readonly lines: readonly Line[] }[];
  readonly same: number;
} {
  const all = changes.map((entry) => ({ name: entry.name, lines: linesOf(entry) }));
  const differing = all.filter(({ lines }) => lines.length > 0);
  return { differing, same: all.length - differing.length };
}

function linesOf(entry: WorkflowLawChange): readonly Line[] {
  if (entry.kind === 'not-compared') return [{ kind: 'unknown', text: entry.why }];
  const { sites, unexplored } = entry.change;
  const shown = sites.flatMap((site) => [...shownOf(site, 'loses'), ...shownOf(site, 'gains')]);
  // What is unknown only because not every path was followed is one thing to say, not one for each place.
  const open = sites.flatMap((site) => openOf(site, unexplored));
  const rest: Line[] =
    unexplored === undefined ? [] : [{ kind: 'unknown', text: `not everything is known: ${unexplored}` }];
  return [...shown, ...open, ...rest];
}

function shownOf(site: SiteChange, kind: 'loses' | 'gains'): readonly Line[] {
  const answer = site[kind];
  if (answer.kind !== 'yes') return [];
  const { refusals, effect } = answer.example;
  const why = refusals.map(({ id, detail }) => `${id}: ${detail}`).join('; ');
  const by = kind === 'loses' ? 'the new law refuses it' : 'the old law refuses it';
  return [{ kind, text: `${placed(site)}: ${by}, ${why}`, example: exampleOf(effect) }];
}

function openOf(site: SiteChange, unexplored: string | undefined): readonly Line[] {
  return (['loses', 'gains'] as const).flatMap((kind): readonly Line[] => {
    const answer = site[kind];
    if (answer.kind !== 'unknown' || answer.why === unexplored) return [];
    return [{ kind: 'unknown', text: `may ${kind === 'loses' ? 'lose' : 'gain'} ${placed(site)}: ${answer.why}` }];
  });
}

function placed({ at, action }: SiteChange): string {
  return at === '' ? `${action} at its end` : `${action} at ${at}`;
}

function exampleOf(effect: Example['effect']): string {
  const { kind } = effect;
  return `${kind === 'call' ? effect.tool : kind} ${short(lower(dataOf(effect)))}`;
}

function dataOf(effect: Asking | EndEffect): Value {
  switch (effect.kind) {
    case 'call':
    case 'approve':
      return effect.arguments;
    case 'infer':
      return effect.data;
    case 'return':
    case 'raise':
      return effect.value;
  }
}
