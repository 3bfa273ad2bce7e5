import { describe, expect, it } from 'vitest';
import { digestText } from '../../kernel/digest.ts';
import { Terms } from '../../value/term.ts';
import type { Query } from './query.ts';
import { Inquiry, type Solver, type SolverAnswer } from './solver.ts';

/** A solver that says of a text what the text is, and takes as many steps as it may. */
function pretend(model: Readonly<Record<string, string>> = {}): { solver: Solver; asked: [string, number][] } {
  const asked: [string, number][] = [];
  const solve = (text: string, steps: number): Promise<SolverAnswer> => {
    asked.push([text, steps]);
    const [kind] = text.split(' ');
    if (kind === 'sat') return Promise.resolve({ kind, model: new Map(Object.entries(model)), taken: 1 });
    return Promise.resolve({ kind: kind === 'unsat' ? kind : 'unknown', taken: steps });
  };
  return { solver: { solve }, asked };
}

describe('an inquiry', () => {
  it('takes paths for impossible where each has a question without a solution, and keeps those', async () => {
    const inquiry = new Inquiry(pretend().solver, 1000);
    expect(await inquiry.areImpossible([['sat 1', 'unsat 1'], ['unsat 2', 'sat 2'], ['unsat 1']])).toBe(true);
    expect(inquiry.queries()).toEqual([digestText('unsat 1'), digestText('unsat 2')].toSorted());
  });

  it.each([
    [['unsat 1'], ['sat 1', 'sat 2']],
    [['unsat 1'], ['sat 1', 'unknown 1']],
    [['unsat 1'], []],
  ])('takes none for impossible where one may exist, and keeps nothing', async (...conditions) => {
    const inquiry = new Inquiry(pretend().solver, 1000);
    expect(await inquiry.areImpossible(conditions)).toBe(false);
    expect(inquiry.queries()).toEqual([]);
  });

  it('knows nothing without a solver', async () => {
    expect(await new Inquiry(undefined, 1000).areImpossible([['unsat 1']])).toBe(false);
  });

  it('asks each question once', async () => {
    const { solver, asked } = pretend();
    const inquiry = new Inquiry(solver, 1000);
    for (let i = 0; i < 3; i += 1) await inquiry.areImpossible([['unknown 1', 'unsat 1']]);
    expect(asked.map(([text]) => text)).toEqual(['unknown 1', 'unsat 1']);
    expect(inquiry.asked).toBe(2);
  });

  it('takes a hundredth of the steps for a question and a tenth for all', async () => {
    const { solver, asked } = pretend();
    const inquiry = new Inquiry(solver, 1050);
    for (let i = 0; i < 200; i += 1) await inquiry.areImpossible([[`unknown ${i}`]]);
    expect(asked.map(([, steps]) => steps)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
    expect(await inquiry.areImpossible([['unsat 1']])).toBe(false);
  });

  it('asks no more than a hundred questions', async () => {
    const { solver, asked } = pretend();
    const inquiry = new Inquiry(solver, 1_000_000);
    for (let i = 0; i < 200; i += 1) await inquiry.areImpossible([[`sat ${i}`]]);
    expect(asked).toHaveLength(100);
  });

  it('reads values as SMT-LIB writes them, and leaves out what is none of ours', async () => {
    const terms = new Terms();
    const written = {
      i: '(- 5)',
      r: '(/ 1.0 4.0)',
      n: '(- (/ 3.0 2.0))',
      d: '2.5',
      t: '"a""\\u{e9}\\u{5c}"',
      b: 'true',
      half: '"\\u{d800}"',
      odd: '(root-obj (+ (^ x 2) (- 2)) 1)',
    };
    const names = Object.keys(written);
    const variables: Query['variables'] = new Map(
      names.map((name) => [name, { term: terms.variable(name), of: 'value', sort: 'Int' }]),
    );
    const { solver } = pretend(written);
    const found = await new Inquiry(solver, 1000).valuesFor([{ text: 'sat 1', variables }]);
    expect(names.map((name) => found?.values.get(terms.variable(name)))).toEqual([
      -5,
      0.25,
      -1.5,
      2.5,
      'a"é\\',
      true,
      undefined,
      undefined,
    ]);
    expect(await new Inquiry(solver, 1000).valuesFor([{ text: 'unknown 1', variables }])).toBeUndefined();
  });
});
