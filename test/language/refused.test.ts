import { describe, expect, it } from 'vitest';
import { HEADER, type Members, read, set, textOf, tool } from './harness.ts';

/**
 * What the profile refuses: one document for each sentence, and the finding that names what is refused and what to use
 * instead. A refused sentence of docs/language.md is shown here and nowhere else.
 */

const task = (body: Members, more: Members = {}): Members => ({ do: [{ a: body }], ...more });
const mcp = (more: Members) => task(tool({}, more));
const run = (more: Members) => task({ run: { workflow: { namespace: 'test', name: 'x', version: '1.0.0' }, ...more } });
const ok = task(set({ n: 1 }));

interface Refusal {
  readonly rule:
    | 'unsupported-task'
    | 'unsupported-feature'
    | 'expression-unsupported'
    | 'invalid-value'
    | 'unknown-variable'
    | 'unknown-function';
  readonly at: string;
  /** What the finding names. */
  readonly named: string;
}

const CASES: readonly (readonly [string, Members, Refusal])[] = [
  [
    'OWS-doc-07: schedule',
    { ...ok, schedule: { cron: '* * * * *' } },
    { rule: 'unsupported-feature', at: '/schedule', named: 'schedule' },
  ],
  [
    'OWS-doc-09: loose mode',
    { ...ok, evaluate: { mode: 'loose' } },
    { rule: 'unsupported-feature', at: '/evaluate/mode', named: 'evaluate.mode other than strict' },
  ],
  [
    'OWS-expr-07: another language',
    { ...ok, evaluate: { language: 'js' } },
    { rule: 'unsupported-feature', at: '/evaluate/language', named: 'evaluate.language other than jq' },
  ],
  [
    'OWS-use-01: authentications',
    { ...ok, use: { authentications: {} } },
    { rule: 'unsupported-feature', at: '/use/authentications', named: 'use.authentications' },
  ],
  [
    'OWS-use-04: extensions',
    { ...ok, use: { extensions: [] } },
    { rule: 'unsupported-feature', at: '/use/extensions', named: 'use.extensions' },
  ],
  [
    'OWS-expr-04: an expression inside a text',
    task(set({ x: 'Hello ${ .name }!' })),
    { rule: 'invalid-value', at: '/do/0/a/set/x', named: 'an expression is a string as a whole' },
  ],
  [
    'OWS-arg-05: $authorization',
    task(set({ x: '${ $authorization }' })),
    { rule: 'unknown-variable', at: '/do/0/a/set/x', named: 'authorization' },
  ],
  [
    'OWS-data-20: a schema elsewhere',
    task(set({ n: 1 }, { input: { schema: { resource: { endpoint: 'https://x.example' } } } })),
    { rule: 'unsupported-feature', at: '/do/0/a/input/schema/resource', named: 'a schema elsewhere' },
  ],
  [
    'OWS-time-08: a computed duration',
    task({ wait: '${ .x }' }),
    { rule: 'unsupported-feature', at: '/do/0/a/wait', named: 'a duration computed at run time' },
  ],
  [
    'OWS-time-08: a computed duration of a timeout',
    task(set({ n: 1 }, { timeout: { after: '${ .x }' } })),
    { rule: 'unsupported-feature', at: '/do/0/a/timeout/after', named: 'a duration computed at run time' },
  ],
  [
    'OWS-retry-14: a retry without a number of attempts',
    task({ try: [{ b: tool() }], catch: { retry: { delay: 'PT1S' } } }),
    { rule: 'unsupported-feature', at: '/do/0/a/catch/retry', named: 'a retry without a number of attempts' },
  ],
  [
    'OWS-call-02: call http',
    task({ call: 'http', with: {} }),
    { rule: 'unsupported-task', at: '/do/0/a/call', named: 'call: http' },
  ],
  [
    'OWS-call-03: call grpc',
    task({ call: 'grpc', with: {} }),
    { rule: 'unsupported-task', at: '/do/0/a/call', named: 'call: grpc' },
  ],
  [
    'OWS-call-04: call openapi',
    task({ call: 'openapi', with: {} }),
    { rule: 'unsupported-task', at: '/do/0/a/call', named: 'call: openapi' },
  ],
  [
    'OWS-call-05: call asyncapi',
    task({ call: 'asyncapi', with: {} }),
    { rule: 'unsupported-task', at: '/do/0/a/call', named: 'call: asyncapi' },
  ],
  [
    'OWS-call-06: call a2a',
    task({ call: 'a2a', with: {} }),
    { rule: 'unsupported-task', at: '/do/0/a/call', named: 'call: a2a' },
  ],
  ...['tools/list', 'prompts/list', 'prompts/get', 'resources/list', 'resources/read', 'resources/templates/list'].map(
    (method) =>
      [
        `OWS-mcp-02: ${method}`,
        mcp({ method }),
        { rule: 'unsupported-feature', at: '/do/0/a/with/method', named: method },
      ] as const,
  ),
  [
    'OWS-mcp-06: a version of the protocol',
    mcp({ protocolVersion: '2025-06-18' }),
    { rule: 'unsupported-feature', at: '/do/0/a/with/protocolVersion', named: 'protocolVersion' },
  ],
  [
    'OWS-mcp-15: a client',
    mcp({ client: { name: 'x', version: '1' } }),
    { rule: 'unsupported-feature', at: '/do/0/a/with/client', named: 'client' },
  ],
  [
    'OWS-mcp-16: parameters computed as a whole',
    mcp({ parameters: '${ .p }' }),
    { rule: 'unsupported-feature', at: '/do/0/a/with/parameters', named: 'parameters computed as a whole' },
  ],
  [
    'OWS-mcp-17: authentication of an endpoint',
    mcp({
      transport: {
        http: {
          endpoint: { uri: 'https://s.example/mcp', authentication: { basic: { username: 'a', password: 'b' } } },
        },
      },
    }),
    { rule: 'unsupported-feature', at: '/do/0/a/with/transport/http/endpoint/authentication', named: 'authentication' },
  ],
  [
    'OWS-cat-04: another catalog',
    { ...ok, use: { catalogs: { other: { endpoint: 'https://x.example' } } } },
    { rule: 'unsupported-feature', at: '/use/catalogs/other', named: 'the catalog other' },
  ],
  [
    'OWS-cat-05: the default catalog',
    task({ call: 'log:1.0.0@default' }),
    { rule: 'unknown-function', at: '/do/0/a/call', named: 'log:1.0.0@default' },
  ],
  [
    'OWS-cat-06: a function at an address',
    task({ call: 'https://github.com/x/functions/f@v1.0.0' }),
    { rule: 'unsupported-feature', at: '/do/0/a/call', named: 'a function at an address' },
  ],
  [
    'OWS-emit-01: emit',
    task({ emit: { event: { with: {} } } }),
    { rule: 'unsupported-task', at: '/do/0/a/emit', named: 'emit' },
  ],
  [
    'OWS-listen-01: listen',
    task({ listen: { to: { any: [] } } }),
    { rule: 'unsupported-task', at: '/do/0/a/listen', named: 'listen' },
  ],
  [
    'OWS-run-20: run container',
    task({ run: { container: { image: 'x' } } }),
    { rule: 'unsupported-task', at: '/do/0/a/run/container', named: 'run: container' },
  ],
  [
    'OWS-run-21: run script',
    task({ run: { script: { language: 'js', code: '' } } }),
    { rule: 'unsupported-task', at: '/do/0/a/run/script', named: 'run: script' },
  ],
  [
    'OWS-run-22: run shell',
    task({ run: { shell: { command: 'ls' } } }),
    { rule: 'unsupported-task', at: '/do/0/a/run/shell', named: 'run: shell' },
  ],
  [
    'OWS-run-23: await false',
    run({ await: false }),
    { rule: 'unsupported-feature', at: '/do/0/a/run/await', named: 'a workflow that nobody waits for' },
  ],
  [
    'OWS-run-24: return',
    run({ return: 'all' }),
    { rule: 'unsupported-feature', at: '/do/0/a/run/return', named: 'return' },
  ],
];

describe('the profile refuses by name, with a line', () => {
  it.each(CASES)('%s', (_, members, { rule, at, named }) => {
    const { program, findings } = read(textOf({ document: HEADER, ...members }));
    expect(program).toBeUndefined();
    const found = findings.find((one) => one.rule === `structure/${rule}` && one.place.pointer === at);
    expect([
      found?.place.line,
      Object.values(found?.data ?? {})
        .map(String)
        .join(' '),
    ]).toEqual([1, expect.stringContaining(named)]);
    expect(found?.data).not.toMatchObject({ instead: '' });
  });
});
