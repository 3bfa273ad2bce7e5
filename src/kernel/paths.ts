import { fromEntries, isArray, isObject, type Json, member } from './json.ts';

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

/** The value at `path`; `undefined` where there is none. */
export function valueAt(json: Json, path: Path): Json | undefined {
  let at: Json | undefined = json;
  for (const token of path) {
    if (isArray(at)) at = at[Number(token)];
    else if (isObject(at)) at = member(at, String(token));
    else return undefined;
  }
  return at;
}

/** `json` with the value at `path`, which is there, exchanged. */
export function put(json: Json, path: Path, value: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (isArray(json)) return json.map((item, i) => (i === first ? put(item, rest, value) : item));
  if (!isObject(json)) return json;
  return fromEntries(Object.entries(json).map(([key, item]) => [key, key === first ? put(item, rest, value) : item]));
}
