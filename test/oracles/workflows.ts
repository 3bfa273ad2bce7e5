import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { pointerOf } from '../../src/kernel/pointer.ts';
import { program, type Shorthand, tool } from '../../src/machine/testing.ts';
import type { Program } from '../../src/flow/model.ts';
import type { Tool } from '../../src/store/model.ts';

/**
 * Small workflows that between them come by everything that a machine does with labels, decisions, failures, time and approvals.
 * `/s` and `/o/deep` of an input are secret.
 */

export interface Small {
  readonly name: string;
  readonly program: Program;
  readonly input: JsonObject;
  readonly tools: readonly Tool[];
}

const closed = (properties: JsonObject, optional: readonly string[] = []): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
const NUMBER: JsonObject = { type: 'integer', minimum: 0, maximum: 3 };
const WORD: JsonObject = { enum: ['a', 'b'] };

const INPUT = closed({ s: NUMBER, p: NUMBER, who: WORD });
/** An object of which not everything is known: what it holds besides, and whether it holds `maybe` at all. */
const OPEN: JsonObject = {
  type: 'object',
  additionalProperties: NUMBER,
  maxProperties: 5,
  required: ['s', 'p', 'o'],
  properties: {
    s: NUMBER,
    p: NUMBER,
    o: { type: 'object', additionalProperties: NUMBER, maxProperties: 2, properties: { deep: NUMBER } },
    maybe: NUMBER,
  },
};

export const TOOLS: readonly Tool[] = [
  tool('s/read', {
    effect: 'read',
    input: closed({ n: NUMBER }, ['n']),
    output: closed({ n: NUMBER, who: WORD, note: NUMBER }, ['note']),
  }),
  tool('s/list', {
    effect: 'read',
    output: closed({ items: { type: 'array', items: closed({ n: NUMBER, who: WORD }) } }),
  }),
  tool('s/pay', {
    input: closed({ to: WORD, amount: NUMBER, key: WORD }, ['key']),
    output: closed({ id: NUMBER }),
    key: pointerOf('/key'),
    sum: [pointerOf('/amount')],
  }),
  tool('s/tell', { output: closed({}) }),
];

const call = (name: string, args: unknown, more: Shorthand = {}): Shorthand => ({
  call: `s/${name}`,
  with: args,
  ...more,
});
const infer = (data: unknown, schema: Json, more: Shorthand = {}): Shorthand => ({ infer: { data, schema }, ...more });
const ask = (args: unknown, more: Shorthand = {}): Shorthand => ({
  approve: { tool: 's/pay', arguments: args },
  ...more,
});
const out = (name: string): Shorthand => ({ export: { as: `$context + { ${name}: . }` } });
const PAY = { to: '${ $context.who }', amount: '${ $context.p }' };
const TELL = call('tell', { context: '${ $context }', data: '${ . }' });

const CALLEE = program(
  {
    input: { schema: closed({ v: NUMBER, who: WORD }) },
    do: [
      { early: { if: '.v == 2', then: 'end', set: { early: true } } },
      { pay: call('pay', { to: '${ $context.who }', amount: '${ $context.v }' }) },
      { odd: { if: '$context.v == 1', raise: { error: 'refused' } } },
    ],
    output: { as: '{ v: $context.v }' },
  },
  { tools: TOOLS },
  'callee',
);

function small(name: string, input: JsonObject, document: Shorthand): Small {
  const { input: own, ...more } = document;
  const made = program(
    { input: { schema: input, ...(own as object | undefined) }, ...more },
    { tools: TOOLS, callees: [CALLEE] },
  );
  return { name, program: made, input, tools: TOOLS };
}

export const WORKFLOWS: readonly Small[] = [
  small('decisions', INPUT, {
    do: [
      { read: call('read', { n: '${ $context.p }' }, { output: { as: '.structuredContent' }, ...out('found') }) },
      {
        which: {
          switch: [
            { big: { when: '$context.found.n > 2', then: 'tell' } },
            { rest: { then: 'mark' } },
            { secret: { when: '$context.s == 1', then: 'tell' } },
          ],
        },
      },
      { mark: { if: '$context.s == 1', set: { n: 1 }, ...out('mark') } },
      { again: { if: '$context.found.who == "a"', set: { n: 2 }, output: { as: '. + { m: 3 }' }, ...out('again') } },
      { inner: call('tell', { n: '${ if $context.s > 1 then $context.p else 7 end }' }, { if: '$context.p > 1' }) },
      { tell: TELL },
    ],
  }),
  small('approvals', INPUT, {
    do: [
      { ask: ask(PAY) },
      { read: call('read', {}, { output: { as: '.structuredContent' }, ...out('found') }) },
      { other: call('pay', { to: '${ $context.found.who }', amount: '${ $context.p }' }) },
      { pay: call('pay', PAY) },
      { twice: call('pay', PAY, { if: '$context.found.n == 1' }) },
      { tell: call('tell', { n: '${ $context.p }' }) },
    ],
  }),
  small('callees', INPUT, {
    do: [
      { ask: ask(PAY) },
      { run: { run: { workflow: 'test/callee', input: { v: '${ $context.p }', who: '${ $context.who }' } } } },
      { pay: call('pay', PAY) },
      { tell: TELL },
    ],
  }),
  small('asked-in-vain', INPUT, {
    do: [
      {
        attempt: {
          try: [{ ask: ask({ to: '${ $context.who }', amount: '${ $context.s }' }) }, { pay: call('pay', PAY) }],
          catch: { errors: { type: 'declined' }, do: [{ set: { set: { status: '${ $error.status }' } } }] },
        },
      },
      { tell: TELL },
    ],
  }),
  small('retries', INPUT, {
    do: [
      { ask: ask({ ...PAY, key: '${ $context.who }' }) },
      {
        attempt: {
          try: [{ pay: call('pay', { ...PAY, key: '${ $context.who }' }, { within: 5 }) }],
          catch: {
            errors: { type: 'runtime' },
            retry: { count: 2, delay: 3, totalDuration: 6 },
            do: [{ handled: { set: { because: '${ $error.type }' }, ...out('because') } }],
          },
        },
      },
      { pay: call('pay', { ...PAY, key: 'b' }) },
      { tell: TELL },
    ],
  }),
  small('failures', INPUT, {
    do: [
      {
        attempt: {
          try: [
            { odd: { if: '$context.s == 1', raise: { error: 'refused' } } },
            { read: call('read', {}, { output: { as: '.structuredContent' } }) },
            { sum: { set: { n: '${ 1 + (if .n == 3 then "x" else .n end) }' }, ...out('sum') } },
          ],
          catch: { as: 'error', do: [{ handled: { set: { status: '${ $error.status }' }, ...out('status') } }] },
        },
      },
      { tell: call('tell', { sum: '${ $context.sum }', status: '${ $context.status }' }) },
      { read: call('read', {}, { output: { as: '.structuredContent.n' } }) },
      { typed: { set: '${ . }', output: { schema: { type: 'integer', maximum: 2 } } } },
      { last: TELL },
    ],
  }),
  small('open', OPEN, {
    do: [
      { tell: call('tell', { o: '${ $context.o }' }) },
      { deep: call('tell', { told: '${ . }' }) },
      { mark: { if: '$context.s == 1', set: 1, ...out('mark') } },
      { sum: { try: [{ sum: { set: '${ 1 + $context.maybe }', ...out('sum') } }], catch: {} } },
      { all: TELL },
    ],
  }),
  small('uncaught', INPUT, {
    do: [
      {
        attempt: {
          try: [{ read: call('read', {}, { output: { as: '.structuredContent' } }) }],
          catch: {
            errors: { type: 'runtime' },
            when: '$context.p > 0',
            do: [
              {
                wrong: {
                  raise: { error: { type: 'https://x.example/odd', status: 400, detail: '${ $error.detail }' } },
                },
              },
            ],
          },
        },
      },
      { slow: { do: [{ tell: TELL }], timeout: 6 } },
    ],
  }),
  small('forks', INPUT, {
    do: [
      { start: { set: 0, ...out('mark') } },
      {
        both: {
          fork: {
            branches: [
              {
                one: {
                  do: [
                    { read: call('read', {}, { output: { as: '.structuredContent' }, ...out('found') }) },
                    { mark: { if: '$context.s == 1', set: 1, ...out('mark') } },
                  ],
                },
              },
              { two: { do: [{ pay: call('pay', PAY) }, { set: { set: 2, ...out('two') } }] } },
            ],
          },
        },
      },
      { tell: TELL },
    ],
  }),
  small('races', INPUT, {
    do: [
      {
        race: {
          fork: {
            compete: true,
            branches: [
              { one: { do: [{ rest: { if: '$context.s == 1', wait: 5 } }, { set: { set: 1, ...out('won') } }] } },
              { two: { do: [{ read: call('read', {}) }, { set: { set: 2, ...out('won') } }] } },
            ],
          },
        },
      },
      { tell: TELL },
    ],
  }),
  small('models', INPUT, {
    do: [
      { think: infer({ p: '${ $context.p }' }, { enum: ['yes', 'no', 'perhaps'] }, out('thought')) },
      { act: { if: '$context.thought == "yes"', ...call('pay', PAY) } },
      {
        each: {
          for: { in: '[1, 2]' },
          while: '$context.stop != true',
          do: [
            { read: call('read', { n: '${ $item }' }, { output: { as: '.structuredContent.n' } }) },
            { stop: { if: '. == 1', set: true, ...out('stop') } },
          ],
        },
      },
      { rate: infer('${ $context.stop }', closed({ grade: NUMBER }), { output: { as: '.grade' } }) },
      { tell: TELL },
    ],
  }),
  small('lists', INPUT, {
    do: [
      { list: call('list', {}, { output: { as: '.structuredContent.items' }, ...out('items') }) },
      { some: { set: '${ [ $context.items[] | select(.n >= $context.p) | .who ] }', ...out('some') } },
      { first: { if: '($context.some | length) > 0', ...call('pay', { to: '${ $context.some[0] }', amount: 1 }) } },
      { tell: call('tell', { items: '${ $context.some }' }) },
    ],
  }),
  small('times', INPUT, {
    do: [
      { read: { if: '$context.s == 1', wait: 5 } },
      { mark: { set: { at: '${ $task.startedAt.epoch.milliseconds }' }, ...out('at') } },
      { tell: TELL },
    ],
  }),
];
