import { fromEntries, isArray, isObject, type Json, member } from './json.ts';
import { type Pointer, tokensOf } from './pointer.ts';

/** The value at a pointer; `undefined` where there is none. */
export function valueAt(root: Json | undefined, pointer: Pointer): Json | undefined {
  let value = root;
  for (const token of tokensOf(pointer) ?? []) {
    if (isArray(value)) value = value[Number(token)];
    else value = isObject(value) ? member(value, token) : undefined;
  }
  return value;
}

/** The document with another value at a pointer; the same document where there is nothing at it. */
export function replaceAt(root: Json, pointer: Pointer, value: Json): Json {
  return valueAt(root, pointer) === undefined ? root : replaced(root, tokensOf(pointer) ?? [], value);
}

function replaced(node: Json, [token, ...rest]: readonly string[], value: Json): Json {
  if (token === undefined) return value;
  if (isArray(node)) return node.map((item, i) => (String(i) === token ? replaced(item, rest, value) : item));
  if (!isObject(node)) return node;
  return fromEntries(
    Object.entries(node).map(([name, it]) => [name, name === token ? replaced(it, rest, value) : it] as const),
  );
}
