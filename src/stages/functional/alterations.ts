import { fromEntries, isArray, isObject, type Json } from '../../kernel/json.ts';

/** Parts of a trace that do not say what was done, but where in the workflow and by whose influence. */
const UNALTERED: ReadonlySet<string> = new Set(['at', 'labels', 'control', 'tasks']);

/** More than any limit that a count is sensibly held to. */
const OFTEN = 300;

/**
 * JSON values that differ from one in one thing: a scalar is another, an item is gone, there where there was none, twice or often, there again with
 * a difference, or in its neighbour's place, a member is gone. A text may become any of `words`.
 */
export function* alterations(value: Json, words: readonly string[]): Generator<Json, void, undefined> {
  if (isArray(value)) yield* ofArray(value, words);
  else if (isObject(value)) {
    const members = Object.entries(value);
    for (const [i, [name, member]] of members.entries()) {
      if (UNALTERED.has(name)) continue;
      yield fromEntries(members.filter((_, j) => j !== i));
      for (const other of alterations(member, words))
        yield fromEntries(members.map((it, j) => (j === i ? [name, other] : it)));
    }
  } else yield* ofScalar(value, words);
}

function* ofArray(items: readonly Json[], words: readonly string[]): Generator<Json, void, undefined> {
  if (items.length === 0) yield [{}];
  for (const [i, item] of items.entries()) {
    yield items.toSpliced(i, 1);
    yield items.toSpliced(i, 0, item);
    yield items.toSpliced(i, 0, ...Array.from({ length: OFTEN }, () => item));
    const following = items[i + 1];
    if (following !== undefined) yield items.toSpliced(i, 2, following, item);
    for (const other of alterations(item, words)) {
      yield items.with(i, other);
      yield items.toSpliced(i + 1, 0, other);
    }
  }
}

function* ofScalar(value: Json, words: readonly string[]): Generator<Json, void, undefined> {
  switch (typeof value) {
    case 'boolean':
      yield !value;
      return;
    case 'number':
      yield value * 1000 + 1;
      yield -value - 1;
      return;
    case 'string':
      yield `${value}~`;
      yield '';
      yield* words.filter((word) => word !== value);
      return;
    default:
      yield true;
  }
}
