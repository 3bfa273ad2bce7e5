import { $, approve, attempts, endsWith, infer, keep, type Seed, tool } from './describe.ts';
import { closed, id, int, list, text } from './law.ts';

const ORDER = closed({ id, payee: id, amount: int(1, 10_000) });
const PAY = { payee: $('$context.order.payee'), amount: $('$context.order.amount') };
const KEYED = { ...PAY, reference: $('$context.order.id') };
const TIME = $('"r-\\($task.startedAt.epoch.milliseconds)"');
const PAID = '[.calls[] | select(.tool == "bank/pay" and .error == null) | .arguments]';

/** Thirty-odd small workflows with one defect each; without it they pass. */
export const SEEDS: readonly Seed[] = [
  // What happens twice.
  {
    name: 'new-key-for-each-attempt',
    what: 'a payment whose answer was lost is made again under another reference',
    rule: 'property/repeated-effect',
    input: { order: ORDER },
    tools: { 'bank/pay': {} },
    tasks: (bad) => [
      {
        pay: {
          try: [{ send: tool('bank/pay', { ...PAY, reference: bad ? TIME : $('$context.order.id') }) }],
          catch: { as: 'failure', when: endsWith('failure', 'timeout'), retry: attempts(2) },
        },
      },
    ],
  },
  {
    name: 'new-key-after-a-restart',
    what: 'an engine that begins anew pays under another reference',
    rule: 'property/repeated-effect',
    input: { order: ORDER },
    tools: { 'bank/balance': {}, 'bank/pay': {} },
    tasks: (bad) => [
      { look: tool('bank/balance', { account: $('$context.order.payee') }) },
      { pay: tool('bank/pay', { ...PAY, reference: bad ? TIME : $('$context.order.id') }) },
    ],
  },
  {
    name: 'no-key-after-a-restart',
    what: 'an engine that begins anew pays again with a tool that knows no reference',
    rule: 'property/repeated-effect',
    input: { order: ORDER },
    tools: { 'bank/wire': {}, 'bank/pay': {} },
    contract: (bad) => ({
      capabilities: [{ tool: bad ? 'bank/wire' : 'bank/pay' }],
    }),
    tasks: (bad) => [{ pay: bad ? tool('bank/wire', PAY) : tool('bank/pay', KEYED) }],
  },
  {
    name: 'blind-retry',
    what: 'a wire without a reference is tried again',
    rule: 'policy/denied',
    input: { order: ORDER },
    tools: {},
    contract: (bad) => ({ capabilities: [{ tool: bad ? 'bank/wire' : 'bank/pay' }] }),
    tasks: (bad) => [
      {
        pay: {
          try: [{ send: bad ? tool('bank/wire', PAY) : tool('bank/pay', KEYED) }],
          catch: { as: 'failure', when: endsWith('failure', 'timeout'), retry: attempts(2) },
        },
      },
    ],
  },
  {
    name: 'paid-twice-in-a-list',
    what: 'an order that stands twice in the list is paid twice',
    rule: 'property/invariant-violated',
    input: { orders: list(ORDER, 4) },
    tools: { 'bank/pay': {} },
    contract: () => ({
      invariants: [{ id: 'one-payment-per-order', always: `${PAID} | map(.reference) | length == (unique | length)` }],
    }),
    tasks: (bad) => [
      {
        each: {
          for: { each: 'one', in: $(bad ? '$context.orders' : '$context.orders | unique_by(.id)') },
          do: [
            {
              pay: tool('bank/pay', { payee: $('$one.payee'), amount: $('$one.amount'), reference: $('$one.id') }),
            },
          ],
        },
      },
    ],
  },
  {
    name: 'refusal-ignored',
    what: 'what a person declined is written all the same',
    rule: 'property/called-after-refusal',
    input: { item: id },
    raises: ['declined'],
    tools: { 'stock/reserve': {} },
    tasks: (bad) => {
      const reserve = { reserve: tool('stock/reserve', { item: $('$context.item') }) };
      const ask = approve('stock/reserve', { item: $('$context.item') });
      return bad
        ? [{ ask: { try: [{ one: ask }], catch: { as: 'no', when: endsWith('no', 'declined') } } }, reserve]
        : [{ ask }, reserve];
    },
  },
  // What is not undone.
  {
    name: 'compensation-lost',
    what: 'a reservation is kept when the payment fails',
    rule: 'property/invariant-violated',
    input: { order: ORDER, item: id },
    raises: ['unpaid'],
    tools: { 'stock/reserve': {}, 'stock/release': {}, 'bank/pay': {} },
    contract: () => ({
      invariants: [
        {
          id: 'nothing-stays-reserved',
          always: '.outcome.error != "unpaid" or ([.calls[] | select(.tool == "stock/release")] | length == 1)',
        },
      ],
    }),
    tasks: (bad) => [
      { reserve: tool('stock/reserve', { item: $('$context.item') }) },
      {
        pay: {
          try: [{ send: tool('bank/pay', KEYED) }],
          catch: {
            as: 'failure',
            do: [
              {
                undo: {
                  ...(bad ? { if: endsWith('failure', 'timeout') } : {}),
                  ...tool('stock/release', { item: $('$context.item') }),
                },
              },
              { tell: { raise: { error: 'unpaid' } } },
            ],
          },
        },
      },
    ],
  },
  {
    name: 'handler-for-nothing',
    what: 'a handler waits for an error under a wrong name',
    rule: 'property/handler-unreached',
    input: { item: id },
    tools: { 'stock/reserve': {} },
    tasks: (bad) => [
      {
        reserve: {
          try: [{ one: tool('stock/reserve', { item: $('$context.item') }) }],
          catch: { as: 'failure', when: endsWith('failure', bad ? 'time-out' : 'timeout') },
        },
      },
    ],
  },
  {
    name: 'failure-not-declared',
    what: 'callers are not told that it can end in a failure of communication',
    rule: 'property/undeclared-outcome',
    input: { item: id },
    tools: { 'stock/reserve': {} },
    contract: (bad) => ({ errors: ['runtime', 'timeout', 'validation', ...(bad ? [] : ['communication'])] }),
    tasks: () => [{ reserve: tool('stock/reserve', { item: $('$context.item') }) }],
  },
  // Limits.
  {
    name: 'limit-off-by-one',
    what: 'one more than the capability allows is paid',
    rule: 'property/outside-capability',
    input: { order: ORDER },
    raises: ['too-much'],
    tools: { 'bank/pay': { where: { properties: { amount: { maximum: 500 } } } } },
    tasks: (bad) => [
      { check: { if: $(`$context.order.amount > ${bad ? 501 : 500}`), raise: { error: 'too-much' } } },
      { pay: tool('bank/pay', KEYED) },
    ],
  },
  {
    name: 'limit-of-each-not-of-all',
    what: 'the limit holds for each payment and not for their sum',
    rule: 'property/outside-capability',
    input: { orders: list(ORDER, 3) },
    raises: ['too-much'],
    tools: { 'bank/pay': { total: { '/amount': 10_000 } } },
    tasks: (bad) => [
      {
        check: {
          if: $(
            bad ? '[$context.orders[].amount] | any(. > 10000)' : '([$context.orders[].amount] | add // 0) > 10000',
          ),
          raise: { error: 'too-much' },
        },
      },
      {
        each: {
          for: { each: 'one', in: $('$context.orders') },
          do: [
            {
              pay: tool('bank/pay', { payee: $('$one.payee'), amount: $('$one.amount'), reference: $('$one.id') }),
            },
          ],
        },
      },
    ],
  },
  {
    name: 'limit-in-one-branch',
    what: 'a rebate in one branch of an expression takes the amount below what the tool accepts',
    rule: 'property/arguments-invalid',
    input: { order: ORDER },
    tools: { 'bank/pay': {} },
    tasks: (bad) => [
      {
        pay: tool('bank/pay', {
          ...KEYED,
          amount: $(
            `if $context.order.amount > ${bad ? 9 : 10} then $context.order.amount - 10 else $context.order.amount end`,
          ),
        }),
      },
    ],
  },
  {
    name: 'too-many-calls',
    what: 'a list of others decides how many calls are made',
    rule: 'property/over-budget',
    input: { item: id },
    tools: { 'mail/list': {}, 'mail/tag': {} },
    contract: () => ({ budgets: { tasks: 60, calls: 4, infers: 0, time: 'PT1H' } }),
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      {
        each: {
          for: { each: 'mail', in: $(bad ? '$context.mails' : '$context.mails[0:3]') },
          do: [{ tag: tool('mail/tag', { id: $('$mail.id'), tag: 'seen' }) }],
        },
      },
    ],
  },
  {
    name: 'too-many-attempts',
    what: 'a server that is down uses up all calls',
    rule: 'property/over-budget',
    input: { item: id },
    tools: { 'stock/reserve': {} },
    contract: () => ({ budgets: { tasks: 60, calls: 3, infers: 0, time: 'PT1H' } }),
    tasks: (bad) => [
      {
        reserve: {
          try: [{ one: tool('stock/reserve', { item: $('$context.item') }) }],
          catch: { as: 'failure', when: endsWith('failure', 'communication'), retry: attempts(bad ? 5 : 3) },
        },
      },
    ],
  },
  {
    name: 'too-many-questions',
    what: 'a model is asked about every mail',
    rule: 'property/over-budget',
    input: { item: id },
    tools: { 'mail/list': {} },
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      {
        each: {
          for: { each: 'mail', in: $(bad ? '$context.mails' : '$context.mails[0:5]') },
          do: [{ read: infer('$mail.subject', closed({ kind: { enum: ['a', 'b'] } })) }],
        },
      },
    ],
  },
  {
    name: 'waits-too-long',
    what: 'the pauses between attempts add up to more than the run may take',
    rule: 'property/over-budget',
    input: { item: id },
    tools: { 'stock/reserve': {} },
    contract: () => ({ budgets: { tasks: 60, calls: 30, infers: 0, time: 'PT1M' } }),
    tasks: (bad) => [
      {
        reserve: {
          try: [{ one: tool('stock/reserve', { item: $('$context.item') }) }],
          catch: {
            as: 'failure',
            when: endsWith('failure', 'communication'),
            retry: { delay: { seconds: bad ? 20 : 2 }, backoff: { exponential: {} }, limit: { attempt: { count: 4 } } },
          },
        },
      },
    ],
  },
  // Data that nobody thought of.
  {
    name: 'empty-list',
    what: 'the first of no mails has no subject',
    rule: 'property/expression-error',
    input: { item: id },
    output: closed({ first: text(30) }),
    tools: { 'mail/list': {} },
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      { tell: { set: { first: $(`$context.mails[0].subject${bad ? '' : ' // ""'} | ascii_downcase`) } } },
    ],
  },
  {
    name: 'division-by-none',
    what: 'the mean of nothing',
    rule: 'property/expression-error',
    input: { orders: list(ORDER, 3) },
    output: closed({ mean: int(0, 10_000) }),
    tools: {},
    tasks: (bad) => [
      {
        tell: {
          set: {
            mean: $(
              `([$context.orders[].amount] | add // 0) as $sum | ${bad ? '' : 'if ($context.orders | length) == 0 then 0 else '}($sum / ($context.orders | length) | floor)${bad ? '' : ' end'}`,
            ),
          },
        },
      },
    ],
  },
  {
    name: 'text-that-is-no-number',
    what: 'a subject is taken to be a number',
    rule: 'property/expression-error',
    input: { item: text(20) },
    output: closed({ number: { type: 'number' } }),
    tools: {},
    tasks: (bad) => [
      {
        tell: {
          set: {
            number: $(
              bad
                ? '$context.item | tonumber'
                : '$context.item | if test("^(?:0|[1-9][0-9]{0,8})$") then tonumber else 0 end',
            ),
          },
        },
      },
    ],
  },
  {
    name: 'output-too-long',
    what: 'more comes out than the output schema allows',
    rule: 'property/output-invalid',
    input: { item: id },
    output: closed({ subjects: list(text(30), 10) }),
    tools: { 'mail/list': {} },
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      { tell: { set: { subjects: $(`[$context.mails${bad ? '' : '[0:10]'}[] | .subject]`) } } },
    ],
  },
  {
    name: 'note-too-long',
    what: 'a long subject makes an argument that the tool refuses',
    rule: 'property/arguments-invalid',
    input: { item: id },
    tools: { 'mail/list': {}, 'mail/tag': {} },
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      {
        tag: tool('mail/tag', {
          id: $('$context.mails[0].id // "none"'),
          tag: $(`$context.mails[0].subject // "none"${bad ? '' : ' | if length > 20 then .[0:20] else . end'}`),
        }),
      },
    ],
  },
  {
    name: 'arm-never-taken',
    what: 'an earlier arm takes everything that a later one waits for',
    rule: 'functional/arm-unreached',
    input: { order: ORDER },
    raises: ['large', 'huge'],
    tools: {},
    tasks: (bad) => [
      {
        check: {
          switch: [
            {
              [bad ? 'large' : 'huge']: {
                when: $(`$context.order.amount > ${bad ? 100 : 1000}`),
                then: bad ? 'large' : 'huge',
              },
            },
            {
              [bad ? 'huge' : 'large']: {
                when: $(`$context.order.amount > ${bad ? 1000 : 100}`),
                then: bad ? 'huge' : 'large',
              },
            },
            { small: { then: 'done' } },
          ],
        },
      },
      { large: { raise: { error: 'large' } } },
      { huge: { raise: { error: 'huge' } } },
      { done: { set: { done: true } } },
    ],
  },
  // Secrets.
  {
    name: 'secret-in-an-error',
    what: 'the detail of an error names the person',
    rule: 'policy/denied',
    input: { person: id },
    raises: ['unknown'],
    tools: { 'records/find': {} },
    tasks: (bad) => [
      { look: tool('records/find', { person: $('$context.person') }, keep('people', '.people')) },
      bad
        ? {
            tell: {
              raise: {
                error: {
                  type: 'https://seeded.example/errors/unknown',
                  status: 400,
                  detail: $('$context.people[0].name // ""'),
                },
              },
            },
          }
        : {
            tell: {
              raise: { error: { type: 'https://seeded.example/errors/unknown', status: 400, detail: 'not here' } },
            },
          },
    ],
  },
  {
    name: 'secret-in-a-query',
    what: 'a name goes to a search outside',
    rule: 'policy/denied',
    input: { person: id, item: text(30) },
    tools: { 'records/find': {}, 'stock/search': {} },
    tasks: (bad) => [
      { look: tool('records/find', { person: $('$context.person') }, keep('people', '.people')) },
      { ask: tool('stock/search', { query: $(bad ? '$context.people[0].name // ""' : '$context.item') }) },
    ],
  },
  {
    name: 'secret-decides-a-query',
    what: 'whether something is asked outside tells the age',
    rule: 'policy/denied',
    input: { person: id, item: text(30) },
    tools: { 'records/find': {}, 'stock/search': {} },
    tasks: (bad) => [
      { look: tool('records/find', { person: $('$context.person') }, keep('people', '.people')) },
      {
        ask: {
          ...(bad ? { if: $('($context.people[0].age // 0) > 64') } : {}),
          ...tool('stock/search', { query: $('$context.item') }),
        },
      },
    ],
  },
  {
    name: 'secret-returned',
    what: 'how many there are comes out',
    rule: 'policy/denied',
    input: { person: id },
    output: closed({ count: int(0, 5) }),
    tools: { 'records/find': {} },
    tasks: (bad) => [
      { look: tool('records/find', { person: $('$context.person') }, keep('people', '.people')) },
      { tell: { set: { count: bad ? $('$context.people | length') : 0 } } },
    ],
  },
  {
    name: 'secret-told-to-a-model',
    what: 'a model that is not cleared reads a name',
    rule: 'policy/denied',
    input: { person: id },
    tools: { 'records/find': {} },
    tasks: (bad) => [
      { look: tool('records/find', { person: $('$context.person') }, keep('people', '.people')) },
      {
        read: infer(bad ? '$context.people[0].name // ""' : '$context.person', closed({ kind: { enum: ['a', 'b'] } })),
      },
    ],
  },
  // Whoever writes the mail decides.
  {
    name: 'hostile-title-decides',
    what: 'the subject of a mail decides whether a payment is made',
    rule: 'policy/denied',
    input: { order: ORDER },
    tools: { 'mail/list': {}, 'bank/pay': {} },
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      {
        pay: {
          ...(bad ? { if: $('$context.mails | any(.subject | startswith("pay"))') } : {}),
          ...tool('bank/pay', KEYED),
        },
      },
    ],
  },
  {
    name: 'payee-from-a-mail',
    what: 'a mail names the account',
    rule: 'policy/denied',
    input: { order: ORDER },
    tools: { 'mail/list': {}, 'bank/pay': {} },
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      { pay: tool('bank/pay', { ...KEYED, payee: $(`${bad ? '$context.mails[0].id // ' : ''}$context.order.payee`) }) },
    ],
  },
  {
    name: 'payee-by-the-author',
    what: 'the account stands in the workflow',
    rule: 'policy/denied',
    input: { order: ORDER },
    tools: { 'bank/pay': {} },
    tasks: (bad) => [{ pay: tool('bank/pay', { ...KEYED, payee: bad ? 'acc-1' : $('$context.order.payee') }) }],
  },
  {
    name: 'model-names-the-amount',
    what: 'what a model read is paid unasked',
    rule: 'policy/denied',
    input: { order: ORDER },
    raises: ['declined'],
    tools: { 'bank/pay': {} },
    tasks: (bad) => {
      const given = { ...KEYED, amount: $('$context.amount') };
      return [
        { read: infer('$context.order.id', closed({ amount: int(1, 100) }), keep('amount', '.amount')) },
        ...(bad ? [] : [{ ask: approve('bank/pay', given) }]),
        { pay: tool('bank/pay', given) },
      ];
    },
  },
  {
    name: 'approved-another-amount',
    what: 'the person saw less than is paid',
    rule: 'policy/denied',
    input: { order: ORDER, note: text(20) },
    raises: ['declined'],
    tools: { 'bank/pay': {} },
    tasks: (bad) => {
      const given = { ...KEYED, reference: $('$context.note') };
      return [
        { ask: approve('bank/pay', given) },
        { pay: tool('bank/pay', bad ? { ...given, amount: $('$context.order.amount * 2') } : given) },
      ];
    },
  },
  {
    name: 'approved-once-paid-often',
    what: 'one approval serves for two payments',
    rule: 'policy/denied',
    input: { order: ORDER, note: text(20) },
    raises: ['declined'],
    tools: { 'bank/wire': {} },
    tasks: (bad) => [
      { ask: approve('bank/wire', PAY) },
      { pay: tool('bank/wire', PAY) },
      ...(bad ? [] : [{ askAgain: approve('bank/wire', PAY) }]),
      { payAgain: { if: $('$context.note == "twice"'), ...tool('bank/wire', PAY) } },
    ],
  },
  // Behaving only where one is watched.
  {
    name: 'only-in-rehearsal',
    what: 'more is paid where answers take time',
    rule: 'property/invariant-violated',
    input: { order: closed({ id, payee: id, amount: int(1, 100) }) },
    tools: { 'bank/balance': {}, 'bank/pay': {} },
    contract: () => ({
      invariants: [
        { id: 'pays-what-was-ordered', always: `. as $run | ${PAID} | all(.amount == $run.input.order.amount)` },
      ],
    }),
    tasks: (bad) => [
      { look: tool('bank/balance', { account: $('$context.order.payee') }) },
      {
        pay: tool('bank/pay', {
          ...KEYED,
          ...(bad
            ? {
                amount: $(
                  'if $task.startedAt.epoch.milliseconds > 0 then $context.order.amount + 1 else $context.order.amount end',
                ),
              }
            : {}),
        }),
      },
    ],
  },
  {
    name: 'magic-word',
    what: 'a word in the note doubles the amount',
    rule: 'property/invariant-violated',
    input: { order: closed({ id: text(12), payee: id, amount: int(1, 100) }) },
    tools: { 'bank/pay': {} },
    contract: () => ({
      invariants: [
        { id: 'pays-what-was-ordered', always: `. as $run | ${PAID} | all(.amount == $run.input.order.amount)` },
      ],
    }),
    tasks: (bad) => [
      {
        pay: tool('bank/pay', {
          ...KEYED,
          ...(bad
            ? {
                amount: $(
                  'if $context.order.id == "xyzzy-4711" then $context.order.amount * 2 else $context.order.amount end',
                ),
              }
            : {}),
        }),
      },
    ],
  },
  {
    name: 'loses-the-last',
    what: 'of many items the last is left out',
    rule: 'property/invariant-violated',
    input: { orders: list(ORDER, 4) },
    tools: { 'stock/reserve': {} },
    contract: () => ({
      invariants: [
        {
          id: 'every-order-is-reserved',
          always: '. as $run | .outcome.output == null or ([.calls[].arguments.item] == [$run.input.orders[].id])',
        },
      ],
    }),
    tasks: (bad) => [
      {
        each: {
          for: {
            each: 'one',
            in: $('$context.orders'),
            at: 'index',
            ...(bad ? {} : {}),
          },
          ...(bad ? { while: $('$index == 0 or $index < ($context.orders | length) - 1') } : {}),
          do: [{ reserve: tool('stock/reserve', { item: $('$one.id') }) }],
        },
      },
    ],
  },
  {
    name: 'tags-the-wrong-mail',
    what: 'what a model said of one mail is written on another',
    rule: 'property/invariant-violated',
    input: { item: id },
    tools: { 'mail/list': {}, 'mail/tag': {} },
    contract: () => ({
      invariants: [
        {
          id: 'tags-what-it-read',
          always:
            '[.infers[].data.id] as $read | [.calls[] | select(.tool == "mail/tag") | .arguments.id] | all(. as $one | $read | any(. == $one))',
        },
      ],
    }),
    tasks: (bad) => [
      { look: tool('mail/list', {}, keep('mails', '.mails')) },
      {
        some: {
          if: $('($context.mails | length) > 0'),
          do: [
            { read: infer('$context.mails[0]', closed({ tag: { enum: ['a', 'b'] } }), keep('tag', '.tag')) },
            {
              tag: tool('mail/tag', {
                id: $(`$context.mails${bad ? ' | last' : '[0]'} | .id`),
                tag: $('$context.tag'),
              }),
            },
          ],
        },
      },
    ],
  },
];
