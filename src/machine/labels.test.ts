import { describe, expect, it } from 'vitest';
import { pointerOf } from '../kernel/pointer.ts';
import { deepLabel } from '../value/concrete.ts';
import type { Label, Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { EndEffect } from './effect.ts';
import { inputLabelling } from './labels.ts';
import {
  approval,
  calls,
  failed,
  inferred,
  law,
  program,
  type Ran,
  run,
  type Shorthand,
  structured,
  tool,
} from './testing.ts';

const set = (value: unknown, more: Shorthand = {}): Shorthand => ({ set: value, ...more });
const INPUTS = [
  { workflow: 'test/main', pointers: [pointerOf('/own')], trust: true, secrecy: [] },
  { workflow: 'test/*', pointers: [pointerOf('/secret')], trust: false, secrecy: ['internal'] },
];
const INPUT = { own: 1, secret: 1, loud: 1, xs: [1, 2] };

const observe = (document: Shorthand, world = {}, setting = {}): Ran =>
  run(document, INPUT, world, { inputs: INPUTS, ...setting });

/** What the workflow returns, and what carries it. */
function ending({ effects }: Ran): EndEffect {
  const last = effects.at(-1);
  if (last?.kind !== 'return' && last?.kind !== 'raise') throw new Error(`it ended with ${last?.kind}`);
  return last;
}

const output = (ran: Ran): Value => ending(ran).value;
const member = (value: Value | undefined, name: string): Value | undefined =>
  value?.kind === 'object' ? value.fields.get(name) : undefined;
const told = (label: Label | Marks | undefined): readonly string[] => [
  ...(label?.influence ?? []),
  ...(label?.secrecy ?? []),
];
const picked = (value: Value | undefined): readonly string[] => told(value?.label.control);

describe('what comes in', () => {
  const labelling = inputLabelling(
    law(
      [],
      [
        {
          workflow: 'finance/*',
          pointers: [pointerOf('/orders/*/total'), pointerOf('/orders')],
          trust: true,
          secrecy: ['internal'],
        },
        { workflow: 'health/check', pointers: [pointerOf('')], trust: true, secrecy: ['patient'] },
      ],
    ),
    { labels: { input: new Map([[pointerOf('/orders/*/by'), { secrecy: ['personal'] }]]) } },
    'finance/pay',
  );

  it.each<[string, readonly string[]]>([
    ['', ['caller']],
    ['note', ['caller']],
    ['orders', ['user', 'internal']],
    ['orders 3', ['user', 'internal']],
    ['orders 3 total deep', ['user', 'internal']],
    ['orders 3 by', ['user', 'internal', 'personal']],
    ['orders x by', ['user', 'internal']],
    ['order', ['caller']],
  ])('labels the input at %j', (path, expected) => {
    expect(told(labelling(path === '' ? [] : path.split(' ')))).toEqual(expected);
  });
});

describe('a reply', () => {
  const bank = tool('bank/find', {
    input: { type: 'object', properties: { name: {}, filter: {} } },
    returns: { trust: true, secrecy: ['account'] },
  });
  const find = (args: unknown): Ran =>
    observe({ do: [{ t: { call: 'bank/find', with: args } }] }, { t: [structured('x')] }, { tools: [bank] });

  it.each<[string, unknown, readonly string[]]>([
    ['nothing but its tool', {}, ['author', 'tool:bank/find', 'account']],
    ['who chose the arguments, not who put them there', { name: '${ .own }' }, ['tool:bank/find', 'user', 'account']],
    ['the secrets of the arguments', { name: '${ .secret }' }, ['caller', 'tool:bank/find', 'account', 'internal']],
    ['the author of a literal', { name: 'x' }, ['author', 'tool:bank/find', 'account']],
    [
      'the author of an undeclared name',
      { filter: { mallory: '${ .own }' } },
      ['author', 'tool:bank/find', 'user', 'account'],
    ],
    ['not the author of a list', { filter: ['${ .own }'] }, ['tool:bank/find', 'user', 'account']],
  ])('of a tool carries %s', (_, args, expected) => {
    expect(told(deepLabel(output(find(args))))).toEqual(expected);
  });

  it('of a tool carries the decision to call it', () => {
    const document = {
      do: [
        { t: { if: '.loud == 1', call: 'bank/find', with: { name: '${ .own }' } } },
        { u: { call: 's/out', with: { a: '${ . }' } } },
      ],
    };
    const ran = observe(document, { t: [structured('x')] }, { tools: [bank] });
    expect(told(calls(ran)[0]?.control)).toEqual(['caller']);
    expect(told(member(calls(ran)[1]?.arguments, 'a')?.label)).toEqual(['caller', 'tool:bank/find', 'user', 'account']);
  });

  it('of a model carries the model and its data', () => {
    const document = {
      do: [{ i: { infer: { data: '${ .secret }', schema: { type: 'integer', minimum: 0, maximum: 9 } } } }],
    };
    expect(told(output(observe(document, { i: [inferred(1)] })).label)).toEqual(['caller', 'model', 'internal']);
  });

  it('of a person carries the user and the secrets that were shown', () => {
    const document = { do: [{ a: { approve: { tool: 's/t', arguments: { x: '${ .secret }' } } } }] };
    expect(told(deepLabel(output(observe(document, {}, { tools: [tool('s/t')] }))))).toEqual(['user', 'internal']);
  });

  it('that is an error carries the same as one that is not', () => {
    const document = {
      do: [
        {
          g: {
            try: [{ t: { call: 's/t', with: { a: '${ .secret }' } } }],
            catch: { do: [{ x: set('${ $error.detail }') }] },
          },
        },
      ],
    };
    expect(told(output(observe(document, { t: [failed()] })).label)).toEqual([
      'author',
      'caller',
      'tool:s/t',
      'internal',
    ]);
  });
});

describe('an error of an expression', () => {
  it('carries what it failed on', () => {
    const document = {
      do: [{ g: { try: [{ t: set('${ .secret + "x" }') }], catch: { do: [{ x: set('${ $error.status }') }] } } }],
    };
    expect(told(output(observe(document)).label)).toEqual(['author', 'caller', 'internal']);
  });
});

describe('control', () => {
  const out = { call: 's/out', with: { a: '${ $context.k }', b: '${ $context.loud }' } };
  const put = (value: unknown, more: Shorthand = {}): Shorthand =>
    set(value, { export: { as: '$context + { k: . }' }, ...more });

  it('is carried by calls inside, and by what may have been written behind', () => {
    const ran = observe({ do: [{ d: { if: '$context.secret == 1', do: [{ x: put(1) }, { y: out }] } }, { z: out }] });
    const [inside, behind] = calls(ran);
    expect(told(inside?.control)).toEqual(['caller', 'internal']);
    expect(picked(member(inside?.arguments, 'a'))).toEqual([]);
    // The arguments' own control is the call's too.
    expect(told(behind?.control)).toEqual(['caller', 'internal']);
    expect(picked(member(behind?.arguments, 'a'))).toEqual(['caller', 'internal']);
    expect(picked(member(behind?.arguments, 'b'))).toEqual([]);
  });

  it('is the same whichever way the decision falls', () => {
    const absent = observe({ do: [{ x: put(1, { if: '$context.secret == 2' }) }, { z: out }] });
    expect(told(member(calls(absent)[0]?.arguments, 'a')?.label.flat)).toEqual(['caller', 'internal']);
  });

  it('leaves what it did not write, and calls behind it, alone', () => {
    const ran = observe({
      do: [{ x: put(1, { if: '$context.secret == 1' }) }, { z: { call: 's/out', with: { b: '${ $context.loud }' } } }],
    });
    expect(told(calls(ran)[0]?.control)).toEqual([]);
  });

  it('does not say that what was there before might not be', () => {
    const document = {
      do: [
        { w: put(0) },
        { x: put(1, { if: '$context.secret == 1' }) },
        { z: { call: 's/out', with: { c: '${ $context | keys }' } } },
      ],
    };
    expect(told(calls(observe(document))[0]?.control)).toEqual([]);
  });

  it('is nothing for the author who wrote the condition', () => {
    expect(told(calls(observe({ do: [{ x: { ...out, if: '1 == 1' } }] }))[0]?.control)).toEqual([]);
  });

  it('of a loop is its list, in and behind it', () => {
    const ran = observe({
      do: [{ l: { for: { in: '[.own, .secret] | map(select(. > 0))' }, do: [{ x: put(1) }, { y: out }] } }, { z: out }],
    });
    expect(told(calls(ran)[0]?.control)).toEqual(['caller', 'user', 'internal']);
    expect(picked(member(calls(ran).at(-1)?.arguments, 'a'))).toEqual(['caller', 'user', 'internal']);
  });

  it('of a call in a try reaches the rest of it, its handler and what they write', () => {
    const tools = [tool('s/t', { returns: { trust: false, secrecy: ['account'] } })];
    const body = [{ before: out }, { t: { call: 's/t' } }, { x: put(1) }, { rest: out }];
    const document = { do: [{ g: { try: body, catch: { do: [{ y: put(2) }, { handler: out }] } } }, { z: out }] };
    const [before, , rest, behind] = calls(observe(document, {}, { tools }));
    expect(told(before?.control)).not.toContain('account');
    expect(told(rest?.control)).toContain('account');
    expect(picked(member(behind?.arguments, 'a'))).toContain('account');
    const handler = calls(observe(document, { t: [failed()] }, { tools })).find(({ at }) => at.endsWith('handler'));
    expect(told(handler?.control)).toContain('account');
  });

  it('of an uncaught failure is none: the termination channel', () => {
    const tools = [tool('s/t', { returns: { trust: false, secrecy: ['account'] } })];
    const ran = observe({ do: [{ t: { call: 's/t' } }, { z: { call: 's/out', with: {} } }] }, {}, { tools });
    expect(told(calls(ran)[1]?.control)).toEqual([]);
  });

  it('of an explicit raise or end reaches the end of the workflow', () => {
    const raise = {
      do: [
        { r: { if: '.secret == 2', raise: { error: 'refused' } } },
        { z: { call: 's/out', with: {} } },
        { x: set(1) },
      ],
    };
    expect(told(calls(observe(raise))[0]?.control)).toEqual(['caller', 'internal']);
    expect(told(ending(observe(raise)).control)).toEqual(['caller', 'internal']);
    const end = {
      do: [{ r: set(0, { if: '.secret == 2', then: 'end' }) }, { z: { call: 's/out', with: {} } }, { x: set(1) }],
    };
    expect(told(calls(observe(end))[0]?.control)).toEqual(['caller', 'internal']);
    expect(picked(output(observe(end)))).toEqual(['caller', 'internal']);
  });

  it('of a race is every branch, on its output and its exports', () => {
    const branches = [{ a: { call: 's/a', export: { as: '$context + { k: 1 }' } } }, { b: set('${ .secret }') }];
    const document = {
      do: [
        { f: { fork: { compete: true, branches }, output: { as: '.structuredContent?' } } },
        { x: set({ out: '${ . }', k: '${ $context.k }' }) },
      ],
    };
    const ran = observe(document, { a: [structured(1)], f: [{ kind: 'winner', branch: 'a' }] });
    expect(picked(member(output(ran), 'out'))).toEqual(['caller', 'tool:s/a', 'internal']);
    expect(picked(member(output(ran), 'k'))).toEqual(['caller', 'tool:s/a', 'internal']);
  });

  it('of which error it is decides who catches it', () => {
    const body = [{ a: { if: '.secret == 2', raise: { error: 'refused' } } }, { b: { raise: { error: 'declined' } } }];
    const document = {
      do: [{ g: { try: body, catch: { errors: { type: 'declined' }, do: [{ h: { call: 's/out', with: {} } }] } } }],
    };
    expect(told(calls(observe(document))[0]?.control)).toEqual(['caller', 'internal']);
  });

  it('of which error it is shows where the error leaves the workflow', () => {
    const body = [{ a: { if: '.secret == 2', raise: { error: 'refused' } } }, { b: { raise: { error: 'declined' } } }];
    const document = { do: [{ g: { try: body, catch: { retry: { count: 1 } } } }] };
    expect(told(ending(observe(document)).control)).toEqual(['caller', 'internal']);
  });

  it('of an error that could not be made is that of the one that could', () => {
    const raise = {
      r: { raise: { error: { type: 'https://x.example/odd', status: 400, detail: '${ .secret + 1 }' } } },
    };
    const document = {
      do: [{ g: { try: [raise], catch: { errors: { status: 400 }, do: [{ h: { call: 's/out', with: {} } }] } } }],
    };
    expect(told(calls(observe(document))[0]?.control)).toEqual(['caller', 'internal']);
  });

  it('of an arm is also whether a later condition fails', () => {
    const arms = {
      s: {
        switch: [
          { a: { when: '.secret == 1', then: 'continue' } },
          { b: { when: '.loud + 1 == 3', then: 'continue' } },
        ],
      },
    };
    const document = { do: [{ g: { try: [arms, { h: { call: 's/out', with: {} } }], catch: {} } }] };
    expect(told(calls(observe(document))[0]?.control)).toEqual(['caller', 'internal']);
  });

  it('of a branch that fails the fork is on everything that the fork would have written', () => {
    const branches = [
      { a: { do: [{ x: put(1) }, { r: { if: '$context.secret == 2', raise: { error: 'refused' } } }] } },
      { b: set(2) },
    ];
    const document = { do: [{ g: { try: [{ f: { fork: { branches } } }], catch: {} } }, { z: out }] };
    expect(picked(member(calls(observe(document))[0]?.arguments, 'a'))).toEqual(['caller', 'internal']);
  });

  it('of a callee whose output may fail is in the rest of the try around it', () => {
    const callee = program({ do: [{ x: set(1) }], output: { as: '. + $context.v' } }, {}, 'callee');
    const body = [
      { r: { run: { workflow: 'test/callee', input: { v: '${ .secret }' } } } },
      { h: { call: 's/out', with: {} } },
    ];
    const document = { do: [{ g: { try: body, catch: {} } }] };
    expect(told(calls(observe(document, {}, { callees: [callee] }))[0]?.control)).toEqual(['caller', 'internal']);
  });

  it('of a wait is on the time that others see', () => {
    const document = {
      do: [{ w: { if: '.secret == 2', wait: 10 } }, { x: set('${ $task.startedAt.epoch.milliseconds }') }],
    };
    expect(told(output(observe(document)).label)).toEqual(['author', 'caller', 'internal']);
  });

  it('of how long attempts took is whether there is another', () => {
    const body = [
      { w: { if: '.secret == 2', wait: 20 } },
      { h: { call: 's/out', with: {} } },
      { r: { raise: { error: 'refused' } } },
    ];
    const document = {
      do: [{ g: { try: body, catch: { retry: { count: 2, delay: 5, totalDuration: 12 }, do: [{ x: set(1) }] } } }],
    };
    const [first, second] = calls(observe(document));
    expect(told(first?.control)).not.toContain('internal');
    expect(told(second?.control)).toContain('internal');
  });

  it('of a retry is on the error that the last attempt leaves', () => {
    const body = [{ r: { raise: { error: { type: 'https://x.example/odd', status: 400, detail: '${ .loud }' } } } }];
    const retry = { count: 2, when: '.secret == 1' };
    const document = {
      do: [{ g: { try: body, catch: { retry, do: [{ h: { call: 's/out', with: { a: '${ $error.detail }' } } }] } } }],
    };
    const [handler] = calls(observe(document));
    expect(picked(member(handler?.arguments, 'a'))).toEqual(['caller', 'internal']);
  });

  it('of a race that may be lost by all is on the time it takes', () => {
    const branches = [{ a: { wait: 10 } }, { b: { if: '$context.secret == 1', raise: { error: 'refused' } } }];
    const fork = { f: { fork: { compete: true, branches } } };
    const limited = { l: { timeout: 7, do: [fork] } };
    const document = {
      do: [{ g: { try: [limited], catch: {} } }, { x: set('${ $task.startedAt.epoch.milliseconds }') }],
    };
    expect(told(output(observe(document)).label)).toContain('internal');
  });

  it('of a call that may fail before it is made is on the time that it would have taken', () => {
    const tried = { t: { call: 's/t', with: { a: '${ $context.secret + 1 }' } } };
    const time = { x: set('${ $task.startedAt.epoch.milliseconds }') };
    const document = { do: [{ g: { try: [tried], catch: {} } }, time] };
    expect(told(output(observe(document)).label)).toContain('internal');
  });

  it('of a branch is nothing to the time of its siblings', () => {
    const [slow, quick] = [
      { a: { call: 's/t', with: { a: '${ .secret }' } } },
      { b: { timeout: 7, do: [{ t: { wait: 5 } }, { c: { call: 's/out', with: {} } }] } },
    ];
    const document = { do: [{ g: { try: [{ f: { fork: { branches: [slow, quick] } } }], catch: {} } }] };
    expect(told(calls(observe(document))[1]?.control)).toEqual([]);
  });

  it('of a decline is the user, where something catches it', () => {
    const asked = { a: { approve: { tool: 's/t', arguments: { x: '${ .secret }' } } } };
    const document = {
      do: [
        {
          g: { try: [asked, { y: { call: 's/out', with: {} } }], catch: { do: [{ n: { call: 's/out', with: {} } }] } },
        },
      ],
    };
    const setting = { tools: [tool('s/t')] };
    for (const world of [{}, { a: [approval(false)] }]) {
      expect(told(calls(observe(document, world, setting))[0]?.control)).toEqual(
        expect.arrayContaining(['user', 'internal']),
      );
    }
  });

  it('reaches into a callee and back', () => {
    const callee = program(
      { do: [{ c: { call: 's/out', with: {} } }, { r: { if: '$context.v == 2', raise: { error: 'refused' } } }] },
      {},
      'callee',
    );
    const document = {
      do: [
        { r: { if: '.loud == 1', run: { workflow: 'test/callee', input: { v: '${ .secret }' } } } },
        { z: { call: 's/out', with: {} } },
      ],
    };
    const [inside, behind] = calls(observe(document, {}, { callees: [callee] }));
    expect(told(inside?.control)).toEqual(['caller']);
    expect(told(behind?.control)).toEqual(['caller', 'internal']);
  });
});
