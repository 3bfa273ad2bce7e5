import { describe, expect, it } from 'vitest';
import { concreteEnvironment } from '../../src/expression/environment.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { evaluate } from '../../src/expression/evaluate.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import { lift } from '../../src/value/concrete.ts';
import { BOTTOM } from '../../src/value/label.ts';
import { anything, drawSeeded, drawSmallProgram } from './programs.ts';

const PROGRAMS = 10_000;

describe('a generated program that can fail nowhere', () => {
  it('fails on no input', () => {
    const failed: string[] = [];
    let total = 0;
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const draw = drawSeeded(seed);
      const parsed = parseExpression(drawSmallProgram(draw, 1 + draw(3)));
      if (!parsed.ok || parsed.value.root.count !== 'one' || parsed.value.partial.subtrees.has(parsed.value.root))
        continue;
      total += 1;
      const input = lift(anything(draw, 3), BOTTOM);
      const variables = new Map([['context', lift(anything(draw, 3), BOTTOM)]]);
      try {
        evaluate(parsed.value, concreteEnvironment(input, 1_000_000, variables));
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        failed.push(`${parsed.value.source}: ${error.message}`);
      }
    }
    expect(failed).toEqual([]);
    expect(total).toBeGreaterThan(PROGRAMS / 20);
  });
});
