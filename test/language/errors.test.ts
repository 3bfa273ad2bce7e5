import { describe, expect, it } from 'vitest';
import type { FailureName, Reply } from '../../src/machine/effect.ts';
import { argumentsOf, failed, structured } from '../../src/machine/testing.ts';
import { compile, end, findingsOf, type Members, raise, run, set, standard, tool } from './harness.ts';

/** DSL, "Fault Tolerance", "Timeouts"; reference, "Try", "Catch", "Error", "Retry", "Timeout", "Duration", "Wait", "Raise". */

const guarded = (body: readonly object[], handler: Members = {}, more: Members = {}): Members => ({
  do: [{ g: { try: body, catch: handler } }, { after: set('${ { got: . } }') }],
  ...more,
});
const showError = { do: [{ show: set('${ $error }') }] };
const fails = (name: FailureName, elapsed = 0): Reply => ({ kind: 'failure', error: name, detail: 'why', elapsed });

describe('errors', () => {
  it('OWS-err-01, OWS-err-02: are problem details, whose instance points to the task that raised them', () => {
    const body = [{ d: { do: [{ t: tool() }] } }];
    expect(end(guarded(body, showError), {}, { t: [failed('communication')] })).toEqual({
      output: {
        got: {
          type: standard('communication'),
          status: 500,
          title: 'Communication Error',
          detail: 'communication happened',
          instance: '/do/0/g/try/0/d/do/0/t',
        },
      },
    });
  });

  const error = (more: Members) => ({
    do: [{ a: { raise: { error: { type: 'https://x.example/e', status: 400, ...more } } } }],
  });

  it('OWS-err-03: have a literal absolute URI for a type, which ends in a name', () => {
    const { type: _, ...untyped } = { type: '', status: 400 };
    expect(findingsOf({ do: [{ a: { raise: { error: untyped } } }] })).toEqual([
      'missing-key /do/0/a/raise/error type',
    ]);
    for (const [type, why] of [
      ['${ .t }', 'an error type is a literal'],
      ['https://x.example/{name}', 'an error type ends in a name'],
      ['just-a-name', 'an error type is an absolute URI'],
      ['https://x.example/', 'an error type ends in a name'],
    ]) {
      expect(findingsOf(error({ type }))).toEqual([
        expect.stringContaining(`invalid-value /do/0/a/raise/error/type ${why}`),
      ]);
    }
  });

  it('OWS-err-04: have an integer for a status', () => {
    expect(findingsOf({ do: [{ a: { raise: { error: { type: 'https://x.example/e' } } } }] })).toEqual([
      'missing-key /do/0/a/raise/error status',
    ]);
    for (const status of ['400', 400.5])
      expect(findingsOf(error({ status }))).toEqual([expect.stringContaining('wrong-type /do/0/a/raise/error/status')]);
  });

  it('OWS-err-05: get an instance where they are raised, unless they name one', () => {
    const shown = (more: Members) =>
      end(guarded([{ r: raise('e', more) }], { do: [{ s: set('${ $error.instance }') }] }));
    expect(shown({})).toEqual({ output: { got: '/do/0/g/try/0/r' } });
    expect(shown({ instance: '/some/where' })).toEqual({ output: { got: '/some/where' } });
    expect(shown({ instance: '${ "/of/\\(.n)" }' })).toEqual({ output: { got: '/of/null' } });
    expect(findingsOf(error({ instance: 'nowhere' }))).toEqual([
      expect.stringContaining('invalid-value /do/0/a/raise/error/instance'),
    ]);
  });

  it('OWS-err-06: have texts or expressions for title and detail', () => {
    const body = [{ r: raise('e', { title: 'A title', detail: '${ "n is \\(.n)" }' }) }];
    expect(end(guarded(body, { do: [{ s: set('${ [$error.title, $error.detail] }') }] }), { n: 1 })).toEqual({
      output: { got: ['A title', 'n is 1'] },
    });
  });

  it.each([
    [
      'OWS-err-11',
      'validation',
      400,
      { x: set({ n: 1 }, { input: { schema: { document: { type: 'string' } } } }) },
      {},
    ],
    ['OWS-err-12', 'expression', 400, { x: set('${ .n + "" }') }, { n: 1 }],
    ['OWS-err-16', 'timeout', 408, { x: { wait: 'PT2S', timeout: { after: 'PT1S' } } }, {}],
  ])('%s: %s has the status %i', (_, name, status, task, input) => {
    expect(end(guarded([task], { do: [{ s: set('${ $error | [.type, .status] }') }] }), input)).toEqual({
      output: { got: [standard(name), status] },
    });
  });

  it.each([
    ['OWS-err-13', 'authentication', 401],
    ['OWS-err-14', 'authorization', 403],
    ['OWS-err-16', 'timeout', 408],
    ['OWS-err-17', 'communication', 500],
    ['OWS-err-18', 'runtime', 500],
    ['OWS-err-11', 'validation', 400],
  ] as const)('%s: a call that fails with %s has the status %i', (_, name, status) => {
    expect(
      end(guarded([{ t: tool() }], { do: [{ s: set('${ $error | [.type, .status] }') }] }), {}, { t: [fails(name)] }),
    ).toEqual({ output: { got: [standard(name), status] } });
  });

  it('OWS-err-10: configuration is a name like the others, though nothing here raises it', () => {
    const handler = { errors: { with: { type: standard('configuration') } } };
    expect(
      end(guarded([{ r: { raise: { error: { type: standard('configuration'), status: 400 } } } }], handler)),
    ).toEqual({
      output: { got: {} },
    });
  });

  const FORMS = [
    'https://open-workflow-specification.org/spec/1.0.0/errors/',
    'https://serverlessworkflow.io/spec/1.0.0/errors/',
    'https://open-workflow-specification.org/dsl/errors/types/',
    'https://serverlessworkflow.io/dsl/errors/types/',
    'https://open-workflow-specification.org/errors/types/',
    'https://serverlessworkflow.io/errors/',
  ];

  it.each(FORMS)('OWS-err-19: the standard types are the same ones under %s', (prefix) => {
    const filter = (name: string) => ({ errors: { with: { type: `${prefix}${name}` } } });
    expect(end(guarded([{ t: tool() }], filter('runtime')), {}, { t: [failed()] })).toEqual({ output: { got: {} } });
    expect(end(guarded([{ t: tool() }], filter('timeout')), {}, { t: [failed()] })).toMatchObject({ error: 'runtime' });
    const raised = { r: { raise: { error: { type: `${prefix}timeout`, status: 408 } } } };
    expect(end(guarded([raised], { errors: { with: { type: standard('timeout') } } }))).toEqual({
      output: { got: {} },
    });
  });

  it('OWS-err-19: a trailing slash or a fragment makes no other type of them', () => {
    for (const type of [`${standard('timeout')}/`, `${standard('timeout')}#408`]) {
      const raised = { r: { raise: { error: { type, status: 408 } } } };
      expect(end(guarded([raised], { errors: { with: { type: standard('timeout') } } }))).toEqual({
        output: { got: {} },
      });
    }
  });

  it('OWS-err-19: but not under an address of somebody else', () => {
    for (const prefix of [
      'https://open-workflow-specification.org.evil.example/errors/',
      'http://serverlessworkflow.io/errors/',
      'https://x.example/errors/',
    ]) {
      const filter = { errors: { with: { type: `${prefix}runtime` } } };
      expect(end(guarded([{ t: tool() }], filter), {}, { t: [failed()] })).toMatchObject({ error: 'runtime' });
    }
  });
});

describe('raise', () => {
  const errors = { gone: { type: 'https://x.example/errors/gone', status: 410, title: 'Gone', detail: '${ .why }' } };

  it('OWS-raise-01: raises an error, which faults the workflow unless it is caught', () => {
    const ran = run({ do: [{ a: raise('broken') }] });
    expect(ran.outcome).toMatchObject({ kind: 'error', name: 'broken', at: '/do/0/a', explicit: true });
    expect(end(guarded([{ a: raise('broken') }]))).toEqual({ output: { got: {} } });
  });

  it('OWS-raise-02, OWS-use-03: raises an error of use.errors by its name, with what that says', () => {
    const document = guarded([{ a: { raise: { error: 'gone' } } }], showError, { use: { errors } });
    expect(end(document, { why: 'sold' })).toEqual({
      output: {
        got: { type: errors.gone.type, status: 410, title: 'Gone', detail: 'sold', instance: '/do/0/g/try/0/a' },
      },
    });
  });

  it('OWS-raise-02: refuses a name that use.errors has not, with the one that was meant', () => {
    const use = { errors: { gone: { type: 'https://x.example/errors/gone', status: 410 } } };
    expect(findingsOf({ use, do: [{ a: { raise: { error: 'gon' } } }] })).toEqual([
      'unknown-error /do/0/a/raise/error gon; gone',
    ]);
    expect(findingsOf({ use, do: [{ a: { raise: { error: 'timeout' } } }] })).toEqual([
      'unknown-error /do/0/a/raise/error timeout; timeout',
    ]);
  });

  it('OWS-use-03: refuses a key that promises one standard error and raises another', () => {
    const use = { errors: { timeout: { type: standard('runtime'), status: 500 } } };
    expect(findingsOf({ use, do: [{ a: { raise: { error: 'timeout' } } }] })).toContainEqual(
      expect.stringContaining('identity-mismatch /use/errors/timeout/type'),
    );
  });
});

describe('try', () => {
  it('OWS-try-01: performs its tasks, and nothing of the catch where they succeed', () => {
    const document = guarded([{ a: set({ x: 1 }) }, { b: set('${ . + { y: 2 } }') }], {
      do: [{ c: tool() }],
      then: 'end',
    });
    const ran = run(document);
    expect(ran.outcome).toMatchObject({ kind: 'output' });
    expect(end(document)).toEqual({ output: { got: { x: 1, y: 2 } } });
    expect(ran.effects.map(({ kind }) => kind)).toEqual(['return']);
  });

  const failing = [{ t: tool() }];
  const world = { t: [failed('communication')] };
  const caughtBy = (handler: Members) => end(guarded(failing, handler), {}, world);
  const CAUGHT = { output: { got: {} } };
  const PASSED = { error: 'communication', at: '/do/0/g/try/0/t' };

  it.each([
    ['type', standard('communication'), standard('timeout')],
    ['status', 500, 503],
    ['title', 'Communication Error', 'Communication'],
    ['detail', 'communication happened', 'communication'],
    ['instance', '/do/0/g/try/0/t', '/do/0/g/try/0'],
  ])('OWS-try-02: catches only errors whose %s is the one of errors.with', (key, same, other) => {
    expect(caughtBy({ errors: { with: { [key]: same } } })).toEqual(CAUGHT);
    expect(caughtBy({ errors: { with: { [key]: other } } })).toEqual(PASSED);
  });

  it('OWS-try-02: catches only errors that match all of them', () => {
    expect(caughtBy({ errors: { with: { type: standard('communication'), status: 500 } } })).toEqual(CAUGHT);
    expect(caughtBy({ errors: { with: { type: standard('communication'), status: 503 } } })).toEqual(PASSED);
  });

  it('OWS-try-02: filters by literals', () => {
    expect(findingsOf(guarded(failing, { errors: { with: { title: '${ .t }' } } }))).toEqual([
      expect.stringContaining('invalid-value /do/0/g/catch/errors/with/title'),
    ]);
  });

  it('OWS-try-03: gives the error to the variable that as names, by default $error, in the catch alone', () => {
    expect(end(guarded(failing, { do: [{ s: set('${ $error.status }') }] }), {}, world)).toEqual({
      output: { got: 500 },
    });
    expect(
      end(guarded(failing, { as: 'e', when: '$e.status == 500', do: [{ s: set('${ $e.status }') }] }), {}, world),
    ).toEqual({ output: { got: 500 } });
    const outside = { do: [{ g: { try: failing, catch: { as: 'e' } } }, { s: set('${ $e }') }] };
    expect(findingsOf(outside)).toEqual([expect.stringContaining('unknown-variable /do/1/s/set')]);
    expect(findingsOf(guarded([{ s: set('${ $error }') }]))).toEqual([
      expect.stringContaining('unknown-variable /do/0/g/try/0/s/set'),
    ]);
  });

  it('OWS-try-03: shadows the error of a catch around, and gives it back', () => {
    const inner = { g2: { try: [{ r: raise('inner') }], catch: { do: [{ s: set('${ [$error.type] }') }] } } };
    const handler = { do: [inner, { s2: set('${ . + [$error.type] }') }] };
    expect(end(guarded([{ r: raise('outer') }], handler))).toEqual({
      output: { got: ['https://x.example/errors/inner', 'https://x.example/errors/outer'] },
    });
  });

  it('OWS-try-04: catches the filtered errors where when holds', () => {
    expect(caughtBy({ when: '$error.status == 500' })).toEqual(CAUGHT);
    expect(caughtBy({ when: '$error.status == 501' })).toEqual(PASSED);
    expect(caughtBy({ errors: { with: { status: 501 } }, when: 'true' })).toEqual(PASSED);
  });

  it('OWS-try-05: does not catch where exceptWhen holds', () => {
    expect(caughtBy({ exceptWhen: '$error.status == 500' })).toEqual(PASSED);
    expect(caughtBy({ exceptWhen: '$error.status == 501' })).toEqual(CAUGHT);
    expect(caughtBy({ when: 'true', exceptWhen: 'true' })).toEqual(PASSED);
  });

  it('OWS-try-06, OWS-use-06: retries by an inline policy or by one of use.retries', () => {
    const policy = { delay: 'PT1S', limit: { attempt: { count: 3 } } };
    for (const [retry, more] of [
      [policy, {}],
      ['again', { use: { retries: { again: policy } } }],
    ] as const) {
      const ran = run(guarded(failing, { retry }, more), {}, { t: [failed(), failed(), structured(1)] });
      expect(ran.outcome.kind).toBe('output');
      expect(ran.effects.map(({ kind }) => kind)).toEqual(['call', 'wait', 'call', 'wait', 'call', 'return']);
    }
    expect(findingsOf(guarded(failing, { retry: 'agian' }, { use: { retries: { again: policy } } }))).toEqual([
      'unknown-reference /do/0/g/catch/retry retry; agian; again',
    ]);
  });

  it('OWS-try-07, OWS-try-10: runs the tasks of do on the input of the try; their output is that of the try', () => {
    const body = [{ a: set({ lost: 1 }) }, { t: tool() }];
    const document = guarded(body, { do: [{ c: set('${ { was: . } }') }, { d: set('${ [.] }') }] });
    expect(end(document, { n: 1 }, world)).toEqual({ output: { got: [{ was: { n: 1 } }] } });
  });

  it('OWS-try-10: gives its input where do is missing, and keeps what was exported', () => {
    const body = [{ a: set({ lost: 1 }, { export: { as: '{ kept: . }' } }) }, { t: tool() }];
    const document = { do: [{ g: { try: body, catch: {}, output: { as: '[., $context]' } } }] };
    expect(end(document, { n: 1 }, world)).toEqual({ output: [{ n: 1 }, { kept: { lost: 1 } }] });
  });

  it('OWS-try-08: follows catch.then behind do, instead of its own then, on the error path alone', () => {
    const guard = { try: failing, catch: { do: [{ c: set({ c: 1 }) }], then: 'failed' }, then: 'fine' };
    const document = {
      do: [{ g: guard }, { fine: set('${ { fine: . } }', { then: 'end' }) }, { failed: set('${ { failed: . } }') }],
    };
    expect(end(document, {}, world)).toEqual({ output: { failed: { c: 1 } } });
    expect(end(document, {}, { t: [structured(1)] })).toEqual({ output: { fine: { structuredContent: 1 } } });
    const bare = {
      do: [{ g: { try: failing, catch: { then: 'end' }, output: { as: '"o"' } } }, { x: set({ no: 1 }) }],
    };
    expect(end(bare, {}, world)).toEqual({ output: 'o' });
    const exits = {
      do: [
        { d: { do: [{ g: { try: failing, catch: { then: 'exit' } } }, { x: set({ no: 1 }) }] } },
        { z: set('${ [.] }') },
      ],
    };
    expect(end(exits, {}, world)).toEqual({ output: [{}] });
  });

  it('OWS-try-08: transforms and exports on the error path as well', () => {
    const guard = { try: failing, catch: { then: 'z' }, output: { as: '{ o: 1 }' }, export: { as: '{ e: . }' } };
    expect(end({ do: [{ g: guard }, { y: set({ no: 1 }) }, { z: set('${ [., $context] }') }] }, {}, world)).toEqual({
      output: [{ o: 1 }, { e: { o: 1 } }],
    });
  });

  it('OWS-try-09: lets pass what it does not catch, to a try around it', () => {
    const inner = { g2: { try: failing, catch: { errors: { with: { status: 1 } } } } };
    expect(end(guarded([inner], { do: [{ s: set('${ $error.instance }') }] }), {}, world)).toEqual({
      output: { got: '/do/0/g/try/0/g2/try/0/t' },
    });
    expect(end(guarded([inner], { errors: { with: { status: 2 } } }), {}, world)).toEqual({
      error: 'communication',
      at: '/do/0/g/try/0/g2/try/0/t',
    });
  });

  it('OWS-try-11: does not catch what its own handler raises, nor a failing condition of its own', () => {
    expect(end(guarded(failing, { do: [{ r: raise('again') }] }), {}, world)).toEqual({
      error: 'again',
      at: '/do/0/g/catch/do/0/r',
    });
    expect(end(guarded(failing, { when: '$error.status.x' }), {}, world)).toEqual({
      error: 'expression',
      at: '/do/0/g',
    });
  });

  it('OWS-try-12: does not catch that the input or output of the whole task fails', () => {
    const guard = { try: [{ a: set({ n: 1 }) }], catch: {}, output: { as: '.n.m' } };
    expect(end({ do: [{ g: guard }] })).toEqual({ error: 'expression', at: '/do/0/g' });
    expect(end({ do: [{ g: { ...guard, output: {}, input: { from: '.n.m' } } }] }, { n: 1 })).toEqual({
      error: 'expression',
      at: '/do/0/g',
    });
  });
});

describe('retry', () => {
  const policy = (more: Members): Members => ({ limit: { attempt: { count: 4 } }, ...more });
  const attempts = (retry: Members, world: readonly Reply[] = [failed()], handler: Members = {}) => {
    const document = guarded([{ t: tool('${ { now: $task.startedAt.epoch.milliseconds, got: . } }') }], {
      retry,
      ...handler,
    });
    const { effects, outcome } = run(document, { n: 1 }, { t: world, g: [{ kind: 'jitter', fraction: 0.25 }] });
    const waits = effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.milliseconds] : []));
    const called = effects.flatMap((effect) => (effect.kind === 'call' ? [effect] : []));
    return { waits, called, outcome, count: called.length };
  };

  it('OWS-retry-01: tries again where when holds', () => {
    expect(attempts(policy({ when: '$error.status == 500' })).count).toBe(4);
    expect(attempts(policy({ when: '$error.status == 501' })).count).toBe(1);
  });

  it('OWS-retry-02: does not try again where exceptWhen holds', () => {
    expect(attempts(policy({ exceptWhen: '$error.status == 500' })).count).toBe(1);
    expect(attempts(policy({ exceptWhen: '$error.status == 501' })).count).toBe(4);
  });

  it('OWS-retry-01, OWS-retry-02: asks anew at every failure', () => {
    const world = [fails('communication'), fails('runtime'), fails('timeout')];
    expect(attempts(policy({ when: '$error.status == 500' }), world).count).toBe(3);
    expect(attempts(policy({ exceptWhen: '$error.status == 408' }), world).count).toBe(3);
  });

  it('OWS-retry-03: waits the delay between attempts, not before the first and not after the last', () => {
    const { waits, called } = attempts(policy({ delay: { seconds: 1 } }));
    expect(waits).toEqual([1000, 1000, 1000]);
    expect(called.map((call) => call.arguments.fields.get('now'))).toMatchObject(
      [0, 1000, 2000, 3000].map((value) => ({ value })),
    );
  });

  it('OWS-retry-03: waits not at all without a delay', () => {
    expect(attempts(policy({})).waits).toEqual([]);
  });

  it('OWS-retry-04: makes at most attempt.count attempts, the first included', () => {
    for (const count of [1, 2, 5]) expect(attempts({ limit: { attempt: { count } } }).count).toBe(count);
    for (const count of [0, -1, 1001]) {
      expect(findingsOf(guarded([{ t: tool() }], { retry: { limit: { attempt: { count } } } }))).toEqual([
        expect.stringContaining('invalid-value /do/0/g/catch/retry/limit/attempt/count'),
      ]);
    }
  });

  it('OWS-retry-05: limits every attempt by attempt.duration; what runs out is tried again', () => {
    const retry = { limit: { attempt: { count: 3, duration: 'PT1S' } } };
    const slow = structured(1, 1500);
    expect(attempts(retry, [slow]).count).toBe(3);
    expect(attempts(retry, [slow]).outcome).toMatchObject({ kind: 'error', name: 'timeout' });
    expect(attempts(retry, [slow, structured(2, 900)]).outcome.kind).toBe('output');
  });

  it('OWS-retry-06: tries again only as long as duration allows, delay included', () => {
    const retry = (duration: string) => policy({ delay: 'PT1S', limit: { attempt: { count: 9 }, duration } });
    expect(attempts(retry('PT2.5S')).count).toBe(3);
    expect(attempts(retry('PT2S')).count).toBe(3);
    expect(attempts(retry('PT1.9S')).count).toBe(2);
    expect(attempts(retry('PT2.5S'), [failed('runtime', 700)]).count).toBe(2);
  });

  it('OWS-retry-07: waits the same each time with a constant backoff, which is the default', () => {
    expect(attempts(policy({ delay: 'PT2S', backoff: { constant: {} } })).waits).toEqual([2000, 2000, 2000]);
  });

  it('OWS-retry-08: waits longer by the same each time with a linear backoff', () => {
    expect(attempts(policy({ delay: 'PT2S', backoff: { linear: {} } })).waits).toEqual([2000, 4000, 6000]);
    expect(attempts(policy({ delay: 'PT2S', backoff: { linear: { increment: 'PT1S' } } })).waits).toEqual([
      2000, 3000, 4000,
    ]);
  });

  it('OWS-retry-09: waits longer by a factor each time with an exponential backoff', () => {
    expect(attempts(policy({ delay: 'PT2S', backoff: { exponential: {} } })).waits).toEqual([2000, 4000, 8000]);
    const most = { exponential: { multiplier: 3, max: 'PT10S' } };
    expect(attempts(policy({ delay: 'PT2S', backoff: most })).waits).toEqual([2000, 6000, 10_000]);
  });

  it('OWS-retry-10: has one backoff', () => {
    const found = (backoff: object) => findingsOf(guarded([{ t: tool() }], { retry: policy({ backoff }) }));
    expect(found({ constant: {}, linear: {} })).toEqual([
      'invalid-value /do/0/g/catch/retry/backoff a backoff is one of constant, linear and exponential',
    ]);
    expect(found({})).toEqual([
      'invalid-value /do/0/g/catch/retry/backoff a backoff is one of constant, linear and exponential',
    ]);
  });

  it('OWS-retry-11: adds a jitter between from and to, drawn from the seed', () => {
    const { waits } = attempts(
      policy({
        delay: 'PT1S',
        backoff: { linear: {} },
        jitter: { from: { milliseconds: 100 }, to: { milliseconds: 300 } },
      }),
    );
    expect(waits).toEqual([1150, 2150, 3150]);
    const found = (jitter: object) => findingsOf(guarded([{ t: tool() }], { retry: policy({ jitter }) }));
    expect(found({ from: 'PT1S' })).toEqual(['missing-key /do/0/g/catch/retry/jitter to']);
    expect(found({ from: 'PT2S', to: 'PT1S' })).toEqual([
      expect.stringContaining('invalid-value /do/0/g/catch/retry/jitter'),
    ]);
  });

  it('OWS-retry-12: runs all of try again, on the same input, and with what was exported before', () => {
    const body = [
      { a: set({ in: '${ . }', seen: '${ $context }' }, { export: { as: '{ n: (($context.n // 0) + 1) }' } }) },
      { t: tool('${ . }') },
    ];
    const ran = run(guarded(body, { retry: policy({}) }), { k: 1 }, { t: [failed(), failed(), structured(1)] });
    expect(argumentsOf(ran)).toEqual([
      { in: { k: 1 }, seen: { k: 1 } },
      { in: { k: 1 }, seen: { n: 1 } },
      { in: { k: 1 }, seen: { n: 2 } },
    ]);
  });

  it('OWS-retry-13: raises the last error again where attempts run out, or hands it to do', () => {
    const world = [fails('communication'), fails('runtime')];
    expect(attempts({ limit: { attempt: { count: 2 } } }, world).outcome).toMatchObject({
      kind: 'error',
      name: 'runtime',
    });
    const handled = end(
      guarded([{ t: tool() }], { retry: { limit: { attempt: { count: 2 } } }, do: [{ s: set('${ $error.status }') }] }),
      {},
      { t: world },
    );
    expect(handled).toEqual({ output: { got: 500 } });
  });
});

describe('timeouts', () => {
  const slow = { t: [structured(1, 2000)] };
  const after = (duration: unknown) => ({ timeout: { after: duration } });

  it('OWS-time-01, OWS-time-02: interrupt a task of any kind that takes longer, and raise an error', () => {
    const bodies: readonly (readonly [string, Members])[] = [
      ['call', tool()],
      ['wait', { wait: 'PT2S' }],
      ['do', { do: [{ t: tool() }, { u: tool() }] }],
      ['for', { for: { in: '[1, 2]' }, do: [{ w: { wait: 'PT1S' } }] }],
      ['fork', { fork: { branches: [{ w: { wait: 'PT2S' } }, { u: tool() }] } }],
      ['try', { try: [{ w: { wait: 'PT2S' } }], catch: { do: [{ x: set({ caught: 1 }) }] } }],
    ];
    for (const [kind, body] of bodies) {
      const document = { do: [{ t: { ...body, ...after('PT1S') } }, { next: tool() }] };
      expect([kind, end(document, {}, slow)]).toEqual([kind, { error: 'timeout', at: '/do/0/t' }]);
      const enough = run({ do: [{ t: { ...body, ...after('PT2S') } }] }, {}, { t: [structured(1, 1000)] });
      expect([kind, enough.outcome.kind]).toEqual([kind, 'output']);
    }
  });

  it('OWS-time-02: interrupt at once: nothing behind the moment happens, and no more time passes than the limit', () => {
    const inner = { do: [{ w: { wait: 'PT5S' } }, { u: tool() }], ...after('PT1S') };
    const document = {
      do: [{ g: { try: [{ a: inner }], catch: { do: [{ s: set('${ $task.startedAt.epoch.milliseconds }') }] } } }],
    };
    const ran = run(document);
    expect(end(document)).toEqual({ output: 1000 });
    expect(ran.effects.filter(({ kind }) => kind === 'call')).toEqual([]);
    expect(ran.effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.milliseconds] : []))).toEqual([1000]);
  });

  it('OWS-time-01, OWS-time-02: interrupt the whole workflow, whose error nothing inside catches', () => {
    const document = guarded([{ w: { wait: 'PT2S' } }], { do: [{ s: set({ caught: 1 }) }] }, after('PT1S'));
    expect(end(document)).toEqual({ error: 'timeout', at: '' });
  });

  it('OWS-time-03: raise the type timeout with the status 408, at what was interrupted', () => {
    const document = guarded([{ w: { wait: 'PT2S', ...after('PT1S') } }], {
      do: [{ s: set('${ $error | [.type, .status, .instance] }') }],
    });
    expect(end(document)).toEqual({ output: { got: [standard('timeout'), 408, '/do/0/g/try/0/w'] } });
  });

  it('OWS-time-04, OWS-use-08, OWS-doc-10: are inline, or named in use.timeouts', () => {
    const use = { timeouts: { short: { after: 'PT1S' } } };
    expect(end({ use, do: [{ w: { wait: 'PT2S', timeout: 'short' } }] })).toEqual({ error: 'timeout', at: '/do/0/w' });
    expect(end({ use, timeout: 'short', do: [{ w: { wait: 'PT2S' } }] })).toEqual({ error: 'timeout', at: '' });
    expect(findingsOf({ use, do: [{ w: { wait: 'PT2S', timeout: 'shrt' } }] })).toEqual([
      'unknown-reference /do/0/w/timeout timeout; shrt; short',
    ]);
  });

  it('OWS-time-05: have a duration', () => {
    expect(findingsOf({ do: [{ w: { wait: 'PT2S', timeout: {} } }] })).toEqual(['missing-key /do/0/w/timeout after']);
  });

  it('OWS-time-10: of which the outermost that runs out counts', () => {
    const inner = { wait: 'PT5S', ...after('PT3S') };
    expect(end({ do: [{ a: { do: [{ w: inner }], ...after('PT1S') } }] })).toEqual({ error: 'timeout', at: '/do/0/a' });
    expect(end({ do: [{ a: { do: [{ w: inner }], ...after('PT4S') } }] })).toEqual({
      error: 'timeout',
      at: '/do/0/a/do/0/w',
    });
    expect(end({ do: [{ a: { do: [{ w: inner }], ...after('PT3S') } }] })).toEqual({ error: 'timeout', at: '/do/0/a' });
  });

  it('OWS-time-11: count retries and delays of the task', () => {
    const guard = {
      try: [{ t: tool() }],
      catch: { retry: { delay: 'PT1S', limit: { attempt: { count: 9 } } } },
      ...after('PT2.5S'),
    };
    const ran = run({ do: [{ g: guard }] }, {}, { t: [failed()] });
    expect(ran.outcome).toMatchObject({ kind: 'error', name: 'timeout', at: '/do/0/g' });
    expect(ran.effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.milliseconds] : []))).toEqual([
      1000, 1000, 500,
    ]);
  });
});

describe('durations', () => {
  const waits = (wait: unknown) =>
    run({ do: [{ w: { wait } }] }).effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.milliseconds] : []));

  it('OWS-wait-01: wait pauses for a duration, and passes its input on', () => {
    const at = '${ [., $task.startedAt.epoch.milliseconds] }';
    expect(end({ do: [{ w: { wait: { seconds: 10 } } }, { a: set(at) }] }, { n: 1 })).toEqual({
      output: [{ n: 1 }, 10_000],
    });
  });

  it.each([
    [{ days: 1 }, 86_400_000],
    [{ hours: 2, minutes: 15, seconds: 30 }, 8_130_000],
    [{ milliseconds: 7 }, 7],
    ['PT2H15M30S', 8_130_000],
    ['P1D', 86_400_000],
    ['P1W', 604_800_000],
    ['PT0.5S', 500],
  ])('OWS-time-07, OWS-wait-02: %j is %i milliseconds', (duration, milliseconds) => {
    expect(waits(duration)).toEqual([milliseconds]);
  });

  it.each([
    ['P1M', 'years and months depend on a calendar'],
    ['P1Y', 'years and months depend on a calendar'],
    ['10s', 'not an ISO 8601 duration'],
    ['', 'not an ISO 8601 duration'],
    [{}, 'an empty duration'],
    [{ seconds: -1 }, 'a duration is not negative'],
    [{ days: 4000 }, 'longer than ten years'],
  ])('OWS-time-09: refuses %j: %s', (wait, why) => {
    expect(findingsOf({ do: [{ w: { wait } }] })).toEqual([expect.stringContaining(why)]);
  });

  it('OWS-time-07: refuses other units, and parts of milliseconds', () => {
    expect(findingsOf({ do: [{ w: { wait: { weeks: 1 } } }] })).toEqual([
      expect.stringContaining('unknown-key /do/0/w/wait/weeks'),
    ]);
    expect(findingsOf({ do: [{ w: { wait: { seconds: 1.5 } } }] })).toEqual([
      expect.stringContaining('wrong-type /do/0/w/wait/seconds'),
    ]);
  });

  it('OWS-time-07: stand wherever the specification has one', () => {
    const retry = {
      delay: 'PT1S',
      limit: { attempt: { count: 2, duration: { seconds: 1 } }, duration: 'PT1M' },
      jitter: { from: 'PT0S', to: { milliseconds: 1 } },
    };
    const { timeout } = compile(
      guarded([{ t: tool({}, { timeout: 'PT1S' }) }], { retry }, { timeout: { after: { minutes: 1 } } }),
    );
    expect(timeout).toBe(60_000);
  });
});
