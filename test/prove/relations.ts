import type { Json } from '../../src/kernel/json.ts';
import { $, type Seed, tool } from '../seeded/describe.ts';
import { id, int, text } from '../seeded/law.ts';

/** Workflows of the seeded store in which relations between unknowns decide. */

const REAL: Json = { type: 'number', minimum: -10, maximum: 10 };

/** A workflow that calls with what the contract refuses where all conditions hold, one after the other. */
export function workflow(input: Readonly<Record<string, Json>>, conditions: readonly string[]): Seed {
  const item = conditions.reduceRight((inner, condition) => `if ${condition} then ${inner} else "a" end`, '"x"');
  return {
    name: 'relations',
    what: '',
    rule: '',
    input,
    tools: { 'bank/balance': { where: { properties: { account: { const: 'a' } } } } },
    tasks: () => [{ look: tool('bank/balance', { account: $(item) }) }],
  };
}

/** Conditions that no input meets, and the same loosened so that few do. */
export const CASES: readonly (readonly [
  what: string,
  input: Readonly<Record<string, Json>>,
  none: readonly string[],
  some: readonly string[],
])[] = [
  [
    'an order of three numbers',
    { a: int(0, 1000), b: int(0, 1000), c: int(0, 1000) },
    ['$context.a < $context.b', '$context.b < $context.c', '$context.c < $context.a'],
    ['$context.a < $context.b', '$context.b < $context.c', '$context.a + 2 >= $context.c'],
  ],
  [
    'a sum against its parts',
    { a: int(0, 1000), b: int(0, 1000), c: int(0, 1000) },
    ['$context.a + $context.b <= $context.c', '$context.a > $context.c'],
    ['$context.a + $context.b == $context.c', '$context.a + 1 == $context.c', '$context.a > 900'],
  ],
  [
    'differences',
    { a: int(0, 1000), b: int(0, 1000), c: int(0, 1000) },
    ['$context.a - $context.b == 7', '$context.b - $context.c == 5', '$context.a - $context.c != 12'],
    ['$context.a - $context.b == 7', '$context.b - $context.c == 5', '$context.a - $context.c == 12'],
  ],
  [
    'numbers that are no integers',
    { a: REAL, b: REAL, c: REAL },
    ['$context.a < $context.b', '$context.b < $context.c', '$context.c <= $context.a'],
    ['$context.a < $context.b', '$context.b < $context.c', '$context.c <= 0.5', '$context.a > 0.25'],
  ],
  [
    'three texts of two values, all different',
    { a: { enum: ['x', 'y'] }, b: { enum: ['x', 'y'] }, c: { enum: ['x', 'y'] } },
    ['$context.a != $context.b', '$context.b != $context.c', '$context.a != $context.c'],
    ['$context.a != $context.b', '$context.b != $context.c'],
  ],
  [
    'a text put together',
    { a: id, b: id, c: text(40) },
    ['"\\($context.a)-\\($context.b)" != "\\($context.b)-\\($context.a)"', '$context.a == $context.b'],
    ['"\\($context.a)-\\($context.b)" == $context.c', '$context.c == "left-right"'],
  ],
  [
    'lengths',
    { a: text(20), b: text(20), c: text(40) },
    ['$context.c == "\\($context.a)-\\($context.b)"', '($context.c | length) <= ($context.a | length)'],
    ['($context.a | length) == ($context.b | length) + 9', '($context.b | length) > 9'],
  ],
];
