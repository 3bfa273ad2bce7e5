import { equalJson, type Json } from '../kernel/json.ts';
import { compileSchema, type SchemaOptions } from './compile.ts';
import { Prover, Undecided } from './contain/empty.ts';
import { Search } from './contain/search.ts';
import { must, mustNot } from './generate/demand.ts';

/** Whether every value of one schema is a value of another: shown, refuted by a value, or not found out. */
export type Containment =
  | { readonly kind: 'proved' }
  | { readonly kind: 'refuted'; readonly witness: Json }
  | { readonly kind: 'unknown'; readonly why: string };

/** Draws before the proof is tried, and after it has failed, and the places visited for each. */
const FIRST = { tries: 12, visits: 150 };
const THEN = { tries: 400, visits: 1000 };

/**
 * Whether every value that `a` accepts is accepted by `b`. `proved` rests on reasoning over both schemas and holds for all
 * JSON; a witness is a value that the validator accepts under `a` and refuses under `b`. A schema that cannot be compiled
 * makes the answer `unknown`.
 */
export function contains(a: Json, b: Json, options: SchemaOptions = {}): Containment {
  const [inner, outer] = [compileSchema(a, options), compileSchema(b, options)];
  if (!inner.ok || !outer.ok) {
    const problem = (inner.ok ? [] : inner.error)[0] ?? (outer.ok ? [] : outer.error)[0];
    return { kind: 'unknown', why: problem?.detail ?? 'a schema cannot be compiled' };
  }
  if (equalJson(a, b)) return { kind: 'proved' };
  const search = new Search(inner.value, outer.value);
  const early = search.find(FIRST);
  if (early !== undefined) return { kind: 'refuted', witness: early };
  try {
    if (new Prover().isEmpty([must(inner.value.root), mustNot(outer.value.root)])) return { kind: 'proved' };
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
  const late = search.find(THEN);
  if (late !== undefined) return { kind: 'refuted', witness: late };
  return { kind: 'unknown', why: 'neither a proof nor a value that tells them apart was found' };
}
