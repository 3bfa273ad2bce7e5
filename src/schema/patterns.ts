import { Kept } from '../kernel/kept.ts';
import { ok, type Result } from '../kernel/result.ts';
import { Search } from './automaton.ts';
import { type Program, programOf } from './program.ts';
import { type Condition, parseRegex, type Regex } from './regex.ts';

/**
 * A regular expression of the profile. It means what ECMA-262 gives it under the `u` flag and no other: a search, not
 * anchored; `$` is the very end of the text; case counts.
 */
export interface Pattern {
  readonly source: string;
  /** What the text is asked, each a search of its own. */
  readonly programs: Condition<Program>;
  /** What a character of text can at most cost, in the unit of what an ordinary pattern costs: for callers that count work. */
  readonly weight: number;
  /** Whether the text holds a match; time linear in the text, times the weight. */
  test(text: string): boolean;
}

/** States of an ordinary pattern. */
const ORDINARY = 40;
/** By weight. */
const kept = new Kept<Result<Pattern, { readonly detail: string }>>(2_000);

/**
 * The one meaning of a regular expression: jq's `test`, JSON Schema's `pattern` and the prover's all come from here. What
 * is no ECMA-262 pattern, or is outside the profile (backreferences, size, lookaround within), is refused with the reason.
 */
export function compilePattern(source: string): Result<Pattern, { readonly detail: string }> {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const regex = parseRegex(source);
  const made = regex.ok ? ok(patternOf(source, regex.value)) : regex;
  return kept.keep(source, made, made.ok ? made.value.weight : 1 + source.length / ORDINARY);
}

/** Repetitions are written out when the pattern is first used: reading many of them must not cost more than their text. */
function patternOf(source: string, { all, none, states }: Condition<Regex> & { readonly states: number }): Pattern {
  let programs: Condition<Program> | undefined;
  let searches: Condition<Search> | undefined;
  return {
    source,
    get programs() {
      return (programs ??= { all: all.map(programOf), none: none.map(programOf) });
    },
    weight: Math.ceil(states / ORDINARY),
    test(text) {
      searches ??= { all: this.programs.all.map(searchOf), none: this.programs.none.map(searchOf) };
      return searches.all.every((it) => it.test(text)) && !searches.none.some((it) => it.test(text));
    },
  };
}

function searchOf(program: Program): Search {
  return new Search(program);
}
