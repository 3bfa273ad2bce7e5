import fc from 'fast-check';
import { concreteEnvironment } from '../../src/expression/environment.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { evaluate } from '../../src/expression/evaluate.ts';
import { inferType, type TypeProblem } from '../../src/expression/infer.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import { schemaType } from '../../src/expression/schema-type.ts';
import type { Expression, Node } from '../../src/expression/tree.ts';
import { memberOf, type Type } from '../../src/expression/type.ts';
import { equalJson, isArray, isObject, type Json } from '../../src/kernel/json.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import { generator } from '../../src/schema/generate/generate.ts';
import { accepts } from '../../src/schema/validate.ts';
import { booleanValue, lift, lower, nullValue, stringValue } from '../../src/value/concrete.ts';
import { BOTTOM } from '../../src/value/label.ts';
import { type Draw, drawProgram, drawSeeded } from './programs.ts';

/** Whether a value is one of a type: what a type means, written a second time. */
export function isOf(value: Json, type: Type): boolean {
  if (value === null) return type.null;
  if (typeof value === 'boolean') return type.boolean[`${value}`];
  if (typeof value === 'number') {
    const { number } = type;
    if (number === undefined || value < number.min || value > number.max) return false;
    return (!number.integer || Number.isInteger(value)) && number.values?.includes(value) !== false;
  }
  if (typeof value === 'string') {
    const { string } = type;
    return (
      string !== undefined &&
      string.values?.includes(value) !== false &&
      string.rules.every((rule) => accepts(rule, value))
    );
  }
  if (isArray(value)) {
    const { array } = type;
    return (
      array !== undefined &&
      value.length >= array.min &&
      value.length <= array.max &&
      value.every((item) => isOf(item, array.item))
    );
  }
  const { object } = type;
  if (object === undefined || !isObject(value)) return false;
  return (
    Object.entries(value).every(([name, member]) =>
      isOf(member, memberOf(object, name)?.type ?? { ...type, ...NOTHING }),
    ) && [...object.named].every(([name, { required }]) => !required || Object.hasOwn(value, name))
  );
}

const NOTHING = {
  null: false,
  boolean: { true: false, false: false },
  number: undefined,
  string: undefined,
  array: undefined,
  object: undefined,
};

export type Outcome = { readonly value: Json } | { readonly error: ExpressionError };

export function run(expression: Expression, input: Json, context: Json): Outcome {
  const variables = new Map([['context', lift(context, BOTTOM)]]);
  try {
    return { value: lower(evaluate(expression, concreteEnvironment(lift(input, BOTTOM), 2_000_000, variables))) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { error };
  }
}

/** The same expression with another node in the place of one. */
export function withNode(expression: Expression, node: Node, other: Node): Expression {
  const copy = (part: unknown): unknown => {
    if (part === node) return other;
    if (Array.isArray(part)) return part.map(copy);
    if (typeof part !== 'object' || part === null) return part;
    if ('kind' in part && (part.kind === 'literal' || part.kind === 'test')) return part;
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, copy(member)]));
  };
  return { ...expression, root: copy(expression.root) as Node };
}

const NOWHERE = { offset: -7, length: 1 };

/** One problem put to the test: the expression as it is, with the node marked, and with what the problem says in its place. */
export interface Probe {
  /** Whether the evaluation comes to the node. */
  readonly reaches: (input: Json, context: Json) => boolean;
  /** What contradicts the problem; `undefined` where it holds, or the evaluation does not come there. */
  readonly contradiction: (input: Json, context: Json) => string | undefined;
}

export function probe(expression: Expression, problem: TypeProblem): Probe {
  const base = { span: problem.node.span, count: 'one', height: 1 } as const;
  const text: Node = { ...base, kind: 'literal', value: stringValue('x', BOTTOM) };
  const marked = withNode(expression, problem.node, { ...base, span: NOWHERE, kind: 'negate', operand: text });
  const reaches = (input: Json, context: Json): boolean => {
    const outcome = run(marked, input, context);
    return 'error' in outcome && outcome.error.span === NOWHERE;
  };
  if (problem.kind === 'fails') {
    const contradiction = (input: Json, context: Json): string | undefined => {
      // Operands that yield no value are no failure, and how many they yield only running them shows.
      if (problem.node.count !== 'one' || !reaches(input, context)) return undefined;
      const real = run(expression, input, context);
      return 'error' in real ? undefined : `${problem.detail}, but it gives ${JSON.stringify(real.value)}`;
    };
    return { reaches, contradiction };
  }
  const value = problem.kind === 'member' ? nullValue(BOTTOM) : booleanValue(problem.holds, BOTTOM);
  const { node } = problem;
  // The node still yields as many values as it does, each of them the one that is claimed.
  const claimed: Node = {
    ...base,
    count: node.count,
    kind: 'pipe',
    left: node,
    right: { ...base, kind: 'literal', value },
  };
  const replaced = withNode(expression, node, claimed);
  const contradiction = (input: Json, context: Json): string | undefined => {
    const [real, said] = [run(expression, input, context), run(replaced, input, context)];
    if ('error' in real) return 'error' in said ? undefined : `${problem.kind}, but it fails`;
    return 'value' in said && equalJson(said.value, real.value)
      ? undefined
      : `${problem.kind}, but it gives ${JSON.stringify(real)}`;
  };
  return { reaches, contradiction };
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'o', 'k', 't', 'v', 'x', 'y'];
const WORDS = ['', 'a', 'b', 'ab', '1', 'x y', 'é'];

function pick<T>(draw: Draw, items: readonly T[]): T {
  return items[draw(items.length)] as T;
}

function some<T>(draw: Draw, items: readonly T[], one: number): readonly T[] {
  return items.filter(() => draw(one) === 0);
}

/** A JSON Schema of an object with members that generated programs read. */
export function drawRecord(draw: Draw, depth: number): Json {
  const names = some(draw, NAMES, depth > 2 ? 2 : 3);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, drawSchema(draw, depth - 1)])),
    required: [...some(draw, names, 2)],
    ...(draw(4) === 0 ? {} : { additionalProperties: draw(5) === 0 ? drawSchema(draw, 0) : false }),
  };
}

export function drawSchema(draw: Draw, depth: number): Json {
  const leaf = (): Json => {
    switch (draw(9)) {
      case 0:
        return { type: 'string', enum: [...new Set([pick(draw, WORDS), pick(draw, WORDS)])] };
      case 1:
        return { type: 'string', pattern: pick(draw, ['^a', '^[a-z]*$', '^[0-9]{2}$']) };
      case 2:
        return { type: 'string', maxLength: 4 };
      case 3:
        return { type: 'integer', minimum: draw(4) - 2, maximum: 3 };
      case 4:
        return { type: 'number', minimum: -2, exclusiveMaximum: 5 };
      case 5:
        return { type: 'boolean' };
      case 6:
        return { const: pick<Json>(draw, [null, 'a', 1, true, 0]) };
      case 7:
        return { type: [pick(draw, ['string', 'integer', 'boolean']), 'null'] };
      default:
        return { enum: [pick<Json>(draw, [1, 2, 0]), pick<Json>(draw, ['a', 'b', null])] };
    }
  };
  if (depth <= 0) return leaf();
  switch (draw(7)) {
    case 0:
    case 1:
      return drawRecord(draw, depth);
    case 2:
      return { type: 'array', items: drawSchema(draw, depth - 1), minItems: draw(3), maxItems: 4 };
    case 3:
      return { anyOf: [drawSchema(draw, depth - 1), drawSchema(draw, depth - 1)] };
    case 4:
      return { allOf: [drawRecord(draw, depth), { type: 'object', properties: { a: leaf() } }] };
    default:
      return leaf();
  }
}

export interface Laws {
  /** What contradicts a type or a problem. */
  readonly wrong: readonly string[];
  /** Values that programs gave, and how often an evaluation came to a node that has a problem. */
  readonly values: number;
  readonly reached: number;
  readonly kinds: ReadonlySet<string>;
}

/** Generated programs over generated schemas, each with valid values: what types say of them against what they do. */
export function checkLaws(from: number, schemas: number, programs: number, values: number): Laws {
  const wrong: string[] = [];
  const kinds = new Set<string>();
  let [given, reached] = [0, 0];
  for (let seed = from; seed < from + schemas; seed += 1) {
    const schema = drawRecord(drawSeeded(seed), 3);
    const made = generator(schema, seed % 2 === 0 ? 'valid' : 'boundary');
    const compiled = compileSchema(schema);
    if (!made.ok || !compiled.ok) continue;
    const inputs = fc.sample(made.value, { numRuns: values, seed });
    const type = schemaType(compiled.value.root);
    const over = (source: string): string => `${source} over ${JSON.stringify(schema)}`;
    for (const input of inputs) if (!isOf(input, type)) wrong.push(over(JSON.stringify(input)));
    for (let i = 0; i < programs; i += 1) {
      const parsed = parseExpression(drawProgram(drawSeeded(seed * 1000 + i), 1 + (i % 5)));
      if (!parsed.ok) continue;
      const { value: expression } = parsed;
      const variables = new Map([['context', type]]);
      const inferred = inferType(expression.root, { input: type, variables, narrowed: false }, { left: 1_000_000 });
      const probes = inferred.problems.map((problem) => ({ kind: problem.kind, ...probe(expression, problem) }));
      inputs.forEach((input, at) => {
        const context = inputs[(at + 1) % inputs.length] ?? null;
        const outcome = run(expression, input, context);
        if ('value' in outcome) {
          given += 1;
          if (!isOf(outcome.value, inferred.type))
            wrong.push(
              `${over(expression.source)} gives ${JSON.stringify(outcome.value)} of ${JSON.stringify([input, context])}`,
            );
        }
        for (const { kind, reaches, contradiction } of probes) {
          const why = contradiction(input, context);
          if (why !== undefined)
            wrong.push(`${over(expression.source)}: ${why} of ${JSON.stringify([input, context])}`);
          if (!reaches(input, context)) continue;
          reached += 1;
          kinds.add(kind);
        }
      });
    }
  }
  return { wrong, values: given, reached, kinds };
}
