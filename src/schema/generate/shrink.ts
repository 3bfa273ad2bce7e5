import { fromEntries, isArray, isObject, type Json } from '../../kernel/json.ts';

/** Values a step smaller than `value`, the boldest steps first; each is smaller by a measure that cannot fall for ever. */
export function* smaller(value: Json): Generator<Json> {
  if (typeof value === 'string') yield* smallerText(value);
  else if (typeof value === 'number') yield* smallerNumber(value);
  else if (value === true) yield false;
  else if (isArray(value)) yield* smallerArray(value);
  else if (isObject(value)) yield* smallerObject(Object.entries(value));
}

function* smallerText(text: string): Generator<string> {
  const characters = Array.from(text);
  if (characters.length === 0) return;
  yield '';
  for (let length = characters.length >> 1; length > 0; length >>= 1)
    yield characters.slice(0, characters.length - length).join('');
  if (characters.length <= 40) {
    for (const i of characters.keys()) yield characters.toSpliced(i, 1).join('');
    for (const [i, character] of characters.entries()) if (character > 'a') yield characters.with(i, 'a').join('');
  }
}

function* smallerNumber(number: number): Generator<number> {
  if (number === 0) return;
  yield 0;
  if (number < 0) yield -number;
  const whole = Math.trunc(number);
  if (whole !== number) yield whole;
  for (let gap = whole; Math.abs(gap) >= 1; gap = Math.trunc(gap / 2)) if (whole - gap !== 0) yield whole - gap;
}

function* smallerArray(items: readonly Json[]): Generator<Json> {
  if (items.length === 0) return;
  yield [];
  for (let length = items.length >> 1; length > 0; length >>= 1) yield items.slice(0, items.length - length);
  for (const i of items.keys()) yield items.toSpliced(i, 1);
  for (const [i, item] of items.entries()) for (const it of smaller(item)) yield items.with(i, it);
}

function* smallerObject(members: readonly (readonly [string, Json])[]): Generator<Json> {
  if (members.length === 0) return;
  yield {};
  if (members.length > 2) yield fromEntries(members.slice(0, members.length >> 1));
  for (const i of members.keys()) yield fromEntries(members.toSpliced(i, 1));
  for (const [i, [key, item]] of members.entries()) {
    for (const it of smaller(item)) yield fromEntries(members.with(i, [key, it]));
  }
}
