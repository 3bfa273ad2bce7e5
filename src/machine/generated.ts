import fc from 'fast-check';
import type { Shorthand } from './testing.ts';

/**
 * Small workflows for properties of the machine: over an input with a secret number `s` and a secret list `t`, public `p`
 * and `xs`, and context members that they write themselves.
 */

const VALUES = [
  '${ $context.s }',
  '${ $context.p }',
  '${ $context.k0 }',
  '${ $context.k1 }',
  '${ . }',
  '${ $input }',
  1,
  2,
  '${ $context.p + 1 }',
  '${ $context.s + 1 }',
  '${ $context.k0 + 1 }',
  '${ [$context.k0, $context.s] }',
  '${ $context.k1 // $context.p }',
  '${ if $context.s == 1 then $context.k0 else $context.p end }',
  '${ [$context.xs[]? | select(. != $context.s)] }',
  '${ $context.xs | length }',
  '${ $context.t | length }',
  '${ { a: $context.k0, b: . } }',
  '${ $context | has("k1") }',
  '@error.status',
  '@error.detail',
  '@error.type',
  '@item',
  '@index',
  '${ $task.input }',
  '${ $task.startedAt.epoch.seconds }',
] as const;

const CONDITIONS = [
  '$context.s == 1',
  '$context.s > 1',
  '$context.p == 1',
  '$context.k0 == 1',
  '$context.k1 != null',
  '. == 1',
  '$context.s + 1 == 2',
  '$context.k0 + 1 > 2',
  '$context.t[0] == 1',
  '$context.k0 == null',
  '$task.name == "t1"',
  '$task.startedAt.epoch.milliseconds > 5',
  'true',
] as const;

const EXPORTS = [
  '$context + { k0: . }',
  '$context + { k1: . }',
  '$context + { k0: $input, k1: 1 }',
  '{ s: $context.s, p: $context.p, k0: . }',
] as const;

interface Draft {
  readonly body: Shorthand;
  readonly if?: string | undefined;
  readonly export?: string | undefined;
  readonly as?: string | undefined;
  readonly takes?: string | undefined;
  readonly gives?: string | undefined;
  /** Which way out: an index behind the list's end is its end. */
  readonly then?: number | undefined;
}

/** Absent in most cases; present in `percent` of a hundred. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, percent: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 100 - percent, arbitrary: fc.constant(undefined) }, { weight: percent, arbitrary });

const value = fc.oneof(
  fc.constantFrom<unknown>(...VALUES),
  fc.constantFrom<unknown>('${ $context.s }', '${ $context.k0 }', '${ . }', 1),
);
const condition = fc.constantFrom(...CONDITIONS);
const ways = fc.integer({ min: 0, max: 6 });

/** Placeholders `{ jump }` become task names once the list is known. */
const leaf: fc.Arbitrary<Shorthand> = fc.oneof(
  { weight: 4, arbitrary: value.map((set) => ({ set })) },
  { weight: 5, arbitrary: value.map((a) => ({ call: 's/t', with: { a } })) },
  // Neither fails nor says anything by itself, so that it shows when it is made.
  { weight: 3, arbitrary: fc.constant({ call: 's/probe', with: { a: '${ $context.k0 }', b: '${ $context.k1 }' } }) },
  {
    weight: 1,
    arbitrary: value.map((data) => ({ infer: { data, schema: { type: 'integer', minimum: -9, maximum: 9 } } })),
  },
  { weight: 1, arbitrary: value.map((a) => ({ approve: { tool: 's/t', arguments: { a } } })) },
  { weight: 1, arbitrary: fc.constant({ raise: { error: 'refused' } }) },
  {
    weight: 1,
    arbitrary: value.map((detail) => ({ raise: { error: { type: 'https://x.example/odd', status: 400, detail } } })),
  },
  { weight: 1, arbitrary: fc.constant({ wait: 10 }) },
  { weight: 1, arbitrary: value.map((v) => ({ run: { workflow: 'test/callee', input: { v } } })) },
  {
    weight: 2,
    arbitrary: fc.array(fc.record({ when: condition, then: ways }), { minLength: 1, maxLength: 2 }).map((arms) => ({
      switch: arms.map((arm, i) => ({ [`arm${i}`]: { when: arm.when, then: { jump: arm.then } } })),
    })),
  },
);

const { list } = fc.letrec<{ list: readonly Shorthand[]; body: Shorthand }>((tie) => ({
  body: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 6, arbitrary: leaf },
    { weight: 2, arbitrary: tie('list').map((tasks) => ({ do: tasks })) },
    {
      weight: 1,
      arbitrary: fc
        .record({
          in: fc.constantFrom('$context.xs', '$context.t', '[1, 2]', '$context.s'),
          while: maybe(condition, 30),
          do: tie('list'),
        })
        .map(({ in: items, while: again, do: tasks }) => ({
          for: { in: items },
          ...(again === undefined ? {} : { while: again }),
          do: tasks,
        })),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({
          tasks: tie('list'),
          handler: maybe(tie('list'), 60),
          errors: maybe(fc.constantFrom({ status: 400 }, { type: 'runtime' }, { type: 'refused' }), 25),
          when: maybe(fc.constantFrom('$error.status == 400', '$context.s == 1'), 20),
          then: maybe(ways, 15),
          retry: maybe(
            fc.constantFrom(
              { count: 2, delay: 5 },
              { count: 3, delay: 5, totalDuration: 12 },
              { count: 2, when: '$context.s == 1' },
            ),
            30,
          ),
          timeout: maybe(fc.constantFrom(7, 25), 30),
        })
        .map(({ tasks, handler, errors, when, then, retry, timeout }) => ({
          try: timeout === undefined ? tasks : [{ limited: { do: tasks, timeout } }],
          catch: {
            ...(handler === undefined ? {} : { do: handler }),
            ...(errors === undefined ? {} : { errors }),
            ...(when === undefined ? {} : { when }),
            ...(retry === undefined ? {} : { retry }),
            ...(then === undefined ? {} : { then: { jump: then } }),
          },
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ branches: fc.tuple(tie('body'), tie('body')), compete: fc.boolean() })
        .map(({ branches, compete }) => ({
          fork: { compete, branches: branches.map((body, i) => ({ [`branch${i}`]: settle(body, [], -1) })) },
        })),
    },
  ),
  list: fc
    .array(
      fc.record({
        body: tie('body'),
        if: maybe(condition, 35),
        export: maybe(fc.constantFrom(...EXPORTS), 50),
        as: maybe(fc.constantFrom('.structuredContent? // .', '$input'), 20),
        takes: maybe(fc.constantFrom('number', 'object'), 5),
        gives: maybe(fc.constantFrom('number', 'object'), 5),
        then: maybe(ways, 20),
      }) as fc.Arbitrary<Draft>,
      { minLength: 1, maxLength: 4 },
    )
    .map(name),
}));

/** Gives the tasks of a list their names, and its jumps their targets. */
function name(drafts: readonly Draft[]): readonly Shorthand[] {
  const names = drafts.map((_, i) => `t${i}`);
  return drafts.map(({ body, then, ...more }, i) => {
    const task: Shorthand = settle(body, names, i);
    if (more.if !== undefined) task['if'] = more.if;
    if (more.export !== undefined) task['export'] = { as: more.export };
    if (more.takes !== undefined) task['input'] = { schema: { type: more.takes } };
    if (more.as !== undefined || more.gives !== undefined) {
      const as = more.as === undefined ? {} : { as: more.as };
      task['output'] = { ...as, ...(more.gives === undefined ? {} : { schema: { type: more.gives } }) };
    }
    if (then !== undefined) task['then'] = target(then, names, i);
    return { [names[i] ?? '']: task };
  });
}

function settle(body: Shorthand, names: readonly string[], at: number): Shorthand {
  const replace = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(replace);
    if (typeof node !== 'object' || node === null) return node;
    const { jump } = node as { readonly jump?: number };
    if (jump !== undefined) return target(jump, names, at);
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, replace(child)]));
  };
  return replace(body) as Shorthand;
}

/** Jumps go forward only. In a branch of a fork there is nowhere to go. */
function target(way: number, names: readonly string[], at: number): string {
  if (way === 6 && at >= 0) return 'end';
  if (way === 5) return 'exit';
  return names.slice(at + 1)[way] ?? 'continue';
}

/** With the schema, `$context` is known to be an object, so that fewer operations may fail. */
const NUMBER: Shorthand = { type: 'number', minimum: -1e6, maximum: 1e6 };
const SCALAR: Shorthand = { ...NUMBER, type: ['number', 'string', 'array'], maxLength: 99, items: NUMBER, maxItems: 9 };
const SCALARS: Shorthand = { type: 'array', items: SCALAR, maxItems: 9 };
const SCHEMA: Shorthand = {
  type: 'object',
  required: ['s', 't', 'p', 'xs'],
  additionalProperties: false,
  properties: { s: SCALAR, t: SCALARS, p: SCALAR, xs: SCALARS },
};

/** Shows at the end what is in every place that a task can write. */
const LAST: Shorthand = {
  last: {
    call: 's/probe',
    with: { a: '${ $context.k0 }', b: '${ $context.k1 }', c: '${ . }', d: '${ $task.startedAt.epoch.milliseconds }' },
  },
};

export const workflows: fc.Arbitrary<Shorthand> = fc
  .record({ tasks: list, typed: fc.boolean() })
  .map(({ tasks, typed }) => ({
    ...(typed ? { input: { schema: SCHEMA } } : {}),
    do: inScope([...tasks, LAST], { error: false, loop: false }),
  }));

/** What a marker `@error…`, `@item` or `@index` stands for depends on where it stands. */
interface Scope {
  readonly error: boolean;
  readonly loop: boolean;
}

function inScope(node: unknown, scope: Scope): unknown {
  if (typeof node === 'string') {
    if (!node.startsWith('@')) return node;
    const isKnown = node.startsWith('@error') ? scope.error : scope.loop;
    return isKnown ? `\${ $${node.slice(1)} }` : '${ $context.p }';
  }
  if (Array.isArray(node)) return node.map((item) => inScope(item, scope));
  if (typeof node !== 'object' || node === null) return node;
  const inner = (key: string): Scope => ({
    error: scope.error || key === 'catch',
    loop: scope.loop || ('for' in node && key === 'do'),
  });
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, inScope(child, inner(key))]));
}

/** A callee that decides on its input, raises, fails and calls. */
export const CALLEE: Shorthand = {
  do: [
    { zero: { if: '.v == 2', wait: 8 } },
    { one: { if: '.v == 1', call: 's/t', with: { a: 'one' }, export: { as: '$context + { called: 1 }' } } },
    { two: { set: '${ $context.v + 1 }' } },
    { three: { if: '$context.v == 2', raise: { error: 'refused' } } },
    { four: { call: 's/t', with: { a: '${ $context.called }' }, output: { as: '{ out: $context.called }' } } },
  ],
  output: { as: '{ out: (.out + $context.v) }' },
};
