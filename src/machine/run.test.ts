import { describe, expect, it } from 'vitest';
import { lower } from '../value/concrete.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import {
  approval,
  argumentsOf,
  BUDGETS,
  calls,
  failed,
  inferred,
  program,
  result,
  run,
  type Shorthand,
  structured,
  tool,
} from './testing.ts';

const set = (value: unknown, more: Shorthand = {}): Shorthand => ({ set: value, ...more });

describe('data flow', () => {
  it('passes each output to the next task and starts $context with the input', () => {
    const ran = run({ do: [{ a: set({ x: '${ .n + 1 }' }) }, { b: set({ y: '${ .x * $context.n }' }) }] }, { n: 2 });
    expect(result(ran)).toEqual({ output: { y: 6 } });
  });

  it('transforms the input of the workflow and gives the raw one as $workflow.input', () => {
    const ran = run(
      {
        input: { from: '.inner' },
        do: [{ a: set({ own: '${ . }', context: '${ $context }', raw: '${ $workflow.input }' }) }],
      },
      { inner: 1 },
    );
    expect(result(ran)).toEqual({ output: { own: 1, context: 1, raw: { inner: 1 } } });
  });

  it('transforms a task input, output and export on what the specification says', () => {
    const ran = run(
      {
        do: [
          {
            a: {
              input: { from: '.n' },
              set: { in: '${ . }', same: '${ $input }' },
              output: { as: '{ out: .in, input: $input }' },
              export: { as: '$context + { kept: ., output: $output.out }' },
            },
          },
          { b: set('${ $context }') },
        ],
      },
      { n: 5 },
    );
    expect(result(ran)).toEqual({ output: { n: 5, kept: { out: 5, input: 5 }, output: 5 } });
  });

  it('gives $task and $runtime', () => {
    const ran = run(
      {
        do: [
          {
            a: set({
              name: '${ $task.name }',
              at: '${ $task.reference }',
              was: '${ $task.input.n }',
              by: '${ $runtime.name }',
            }),
          },
        ],
      },
      { n: 1 },
    );
    expect(result(ran)).toEqual({ output: { name: 'a', at: '/do/0/a', was: 1, by: 'proofmark' } });
  });

  it('restores $input and $task behind inner tasks', () => {
    const ran = run({
      do: [
        {
          a: {
            do: [{ b: { input: { from: '7' }, set: 1 } }],
            output: { as: '{ input: $input, name: $task.name, raw: $task.output }' },
          },
        },
      ],
    });
    expect(result(ran)).toEqual({ output: { input: {}, name: 'a', raw: 1 } });
  });

  it.each<[string, Shorthand, Json, string]>([
    [
      'the input',
      {
        input: {
          schema: {
            type: 'object',
            required: ['n'],
            additionalProperties: false,
            properties: { n: { type: 'number', minimum: 0, maximum: 9 } },
          },
        },
        do: [],
      },
      {},
      '/input',
    ],
    ['the output', { do: [{ a: set(1) }], output: { schema: { type: 'string' } } }, {}, ''],
    ['a task input', { do: [{ a: set(1, { input: { schema: { type: 'string' } } }) }] }, 3, '/do/0/a'],
    ['a task output', { do: [{ a: set(1, { output: { schema: { type: 'string' } } }) }] }, {}, '/do/0/a'],
    ['an export', { do: [{ a: set(1, { export: { as: '.', schema: { type: 'string' } } }) }] }, {}, '/do/0/a'],
  ])('raises validation where %s breaks its schema', (_, document, input, at) => {
    expect(result(run(document, input))).toEqual({ error: 'validation', at });
  });

  it('raises expression where an expression has no value', () => {
    expect(result(run({ do: [{ a: set('${ .a + 1 }') }] }, { a: 'text' }))).toEqual({
      error: 'expression',
      at: '/do/0/a',
    });
  });

  it('exports only what is exported: an output alone leaves $context', () => {
    expect(result(run({ do: [{ a: set(1) }, { b: set('${ $context }') }] }, { n: 1 }))).toEqual({ output: { n: 1 } });
  });
});

describe('flow', () => {
  it('skips a task whose `if` is not true, its `then` with it, and passes its input on', () => {
    const ran = run({ do: [{ a: set(1, { if: '.n > 1', then: 'end' }) }, { b: set({ was: '${ . }' }) }] }, { n: 1 });
    expect(result(ran)).toEqual({ output: { was: { n: 1 } } });
    expect(ran.arms).toEqual(['/do/0/a:skipped']);
    expect(ran.tasks).toEqual(['/do/1/b']);
  });

  it('follows then: a task, exit and end', () => {
    const document = {
      do: [
        {
          outer: {
            do: [
              { a: set(1, { then: 'c' }) },
              { b: set(2) },
              { c: set('${ . + 10 }', { then: 'exit' }) },
              { d: set(4) },
            ],
          },
        },
        { last: set('${ . + 100 }', { then: 'end' }) },
        { never: set(0) },
      ],
    };
    expect(result(run(document))).toEqual({ output: 111 });
  });

  it('ends the whole workflow from inside, with the output of that task', () => {
    const document = {
      do: [{ outer: { do: [{ a: set(1, { then: 'end' }) }], output: { as: '. + 1' } } }, { never: set(0) }],
      output: { as: '{ at: . }' },
    };
    expect(result(run(document))).toEqual({ output: { at: 1 } });
  });

  const colours = {
    do: [
      {
        pick: {
          switch: [
            { default: { then: 'other' } },
            { red: { when: '.c == "red"', then: 'red' } },
            { stop: { when: '.c == "stop"', then: 'end' } },
          ],
        },
      },
      { red: set('was red', { then: 'end' }) },
      { other: set('other') },
    ],
  };
  it.each([
    ['red', 'was red', 'red'],
    ['blue', 'other', 'default'],
    ['stop', { c: 'stop' }, 'stop'],
  ])('takes the arm of a switch that matches, else the default: %s', (c, output, arm) => {
    const ran = run(colours, { c });
    expect(result(ran)).toEqual({ output });
    expect(ran.arms).toEqual([`/do/0/pick:${arm}`]);
  });

  it('goes on with the task `then` where no arm of a switch matches', () => {
    const document = {
      do: [
        { pick: { switch: [{ a: { when: 'false', then: 'end' } }], then: 'c' } },
        { b: set(1) },
        { c: set('${ . }') },
      ],
    };
    expect(result(run(document, 5))).toEqual({ output: 5 });
  });

  it('raises with the definition, evaluated', () => {
    const document = {
      errors: {
        broke: { type: 'https://x.example/errors/broke', status: 409, title: 'Broke', detail: '${ "n is \\(.n)" }' },
      },
      do: [{ a: { raise: { error: 'broke' } } }],
    };
    const ran = run(document, { n: 1 });
    expect(result(ran)).toEqual({ error: 'broke', at: '/do/0/a' });
    expect(ran.effects.map(({ kind }) => kind)).toEqual(['raise']);
    expect(ran.outcome.kind === 'error' && lower(ran.outcome.error)).toEqual({
      type: 'https://x.example/errors/broke',
      status: 409,
      title: 'Broke',
      detail: 'n is 1',
      instance: '/do/0/a',
    });
  });
});

describe('for', () => {
  const sum = {
    do: [
      {
        loop: {
          for: { each: 'x', in: '.xs', at: 'i' },
          do: [{ add: set('${ { xs: [], sum: (.sum + $x), last: $i } }') }],
        },
      },
    ],
  };

  it('runs once per item, each on the output of the one before', () => {
    expect(result(run(sum, { xs: [1, 2, 3] }))).toEqual({ output: { xs: [], sum: 6, last: 2 } });
  });

  it.each([
    [[], '0'],
    [[1], '1'],
    [[1, 2], 'many'],
  ])('says how often it ran: %j', (xs, arm) => {
    expect(run(sum, { xs }).arms).toEqual([`/do/0/loop:${arm}`]);
  });

  it('stops where `while` is not true', () => {
    const document = {
      do: [{ loop: { for: { in: '[1, 2, 3]' }, while: '$item < 3 and $index < 9', do: [{ a: set('${ $item }') }] } }],
    };
    expect(result(run(document))).toEqual({ output: 2 });
  });

  it('goes on with the next item at exit, and ends the workflow at end', () => {
    const body = (then: string): Shorthand => ({
      do: [
        { loop: { for: { in: '[1, 2]' }, do: [{ a: set('${ $item }', { then }) }, { b: set(9) }] } },
        { after: set('${ { after: . } }') },
      ],
    });
    expect(result(run(body('exit')))).toEqual({ output: { after: 2 } });
    expect(result(run(body('end')))).toEqual({ output: 1 });
  });

  it('gives shadowed variables back', () => {
    const inner = { for: { in: '[7]' }, do: [{ x: set('${ $item }') }] };
    const document = {
      do: [{ outer: { for: { in: '[1]' }, do: [{ inner }, { y: set('${ [., $item, $index] }') }] } }],
    };
    expect(result(run(document))).toEqual({ output: [7, 1, 0] });
  });

  it('raises expression over what is no array', () => {
    expect(result(run(sum, { xs: 'no' }))).toEqual({ error: 'expression', at: '/do/0/loop' });
  });
});

describe('fork', () => {
  const branch = (name: string, value: unknown): Shorthand => ({
    [name]: set(value, { export: { as: `$context + { ${name}: . }` } }),
  });

  it('gives the outputs in the order of the branches and merges their exports', () => {
    const document = {
      do: [
        { f: { fork: { branches: [branch('a', 1), branch('b', 2)] } } },
        { all: set({ out: '${ . }', context: '${ $context }' }) },
      ],
    };
    expect(result(run(document))).toEqual({ output: { out: [1, 2], context: { a: 1, b: 2 } } });
  });

  it('shows no branch what a sibling exports', () => {
    const document = { do: [{ f: { fork: { branches: [branch('a', 1), { b: set('${ $context }') }] } } }] };
    expect(result(run(document, { n: 0 }))).toEqual({ output: [1, { n: 0 }] });
  });

  it('keeps of a race the output and the exports of the winner', () => {
    const document = {
      do: [
        { race: { fork: { compete: true, branches: [branch('a', 1), branch('b', 2)] } } },
        { all: set({ out: '${ . }', context: '${ $context }' }) },
      ],
    };
    const ran = run(document, {}, { race: [{ kind: 'winner', branch: 'b' }] });
    expect(result(ran)).toEqual({ output: { out: 2, context: { b: 2 } } });
  });

  it('ends at once for a failure that nothing sees, but not for an explicit raise', () => {
    const later = { b: { call: 's/b' } };
    const fails = run({ do: [{ f: { fork: { branches: [{ a: { call: 's/a' } }, later] } } }] }, {}, { a: [failed()] });
    expect(result(fails)).toEqual({ error: 'runtime', at: '/do/0/f/fork/branches/0/a' });
    expect(calls(fails)).toHaveLength(1);
    const raises = run({ do: [{ f: { fork: { branches: [{ a: { raise: { error: 'refused' } } }, later] } } }] });
    expect(result(raises)).toEqual({ error: 'refused', at: '/do/0/f/fork/branches/0/a' });
    expect(calls(raises)).toHaveLength(1);
  });

  it('runs every branch before it raises the first failure; a race leaves failures out', () => {
    const branches = [{ a: { call: 's/a' } }, { b: { call: 's/b' } }, { c: { call: 's/c' } }];
    const world = { a: [failed()], b: [structured({ b: 1 })], c: [failed('communication')] };
    const fork = { f: { fork: { branches } } };
    const all = run({ do: [{ g: { try: [fork], catch: { do: [{ x: set('${ $error.instance }') }] } } }] }, {}, world);
    expect(result(all)).toEqual({ output: '/do/0/g/try/0/f/fork/branches/0/a' });
    expect(calls(all)).toHaveLength(3);
    const race = run(
      { do: [{ f: { fork: { compete: true, branches }, output: { as: '.structuredContent' } } }] },
      {},
      world,
    );
    expect(result(race)).toEqual({ output: { b: 1 } });
    expect(race.effects.some(({ kind }) => kind === 'race')).toBe(false);
  });
});

describe('try', () => {
  const guarded = (
    handler: Shorthand,
    body: unknown = [{ call: { call: 's/t' } }],
    more: Shorthand = {},
  ): Shorthand => ({
    do: [{ guard: { try: body, catch: handler, ...more } }, { after: set({ got: '${ . }' }) }],
  });

  it('hands the error to the handler, on the input of the try', () => {
    const ran = run(
      guarded({
        as: 'e',
        do: [{ note: set({ type: '${ $e.type }', at: '${ $e.instance }', n: '${ .n }', detail: '${ $e.detail }' }) }],
      }),
      { n: 1 },
      { call: [failed()] },
    );
    expect(result(ran)).toEqual({
      output: {
        got: {
          type: 'https://open-workflow-specification.org/spec/1.0.0/errors/runtime',
          at: '/do/0/guard/try/0/call',
          n: 1,
          detail: 'runtime happened',
        },
      },
    });
    expect(ran.arms).toContain('/do/0/guard:caught');
  });

  it('swallows with neither handler nor retry, and gives its input', () => {
    expect(result(run(guarded({}), { n: 1 }, { call: [failed()] }))).toEqual({ output: { got: { n: 1 } } });
  });

  it.each<[string, Shorthand, boolean]>([
    [
      'an official type by its last segment',
      { errors: { type: 'https://serverlessworkflow.io/dsl/errors/types/runtime' } },
      true,
    ],
    ['another type', { errors: { type: 'https://open-workflow-specification.org/spec/1.0.0/errors/timeout' } }, false],
    ['a foreign type of the same last segment', { errors: { type: 'https://evil.example/runtime' } }, false],
    ['its status', { errors: { status: 500 } }, true],
    ['another status', { errors: { status: 404, type: 'https://serverlessworkflow.io/x/runtime' } }, false],
    ['when', { when: '$error.status >= 500' }, true],
    ['when not', { when: '$error.status < 500' }, false],
    ['exceptWhen', { exceptWhen: '$error.status >= 500' }, false],
  ])('filters by %s', (_, handler, caught) => {
    const outcome = result(run(guarded(handler), {}, { call: [failed()] }));
    expect(outcome).toEqual(caught ? { output: { got: {} } } : { error: 'runtime', at: '/do/0/guard/try/0/call' });
  });

  it('follows catch.then instead of its own', () => {
    const document = {
      do: [
        { guard: { try: [{ call: { call: 's/t' } }], catch: { then: 'failed' } } },
        { fine: set('fine', { then: 'end' }) },
        { failed: set('failed') },
      ],
    };
    expect(result(run(document))).toEqual({ output: 'fine' });
    expect(result(run(document, {}, { call: [failed()] }))).toEqual({ output: 'failed' });
  });

  it('catches explicit errors, and those of expressions', () => {
    const names = (body: unknown): unknown =>
      result(run(guarded({ do: [{ x: set('${ $error.type | split("/") | last }') }] }, body)));
    expect(names([{ r: { raise: { error: 'refused' } } }])).toEqual({ output: { got: 'refused' } });
    expect(names([{ r: set('${ 1 + "x" }') }])).toEqual({ output: { got: 'expression' } });
  });

  it('lets the handler raise to an outer try, which is not caught by itself', () => {
    const inner = {
      inner: { try: [{ call: { call: 's/t' } }], catch: { do: [{ r: { raise: { error: 'refused' } } }] } },
    };
    expect(result(run(guarded({ do: [{ x: set('${ $error.status }') }] }, [inner]), {}, { call: [failed()] }))).toEqual(
      { output: { got: 400 } },
    );
  });

  describe('retry', () => {
    const retried = (retry: Shorthand, handler: Shorthand = {}): Shorthand => guarded({ retry, ...handler });
    const waits = (ran: ReturnType<typeof run>): readonly number[] =>
      ran.effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.milliseconds] : []));

    it('counts the first attempt and raises again without a handler', () => {
      const ran = run(retried({ count: 3, delay: 10 }), {}, { call: [failed()] });
      expect(result(ran)).toEqual({ error: 'runtime', at: '/do/0/guard/try/0/call' });
      expect(calls(ran).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(waits(ran)).toEqual([10, 10]);
    });

    it('runs the handler after the last attempt, once, as no retry', () => {
      const ran = run(retried({ count: 2 }, { do: [{ undo: { call: 's/undo' } }] }), {}, { call: [failed()] });
      expect(calls(ran).map(({ tool: id, attempt }) => `${id} ${attempt}`)).toEqual(['s/t 1', 's/t 2', 's/undo 1']);
    });

    it('succeeds at a later attempt, on the input of the try', () => {
      const document = {
        do: [
          {
            guard: {
              try: [{ a: { call: 's/t', with: '${ . }' } }],
              catch: { retry: { count: 5 } },
              output: { as: '.structuredContent' },
            },
          },
        ],
      };
      const ran = run(document, { n: 1 }, { a: [failed(), failed(), structured('at last')] });
      expect(result(ran)).toEqual({ output: 'at last' });
      expect(argumentsOf(ran)).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    });

    it.each<[string, Shorthand, readonly number[]]>([
      ['constant', { delay: 5, count: 4 }, [5, 5, 5]],
      ['linear', { delay: 5, count: 4, backoff: { kind: 'linear', increment: 3 } }, [5, 8, 11]],
      [
        'exponential',
        { delay: 5, count: 5, backoff: { kind: 'exponential', multiplier: 2, max: 19 } },
        [5, 10, 19, 19],
      ],
      ['jitter', { delay: 5, count: 2, jitter: { from: 10, to: 20 } }, [20]],
      ['at most a duration', { delay: 10, totalDuration: 25 }, [10, 10]],
    ])('waits: %s', (_, retry, expected) => {
      expect(waits(run(retried(retry), {}, { call: [failed()] }))).toEqual(expected);
    });

    it('retries only what its conditions say', () => {
      const attempts = (retry: Shorthand): number =>
        calls(run(retried({ count: 3, ...retry }), {}, { call: [failed()] })).length;
      expect(attempts({ when: '$error.status == 500' })).toBe(3);
      expect(attempts({ when: '$error.status == 503' })).toBe(1);
      expect(attempts({ exceptWhen: '$error.status == 500' })).toBe(1);
    });

    it('limits each attempt, and catches that', () => {
      const document = guarded({ retry: { count: 2, attemptDuration: 50 }, do: [{ x: set('${ $error.status }') }] });
      const ran = run(document, {}, { call: [structured({}, 60)] });
      expect(result(ran)).toEqual({ output: { got: 408 } });
      expect(calls(ran)).toHaveLength(2);
    });
  });
});

describe('time', () => {
  it('times a task, a call and a workflow out', () => {
    const world = { t: [structured({}, 100)] };
    expect(result(run({ do: [{ a: { timeout: 99, do: [{ t: { call: 's/t' } }] } }] }, {}, world))).toEqual({
      error: 'timeout',
      at: '/do/0/a',
    });
    expect(result(run({ do: [{ t: { call: 's/t', within: 99 } }] }, {}, world))).toEqual({
      error: 'timeout',
      at: '/do/0/t',
    });
    expect(result(run({ timeout: 99, do: [{ t: { call: 's/t' } }] }, {}, world))).toEqual({ error: 'timeout', at: '' });
    expect(result(run({ timeout: 100, do: [{ t: { call: 's/t' } }, { x: set(1) }] }, {}, world))).toEqual({
      output: 1,
    });
  });

  it('does not let what is interrupted catch the interruption', () => {
    const inside = { guard: { try: [{ w: { wait: 100 } }], catch: { do: [{ x: set('caught') }] } } };
    expect(result(run({ do: [{ a: { timeout: 50, do: [inside] } }] }))).toEqual({ error: 'timeout', at: '/do/0/a' });
    const outside = {
      do: [
        {
          guard: {
            try: [{ a: { timeout: 50, do: [{ w: { wait: 100 } }] } }],
            catch: { do: [{ x: set('${ $error.instance }') }] },
          },
        },
      ],
    };
    expect(result(run(outside))).toEqual({ output: '/do/0/guard/try/0/a' });
  });

  it('adds waits up, and takes the longest branch of a fork', () => {
    const document = {
      do: [
        { w: { wait: 5 } },
        { f: { fork: { branches: [{ a: { wait: 10 } }, { b: { wait: 20 } }] } } },
        { x: set('${ $task.startedAt.epoch.milliseconds }') },
      ],
    };
    expect(result(run(document))).toEqual({ output: 25 });
  });
});

describe('calls', () => {
  const one = { do: [{ t: { call: 's/t', with: { a: '${ .n }' } } }] };

  it('gives the JSON-RPC result', () => {
    expect(result(run(one, { n: 1 }, { t: [structured({ x: 1 })] }))).toEqual({
      output: { structuredContent: { x: 1 } },
    });
  });

  it('raises runtime with the text where the tool reports an error', () => {
    const reply = {
      kind: 'result' as const,
      result: { isError: true, content: [{ type: 'text', text: 'no money' }] },
      elapsed: 0,
    };
    const ran = run(one, {}, { t: [reply] });
    expect(result(ran)).toEqual({ error: 'runtime', at: '/do/0/t' });
    expect(ran.outcome.kind === 'error' && ran.outcome.why).toBe('no money');
  });

  it.each<[string, { readonly output: JsonObject | undefined }, JsonObject]>([
    ['a structured reply outside the schema', { output: { type: 'string' } }, { structuredContent: 1 }],
    ['no structured reply where there is a schema', { output: {} }, { content: [] }],
    ['a structured reply where there is none', { output: undefined }, { structuredContent: 1, content: [] }],
    ['an image where there is only text', { output: undefined }, { content: [{ type: 'image' }] }],
    ['what is no value', { output: {} }, { structuredContent: { __entity: 1 } }],
  ])('raises validation for %s', (_what, more, reply) => {
    const { output: _, ...rest } = tool('s/t');
    const made = more.output === undefined ? rest : { ...rest, output: more.output };
    const ran = run(one, {}, { t: [{ kind: 'result', result: reply, elapsed: 0 }] }, { tools: [made] });
    expect(result(ran)).toEqual({ error: 'validation', at: '/do/0/t' });
  });

  it('raises validation where the arguments are no object', () => {
    expect(result(run({ do: [{ t: { call: 's/t', with: '${ 1 }' } }] }))).toEqual({
      error: 'validation',
      at: '/do/0/t',
    });
  });

  it('validates what a model says before anything reads it', () => {
    const document = { do: [{ i: { infer: { data: '${ . }', schema: { type: 'string', maxLength: 9 } } } }] };
    expect(result(run(document, {}, { i: [inferred('yes')] }))).toEqual({ output: 'yes' });
    expect(result(run(document, {}, { i: [inferred(1)] }))).toEqual({ error: 'validation', at: '/do/0/i' });
  });

  it('ends the run, uncaught, where an effect is refused', () => {
    const refused = {
      kind: 'refused' as const,
      refusals: [{ reason: 'capability' as const, id: 's/t', detail: 'not asked for' }],
    };
    const document = { do: [{ g: { try: [{ t: { call: 's/t' } }], catch: { do: [{ x: set(1) }] } } }] };
    expect(run(document, {}, { t: [refused] }).outcome).toMatchObject({
      kind: 'refused',
      action: 's/t',
      at: '/do/0/g/try/0/t',
    });
  });

  it('asks before it returns', () => {
    const ran = run({ do: [{ a: set(1) }] });
    expect(ran.effects).toMatchObject([{ kind: 'return', at: '', value: { value: 1 } }]);
  });
});

describe('history', () => {
  const pay = tool('pay/send', { sum: ['/amount' as never], key: '/reference' as never });
  const send = (name: string, args: Shorthand): Shorthand => ({ [name]: { call: 'pay/send', with: args } });

  it('counts distinct intents and sums their amounts, before each call', () => {
    const document = {
      do: [
        send('a', { amount: 5, reference: 'x' }),
        send('b', { amount: 7, reference: 'x' }),
        send('c', { amount: 1, reference: 'y' }),
        send('d', { amount: -9 }),
        send('e', {}),
      ],
    };
    const ran = run(document, {}, {}, { tools: [pay] });
    const seen = calls(ran).map(({ history, keyed }) => [
      history.calls.get('pay/send') ?? 0,
      history.totals.get('pay/send')?.get('/amount' as never) ?? 0,
      keyed,
    ]);
    expect(seen).toEqual([
      [0, 0, true],
      [0, 0, true],
      [1, 7, true],
      [2, 8, false],
      [3, 8, false],
    ]);
  });

  it('counts, in a branch, what siblings may still do', () => {
    const document = {
      do: [
        { f: { fork: { branches: [send('a', {}), send('b', {}), { c: { if: 'false', do: [send('d', {})] } }] } } },
        send('z', {}),
      ],
    };
    const seen = calls(run(document, {}, {}, { tools: [pay] })).map(
      ({ history }) => history.calls.get('pay/send') ?? 0,
    );
    expect(seen).toEqual([2, 2, 2]);
  });
});

describe('history in a fork', () => {
  it('takes a loop of a sibling for as many calls as the budget allows', () => {
    const loop = { l: { for: { in: '[1]' }, do: [{ b: { call: 's/t' } }] } };
    const ran = run(
      { do: [{ f: { fork: { branches: [{ a: { call: 's/t' } }, loop] } } }] },
      {},
      {},
      { budgets: { ...BUDGETS, calls: 7 } },
    );
    expect(calls(ran).map(({ history }) => history.calls.get('s/t'))).toEqual([7, 1]);
  });
});

describe('approval', () => {
  const args = { to: 'a', amount: 1 };
  const approve = { approve: { tool: 'pay/send', arguments: args } };
  const pay = { call: 'pay/send', with: args };
  const flags = (document: Shorthand, world = {}): readonly (readonly [boolean, number])[] =>
    calls(run(document, {}, world, { tools: [tool('pay/send', { key: '/key' as never })] })).map(
      ({ approved, approvers }) => [approved, approvers.length],
    );

  it('holds for one call with equal arguments', () => {
    expect(flags({ do: [{ a: approve }, { p: pay }, { q: pay }] })).toEqual([
      [true, 1],
      [false, 0],
    ]);
    expect(flags({ do: [{ a: approve }, { p: { ...pay, with: { ...args, amount: 2 } } }] })).toEqual([[false, 0]]);
    expect(flags({ do: [{ p: pay }, { a: approve }] })).toEqual([[false, 0]]);
    expect(flags({ do: [{ a: approve }, { p: { call: 'pay/other', with: args } }] })).toEqual([[false, 0]]);
  });

  it('counts distinct people, and one call uses them all up', () => {
    const world = { a: [approval(true, 'ann')], b: [approval(true, 'bob')], c: [approval(true, 'ann')] };
    expect(flags({ do: [{ a: approve }, { b: approve }, { c: approve }, { p: pay }, { q: pay }] }, world)).toEqual([
      [true, 2],
      [false, 0],
    ]);
  });

  it('is shared by retries with the same key, by nothing else', () => {
    const retried = (with_: Shorthand): Shorthand => ({
      do: [
        { a: { approve: { tool: 'pay/send', arguments: with_ } } },
        {
          g: {
            try: [{ p: { call: 'pay/send', with: with_ } }],
            catch: { retry: { count: 2 }, do: [{ h: { call: 'pay/send', with: with_ } }] },
          },
        },
      ],
    });
    expect(flags(retried({ ...args, key: 'k' }), { p: [failed()] })).toEqual([
      [true, 1],
      [true, 1],
      [false, 0],
    ]);
    expect(flags(retried(args), { p: [failed()] })).toEqual([
      [true, 1],
      [false, 0],
      [false, 0],
    ]);
  });

  it('is one for all iterations of a loop', () => {
    const loop = { for: { in: '[1, 2]' }, do: [{ p: pay }] };
    expect(flags({ do: [{ a: approve }, { l: loop }] })).toEqual([
      [true, 1],
      [false, 0],
    ]);
  });

  it('gives who approved, or raises the named error', () => {
    const document = { do: [{ a: { ...approve, output: { as: '.by' } } }] };
    expect(result(run(document, {}, {}, { tools: [tool('pay/send')] }))).toEqual({ output: 'ann' });
    expect(result(run(document, {}, { a: [approval(false)] }, { tools: [tool('pay/send')] }))).toEqual({
      error: 'declined',
      at: '/do/0/a',
    });
  });

  it('does not reach siblings in a fork, but the tasks behind it', () => {
    const fork = { fork: { branches: [{ a: approve }, { p: pay }] } };
    expect(flags({ do: [{ f: fork }, { q: pay }] })).toEqual([
      [false, 0],
      [true, 1],
    ]);
  });
});

describe('run', () => {
  const pay = { call: 'pay/send', with: { to: 'a' } };
  const approve = { approve: { tool: 'pay/send', arguments: { to: 'a' } } };
  const callee = (document: Shorthand) => program(document, {}, 'callee');
  const caller = (more: Shorthand = {}, tasks: readonly Shorthand[] = []): Shorthand => ({
    do: [...tasks, { r: { run: { workflow: 'test/callee', input: { n: '${ .n }' } }, ...more } }],
  });

  it('runs a workflow with a $context of its own and gives its output', () => {
    const callees = [
      callee({
        do: [{ x: set({ context: '${ $context }' }, { export: { as: '{ gone: 1 }' } }) }],
        output: { as: '. + { c: $context }' },
      }),
    ];
    const ran = run(
      { do: [...(caller()['do'] as Shorthand[]), { y: set({ out: '${ . }', mine: '${ $context }' }) }] },
      { n: 4 },
      {},
      { callees },
    );
    expect(result(ran)).toEqual({ output: { out: { context: { n: 4 }, c: { gone: 1 } }, mine: { n: 4 } } });
    expect(ran.tasks).toEqual(['/do/0/r', '/do/0/r#/do/0/x', '/do/1/y']);
  });

  it('ends the callee alone at end, and brings its errors back', () => {
    const ends = run(
      caller(),
      { n: 1 },
      {},
      { callees: [callee({ do: [{ x: set('x', { then: 'end' }) }, { y: set('y') }] })] },
    );
    expect(result(ends)).toEqual({ output: 'x' });
    const raises = run(caller(), { n: 1 }, {}, { callees: [callee({ do: [{ x: { raise: { error: 'refused' } } }] })] });
    expect(result(raises)).toEqual({ error: 'refused', at: '/do/0/r#/do/0/x' });
  });

  it('OWS-run-10: does not let approvals cross, in either direction', () => {
    const approved = (ran: ReturnType<typeof run>): readonly boolean[] => calls(ran).map((call) => call.approved);
    expect(approved(run(caller({}, [{ a: approve }]), {}, {}, { callees: [callee({ do: [{ p: pay }] })] }))).toEqual([
      false,
    ]);
    const back = { do: [...(caller()['do'] as Shorthand[]), { p: pay }] };
    expect(approved(run(back, {}, {}, { callees: [callee({ do: [{ a: approve }] })] }))).toEqual([false]);
  });

  it('OWS-run-11: counts the calls of the callee in the history and the budgets of the caller', () => {
    const callees = [callee({ do: [{ p: pay }] })];
    const ran = run(caller({}, [{ p: pay }]), {}, {}, { callees });
    expect(calls(ran).map(({ history }) => history.calls.get('pay/send') ?? 0)).toEqual([0, 1]);
    const over = run(caller({}, [{ p: pay }]), {}, {}, { callees, budgets: { ...BUDGETS, calls: 1 } });
    expect(over.outcome).toMatchObject({ kind: 'over-budget', budget: 'calls', at: '/do/1/r#/do/0/p' });
  });

  it('OWS-run-09: gives the callee the labels of its caller', () => {
    const callees = [callee({ do: [{ p: { call: 's/t', with: { n: '${ .n }' } } }] })];
    const inputs = [{ workflow: 'test/main', pointers: ['/n' as never], trust: true, secrecy: ['internal'] }];
    const [call] = calls(run(caller(), { n: 1 }, {}, { callees, inputs }));
    expect(call?.arguments.fields.get('n')?.label).toMatchObject({ influence: ['user'], secrecy: ['internal'] });
  });
});

describe('budgets', () => {
  const loop = {
    do: [
      {
        l: {
          for: { in: '[range(100)]' },
          do: [{ t: { call: 's/t' } }, { i: { infer: { data: 1, schema: { type: 'null' } } } }, { w: { wait: 10 } }],
        },
      },
    ],
  };
  it.each([
    ['tasks', 5],
    ['calls', 3],
    ['infers', 3],
    ['time', 25],
  ] as const)('ends the run over its %s', (budget, limit) => {
    expect(run(loop, {}, {}, { budgets: { ...BUDGETS, [budget]: limit } }).outcome).toMatchObject({
      kind: 'over-budget',
      budget,
      limit,
    });
  });

  it('cannot be caught', () => {
    const document = { do: [{ g: { try: [{ l: { call: 's/t' } }], catch: {} } }] };
    expect(run(document, {}, {}, { budgets: { ...BUDGETS, calls: 0 } }).outcome).toMatchObject({
      kind: 'over-budget',
      budget: 'calls',
    });
  });

  it('bounds the work of expressions and the size of what they build', () => {
    const busy = {
      do: [{ l: { for: { in: '[range(1000)]' }, do: [{ x: set('${ [range(1000)] | map(. + 1) | add }') }] } }],
    };
    expect(run(busy, {}, {}, { steps: 50_000 }).outcome).toMatchObject({ kind: 'over-budget', budget: 'steps' });
    const doubling = { do: [{ l: { for: { in: '[range(60)]' }, do: [{ x: set({ a: '${ . }', b: '${ . }' }) }] } }] };
    expect(run(doubling, 'x').outcome).toMatchObject({ kind: 'over-budget', budget: 'steps' });
  });
});
