import type { Json } from '../../src/kernel/json.ts';

/** The law of the seeded store: a bank, a mailbox, a stock room and private records, as small as they can be. */

export const text = (maxLength: number): Json => ({ type: 'string', maxLength });
export const id: Json = { type: 'string', pattern: '^[a-z0-9-]{1,12}$' };
export const int = (minimum: number, maximum: number): Json => ({ type: 'integer', minimum, maximum });
export const list = (items: Json, maxItems: number): Json => ({ type: 'array', items, maxItems });
export const closed = (properties: Readonly<Record<string, Json>>): Json => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

const reads = (input: Json, output: Json, trust: boolean, secrecy: readonly string[] = []): Json => ({
  input,
  output,
  effect: 'read',
  class: 'record',
  returns: { trust, secrecy },
});

const writes = (input: Json): Json => ({
  input,
  output: closed({ done: { type: 'boolean' } }),
  effect: 'write',
  class: 'record',
  returns: { trust: true, secrecy: [] },
});

const pays = (properties: Readonly<Record<string, Json>>, key: Json): Json => ({
  input: closed(properties),
  output: closed({ receipt: id }),
  effect: 'irreversible',
  class: 'payment',
  target: ['/payee'],
  leaves: Object.fromEntries(Object.keys(properties).map((name) => [`/${name}`, {}])),
  sum: ['/amount'],
  ...(key === null ? {} : { key }),
  returns: { trust: true, secrecy: [] },
});

const PAYMENT = { payee: id, amount: int(1, 10_000) };
export const MAIL = closed({ id, subject: text(30) });
export const PERSON = closed({ name: text(20), age: int(0, 120) });

const SERVERS: Readonly<Record<string, Json>> = {
  bank: {
    // The bank executes one payment per reference; a wire has none.
    pay: pays({ ...PAYMENT, reference: text(40) }, '/reference'),
    wire: pays(PAYMENT, null),
    balance: reads(closed({ account: id }), closed({ amount: int(0, 100_000), name: text(40) }), true),
  },
  mail: {
    list: reads(closed({}), closed({ mails: list(MAIL, 20) }), false),
    tag: writes(closed({ id, tag: text(20) })),
  },
  stock: {
    reserve: writes(closed({ item: id })),
    release: writes(closed({ item: id })),
    search: {
      ...(reads(closed({ query: text(30) }), closed({ items: list(id, 10) }), false) as object),
      leaves: { '/query': {} },
    },
  },
  records: {
    find: reads(closed({ person: id }), closed({ people: list(PERSON, 5) }), true, ['private']),
    note: {
      ...(writes(closed({ person: id, text: text(60) })) as object),
      returns: { trust: true, secrecy: ['private'] },
    },
  },
};

const STORE: Json = {
  store: 'seeded',
  namespaces: { seeded: { owners: ['@seeded/owners'] } },
  secrecy: ['private'],
  clearance: { model: [], approver: ['private'], caller: [] },
  inputs: [{ workflow: 'seeded/*', pointers: ['/order', '/orders', '/item', '/person'], trust: true, secrecy: [] }],
  levels: { low: 'tested', moderate: 'tested', high: 'tested' },
  limits: { worlds: 400, paths: 1, rlimit: 1 },
};

/** The files of the law. */
export const LAW: Readonly<Record<string, string>> = {
  'store.yaml': JSON.stringify(STORE),
  ...Object.fromEntries(
    Object.entries(SERVERS).map(([server, tools]) => [
      `tools/${server}.yaml`,
      JSON.stringify({
        server,
        transport: { http: { endpoint: `https://${server}.example/mcp` } },
        origin: { kind: 'written' },
        memory: { trusted: server !== 'mail', secrecy: server === 'records' ? ['private'] : [] },
        tools,
      }),
    ]),
  ),
};
