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

const MAX_KEPT = 500;
/** Steps of a program that is not worth counting. */
const ORDINARY = 40;
const kept = new Map<string, Result<Pattern, { readonly detail: string }>>();

/**
 * The one meaning of a regular expression: jq's `test`, JSON Schema's `pattern` and the prover's all come from here. What
 * is no ECMA-262 pattern, or is outside the profile (backreferences, size, lookaround within), is refused with the reason.
 */
export function compilePattern(source: string): Result<Pattern, { readonly detail: string }> {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const regex = parseRegex(source);
  const made = regex.ok ? ok(patternOf(source, regex.value)) : regex;
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(source, made);
  return made;
}

function patternOf(source: string, regex: Condition<Regex>): Pattern {
  const programs = { all: regex.all.map(programOf), none: regex.none.map(programOf) };
  const steps = [...programs.all, ...programs.none].reduce((sum, program) => sum + program.steps.length, 0);
  let searches: Condition<Search> | undefined;
  return {
    source,
    programs,
    weight: Math.ceil(steps / ORDINARY),
    test: (text) => {
      searches ??= { all: programs.all.map(searchOf), none: programs.none.map(searchOf) };
      return searches.all.every((it) => it.test(text)) && !searches.none.some((it) => it.test(text));
    },
  };
}

function searchOf(program: Program): Search {
  return new Search(program);
}
