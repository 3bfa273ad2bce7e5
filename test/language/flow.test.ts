import { describe, expect, it } from 'vitest';
import { end, findingsOf, raise, run, set, tool } from './harness.ts';
import { failed } from '../../src/machine/testing.ts';

/** DSL, "Workflow", "Task Flow"; reference, "Task", "Do", "Switch", "Flow Directive". */

const note = (name: string, more = {}) => ({ [name]: set(`\${ . + ["${name}"] }`, more) });
/** Jumps, for all that the reader knows only sometimes: what stands behind it is reachable. */
const jump = (name: string, then: string) => note(name, { if: 'true', then });
const trace = (tasks: readonly object[], more = {}) => end({ do: tasks, ...more }, []);

describe('task flow', () => {
  it('OWS-flow-01: runs tasks in the order of their declaration, whatever their names', () => {
    expect(trace([note('z'), note('a'), note('m')])).toEqual({ output: ['z', 'a', 'm'] });
  });

  it('OWS-flow-02: begins with the first task, even where another jumps before it', () => {
    expect(
      trace([note('first', { then: 'third' }), note('second', { then: 'end' }), note('third', { then: 'second' })]),
    ).toEqual({
      output: ['first', 'third', 'second'],
    });
  });

  it('OWS-flow-03, OWS-flow-10: goes on with the next task by default and at continue', () => {
    expect(trace([note('a'), note('b', { then: 'continue' }), note('c')])).toEqual({ output: ['a', 'b', 'c'] });
  });

  it('OWS-flow-03, OWS-flow-14: goes on with the task that then names, forward or back, and leaves the others out', () => {
    expect(trace([jump('a', 'c'), note('b', { then: 'd' }), note('c', { then: 'b' }), note('d')])).toEqual({
      output: ['a', 'c', 'b', 'd'],
    });
    expect(trace([jump('a', 'c'), note('b'), note('c')])).toEqual({ output: ['a', 'c'] });
  });

  it('OWS-flow-04: ends gracefully behind the last task, also where that says continue', () => {
    expect(trace([note('a', { then: 'continue' })])).toEqual({ output: ['a'] });
  });

  it('OWS-flow-05: halts at an error that nothing catches', () => {
    const ran = run({ do: [{ a: { ...raise('broken'), if: 'true' } }, { b: tool() }] });
    expect(ran.outcome).toMatchObject({ kind: 'error', name: 'broken', at: '/do/0/a' });
    expect(ran.tasks).toEqual(['/do/0/a']);
    const nested = run({ do: [{ a: { do: [{ b: tool() }, { c: tool() }] } }, { d: tool() }] }, {}, { b: [failed()] });
    expect(nested.outcome).toMatchObject({ kind: 'error', name: 'runtime', at: '/do/0/a/do/0/b' });
    expect(nested.tasks).toEqual(['/do/0/a', '/do/0/a/do/0/b']);
  });

  it('OWS-flow-06, OWS-flow-13: ends the whole workflow at end, from any depth, and transforms its output', () => {
    const deep = { for: { in: '[1, 2]' }, do: [{ t: { do: [jump('in', 'end'), note('not')] } }] };
    expect(
      trace([{ a: { ...deep, output: { as: '["never"]' } } }, note('never')], { output: { as: '{ got: . }' } }),
    ).toEqual({
      output: { got: ['in'] },
    });
  });

  it.each([
    ['a task around', [{ a: { do: [note('b', { then: 'c' })] } }, note('c')], '/do/0/a/do/0/b/then'],
    ['a task inside', [{ a: set({ x: 1 }, { then: 'c' }) }, { b: { do: [note('c')] } }], '/do/0/a/then'],
    [
      'a task of another list',
      [{ a: { do: [note('b', { then: 'd' })] } }, { c: { do: [note('d')] } }],
      '/do/0/a/do/0/b/then',
    ],
    [
      'a sibling branch',
      [{ a: { fork: { branches: [note('b', { then: 'c' }), note('c')] } } }],
      '/do/0/a/fork/branches/0/b/then',
    ],
    [
      'the list of the handler',
      [{ a: { try: [note('b', { then: 'c' })], catch: { do: [note('c')] } } }],
      '/do/0/a/try/0/b/then',
    ],
  ])('OWS-flow-07: refuses a jump to %s', (_, tasks, at) => {
    expect(findingsOf({ do: tasks })).toContainEqual(expect.stringContaining(`then-target ${at}`));
  });

  it('OWS-flow-08: skips a task whose if is not true; its raw input is its output', () => {
    const skipped = set(
      { x: 1 },
      { if: '.n > 1', input: { from: '{ other: 1 }' }, output: { as: '"no"' }, export: { as: '"no"' } },
    );
    expect(end({ do: [{ a: skipped }, { b: set('${ [., $context] }') }] }, { n: 1 })).toEqual({
      output: [{ n: 1 }, { n: 1 }],
    });
    expect(end({ do: [{ a: set({ ran: true }, { if: '.n > 1' }) }] }, { n: 2 })).toEqual({ output: { ran: true } });
  });

  it('OWS-flow-08: takes null and false for not true, as jq does, and everything else for true', () => {
    const ran = (condition: string) => end({ do: [{ a: set({ ran: true }, { if: condition }) }] }, {});
    for (const no of ['null', 'false', '.missing']) expect(ran(no)).toEqual({ output: {} });
    for (const yes of ['true', '0', '""', '[]', '{}']) expect(ran(yes)).toEqual({ output: { ran: true } });
  });

  it('OWS-flow-09: evaluates if on the raw input, before the schema and the transformation of the input', () => {
    const picky = { input: { schema: { document: { type: 'string' } }, from: '. + 1' } };
    expect(end({ do: [{ a: set({ x: 1 }, { if: '.n > 1', ...picky }) }] }, { n: 1 })).toEqual({ output: { n: 1 } });
    expect(end({ do: [{ a: set({ x: 1 }, { if: '.n == 1', ...picky }) }] }, { n: 1 })).toEqual({
      error: 'validation',
      at: '/do/0/a',
    });
  });

  it('OWS-flow-11: completes the list at exit, and goes on behind the task that holds it', () => {
    const inner = { do: [jump('b', 'exit'), note('c')] };
    expect(trace([{ a: { ...inner, output: { as: '. + ["out"]' } } }, note('d')])).toEqual({
      output: ['b', 'out', 'd'],
    });
  });

  it.each([
    ['for', { for: { in: '[1, 2]' }, do: [jump('b', 'exit'), note('c')] }, ['b', 'b']],
    ['try', { try: [jump('b', 'exit'), note('c')], catch: { do: [note('no')] } }, ['b']],
    ['catch', { try: [{ x: { ...raise('e') } }], catch: { do: [jump('b', 'exit'), note('c')] } }, ['b']],
  ])('OWS-flow-11: completes at exit the list of a %s', (_, body, expected) => {
    expect(trace([{ a: body }, note('d')])).toEqual({ output: [...expected, 'd'] });
  });

  it('OWS-flow-12: ends the workflow at exit in its own list, with its output transformed', () => {
    expect(trace([jump('a', 'exit'), note('b')], { output: { as: '{ got: . }' } })).toEqual({ output: { got: ['a'] } });
  });

  it('OWS-flow-14: refuses jumps in a circle, at the jump', () => {
    expect(findingsOf({ do: [note('a'), note('b', { then: 'a' })] })).toEqual(['then-cycle /do/1/b/then a']);
    const arm = { switch: [{ again: { when: '.x', then: 'a' } }] };
    expect(findingsOf({ do: [note('a'), { b: arm }] })).toEqual(['then-cycle /do/1/b/switch/0/again/then a']);
  });

  it('OWS-flow-14: refuses a name that no task of the list has, with the one that was meant', () => {
    expect(findingsOf({ do: [note('a', { then: 'secnd' }), note('second')] })).toEqual([
      'then-target /do/0/a/then secnd; second',
    ]);
  });

  it('OWS-flow-15: ignores the then of a task that is skipped', () => {
    expect(trace([note('a', { if: 'false', then: 'c' }), note('b'), note('c')])).toEqual({ output: ['b', 'c'] });
  });

  it('OWS-flow-16: refuses tasks that nothing leads to, and names that are directives', () => {
    expect(findingsOf({ do: [note('a', { then: 'end' }), note('b')] })).toEqual(['unreachable-task /do/1/b b']);
    for (const name of ['continue', 'exit', 'end'])
      expect(findingsOf({ do: [note(name)] })).toEqual([`bad-name /do/0/${name} ${name}`]);
  });
});

describe('do', () => {
  it('OWS-do-01: performs subtasks in sequence, each on the output of the one before, when that is complete', () => {
    const ran = run({
      do: [
        {
          a: {
            do: [
              { w: { wait: 'PT1S' } },
              { t: tool('${ { at: $task.startedAt.epoch.seconds } }') },
              { w2: { wait: 'PT2S' } },
              { u: tool('${ { at: $task.startedAt.epoch.seconds } }') },
            ],
          },
        },
      ],
    });
    const asked = ran.effects.flatMap((effect) => (effect.kind === 'call' ? [effect.arguments.fields.get('at')] : []));
    expect(asked).toMatchObject([{ value: 1 }, { value: 3 }]);
  });

  it('OWS-do-02: refuses a list without a task', () => {
    expect(findingsOf({ do: [{ a: { do: [] } }] })).toEqual(['invalid-value /do/0/a/do a list without a task']);
    expect(findingsOf({ do: [] })).toEqual(['invalid-value /do a list without a task']);
  });
});

describe('switch', () => {
  const cases = (arms: readonly object[], more = {}) => [
    { pick: { switch: arms, ...more } },
    note('one', { then: 'end' }),
    note('two', { then: 'end' }),
    note('three', { then: 'end' }),
  ];
  const arm = (name: string, when: string | undefined, then: string) => ({
    [name]: { ...(when === undefined ? {} : { when }), then },
  });

  it('OWS-switch-01, OWS-switch-02: follows the first case whose condition holds', () => {
    const tasks = cases([arm('a', '. == []', 'two'), arm('b', 'true', 'one'), arm('c', undefined, 'three')]);
    expect(end({ do: tasks }, [])).toEqual({ output: ['two'] });
    expect(end({ do: tasks }, ['x'])).toEqual({ output: ['x', 'one'] });
  });

  it('OWS-switch-02: evaluates no condition behind the one that holds', () => {
    const tasks = cases([arm('a', '. == []', 'two'), arm('b', '.x.y', 'one'), arm('c', undefined, 'three')]);
    expect(end({ do: tasks }, [])).toEqual({ output: ['two'] });
    expect(end({ do: tasks }, ['x'])).toEqual({ error: 'expression', at: '/do/0/pick' });
  });

  it('OWS-switch-03: takes the case without a condition where no other matches, wherever it stands', () => {
    for (const i of [0, 1, 2]) {
      const arms = [arm('a', 'length == 1', 'two'), arm('b', 'length == 2', 'one')].toSpliced(
        i,
        0,
        arm('c', undefined, 'three'),
      );
      expect(end({ do: cases(arms) }, [])).toEqual({ output: ['three'] });
      expect(end({ do: cases(arms) }, [0])).toEqual({ output: [0, 'two'] });
    }
  });

  it('OWS-switch-04: refuses a second case without a condition', () => {
    expect(
      findingsOf({ do: cases([arm('a', '.x', 'one'), arm('b', undefined, 'two'), arm('c', undefined, 'three')]) }),
    ).toContainEqual(expect.stringContaining('invalid-value /do/0/pick/switch/2/c a second arm without when'));
  });

  it('OWS-switch-05: refuses a case without then', () => {
    expect(findingsOf({ do: cases([{ a: { when: '.x' } }]) })).toContainEqual('missing-key /do/0/pick/switch/0/a then');
  });

  it('OWS-switch-05: follows every directive that a case may have', () => {
    const go = (then: string) =>
      end({ do: [{ a: { do: [{ pick: { switch: [arm('x', 'true', then)] } }, note('b')] } }, note('c')] }, []);
    expect(go('continue')).toEqual({ output: ['b', 'c'] });
    expect(go('b')).toEqual({ output: ['b', 'c'] });
    expect(go('exit')).toEqual({ output: ['c'] });
    expect(go('end')).toEqual({ output: [] });
  });

  it('OWS-switch-06: goes on with its own then where no case matches, and passes its input on', () => {
    expect(end({ do: cases([arm('a', 'false', 'one')], { then: 'two' }).toSpliced(3) }, ['x'])).toEqual({
      output: ['x', 'two'],
    });
    expect(end({ do: cases([arm('a', 'false', 'two')]).toSpliced(3) }, [])).toEqual({ output: ['one'] });
  });
});
