import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/expression/environment.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { evaluate } from '../../src/expression/evaluate.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import type { Expression } from '../../src/expression/tree.ts';
import { isTruthy } from '../../src/value/concrete.ts';
import { joinMarks, NO_MARKS, type Marks } from '../../src/value/label.ts';
import type { Value } from '../../src/value/value.ts';
import { drawPair, SECRET, visibleDifference } from './pairs.ts';
import { anything, drawSeeded, drawSmallInput, drawSmallProgram } from './programs.ts';

const PROGRAMS = 4_000;

/** What an evaluation did; `thrown` is all that a catch might reveal. */
interface Did {
  readonly value: Value | undefined;
  readonly error: string | undefined;
  readonly thrown: Marks;
}

function run(expression: Expression, input: Value, context: Value): Did {
  let thrown: Marks = NO_MARKS;
  const environment: Environment = {
    input,
    variables: new Map([['context', context]]),
    decide: isTruthy,
    mayThrow: (marks) => {
      thrown = joinMarks(thrown, marks);
    },
    fuel: { steps: 10_000_000 },
  };
  try {
    return { value: evaluate(expression, environment), error: undefined, thrown };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { value: undefined, error: `${error.code} ${error.message}`, thrown: joinMarks(thrown, error.label) };
  }
}

const isSecret = (marks: Marks): boolean => marks.secrecy.includes(SECRET);

/** How one program told two indistinguishable inputs apart; undefined where it did not. */
function leak(
  seed: number,
  whole: boolean,
): { readonly source: string; readonly leak: string | undefined; readonly changed: boolean } {
  const draw = drawSeeded(seed);
  const source = drawSmallProgram(draw, 1 + draw(4));
  const parsed = parseExpression(source);
  if (!parsed.ok) return { source, leak: `does not parse: ${JSON.stringify(parsed.error)}`, changed: false };
  const other = (): ReturnType<typeof anything> => anything(draw, 2);
  const inputs = drawPair(draw, drawSmallInput(draw), other, whole);
  const contexts = drawPair(draw, drawSmallInput(draw), other, whole);
  const [a, b] = [run(parsed.value, inputs[0], contexts[0]), run(parsed.value, inputs[1], contexts[1])];
  if (a.value !== undefined && b.value !== undefined) {
    const seen = whole ? 'one' : 'both';
    const difference = visibleDifference(a.value, b.value, seen) ?? visibleDifference(b.value, a.value, seen);
    return {
      source,
      leak: difference === undefined ? undefined : `at ${difference}`,
      changed: visibleDifference(a.value, b.value, 'all') !== undefined,
    };
  }
  const told = a.error !== b.error;
  // A failure that a secret decided must show that in what a catch reveals: on both sides, where all below is secret.
  const hidden = whole ? isSecret(a.thrown) && isSecret(b.thrown) : isSecret(a.thrown) || isSecret(b.thrown);
  return {
    source,
    leak: told && !hidden ? `${a.error ?? 'a value'} or ${b.error ?? 'a value'}` : undefined,
    changed: told,
  };
}

describe('noninterference', () => {
  it.each([
    {
      what: 'inputs whose secret parts hide all below them: nor does the label alone tell anything',
      whole: true,
      from: 1_000_000,
    },
    { what: 'inputs with open parts below secret shapes', whole: false, from: 2_000_000 },
  ])('of $what', ({ whole, from }) => {
    const runs = Array.from({ length: PROGRAMS }, (_, i) => leak(from + i, whole));
    expect(
      runs.filter((one) => one.leak !== undefined).map(({ source, leak: told }) => `${source}  tells ${told}`),
    ).toEqual([]);
    // The law says something only if secrets do change results.
    expect(runs.filter(({ changed }) => changed).length).toBeGreaterThan(PROGRAMS / 5);
  });
});
