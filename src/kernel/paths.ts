import { fromEntries, isArray, isObject, type Json, member } from './json.ts';
import { type Pointer, tokensOf } from './pointer.ts';

/** Where something stands in a JSON value, member by member. */
export type Path = readonly (string | number)[];

/** The paths of every string and number, in order. */
export function leafPaths(json: Json, path: Path = []): readonly Path[] {
  if (typeof json === 'string' || typeof json === 'number') return [path];
  return children(json).flatMap(([key, item]) => leafPaths(item, [...path, key]));
}

/** The paths of every list and string, outer ones first. */
export function extentPaths(json: Json, path: Path = []): readonly Path[] {
  if (typeof json === 'string') return [path];
  const inner = children(json).flatMap(([key, item]) => extentPaths(item, [...path, key]));
  return isArray(json) ? [path, ...inner] : inner;
}

function children(json: Json): readonly (readonly [string | number, Json])[] {
  if (isArray(json)) return json.map((item, i) => [i, item] as const);
  return isObject(json) ? Object.entries(json) : [];
}

/** The path that a pointer spells; the whole value for a text that is none. */
export function pathOf(pointer: Pointer): Path {
  return tokensOf(pointer) ?? [];
}

/** The value at `path`; `undefined` where there is none. */
export function valueAt(json: Json | undefined, path: Path): Json | undefined {
  let at = json;
  for (const token of path) {
    if (isArray(at)) at = at[Number(token)];
    else if (isObject(at)) at = member(at, String(token));
    else return undefined;
  }
  return at;
}

/** `json` with the value at `path` exchanged; `json` itself where there is none. */
export function put(json: Json, path: Path, value: Json): Json {
  return valueAt(json, path) === undefined ? json : exchanged(json, path, value);
}

function exchanged(json: Json, [first, ...rest]: Path, value: Json): Json {
  if (first === undefined) return value;
  if (isArray(json)) return json.map((item, i) => (i === Number(first) ? exchanged(item, rest, value) : item));
  if (!isObject(json)) return json;
  const name = String(first);
  return fromEntries(
    Object.entries(json).map(([key, item]) => [key, key === name ? exchanged(item, rest, value) : item]),
  );
}
