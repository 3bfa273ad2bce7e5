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
  /** `influence` and `secrecy` as marks, without `control`. */
  readonly direct: Marks;
  /** `direct` and `control` joined. */
  readonly flat: Marks;
  /** {@link flat} without the author. */
  readonly decision: Marks;
}

const marksByKey = new Map<string, Marks>();
// Rows by the id of one side, cells by the id of the other: ids are dense, and a numeric key needs no string.
const marksJoins: (Marks | undefined)[][] = [];
const labelTable: (Label | undefined)[][] = [];
const labelJoins: (Label | undefined)[][] = [];

function sortedSet<T extends string>(items: Iterable<T>): readonly T[] {
  return [...new Set(items)].toSorted(compareText);
}

export function marks(influence: Iterable<Origin>, secrecy: Iterable<string> = []): Marks {
  const who = sortedSet(influence);
  const tags = sortedSet(secrecy);
  const key = JSON.stringify([who, tags]);
  const known = marksByKey.get(key);
  if (known !== undefined) return known;
  const made: Marks = Object.freeze({
    id: marksByKey.size,
    influence: Object.freeze(who),
    secrecy: Object.freeze(tags),
  });
  marksByKey.set(key, made);
  marksJoins.push([]);
  labelTable.push([]);
  return made;
}

export const NO_MARKS: Marks = marks([]);

/** The label of something that the marks `direct` chose, picked by the decisions `control`. */
export function labelFrom(direct: Marks, control: Marks = NO_MARKS): Label {
  const row = labelTable[direct.id] as (Label | undefined)[];
  const known = row[control.id];
  if (known !== undefined) return known;
  const flat = joinMarks(direct, control);
  const made: Label = Object.freeze({
    id: labelJoins.length,
    influence: direct.influence,
    secrecy: direct.secrecy,
    control,
    direct,
    flat,
    decision: withoutAuthor(flat),
  });
  labelJoins.push([]);
  row[control.id] = made;
  return made;
}

/** The label of a value with these marks that no decision picked. */
export function label(influence: Iterable<Origin>, secrecy: Iterable<string> = []): Label {
  return labelFrom(marks(influence, secrecy));
}

/** Nobody chose it and it reveals nothing: the unit of {@link join}. */
export const BOTTOM: Label = labelFrom(NO_MARKS);

/** What a literal of the workflow carries. */
export const AUTHOR: Label = label(['author']);

export function joinMarks(a: Marks, b: Marks): Marks {
  if (a === b || b === NO_MARKS) return a;
  if (a === NO_MARKS) return b;
  const [low, high] = a.id < b.id ? [a, b] : [b, a];
  const row = marksJoins[low.id] as (Marks | undefined)[];
  const known = row[high.id];
  if (known !== undefined) return known;
  const made = marks([...a.influence, ...b.influence], [...a.secrecy, ...b.secrecy]);
  row[high.id] = made;
  return made;
}

/** Least upper bound: the union of every part. */
export function join(a: Label, b: Label): Label {
  if (a === b || b === BOTTOM) return a;
  if (a === BOTTOM) return b;
  const [low, high] = a.id < b.id ? [a, b] : [b, a];
  const row = labelJoins[low.id] as (Label | undefined)[];
  const known = row[high.id];
  if (known !== undefined) return known;
  const made = labelFrom(joinMarks(a.direct, b.direct), joinMarks(a.control, b.control));
  row[high.id] = made;
  return made;
}

/** Everything that `label` says of a value and of the decisions behind it, as one. */
export function flatten(label: Label): Marks {
  return label.flat;
}

/**
 * What a decision on a value with this label carries: {@link flatten} without the author, for choosing a path or a branch
 * adds no author influence (FORMATS, "Labels").
 */
export function deciding(label: Label): Marks {
  return label.decision;
}

/** `label` for a value that a decision with the marks `decision` picked. */
export function controlled(label: Label, decision: Marks): Label {
  if (decision === NO_MARKS) return label;
  const control = joinMarks(label.control, decision);
  return control === label.control ? label : labelFrom(label.direct, control);
}

/** Whether `label`, flattened, holds all of `marks`. */
export function covers(label: Label, marks: Marks): boolean {
  return joinMarks(label.flat, marks) === label.flat;
}

export function withoutAuthor(all: Marks): Marks {
  return all.influence.includes('author')
    ? marks(
        all.influence.filter((who) => who !== 'author'),
        all.secrecy,
      )
    : all;
}
