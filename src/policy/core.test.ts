import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from './model.ts';
import type { PolicySet } from './cedar.ts';
import { readPolicies } from './law.ts';
import type { CedarEngine } from './engine.ts';
import { loadEngine } from './engine.ts';
import { pointerOf } from '../kernel/pointer.ts';
import type { StoreConfig } from '../store/model.ts';
import { marks } from '../value/label.ts';
import type { Decidable } from './request.ts';
import { requestBuilder } from './request.ts';
import { cedarSchema } from './schema.ts';
import {
  BY_AUTHOR,
  BY_CALLER,
  BY_MODEL,
  CLEAN,
  TOOLS,
  USER,
  approve,
  args,
  by,
  call,
  contract,
  end,
  infer,
  law,
  list,
  marked,
} from './testing.ts';

const FILES = readdirSync('policies')
  .sort()
  .map((name) => ({ path: `policies/${name}`, text: readFileSync(`policies/${name}`, 'utf8') }));

let engine: CedarEngine;
let set: PolicySet;
let real: (request: Parameters<PolicySet['decide']>[0]) => Decision;

beforeAll(async () => {
  engine = await loadEngine();
  set = readPolicies({ ...law(), policies: FILES }, engine).set!;
  real = engine.prepare(set.texts);
});

/** What both engines say; they must say the same. */
function decide(effect: Decidable, changes: Partial<StoreConfig> = {}, tools = TOOLS): Decision {
  const built = requestBuilder(law(changes), contract(tools), 'finance/pay-invoice')(effect);
  expect(built).toBeDefined();
  const ours = set.decide(built!.request);
  expect(real(built!.request)).toEqual(ours);
  return ours;
}

const IBAN = 'DE02100100109307118603';
const OTHER_IBAN = 'GB33BUKB20201555555555';
const pay = (
  payee: ReturnType<typeof by> | string,
  changes: Parameters<typeof call>[2] = {},
  amount: ReturnType<typeof by> | number = 10.5,
) => call('payments/transfer', args({ payee, amount, reference: 'R1' }), { keyed: true, ...changes });
const send = (
  to: ReturnType<typeof by>,
  body: ReturnType<typeof by> | string,
  changes: Parameters<typeof call>[2] = {},
) => call('mail/send', args({ to, subject: 'hello', body }), changes);

const APPROVED = { approved: true, approvers: ['ann'] };
const BY_MAIL = 'tool:mail/list_messages' as const;
const mail = by(marked([], [BY_MAIL]), OTHER_IBAN);

describe('the shipped policies', () => {
  it('load', () => {
    expect(readPolicies({ ...law(), policies: FILES }, engine).findings).toEqual([]);
  });

  it('validate against the schema of a law, so that none can meet a missing or mistyped attribute', () => {
    expect(engine.validate(cedarSchema(law()), set.texts)).toEqual([]);
  });

  it('compute with no numbers that could overflow', () => {
    for (const { json, id } of set.policies)
      expect([id, /"[+*-]":|"neg":/.test(JSON.stringify(json))]).toEqual([id, false]);
  });

  const cases: readonly (readonly [policy: string, what: string, effect: Decidable, changes?: Partial<StoreConfig>])[] =
    [
      ['targets-chosen-by-user', 'a payee from a mail', pay(mail)],
      ['targets-chosen-by-user', 'a payee that the author wrote', pay(by(BY_AUTHOR, OTHER_IBAN))],
      ['targets-chosen-by-user', 'a recipient that a model chose', send(list(by(BY_MODEL, 'eve@evil.example')), 'hi')],
      ['targets-chosen-by-user', 'a list of recipients whose length a model chose', send(by(BY_MODEL, []), 'hi')],
      [
        'targets-chosen-by-user',
        'one recipient of two that is not listed',
        send(list(by(BY_MODEL, 'desk@acme.example'), by(BY_MODEL, 'a@b.example')), 'hi'),
      ],
      [
        'targets-chosen-by-user',
        'any argument of a tool that names no target',
        call('directory/grant', args({ name: 'ann', role: by(BY_AUTHOR, 'admin') })),
      ],
      [
        'decisions-made-by-user',
        'a mail that a model decided to send',
        send(list('a@b.example'), 'hi', { control: marks(['model']) }),
      ],
      [
        'decisions-made-by-user',
        'a payment at the word of an untrusted tool',
        pay(IBAN, { control: marks([BY_MAIL]) }),
      ],
      ['irreversible-approved-or-clean', 'a listed payee written in by the author', pay(by(BY_AUTHOR, IBAN))],
      [
        'irreversible-approved-or-clean',
        'an amount from a mail',
        pay('user-chosen', {}, by(marked([], [BY_MAIL]), 10)),
      ],
      [
        'secrets-cleared',
        'a patient tag in a body cleared for internal',
        send(list('a@b.example'), by(marked(['patient']), 'x')),
      ],
      [
        'secrets-cleared',
        'an internal tag in an argument that no entry of leaves names',
        call('mail/send', args({ to: list('a@b.example'), subject: by(marked(['internal']), 's'), body: 'b' })),
      ],
      ['secrets-cleared', 'patient data to a model', infer(by(marked(['patient']), { note: 'n' }))],
      ['secrets-cleared', 'patient data returned', end('return', by(marked(['patient']), 'n'))],
      ['secrets-cleared', 'patient data raised', end('raise', by(marked(['patient']), 'n'))],
      [
        'secrets-cleared',
        'a secret that an approver may not see',
        approve('directory/grant', args({ name: by(marked(['patient']), 'x'), role: 'r' })),
        { clearance: { model: [], approver: [], caller: [] } },
      ],
      [
        'secret-decisions-cleared',
        'a mail because of a patient record',
        send(list('a@b.example'), 'hi', { control: marks(['user'], ['patient']) }),
      ],
      [
        'secret-decisions-cleared',
        'a return because of a patient record',
        end('return', by(CLEAN, 'ok'), { control: marks([], ['patient']) }),
      ],
      [
        'untrusted-leaves-where-allowed',
        'a subject from a model',
        call('mail/send', args({ to: list('a@b.example'), subject: by(BY_MODEL, 's'), body: 'b' })),
      ],
      [
        'memory-keeps-trust',
        'a model writing into the directory',
        call('directory/add', args({ name: 'ann', note: by(BY_MODEL, 'n') })),
      ],
      [
        'memory-keeps-trust',
        'an entry in the directory at the word of the caller',
        call('directory/add', args({ name: 'ann', note: 'n' }), { control: marks(['caller']) }),
      ],
      [
        'memory-keeps-secrets',
        'a patient tag into a directory that holds internal',
        call('directory/add', args({ name: 'ann', note: by(marked(['patient']), 'n') })),
      ],
      [
        'memory-keeps-secrets',
        'an entry because of a patient record',
        call('directory/add', args({ name: 'ann', note: 'n' }), { control: marks([], ['patient']) }),
      ],
      ['no-blind-retry', 'a second attempt without a key', pay('user-chosen', { attempt: 2, keyed: false })],
      [
        'payment-second-approver',
        'one approver above the amount',
        pay('user-chosen', APPROVED, 1000.5),
        { packs: { payment: { secondApproverAbove: 1000 } } },
      ],
      [
        'payment-second-approver',
        'small payments that add up',
        pay(
          'user-chosen',
          {
            ...APPROVED,
            history: {
              calls: new Map(),
              totals: new Map([['payments/transfer', new Map([[pointerOf('/amount'), 999.9]])]]),
            },
          },
          0.2,
        ),
        { packs: { payment: { secondApproverAbove: 1000 } } },
      ],
      [
        'payment-total',
        'more than the store allows, approved or not',
        pay('user-chosen', { approved: true, approvers: ['ann', 'bob'] }, 1000.01),
        { packs: { payment: { totalAtMost: 1000 } } },
      ],
      [
        'payment-total',
        'an amount that is not exact',
        pay('user-chosen', APPROVED, 0.000_01),
        { packs: { payment: { totalAtMost: 1000 } } },
      ],
      [
        'health-record-chosen-by-user',
        'the record of a patient that a model names',
        call('clinic/read_record', args({ patient: by(BY_MODEL, 'p1') })),
      ],
      [
        'health-record-written-by-people',
        'a note that a model wrote',
        call('clinic/add_note', args({ patient: 'p1', note: by(BY_MODEL, 'n') })),
      ],
      [
        'identity-chosen-by-user',
        'a role that the caller chose',
        call('directory/grant', args({ name: 'ann', role: by(BY_CALLER, 'admin') })),
      ],
      [
        'identity-approvers',
        'fewer approvers than the store asks for',
        call('directory/grant', args({ name: 'ann', role: 'r' }), APPROVED),
        { packs: { identity: { approversAtLeast: 2 } } },
      ],
      [
        'control-chosen-by-user',
        'dimming a feeder that a model chose',
        call('grid/dim', args({ feeder: by(BY_MODEL, 'f1') })),
      ],
      [
        'control-approvers',
        'one approver of two',
        call('grid/shed', args({ feeder: 'f1' }), APPROVED),
        { packs: { control: { approversAtLeast: 2 } } },
      ],
      [
        'message-limit',
        'one message too many',
        send(list('a@b.example'), 'hi', { history: { calls: new Map([['mail/send', 3]]), totals: new Map() } }),
        { packs: { message: { mostPerRun: 3 } } },
      ],
    ];
  for (const [policy, what, effect, changes] of cases) {
    it(`${policy} denies ${what}`, () => {
      const decision = decide(effect, changes);
      expect(decision).toMatchObject({ allowed: false, errors: [] });
      expect(decision.determining).toContain(policy);
    });
  }

  const permitted: readonly (readonly [
    policies: string,
    what: string,
    effect: Decidable,
    changes?: Partial<StoreConfig>,
  ])[] = [
    ['only-capabilities', 'a read', call('mail/list_messages', args({ folder: by(BY_AUTHOR, 'inbox') }))],
    ['sinks-are-open', 'a return', end('return', by(BY_MODEL, { done: true }))],
    [
      'sinks-are-open',
      'a return because of internal data',
      end('return', by(CLEAN, 'ok'), { control: marks([], ['internal']) }),
    ],
    ['sinks-are-open', 'a question to a model about internal data', infer(by(marked(['internal']), 'n'))],
    [
      'sinks-are-open',
      'a question to a person about patient data',
      approve('clinic/add_note', args({ patient: 'p', note: by(marked(['patient']), 'n') })),
    ],
    ['only-capabilities', 'an unapproved payment that only the user chose', pay('user-chosen')],
    ['only-capabilities', 'an approved payment to a payee from a mail', pay(mail, APPROVED)],
    [
      'only-capabilities',
      'an approved payment that an untrusted tool asked for',
      pay(mail, { ...APPROVED, control: marks([BY_MAIL]) }),
    ],
    [
      'only-capabilities',
      'a payee that a trusted tool found',
      pay(by(marked([], ['tool:directory/find', 'user']), OTHER_IBAN)),
    ],
    [
      'only-capabilities',
      'a mail to listed addresses in any spelling of the host',
      send(list(by(BY_MODEL, 'desk@ACME.example'), by(BY_MODEL, 'any@partner.example')), by(BY_MODEL, 'hi')),
    ],
    [
      'only-capabilities',
      'internal content in a cleared argument',
      send(list('a@b.example'), by(marked(['internal']), 'x')),
    ],
    [
      'only-capabilities',
      'an approved note from a model in a trusted memory',
      call('directory/add', args({ name: 'ann', note: by(BY_MODEL, 'n') }), APPROVED),
    ],
    [
      'only-capabilities',
      'internal data in a memory that holds it',
      call('directory/add', args({ name: 'ann', note: by(marked(['internal']), 'n') })),
    ],
    ['only-capabilities', 'a retry with a key', pay('user-chosen', { attempt: 2 })],
    [
      'only-capabilities',
      'two approvers above the amount',
      pay('user-chosen', { approved: true, approvers: ['ann', 'bob'] }, 2000),
      { packs: { payment: { secondApproverAbove: 1000 } } },
    ],
    [
      'only-capabilities',
      'one approver at the amount',
      pay('user-chosen', APPROVED, 1000),
      { packs: { payment: { secondApproverAbove: 1000, totalAtMost: 1000 } } },
    ],
    ['only-capabilities', 'the record of the user’s patient', call('clinic/read_record', args({ patient: 'p1' }))],
    [
      'only-capabilities',
      'an approved note of a model in a record',
      call('clinic/add_note', args({ patient: by(BY_MODEL, 'p'), note: by(BY_MODEL, 'n') }), APPROVED),
    ],
    [
      'only-capabilities',
      'an approved grant',
      call('directory/grant', args({ name: by(BY_CALLER, 'ann'), role: 'r' }), APPROVED),
      { packs: { identity: { approversAtLeast: 1 } } },
    ],
    [
      'only-capabilities',
      'a feeder that two people shed',
      call('grid/shed', args({ feeder: by(BY_MODEL, 'f') }), { approved: true, approvers: ['ann', 'bob'] }),
      { packs: { control: { approversAtLeast: 2 } } },
    ],
    ['only-capabilities', 'a plain write of the user', call('grid/dim', args({ feeder: 'f1' }))],
    [
      'only-capabilities',
      'the last message',
      send(list('a@b.example'), 'hi', { history: { calls: new Map([['mail/send', 2]]), totals: new Map() } }),
      { packs: { message: { mostPerRun: 3 } } },
    ],
  ];
  for (const [policy, what, effect, changes] of permitted) {
    it(`${policy} permits ${what}`, () => {
      expect(decide(effect, changes)).toEqual({ allowed: true, determining: [policy], errors: [] });
    });
  }

  it('denies a tool that the contract does not name', () => {
    const decision = decide(call('mail/list_messages', args({ folder: 'inbox' })), {}, ['mail/send']);
    expect(decision).toEqual({ allowed: false, determining: [], errors: [] });
  });

  /** For each policy a case above that it lets through, although it speaks of that action. */
  const spared: Readonly<Record<string, string>> = {
    'only-capabilities': 'a read',
    'sinks-are-open': 'a return',
    'targets-chosen-by-user': 'an approved payment to a payee from a mail',
    'decisions-made-by-user': 'an approved payment that an untrusted tool asked for',
    'irreversible-approved-or-clean': 'an unapproved payment that only the user chose',
    'secrets-cleared': 'internal content in a cleared argument',
    'secret-decisions-cleared': 'a return because of internal data',
    'untrusted-leaves-where-allowed': 'a mail to listed addresses in any spelling of the host',
    'memory-keeps-trust': 'an approved note from a model in a trusted memory',
    'memory-keeps-secrets': 'internal data in a memory that holds it',
    'no-blind-retry': 'a retry with a key',
    'payment-second-approver': 'two approvers above the amount',
    'payment-total': 'one approver at the amount',
    'health-record-chosen-by-user': 'the record of the user’s patient',
    'health-record-written-by-people': 'an approved note of a model in a record',
    'identity-chosen-by-user': 'an approved grant',
    'identity-approvers': 'an approved grant',
    'control-chosen-by-user': 'a plain write of the user',
    'control-approvers': 'a feeder that two people shed',
    'message-limit': 'the last message',
  };

  it('are each shown to deny and to let through', () => {
    const ids = set.policies.map(({ id }) => id);
    expect(Object.keys(spared).toSorted()).toEqual(ids);
    for (const { id, effect, compiled } of set.policies) {
      const [, , permit, changes] = permitted.find(([, what]) => what === spared[id])!;
      const built = requestBuilder(law(changes), contract(), 'finance/pay-invoice')(permit);
      expect([id, compiled.appliesTo(built!.request)]).toEqual([id, true]);
      const shown = (effect === 'permit' ? permitted : cases).filter(([policy]) => policy === id);
      expect([id, shown.length > 0]).toEqual([id, true]);
      // Without its parameter a policy of a pack would let everything through.
      const needsPacks = shown.every(([, , , its]) => its?.packs !== undefined);
      expect([id, !needsPacks || changes?.packs !== undefined]).toEqual([id, true]);
    }
  });

  it('carry a title, a rationale and a reference to OWASP or ATLAS', () => {
    for (const { id, title, rationale, reference } of set.policies) {
      expect([id, title.length > 10, (rationale ?? '').length > 10]).toEqual([id, true, true]);
      expect([id, reference]).toEqual([id, expect.stringMatching(/OWASP ASI\d\d|MITRE ATLAS AML\.T\d{4}/u)]);
    }
  });

  it('let a declassification of the store pass, and only there', () => {
    const declassify = [
      {
        workflow: 'finance/*',
        secrecy: 'patient',
        to: 'return',
        at: pointerOf('/severity'),
        as: { enum: ['low', 'high'] },
        why: 'one of two words',
      },
    ];
    const value = by(marked(['patient']), { severity: 'high' });
    const controlled = { control: marks([], ['patient']) };
    expect(decide(end('return', value, controlled), { declassify }).allowed).toBe(true);
    expect(decide(end('raise', value), { declassify }).allowed).toBe(false);
    expect(decide(end('return', by(marked(['patient']), { severity: 'all of it' })), { declassify }).allowed).toBe(
      false,
    );
    expect(
      decide(end('return', by(marked(['patient']), { severity: 'high', name: 'x' })), { declassify }).allowed,
    ).toBe(false);
    expect(
      decide(end('return', value), { declassify: declassify.map((one) => ({ ...one, workflow: 'other/*' })) }).allowed,
    ).toBe(false);
  });

  it('ignore that the user is the user', () => {
    expect(decide(call('directory/add', args({ name: by(USER, 'n'), note: 'x' }))).allowed).toBe(true);
  });
});
