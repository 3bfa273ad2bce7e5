import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { pointerOf } from '../kernel/pointer.ts';
import { lift } from '../value/concrete.ts';
import { flatten, type Marks } from '../value/label.ts';
import { inputLabelling } from './labels.ts';
import {
  approval,
  calls,
  failed,
  law,
  program,
  type Ran,
  runOn,
  type Setting,
  type Shorthand,
  tool,
  type World,
} from './testing.ts';

/** Ways around the labels that were found and closed. The input's `/s` is the user's and secret, `/u` the user's. */

const LABELLING = inputLabelling(
  law(
    [],
    [
      { workflow: 'test/main', pointers: [pointerOf('/s')], trust: true, secrecy: ['secret'] },
      { workflow: 'test/main', pointers: [pointerOf('/u')], trust: true, secrecy: [] },
    ],
  ),
  { labels: { input: new Map() } },
  'test/main',
);

function observe(document: Shorthand, input: Json, world: World = {}, setting: Setting = {}): Ran {
  return runOn(program(document, setting), lift(input, LABELLING), world);
}

const send = { call: 'out/send', with: { x: 1 } };
const secretly = (marks: Marks | undefined): boolean | undefined => marks?.secrecy.includes('secret');

/** Whether each call says that it depends on the secret; the runs of both values in one list. */
function told(document: Shorthand, setting: Setting = {}): readonly (boolean | undefined)[] {
  return [true, false].flatMap((s) =>
    calls(observe(document, { s }, {}, setting)).map(({ control }) => secretly(control)),
  );
}

describe('$task', () => {
  const first = { a: { if: '$context.s', set: {} } };

  it('is the task whose if reads it, not the one before', () => {
    expect(told({ do: [{ z: { set: {} } }, first, { b: { if: '$task.name == "a"', ...send } }] })).toEqual([]);
    expect(told({ do: [{ z: { set: {} } }, first, { b: { if: '$task.name == "b"', ...send } }] })).toEqual([
      false,
      false,
    ]);
  });

  it('is the loop where its while reads it, not the last task in it', () => {
    const arms = { pick: { switch: [{ yes: { when: '$context.s', then: 'y' } }, { no: { then: 'z' } }] } };
    const body = [{ b: send }, arms, { y: { set: {}, then: 'exit' } }, { z: { set: {} } }];
    const loop = (condition: string): Shorthand => ({
      do: [{ l: { for: { in: '[1, 2]' }, while: condition, do: body } }],
    });
    expect(told(loop('$task.name != "y"'))).toHaveLength(4);
    expect(told(loop('$task.name == "y"'))).toEqual([]);
  });

  it('is the try where its catch reads it, not what failed in it', () => {
    const raised = { raise: { error: 'refused' } };
    const body = [{ r: { if: '$context.s', ...raised } }, { q: raised }];
    const guard = (name: string): Shorthand => ({
      do: [{ t: { try: body, catch: { when: `$task.name == "${name}"`, do: [{ b: send }] } } }],
    });
    expect(told(guard('r'))).toEqual([]);
    expect(told(guard('t'))).toEqual([false, false]);
  });
});

describe('the author', () => {
  /** Who chose `x` of the last call. */
  const who = (document: Shorthand, world: World = {}): readonly string[] => {
    const x = calls(observe(document, { u: 'ada' }, world))
      .at(-1)
      ?.arguments.fields.get('x');
    return x === undefined ? [] : flatten(x.label).influence;
  };
  const out = (x: string): Shorthand => ({ call: 'out/send', with: { x } });

  it.each([
    '$task.name',
    '$task.reference',
    '$workflow.id',
    '$task.startedAt.epoch.milliseconds',
    '$workflow.startedAt.iso8601',
  ])('chose %s', (source) => {
    expect(who({ do: [{ DE0210010010: out(`\${ ${source} }`) }] })).toEqual(['author']);
  });

  it('chose the number that counts the rounds of a loop', () => {
    const count = { a: { set: {}, export: { as: '$context + { n: $index }' } } };
    expect(who({ do: [{ l: { for: { in: [0, 0, 0] }, do: [count] } }, { b: out('${ $context.n }') }] })).toContain(
      'author',
    );
  });

  it('chose the place that an error names', () => {
    const guard = (body: Shorthand): Shorthand => ({
      do: [{ t: { try: [{ payee: body }], catch: { do: [{ b: out('${ $error.instance }') }] } } }],
    });
    expect(who(guard({ call: 'in/get' }), { payee: [failed()] })).toEqual(['author', 'tool:in/get']);
    expect(who(guard({ raise: { error: { type: 'https://x.example/odd', status: 400 } } }))).toEqual(['author']);
  });

  it('may have worded what is wrong with a value', () => {
    const schema = { type: 'string', enum: ['DE0210010010'] };
    const body = { input: { schema, from: '$context.u' }, set: {} };
    expect(who({ do: [{ t: { try: [{ p: body }], catch: { do: [{ b: out('${ $error.detail }') }] } } }] })).toContain(
      'author',
    );
  });
});

describe('a decision', () => {
  it('is whether an expression that cannot fail otherwise yields a value', () => {
    const schema = { type: 'object', additionalProperties: false, properties: { s: { type: 'boolean' } } };
    const pick = { p: { set: { q: '${ select($context.s) | 1 }' } } };
    const caught = { do: [{ t: { try: [pick], catch: { do: [{ b: send }] } } }], input: { schema } };
    expect(told(caught)).toEqual([true]);
    expect(told({ ...caught, do: [{ t: { try: [pick, { b: send }], catch: {} } }] })).toEqual([true]);
  });

  it('is whether time passes in a callee while a limit of the caller runs', () => {
    const callee = program({ do: [{ w: { if: '.', wait: 10_000 } }, { inner: send }] }, {}, 'callee');
    const limited = { timeout: 5000, do: [{ r: { run: { workflow: 'test/callee', input: '${ $context.s }' } } }] };
    expect(told({ do: [{ t: { try: [{ l: limited }], catch: {} } }] }, { callees: [callee] })).toEqual([true]);
  });

  it('is what a person said no to', () => {
    const ask = { approve: { tool: 'pay/send', arguments: { amount: '${ if $context.s then 9 else 1 end }' } } };
    const { effects } = observe({ do: [{ a: ask }] }, { s: true }, { a: [approval(false)] });
    const last = effects.at(-1);
    expect(last?.kind === 'raise' && secretly(last.control)).toBe(true);
  });
});

describe('a call that failed', () => {
  const open = (x: number): Shorthand => ({ call: 'grid/open', with: { x } });
  const attempts = (again: readonly Shorthand[]): readonly (number | undefined)[] =>
    calls(observe({ do: [{ t: { try: [{ a: open(1) }], catch: { do: again } } }] }, {}, { a: [failed()] })).map(
      ({ attempt }) => attempt,
    );

  it('is tried again by a handler that repeats it', () => {
    expect(attempts([{ b: open(1) }])).toEqual([1, 2]);
    expect(attempts([{ b: open(2) }])).toEqual([1, 1]);
  });

  it('is a new one once a person has approved it', () => {
    expect(attempts([{ ask: { approve: { tool: 'grid/open', arguments: { x: 1 } } } }, { b: open(1) }])).toEqual([
      1, 1,
    ]);
  });

  it('is tried again by a loop', () => {
    const body = [{ t: { try: [{ a: open(1) }], catch: {} } }];
    const ran = observe({ do: [{ l: { for: { in: [0, 0, 0] }, do: body } }] }, {}, { a: [failed()] });
    expect(calls(ran).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});

describe('the totals of a run', () => {
  it('hold the members of a map as they hold items', () => {
    const pay = tool('pay/send', { sum: [pointerOf('/to/*')] });
    const body = { call: 'pay/send', with: { to: { a: 5, b: 7 } } };
    const ran = observe({ do: [{ a: body }, { b: body }] }, {}, {}, { tools: [pay] });
    expect(calls(ran).at(-1)?.history.totals.get('pay/send')?.get(pointerOf('/to/*'))).toBe(12);
  });
});
