import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { err, ok, type Result, unreachable } from '../kernel/result.ts';
import {
  type CodeSet,
  codeSet,
  complement,
  DIGITS,
  EVERY_CODE_POINT,
  LINE_TERMINATORS,
  SPACES,
  union,
  WORD,
} from './codepoints.ts';
import { generalCategory } from './general-category.ts';

/** A regular expression as a regular language: what is left of a pattern of the profile once captures and greed are dropped. */
export type Regex =
  | { readonly kind: 'set'; readonly set: CodeSet }
  | { readonly kind: 'sequence'; readonly items: readonly Regex[] }
  | { readonly kind: 'choice'; readonly items: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly body: Regex; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly at: Assertion };

/**
 * What a pattern asks of a text: to match each of `all` and none of `none`. A lookahead that follows the leading `^`, and a
 * lookbehind before the final `$`, are conditions on the whole text, and so need no automaton of their own kind.
 */
export interface Condition<T> {
  readonly all: readonly T[];
  readonly none: readonly T[];
}

export type Assertion = 'start' | 'end' | 'word' | 'not-word';

export const EMPTY: Regex = { kind: 'sequence', items: [] };

/** Bounds of a pattern. `states` is the size after counted repetitions are written out: the factor in the cost of a test. */
const LIMIT = { length: 8192, nesting: 60, states: 10_000 };

/**
 * Reads ECMA-262 pattern source (the grammar of the `u` flag) and keeps what is a regular language of bounded size.
 * Backreferences, modifiers, properties other than the general categories, and lookaround elsewhere than next to the
 * leading `^` or the final `$` are refused by name.
 */
export function parseRegex(
  source: string,
): Result<Condition<Regex> & { readonly states: number }, { readonly detail: string }> {
  if (source.length > LIMIT.length) return refuse(`longer than ${LIMIT.length} characters`);
  if (nesting(source) > LIMIT.nesting) return refuse(`groups nested deeper than ${LIMIT.nesting}`);
  let pattern: AST.Pattern;
  try {
    pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode: true });
  } catch (error) {
    return refuse(syntaxDetail(error));
  }
  try {
    const condition = conditionOf(pattern.alternatives);
    const states = [...condition.all, ...condition.none].reduce((sum, regex) => sum + sizeOf(regex), 0);
    return states > LIMIT.states
      ? refuse(`repetitions amount to more than ${LIMIT.states} states`)
      : ok({ ...condition, states });
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.message);
    throw error;
  }
}

class Refusal extends Error {}

function refuse(detail: string): Result<never, { readonly detail: string }> {
  return err({ detail });
}

function syntaxDetail(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  // regexpp's messages end in the reason: "Invalid regular expression: /…/u: reason".
  return message.slice(message.lastIndexOf(': ') + 2) || 'not a regular expression';
}

/** How deep groups can at most nest, read off the text so that no parser recurses before it is known. */
function nesting(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < source.length; i += 1) {
    const character = source[i];
    if (character === '\\') i += 1;
    else if (character === '(') deepest = Math.max(deepest, (depth += 1));
    else if (character === ')') depth -= 1;
  }
  return deepest;
}

const START: Regex = { kind: 'assert', at: 'start' };
const END: Regex = { kind: 'assert', at: 'end' };

function conditionOf(alternatives: readonly AST.Alternative[]): Condition<Regex> {
  const elements = alternatives.length === 1 ? (alternatives[0]?.elements ?? []) : [];
  const isStart = (it: AST.Element | undefined): boolean => it?.type === 'Assertion' && it.kind === 'start';
  const isEnd = (it: AST.Element | undefined): boolean => it?.type === 'Assertion' && it.kind === 'end';
  const isAhead = (it: AST.Element): boolean => it.type === 'Assertion' && it.kind === 'lookahead';
  const isBehind = (it: AST.Element): boolean => it.type === 'Assertion' && it.kind === 'lookbehind';
  const from = isStart(elements[0]) ? 1 : 0;
  const to = elements.length - (isEnd(elements.at(-1)) ? 1 : 0);
  const inner = elements.slice(from, to);
  const ahead = from === 0 ? 0 : leading(inner, isAhead);
  const behind = to === elements.length ? 0 : leading(inner.slice(ahead).toReversed(), isBehind);
  const looks = [...inner.slice(0, ahead), ...inner.slice(inner.length - behind)];
  if (looks.length === 0) return { all: [choice(alternatives)], none: [] };
  const rest = [...elements.slice(0, from), ...inner.slice(ahead, inner.length - behind), ...elements.slice(to)];
  const all: Regex[] = [sequence(rest)];
  const none: Regex[] = [];
  for (const look of looks) {
    if (look.type !== 'Assertion' || (look.kind !== 'lookahead' && look.kind !== 'lookbehind')) continue;
    const body = choice(look.alternatives);
    (look.negate ? none : all).push({
      kind: 'sequence',
      items: look.kind === 'lookahead' ? [START, body] : [body, END],
    });
  }
  return { all, none };
}

/** How many members at the head of a list are such. */
function leading<T>(list: readonly T[], isSuch: (it: T) => boolean): number {
  const first = list.findIndex((it) => !isSuch(it));
  return first < 0 ? list.length : first;
}

function choice(alternatives: readonly AST.Alternative[]): Regex {
  const items = alternatives.map((alternative) => sequence(alternative.elements));
  return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'choice', items };
}

function sequence(elements: readonly AST.Element[]): Regex {
  const items = elements.map(element);
  return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'sequence', items };
}

function element(node: AST.Element): Regex {
  switch (node.type) {
    case 'Assertion':
      return assertion(node);
    case 'Backreference':
      throw new Refusal('backreferences are not supported');
    case 'CapturingGroup':
      return choice(node.alternatives);
    case 'Character':
      return { kind: 'set', set: [node.value, node.value] };
    case 'CharacterClass':
    case 'CharacterSet':
      return { kind: 'set', set: setOf(node) };
    case 'ExpressionCharacterClass':
      throw new Refusal('set operations are not supported');
    case 'Group':
      if (node.modifiers !== null) throw new Refusal('modifiers are not supported');
      return choice(node.alternatives);
    case 'Quantifier':
      return { kind: 'repeat', body: element(node.element), min: node.min, max: node.max };
    default:
      return unreachable(node);
  }
}

function assertion(node: AST.Assertion): Regex {
  switch (node.kind) {
    case 'start':
    case 'end':
      return { kind: 'assert', at: node.kind };
    case 'word':
      return { kind: 'assert', at: node.negate ? 'not-word' : 'word' };
    case 'lookahead':
    case 'lookbehind':
      throw new Refusal(
        `${node.kind} is not supported but ${node.kind === 'lookahead' ? 'right after the leading ^' : 'right before the final $'}`,
      );
    default:
      return unreachable(node);
  }
}

type SetNode = AST.CharacterClass | AST.CharacterSet | AST.CharacterClassElement;

function setOf(node: SetNode): CodeSet {
  switch (node.type) {
    case 'Character':
      return [node.value, node.value];
    case 'CharacterClassRange':
      return codeSet([[node.min.value, node.max.value]]);
    case 'CharacterClass': {
      const set = union(...node.elements.map((element) => setOf(element)));
      return node.negate ? complement(set) : set;
    }
    case 'CharacterSet':
      return escapeSet(node);
    case 'ClassStringDisjunction':
    case 'ExpressionCharacterClass':
      throw new Refusal('set operations are not supported');
    default:
      return unreachable(node);
  }
}

function escapeSet(node: AST.CharacterSet): CodeSet {
  switch (node.kind) {
    case 'any':
      return complement(LINE_TERMINATORS);
    case 'digit':
      return node.negate ? complement(DIGITS) : DIGITS;
    case 'space':
      return node.negate ? complement(SPACES) : SPACES;
    case 'word':
      return node.negate ? complement(WORD) : WORD;
    case 'property': {
      const set = property(node.key, node.value);
      return node.negate ? complement(set) : set;
    }
    default:
      return unreachable(node);
  }
}

function property(key: string, value: string | null): CodeSet {
  if (value === null && key === 'Any') return EVERY_CODE_POINT;
  if (value === null && key === 'ASCII') return [0, 0x7f];
  const isCategory = value === null || key === 'General_Category' || key === 'gc';
  const set = isCategory ? generalCategory(value ?? key) : undefined;
  if (set === undefined) throw new Refusal(`the property ${value === null ? key : `${key}=${value}`} is not supported`);
  return set;
}

function sizeOf(regex: Regex): number {
  switch (regex.kind) {
    case 'set':
    case 'assert':
      return 1;
    case 'sequence':
    case 'choice': {
      let size = 1;
      for (const item of regex.items) size += sizeOf(item);
      return size;
    }
    case 'repeat': {
      const copies = regex.max === Infinity ? regex.min + 1 : regex.max;
      return 1 + copies * (1 + sizeOf(regex.body));
    }
    default:
      return unreachable(regex);
  }
}
