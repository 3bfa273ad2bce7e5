import { describe, expect, it } from 'vitest';
import { compile, end, findingsOf, run, set, tool, value } from './harness.ts';
import { argumentsOf, structured } from '../../src/machine/testing.ts';

/** DSL, "Data Flow"; reference, "Input", "Output", "Export", "Schema", "Set". */

const schema = (document: object) => ({ schema: { document } });
const NUMBER = {
  type: 'object',
  required: ['n'],
  additionalProperties: false,
  properties: { n: { type: 'number', minimum: 0, maximum: 9 } },
};

describe('the input of the workflow', () => {
  const input = { ...schema(NUMBER), from: '{ m: (.n + 1) }' };

  it('OWS-data-01, OWS-data-02: is checked before anything runs, and faults with validation', () => {
    const ran = run({ input, do: [{ a: tool() }] }, { n: 'x' });
    expect(ran.outcome).toMatchObject({ kind: 'error', name: 'validation', at: '/input' });
    expect([ran.tasks, ran.effects]).toEqual([[], []]);
    expect(end({ input, do: [{ a: set('${ . }') }] }, { n: 1 })).toEqual({ output: { m: 2 } });
  });

  it('OWS-data-01: is checked as it came, before it is transformed', () => {
    const turned = { ...schema(NUMBER), from: '"text"' };
    expect(end({ input: turned, do: [{ a: set('${ . }') }] }, { n: 1 })).toEqual({ output: 'text' });
    expect(
      end({ input: { ...schema({ type: 'boolean' }), from: '{ n: 1 }' }, do: [{ a: set('${ . }') }] }, { n: 1 }),
    ).toEqual({
      error: 'validation',
      at: '/input',
    });
  });

  it('OWS-data-03: is transformed by input.from, evaluated on the raw input', () => {
    expect(end({ input: { from: '${ .a.b }' }, do: [{ a: set('${ . }') }] }, { a: { b: [1] } })).toEqual({
      output: [1],
    });
    expect(
      end({ input: { from: { x: '${ .a }', y: ['${ .b }', 'lit'] } }, do: [{ a: set('${ . }') }] }, { a: 1, b: 2 }),
    ).toEqual({
      output: { x: 1, y: [2, 'lit'] },
    });
  });

  it('OWS-data-04: is left unchanged without input.from', () => {
    expect(end({ do: [{ a: set('${ . }') }] }, { a: [1, null] })).toEqual({ output: { a: [1, null] } });
  });

  it('OWS-data-05: is, transformed, the raw input of the first task', () => {
    const first = set('${ [., $task.input] }');
    expect(end({ input, do: [{ a: first }] }, { n: 1 })).toEqual({ output: [{ m: 2 }, { m: 2 }] });
  });

  it('OWS-data-06: is, transformed, what $context starts with', () => {
    const tasks = [{ a: set({ other: 1 }) }, { b: set('${ $context }') }];
    expect(end({ input, do: tasks }, { n: 1 })).toEqual({ output: { m: 2 } });
  });
});

describe('the input of a task', () => {
  it('OWS-data-07: is checked raw, before it is transformed', () => {
    const task = (type: string) => set('${ . }', { input: { ...schema({ type }), from: '"text"' } });
    expect(end({ do: [{ a: task('object') }] }, {})).toEqual({ output: 'text' });
    expect(end({ do: [{ a: task('string') }] }, {})).toEqual({ error: 'validation', at: '/do/0/a' });
  });

  it('OWS-data-07: is what the task before put out', () => {
    const second = set('${ . }', { input: schema({ type: 'string' }) });
    expect(end({ do: [{ a: set('${ "x" }') }, { b: second }] }, {})).toEqual({ output: 'x' });
    expect(end({ do: [{ a: set('${ 1 }') }, { b: second }] }, {})).toEqual({ error: 'validation', at: '/do/1/b' });
  });

  it('OWS-data-08: is transformed by input.from on the raw input; the result is . and $input in the task', () => {
    const task = set('${ [., $input] }', { input: { from: '.a' }, output: { as: '[., $input]' } });
    expect(end({ do: [{ a: task }] }, { a: 1 })).toEqual({ output: [[1, 1], 1] });
  });

  it('OWS-data-08: is what the expressions of every kind of task are evaluated on', () => {
    const from = { input: { from: '.inner' } };
    const world = { t: [structured(7)] };
    const input = { inner: { list: [1, 2], yes: true } };
    const called = run({ do: [{ t: { ...tool('${ { got: .list } }'), ...from } }] }, input, world);
    expect(argumentsOf(called)).toEqual([{ got: [1, 2] }]);
    expect(end({ do: [{ l: { for: { in: '.list' }, do: [{ x: set('${ $item }') }], ...from } }] }, input)).toEqual({
      output: 2,
    });
    const pick = { switch: [{ y: { when: '.yes', then: 'end' } }], ...from };
    expect(end({ do: [{ p: pick }, { x: set({ no: 1 }) }] }, input)).toEqual({ output: input.inner });
    expect(end({ do: [{ d: { do: [{ x: set('${ .yes }') }], ...from } }] }, input)).toEqual({ output: true });
    expect(end({ do: [{ f: { fork: { branches: [{ x: set('${ .yes }') }] }, ...from } }] }, input)).toEqual({
      output: [true],
    });
    expect(end({ do: [{ g: { try: [{ x: set('${ .yes }') }], catch: {}, ...from } }] }, input)).toEqual({
      output: true,
    });
  });

  it('OWS-data-09: of the first is the transformed input of the workflow, of others the transformed output before', () => {
    const tasks = [
      { a: set({ raw: 1 }, { output: { as: '{ out: 2 }' } }) },
      { b: set('${ $task.input }', { input: { from: '{ other: 3 }' } }) },
    ];
    expect(end({ do: tasks })).toEqual({ output: { out: 2 } });
    expect(end({ input: { from: '.x' }, do: [{ a: set('${ $task.input }') }] }, { x: 5 })).toEqual({ output: 5 });
  });
});

describe('the output of a task', () => {
  it('OWS-data-10: is transformed by output.as on the raw output; the result is the next input', () => {
    const tasks = [{ a: set({ big: [1, 2], rest: 3 }, { output: { as: '.big' } }) }, { b: set('${ . + [4] }') }];
    expect(end({ do: tasks })).toEqual({ output: [1, 2, 4] });
    expect(end({ do: [{ a: set({ n: 1 }, { output: { as: { id: '${ .n }' } } }) }] })).toEqual({ output: { id: 1 } });
  });

  it('OWS-data-10: is left unchanged without output.as', () => {
    expect(end({ do: [{ a: set({ n: 1 }) }] })).toEqual({ output: { n: 1 } });
  });

  it('OWS-data-11: is checked when it is transformed', () => {
    const task = (type: string) => set({ n: 1 }, { output: { ...schema({ type }), as: '"text"' } });
    expect(end({ do: [{ a: task('string') }] })).toEqual({ output: 'text' });
    expect(end({ do: [{ a: task('object') }] })).toEqual({ error: 'validation', at: '/do/0/a' });
  });

  it('OWS-data-11: that breaks its schema is not exported and is nobody’s input', () => {
    const broken = set({ n: 1 }, { output: schema({ type: 'string' }), export: { as: '"exported"' } });
    const document = {
      do: [{ g: { try: [{ a: broken }, { b: tool() }], catch: { do: [{ c: set('${ $context }') }] } } }],
    };
    expect(end(document, { n: 0 })).toEqual({ output: { n: 0 } });
  });
});

describe('the context', () => {
  it('OWS-data-12: is updated by export.as on the transformed output', () => {
    const task = set({ raw: 1 }, { output: { as: '{ out: .raw }' }, export: { as: '{ seen: . }' } });
    expect(end({ do: [{ a: task }, { b: set('${ [., $context] }') }] })).toEqual({
      output: [{ out: 1 }, { seen: { out: 1 } }],
    });
  });

  it('OWS-data-12: stays as it is without export.as', () => {
    expect(end({ do: [{ a: set({ n: 1 }) }, { b: set('${ $context }') }] }, { was: 1 })).toEqual({
      output: { was: 1 },
    });
  });

  it('OWS-data-13: is replaced whole, whatever the result is', () => {
    const tasks = (as: unknown) => [{ a: set({ n: 1 }, { export: { as } }) }, { b: set('${ $context }') }];
    expect(end({ do: tasks('.') }, { was: 1 })).toEqual({ output: { n: 1 } });
    expect(end({ do: tasks('$context + .') }, { was: 1 })).toEqual({ output: { was: 1, n: 1 } });
    expect(end({ do: tasks('null') }, { was: 1 })).toEqual({ output: null });
    expect(end({ do: tasks({ k: '${ .n }', old: '${ $context.was }' }) }, { was: 2 })).toEqual({
      output: { k: 1, old: 2 },
    });
  });

  it('OWS-data-14: is checked when it is exported', () => {
    const task = (type: string) => set({ n: 1 }, { export: { ...schema({ type }), as: '"text"' } });
    expect(end({ do: [{ a: task('string') }, { b: set('${ $context }') }] })).toEqual({ output: 'text' });
    expect(end({ do: [{ a: task('object') }] })).toEqual({ error: 'validation', at: '/do/0/a' });
  });

  it('OWS-data-14: is checked also where nothing is exported', () => {
    expect(end({ do: [{ a: set({ n: 1 }, { export: schema({ type: 'string' }) }) }] }, {})).toEqual({
      error: 'validation',
      at: '/do/0/a',
    });
  });

  it('OWS-data-12: keeps, through tasks that hold tasks, what those exported', () => {
    const inner = (name: string) => ({ [name]: set({ n: 1 }, { export: { as: `$context + { ${name}: . }` } }) });
    const tasks = [
      { a: { do: [inner('x')] } },
      { l: { for: { in: '[1]' }, do: [inner('y')] } },
      { g: { try: [inner('z')], catch: {} } },
      { last: set('${ $context | keys }') },
    ];
    expect(end({ do: tasks })).toEqual({ output: ['x', 'y', 'z'] });
  });
});

describe('the output of the workflow', () => {
  it('OWS-data-15: is the transformed output of the last task', () => {
    expect(end({ do: [{ a: set({ n: 1 }) }, { b: set({ m: 2 }, { output: { as: '.m' } }) }] })).toEqual({ output: 2 });
  });

  it('OWS-data-16: is transformed by output.as on that, and unchanged without', () => {
    expect(
      end({ do: [{ a: set({ n: 1 }, { export: { as: '{ c: 2 }' } }) }], output: { as: '[., $context]' } }),
    ).toEqual({
      output: [{ n: 1 }, { c: 2 }],
    });
    expect(end({ do: [{ a: set({ n: 1 }) }], output: { as: { k: '${ .n }' } } })).toEqual({ output: { k: 1 } });
  });

  it('OWS-data-17: is checked when it is transformed, and faults with validation', () => {
    const output = { ...schema(NUMBER), as: '{ n: .m }' };
    expect(end({ do: [{ a: set({ m: 1 }) }], output })).toEqual({ output: { n: 1 } });
    expect(end({ do: [{ a: set({ m: 'x' }) }], output })).toEqual({ error: 'validation', at: '' });
  });
});

describe('transformations', () => {
  it('OWS-data-18: are an expression, or an object with expressions inside; nothing else', () => {
    for (const [key, inner] of [
      ['input', 'from'],
      ['output', 'as'],
      ['export', 'as'],
    ] as const) {
      expect(findingsOf({ do: [{ a: set({ n: 1 }, { [key]: { [inner]: 3 } }) }] })).toEqual([
        `wrong-type /do/0/a/${key}/${inner} string or object; number`,
      ]);
      compile({ do: [{ a: set({ n: 1 }, { [key]: { [inner]: { x: ['${ . }', 1] } } }) }] });
    }
  });
});

describe('schemas', () => {
  it('OWS-data-19: are JSON Schema, inline', () => {
    const task = (given: object) => set({ n: 1 }, { input: { schema: given } });
    for (const format of ['json', 'json:2020-12'])
      compile({ do: [{ a: task({ format, document: { type: 'object' } }) }] });
    expect(findingsOf({ do: [{ a: task({ format: 'avro', document: {} }) }] })).toEqual([
      'invalid-value /do/0/a/input/schema/format the only format is json',
    ]);
  });

  it('OWS-data-19: of the workflow’s own input and output are closed', () => {
    const open = schema({ type: 'object', properties: { n: { type: 'boolean' } } });
    for (const key of ['input', 'output'])
      expect(findingsOf({ [key]: open, do: [{ a: set({ n: 1 }) }] })).toEqual([
        expect.stringContaining(`schema-open /${key}/schema/document`),
      ]);
    compile({ do: [{ a: set({ n: 1 }, { input: open, output: open, export: open }) }] });
  });

  it('OWS-data-21: have a document', () => {
    expect(findingsOf({ do: [{ a: set({ n: 1 }, { input: { schema: {} } }) }] })).toEqual([
      'missing-key /do/0/a/input/schema document',
    ]);
  });
});

describe('set', () => {
  it('OWS-set-01: puts out an object, its expressions evaluated at any depth, other text as it stands', () => {
    const shape = { shape: 'circle', size: '${ .size }', inner: { list: ['${ .size * 2 }', '.size', 1, true, null] } };
    expect(end({ do: [{ a: set(shape) }] }, { size: 4 })).toEqual({
      output: { shape: 'circle', size: 4, inner: { list: [8, '.size', 1, true, null] } },
    });
  });

  it('OWS-set-01: puts out what a direct expression yields', () => {
    expect(end({ do: [{ a: set('${ .size }') }] }, { size: 4 })).toEqual({ output: 4 });
  });

  it('OWS-set-02: refuses text without ${ }, and an empty object', () => {
    expect(findingsOf({ do: [{ a: set('.size') }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/a/set set is an object, or an expression'),
    ]);
    expect(findingsOf({ do: [{ a: set({}) }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/a/set a set without a member'),
    ]);
  });

  it('OWS-set-01: does not keep what was there before', () => {
    expect(value('${ 1 }', { old: 1 })).toEqual(1);
    expect(end({ do: [{ a: set({ n: 1 }) }] }, { old: 1 })).toEqual({ output: { n: 1 } });
  });
});
