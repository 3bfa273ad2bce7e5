import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchEntry } from './lists.ts';
import { type Query, search, stem, wordsOf } from './search.ts';

fc.configureGlobal({ seed: 20261123 });

function entry(name: string, facts: Partial<SearchEntry> = {}): SearchEntry {
  return {
    name,
    version: '1.0.0',
    channel: 'stable',
    level: 'hardened',
    risk: 'high',
    intents: [],
    tools: [],
    effects: [],
    outgoing: [],
    approvals: [],
    secretsRead: [],
    deterministic: 'up to replies of tools',
    ...facts,
  };
}

const ENTRIES = [
  entry('finance/pay-invoice', {
    domain: 'finance',
    intents: ['pay the invoices in my inbox that match a purchase order'],
    tools: ['mail/list_messages', 'payments/transfer'],
  }),
  entry('finance/list-orders', {
    domain: 'finance',
    intents: ['show me open purchase orders'],
    tools: ['orders/list'],
    risk: 'low',
  }),
  entry('personal/triage-inbox', {
    domain: 'personal',
    intents: ['sort my inbox', 'which mails need an answer'],
    tools: ['mail/list_messages', 'mail/move'],
    level: 'proved',
  }),
  entry('health/check-interactions', {
    domain: 'health',
    intents: ['do my medicines interact'],
    tools: ['records/read'],
  }),
];

function found(words: string, more: Partial<Query> = {}): readonly string[] {
  return search(ENTRIES, { words, tools: [], ...more }).map(({ entry: { name } }) => name);
}

describe('a search', () => {
  it.each([
    ['pay an invoice', ['finance/pay-invoice']],
    ['paying invoices', ['finance/pay-invoice']],
    ['purchase orders', ['finance/list-orders', 'finance/pay-invoice']],
    ['inbox', ['personal/triage-inbox', 'finance/pay-invoice']],
    ['Inbox!', ['personal/triage-inbox', 'finance/pay-invoice']],
    ['medicine', ['health/check-interactions']],
    ['inv', ['finance/pay-invoice']],
    ['invoise', ['finance/pay-invoice']],
    ['transfer', ['finance/pay-invoice']],
    ['sorting mails', ['personal/triage-inbox', 'finance/pay-invoice']],
    ['the of my', ['personal/triage-inbox', 'finance/list-orders', 'finance/pay-invoice', 'health/check-interactions']],
    ['quantum', []],
  ])('for %j finds %j', (words, names) => {
    expect(found(words)).toEqual(names);
  });

  it('keeps to its conditions', () => {
    expect(found('', { domain: 'finance' })).toEqual(['finance/list-orders', 'finance/pay-invoice']);
    expect(found('', { tools: ['mail'] })).toEqual(['personal/triage-inbox', 'finance/pay-invoice']);
    expect(found('', { tools: ['mail/move'] })).toEqual(['personal/triage-inbox']);
    expect(found('', { tools: ['mail', 'payments'] })).toEqual(['finance/pay-invoice']);
    expect(found('', { tools: ['pay'] })).toEqual([]);
    expect(found('', { level: 'proved' })).toEqual(['personal/triage-inbox']);
    expect(found('', { risk: 'moderate' })).toEqual(['finance/list-orders']);
    expect(found('inbox', { level: 'proved' })).toEqual(['personal/triage-inbox']);
  });

  it('says which word met which, and where', () => {
    const [hit] = search(ENTRIES, { words: 'paying for purchases', tools: [] });
    expect(hit?.matches).toEqual([
      { word: 'paying', met: 'pay', field: 'name' },
      { word: 'purchases', met: 'purchase', field: 'intent' },
    ]);
  });

  it('holds a rare word for more than a frequent one', () => {
    const many = [
      ...Array.from({ length: 20 }, (_, i) => entry(`a/mail-${i}`)),
      entry('b/one', { intents: ['mail'] }),
      entry('b/two', { intents: ['zebra'] }),
    ];
    expect(search(many, { words: 'mail zebra', tools: [] })[0]?.entry.name).toBe('b/two');
  });

  it('does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ENTRIES, { minLength: ENTRIES.length }),
        fc.lorem({ maxCount: 3 }),
        (entries, words) => {
          const query = { words: `${words} inbox orders`, tools: [] };
          expect(search(entries, query)).toEqual(search(ENTRIES, query));
        },
      ),
    );
  });

  it('takes any text for a query, and any for a request', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (words, intent) => {
        const hits = search([entry('a/b', { intents: [intent] })], { words, tools: [] });
        expect(hits.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('words', () => {
  it('are without case, accents and what tells nothing', () => {
    expect(wordsOf('Zeig MIR die Rechnungen für Café-Gäste, bitte: 2026')).toEqual([
      'zeig',
      'mir',
      'die',
      'rechnungen',
      'fur',
      'cafe',
      'gaste',
      'bitte',
      '2026',
    ]);
  });

  it.each([
    ['invoices', 'invoice'],
    ['paying', 'pay'],
    ['paid', 'paid'],
    ['matches', 'match'],
    ['matching', 'match'],
    ['matched', 'match'],
    ['stories', 'story'],
    ['planning', 'plan'],
    ['scheduled', 'schedule'],
    ['scheduling', 'schedules'],
    ['addresses', 'address'],
  ])('%s and %s come to the same', (a, b) => {
    expect(stem(a)).toBe(stem(b));
  });
});
