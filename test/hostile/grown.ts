import type { Input } from './inputs.ts';

/** Documents of the right shape in which one thing is far too large: what takes more than linear time shows. By loader. */

const times = (count: number, made: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => made(i)).join('');

const workflow = (
  tasks: string,
  use = '',
): string => `document: { dsl: '1.0.3', namespace: finance, name: pay-invoice, version: 1.0.0 }
input: { schema: { document: { type: object, additionalProperties: false, required: [purchaseOrders], properties: { purchaseOrders: { type: array, maxItems: 1, items: { type: integer } } } } } }
${use}do:
${tasks}
output: { schema: { document: { type: object, additionalProperties: false } } }
`;

const expression = (source: string): string =>
  workflow(`  - one: { set: { a: ${JSON.stringify(`\${ ${source} }`)} } }`);

const EXPRESSIONS: Readonly<Record<string, string>> = {
  parentheses: `${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
  sum: `1${'+1'.repeat(200_000)}`,
  path: '.a'.repeat(200_000),
  indices: `.${'[0]'.repeat(150_000)}`,
  lists: `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  objects: `${'{a:'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  conditions: `${'if . then . else '.repeat(10_000)}1${' end'.repeat(10_000)}`,
  'chained conditions': `if .a then 1 ${'elif .a then 1 '.repeat(20_000)} else 2 end`,
  interpolations: `${'"\\('.repeat(30_000)}1${')"'.repeat(30_000)}`,
  pipes: `${'not | '.repeat(50_000)}.`,
  variables: `${times(10_000, (i) => `.a as $x${i} | `)}$x0`,
  negations: `${'-'.repeat(200_000)}1`,
  alternatives: `${'.a // '.repeat(50_000)}1`,
  maps: `${'map('.repeat(30_000)}.${')'.repeat(30_000)}`,
  'a long text': `"${'a'.repeat(900_000)}"`,
  'a long number': `1${'0'.repeat(500_000)}`,
  'a long name': `.${'a'.repeat(500_000)}`,
  'a bad pattern': 'test("(a+)+$")',
  'a huge pattern': `test("${'(a?b+c*)'.repeat(50_000)}")`,
  'counted patterns': 'test("((a{0,1000}){0,1000}){0,1000}")',
  'a range without end': '[range(1000000000)]',
  'many fields': `{${times(20_000, (i) => `k${i}: 1,`)} z: 1}`,
  'many items': `[${'1,'.repeat(100_000)}1]`,
  comments: `1 ${'# x\n'.repeat(50_000)}`,
  'quotes in quotes': '"\\"'.repeat(50_000),
};

const TASKS: Readonly<Record<string, string>> = {
  'ten thousand tasks': times(8_000, (i) => `  - t${i}: { set: { a: 1 } }\n`),
  'four thousand conditions': times(4_000, (i) => `  - t${i}: { if: .a, set: { a: 1 } }\n`),
  'five thousand arms': `  - s: { switch: [${times(5_000, (i) => `{ a${i}: { when: .a, then: exit } },`)}] }\n`,
  'two thousand switches': times(
    2_000,
    (i) =>
      `  - s${i}: { switch: [{ a: { when: .a, then: ${i < 1_999 ? `s${i + 1}` : 'end'} } }, { b: { then: ${i < 1_998 ? `s${i + 2}` : 'end'} } }] }\n`,
  ),
  'three thousand branches': `  - f: { fork: { branches: [${times(3_000, (i) => `{ b${i}: { set: { a: 1 } } },`)}] } }\n`,
  'lists in lists': `  - a: ${'{ do: [{ a: '.repeat(14)}{ set: { a: 1 } }${' }] }'.repeat(14)}\n`,
  'loops in loops': `  - a: ${'{ for: { in: .a }, do: [{ a: '.repeat(14)}{ set: { a: 1 } }${' }] }'.repeat(14)}\n`,
  'a thousand handlers': times(
    1_000,
    (i) => `  - t${i}: { try: [{ a: { set: { a: .b } } }], catch: { do: [{ b: { set: { c: 1 } } }] } }\n`,
  ),
  'handlers in handlers': `  - a: ${'{ try: [{ a: '.repeat(10)}{ set: { a: 1 } }${' }], catch: { do: [{ b: { set: { a: 1 } } }] } }'.repeat(10)}\n`,
  'equal names': times(8_000, () => '  - t: { set: { a: 1 } }\n'),
  'unknown keys': `  - t: { set: { a: 1 }, ${times(10_000, (i) => `seet${i}: 1, `)} }\n`,
  'unknown targets': times(5_000, (i) => `  - t${i}: { set: { a: 1 }, then: x${i} }\n`),
  'unknown functions': times(5_000, (i) => `  - t${i}: { call: f${i} }\n`),
  'many exports': times(
    3_000,
    (i) => `  - t${i}: { set: { a: 1 }, export: { as: '\${ $context + { k${i}: . } }' } }\n`,
  ),
  'a long name': `  - ${'t'.repeat(100_000)}: { set: { a: 1 } }\n`,
};

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'a tower of references': {
    $defs: Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`d${i}`, { $ref: `#/$defs/d${i + 1}` }])),
    $ref: '#/$defs/d0',
  },
  'references that double': {
    $defs: Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        `d${i}`,
        { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    ),
    $ref: '#/$defs/d0',
  },
  'a reference to itself': { $ref: '#' },
  'ten thousand members': {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`p${i}`, { type: 'string' }])),
  },
  'a thousand patterns': {
    type: 'object',
    patternProperties: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`^(?:a{0,50}b?){0,20}${i}$`, {}])),
  },
  'counted patterns': { type: 'string', pattern: '^(?:(?:a{0,1000}){0,1000}){0,1000}$' },
  'a long pattern': { type: 'string', pattern: '(?:a|b|c)'.repeat(50_000) },
  'classes of everything': { type: 'string', pattern: '[\\s\\S]{0,500}\\p{L}{0,500}[^a]{0,500}'.repeat(20) },
  'forty thousand words': { enum: Array.from({ length: 40_000 }, (_, i) => `w${i}`) },
  'forty thousand names': { required: Array.from({ length: 40_000 }, (_, i) => `w${i}`) },
  alternatives: { anyOf: Array.from({ length: 9_000 }, (_, i) => ({ const: i })) },
  'a small step': { type: 'number', multipleOf: 1e-300, minimum: -1e300, maximum: 1e300 },
};

/** Cedar of the right form, too large or too deep. */
const POLICIES: Readonly<Record<string, string>> = {
  'a thousand policies': times(
    1_000,
    (i) =>
      `@id("p${i}")@title("t")@rationale("r")@reference("x")\nforbid (principal, action, resource) when { context.approved };\n`,
  ),
  'a deep condition': `@id("p")@title("t")@rationale("r")@reference("x")\nforbid (principal, action, resource) when { ${'('.repeat(20_000)}true${')'.repeat(20_000)} };\n`,
  'a long condition': `@id("p")@title("t")@rationale("r")@reference("x")\nforbid (principal, action, resource) when { true${' && true'.repeat(50_000)} };\n`,
  'many negations': `@id("p")@title("t")@rationale("r")@reference("x")\nforbid (principal, action, resource) when { ${'!'.repeat(50_000)}true };\n`,
  'a long set': `@id("p")@title("t")@rationale("r")@reference("x")\nforbid (principal, action, resource) when { [${'1,'.repeat(100_000)}1].contains(1) };\n`,
};

const CONTRACT = (more: string): string => `risk: high
intents: [x]
capabilities: []
budgets: { tasks: 1, calls: 0, infers: 0, time: PT1M }
${more}`;

const CONTRACTS: Readonly<Record<string, string>> = {
  'many invariants': CONTRACT(
    `invariants:\n${times(50, (i) => `  - { id: i${i}, always: ${JSON.stringify(`true${' and true'.repeat(1_000)}`)} }\n`)}`,
  ),
  'too many invariants': CONTRACT(`invariants:\n${times(9_000, (i) => `  - { id: i${i}, always: '.a' }\n`)}`),
  'unknown keys': CONTRACT(times(20_000, (i) => `budgetz${i}: 1\n`)),
  'many labels': CONTRACT(`labels: { input: { ${times(9_000, (i) => `/a${i}: { secrecy: [internal] }, `)} } }\n`),
  'a long duration': CONTRACT('').replace('PT1M', `P${'9'.repeat(500_000)}D`),
  'a long pointer': CONTRACT(`labels: { input: { ? ${'/a'.repeat(300_000)}\n : { secrecy: [] } } }\n`),
};

/** By the name of the loader. */
export const GROWN: ReadonlyMap<string, readonly Input[]> = new Map([
  [
    'workflow.yaml',
    [
      ...inputs(EXPRESSIONS, expression, 'expression: '),
      ...inputs(TASKS, (tasks) => workflow(tasks), ''),
      ...inputs(
        SCHEMAS,
        (schema) => workflow(`  - one: { set: { a: 1 }, input: { schema: { document: ${JSON.stringify(schema)} } } }`),
        'schema: ',
      ),
    ],
  ],
  ['JSON Schema', inputs(SCHEMAS, (schema) => JSON.stringify(schema), '')],
  ['contract.yaml', inputs(CONTRACTS, (text) => text, '')],
  ['policy', inputs(POLICIES, (text) => text, '')],
  ['policy pack', inputs(POLICIES, (text) => text, '')],
]);

function inputs<T>(named: Readonly<Record<string, T>>, write: (value: T) => string, prefix: string): readonly Input[] {
  return Object.entries(named).map(([how, value]) => ({
    how: `${prefix}${how}`,
    bytes: new TextEncoder().encode(write(value)),
  }));
}
