import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { diskTree } from '../../src/kernel/disk.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Pair, pairs, programOf, runsOf as pairOf } from '../../src/machine/noninterference.ts';
import { program, tool } from '../../src/machine/testing.ts';
import { isEmpty, nodeOf } from '../../src/prove/facts.ts';
import { Joiner } from '../../src/prove/join.ts';
import { Knowledge } from '../../src/prove/knowledge.ts';
import { must, mustNot } from '../../src/schema/generate/demand.ts';
import { drawWorlds } from '../../src/stages/draw.ts';
import { runCases } from '../../src/stages/functional/functional.ts';
import { generated, varied } from '../../src/stages/property/world.ts';
import type { Run } from '../../src/simulate/model.ts';
import type { Subject } from '../../src/stages/subject.ts';
import { load } from '../rules/sample.ts';
import { bare, merged, undescribed } from './merged.ts';

const LIMITS = { paths: 2000, decisions: 16_000 };
/** Of generated workflows, which are many. */
const FEW = { paths: 120, decisions: 2000 };
const SMALL = { enum: [0, 1, 2, 'x'] };
const INPUT: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['p', 's', 't', 'xs'],
  properties: {
    p: SMALL,
    s: { anyOf: [SMALL, { const: [1] }] },
    t: { type: 'array', items: SMALL, maxItems: 2 },
    xs: { type: 'array', items: SMALL, maxItems: 3 },
  },
};
const OUTPUT = { type: 'integer', minimum: 0, maximum: 2 };
const TOOLS = [tool('s/t', { output: OUTPUT }), tool('s/probe', { output: { const: 0 } })];

/** What is not described of the runs of a generated workflow; `unexplored` where it was given up. */
function missing(pair: Pair): readonly string[] | 'unexplored' {
  const explored = merged(bare(programOf(pair.document), INPUT, TOOLS), FEW);
  if (explored.unexplored !== undefined) return 'unexplored';
  return pairOf(pair).flatMap(({ effects }) => undescribed(effects, explored).map(({ at, kind }) => `${kind} ${at}`));
}

/** The first pair of runs of which something is not described, and how many workflows were explored before. */
function firstMissing(numRuns: number): { readonly found: string | undefined; readonly explored: number } {
  let explored = 0;
  const check = fc.check(
    fc.property(pairs, (pair) => {
      const found = missing(pair);
      if (found !== 'unexplored') explored += 1;
      return found === 'unexplored' || found.length === 0;
    }),
    { seed: 11, numRuns, endOnFailure: true },
  );
  const [pair] = check.counterexample ?? [];
  return { found: pair && `${String(missing(pair))} in ${JSON.stringify(pair)}`, explored };
}

describe('where paths are put together', () => {
  it('every effect of every run of generated workflows is described', { timeout: 120_000 }, () => {
    const { found, explored } = firstMissing(40);
    expect(found).toBeUndefined();
    expect(explored).toBeGreaterThan(30);
  });

  describe('a prover is noticed that', { timeout: 120_000 }, () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it('loses the labels of a path', () => {
      vi.spyOn(Joiner.prototype, 'label').mockImplementation((a) => a);
      expect(firstMissing(300).found).toBeDefined();
    });

    it('knows of all paths what it knows of one', () => {
      vi.spyOn(Knowledge.prototype, 'common').mockImplementation(function common(this: Knowledge) {
        return { knowledge: new Knowledge(this), isWeaker: false };
      });
      expect(firstMissing(300).found).toBeDefined();
    });

    it('takes the regions of the path that came first', () => {
      vi.spyOn(Joiner.prototype, 'regions').mockImplementation((_, a) => a);
      expect(firstMissing(300).found).toBeDefined();
    });

    it('goes through a loop once', () => {
      vi.spyOn(Joiner.prototype, 'with').mockImplementation((known) => known);
      expect(firstMissing(300).found).toBeDefined();
    });
  });

  it('independent branches add up', () => {
    const flags = Array.from({ length: 20 }, (_, i) => `flag${i}`);
    const input: JsonObject = {
      type: 'object',
      additionalProperties: false,
      required: flags,
      properties: Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' }])),
    };
    const tasks = flags.map((flag) => ({
      [flag]: {
        if: `$context.${flag}`,
        call: 's/t',
        with: { a: 1 },
        export: { as: '$context + { last: .structuredContent }' },
      },
    }));
    const explored = merged(bare(program({ do: tasks }), input, TOOLS), LIMITS);
    expect(explored.unexplored).toBeUndefined();
    expect(explored.effects.size).toBe(21);
    expect(explored.paths).toBeLessThan(300);
    const last = explored.effects.get('call /do/19/flag19') ?? [];
    const before = last.map(({ effect }) => (effect.kind === 'call' ? (effect.history.calls.get('s/t') ?? 0) : 0));
    expect(Math.max(...before)).toBe(19);
  });

  it('counts and lists are bounded by how often a loop goes round', () => {
    const each = {
      if: '$item.ok',
      call: 's/t',
      with: { a: '${ $item.n }' },
      export: { as: '$context + { got: ($context.got + [$item.n]) }' },
    };
    const tasks = [
      { begin: { set: {}, export: { as: '$context + { got: [] }' } } },
      { loop: { for: { in: '$context.xs' }, do: [{ each }, { rest: { set: 1 } }] } },
      { end: { set: { got: '${ $context.got }' } } },
    ];
    const n = { type: 'integer', minimum: 0, maximum: 5 };
    const item = {
      type: 'object',
      additionalProperties: false,
      required: ['n', 'ok'],
      properties: { n, ok: { type: 'boolean' } },
    };
    const input: JsonObject = {
      type: 'object',
      additionalProperties: false,
      required: ['xs'],
      properties: { xs: { type: 'array', maxItems: 7, items: item } },
    };
    const explored = merged(bare(program({ do: tasks }), input, TOOLS), LIMITS);
    expect(explored.unexplored).toBeUndefined();
    const calls = explored.effects.get('call /do/1/loop/do/0/each') ?? [];
    expect(calls.map(({ effect }) => effect.kind === 'call' && effect.history.calls.get('s/t'))).toContain(6);
    const most = nodeOf({ properties: { got: { maxItems: 7, items: n } } });
    for (const { node } of explored.effects.get('return ') ?? [])
      expect(isEmpty([must(node), mustNot(most)])).toBe(true);
    const fewer = nodeOf({ properties: { got: { maxItems: 6 } } });
    expect((explored.effects.get('return ') ?? []).some(({ node }) => !isEmpty([must(node), mustNot(fewer)]))).toBe(
      true,
    );
  });
});

const { workflows } = await load(diskTree('fixtures/store'));
const subjects = workflows.flatMap(({ name, subject }) => (subject === undefined ? [] : [{ name, subject }]));

function runsOf(subject: Subject): readonly Run[] {
  const cases = runCases(subject).map((one) => one.run);
  const runs = [...cases];
  drawWorlds(3, 60, (draw) => {
    const base = cases[runs.length % (2 * cases.length)];
    const made = base === undefined ? generated(subject, draw) : varied(subject, draw, base.world);
    if (made.ending.kind !== 'no-reply') runs.push(made);
    return true;
  });
  return runs;
}

describe.each(subjects)('$name', ({ subject }) => {
  const { law, policies, files, inputSchema } = subject;
  const given = { law, policies, program: subject.program, contract: files.contract, name: files.name, inputSchema };
  const explored = merged(given, LIMITS);

  it('is explored as a whole', () => {
    expect(explored.unexplored).toBeUndefined();
  });

  it('does nothing in any run that is not described', () => {
    const found = runsOf(subject).flatMap(({ decided }) =>
      undescribed(
        decided.map(({ effect }) => effect),
        explored,
      ).map(({ at, kind }) => `${kind} ${at}`),
    );
    expect(found).toEqual([]);
  });
});
