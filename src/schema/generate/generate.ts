import fc from 'fast-check';
import type { Json } from '../../kernel/json.ts';
import { child, type Pointer } from '../../kernel/pointer.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { ingress } from '../../value/concrete.ts';
import { compileSchema, type Schema, type SchemaOptions } from '../compile.ts';
import type { Chance } from '../language.ts';
import type { SchemaNode } from '../node.ts';
import { must, type Violation } from './demand.ts';
import { sequence } from './sequence.ts';
import { smaller } from './shrink.ts';
import { Graph, Walker } from './walk.ts';

/**
 * `valid`: values that the schema accepts. `boundary`: the same, at the ends of what it accepts. `near-miss`: values that
 * break exactly one keyword of it.
 */
export type Mode = 'valid' | 'boundary' | 'near-miss';

/** A value that the schema refuses for one reason only. */
export interface NearMiss {
  readonly value: Json;
  /** Where in the value, which keyword, and where that stands in the schema. */
  readonly violated: { readonly pointer: Pointer; readonly keyword: string; readonly schema: Pointer };
}

/** Draws for one value before a known one is given again. */
const TRIES = 8;
/** Draws before a schema is said to have no value that can be found: first short ones, then some that may take their time. */
const FIRST_TRIES = 150;
const SHORT = { tries: 120, visits: 400 };
const MAX_KNOWN = 12;
/** The same two for each keyword that is to be broken; how many have their turn, and places visited to find out which can be. */
const MISS = { tries: 25, known: 3, keywords: 300, visits: 100_000 };
/** Smaller values looked at per step of shrinking. */
const MAX_SMALLER = 400;

/**
 * Values of a schema, as an arbitrary of fast-check: every one is checked by the validator and inside the universe of
 * values before it leaves. The same seed gives the same values; they shrink to small ones of the same schema. An error
 * says why there are none: the schema cannot be compiled, or no value was found.
 */
export function generator(json: Json, mode: Mode, options: SchemaOptions = {}): Result<fc.Arbitrary<Json>, string> {
  if (mode === 'near-miss') {
    const misses = nearMisses(json, options);
    return misses.ok ? ok(misses.value.map(({ value }) => value)) : misses;
  }
  const compiled = compileSchema(json, options);
  if (!compiled.ok) return err(describe(compiled.error));
  const schema = compiled.value;
  const graph = new Graph(schema.root);
  const walk = { edgy: mode === 'boundary', violation: undefined, extras: schema.options.undeclared === 'allowed' };
  const made = Drawn.from({
    draw: (chance, visits) => {
      const options = visits === undefined ? walk : { ...walk, visits };
      return new Walker(chance, options, graph).draw([must(schema.root)])?.value;
    },
    judge: (value) => (schema.isValid(value) ? value : undefined),
    outer: (value) => value,
  });
  return made === undefined ? err('no value of the schema was found') : ok(made);
}

/**
 * Values that the schema refuses because of exactly one keyword, and which that is. Each keyword that can be broken alone has
 * its turn, as far as bounded work finds it.
 */
export function nearMisses(json: Json, options: SchemaOptions = {}): Result<fc.Arbitrary<NearMiss>, string> {
  const compiled = compileSchema(json, options);
  if (!compiled.ok) return err(describe(compiled.error));
  const schema = compiled.value;
  const graph = new Graph(schema.root);
  const violations = [...graph.nodes].flatMap(violationsOf).slice(0, MISS.keywords);
  const each: Drawn<NearMiss>[] = [];
  let visits = 0;
  for (const violation of violations) {
    if (visits > MISS.visits) break;
    const options = { edgy: true, violation, extras: schema.options.undeclared === 'allowed' };
    const draw = (chance: Chance): Json | undefined => {
      const walker = new Walker(chance, options, graph);
      const drawn = walker.draw([must(schema.root)]);
      visits += walker.visits;
      return walker.isViolated ? drawn?.value : undefined;
    };
    const judge = (value: Json): NearMiss | undefined => judgeMiss(schema, violation, value);
    const made = Drawn.from<NearMiss>({ draw, judge, outer: ({ value }) => value }, MISS.tries, MISS.known);
    if (made !== undefined) each.push(made);
  }
  return each.length === 0 ? err('no keyword of the schema can be broken alone') : ok(fc.oneof(...each));
}

function describe(problems: readonly { readonly pointer: string; readonly detail: string }[]): string {
  return problems
    .map(({ pointer, detail }) => `${pointer === '' ? 'the schema' : pointer}: ${detail}`)
    .slice(0, 3)
    .join('; ');
}

/** The keywords that refuse a value by themselves, not through a schema below them. */
const BREAKABLE = [
  ...([
    'type',
    'const',
    'enum',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
  ] as const),
  ...([
    'maxLength',
    'pattern',
    'format',
    'minItems',
    'maxItems',
    'uniqueItems',
    'minContains',
    'maxContains',
    'required',
  ] as const),
  ...(['dependentRequired', 'minProperties', 'maxProperties', 'anyOf', 'oneOf', 'not'] as const),
] satisfies readonly (keyof SchemaNode)[];

function violationsOf(node: SchemaNode): readonly Violation[] {
  const keywords: string[] = BREAKABLE.filter((keyword) => node[keyword] !== undefined);
  if (node.always === false) keywords.push('false');
  if (node.contains !== undefined && node.minContains === undefined) keywords.push('contains');
  return keywords.map((keyword) => ({ node, keyword }));
}

/** The value as a near miss, if it breaks this keyword and no other. */
function judgeMiss(schema: Schema, { node, keyword }: Violation, value: Json): NearMiss | undefined {
  const errors = schema.validate(value);
  const [first] = errors;
  if (first === undefined) return undefined;
  const at = node.always === false ? node.pointer : child(node.pointer, keyword);
  if (!errors.every((error) => error.schema === at)) return undefined;
  return { value, violated: { pointer: first.pointer, keyword: first.keyword, schema: at } };
}

interface Source<T> {
  /** A value, if one was found within so many places or the usual number. */
  readonly draw: (chance: Chance, visits?: number) => Json | undefined;
  /** What a value is given out as; `undefined` for one that may not be. */
  readonly judge: (value: Json) => T | undefined;
  readonly outer: (item: T) => Json;
}

/** An arbitrary over a source that may fail: then it gives one of the first good values again. */
class Drawn<T> extends fc.Arbitrary<T> {
  private readonly source: Source<T>;
  private readonly known: readonly T[];

  private constructor(source: Source<T>, known: readonly T[]) {
    super();
    this.source = source;
    this.known = known;
  }

  /** `undefined` where the first draws, always the same ones, give no good value. */
  static from<T>(source: Source<T>, tries = FIRST_TRIES, most = MAX_KNOWN): Drawn<T> | undefined {
    const known: T[] = [];
    const chance = sequence(tries);
    for (let i = 0; i < tries && known.length < most; i += 1) {
      const item = attempt(source, chance, i < SHORT.tries ? SHORT.visits : undefined);
      if (item !== undefined) known.push(item);
      if (known.length > 0 && i > 2 * most) break;
    }
    return known.length === 0 ? undefined : new Drawn(source, known);
  }

  override generate(random: fc.Random): fc.Value<T> {
    const chance = { below: (n: number): number => random.nextInt(0, n - 1) };
    for (let i = 0; i < TRIES; i += 1) {
      const item = attempt(this.source, chance);
      if (item !== undefined) return new fc.Value(item, undefined);
    }
    const again = this.known[chance.below(this.known.length)];
    if (again === undefined) throw new RangeError('an arbitrary is made with a known value');
    return new fc.Value(again, undefined);
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false;
  }

  override shrink(item: T): fc.Stream<fc.Value<T>> {
    return fc.stream(this.smallerItems(item));
  }

  private *smallerItems(item: T): IterableIterator<fc.Value<T>> {
    let looked = 0;
    for (const value of smaller(this.source.outer(item))) {
      looked += 1;
      if (looked > MAX_SMALLER) return;
      const judged = ingress(value).ok ? this.source.judge(value) : undefined;
      if (judged !== undefined) yield new fc.Value(judged, undefined);
    }
  }
}

function attempt<T>(source: Source<T>, chance: Chance, visits?: number): T | undefined {
  const value = source.draw(chance, visits);
  return value === undefined || !ingress(value).ok ? undefined : source.judge(value);
}
