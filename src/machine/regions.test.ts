import { describe, expect, it } from 'vitest';
import { program, type Setting, type Shorthand } from './testing.ts';
import type { Program, Step } from '../flow/model.ts';
import { stepsOf } from '../flow/walk.ts';
import type { Region } from '../flow/model.ts';

const set = (name: string, more: Shorthand = {}): Shorthand => ({ [name]: { set: 1, ...more } });
const sets = (name: string, key: string, more: Shorthand = {}): Shorthand =>
  set(name, { export: { as: `$context + { ${key}: . }` }, ...more });
const when = (name: string, key: string, more: Shorthand = {}): Shorthand => sets(name, key, { if: '.x', ...more });
const call = (name: string, more: Shorthand = {}): Shorthand => ({ [name]: { call: 's/t', ...more } });

function find(made: Program, name: string): Step {
  const found = stepsOf(made).find((step) => step.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
}

/** The end of a region by the name of what stands there. */
function endOf(made: Program, region: Region | undefined): string | undefined {
  if (region === undefined) return undefined;
  if (region.end === made.exit) return 'exit';
  if (region.end === made.finish) return 'output of workflow';
  if (region.end === made.body.end) return 'end of workflow';
  for (const step of stepsOf(made)) {
    if (step.enter === region.end) return step.name;
    if (step.finish === region.end) return `finish of ${step.name}`;
    if (step.done === region.end) return `done of ${step.name}`;
    if (step.kind === 'try' && step.catch.node === region.end) return `catch of ${step.name}`;
    if (step.kind === 'for' && step.head === region.end) return `head of ${step.name}`;
    if ((step.kind === 'do' || step.kind === 'for') && step.do.end === region.end) return `end of ${step.name}`;
    if (step.kind === 'fork' && step.branches.some(({ end }) => end === region.end)) return `branch of ${step.name}`;
  }
  return `node ${region.end}`;
}

interface Shape {
  readonly end: string | undefined;
  readonly writes: readonly string[] | 'all' | undefined;
}

function shape(made: Program, region: Region | undefined): Shape {
  const writes = region?.writes.context;
  return {
    end: endOf(made, region),
    writes: writes === undefined || writes === 'all' ? writes : [...writes].toSorted(),
  };
}

const ask = (
  document: Shorthand,
  name: string,
  point: 'choice' | 'done' | 'start' | 'finish',
  setting: Setting = {},
): Shape => {
  const made = program(document, setting);
  return shape(made, made.flow(false).decision(find(made, name)[point]));
};

describe('the region of a decision', () => {
  it('is an `if`: the task alone', () => {
    expect(ask({ do: [when('a', 'k'), sets('b', 'l')] }, 'a', 'choice')).toEqual({ end: 'b', writes: ['k'] });
  });

  it('is an `if` with a jump: all that is jumped over', () => {
    const document = { do: [when('a', 'k', { then: 'c' }), sets('b', 'l'), sets('c', 'm')] };
    expect(ask(document, 'a', 'choice')).toEqual({ end: 'c', writes: ['k', 'l'] });
  });

  it('reaches the end of the workflow where a way out ends it', () => {
    expect(
      ask({ do: [{ d: { do: [when('a', 'k', { then: 'end' }), sets('b', 'l')] } }, sets('c', 'm')] }, 'a', 'choice'),
    ).toEqual({
      end: 'output of workflow',
      writes: ['k', 'l', 'm'],
    });
  });

  it('reaches the end of its list where a way out leaves it', () => {
    const document = { do: [{ d: { do: [when('a', 'k', { then: 'exit' }), sets('b', 'l')] } }, sets('c', 'm')] };
    expect(ask(document, 'a', 'choice')).toEqual({ end: 'end of d', writes: ['k', 'l'] });
  });

  it('is a switch: every arm to where they meet', () => {
    const arms = { switch: [{ x: { when: '.x', then: 'b' } }, { y: { when: '.y', then: 'c' } }, { z: { then: 'd' } }] };
    const document = { do: [{ s: arms }, sets('b', 'kb', { then: 'd' }), sets('c', 'kc'), sets('d', 'kd')] };
    expect(ask(document, 's', 'done')).toEqual({ end: 'd', writes: ['kb', 'kc'] });
  });

  it('is nothing where every way is one', () => {
    expect(
      ask({ do: [{ s: { switch: [{ x: { when: '.x', then: 'b' } }, { z: { then: 'b' } }] } }, set('b')] }, 's', 'done'),
    ).toEqual({
      end: undefined,
      writes: undefined,
    });
    expect(
      ask({ do: [{ s: { switch: [{ x: { when: '.x', then: 'continue' } }] } }, set('b')] }, 's', 'done').end,
    ).toBeUndefined();
  });

  it('reaches the end of the workflow for an explicit raise, not for a call that may fail', () => {
    const raise = { r: { if: '.x', raise: { error: 'refused' } } };
    expect(ask({ do: [raise, sets('a', 'k')] }, 'r', 'choice')).toEqual({ end: 'exit', writes: ['k'] });
    expect(ask({ do: [call('c', { if: '.x' }), sets('a', 'k')] }, 'c', 'choice')).toEqual({ end: 'a', writes: [] });
    expect(ask({ do: [call('c'), sets('a', 'k')] }, 'c', 'start').end).toBeUndefined();
  });

  it('is a loop: its body, to where it is left', () => {
    const made = program({ do: [{ l: { for: { in: '.xs' }, do: [when('a', 'k'), sets('b', 'm')] } }, set('c')] });
    const loop = find(made, 'l');
    if (loop.kind !== 'for') throw new Error('no loop');
    expect(shape(made, made.flow(false).decision(loop.head))).toEqual({ end: 'finish of l', writes: ['k', 'm'] });
    expect(shape(made, made.flow(false).decision(find(made, 'a').choice))).toEqual({ end: 'b', writes: ['k'] });
  });

  it('writes everything where an export is no merge onto $context', () => {
    expect(ask({ do: [set('a', { if: '.x', export: { as: '.' } }), set('b')] }, 'a', 'choice').writes).toBe('all');
    expect(ask({ do: [set('a', { if: '.x', export: { as: '$context + .' } }), set('b')] }, 'a', 'choice').writes).toBe(
      'all',
    );
    expect(ask({ do: [set('a', { if: '.x', export: { as: { k: 1 } } }), set('b')] }, 'a', 'choice').writes).toBe('all');
    const chain = '$context + { k: 1, "l": 2 } + { m: 3 }';
    expect(ask({ do: [set('a', { if: '.x', export: { as: chain } }), set('b')] }, 'a', 'choice').writes).toEqual([
      'k',
      'l',
      'm',
    ]);
  });
});

describe('the region of a failure', () => {
  const guard = (body: readonly Shorthand[], handler: Shorthand = {}, more: readonly Shorthand[] = []): Shorthand => ({
    do: [{ g: { try: body, catch: handler } }, ...more],
  });
  const failure = (document: Shorthand, name: string, setting: Setting = {}): Shape => {
    const made = program(document, setting);
    const step = find(made, name);
    return shape(made, made.flow(false).failure(step.start));
  };

  it('is the rest of the try and its handler', () => {
    expect(
      failure(
        guard([sets('a', 'ka'), call('c', { export: { as: '$context + { kc: . }' } }), sets('b', 'kb')], {
          do: [sets('h', 'kh')],
        }),
        'c',
      ),
    ).toEqual({
      end: 'finish of g',
      writes: ['kb', 'kc', 'kh'],
    });
  });

  it('counts operations of expressions that may fail, and only those', () => {
    const body = (value: string): Shorthand => guard([{ a: { set: value } }, call('c')], {});
    expect(failure(body('${ .n + 1 }'), 'a').end).toBe('finish of g');
  });

  it('reaches further where the handler goes elsewhere or raises', () => {
    const document = guard([call('c')], { then: 'z' }, [sets('y', 'ky'), sets('z', 'kz')]);
    expect(failure(document, 'c')).toEqual({ end: 'z', writes: ['ky'] });
    expect(
      failure(guard([call('c')], { do: [{ r: { raise: { error: 'refused' } } }] }, [sets('y', 'ky')]), 'c'),
    ).toEqual({ end: 'exit', writes: ['ky'] });
  });

  it('ends at the catch where every way leads there', () => {
    expect(
      failure(guard([call('c'), { r: { raise: { error: 'refused' } } }], { do: [sets('h', 'kh')] }), 'c').end,
    ).toBe('catch of g');
  });

  it('spans every attempt', () => {
    expect(failure(guard([sets('a', 'ka'), call('c')], { retry: { count: 2 } }), 'c')).toEqual({
      end: 'finish of g',
      writes: ['ka'],
    });
  });

  it('is seen by the outer try where the inner one does not catch it', () => {
    const inner = { inner: { try: [call('c')], catch: { errors: { status: 404 }, do: [sets('h', 'kh')] } } };
    expect(failure(guard([inner, sets('b', 'kb')], { do: [sets('o', 'ko')] }), 'c')).toEqual({
      end: 'finish of g',
      writes: ['kb', 'kh', 'ko'],
    });
    const all = { inner: { try: [call('c')], catch: { do: [set('h')] } } };
    expect(failure(guard([all, sets('b', 'kb')], { do: [sets('o', 'ko')] }), 'c').end).toBe('finish of inner');
  });

  it('stays inside a branch of a race, and is seen by nobody in another fork', () => {
    const branches = [{ a: { do: [call('c'), sets('x', 'kx')] } }, set('b')];
    expect(failure({ do: [{ f: { fork: { compete: true, branches } } }] }, 'c')).toEqual({
      end: 'branch of f',
      writes: ['kx'],
    });
    expect(failure({ do: [{ f: { fork: { branches } } }] }, 'c').end).toBeUndefined();
  });

  it('is the rest of a callee where its caller catches', () => {
    const callee = program({ do: [call('c'), sets('x', 'kx')] }, {}, 'callee');
    const step = find(callee, 'c');
    expect(callee.flow(false).failure(step.start)).toBeUndefined();
    expect(shape(callee, callee.flow(true).failure(step.start))).toEqual({ end: 'exit', writes: ['kx'] });
  });

  it('is the rest of the workflow where a callee may raise', () => {
    const callees = [program({ do: [{ r: { if: '.x', raise: { error: 'refused' } } }] }, {}, 'callee')];
    const document = { do: [{ r: { run: { workflow: 'test/callee' } } }, sets('a', 'k')] };
    const made = program(document, { callees });
    expect(shape(made, made.flow(false).decision(find(made, 'r').start))).toEqual({ end: 'exit', writes: ['k'] });
    expect(made.flow(false).failure(find(made, 'r').start)).toBeUndefined();
  });
});
