import { readPolicies } from '../src/policy/law.ts';
import { loadEngine } from '../src/policy/engine.ts';
import { gate } from '../src/policy/authority.ts';
import { compileProgram } from '../src/flow/program.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { parseDocument } from '../src/kernel/document.ts';
import { execute } from '../src/machine/run.ts';
import { drive } from '../src/simulate/drive.ts';
import type { Gate } from '../src/simulate/model.ts';
import { loadLaw } from '../src/store/law.ts';
import { label } from '../src/value/label.ts';
import { lift } from '../src/value/concrete.ts';
import { parseWorkflow } from '../src/workflow/parse.ts';
import { median, row } from './measure.ts';

/** Runs per second of the concrete driver on a workflow of ten tasks, two of them calls: the machine alone, and with the gate. */

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: bench, name: ten, version: 1.0.0 }
input:
  schema:
    document:
      type: object
      additionalProperties: false
      required: [id, n]
      properties: { id: { type: string, maxLength: 9 }, n: { type: integer, minimum: 0, maximum: 9 } }
do:
  - one: { set: { id: '\${ .id }', n: '\${ .n }' }, export: { as: '\${ $context + { one: .n } }' } }
  - two: { set: { n: '\${ .n + 1 }' }, export: { as: '\${ $context + { two: .n } }' } }
  - read:
      call: mcp
      with:
        method: tools/call
        transport: { http: { endpoint: 'https://mail.example/mcp' } }
        parameters: { name: get_message, arguments: { id: '\${ $context.id }' } }
      export: { as: '\${ $context + { subject: .structuredContent.subject } }' }
  - pick:
      switch:
        - small: { when: '\${ $context.n < 10 }', then: four }
        - large: { then: five }
  - four: { set: { size: small }, then: six }
  - five: { set: { size: large } }
  - six: { set: { size: '\${ .size }', n: '\${ $context.two * 2 }' } }
  - seven: { if: '\${ .n > 0 }', set: { n: '\${ .n }', words: '\${ $context.subject | length }' } }
  - again:
      call: mcp
      with:
        method: tools/call
        transport: { http: { endpoint: 'https://mail.example/mcp' } }
        parameters: { name: get_message, arguments: { id: '\${ $context.id }' } }
  - last: { set: { subject: '\${ .structuredContent.subject }', n: '\${ $context.n }' } }
`;

const { law } = loadLaw(diskTree('fixtures/store'), []);
if (law === undefined) throw new Error('the sample law cannot be read');
const document = parseDocument('workflow.yaml', new TextEncoder().encode(WORKFLOW));
const parsed = parseWorkflow({ document: document.value ?? null, locate: document.locate.bind(document) }, law.servers);
if (parsed.workflow === undefined) throw new Error(JSON.stringify(parsed.findings));
const { program, findings } = compileProgram(parsed.workflow, law, new Map());
if (program === undefined) throw new Error(JSON.stringify(findings));
const { set } = readPolicies(law, await loadEngine());
const budgets = { tasks: 20, calls: 4, infers: 0, time: 60_000 };
const contract = {
  risk: 'low',
  intents: [],
  labels: { input: new Map() },
  capabilities: [{ tool: 'mail/get_message', total: new Map() }],
  errors: [],
  budgets,
  invariants: [],
  locate: document.locate.bind(document),
} as const;

const input = { id: 'abc', n: 3 };
const labelled = lift(input, label(['user']));
const message = { id: 'abc', from: 'a@b.example', subject: 'hello', body: 'text' };
const responder = { reply: () => ({ kind: 'structured', structured: message }) as const, choose: () => undefined };
const open: Gate = () => ({ allowed: true, refusals: [], grants: [] });
const judge = set === undefined ? open : gate(law, set, contract, 'bench/ten');

const ended = run(open).ending;
if (ended.kind !== 'output') throw new Error(`the benchmark's workflow ends in ${JSON.stringify(ended)}`);

function run(decide: Gate): ReturnType<typeof drive> {
  return drive(
    (observer) => execute(program as NonNullable<typeof program>, labelled, { budgets, observer }),
    input,
    responder,
    decide,
  );
}

console.log(
  row(
    'ten tasks, two calls: machine and log',
    median(9, 2000, () => void run(open)),
  ),
);
console.log(
  row(
    'the same with contract and policies',
    median(9, 1000, () => void run(judge)),
  ),
);
