import { parseExpression } from '../expression/parse.ts';
import type { ExpressionProblem } from '../expression/problem.ts';
import { Collector } from '../kernel/collector.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import { isArray, isObject, type Json } from '../kernel/json.ts';
import type { Place } from '../kernel/place.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { Locate } from '../store/model.ts';
import { wholeExpression } from '../workflow/template.ts';
import { brief } from '../kernel/text.ts';

export function ruleOf({
  kind,
}: ExpressionProblem): 'structure/expression-syntax' | 'structure/expression-unsupported' {
  return kind === 'syntax' ? 'structure/expression-syntax' : 'structure/expression-unsupported';
}

/** Why a source is no expression of the profile, at its place. */
export function expressionFinding(problem: ExpressionProblem, source: string, place: Place): Finding {
  const { offset, length } = problem;
  const shown = { source, offset, length };
  if (problem.kind === 'syntax')
    return finding('structure/expression-syntax', place, { ...shown, detail: problem.detail });
  const { construct, instead } = problem;
  return finding('structure/expression-unsupported', place, {
    ...shown,
    construct: brief(construct, 80),
    instead: brief(instead, 200),
  });
}

/** Parts of a document in which `${ }` is data or says something else. */
const LITERAL: ReadonlySet<string> = new Set(['metadata', 'tags', 'schema', 'transport', 'instructions']);

/** Characters of all expressions that are looked at in such a document. */
const MOST = 100_000;

/**
 * The expressions of a document that has other problems, so that they are told along with those: strings that are `${ … }` as a
 * whole, wherever they stand. In a document without problems every expression is read where it has its meaning.
 */
export function looseExpressions(document: Json, locate: Locate): readonly Finding[] {
  const collector = new Collector();
  let characters = 0;
  const pending: (readonly [Json, Pointer])[] = [[document, ROOT]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [part, at] = next;
    if (isArray(part)) part.forEach((item, i) => pending.push([item, child(at, i)]));
    else if (isObject(part)) {
      for (const [key, member] of Object.entries(part)) if (!LITERAL.has(key)) pending.push([member, child(at, key)]);
    } else if (typeof part === 'string') {
      const source = wholeExpression(part, at);
      if (source === undefined) continue;
      characters += source.source.length;
      const parsed = characters > MOST ? undefined : parseExpression(source.source);
      if (parsed === undefined || parsed.ok) continue;
      const problem = parsed.error;
      const { offset, length } = problem;
      collector.add(ruleOf(problem), 'error', () =>
        expressionFinding(problem, source.source, locate(at, { offset: source.offset + offset, length })),
      );
    }
  }
  return collector.findings.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}
