import { compareText } from '../kernel/json.ts';

/** Who could have chosen a value (FORMATS, "Labels"). */
export type Origin = 'author' | 'caller' | 'user' | 'model' | `tool:${string}`;

/** Who could have chosen something, and which secrets it reveals; both sorted. Interned: equal marks are one object. */
export interface Marks {
  readonly id: number;
  readonly influence: readonly Origin[];
  readonly secrecy: readonly string[];
}

/**
 * The label of a value: the marks of the value itself, and in `control` those of the decisions that picked it. Interned:
 * equal labels are one object, so `===` compares them.
 */
export interface Label {
  readonly id: number;
  readonly influence: readonly Origin[];
  readonly secrecy: readonly string[];
  readonly control: Marks;
}

const marksByKey = new Map<string, Marks>();
const labelsByKey = new Map<string, Label & { readonly direct: Marks }>();
const directOf = new WeakMap<Label, Marks>();
const marksJoins = new Map<number, Marks>();
const labelJoins = new Map<number, Label>();
// Ids are dense from 0, so a pair of them is one safe integer below 2^52.
const PAIR = 2 ** 26;

function sortedSet<T extends string>(items: Iterable<T>): readonly T[] {
  return [...new Set(items)].toSorted(compareText);
}

export function marks(influence: Iterable<Origin>, secrecy: Iterable<string> = []): Marks {
  const who = sortedSet(influence);
  const tags = sortedSet(secrecy);
  const key = JSON.stringify([who, tags]);
  const known = marksByKey.get(key);
  if (known !== undefined) return known;
  const made: Marks = Object.freeze({ id: marksByKey.size, influence: Object.freeze(who), secrecy: Object.freeze(tags) });
  marksByKey.set(key, made);
  return made;
}

export const NO_MARKS: Marks = marks([]);

function labelOf(direct: Marks, control: Marks): Label {
  const key = `${direct.id}.${control.id}`;
  const known = labelsByKey.get(key);
  if (known !== undefined) return known;
  const made = Object.freeze({ id: labelsByKey.size, influence: direct.influence, secrecy: direct.secrecy, control, direct });
  labelsByKey.set(key, made);
  directOf.set(made, direct);
  return made;
}

function direct(label: Label): Marks {
  return directOf.get(label) ?? marks(label.influence, label.secrecy);
}

/** The label of a value with these marks that no decision picked. */
export function label(influence: Iterable<Origin>, secrecy: Iterable<string> = []): Label {
  return labelOf(marks(influence, secrecy), NO_MARKS);
}

/** Nobody chose it and it reveals nothing: the unit of {@link join}. */
export const BOTTOM: Label = labelOf(NO_MARKS, NO_MARKS);

/** What a literal of the workflow carries. */
export const AUTHOR: Label = label(['author']);

export function joinMarks(a: Marks, b: Marks): Marks {
  if (a === b || b === NO_MARKS) return a;
  if (a === NO_MARKS) return b;
  const key = a.id < b.id ? a.id * PAIR + b.id : b.id * PAIR + a.id;
  let joined = marksJoins.get(key);
  if (joined === undefined) {
    joined = marks([...a.influence, ...b.influence], [...a.secrecy, ...b.secrecy]);
    marksJoins.set(key, joined);
  }
  return joined;
}

/** Least upper bound: the union of every part. */
export function join(a: Label, b: Label): Label {
  if (a === b || b === BOTTOM) return a;
  if (a === BOTTOM) return b;
  const key = a.id < b.id ? a.id * PAIR + b.id : b.id * PAIR + a.id;
  let joined = labelJoins.get(key);
  if (joined === undefined) {
    joined = labelOf(joinMarks(direct(a), direct(b)), joinMarks(a.control, b.control));
    labelJoins.set(key, joined);
  }
  return joined;
}

/** Everything that `label` says of a value and of the decisions behind it, as one: what a decision on that value carries. */
export function flatten(label: Label): Marks {
  return joinMarks(direct(label), label.control);
}

/** `label` for a value that a decision with the marks `decision` picked. */
export function controlled(label: Label, decision: Marks): Label {
  return decision === NO_MARKS ? label : labelOf(direct(label), joinMarks(label.control, decision));
}

/** The label of something that these marks chose directly. */
export function labelFrom(direct: Marks, control: Marks = NO_MARKS): Label {
  return labelOf(direct, control);
}
