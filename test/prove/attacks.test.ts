import { expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { inputLabelling } from '../../src/machine/labels.ts';
import { failed, law, program, runOn, structured, tool } from '../../src/machine/testing.ts';
import { lift } from '../../src/value/concrete.ts';
import { bare, merged, undescribed } from './merged.ts';

const LIMITS = { paths: 4000, decisions: 40_000 };
const N = { type: 'integer', minimum: 0, maximum: 5 };
/** Workflows that put apart what paths have in common, loops that add, and bounds beyond a budget: every effect is described. */
const item = {
  type: 'object',
  additionalProperties: false,
  required: ['n', 'ok'],
  properties: { n: N, ok: { type: 'boolean' } },
};
const INPUT: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['x', 'f', 'xs', 'ys'],
  properties: {
    x: N,
    f: { type: 'boolean' },
    xs: { type: 'array', maxItems: 4, items: item },
    ys: { type: 'array', items: item },
  },
};
const TOOLS = [tool('s/t', { output: N }), tool('s/r', { output: { type: 'array', items: N, maxItems: 3 } })];
const one = (n: number, ok = true): Json => ({ n, ok });
const LISTS = [
  [],
  [one(1)],
  [one(1), one(2, false)],
  [one(1, false), one(2)],
  [one(1), one(2, false), one(3)],
  [one(1), one(2), one(3), one(4)],
  [one(2, false), one(2), one(2, false)],
];
const INPUTS: Json[] = LISTS.flatMap((xs) =>
  [true, false].flatMap((f) => [0, 1, 2].map((x) => ({ x, f, xs, ys: xs }))),
);
const set = (exp: string): JsonObject => ({ set: {}, export: { as: exp } });
const call = (a: Json, more: JsonObject = {}): JsonObject => ({ call: 's/t', with: { a }, ...more });

const attacks: Record<string, unknown[]> = {
  alias: [
    { b: set('$context + { p: $context.x, q: $context.x }') },
    {
      loop: {
        for: { in: '$context.xs' },
        do: [
          { both: { if: '$item.ok', ...set('$context + { p: $item.n, q: $item.n }') } },
          { one: { if: '$item.ok | not', ...set('$context + { q: $item.n }') } },
          { hit: { if: '$context.p != $context.q', ...call(1) } },
        ],
      },
    },
    { end: { if: '$context.p != $context.q', ...call(2) } },
  ],
  alias2: [
    { b: set('$context + { q: $context.x, z: $context.x }') },
    {
      loop: {
        for: { in: '$context.xs' },
        do: [
          { both: { if: '$item.ok', ...set('$context + { z: $item.n, q: $item.n }') } },
          { one: { if: '$item.ok | not', ...set('$context + { q: $item.n }') } },
          { rest: { set: 1 } },
        ],
      },
    },
    { end: { if: '$context.z != $context.q', ...call(2) } },
  ],
  approval: [
    { ask0: { approve: { tool: 's/t', arguments: { a: '${ $context.x }' } } } },
    { b: set('$context + { p: $context.x }') },
    {
      loop: {
        for: { in: '$context.xs' },
        do: [
          {
            both: {
              if: '$item.ok',
              do: [
                { use: call('${ $context.p }') },
                { again: { approve: { tool: 's/t', arguments: { a: '${ $item.n }' } } } },
                { e: set('$context + { p: $item.n }') },
              ],
            },
          },
          { one: { if: '$item.ok | not', ...set('$context + { p: $item.n }') } },
          { rest: { set: 1 } },
        ],
      },
    },
    { end: call('${ $context.p }') },
  ],
  variants: [
    {
      loop: {
        for: { in: 'if $context.f then [{ n: "a", ok: true }, { n: "b", ok: false }] else $context.xs end' },
        do: [
          { hit: { if: '$item.ok', ...call('${ $item.n }', { export: { as: '$context + { x: 9 }' } }) } },
          { rest: { if: '$item.ok | not', ...call('${ $item.n }') } },
        ],
      },
    },
    { end: call('${ $context.x }') },
  ],
  'nested lists': [
    { b: set('$context + { got: [] }') },
    {
      loop: {
        for: { in: '$context.xs' },
        do: [
          { one: { if: '$item.ok', ...set('$context + { got: ($context.got + [[$item.n]]) }') } },
          { two: { if: '$item.ok | not', ...set('$context + { got: ($context.got + [[$item.n, $item.n]]) }') } },
          { rest: { set: 1 } },
        ],
      },
    },
    { end: { if: '($context.got | length) > 1 and ($context.got[0] != $context.got[1])', ...call(1) } },
    {
      end2: {
        if: '($context.got | length) > 1 and (($context.got[0] | length) != ($context.got[1] | length))',
        ...call(1),
      },
    },
  ],
  budget: [
    {
      loop: {
        for: { in: '$context.ys' },
        do: [{ one: { if: '$item.ok', ...set('$context + { x: 77 }') } }, { rest: { set: 1 } }],
      },
    },
    { end: call('${ $context.x }') },
  ],
  grow: [
    { b: set('$context + { got: [1] }') },
    {
      loop: {
        for: { in: '$context.xs' },
        do: [
          { one: { if: '$item.ok', ...set('$context + { got: ($context.got + $context.got) }') } },
          {
            in: {
              for: { in: '$context.xs', each: 'y' },
              do: [{ t: set('$context + { got: ($context.got + [$y.n]) }') }],
            },
          },
          { reset: { if: '$item.n == 4', ...set('$context + { got: [1,2,3,4,5,6] }') } },
        ],
      },
    },
    { end: call('${ $context.got | length }') },
  ],
  'two loops, prev': [
    { b: set('$context + { prev: null, last: null }') },
    {
      loop: {
        for: { in: '$context.xs' },
        do: [
          { hit: { if: '$context.prev == $item.n', ...call('${ $item.n }') } },
          { one: { if: '$item.ok', ...set('$context + { prev: $item.n, last: $context.prev }') } },
          { same: { if: '$context.prev == $context.last', ...call('${ [$context.prev, $index] }') } },
        ],
      },
    },
    {
      loop2: {
        for: { in: '$context.xs' },
        while: '$item.n != $context.prev',
        do: [
          { hit: call(['${ $item.n }', '${ $context.last }', '${ $index }']) },
          { e: set('$context + { last: $item }') },
        ],
      },
    },
    { end: call(['${ $context.last }', '${ $context.prev }']) },
  ],
  try: [
    {
      g: {
        try: [
          {
            loop: {
              for: { in: '$context.xs' },
              do: [
                { hit: { ...call('${ $item.n }'), export: { as: '$context + { x: . , seen: $item.n }' } } },
                { r: { if: '$item.ok | not', raise: { error: 'refused' } } },
              ],
            },
          },
        ],
        catch: { retry: { count: 2 }, do: [{ c: call(['${ $context.x }', '${ $context.seen }']) }] },
      },
    },
    {
      slice: {
        for: { in: '$context.xs[0:3]' },
        do: [
          { k: call('${ $index }') },
          { g: { if: '$item.ok', switch: [{ a: { when: '$item.n > 1', then: 'exit' } }, { d: { then: 'z' } }] } },
          { y: call(5) },
          { z: { set: 1 } },
        ],
      },
    },
    { end: call('${ $context.seen }') },
  ],
};
const REPLIES = Object.fromEntries(
  ['end', 'end2', 'rest', 'use', 'k', 'y', 'c', 'hit'].map((name) => [name, [structured(3)]]),
);
const FAILING = { ...REPLIES, hit: [structured(3), failed(), structured(4)] };
const labelling = inputLabelling(law([]), { labels: { input: new Map() } }, 'test/main');

it.each(Object.entries(attacks))('%s', { timeout: 60_000 }, (_, tasks) => {
  const made = program({ do: tasks }, { tools: TOOLS });
  const explored = merged(bare(made, INPUT, TOOLS), LIMITS);
  expect(explored.unexplored).toBeUndefined();
  const found = INPUTS.flatMap((input) =>
    [REPLIES, FAILING].flatMap((world) => undescribed(runOn(made, lift(input, labelling), world).effects, explored)),
  );
  expect(found.map(({ at, kind }) => `${kind} ${at}`)).toEqual([]);
});
