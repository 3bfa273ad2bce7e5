import { beforeAll, describe, expect, it } from 'vitest';
import { meets } from '../expression/symbolic.ts';
import type { JsonObject } from '../kernel/json.ts';
import { loadPolicies } from '../policy/cedar.ts';
import { type CedarEngine, loadEngine } from '../policy/engine.ts';
import type { CedarValue } from '../policy/model.ts';
import { entity, record } from '../policy/values.ts';
import { Explorer } from './explorer.ts';

/** What a condition over one or two unknowns can come to, with nothing that it cannot. */

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

type Answer = 'true' | 'false' | 'error';

/** The answers to `when { source }` where the context's `x` and `y` are anything that meets their schemas. */
function answers(source: string, x: JsonObject, y: JsonObject = x): readonly Answer[] {
  const text = `@id("p") @title("t") @reference("r") permit (principal, action, resource) when { ${source} };`;
  const { set, findings } = loadPolicies([{ path: 'p.cedar', text }], engine);
  expect(findings).toEqual([]);
  const explorer = new Explorer({ paths: 60, decisions: 600 });
  const found = new Set<Answer>();
  explorer.explore(() => {
    const context = record([
      ['x', unknown(explorer, 'x', x)],
      ['y', unknown(explorer, 'y', y)],
    ]);
    const principal = entity('Workflow', 'a/b');
    const request = { principal, action: principal, resource: principal, groups: [], context, at: '' };
    const { allowed, errors } = set!.decide(request, explorer);
    found.add(errors.length > 0 ? 'error' : allowed ? 'true' : 'false');
  });
  return [...found].toSorted();
}

function unknown(explorer: Explorer, name: string, schema: JsonObject): CedarValue {
  const term = explorer.terms.variable(name);
  switch (schema['type']) {
    case 'boolean':
      explorer.note(term, schema);
      return { kind: 'question', ask: (symbols) => meets(symbols, term, { const: true }) };
    case 'array': {
      const length = explorer.note(explorer.terms.apply('length', term), {
        type: 'integer',
        minimum: Number(schema['minItems'] ?? 0),
      });
      const item = explorer.note(explorer.terms.apply('member', term, '*'), schema['items'] as JsonObject);
      return { kind: 'unknown-set', term, length, items: [{ kind: 'symbol', sort: 'string', term: item }] };
    }
    case 'integer':
      return { kind: 'symbol', sort: 'long', term: explorer.note(term, schema) };
    case 'number':
      return { kind: 'symbol', sort: 'decimal', term: explorer.note(term, schema) };
    default:
      return { kind: 'symbol', sort: 'string', term: explorer.note(term, schema) };
  }
}

const digit: JsonObject = { type: 'integer', minimum: 0, maximum: 9 };
const natural: JsonObject = { type: 'integer', minimum: 0 };
const text: JsonObject = { type: 'string' };
const either: JsonObject = { type: 'string', enum: ['a', 'b'] };
const texts: JsonObject = { type: 'array', items: either };
const some: JsonObject = { type: 'array', items: either, minItems: 1 };
const others: JsonObject = { type: 'array', items: { type: 'string', enum: ['c'] } };
const cents: JsonObject = { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 10 };

const T = ['true'] as const;
const F = ['false'] as const;
const E = ['error'] as const;
const TF = ['false', 'true'] as const;

type Case = readonly [source: string, expected: readonly Answer[], x?: JsonObject | undefined, y?: JsonObject];

describe('longs', () => {
  it.each([
    ['context.x <= 9', T],
    ['context.x <= 8', TF],
    ['context.x < 0', F],
    ['context.x < 1', TF],
    ['context.x >= 0', T],
    ['context.x > 9', F],
    ['context.x == 9', TF],
    ['context.x == 10', F],
    ['context.x == context.x', T],
    ['context.x < context.x', F],
    ['context.x - context.x == 0', T],
    ['context.x + 1 > context.x', T],
    ['context.x * 2 == 3', F],
    ['context.x * 2 == 4', TF],
    ['context.x * 2 <= 18', T],
    ['context.x * -2 < -18', F],
    ['context.x * -2 <= -18', TF],
    ['context.x * 3 > 26', TF],
    ['context.x + context.y <= 18', T],
    ['context.x + context.y <= 17', TF],
    ['context.x - context.y < -9', F],
    ['context.x <= context.y && context.y < context.x', F],
    ['context.x * context.y > 81', F],
    ['context.x * context.y > 80', TF],
    ['(context.x + 1) * (context.y + 1) >= 1', T],
    ['context.x * 0 == 0', T, natural],
    // 64 bits.
    ['context.x * 1024 * 1024 >= 0', ['error', 'true'], natural],
    ['context.x * 1023 >= 0', T, natural],
    ['context.x * context.x >= 0', ['error', 'true'], natural],
    ['context.x * 1000000000000000 > 9000000000000000', F, digit],
    ['context.x * 1000000000000000 > 9000000000000000', TF, { type: 'integer', minimum: 0, maximum: 9223 }],
    [
      'context.x * 1000000000000000 > 9000000000000000',
      ['error', 'false', 'true'],
      { type: 'integer', minimum: 0, maximum: 9224 },
    ],
    ['context.x * 1000000000000000 > 0', E, { type: 'integer', minimum: 9224 }],
    ['context.x * -1000000000000000 < 0', ['error', 'true'], { type: 'integer', minimum: 9223, maximum: 9224 }],
    ['-context.x <= 0', T],
    ['-(context.x * 9007199254740991 * 1024 - 1) < 2', ['error', 'true'], digit],
    // What one comparison says holds in the next.
    ['context.x > 4 && context.x <= 4', F],
    ['if context.x > 4 then context.x >= 5 else context.x <= 4', T],
  ] satisfies readonly Case[])('%s: %s', (...[source, expected, x = digit, y = x]: Case) => {
    expect(answers(source, x, y)).toEqual(expected);
  });
});

describe('texts and decimals', () => {
  it.each([
    ['context.x == "a"', TF],
    ['context.x == "a"', F, { type: 'string', minLength: 2 }],
    ['context.x == context.y', F, either, { type: 'string', enum: ['c'] }],
    ['context.x == context.y', T, { type: 'string', enum: ['c'] }],
    ['context.x like "*"', T],
    ['context.x like "a*"', TF],
    ['context.x like "a*" && !(context.x like "a*")', F],
    ['context.x like "a*b"', F, either],
    ['context.x like "?*"', F, either],
    ['decimal(context.x) == decimal(context.x)', ['error', 'true']],
    ['decimal(context.x).lessThan(decimal("1.0"))', ['error', 'false', 'true']],
    ['decimal(context.x).lessThan(decimal("1.0"))', E, either],
    ['decimal(context.x).lessThan(decimal("1.0"))', TF, { type: 'string', enum: ['0.5', '1.5'] }],
    ['decimal(context.x).lessThan(decimal("1.0"))', TF, { type: 'string', pattern: '^[0-9]\\.[0-9]$' }],
    ['decimal(context.x).lessThan(decimal("1.0"))', T, { type: 'string', enum: ['0.5', '0.75'] }],
    ['context.x.lessThanOrEqual(decimal("10.0"))', T, cents],
    ['context.x.lessThan(decimal("10.0"))', TF, cents],
    ['context.x.greaterThan(decimal("10.0"))', F, cents],
    ['context.x.greaterThanOrEqual(decimal("922337203685477.5807"))', F, cents],
    ['context.x == decimal("11.0")', F, cents],
    ['context.x == decimal("0.001")', F, cents],
    ['context.x == decimal("0.01")', TF, cents],
  ] satisfies readonly Case[])('%s: %s', (...[source, expected, x = text, y = x]: Case) => {
    expect(answers(source, x, y)).toEqual(expected);
  });
});

describe('sets', () => {
  it.each([
    ['["a", "b"].contains(context.x)', T, either],
    ['["a", "c"].contains(context.x)', TF, either],
    ['["c"].contains(context.x)', F, either],
    ['[1, true].contains(context.x)', F, either],
    ['[context.x].contains("a") && context.x == "b"', F, either],
    ['[context.x, context.y] == [context.x]', TF, either],
    ['[context.x, "a"].containsAll(["a"])', T, either],
    ['[context.x, "b"].containsAny(["a", "c"])', TF, either],
    ['[context.x].containsAny(["c"])', F, either],
    ['[context.x].isEmpty()', F, either],
    ['[context.x].contains(true)', TF, { type: 'boolean' }],
    ['[{a: context.x}].contains({a: true})', TF, { type: 'boolean' }],
    ['{a: context.x} == {a: "c"}', F, either],
    ['{a: context.x} == {a: "a", b: 1}', F, either],
    ['{a: context.x, b: context.y} == {a: "a", b: context.y}', TF, either],
    ['context.x.contains("a")', TF, texts],
    ['context.x.contains("c")', F, texts],
    ['context.x.contains(1)', F, texts],
    ['context.x.contains("a") && !context.x.contains("a")', F, texts],
    ['context.x.contains("a") && context.x.isEmpty()', F, texts],
    ['context.x.isEmpty()', TF, texts],
    ['context.x.isEmpty()', F, some],
    ['context.x.containsAll([])', T, texts],
    ['context.x.containsAll(["a", "c"])', F, texts],
    ['context.x.containsAny(["c", "d"])', F, texts],
    ['["a"].containsAny(context.x)', TF, texts],
    ['["c"].containsAny(context.x)', F, texts],
    ['[].containsAll(context.x)', F, some],
    ['context.x.containsAny(context.y)', TF, texts],
    ['context.x.containsAny(context.y)', F, texts, others],
    ['context.x.containsAny(context.x)', TF, texts],
    ['context.x.containsAny(context.x)', T, some],
    ['context.x == context.x', T, texts],
    ['context.x == []', F, some],
    ['context.x == "a"', F, texts],
    ['context.x < 1', E, texts],
    ['principal in context.x', ['error', 'false'], texts],
  ] satisfies readonly Case[])('%s: %s', (...[source, expected, x = text, y = x]: Case) => {
    expect(answers(source, x, y)).toEqual(expected);
  });
});
