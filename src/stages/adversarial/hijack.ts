import fc from 'fast-check';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { leafPaths, type Path, put, valueAt } from '../../kernel/paths.ts';
import { compileSchema, type Schema } from '../../schema/compile.ts';
import { generator } from '../../schema/generate/generate.ts';
import type { Draw } from '../draw.ts';
import { NotGenerable } from '../property/world.ts';
import type { AttackFixture } from './fixture.ts';

/** Account numbers, addresses, hosts and ids that an attacker wants to see in a call. */
const PAYLOAD = /[A-Z]{2}\d{10,30}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?:\/\/[^\s"'<>)]+|\b[\w-]+\.(?:example|test)\b/gu;

/** What the attacks of a store want to smuggle in: taken from their texts, without repeats. */
export function payloads(attacks: readonly AttackFixture[]): readonly string[] {
  return [...new Set(attacks.flatMap(({ text }) => [...text.matchAll(PAYLOAD)].map(([found]) => found)))];
}

/** What a hijacked model can draw on for one schema. */
interface Repertoire {
  readonly schema: Schema;
  readonly valid: fc.Arbitrary<Json>;
  /** Values at the edges of the schema among the others. */
  readonly plain: fc.Arbitrary<Json>;
}

const repertoires = new Map<string, Repertoire>();
/** What becomes of one leaf of an answer: kept, made what the attacker wants, or made anything the schema allows. */
const moves = fc.array(fc.constantFrom('aim', 'other', 'keep'), { minLength: 1, maxLength: 8 });
const oneInFour = fc.nat(3).map((n) => n === 0);

/**
 * What a hijacked model may answer: any value of the schema. Mostly it is aimed: an innocent answer (`told`, what the model
 * said in a benign run, or any other) with some of its leaves exchanged, wherever the schema still allows that. The model
 * that changes one field and leaves the rest alone is the one that gets past checks.
 */
export function hijacked(draw: Draw, schema: JsonObject, pool: readonly string[], told: Json | undefined): Json {
  const repertoire = repertoireOf(schema);
  if (draw(oneInFour)) return draw(repertoire.plain);
  let answer = told !== undefined && draw(fc.boolean()) ? told : draw(repertoire.valid);
  const other = draw(repertoire.valid);
  const plan = draw(moves);
  leafPaths(answer).forEach((path, i) => {
    const replacement = replacementOf(draw, plan[i % plan.length], pool, valueAt(other, path), valueAt(answer, path));
    if (replacement === undefined) return;
    const candidate = put(answer, path, replacement);
    if (repertoire.schema.isValid(candidate)) answer = candidate;
  });
  return answer;
}

function replacementOf(
  draw: Draw,
  move: string | undefined,
  pool: readonly string[],
  other: Json | undefined,
  now: Json | undefined,
): Json | undefined {
  if (move === 'aim' && typeof now === 'string' && pool.length > 0) return draw(poolOf(pool));
  return move === 'other' ? other : undefined;
}

const pools = new WeakMap<readonly string[], fc.Arbitrary<string>>();

function poolOf(pool: readonly string[]): fc.Arbitrary<string> {
  let known = pools.get(pool);
  if (known === undefined) {
    known = fc.constantFrom(...pool);
    pools.set(pool, known);
  }
  return known;
}

function repertoireOf(schema: JsonObject): Repertoire {
  const key = JSON.stringify(schema);
  let known = repertoires.get(key);
  if (known === undefined) {
    const compiled = compileSchema(schema);
    const valid = generator(schema, 'valid');
    if (!valid.ok) throw new NotGenerable('', valid.error);
    if (!compiled.ok) throw new NotGenerable('', 'the schema does not compile');
    const edges = generator(schema, 'boundary');
    const plain = edges.ok ? fc.oneof(valid.value, edges.value) : valid.value;
    known = { schema: compiled.value, valid: valid.value, plain };
    repertoires.set(key, known);
  }
  return known;
}

/** The paths of every string. */
export function stringPaths(json: Json): readonly Path[] {
  return leafPaths(json).filter((path) => typeof valueAt(json, path) === 'string');
}
