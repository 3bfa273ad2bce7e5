import { describe, expect, it } from 'vitest';
import { law, program, type Shorthand } from '../src/machine/testing.ts';
import { typeFindings } from '../src/flow/types.ts';

const INPUT = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'items', 'count'],
  properties: {
    kind: { enum: ['low', 'high'] },
    items: { type: 'array', maxItems: 9, items: { type: 'string', maxLength: 9 } },
    count: { type: 'integer', minimum: 0, maximum: 9 },
    maybe: { type: ['string', 'null'], maxLength: 9 },
  },
};

function told(tasks: readonly Shorthand[], more: Shorthand = {}): readonly string[] {
  const made = program({ input: { schema: INPUT }, do: tasks, ...more });
  return typeFindings(made, law([])).map(({ rule, place, data }) => {
    const { detail, name, why } = data as { readonly detail?: string; readonly name?: string; readonly why?: string };
    return `${rule.replace('structure/', '')} ${place.pointer} ${[name, detail, why].filter((part) => part !== undefined).join(': ')}`;
  });
}

describe('types that flow through tasks', () => {
  it.each<[string, readonly Shorthand[], readonly string[]]>([
    ['a member of the input', [{ a: { set: { x: '${ .knd }' } } }], ['unknown-member /do/0/a/set/x knd']],
    [
      'what a set puts out',
      [{ a: { set: { x: 1 } } }, { b: { set: { y: '${ .z }' } } }],
      ['unknown-member /do/1/b/set/y z'],
    ],
    [
      'what is exported',
      [
        { a: { set: { x: 1 }, export: { as: '${ $context + { a: . } }' } } },
        { b: { set: { y: '${ $context.a.z }' } } },
      ],
      ['unknown-member /do/1/b/set/y z'],
    ],
    [
      'what only some paths put out',
      [{ a: { if: '.kind == "low"', set: { x: 1 } } }, { b: { set: { y: '${ [.x, .kind] }' } } }],
      [],
    ],
    [
      'what a loop adds in a later turn',
      [
        { a: { set: { n: 0 } } },
        { b: { for: { in: '$context.items' }, do: [{ c: { set: { n: 1, m: '${ .m }' } } }] } },
      ],
      [],
    ],
    [
      'an item of a loop',
      [{ a: { for: { in: '.items' }, do: [{ b: { set: { x: '${ $item.y }' } } }] } }],
      ['operation-fails /do/0/a/do/0/b/set/x string has no members'],
    ],
    [
      'a loop over no array',
      [{ a: { for: { in: '.kind' }, do: [{ b: { wait: 1 } }] } }],
      ['operation-fails /do/0/a/for/in a loop needs an array, and this is "low" or "high"'],
    ],
    [
      'what was exported before an error',
      [
        {
          a: {
            try: [
              { b: { set: { x: 1 }, export: { as: '${ $context + { b: . } }' } } },
              { c: { raise: { error: 'refused' } } },
            ],
            catch: { do: [{ d: { set: { x: '${ $context.b.x }', y: '${ $error.typ }' } } }] },
          },
        },
      ],
      ['unknown-member /do/0/a/catch/do/0/d/set/y typ'],
    ],
    [
      'arms that the ones before leave nothing to',
      [
        {
          a: {
            switch: [
              { low: { when: '.kind == "low"', then: 'b' } },
              { high: { when: '.kind == "high"', then: 'b' } },
              { other: { when: '.count > 3', then: 'b' } },
            ],
          },
        },
        { b: { wait: 1 } },
      ],
      ['unreachable-arm /do/0/a/switch/2/other/when other: the arms before it take everything'],
    ],
    [
      'a switch that takes every case in turn',
      [
        {
          a: {
            switch: [
              { low: { when: '.kind == "low"', then: 'b' } },
              { high: { when: '.kind == "high"', then: 'b' } },
              { rest: { then: 'b' } },
            ],
          },
        },
        { b: { wait: 1 } },
      ],
      [],
    ],
    [
      'what a condition has made sure of',
      [{ a: { if: '.maybe != null', set: { x: '${ .maybe + 1 }' } } }],
      ['operation-fails /do/0/a/set/x string + number is not defined'],
    ],
    ['a switch that the author has set', [{ a: { if: 'false', wait: 1 } }], []],
    [
      'branches of a fork',
      [
        { a: { fork: { branches: [{ b: { set: { x: 1 } } }, { c: { set: { y: 1 } } }] } } },
        { d: { set: { z: '${ .x }' } } },
      ],
      ['operation-fails /do/1/d/set/z array has no members'],
    ],
  ])('%s', (_, tasks, expected) => {
    expect(told(tasks)).toEqual(expected);
  });

  it('say which output no schema takes', () => {
    const output = {
      schema: {
        type: 'object',
        additionalProperties: false,
        required: ['n'],
        properties: { n: { type: 'integer', minimum: 0, maximum: 9 } },
      },
    };
    expect(told([{ a: { set: { n: '${ .kind }' } } }], { output })).toEqual([
      'never-valid /do/0/a it is "low" or "high", and an integer from 0 to 9 is asked for',
    ]);
    expect(told([{ a: { set: { n: '${ .count }' } } }], { output })).toEqual([]);
  });

  it('end, however deep loops stand in one another', () => {
    const nested = (depth: number): Shorthand[] =>
      depth === 0
        ? [{ set: { set: { a: '${ . }' }, export: { as: '${ $context + { k: . } }' } } }]
        : [{ loop: { for: { in: '[1, 2]' }, do: nested(depth - 1) } }];
    expect(told(nested(3))).toEqual([]);
    expect(told([...nested(18), { wrong: { set: { x: '${ 1 + "x" }' } } }])).toEqual([
      'operation-fails /do/1/wrong/set/x number + string is not defined',
    ]);
  });
});

describe('what types say of a workflow that is wrong everywhere', () => {
  // Found by a hostile document: forty thousand findings, each with its place, took a quarter of a minute.
  it('is told of the first places', () => {
    const wrong = Array.from({ length: 400 }, (_, i) => `.m${i}`).join(', ');
    const tasks = Array.from({ length: 20 }, (_, i) => ({
      [`t${i}`]: { if: '.kind == "low"', set: { x: `\${ [${wrong}] }` } },
    }));
    expect(told(tasks).filter((found) => found.startsWith('unknown-member'))).toHaveLength(50);
  });
});
