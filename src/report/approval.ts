import { UNPRINTABLE } from '../kernel/characters.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { ApproveEffect } from '../machine/effect.ts';
import type { Tool } from '../store/model.ts';
import { flatten, joinMarks, type Marks, NO_MARKS, type Origin } from '../value/label.ts';
import { Defect } from '../kernel/result.ts';
import type { Value } from '../value/value.ts';
import type { Style } from './style.ts';

/**
 * What a person sees who decides about one call (FORMATS, "Approval"): the tool, every argument in full, and beside each who
 * chose it. All of it is ours: no text of a workflow, tool or model can move the cursor, hide, reorder or pass for another.
 * `undefined` where the arguments are too long for a person to read: nobody can approve what was not shown.
 */
export function approvalText(effect: ApproveEffect, tool: Tool, style: Style): string | undefined {
  const lines = [
    style.strong(`Approve one call of ${visible(effect.tool, 'every')}?`),
    `  ${EFFECTS[tool.effect]}${tool.leaves.size > 0 ? ' Its arguments leave to the outside.' : ''}`,
    '',
  ];
  // An outgoing or irreversible tool that names no target has every argument for one (FORMATS, "tools/<server>.yaml").
  const anyTarget = tool.target.length === 0 && (tool.effect === 'irreversible' || tool.leaves.size > 0);
  for (const leaf of leavesOf(effect.arguments, ROOT)) {
    const isTarget = anyTarget || tool.target.some((target) => covers(target, leaf.at));
    lines.push(...argument(leaf, isTarget, style));
  }
  const { influence, secrecy } = effect.control;
  if (influence.length > 0) lines.push(`  Whether it happens was decided by ${listed(influence)}.`);
  if (secrecy.length > 0)
    lines.push(`  That it happens reveals ${secrecy.map((tag) => visible(tag, 'every')).join(', ')}.`);
  const text = `${lines.join('\n')}\n`;
  return text.length <= READABLE ? text : undefined;
}

/** Characters; some twenty pages. */
const READABLE = 64_000;

const EFFECTS: Readonly<Record<Tool['effect'], string>> = {
  read: 'It reads.',
  write: 'It changes something.',
  irreversible: 'It cannot be undone.',
};

interface Leaf {
  readonly at: Pointer;
  readonly text: string;
  readonly marks: Marks;
}

function leavesOf(value: Value, at: Pointer, around: Marks = NO_MARKS): readonly Leaf[] {
  const marks = joinMarks(around, flatten(value.label));
  switch (value.kind) {
    case 'null':
      return [{ at, text: 'null', marks }];
    case 'boolean':
    case 'number':
      return [{ at, text: String(value.value), marks }];
    case 'string':
      return [{ at, text: value.value, marks }];
    case 'array':
      if (value.items.length === 0) return [{ at, text: '[]', marks }];
      // Who chose how many items there are chose each of them too.
      return value.items.flatMap((item, i) => leavesOf(item, child(at, i), marks));
    case 'object':
      if (value.fields.size === 0) return [{ at, text: '{}', marks }];
      return [...value.fields].flatMap(([name, field]) =>
        leavesOf(field, child(at, name), at === ROOT ? NO_MARKS : marks),
      );
    case 'symbol':
    case 'list':
      throw new Defect('a person is shown concrete calls');
  }
}

function argument({ at, text, marks }: Leaf, isTarget: boolean, style: Style): readonly string[] {
  const plain = visible(at.slice(1), 'every');
  const name = /^[\w./-]+$/.test(plain) ? plain : JSON.stringify(plain);
  const shown = text.split(/\r\n|\r|\n/).map((line) => visible(line, isTarget ? 'every' : 'mixed'));
  const chosen = marks.influence.length === 0 ? '' : `chosen by ${listed(marks.influence)}`;
  const reveals =
    marks.secrecy.length === 0 ? '' : `reveals ${marks.secrecy.map((tag) => visible(tag, 'every')).join(', ')}`;
  const notes = [chosen, reveals].filter((note) => note !== '').join('; ');
  const [only = '', ...more] = shown.flatMap((line) => wrap(line, WIDTH));
  const value =
    more.length === 0
      ? [`  ${style.strong(name)}: ${only}`]
      : [`  ${style.strong(name)}:`, ...[only, ...more].map((line) => `    | ${line}`.trimEnd())];
  return notes === '' ? value : [...value, `      ${style.note(notes)}`];
}

const WIDTH = 100;

function wrap(line: string, width: number): readonly string[] {
  // By code points: what is wider than one is shown as it is, and half of a pair would be shown as neither.
  const characters = Array.from(line);
  if (characters.length <= width) return [line];
  const lines: string[] = [];
  for (let at = 0; at < characters.length; at += width) lines.push(characters.slice(at, at + width).join(''));
  return lines;
}

function covers(target: string, at: Pointer): boolean {
  const pattern = target.split('/');
  const path = at.split('/');
  return pattern.length <= path.length && pattern.every((token, i) => token === '*' || token === path[i]);
}

function listed(origins: readonly Origin[]): string {
  const names = origins.map(named);
  const last = names.at(-1) ?? '';
  return names.length <= 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function named(origin: Origin): string {
  switch (origin) {
    case 'author':
      return 'the author of the workflow';
    case 'caller':
      return 'whoever gave the input';
    case 'user':
      return 'you';
    case 'model':
      return 'a model';
    default:
      return visible(origin.slice('tool:'.length), 'every');
  }
}

const UNSEEN = new RegExp(`[${UNPRINTABLE}]`, 'gu');
/** Marks that sit on the character before them and can make it another. */
const COMBINING = '\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f';
/**
 * Blocks whose letters pass for ASCII ones (Unicode Technical Standard 39, confusables): Greek, Cyrillic, Armenian, Cherokee,
 * Lisu, phonetic, letterlike, mathematical and full-width letters, and other spaces, dashes, dots and slashes.
 */
const LOOK_ALIKE = new RegExp(
  `[${COMBINING}\\u00a0\\u0250-\\u02ff\\u0370-\\u052f\\u0530-\\u058f\\u13a0-\\u13ff\\u1c80-\\u1c8f\\u1d00-\\u1dbf\\u1f00-\\u1fff` +
    '\\u2000-\\u200a\\u2010-\\u2015\\u2024\\u2027\\u202f\\u2044\\u2052\\u205f\\u2100-\\u214f\\u2160-\\u217f\\u2212\\u2215\\u2236' +
    '\\u29f8\\u2c60-\\u2c7f\\u2de0-\\u2dff\\u3000\\ua4d0-\\ua4ff\\ua640-\\ua69f\\ua720-\\ua7ff\\uab30-\\uabbf\\uff01-\\uff5e' +
    '\\u{1d400}-\\u{1d7ff}]',
  'gu',
);
const NOT_ASCII = /[^\u0020-\u007e]/gu;

/**
 * A text in characters that a reader sees as what they are. What is invisible or reorders is always spelt by code point;
 * `every`: so is all that is not ASCII (for names, addresses, accounts); `mixed`: what looks like ASCII in words that hold
 * ASCII letters too, so that honest text in another script stays readable. A backslash before `u{` is doubled, so that
 * nothing can pass for our spelling.
 */
export function visible(text: string, how: 'every' | 'mixed'): string {
  const escaped = text.replaceAll('\\u{', '\\\\u{');
  if (how === 'every') return escaped.replaceAll(NOT_ASCII, spelt);
  return escaped
    .replaceAll(/[^\s]+/gu, (word) => (/[A-Za-z0-9]/.test(word) ? word.replaceAll(LOOK_ALIKE, spelt) : word))
    .replaceAll(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/gu, spelt)
    .replaceAll(UNSEEN, spelt);
}

function spelt(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
