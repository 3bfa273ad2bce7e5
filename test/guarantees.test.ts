import { expect, it } from 'vitest';
import { memoryTree, overlayTree } from '../src/kernel/tree.ts';
import { guaranteesOf } from '../src/pipeline/guarantees.ts';
import { BASE, load } from './rules/sample.ts';

const CALLER = {
  'workflow.yaml': `document: { dsl: '1.0.3', namespace: finance, name: settle-later, version: 1.0.0, summary: Runs another. }
input:
  schema:
    document:
      type: object
      additionalProperties: false
      required: [messageId, purchaseOrders]
      properties:
        messageId: { type: string, maxLength: 64 }
        purchaseOrders: { type: array, maxItems: 2, items: { type: 'null' } }
do:
  - pay: { run: { workflow: { namespace: finance, name: pay-invoice, version: 1.0.0, input: { messageId: '\${ .messageId }', purchaseOrders: [] } } } }
`,
  'README.md': '# Settle later\n',
  'contract.yaml': `risk: high
intents: [settle an invoice, pay what is due]
capabilities: [{ tool: mail/get_message }, { tool: payments/transfer }]
errors: [runtime, communication, timeout, validation]
budgets: { tasks: 400, calls: 40, infers: 10, time: PT1H }
`,
};

it('what is guaranteed of a workflow holds of those that it runs too', async () => {
  const files = Object.entries(CALLER).map(([name, text]) => [`workflows/finance/settle-later/${name}`, text] as const);
  const store = await load(overlayTree(BASE, memoryTree(Object.fromEntries(files))));
  const of = (name: string) => {
    const loaded = store.workflows.find((one) => one.name === name);
    if (loaded?.subject === undefined) throw new Error(JSON.stringify(loaded?.findings));
    return guaranteesOf(loaded.subject);
  };
  const { deterministic, approvals } = of('finance/pay-invoice');
  expect([deterministic, approvals]).toEqual(['up to replies of tools and models', ['payments/transfer']]);
  expect(of('finance/settle-later')).toMatchObject({ deterministic, approvals });
});
