import fc from 'fast-check';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { isArray, isObject } from '../../kernel/json.ts';
import { compileSchema } from '../../schema/compile.ts';
import { generator } from '../../schema/generate/generate.ts';
import { NotGenerable } from '../property/world.ts';
import type { AttackFixture } from './fixture.ts';

/** Account numbers, addresses, hosts and ids that an attacker wants to see in a call. */
const PAYLOAD = /[A-Z]{2}\d{10,30}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?:\/\/[^\s"'<>)]+|\b[\w-]+\.(?:example|test)\b/gu;

/** What the attacks of a store want to smuggle in: taken from their texts, without repeats. */
export function payloads(attacks: readonly AttackFixture[]): readonly string[] {
  return [...new Set(attacks.flatMap(({ text }) => [...text.matchAll(PAYLOAD)].map(([found]) => found)))];
}

const cache = new Map<string, fc.Arbitrary<Json>>();

/**
 * What a hijacked model may answer: any value of the schema, its strings exchanged for the attacker's wherever the schema
 * still allows that.
 */
export function hijacked(schema: JsonObject, pool: readonly string[]): fc.Arbitrary<Json> {
  const key = JSON.stringify([schema, pool]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const values = generator(schema, 'valid');
  const compiled = compileSchema(schema);
  if (!values.ok) throw new NotGenerable('', values.error);
  if (!compiled.ok) throw new NotGenerable('', 'the schema does not compile');
  const edges = generator(schema, 'boundary');
  const plain = edges.ok ? fc.oneof(values.value, edges.value) : values.value;
  const aimed =
    pool.length === 0
      ? plain
      : fc
          .tuple(values.value, fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 4 }))
          .map(([value, wanted]) => {
            let used = 0;
            return replaceStrings(value, (path, whole) => {
              const candidate = whole(path, wanted[used % wanted.length] as string);
              const fits = compiled.value.validate(candidate).length === 0;
              if (fits) used += 1;
              return fits ? candidate : undefined;
            });
          });
  const made = fc.oneof({ arbitrary: plain, weight: 1 }, { arbitrary: aimed, weight: 2 });
  cache.set(key, made);
  return made;
}

type Path = readonly (string | number)[];

/** Offers every string leaf of `root` for exchange, each on top of the exchanges before it. */
function replaceStrings(
  root: Json,
  offer: (path: Path, whole: (path: Path, text: string) => Json) => Json | undefined,
): Json {
  let current = root;
  for (const path of stringPaths(root)) current = offer(path, (at, text) => put(current, at, text)) ?? current;
  return current;
}

export function stringPaths(json: Json, path: Path = []): readonly Path[] {
  if (typeof json === 'string') return [path];
  if (isArray(json)) return json.flatMap((item, i) => stringPaths(item, [...path, i]));
  if (isObject(json)) return Object.entries(json).flatMap(([key, item]) => stringPaths(item, [...path, key]));
  return [];
}

/** `json` with the value at `path` exchanged. */
export function put(json: Json, path: Path, value: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (isArray(json)) return json.map((item, i) => (i === first ? put(item, rest, value) : item));
  if (!isObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, item]) => [key, key === first ? put(item, rest, value) : item]),
  );
}
