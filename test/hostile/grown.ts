import { DOCUMENT_LIMITS } from '../../src/kernel/text.ts';
import type { Input } from './inputs.ts';

/** Documents of the right shape in which one thing is far too large: what takes more than linear time shows. By loader. */

const times = (count: number, made: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => made(i)).join('');

const workflow = (
  tasks: string,
  use = '',
): string => `document: { dsl: '1.0.3', namespace: finance, name: pay-invoice, version: 1.0.0 }
input: { schema: { document: { type: object, additionalProperties: false, required: [purchaseOrders], properties: { purchaseOrders: { type: array, maxItems: 1, items: { type: integer, minimum: 0, maximum: 9 } } } } } }
${use}do:
${tasks}
output: { as: '\${ {} }', schema: { document: { type: object, additionalProperties: false } } }
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

/** How many of something that takes so many values fit into one document. */
const fitting = (values: number): number => Math.floor((DOCUMENT_LIMITS.nodes - 200) / values);

/** Compiles without a problem, so that everything that looks at workflows looks at these. */
const WHOLE: Readonly<Record<string, string>> = {
  'many conditions': times(
    fitting(9),
    (i) => `  - t${i}: { if: '.purchaseOrders == []', set: { purchaseOrders: [] } }\n`,
  ),
  'many arms': `  - s: { switch: [${times(fitting(7), (i) => `{ a${i}: { when: '.purchaseOrders[0] == 1', then: exit } },`)}] }\n`,
  'many switches': ((count) =>
    times(
      count,
      (i) =>
        `  - s${i}: { switch: [{ a: { when: '.purchaseOrders == []', then: ${i < count - 1 ? `s${i + 1}` : 'end'} } }, { b: { then: ${i < count - 2 ? `s${i + 2}` : 'end'} } }] }\n`,
    ))(fitting(17)),
  'many branches': `  - f: { fork: { branches: [${times(fitting(9), (i) => `{ b${i}: { set: { a: 1 } } },`)}] } }\n`,
  'lists in lists': `  - a: ${'{ do: [{ a: '.repeat(14)}{ set: { a: 1 } }${' }] }'.repeat(14)}\n`,
  'loops in loops': `  - a: ${"{ for: { in: '$context.purchaseOrders' }, do: [{ a: ".repeat(14)}{ set: { a: 1 } }${' }] }'.repeat(14)}\n`,
  'many loops in loops': times(
    fitting(14 * 9 + 9),
    (i) =>
      `  - a${i}: ${"{ for: { in: '$context.purchaseOrders' }, do: [{ a: ".repeat(14)}{ set: { a: 1 } }${' }] }'.repeat(14)}\n`,
  ),
  'many handlers': times(
    fitting(24),
    (i) => `  - t${i}: { try: [{ a: { set: { a: '\${ [.] }' } } }], catch: { do: [{ b: { set: { c: 1 } } }] } }\n`,
  ),
  'handlers in handlers': `  - a: ${'{ try: [{ a: '.repeat(10)}{ set: { a: 1 } }${' }], catch: { do: [{ b: { set: { a: 1 } } }] } }'.repeat(10)}\n`,
  'many exports': times(
    fitting(11),
    (i) => `  - t${i}: { set: { a: 1 }, export: { as: '\${ $context + { k${i}: . } }' } }\n`,
  ),
  'many exports inside loops': `  - l: { for: { in: '$context.purchaseOrders' }, do: [{ l: { for: { in: '$context.purchaseOrders' }, do: [{ l: { for: { in: '$context.purchaseOrders' }, do: [${times(
    fitting(12),
    (i) => `{ t${i}: { set: { a: 1 }, export: { as: '\${ $context + { k${i}: . } }' } } },`,
  )}] } }] } }] }\n`,
  'contexts in contexts': times(
    fitting(11),
    (i) => `  - t${i}: { set: { a: 1 }, export: { as: '\${ { a: $context, b: $context } }' } }\n`,
  ),
  'values that double': times(fitting(10), (i) => `  - t${i}: { set: { a: '\${ . }', b: '\${ [., .] }' } }\n`),
  'long sums': many((i) => `[${`1${' + 1'.repeat(190)}, `.repeat(20)}${i}] | length`),
  'long texts': many((i) => `"${'\\(1)'.repeat(2_000)}${i}"`),
  'long conditions': many((i) => `[${`. == ${i}${' or . == 1'.repeat(190)}, `.repeat(7)}${i}] | length`),
  'long alternatives': many((i) => `[$context.purchaseOrders${' // $context.purchaseOrders[0]'.repeat(190)} // ${i}]`),
  'long chains of conditions': many(
    (i) =>
      `if $context.purchaseOrders[0] == ${i % 9} then 1${' elif $context.purchaseOrders[0] == 1 then {a: .}'.repeat(150)} else 2 end`,
  ),
  'long maps': many((i) => `$context.purchaseOrders${' | map(. + 1)'.repeat(190)} | length + ${i}`),
  'maps in maps': many((i) => `[${i}] | map(select(. == -1) | []) | ${'map('.repeat(90)}.${')'.repeat(90)}`),
  'objects that double': many((i) => `{ a: ${i} }${' | { a: ., b: . }'.repeat(190)} | length`),
  'long objects': many((i) => `{ ${times(1_200, (k) => `k${k}: ., `)} z: ${i} } | length`),
  'large patterns': many((i) => `"a" | test("^(?:(?:a|b|ab){0,40}c?){0,30}${i}$")`),
};

/** As many of the longest expressions as one document holds, each made unlike the others. */
function many(source: (i: number) => string): string {
  const lines: string[] = [];
  for (let i = 0, left = DOCUMENT_LIMITS.nodes - 50; ; i += 1) {
    const text = `\${ ${source(i)} }`;
    // Eight characters of an expression count as one value.
    left -= 4 + Math.ceil(text.length / 8);
    if (left < 0 || i >= fitting(7)) return lines.join('');
    lines.push(`  - t${i}: { set: { a: ${JSON.stringify(text)} } }\n`);
  }
}

const TASKS: Readonly<Record<string, string>> = {
  'too many tasks': times(fitting(6), (i) => `  - t${i}: { set: { a: 1 } }\n`),
  'equal names': times(fitting(7), () => '  - t: { set: { a: 1 } }\n'),
  'unknown members': times(fitting(9), (i) => `  - t${i}: { if: .a, set: { purchaseOrders: [] } }\n`),
  'unknown keys': `  - t: { set: { a: 1 }, ${times(fitting(2), (i) => `seet${i}: 1, `)} }\n`,
  'unknown targets': times(fitting(9), (i) => `  - t${i}: { set: { a: 1 }, then: x${i} }\n`),
  'unknown functions': times(fitting(5), (i) => `  - t${i}: { call: f${i} }\n`),
  'unknown tools': times(
    fitting(24),
    (i) =>
      `  - t${i}: { call: mcp, with: { method: tools/call, transport: { http: { endpoint: 'https://mail.example/mcp' } }, parameters: { name: get_mess${i}, arguments: { id: '\${ 1 }' } } } }\n`,
  ),
  'wrong arguments': times(
    fitting(24),
    (i) =>
      `  - t${i}: { call: mcp, with: { method: tools/call, transport: { http: { endpoint: 'https://mail.example/mcp' } }, parameters: { name: get_message, arguments: { idd: '\${ 1 }' } } } }\n`,
  ),
  'texts that look like expressions': times(fitting(7), (i) => `  - t${i}: { set: { a: '.purchaseOrders' } }\n`),
  credentials: times(fitting(7), (i) => `  - t${i}: { set: { a: 'ghp_${'a'.repeat(36)}' } }\n`),
  'almost tokens': times(40, (i) => `  - t${i}: { set: { a: ${'eyJ-'.repeat(5_000)} } }\n`),
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
  'many members': {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 3_900 }, (_, i) => [`p${i}`, { type: 'string' }])),
  },
  'a thousand patterns': {
    type: 'object',
    patternProperties: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`^(?:a{0,50}b?){0,20}${i}$`, {}])),
  },
  'counted patterns': { type: 'string', pattern: '^(?:(?:a{0,1000}){0,1000}){0,1000}$' },
  'a long pattern': { type: 'string', pattern: '(?:a|b|c)'.repeat(50_000) },
  'classes of everything': { type: 'string', pattern: '[\\s\\S]{0,500}\\p{L}{0,500}[^a]{0,500}'.repeat(20) },
  'many words': { enum: Array.from({ length: 19_000 }, (_, i) => `w${i}`) },
  'many names': { required: Array.from({ length: 19_000 }, (_, i) => `w${i}`) },
  alternatives: { anyOf: Array.from({ length: 6_000 }, (_, i) => ({ const: i })) },
  'a small step': { type: 'number', multipleOf: 0.000001, minimum: 0, maximum: 9007199254740991 },
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
    `invariants:\n${times(50, (i) => `  - { id: i${i}, always: ${JSON.stringify(`[${`true${' and true'.repeat(190)}, `.repeat(8)}${i}] | length > 0`)} }\n`)}`,
  ),
  'too many invariants': CONTRACT(`invariants:\n${times(3_900, (i) => `  - { id: i${i}, always: '.a' }\n`)}`),
  'unknown keys': CONTRACT(times(9_900, (i) => `budgetz${i}: 1\n`)),
  'many labels': CONTRACT(`labels: { input: { ${times(3_900, (i) => `/a${i}: { secrecy: [internal] }, `)} } }\n`),
  'many errors': CONTRACT(`errors: [${times(fitting(1), (i) => `e${i}, `)}]\n`),
  'a large where': CONTRACT('').replace(
    'capabilities: []',
    `capabilities: [{ tool: payments/transfer, where: { properties: { ${times(fitting(5), (i) => `p${i}: { type: string }, `)} } } }]`,
  ),
  'many totals': CONTRACT('').replace(
    'capabilities: []',
    `capabilities: [{ tool: payments/transfer, total: { ${times(fitting(2), (i) => `/p${i}: 1, `)} } }]`,
  ),
  'capabilities of unknown tools': CONTRACT('').replace(
    'capabilities: []',
    `capabilities: [${times(190, (i) => `{ tool: payments/transfe${i} }, `)}]`,
  ),
  'a long duration': CONTRACT('').replace('PT1M', `P${'9'.repeat(500_000)}D`),
  'a long pointer': CONTRACT(`labels: { input: { ? ${'/a'.repeat(300_000)}\n : { secrecy: [] } } }\n`),
};

const STORE_YAML = (more: string, namespaces = "finance: { owners: ['@x'] }"): string =>
  `store: example-store\nnamespaces: { ${namespaces} }\n${more}`;

const STORES: Readonly<Record<string, string>> = {
  'many namespaces': STORE_YAML(
    '',
    times(fitting(5), (i) => `n${i}: { owners: ['@x'] }, `),
  ),
  'many tags': STORE_YAML(`secrecy: [${times(fitting(1), (i) => `t${i}, `)}]\n`),
  'many tags that are cleared': STORE_YAML(
    `secrecy: [${times(fitting(4), (i) => `t${i}, `)}]\nclearance: {${['model', 'approver', 'caller'].map((who) => `${who}: [${times(fitting(4), (i) => `t${i}, `)}]`).join(', ')}}\n`,
  ),
  'many tags that do not exist': STORE_YAML(`clearance: { model: [${times(fitting(1), (i) => `t${i}, `)}] }\n`),
  'many inputs': STORE_YAML(
    `inputs: [${times(fitting(10), (i) => `{ workflow: finance/w${i}, pointers: [/a${i}], trust: true, secrecy: [] }, `)}]\n`,
  ),
  'many pointers': STORE_YAML(
    `inputs: [{ workflow: finance/pay-invoice, pointers: [${times(fitting(1), (i) => `/a${i}, `)}], trust: true, secrecy: [] }]\n`,
  ),
  'many flows': STORE_YAML(
    `secrecy: [internal]\ndeclassify: [${times(fitting(18), (i) => `{ workflow: finance/pay-invoice, secrecy: internal, to: return, at: /a${i}, as: { enum: [a, b] }, why: x }, `)}]\n`,
  ),
  'many targets': STORE_YAML(`targets: { payments: [${times(fitting(1), (i) => `t${i}, `)}] }\n`),
  'targets of many servers': STORE_YAML(`targets: { ${times(fitting(3), (i) => `s${i}: [t], `)} }\n`),
  'many waivers': STORE_YAML(
    `waivers: [${times(fitting(9), (i) => `{ rule: functional/no-casee${i}, workflow: finance/w${i}, reason: x, until: '2099-01-01' }, `)}]\n`,
  ),
  'many operators': STORE_YAML(`verifiers: { need: 1, operators: [${times(fitting(1), (i) => `o${i}, `)}] }\n`),
};

const SERVER = (tools: string): string =>
  `server: payments\ntransport: { http: { endpoint: https://payments.example/mcp } }\norigin: { kind: written }\ntools:\n${tools}`;
const SCHEMA_OF = (properties: string): string =>
  `{ type: object, additionalProperties: false, properties: { ${properties} } }`;
const TOOL = (name: string, properties: string, more = ''): string =>
  `  ${name}: { input: ${SCHEMA_OF(properties)}, effect: irreversible, class: payment, returns: { trust: true, secrecy: [] }${more} }\n`;
const strings = (count: number): string => times(count, (i) => `p${i}: { type: string }, `);

const SERVERS: Readonly<Record<string, string>> = {
  'many tools': SERVER(times(fitting(26), (i) => TOOL(`t${i}`, 'a: { type: string }'))),
  'many arguments': SERVER(TOOL('transfer', strings(fitting(4)))),
  'many targets': SERVER(TOOL('transfer', strings(fitting(5)), `, target: [${times(fitting(5), (i) => `/p${i}, `)}]`)),
  'many targets that are none': SERVER(
    TOOL('transfer', strings(fitting(8)), `, target: [${times(fitting(2), (i) => `/q${i}, `)}]`),
  ),
  'many that leave': SERVER(
    TOOL('transfer', strings(fitting(7)), `, leaves: { ${times(fitting(7), (i) => `/p${i}: {}, `)} }`),
  ),
  'many sums': SERVER(
    TOOL(
      'transfer',
      times(fitting(5), (i) => `p${i}: { type: integer }, `),
      `, sum: [${times(fitting(5), (i) => `/p${i}, `)}]`,
    ),
  ),
  'many references': SERVER(
    TOOL(
      'transfer',
      times(fitting(8), (i) => `p${i}: { $ref: '#/$defs/d' }, `),
    ).replace('type: object,', 'type: object, $defs: { d: { type: string } },'),
  ),
  'pointers into choices': SERVER(
    TOOL('transfer', 'a: { type: string }', `, target: [${'/a/b'.repeat(200)}]`).replace(
      'type: object,',
      `type: object, anyOf: [${times(fitting(8), (i) => `{ properties: { b${i}: { type: string } } }, `)}],`,
    ),
  ),
  descriptions: SERVER(
    TOOL(
      'transfer',
      times(900, (i) => `p${i}: { type: string, description: ${'x'.repeat(1_000)} }, `),
    ),
  ),
};

const CASES: Readonly<Record<string, string>> = {
  'many replies': `name: x\ninput: {}\nreplies: { ${times(fitting(6), (i) => `/do/${i}/t: [{ text: x }], `)} }\nexpect: { outcome: { output: {} } }\n`,
  'many replies of one task': `name: x\ninput: {}\nreplies: { /do/0/fetch: [${times(fitting(3), () => '{ text: x }, ')}] }\nexpect: { outcome: { output: {} } }\n`,
  'many calls': `name: x\ninput: {}\nexpect: { calls: [${times(fitting(6), (i) => `{ tool: mail/get_message, arguments: { id: m${i} } }, `)}], outcome: { output: {} } }\n`,
  'calls of many tools': `name: x\ninput: {}\nexpect: { calls: [${times(fitting(5), (i) => `{ tool: mail/get_messag${i}, arguments: {} }, `)}], outcome: { output: {} } }\n`,
  'many choices': `name: x\ninput: {}\nchoices: { ${times(fitting(2), (i) => `/do/${i}/r: a, `)} }\nexpect: { outcome: { output: {} } }\n`,
  'a large input': `name: x\ninput: { ${times(fitting(2), (i) => `k${i}: 1, `)} }\nexpect: { outcome: { output: {} } }\n`,
};

/** By the name of the loader. */
export const GROWN: ReadonlyMap<string, readonly Input[]> = new Map([
  [
    'workflow.yaml',
    [
      ...inputs(EXPRESSIONS, expression, 'expression: '),
      ...inputs(WHOLE, (tasks) => workflow(tasks), ''),
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
  ['store.yaml', inputs(STORES, (text) => text, '')],
  ['tool contract', inputs(SERVERS, (text) => text, '')],
  ['case', inputs(CASES, (text) => text, '')],
  ['policy', inputs(POLICIES, (text) => text, '')],
  ['policy pack', inputs(POLICIES, (text) => text, '')],
]);

function inputs<T>(named: Readonly<Record<string, T>>, write: (value: T) => string, prefix: string): readonly Input[] {
  return Object.entries(named).map(([how, value]) => ({
    how: `${prefix}${how}`,
    bytes: new TextEncoder().encode(write(value)),
  }));
}
