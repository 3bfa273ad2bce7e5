import { describe, expect, it } from 'vitest';
import type { Task } from './model.ts';
import { documentOf, parseText, TRANSFER } from './testing.ts';

const CATALOG =
  "use: { catalogs: { proofmark: { endpoint: 'https://proofmark.example/catalog' } }, errors: { declined: { type: 'https://x.example/errors/declined', status: 403 } } }\n";

function task(text: string, more = ''): Task | undefined {
  const { workflow, findings } = parseText(documentOf(`  - a: ${text}`, more));
  expect(findings).toEqual([]);
  return workflow?.do[0];
}

function problems(text: string): readonly string[] {
  const { workflow, findings } = parseText(text);
  expect(workflow).toBeUndefined();
  return findings.map(
    ({ rule, place, data }) =>
      `${rule.replace('structure/', '')} ${place.pointer} ${Object.values(data).map(String).join('; ')}`,
  );
}

const inTask = (text: string, more = '') => problems(documentOf(`  - a: ${text}`, more));

describe('tasks', () => {
  it('carry their place, their data flow and where they go', () => {
    const { workflow, findings } = parseText(
      documentOf(
        `  - a:
      if: .x
      input: { from: '\${ .y }', schema: { document: { type: object } } }
      set: { v: '\${ .z }', w: [1, { k: null }] }
      output: { as: .v }
      export: { as: '\${ $context + { v: . } }' }
      timeout: { after: PT5S }
      metadata: { anything: goes }
      then: c
  - b: { wait: { minutes: 1, seconds: 30 } }
  - c: { do: [ { d: { set: '\${ . }' , then: end } } ] }`,
      ),
    );
    expect(findings).toEqual([]);
    expect(workflow?.do[0]).toMatchObject({
      kind: 'set',
      name: 'a',
      at: '/do/0/a',
      if: { source: '.x', at: '/do/0/a/if', offset: 0 },
      input: { from: { kind: 'expression', source: ' .y ', offset: 2 }, schema: { type: 'object' } },
      output: { as: { source: '.v' } },
      export: { as: { source: ' $context + { v: . } ' } },
      timeout: 5000,
      then: { kind: 'task', name: 'c' },
    });
    expect(workflow?.do[1]).toMatchObject({ kind: 'wait', duration: 90_000, then: { kind: 'continue' } });
    expect(workflow?.do[2]).toMatchObject({
      kind: 'do',
      do: [{ at: '/do/2/c/do/0/d', set: { kind: 'expression' }, then: { kind: 'end' } }],
    });
  });

  it('of every kind of call', () => {
    expect(task(TRANSFER)).toMatchObject({
      kind: 'call',
      call: { kind: 'tool', tool: 'bank/transfer', server: 'bank', arguments: { kind: 'object' } },
    });
    expect(
      task(
        "{ call: 'infer:1.0.0@proofmark', with: { instructions: read, data: '${ . }', schema: { type: string } } }",
        CATALOG,
      ),
    ).toMatchObject({
      call: { kind: 'infer', instructions: 'read', data: { kind: 'expression' }, schema: { type: 'string' } },
    });
    expect(
      task(
        "{ call: 'approve:1.0.0@proofmark', with: { tool: bank/transfer, arguments: { to: x }, otherwise: declined } }",
        CATALOG,
      ),
    ).toMatchObject({
      call: { kind: 'approve', tool: 'bank/transfer', otherwise: 'declined' },
    });
  });

  it('that start a server with a binding', () => {
    const call =
      "{ call: mcp, with: { method: tools/call, transport: { stdio: { command: npx, arguments: ['-y', 'notes@1.2.3', '${ $secrets.DIR }'] } }, parameters: { name: read } } }";
    expect(task(call, 'use: { secrets: [DIR] }\n')).toMatchObject({
      call: { tool: 'notes/read', arguments: { kind: 'object', fields: new Map() } },
    });
    expect(inTask(call)).toEqual(['unknown-reference /do/0/a/with/transport secret; DIR; null']);
  });

  it('that loop', () => {
    expect(task("{ for: { in: .list }, do: [ { b: { set: { x: '${ $item }' } } } ] }")).toMatchObject({
      kind: 'for',
      each: 'item',
      index: 'index',
      in: { source: '.list' },
    });
    expect(
      task("{ for: { each: e, at: i, in: [ { k: '${ .x }' } ] }, while: $i < 3, do: [ { b: { wait: PT1S } } ] }"),
    ).toMatchObject({
      each: 'e',
      index: 'i',
      in: { kind: 'array' },
      while: { source: '$i < 3' },
    });
  });

  it('that fork', () => {
    expect(
      task('{ fork: { compete: true, branches: [ { b: { wait: PT1S } }, { c: { wait: PT2S } } ] } }'),
    ).toMatchObject({
      kind: 'fork',
      compete: true,
      branches: [{ at: '/do/0/a/fork/branches/0/b' }, { name: 'c' }],
    });
  });

  it('that choose', () => {
    const { workflow } = parseText(
      documentOf(
        '  - a: { switch: [ { big: { when: .x > 3, then: c } }, { other: { then: end } } ] }\n  - c: { wait: PT1S }',
      ),
    );
    expect(workflow?.do[0]).toMatchObject({
      kind: 'switch',
      arms: [
        { name: 'big', at: '/do/0/a/switch/0/big', when: { source: '.x > 3' }, then: { kind: 'task', name: 'c' } },
        { name: 'other', then: { kind: 'end' } },
      ],
    });
  });

  it('that try', () => {
    const text = `{ try: [ { b: ${TRANSFER} } ], catch: { errors: { with: { type: 'https://serverlessworkflow.io/dsl/errors/types/timeout', status: 408 } }, as: e, when: .x, retry: again, do: [ { c: { raise: { error: gone } } } ], then: end } }`;
    const more =
      "use: { errors: { gone: { type: 'https://x.example/not-here', status: 404, title: Gone, detail: '${ $e.detail }' } }, retries: { again: { delay: PT1S, backoff: { exponential: {} }, jitter: { from: PT0S, to: { milliseconds: 200 } }, limit: { attempt: { count: 3, duration: PT10S }, duration: PT1M } } } }\n";
    expect(task(text, more)).toMatchObject({
      kind: 'try',
      catch: {
        at: '/do/0/a/catch',
        as: 'e',
        errors: { type: 'https://serverlessworkflow.io/dsl/errors/types/timeout', status: 408 },
        retry: {
          delay: 1000,
          backoff: { kind: 'exponential', multiplier: 2 },
          jitter: { from: 0, to: 200 },
          count: 3,
          attemptDuration: 10_000,
          totalDuration: 60_000,
        },
        do: [
          {
            kind: 'raise',
            error: { name: 'gone', status: 404, title: { kind: 'literal' }, detail: { kind: 'expression' } },
          },
        ],
        then: { kind: 'end' },
      },
    });
  });

  it('that run another workflow', () => {
    expect(
      task("{ run: { workflow: { namespace: test, name: two, version: 1.2.3, input: { x: '${ .x }' } } } }"),
    ).toMatchObject({
      kind: 'run',
      workflow: { name: 'test/two', version: '1.2.3' },
      argument: { kind: 'object' },
    });
  });

  it('that call a reusable function', () => {
    const more = `use: { functions: { pay: { call: mcp, input: { schema: { document: { type: object } } }, with: { method: tools/call, transport: { http: { endpoint: 'https://bank.example/mcp' } }, parameters: { name: transfer, arguments: { to: '\${ .to }' } } } } } }\n`;
    expect(task("{ call: pay, with: { to: '${ .payee }' } }", more)).toMatchObject({
      call: { kind: 'tool', tool: 'bank/transfer' },
      with: { arguments: { kind: 'object' }, schema: { type: 'object' } },
    });
  });

  it('that raise an inline error, named by the last segment of its type', () => {
    expect(task("{ raise: { error: { type: 'https://x.example/errors/out-of-stock', status: 409 } } }")).toMatchObject({
      error: { name: 'out-of-stock', status: 409 },
    });
  });
});

describe('what the profile refuses by name', () => {
  it.each([
    ['{ emit: { event: {} } }', 'unsupported-task /do/0/a/emit emit'],
    ['{ listen: { to: {} } }', 'unsupported-task /do/0/a/listen listen'],
    ['{ run: { shell: { command: ls } } }', 'unsupported-task /do/0/a/run/shell run: shell'],
    ['{ run: { script: { language: js } } }', 'unsupported-task /do/0/a/run/script run: script'],
    ['{ run: { container: { image: x } } }', 'unsupported-task /do/0/a/run/container run: container'],
    ['{ call: http, with: {} }', 'unsupported-task /do/0/a/call call: http'],
    ['{ call: grpc, with: {} }', 'unsupported-task /do/0/a/call call: grpc'],
    ['{ call: openapi, with: {} }', 'unsupported-task /do/0/a/call call: openapi'],
    ['{ call: asyncapi, with: {} }', 'unsupported-task /do/0/a/call call: asyncapi'],
    ['{ call: a2a, with: {} }', 'unsupported-task /do/0/a/call call: a2a'],
    ['{ call: https://x.example/f.yaml }', 'unsupported-feature /do/0/a/call a function at an address'],
    ["{ call: 'infer:latest@proofmark' }", 'floating-version /do/0/a/call infer:latest@proofmark'],
    ["{ call: 'infer:1.0.0@prootmark' }", 'unknown-function /do/0/a/call infer:1.0.0@prootmark; infer:1.0.0@proofmark'],
    [
      '{ run: { await: false, workflow: { namespace: x, name: y, version: 1.0.0 } } }',
      'unsupported-feature /do/0/a/run/await a workflow that nobody waits for',
    ],
    [
      '{ run: { return: all, workflow: { namespace: x, name: y, version: 1.0.0 } } }',
      'unsupported-feature /do/0/a/run/return return',
    ],
    [
      '{ run: { workflow: { namespace: x, name: y, version: latest } } }',
      'floating-version /do/0/a/run/workflow/version latest',
    ],
    ["{ wait: '${ .x }' }", 'unsupported-feature /do/0/a/wait a duration computed at run time'],
    [
      '{ set: { x: 1 }, input: { schema: { resource: { endpoint: https://x.example } } } }',
      'unsupported-feature /do/0/a/input/schema/resource a schema elsewhere',
    ],
    [TRANSFER.replace('tools/call', 'tools/list'), 'unsupported-feature /do/0/a/with/method tools/list'],
    [
      TRANSFER.replace('method:', "protocolVersion: '2025-06-18', method:"),
      'unsupported-feature /do/0/a/with/protocolVersion protocolVersion',
    ],
    [
      TRANSFER.replace('method:', 'client: { name: x, version: y }, method:'),
      'unsupported-feature /do/0/a/with/client client',
    ],
    [
      TRANSFER.replace(/parameters: .*\} \} \} \}/, "parameters: '${ .x }' } }"),
      'unsupported-feature /do/0/a/with/parameters parameters computed as a whole',
    ],
    [
      '{ try: [ { b: { wait: PT1S } } ], catch: { retry: { delay: PT1S } } }',
      'unsupported-feature /do/0/a/catch/retry a retry without a number of attempts',
    ],
  ])('%s', (text, expected) => {
    expect(inTask(text).join('\n')).toContain(expected);
  });

  it.each([
    ['schedule: { cron: "* * * * *" }\n', 'unsupported-feature /schedule schedule'],
    ['evaluate: { mode: loose }\n', 'unsupported-feature /evaluate/mode evaluate.mode other than strict'],
    ['evaluate: { language: js }\n', 'unsupported-feature /evaluate/language evaluate.language other than jq'],
    ['use: { extensions: [] }\n', 'unsupported-feature /use/extensions use.extensions'],
    ['use: { authentications: {} }\n', 'unsupported-feature /use/authentications use.authentications'],
    [
      'use: { catalogs: { other: { endpoint: https://x.example } } }\n',
      'unsupported-feature /use/catalogs/other the catalog other',
    ],
    [
      'use: { catalogs: { proofmark: { endpoint: https://catalog.evil.example } } }\n',
      'invalid-value /use/catalogs/proofmark/endpoint the endpoint of the catalog proofmark is https://proofmark.example/catalog',
    ],
    ['use: { functions: { f: { set: { x: 1 } } } }\n', 'unknown-key /use/functions/f/set set'],
    ['use: { functions: { f: { call: http } } }\n', 'unsupported-task /use/functions/f/call call: http'],
    ['use: { functions: { f: { call: g } } }\n', 'unknown-function /use/functions/f/call g'],
  ])('%s', (more, expected) => {
    expect(inTask('{ wait: PT1S }', more).join('\n')).toContain(expected);
  });

  it('another version of the language', () => {
    expect(problems(documentOf('  - a: { wait: PT1S }').replace('1.0.3', '1.0.0'))).toEqual([
      "unsupported-feature /document/dsl dsl 1.0.0; dsl: '1.0.3'",
    ]);
  });
});

describe('what is a mistake', () => {
  it.each([
    ['{}', 'invalid-value /do/0/a a task has one of'],
    ['{ cal: mcp }', 'unknown-key /do/0/a/cal cal; call'],
    ['{ set: { x: 1 }, wait: PT1S }', 'invalid-value /do/0/a a task is one of these, not several: set, wait'],
    ['[]', 'wrong-type /do/0/a object; array'],
    ['{ set: { x: 1 }, iff: true }', 'unknown-key /do/0/a/iff iff; if'],
    ['{ set: text }', 'invalid-value /do/0/a/set set is an object, or an expression'],
    ['{ set: {} }', 'invalid-value /do/0/a/set a set without a member'],
    ['{ set: { x: "hello ${ .name }" } }', 'invalid-value /do/0/a/set/x an expression is a string as a whole'],
    ['{ set: { x: 1 }, input: { form: .x } }', 'unknown-key /do/0/a/input/form form; from'],
    ['{ set: { x: 1 }, if: true }', 'wrong-type /do/0/a/if string; boolean'],
    ['{ set: { x: 1 }, timeout: soon }', 'unknown-reference /do/0/a/timeout timeout; soon'],
    ['{ set: { x: 1 }, timeout: { after: soon } }', 'invalid-value /do/0/a/timeout/after not an ISO 8601 duration'],
    ['{ set: { x: 1 }, timeout: {} }', 'missing-key /do/0/a/timeout after'],
    ['{ set: { x: 1 }, then: b }', 'then-target /do/0/a/then b'],
    ['{ wait: {} }', 'invalid-value /do/0/a/wait an empty duration'],
    ['{ wait: { second: 1 } }', 'unknown-key /do/0/a/wait/second second; seconds'],
    ['{ wait: { seconds: 1.5 } }', 'wrong-type /do/0/a/wait/seconds integer; number'],
    ['{ wait: { seconds: -1 } }', 'invalid-value /do/0/a/wait/seconds a duration is not negative'],
    ['{ do: [] }', 'invalid-value /do/0/a/do a list without a task'],
    [
      '{ do: [ { b: { wait: PT1S }, c: { wait: PT1S } } ] }',
      'invalid-value /do/0/a/do/0/c an item of this list has one name, and c is a second one beside b',
    ],
    ['{ do: [ { b: { wait: PT1S } }, { b: { wait: PT1S } } ] }', 'duplicate-key /do/0/a/do/1/b b'],
    ['{ do: [ { end: { wait: PT1S } } ] }', 'bad-name /do/0/a/do/0/end end'],
    ['{ do: [ { "a b": { wait: PT1S } } ] }', 'bad-name /do/0/a/do/0/a b a b'],
    ['{ for: { in: .x } }', 'missing-key /do/0/a do'],
    ['{ for: { each: input, in: .x }, do: [ { b: { wait: PT1S } } ] }', 'bad-name /do/0/a/for/each input'],
    [
      '{ for: { each: x, at: x, in: .x }, do: [ { b: { wait: PT1S } } ] }',
      'invalid-value /do/0/a/for item and index are two variables',
    ],
    [
      '{ for: { in: [1] }, do: [ { b: { wait: PT1S } } ] }',
      'invalid-value /do/0/a/for/in/0 the items of an inline list are objects',
    ],
    [
      '{ fork: { branches: [ { b: { wait: PT1S, then: c } }, { c: { wait: PT1S } } ] } }',
      'then-target /do/0/a/fork/branches/0/b/then c',
    ],
    ['{ switch: [] }', 'invalid-value /do/0/a/switch a switch without an arm'],
    ['{ switch: [ { x: { when: .x } } ] }', 'missing-key /do/0/a/switch/0/x then'],
    [
      '{ switch: [ { x: { then: end } }, { z: { then: end } } ] }',
      'invalid-value /do/0/a/switch/1/z a second arm without when',
    ],
    ['{ try: [ { b: { wait: PT1S } } ] }', 'missing-key /do/0/a catch'],
    [
      '{ try: [ { b: { wait: PT1S } } ], catch: { retry: often } }',
      'unknown-reference /do/0/a/catch/retry retry; often',
    ],
    [
      '{ try: [ { b: { wait: PT1S } } ], catch: { errors: { with: { details: x } } } }',
      'unknown-key /do/0/a/catch/errors/with/details details; detail',
    ],
    ['{ try: [ { b: { wait: PT1S } } ], catch: { as: $error } }', 'bad-name /do/0/a/catch/as $error'],
    ['{ raise: { error: gone } }', 'unknown-error /do/0/a/raise/error gone'],
    [
      "{ raise: { error: { type: '${ .t }', status: 400 } } }",
      'invalid-value /do/0/a/raise/error/type an error type is a literal',
    ],
    [
      "{ raise: { error: { type: https://x.example/gone, status: '400' } } }",
      'wrong-type /do/0/a/raise/error/status integer; string',
    ],
    [
      '{ raise: { error: { type: gone, status: 400 } } }',
      'invalid-value /do/0/a/raise/error/type an error type is an absolute URI',
    ],
    ['{ call: mcp }', 'missing-key /do/0/a with'],
    ['{ call: nothing }', 'unknown-function /do/0/a/call nothing'],
    [TRANSFER.replace('transport:', 'transprt:'), 'unknown-key /do/0/a/with/transprt transprt; transport'],
    [
      TRANSFER.replace('name: transfer', 'name: transfr'),
      'unknown-tool /do/0/a/with/parameters/name bank/transfr; bank/transfer',
    ],
    [
      TRANSFER.replace('name: transfer', "name: '${ .name }'"),
      'invalid-value /do/0/a/with/parameters/name the name of a tool is a literal',
    ],
    [
      TRANSFER.replace('bank.example', 'bonk.example'),
      'unknown-server /do/0/a/with/transport no tool contract has exactly this transport',
    ],
    [TRANSFER.replace('{ to:', '{ to: !x'), 'yaml-tag'],
    [
      TRANSFER.replace(/arguments: \{.*?\}' \}/, 'arguments: 3'),
      'wrong-type /do/0/a/with/parameters/arguments object; number',
    ],
    [
      "{ call: 'infer:1.0.0@proofmark', with: { instructions: x, data: 1, schema: { type: string } } }",
      'unknown-reference /do/0/a/call catalog; proofmark',
    ],
    [
      "{ call: 'infer:1.0.0@proofmark', with: { instructions: '${ .x }', data: 1, schema: {} } }",
      'invalid-value /do/0/a/with/instructions instructions is a literal',
    ],
    [
      "{ call: 'infer:1.0.0@proofmark', with: { instructions: x, data: 1, schema: { type: string }, model: big } }",
      'unknown-key /do/0/a/with/model model',
    ],
    [
      "{ call: 'approve:1.0.0@proofmark', with: { tool: bank/transfr, arguments: {}, otherwise: declined } }",
      'unknown-tool /do/0/a/with/tool bank/transfr; bank/transfer',
    ],
    [
      "{ call: 'approve:1.0.0@proofmark', with: { tool: bank/transfer, arguments: {}, otherwise: no } }",
      'unknown-error',
    ],
    [
      "{ call: 'approve:1.0.0@proofmark', with: { tool: bank/transfer, arguments: {} } }",
      'missing-key /do/0/a/with otherwise',
    ],
    [`{ set: { x: 'ghp_${'a1B2'.repeat(9)}' } }`, 'literal-credential /do/0/a/set/x GitHub token'],
  ])('%s', (text, expected) => {
    expect(inTask(text).join('\n')).toContain(expected);
  });

  it.each([
    ['inptu: {}\n', 'unknown-key /inptu inptu; input'],
    ['input: { schema: { document: 3 } }\n', 'wrong-type /input/schema/document object; number'],
    ['input: { schema: {} }\n', 'missing-key /input/schema document'],
    [
      'input: { schema: { format: avro, document: {} } }\n',
      'invalid-value /input/schema/format the only format is json',
    ],
    ['timeout: none\n', 'unknown-reference /timeout timeout; none'],
    ['use: { secrets: x }\n', 'wrong-type /use/secrets array; string'],
    [
      'use: { retries: { r: { delay: PT1S, limit: { attempt: { count: 0 } } } } }\n',
      'invalid-value /use/retries/r/limit/attempt/count a count includes the first attempt',
    ],
    [
      'use: { retries: { r: { backoff: { constant: {}, linear: {} }, limit: { attempt: { count: 2 } } } } }\n',
      'invalid-value /use/retries/r/backoff a backoff is one of',
    ],
    [
      "use: { errors: { timeout: { type: 'https://x.example/gone', status: 400 } } }\n",
      'identity-mismatch /use/errors/timeout/type the last segment of type; timeout; gone',
    ],
    [
      "use: { errors: { slow: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout', status: 408 } } }\n",
      'identity-mismatch /use/errors/slow/type the last segment of type; slow; timeout',
    ],
  ])('%s', (more, expected) => {
    expect(inTask('{ wait: PT1S }', more).join('\n')).toContain(expected);
  });

  it.each([
    ['null', 'wrong-type  object; null'],
    ['do: []', 'missing-key  document'],
    ["document: { dsl: '1.0.3', namespace: a, name: b, version: 1.0.0 }", 'missing-key  do'],
    [
      "document: { dsl: '1.0.3', namespace: a, name: b, version: '1' }\ndo: [ { a: { wait: PT1S } } ]",
      'invalid-value /document/version a version is exact',
    ],
    [
      "document: { dsl: '1.0.3', namespace: a_b, name: b, version: 1.0.0 }\ndo: [ { a: { wait: PT1S } } ]",
      'bad-name /document/namespace a_b',
    ],
    [
      "document: { dsl: '1.0.3', namespace: a, nam: b, version: 1.0.0 }\ndo: [ { a: { wait: PT1S } } ]",
      'unknown-key /document/nam nam; name',
    ],
  ])('the document %s', (text, expected) => {
    expect(problems(text).join('\n')).toContain(expected);
  });

  it('reports the mistakes of all tasks in one run, and each once', () => {
    const found = problems(
      documentOf(
        '  - a: { wait: soon }\n  - b: { emit: {} }\n  - c: { try: [ { d: { wiat: PT1S } } ], catch: { do: [ { e: { set: {} } } ] } }',
      ),
    );
    expect(found.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'invalid-value /do/0/a/wait',
      'unsupported-task /do/1/b/emit',
      'unknown-key /do/2/c/try/0/d/wiat',
      'invalid-value /do/2/c/catch/do/0/e/set',
    ]);
  });
});

describe('jumps', () => {
  const list = (...tasks: readonly string[]) =>
    parseText(documentOf(tasks.map((text, i) => `  - t${i}: ${text}`).join('\n')));
  const wait = (then = '') => `{ wait: PT1S${then === '' ? '' : `, then: ${then}`} }`;
  const found = (...tasks: readonly string[]) =>
    list(...tasks).findings.map(({ rule, place }) => `${rule} ${place.pointer}`);

  it.each([
    [['t2', '', ''].map(wait), ['structure/unreachable-task /do/1/t1']],
    [['t2', 'end', 't1'].map(wait), []],
    [['', 't0', ''].map(wait), ['structure/then-cycle /do/1/t1/then', 'structure/unreachable-task /do/2/t2']],
    [['t0'].map(wait), ['structure/then-cycle /do/0/t0/then']],
    [['end', ''].map(wait), ['structure/unreachable-task /do/1/t1']],
    [[wait('t2'), wait(), '{ switch: [ { x: { when: .x, then: t1 } } ] }', wait()], ['structure/then-cycle /do/1/t1']],
    [
      ['{ raise: { error: { type: https://x.example/e, status: 400 } } }', wait()],
      ['structure/unreachable-task /do/1/t1'],
    ],
    [['{ if: .x, raise: { error: { type: https://x.example/e, status: 400 } } }', wait()], []],
    [['{ if: .x, wait: PT1S, then: end }', wait()], []],
    [['{ switch: [ { x: { when: .x, then: end } } ] }', wait()], []],
    [
      ['{ switch: [ { x: { when: .x, then: end } }, { z: { then: end } } ] }', wait()],
      ['structure/unreachable-task /do/1/t1'],
    ],
    [['{ switch: [ { x: { when: .x, then: t1 } }, { z: { then: t2 } } ] }', wait('end'), wait()], []],
    [
      ['{ try: [ { b: { wait: PT1S } } ], catch: { then: t2 }, then: end }', wait(), wait()],
      ['structure/unreachable-task /do/1/t1'],
    ],
    [['{ try: [ { b: { wait: PT1S } } ], catch: {}, then: end }', wait()], ['structure/unreachable-task /do/1/t1']],
  ])('of %j', (tasks, expected) => {
    expect(found(...tasks)).toEqual(expected);
  });

  it('are followed in lists of any length', () => {
    const tasks = Array.from({ length: 3_000 }, () => wait());
    expect(found(...tasks)).toEqual([]);
  });
});
