import type { Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import { assert } from '../kernel/result.ts';
import type { Approval } from './approvals.ts';
import type { Wanted } from './intents.ts';
import type { Active } from './stack.ts';
import type { State } from './state.ts';

/**
 * Everything on which the rest of a run depends at one of its {@link Points}, outside of forks, as a driver of unknown values keeps
 * and changes it. What is not in it is the same on every path that leads there: the place says which tasks are around, which
 * attempt of each retry it is, and which time limits are in force.
 */
export interface Snapshot {
  readonly place: readonly number[];
  /** By slot: the data, and what every frame and construct around holds. */
  readonly values: ReadonlyMap<string, Value>;
  readonly marks: ReadonlyMap<string, Marks>;
  readonly regions: readonly (readonly Active[])[];
  /** Of each frame. */
  readonly approvals: readonly (readonly Approval[])[];
  readonly wanted: Wanted;
  readonly tasks: number;
  readonly calls: number;
  readonly infers: number;
}

/** Variables that are set anew before anything reads them. */
const PASSING: ReadonlySet<string> = new Set(['input', 'output', 'task', 'context']);

export function snapshotOf(run: State): Snapshot {
  assert(run.failure === undefined && run.apart === 0, 'no error is on its way, and no fork is around');
  const values = new Map<string, Value>([['data', run.data]]);
  const marks = new Map<string, Marks>([['clock', run.clock.marks]]);
  for (const [i, { context, variables }] of run.frames.entries()) {
    values.set(`frame ${i} context`, context);
    for (const [name, value] of variables) if (!PASSING.has(name)) values.set(`frame ${i} $${name}`, value);
  }
  for (const [i, held] of run.held.entries()) {
    values.set(`held ${i} data`, held.data);
    values.set(`held ${i} input`, held.input);
    if (held.items !== undefined) values.set(`held ${i} items`, held.items);
    for (const [j, value] of held.outer.entries()) if (value !== undefined) values.set(`held ${i} outer ${j}`, value);
    marks.set(`held ${i} marks`, held.marks);
    marks.set(`held ${i} startedAt`, held.startedAt.marks);
  }
  const { tasks, calls, infers } = run;
  return {
    place: [...run.place],
    values,
    marks,
    regions: run.regions.copy(),
    approvals: run.frames.map(({ approvals }) => approvals.copy()),
    wanted: run.intents.copy(),
    tasks,
    calls,
    infers,
  };
}

/** Makes a run that stands at the snapshot's place what the snapshot says. */
export function restore(run: State, snapshot: Snapshot): void {
  const valueOf = (slot: string): Value => {
    const value = snapshot.values.get(slot);
    assert(value !== undefined, 'a snapshot has a value for every slot of its place');
    return value;
  };
  const marksOf = (slot: string): Marks => {
    const marks = snapshot.marks.get(slot);
    assert(marks !== undefined, 'a snapshot has marks for every slot of its place');
    return marks;
  };
  run.data = valueOf('data');
  run.clock.marks = marksOf('clock');
  for (const [i, frame] of run.frames.entries()) {
    frame.context = valueOf(`frame ${i} context`);
    frame.variables.clear();
    frame.variables.set('context', frame.context);
    const before = `frame ${i} $`;
    for (const [slot, value] of snapshot.values)
      if (slot.startsWith(before)) frame.variables.set(slot.slice(before.length), value);
    frame.approvals.reset(snapshot.approvals[i] ?? []);
  }
  for (const [i, held] of run.held.entries()) {
    held.data = valueOf(`held ${i} data`);
    held.input = valueOf(`held ${i} input`);
    if (held.items !== undefined) held.items = valueOf(`held ${i} items`);
    held.outer = held.outer.map((_, j) => snapshot.values.get(`held ${i} outer ${j}`));
    held.marks = marksOf(`held ${i} marks`);
    held.startedAt = { ...held.startedAt, marks: marksOf(`held ${i} startedAt`) };
  }
  run.regions.reset(snapshot.regions);
  run.intents.reset(snapshot.wanted);
  run.tasks = snapshot.tasks;
  run.calls = snapshot.calls;
  run.infers = snapshot.infers;
}
