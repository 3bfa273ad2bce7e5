import { memoryTree, overlayTree, type Tree } from '../../src/kernel/tree.ts';
import {
  BASE,
  type Breach,
  CASE,
  changed,
  CONTRACT,
  copyOf,
  edit,
  FOLDER,
  HERE,
  README,
  textOf,
  whole,
  without,
  WORKFLOW,
  write,
} from './sample.ts';

/** Two definitions each of which uses the next one twice, so that `levels` of them stand for 2^levels schemas. */
function doubling(levels: number): string {
  const pair = (next: number): string => `{ allOf: [{ $ref: '#/$defs/d${next}' }, { $ref: '#/$defs/d${next}' }] }`;
  const middle = Array.from({ length: levels }, (_, i) => `d${i}: ${pair(i + 1)}`);
  return `{ ${[...middle, `d${levels}: { type: integer, minimum: 0, maximum: 9 }`].join(', ')} }`;
}

const TOKEN = `ghp_${'0123456789'.repeat(3)}`;
const REFUSAL = '- refuseUnmatched: { raise: { error: no-matching-order } }';
const ORDER_AMOUNT = 'amount: { type: integer, minimum: 1, maximum: 10000000, description: in cents }';

/** For each structure rule, stores that break it and nothing else. */
export const BREACHES: readonly Breach[] = [
  whole('structure/unreadable-file', 'a file that cannot be read', CONTRACT, {
    ...BASE,
    read: (path) => (path === CONTRACT ? undefined : BASE.read(path)),
  }),
  whole(
    'structure/file-too-large',
    'a file above the limit',
    CASE,
    overlayTree(BASE, memoryTree({ [CASE]: '#'.repeat((1 << 20) + 1) })),
  ),
  whole('structure/not-a-regular-file', 'a link in place of a file', README, {
    ...BASE,
    list: () => BASE.list().map((entry) => (entry.path === README ? { ...entry, kind: 'link' } : entry)),
  }),
  {
    ...write('structure/invalid-text', 'bytes that are no UTF-8', README, `# Title\n\nlatin: ${HERE}`),
    tree: overlayTree(
      BASE,
      memoryTree({ [README]: Uint8Array.from([...new TextEncoder().encode('# Title\n\nlatin: '), 0xe9, 0x0a]) }),
    ),
  },
  edit('structure/invalid-text', 'a control character', CONTRACT, [
    'domain: finance',
    `domain: finance # ${HERE}\u0007`,
  ]),
  edit('structure/hidden-character', 'a zero-width space', CONTRACT, [
    'domain: finance',
    `domain: finance # ${HERE}\u200b`,
  ]),
  edit('structure/hidden-character', 'a direction override', README, [
    'Pays one invoice',
    `Pays ${HERE}\u202eone invoice`,
  ]),
  edit('structure/yaml-syntax', 'a colon in a plain string', CASE, [
    'name: pays an invoice',
    `name: ${HERE}pays: an invoice`,
  ]),
  edit('structure/yaml-ambiguous', 'a word that YAML 1.1 reads as false', CONTRACT, [
    'domain: finance',
    `domain: ${HERE}no`,
  ]),
  edit('structure/yaml-ambiguous', 'a key that is no string', CASE, [
    '  messageId: msg-1042',
    `  messageId: msg-1042\n  ${HERE}on: x`,
  ]),
  edit('structure/yaml-tag', 'a tag', CONTRACT, ['risk: high', `risk: ${HERE}!!str high`]),
  edit('structure/yaml-alias', 'an alias without an anchor', CONTRACT, ['risk: high', `risk: ${HERE}*nowhere`]),
  edit('structure/duplicate-key', 'a key twice', CONTRACT, ['risk: high', `risk: high\n${HERE}risk: high`]),
  edit('structure/duplicate-key', 'two arms of one name', WORKFLOW, ['- different:', `- ${HERE}unmatched:`]),
  edit('structure/too-deep', 'seventy lists in one another', CASE, [
    '  messageId: msg-1042',
    `  messageId: ${'['.repeat(64)}${HERE}${'['.repeat(6)}${']'.repeat(70)}`,
  ]),
  edit('structure/too-many-nodes', 'thirty thousand numbers', CASE, [
    '  messageId: msg-1042',
    `  messageId: [${'0,'.repeat(19_995)}${HERE}${'0,'.repeat(11_000)}]`,
  ]),
  edit('structure/reserved-name', 'a prototype in the input', CASE, [
    '  messageId: msg-1042',
    `  messageId: msg-1042\n  ${HERE}__proto__: {}`,
  ]),
  edit('structure/number-out-of-range', 'an integer beyond 2^53', CASE, [
    'amount: 99900',
    `amount: ${HERE}9007199254740993`,
  ]),
  whole('structure/missing-file', 'no README', README, without(README)),
  whole('structure/missing-file', 'no store.yaml', 'store.yaml', without('store.yaml')),
  whole(
    'structure/unexpected-file',
    'a script beside the workflow',
    `${FOLDER}/setup.sh`,
    overlayTree(BASE, memoryTree({ [`${FOLDER}/setup.sh`]: '' })),
  ),
  edit('structure/unknown-key', 'a misspelt limit', CONTRACT, ['    most: 1', `    ${HERE}mots: 1`]),
  edit('structure/unknown-key', 'a misspelt member of a call', WORKFLOW, [
    'method: tools/call',
    `method: tools/call\n        ${HERE}timeut: PT5S`,
  ]),
  edit(
    'structure/missing-key',
    'a contract without budgets',
    CONTRACT,
    ['risk: high', `${HERE}risk: high`],
    ['budgets: { tasks: 12, calls: 4, infers: 1, time: PT1H }\n', ''],
  ),
  edit('structure/wrong-type', 'a number in quotes', CONTRACT, ['tasks: 12', `tasks: ${HERE}'12'`]),
  edit('structure/invalid-value', 'a risk that does not exist', CONTRACT, ['risk: high', `risk: ${HERE}medium`]),
  edit('structure/bad-name', 'a task that begins with a digit', WORKFLOW, ['  - report:', `  - ${HERE}2report:`]),
  {
    ...whole(
      'structure/look-alike-name',
      "another owner's workflow that looks the same",
      'workflows/flnance/pay-invoice',
      BASE,
    ),
    tree: overlayTree(
      BASE,
      memoryTree({
        ...copyOf('flnance', 'pay-invoice'),
        'store.yaml': textOf(BASE, 'store.yaml').replace(
          'namespaces:\n',
          "namespaces:\n  flnance: { owners: ['@example-store/others'] }\n",
        ),
      }),
    ),
  },
  edit('structure/identity-mismatch', 'another name than the folder', WORKFLOW, [
    '  name: pay-invoice',
    `  name: ${HERE}pay-invoices`,
  ]),
  whole(
    'structure/namespace-unowned',
    'a namespace without an owner',
    'workflows/logistics/settle-bill',
    overlayTree(BASE, memoryTree(copyOf('logistics', 'settle-bill'))),
  ),
  whole('structure/empty-store', 'no workflow', 'workflows', without('workflows')),
  edit('structure/unsupported-task', 'an event', WORKFLOW, [
    REFUSAL,
    `- refuseUnmatched: { ${HERE}emit: { event: { with: { type: x } } } }`,
  ]),
  edit('structure/unsupported-feature', 'a schedule', WORKFLOW, [
    '\ndo:\n',
    `\n${HERE}schedule: { every: { days: 1 } }\ndo:\n`,
  ]),
  edit('structure/unsupported-feature', 'parameters that are computed', WORKFLOW, [
    "parameters:\n          name: get_message\n          arguments: { id: '${ $context.messageId }' }",
    `parameters: ${HERE}'\${ $context.plan }'`,
  ]),
  edit('structure/floating-version', 'the latest model call', WORKFLOW, [
    "'infer:1.0.0@proofmark'",
    `${HERE}'infer:latest@proofmark'`,
  ]),
  edit('structure/literal-credential', 'a token in a case', CASE, [
    'from: billing@paper-works.example',
    `from: ${HERE}${TOKEN}`,
  ]),
  edit('structure/unknown-function', 'a function outside the catalog', WORKFLOW, [
    "call: 'approve:1.0.0@proofmark'",
    `call: ${HERE}'approve:1.0@proofmark'`,
  ]),
  edit('structure/unknown-tool', 'a tool that the server does not have', WORKFLOW, [
    'name: get_message',
    `name: ${HERE}get_mesage`,
  ]),
  edit('structure/unknown-server', 'a transport that nobody described', WORKFLOW, [
    "transport: { http: { endpoint: 'https://mail.example/mcp' } }",
    `transport: ${HERE}{ http: { endpoint: 'https://mail.example/mcp/' } }`,
  ]),
  edit('structure/unknown-error', 'an error that nothing defines', WORKFLOW, [
    'raise: { error: no-matching-order }',
    `raise: { error: ${HERE}no-matching-odrer }`,
  ]),
  edit('structure/unknown-reference', 'a retry that nothing defines', WORKFLOW, [
    'retry: transfer',
    `retry: ${HERE}transfers`,
  ]),
  edit('structure/then-target', 'a task that is not there', WORKFLOW, [
    'then: refuseUnmatched',
    `then: ${HERE}refuseUnmatchd`,
  ]),
  edit(
    'structure/then-cycle',
    'a jump back',
    WORKFLOW,
    ['payable: { then: ask }', `payable: { then: ${HERE}fetch }`],
    ['- refuseTooLarge: { raise: { error: over-limit } }', '- refuseTooLarge: { set: { asked: true } }'],
  ),
  edit(
    'structure/unreachable-task',
    'a task that nothing leads to',
    WORKFLOW,
    ['then: refuseUnmatched', 'then: refuseDifferent'],
    ['- refuseUnmatched:', `- ${HERE}refuseUnmatched:`],
  ),
  edit('structure/recursion', 'a workflow that runs itself', WORKFLOW, [
    REFUSAL,
    `- ${HERE}refuseUnmatched:\n      run: { workflow: { namespace: finance, name: pay-invoice, version: '1.0.0' } }`,
  ]),
  edit('structure/expression-syntax', 'a bracket that is not closed', WORKFLOW, [
    "id: '${ $context.messageId }'",
    `id: '\${ ${HERE}($context.messageId }'`,
  ]),
  edit('structure/expression-unsupported', 'the clock', WORKFLOW, [
    "id: '${ $context.messageId }'",
    `id: '\${ ${HERE}now }'`,
  ]),
  edit('structure/expression-unsupported', 'the clock in an invariant', CONTRACT, [
    '\'[.calls[] | select(.tool == "payments/transfer")] | all(.approved)\'',
    `${HERE}now`,
  ]),
  edit('structure/unknown-variable', 'a misspelt variable', WORKFLOW, [
    "id: '${ $context.messageId }'",
    `id: '\${ ${HERE}$contxt.messageId }'`,
  ]),
  edit('structure/schema-invalid', 'a type that does not exist', WORKFLOW, [
    ORDER_AMOUNT,
    `amount: { type: ${HERE}int }`,
  ]),
  edit('structure/schema-invalid', 'a tool contract with a type that does not exist', 'tools/mail.yaml', [
    "id: { type: string, pattern: '^[A-Za-z0-9_-]{1,64}$' }",
    `id: { type: ${HERE}str }`,
  ]),
  edit('structure/schema-invalid', 'a capability with a limit in quotes', CONTRACT, [
    'amount: { maximum: 100000 }',
    `amount: { maximum: ${HERE}'100000' }`,
  ]),
  edit('structure/schema-open', 'a model reply of any form', WORKFLOW, [
    'schema:\n          type: object\n          additionalProperties: false\n          required: [orderNumber',
    `${HERE}schema:\n          type: object\n          required: [orderNumber`,
  ]),
  edit('structure/schema-remote-ref', 'a schema from elsewhere', WORKFLOW, [
    ORDER_AMOUNT,
    `amount: { $ref: ${HERE}'https://schemas.example/amount.json' }`,
  ]),
  edit('structure/schema-unsupported', 'a dynamic reference', WORKFLOW, [
    ORDER_AMOUNT,
    `amount: { $dynamicRef: ${HERE}'#amount' }`,
  ]),
  edit('structure/schema-too-large', 'references that multiply', WORKFLOW, [
    'schema:\n    format: json\n    document:\n      type: object\n      additionalProperties: false\n      required: [messageId, purchaseOrders]\n',
    `schema:\n    format: json\n    ${HERE}document:\n      $defs: ${doubling(16)}\n      $ref: '#/$defs/d0'\n      type: object\n      additionalProperties: false\n      required: [messageId, purchaseOrders]\n`,
  ]),
  edit('structure/pattern-unsafe', 'a lookahead', WORKFLOW, [
    "number: { type: string, pattern: '^PO-[0-9]{6}$' }",
    `number: { type: string, pattern: ${HERE}'^PO-(?=[0-9])[0-9]{6}$' }`,
  ]),
  edit('structure/risk-too-low', 'a payment of moderate risk', CONTRACT, ['risk: high', `risk: ${HERE}moderate`]),
  edit('structure/capability-unused', 'a tool that nothing calls', CONTRACT, [
    'capabilities:\n',
    `capabilities:\n  - ${HERE}tool: mail/delete_message\n`,
  ]),
  {
    ...edit('structure/undeclared-tool', 'a call outside the contract', WORKFLOW, ['  - fetch:', `  - ${HERE}fetch:`]),
    tree: changed(CONTRACT, '  - tool: mail/get_message\n    most: 1\n', ''),
  },
  {
    ...edit('structure/undeclared-error', 'an error that the contract does not list', WORKFLOW, [
      '- refuseUnmatched: {',
      `- refuseUnmatched: ${HERE}{`,
    ]),
    tree: changed(CONTRACT, 'errors: [no-matching-order, ', 'errors: ['),
  },
  {
    ...edit('structure/unused-error', 'an error that nothing raises', CONTRACT, [
      'errors: [no-matching-order',
      `errors: [${HERE}no-matching-order`,
    ]),
    tree: changed(WORKFLOW, REFUSAL, '- refuseUnmatched: { raise: { error: amount-mismatch } }'),
  },
  edit('structure/call-arguments', 'an argument that the tool does not declare', WORKFLOW, [
    'currency: EUR\n                  #',
    `currency: EUR\n                  urgent: ${HERE}true\n                  #`,
  ]),
  edit('structure/call-arguments', 'a literal that the tool refuses', WORKFLOW, [
    '          currency: EUR\n          reference',
    `          currency: ${HERE}USD\n          reference`,
  ]),
  edit(
    'structure/call-arguments',
    'an approval without an argument that the tool requires',
    WORKFLOW,
    ['        arguments:\n          payee:', `        ${HERE}arguments:\n          payee:`],
    ['          memo: \'${ "Invoice \\($context.invoice.invoiceNumber)" }\'\n        otherwise', '        otherwise'],
  ),
  edit('structure/call-arguments', 'an expression that yields what the tool refuses', WORKFLOW, [
    "amount: '${ $context.orders[0].amount }'\n          currency",
    `amount: '\${ ${HERE}$context.orders[0].payee }'\n          currency`,
  ]),
  edit('structure/unknown-member', 'a misspelt member of a tool reply', WORKFLOW, [
    'subject: $context.mail.subject,',
    `subject: $context.mail${HERE}.subjct,`,
  ]),
  edit('structure/unknown-member', 'a reply without its structuredContent', WORKFLOW, [
    "output: { as: '${ .structuredContent }' }",
    `output: { as: '\${ ${HERE}.id }' }`,
  ]),
  edit('structure/literal-expression', 'a variable without the braces', WORKFLOW, [
    "data: '${ { subject: $context.mail.subject, body: $context.mail.body } }'",
    `data: ${HERE}$context.mail.body`,
  ]),
  edit('structure/unknown-error', 'a catch of an error that there is not', WORKFLOW, [
    "        as: failure\n        when: '${ ($failure.type",
    `        errors: { with: { type: ${HERE}timeuot } }\n        as: failure\n        when: '\${ ($failure.type`,
  ]),
  edit('structure/unknown-tool', 'a capability for a tool that there is not', CONTRACT, [
    'tool: payments/transfer',
    `tool: ${HERE}payments/transfr`,
  ]),
  edit('structure/schema-unsupported', 'a misspelt keyword of a schema', WORKFLOW, [
    ORDER_AMOUNT,
    `amount: { type: integer, minimum: 1, maximun: ${HERE}10000000 }`,
  ]),
  edit('structure/operation-fails', 'a text and a number', WORKFLOW, [
    '"Invoice \\($context.invoice.invoiceNumber)"',
    `${HERE}"Invoice " + $context.invoice.amount`,
  ]),
  edit('structure/constant-comparison', 'a number in quotes', WORKFLOW, [
    '$context.orders[0].amount > 100000',
    `${HERE}$context.invoice.amount > "100000"`,
  ]),
  edit('structure/unreachable-arm', 'an arm that asks what the one before it has settled', WORKFLOW, [
    "- tooLarge: { when: '${ $context.orders[0].amount > 100000 }'",
    `- tooLarge: { when: '\${ ${HERE}$context.orders | not }'`,
  ]),
  edit('structure/never-valid', 'an output without a member that its schema requires', WORKFLOW, [
    "- report:\n      set:\n        paymentId: '${ .paymentId }'",
    `- ${HERE}report:\n      set:\n        payment: '\${ .paymentId }'`,
  ]),
  edit('structure/tag-unknown', 'a misspelt tag', CONTRACT, ['secrecy: [internal]', `secrecy: [${HERE}intern]`]),
  edit('structure/tag-unknown', 'a clearance for a tag that does not exist', 'store.yaml', [
    'model: [internal]',
    `model: [${HERE}secret]`,
  ]),
  ...(
    [
      ['any text', '{ type: string }'],
      ['an object that may hold more', '{ type: object, properties: { a: { type: boolean } } }'],
      ['a list of any length', '{ type: array, items: { type: boolean } }'],
      ['a name', '{ type: string, maxLength: 100 }'],
      ['anything', '{}'],
    ] as const
  ).map(([what, as]) =>
    edit('structure/grant-unbounded', `a declassification of ${what}`, 'store.yaml', [
      'as: { enum: [none, caution, contraindicated] }',
      `as: ${HERE}${as}`,
    ]),
  ),
  write(
    'structure/policy-invalid',
    'a policy without a reason',
    'policies/small-payments.cedar',
    `${HERE}@id("small-payments")\n@title("Payments are small")\n@rationale("Large ones go through the bank.")\nforbid (principal, action == Action::"payments/transfer", resource)\nwhen { context.arguments.amount > 1000 };\n`,
  ),
  write(
    'policy/can-err',
    'a policy that overflows for amounts that the tool takes',
    'policies/counted-finely.cedar',
    `${HERE}@id("counted-finely")\n@title("Amounts are counted finely")\n@reference("Accounts payable handbook, 4.2")\nforbid (principal, action == Action::"payments/transfer", resource)\nwhen { context.arguments.amount * 1000000000000000 > 9000000000000000 };\n`,
  ),
  write(
    'policy/never-applies',
    'a policy about a pointer that the tool has not',
    'policies/payee-by-user.cedar',
    `${HERE}@id("payee-by-user")\n@title("The payee is chosen by the user")\n@reference("Accounts payable handbook, 4.2")\nforbid (principal, action == Action::"payments/transfer", resource)\nwhen { context.untrusted.contains("/paye") };\n`,
  ),
];

/** Stores that look like a breach and are none. */
export const HARMLESS: readonly (readonly [what: string, tree: Tree])[] = [
  [
    'a policy for a class of tools that the store has not',
    overlayTree(
      BASE,
      memoryTree({
        'policies/calendar.cedar': `@id("calendar-by-user")\n@title("Appointments are the user's")\n@reference("Handbook, 7")\nforbid (principal, action in Action::"calendar", resource)\nwhen { context.control.untrusted };\n`,
      }),
    ),
  ],
  [
    'an error that is caught need not be declared',
    overlayTree(
      changed(CONTRACT, 'errors: [no-matching-order, ', 'errors: ['),
      memoryTree({
        [WORKFLOW]: textOf(BASE, WORKFLOW).replace(
          REFUSAL,
          '- refuseUnmatched: { try: [{ refuse: { raise: { error: no-matching-order } } }], catch: {} }',
        ),
      }),
    ),
  ],
  [
    'arguments that are one expression may fit',
    changed(WORKFLOW, "arguments: { id: '${ $context.messageId }' }", "arguments: '${ { id: $context.messageId } }'"),
  ],
  ['a comment may hold what a value may not', changed(CONTRACT, 'risk: high', 'risk: high # yes, 020, !!str, *alias')],
];
