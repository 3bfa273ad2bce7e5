/**
 * The sample workflows with one thing changed that holds them together: an approval dropped, a comparison turned round, a bound
 * or an enumeration moved, a label swapped.
 */

/** In a text, what stands there exactly once and what stands there instead; or a task of a list that is left out. */
type Change = readonly [from: string, to: string] | { readonly drop: string };

export interface Spoilt {
  readonly what: string;
  readonly workflow: string;
  /** In the workflow's folder, or from the root of the store where it begins with `/`. */
  readonly file: string;
  readonly changes: readonly Change[];
  /** Why nothing breaks; absent where something does, and has to be refuted. */
  readonly harmless?: string;
}

const flow = (workflow: string, what: string, ...changes: readonly Change[]): Spoilt => ({
  what,
  workflow,
  file: 'workflow.yaml',
  changes,
});
const other = (workflow: string, what: string, file: string, ...changes: readonly Change[]): Spoilt => ({
  what,
  workflow,
  file,
  changes,
});
const harmless = (why: string, spoilt: Spoilt): Spoilt => ({ ...spoilt, harmless: why });

const PAY = 'finance/pay-invoice';
const SHED = 'infrastructure/shed-load';
const TRIP = 'personal/book-trip';
const DRUG = 'health/check-interactions';
const ISSUE = 'development/triage-issue';
const HIRE = 'enterprise/onboard-employee';
const NOTES = 'personal/summarise-notes';
const INBOX = 'personal/triage-inbox';

export const SPOILT: readonly Spoilt[] = [
  flow(PAY, 'the approval is dropped', { drop: 'ask' }, ['then: ask', 'then: pay']),
  flow(PAY, 'the limit is turned round', ['amount > 100000', 'amount < 100000']),
  flow(
    PAY,
    'the limit is dropped',
    ["        - tooLarge: { when: '${ $context.orders[0].amount > 100000 }', then: refuseTooLarge }\n", ''],
    { drop: 'refuseTooLarge' },
  ),
  flow(PAY, 'the limit is moved', ['amount > 100000', 'amount > 100001']),
  other(PAY, 'the contract allows less', 'contract.yaml', [
    'amount: { maximum: 100000 }',
    'amount: { maximum: 99999 }',
  ]),
  other(PAY, 'the contract allows less in all', 'contract.yaml', [
    'total: { /amount: 100000 }',
    'total: { /amount: 99999 }',
  ]),
  harmless(
    'a person approves every transfer',
    other(PAY, 'nobody vouches for the orders', '/store.yaml', [
      'pay-invoice, pointers: [/purchaseOrders], trust: true',
      'pay-invoice, pointers: [/purchaseOrders], trust: false',
    ]),
  ),
  other(PAY, 'the bank takes no key', '/tools/payments.yaml', ['    key: /reference\n', '']),
  other(PAY, 'what leaves is not cleared', '/tools/payments.yaml', [
    '/payee: { secrecy: [internal] }',
    '/payee: { secrecy: [] }',
  ]),
  harmless('it refuses more', flow(PAY, 'the limit refuses one more', ['amount > 100000', 'amount >= 100000'])),
  harmless(
    'the workflow pays no more than before',
    other(PAY, 'the contract allows more', 'contract.yaml', [
      'amount: { maximum: 100000 }',
      'amount: { maximum: 200000 }',
    ]),
  ),
  flow(
    SHED,
    'the first approval is dropped',
    { drop: 'engineer' },
    { drop: 'twoPeople' },
    ['then: engineer', 'then: supervisor'],
    ['[ $context.engineer, $context.supervisor ]', '[ $context.supervisor, $context.supervisor ]'],
  ),
  flow(SHED, 'the second approval is dropped', { drop: 'supervisor' }, { drop: 'twoPeople' }, [
    '[ $context.engineer, $context.supervisor ]',
    '[ $context.engineer, $context.engineer ]',
  ]),
  flow(SHED, 'the same person may approve twice', { drop: 'twoPeople' }),
  flow(SHED, 'only the same person may approve', [
    'engineer == $context.supervisor',
    'engineer != $context.supervisor',
  ]),
  flow(SHED, 'longer than is allowed', ['minimum: 5, maximum: 120', 'minimum: 5, maximum: 121']),
  other(SHED, 'the contract allows less', 'contract.yaml', ['minutes: { maximum: 120 }', 'minutes: { maximum: 119 }']),
  other(SHED, 'the store asks for three', '/store.yaml', ['approversAtLeast: 2', 'approversAtLeast: 3']),
  harmless(
    'two people approve every order',
    other(SHED, 'nobody vouches for the substation', '/store.yaml', [
      '[/substation, /reductionKw, /minutes], trust: true',
      '[/substation, /reductionKw, /minutes], trust: false',
    ]),
  ),
  harmless(
    'which feeder is the invariants’ to say',
    flow(SHED, 'the feeder is too small', ['.loadKw >= $context.reductionKw', '.loadKw <= $context.reductionKw']),
  ),
  flow(TRIP, 'the approval of the flight is dropped', { drop: 'askFlight' }, ['then: askFlight', 'then: askHotel']),
  flow(TRIP, 'the approval of the hotel is dropped', { drop: 'askHotel' }),
  flow(TRIP, 'the budget is turned round', ['hotel.price > $context.budget', 'hotel.price < $context.budget']),
  flow(TRIP, 'one offer is enough', [
    '$context.flight == null or $context.hotel == null',
    '$context.flight == null and $context.hotel == null',
  ]),
  other(TRIP, 'the contract allows less', 'contract.yaml', ['amount: { maximum: 500000 }', 'amount: { maximum: 499 }']),
  other(TRIP, 'the contract allows less in all', 'contract.yaml', [
    'total: { /amount: 500000 }',
    'total: { /amount: 499999 }',
  ]),
  other(TRIP, 'nobody vouches for the traveller', '/store.yaml', [
    '/returnOn, /budget]\n    trust: true',
    '/returnOn, /budget]\n    trust: false',
  ]),
  harmless(
    'what is beyond the list is no offer',
    flow(TRIP, 'the model may count further', [
      'flight: { type: integer, minimum: 0, maximum: 9 }',
      'flight: { type: integer, minimum: 0, maximum: 99 }',
    ]),
  ),
  flow(DRUG, 'the approval is dropped', { drop: 'ask' }),
  other(DRUG, 'the store lets less flow', '/store.yaml', ['[none, caution, contraindicated]', '[none, caution]']),
  other(DRUG, 'nobody vouches for the drug', '/store.yaml', ['[/drug], trust: true', '[/drug], trust: false']),
  other(DRUG, 'nobody vouches for the patient', '/store.yaml', [
    '[/patientId], trust: true',
    '[/patientId], trust: false',
  ]),
  other(DRUG, 'the contract allows another alert', 'contract.yaml', [
    'severity: { const: contraindicated }',
    'severity: { const: caution }',
  ]),
  flow(DRUG, 'an error goes out', [
    'when: \'${ $refusal.type | endswith("/declined") }\'',
    'when: \'${ $refusal.type | endswith("/timeout") }\'',
  ]),
  flow(ISSUE, 'the model may say more', [
    '[area-api, area-cli, area-docs, area-build, area-other]',
    '[area-api, area-cli, area-docs, area-build, area-other, wontfix]',
  ]),
  other(ISSUE, 'the contract allows less', 'contract.yaml', ['area-build, area-other]', 'area-build]']),
  other(ISSUE, 'nobody vouches for the number', '/store.yaml', [
    '[/repository, /number], trust: true',
    '[/repository, /number], trust: false',
  ]),
  other(ISSUE, 'the standing is anybody’s', '/tools/tracker.yaml', [
    'returns: { trust: true, secrecy: [] }',
    'returns: { trust: false, secrecy: [] }',
  ]),
  flow(ISSUE, 'a stranger decides', [
    "if: '${ $context.firstContribution }'",
    'if: \'${ $context.reading.kind == "bug" }\'',
  ]),
  harmless(
    'whom to greet is the invariants’ to say',
    flow(ISSUE, 'the greeting is turned round', [
      "if: '${ $context.firstContribution }'",
      "if: '${ $context.firstContribution | not }'",
    ]),
  ),
  harmless(
    'the workflow sets no other label',
    other(ISSUE, 'the contract allows more', 'contract.yaml', [
      'area-build, area-other]',
      'area-build, area-other, wontfix]',
    ]),
  ),
  flow(HIRE, 'another group', ['finance: ["all-staff", "ledger-readers"]', 'finance: ["all-staff", "ledger-writers"]']),
  other(HIRE, 'nobody vouches for the employee', '/store.yaml', [
    '[/employee], trust: true',
    '[/employee], trust: false',
  ]),
  flow(NOTES, 'the approval is dropped', { drop: 'ask' }),
  flow(INBOX, 'the model may say more', [
    'suspicious] }\n                  export',
    'suspicious, other] }\n                  export',
  ]),
];

/** The text with the change; throws unless what it replaces stands there exactly once. */
export function changed(text: string, change: Change): string {
  if ('drop' in change) return dropped(text, change.drop);
  const parts = text.split(change[0]);
  if (parts.length !== 2) throw new Error(`${change[0]} stands there ${parts.length - 1} times`);
  return parts.join(change[1]);
}

/** The text without one task of a list. */
function dropped(text: string, name: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.trimStart().startsWith(`- ${name}:`));
  if (from < 0) throw new Error(`there is no task ${name}`);
  const indent = (lines[from] ?? '').search(/\S/u);
  const rest = lines.slice(from + 1).findIndex((line) => line.trim() !== '' && line.search(/\S/u) <= indent);
  return [...lines.slice(0, from), ...lines.slice(from + 1 + rest)].join('\n');
}
