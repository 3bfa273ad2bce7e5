import { describe, expect, it } from 'vitest';
import { end, findingsOf, HEADER, raise, run, set, tool, value } from './harness.ts';

/** DSL, "Runtime Expressions". */

describe('runtime expressions', () => {
  it('OWS-expr-01: are jq', () => {
    expect(value('${ [.list[] | select(. > 1)] | map(. * 2) | add }', { list: [1, 2, 3] })).toBe(10);
  });

  it('OWS-expr-02: in a value are strings that are ${ } as a whole; other strings are text', () => {
    expect(value('${ .n }', { n: 1 })).toBe(1);
    expect(value('  ${ .n }  ', { n: 1 })).toBe(1);
    expect(value('.n', { n: 1 })).toBe('.n');
    expect(value('$context', { n: 1 })).toBe('$context');
    expect(value('{ .n }', { n: 1 })).toBe('{ .n }');
  });

  it.each([
    ['if', (text: string) => ({ do: [{ a: set({ yes: true }, { if: text }) }] }), '.n == 1', { yes: true }],
    ['input.from', (text: string) => ({ do: [{ a: set('${ . }', { input: { from: text } }) }] }), '.n', 1],
    ['output.as', (text: string) => ({ do: [{ a: set('${ . }', { output: { as: text } }) }] }), '.n', 1],
    [
      'export.as',
      (text: string) => ({ do: [{ a: set('${ . }', { export: { as: text } }) }], output: { as: '$context' } }),
      '.n',
      1,
    ],
    ['for.in', (text: string) => ({ do: [{ a: { for: { in: text }, do: [{ b: set('${ $item }') }] } }] }), '[.n]', 1],
    [
      'while',
      (text: string) => ({ do: [{ a: { for: { in: '[1, 2]' }, while: text, do: [{ b: set('${ { n: 5 } }') }] } }] }),
      '.n == 1',
      { n: 5 },
    ],
    [
      'switch',
      (text: string) => ({ do: [{ a: { switch: [{ x: { when: text, then: 'end' } }] } }, { b: set({ no: 1 }) }] }),
      '.n == 1',
      { n: 1 },
    ],
    [
      'catch.when',
      (text: string) => ({
        do: [{ a: { try: [{ b: raise('e') }], catch: { when: text, do: [{ c: set({ caught: 1 }) }] } } }],
      }),
      '.n == 1',
      { caught: 1 },
    ],
    [
      'catch.exceptWhen',
      (text: string) => ({
        do: [{ a: { try: [{ b: raise('e') }], catch: { exceptWhen: text, do: [{ c: set({ caught: 1 }) }] } } }],
      }),
      '.n == 2',
      { caught: 1 },
    ],
  ] as const)('OWS-expr-03: of %s need no ${ }, and may have it', (_, document, text, output) => {
    expect(end(document(text), { n: 1 })).toEqual({ output });
    expect(end(document(`\${ ${text} }`), { n: 1 })).toEqual({ output });
  });

  it('OWS-expr-05: that fail raise expression with status 400', () => {
    const ran = run(
      { do: [{ a: { try: [{ b: set('${ .n + "x" }') }], catch: { do: [{ c: set('${ $error }') }] } } }] },
      { n: 1 },
    );
    expect(ran.outcome).toMatchObject({ kind: 'output' });
    const error = end(
      {
        do: [
          {
            a: {
              try: [{ b: set('${ .n + "x" }') }],
              catch: { do: [{ c: set('${ $error | {type, status, instance} }') }] },
            },
          },
        ],
      },
      { n: 1 },
    );
    expect(error).toEqual({
      output: {
        type: 'https://open-workflow-specification.org/spec/1.0.0/errors/expression',
        status: 400,
        instance: '/do/0/a/try/0/b',
      },
    });
  });

  it.each([
    ['workflow input.from', { input: { from: '.n.m' }, do: [{ a: set({ x: 1 }) }] }, '/input'],
    ['if', { do: [{ a: set({ x: 1 }, { if: '.n.m' }) }] }, '/do/0/a'],
    ['input.from', { do: [{ a: set({ x: 1 }, { input: { from: '.n.m' } }) }] }, '/do/0/a'],
    ['the definition', { do: [{ a: set({ x: '${ .n.m }' }) }] }, '/do/0/a'],
    ['output.as', { do: [{ a: set('${ . }', { output: { as: '.n.m' } }) }] }, '/do/0/a'],
    ['export.as', { do: [{ a: set('${ . }', { export: { as: '.n.m' } }) }] }, '/do/0/a'],
    ['workflow output.as', { do: [{ a: set('${ . }') }], output: { as: '.n.m' } }, ''],
    ['a condition of switch', { do: [{ a: { switch: [{ x: { when: '.n.m', then: 'end' } }] } }] }, '/do/0/a'],
    ['for.in', { do: [{ a: { for: { in: '.n.m' }, do: [{ b: set({ x: 1 }) }] } }] }, '/do/0/a'],
    ['while', { do: [{ a: { for: { in: '[1]' }, while: '.n.m', do: [{ b: set({ x: 1 }) }] } }] }, '/do/0/a'],
    ['catch.when', { do: [{ a: { try: [{ b: raise('e') }], catch: { when: '.n.m' } } }] }, '/do/0/a'],
    ['an argument', { do: [{ a: tool({ x: '${ .n.m }' }) }] }, '/do/0/a'],
    ['raise', { do: [{ a: raise('e', { detail: '${ .n.m }' }) }] }, '/do/0/a'],
  ])('OWS-expr-05: that fail in %s raise expression there', (_, document, at) => {
    expect(end(document, { n: 'text' })).toEqual({ error: 'expression', at });
  });

  it('OWS-expr-06: are those of the document alone: what stands in data is never evaluated', () => {
    const evil = { a: '${ $workflow }', b: '\\(1 + 1)', '${ .a }': ['${ . }'] };
    expect(end({ do: [{ a: set('${ . }') }, { b: set({ kept: '${ . }' }) }, { c: set('${ .kept }') }] }, evil)).toEqual(
      { output: evil },
    );
    const ran = run({ do: [{ a: tool({ body: '${ .a }' }) }] }, evil);
    expect(ran.effects[0]).toMatchObject({ kind: 'call' });
    const [call] = ran.effects;
    expect(call?.kind === 'call' && call.arguments.fields.get('body')).toMatchObject({ value: '${ $workflow }' });
  });

  it('OWS-expr-08: yield exactly one value', () => {
    expect(findingsOf({ do: [{ a: set('${ .[] }') }] })).toEqual([
      expect.stringContaining('expression-unsupported /do/0/a/set'),
    ]);
    expect(end({ do: [{ a: set('${ select(false) }') }] })).toEqual({ error: 'expression', at: '/do/0/a' });
  });
});

/** Whether a place may read a variable: an unknown one is refused before anything runs. */
const PLACES: readonly (readonly [string, (text: string) => Record<string, unknown>, readonly string[]])[] = [
  [
    'OWS-arg-30: workflow input.from',
    (text) => ({ input: { from: text }, do: [{ a: set({ x: 1 }) }] }),
    ['workflow', 'runtime'],
  ],
  [
    'OWS-arg-31: if',
    (text) => ({ do: [{ a: set({ x: 1 }, { if: text }) }] }),
    ['context', 'task', 'workflow', 'runtime'],
  ],
  [
    'OWS-arg-32: task input.from',
    (text) => ({ do: [{ a: set({ x: 1 }, { input: { from: text } }) }] }),
    ['context', 'task', 'workflow', 'runtime'],
  ],
  [
    'OWS-arg-33: the definition',
    (text) => ({ do: [{ a: set({ x: `\${ ${text} }` }) }] }),
    ['context', 'input', 'task', 'workflow', 'runtime'],
  ],
  [
    'OWS-arg-34: task output.as',
    (text) => ({ do: [{ a: set({ x: 1 }, { output: { as: text } }) }] }),
    ['context', 'input', 'task', 'workflow', 'runtime'],
  ],
  [
    'OWS-arg-35: export.as',
    (text) => ({ do: [{ a: set({ x: 1 }, { export: { as: text } }) }] }),
    ['context', 'input', 'output', 'task', 'workflow', 'runtime'],
  ],
  [
    'OWS-arg-36: workflow output.as',
    (text) => ({ do: [{ a: set({ x: 1 }) }], output: { as: text } }),
    ['context', 'workflow', 'runtime'],
  ],
];
const VARIABLES = ['context', 'input', 'output', 'task', 'workflow', 'runtime', 'secrets', 'authorization'];

describe('arguments of expressions', () => {
  it.each(PLACES)('%s may read its variables and no other', (_, document, available) => {
    for (const name of VARIABLES) {
      const rules = findingsOf(document(`$${name}`)).map((text) => text.split(' ')[0]);
      expect([name, rules]).toEqual([name, available.includes(name) ? [] : ['unknown-variable']]);
    }
    for (const name of available) expect([name, run(document(`$${name}`)).outcome.kind]).toEqual([name, 'output']);
  });

  it('OWS-arg-01: $context is the context as the last export left it', () => {
    const tasks = [
      { a: set({ n: 1 }, { export: { as: '{ first: . }' } }) },
      { b: set('${ $context }', { if: '$context.first.n == 1' }) },
    ];
    expect(end({ do: tasks })).toEqual({ output: { first: { n: 1 } } });
  });

  it('OWS-arg-02: $input is the transformed input of the task that reads it, also behind and around inner tasks', () => {
    const inner = { in: set('${ $input }', { input: { from: '"inner"' } }) };
    const task = { do: [inner], input: { from: '"outer"' }, output: { as: '[., $input]' } };
    expect(end({ do: [{ a: task }] })).toEqual({ output: ['inner', 'outer'] });
    const counting = { in: set('${ [$item, $input] }', { input: { from: '"inner"' } }) };
    const loop = { for: { in: '[1, 2]' }, while: '$input == "outer"', do: [counting], input: { from: '"outer"' } };
    expect(end({ do: [{ a: loop }] })).toEqual({ output: [2, 'inner'] });
    const caught = {
      try: [{ b: { ...raise('e'), input: { from: '"other"' } } }],
      catch: { when: '$input == "outer"', do: [inner] },
      input: { from: '"outer"' },
    };
    expect(end({ do: [{ a: caught }] })).toEqual({ output: 'inner' });
  });

  it('OWS-arg-03: $output is the transformed output, where it is exported', () => {
    const task = set({ n: 1 }, { output: { as: '.n' }, export: { as: '[., $output]' } });
    expect(end({ do: [{ a: task }], output: { as: '$context' } })).toEqual({ output: [1, 1] });
  });

  it('OWS-arg-10: $runtime has name, version and metadata, and is the same for every run', () => {
    expect(value('${ $runtime }')).toEqual({ name: 'proofmark', version: '1.0.3', metadata: {} });
  });

  it('OWS-arg-11: $workflow.id names the workflow in its version', () => {
    expect(value('${ $workflow.id }')).toBe('test/main@1.0.0');
  });

  it('OWS-arg-12: $workflow.definition is the document', () => {
    const document = { do: [{ a: set({ v: '${ $workflow.definition }' }) }] };
    expect(end(document)).toEqual({ output: { v: { document: HEADER, ...document } } });
  });

  it('OWS-arg-13: $workflow.input is the raw input', () => {
    expect(end({ input: { from: '.n' }, do: [{ a: set('${ [., $workflow.input] }') }] }, { n: 1 })).toEqual({
      output: [1, { n: 1 }],
    });
  });

  const waited = (ms: number) => ({ wait: { milliseconds: ms } });

  it('OWS-arg-14: $workflow.startedAt is when the run began', () => {
    expect(end({ do: [{ w: waited(5) }, { a: set('${ $workflow.startedAt }') }] })).toEqual({
      output: { iso8601: '1970-01-01T00:00:00.000Z', epoch: { seconds: 0, milliseconds: 0 } },
    });
  });

  it('OWS-arg-15, OWS-arg-16: $task has the name and the reference of the task', () => {
    const task = set('${ $task | [.name, .reference] }');
    expect(end({ do: [{ outer: { do: [{ x: set({ n: 1 }) }, { inner: task }] } }] })).toEqual({
      output: ['inner', '/do/0/outer/do/1/inner'],
    });
  });

  it('OWS-arg-17: $task.definition is the definition under the name of the task', () => {
    const task = { set: '${ $task.definition }', metadata: { note: 1 } };
    expect(end({ do: [{ a: task }] })).toEqual({ output: task });
  });

  it('OWS-arg-18: $task.input is the raw input of the task, at each of its places', () => {
    const task = set('${ $task.input }', {
      if: '$task.input.n == 1',
      input: { from: '{ from: $task.input.n }' },
      output: { as: '[., $task.input]' },
      export: { as: '$task.input' },
    });
    expect(end({ do: [{ a: task }], output: { as: '[., $context]' } }, { n: 1 })).toEqual({
      output: [[{ n: 1 }, { n: 1 }], { n: 1 }],
    });
  });

  it('OWS-arg-19: $task.output is the raw output of the task, null before there is one', () => {
    const task = set(
      { raw: '${ $task.output }' },
      { output: { as: '[., $task.output]' }, export: { as: '$task.output' } },
    );
    expect(end({ do: [{ a: task }], output: { as: '[., $context]' } })).toEqual({
      output: [[{ raw: null }, { raw: null }], { raw: null }],
    });
  });

  it('OWS-arg-20: $task.startedAt is when the task began, also when it has taken its time', () => {
    const at = '$task.startedAt.epoch.milliseconds';
    const task = {
      do: [waitTask(30)],
      input: { from: `{ before: ${at} }` },
      output: { as: `[., ${at}]` },
      export: { as: at },
    };
    expect(end({ do: [{ w: waited(5) }, { a: task }], output: { as: '[., $context]' } })).toEqual({
      output: [[{ before: 5 }, 5], 5],
    });
    const retried = {
      try: [waitTask(30), { r: raise('e') }],
      catch: { when: `${at} == 5`, do: [{ x: set(`\${ ${at} }`) }] },
    };
    expect(end({ do: [{ w: waited(5) }, { a: retried }] })).toEqual({ output: 35 });
    const body = [waitTask(30), { last: set('${ $item }') }];
    const loop = { for: { in: '[1, 2]' }, while: `${at} == 5`, do: body, output: { as: `[., ${at}]` } };
    expect(end({ do: [{ w: waited(5) }, { a: loop }] })).toEqual({ output: [2, 5] });
  });

  const waitTask = (ms: number) => ({ inside: waited(ms) });

  it('OWS-arg-21, OWS-arg-22, OWS-arg-23: a moment is ISO 8601 text, whole seconds and whole milliseconds', () => {
    expect(end({ do: [{ w: waited(61_005) }, { a: set('${ $task.startedAt }') }] })).toEqual({
      output: { iso8601: '1970-01-01T00:01:01.005Z', epoch: { seconds: 61, milliseconds: 61_005 } },
    });
  });
});
