import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../kernel/json.ts';
import { type Pointer, pointerOf } from '../kernel/pointer.ts';
import type { Law, Server, StoreConfig, Tool } from '../store/model.ts';
import { arrayValue, lift, objectValue } from '../value/concrete.ts';
import { label, labelFrom, marks } from '../value/label.ts';
import type { ObjectValue } from '../value/value.ts';
import { cedarJson } from './engine.ts';
import type { Decidable } from './request.ts';
import { matchesWorkflow, requestBuilder } from './request.ts';
import {
  BY_AUTHOR,
  BY_CALLER,
  BY_MODEL,
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

const WORKFLOW = 'finance/pay-invoice';

function built(
  effect: Decidable,
  of: Law = law(),
): { readonly context: JsonObject; readonly grants: number } & JsonObject {
  const found = requestBuilder(of, contract(), WORKFLOW)(effect)!;
  const { request, grants } = found;
  return {
    principal: cedarJson(request.principal),
    action: cedarJson(request.action),
    resource: cedarJson(request.resource),
    groups: request.groups,
    context: cedarJson(request.context) as JsonObject,
    grants: grants.length,
  };
}

function context(effect: Decidable, of?: Law): JsonObject {
  return built(effect, of).context;
}

/** A law whose only tool is `box/put`. */
function lawWith(facts: Partial<Tool>, changes: Partial<Server> = {}, config: Partial<StoreConfig> = {}): Law {
  const tool: Tool = {
    id: 'box/put',
    name: 'put',
    input: { type: 'object' },
    effect: 'write',
    class: 'other',
    target: [],
    leaves: new Map(),
    sum: [],
    returns: { trust: true, secrecy: [] },
    ...facts,
  };
  const base = law(config);
  const server: Server = { ...base.servers.get('mail')!, server: 'box', tools: new Map([['put', tool]]), ...changes };
  return { ...base, servers: new Map([['box', server]]) };
}

const put = (value: ObjectValue, changes: Parameters<typeof call>[2] = {}): Decidable =>
  call('box/put', value, changes);
const plain = (json: Json): ObjectValue => lift(json, USER) as ObjectValue;

describe('the request of a call', () => {
  it('names workflow, tool and server, and the groups that the tool is in', () => {
    expect(built(call('mail/send', args({ to: list('a@b.example'), subject: 's', body: 'b' })))).toMatchObject({
      principal: { __entity: { type: 'Workflow', id: WORKFLOW } },
      action: { __entity: { type: 'Action', id: 'mail/send' } },
      resource: { __entity: { type: 'Server', id: 'mail' } },
      groups: ['call', 'write', 'message', 'outgoing'],
    });
  });

  it('has no request for a tool that the law does not know', () => {
    expect(requestBuilder(law(), contract(), WORKFLOW)(call('nobody/x', args({})))).toBeUndefined();
  });

  it('tells approvals, attempts, history and keys', () => {
    const effect = call('payments/transfer', args({ payee: 'X', amount: 0.1, reference: 'r' }), {
      approved: true,
      approvers: ['ann', 'bob', 'ann'],
      attempt: 2,
      keyed: true,
      history: {
        calls: new Map([
          ['payments/transfer', 2],
          ['mail/send', 1],
        ]),
        totals: new Map([['payments/transfer', new Map([[pointerOf('/amount'), 0.2]])]]),
      },
    });
    expect(context(effect)).toMatchObject({
      capability: true,
      approved: true,
      approvers: 2,
      retry: true,
      keyed: true,
      count: 3,
      calls: { 'payments/transfer': 2, 'mail/send': 1 },
      total: { '/amount': { __extn: { fn: 'decimal', arg: '0.3000' } } },
      sum: 1,
    });
  });

  it('counts and sums over the tools of a class, not over one of them', () => {
    const base = law();
    const payments = base.servers.get('payments')!;
    const [transfer] = payments.tools.values();
    const second: Server = {
      ...payments,
      server: 'bank',
      tools: new Map([['wire', { ...transfer!, id: 'bank/wire', name: 'wire' }]]),
    };
    const both: Law = { ...base, servers: new Map([...base.servers, ['bank', second]]) };
    const effect = call('payments/transfer', args({ payee: 'X', amount: 3, reference: 'r' }), {
      history: {
        calls: new Map([
          ['bank/wire', 2],
          ['mail/send', 5],
        ]),
        totals: new Map([['bank/wire', new Map([[pointerOf('/amount'), 40]])]]),
      },
    });
    expect(context(effect, both)).toMatchObject({ count: 3, sum: 43 });
    expect(context(effect)).toMatchObject({ count: 1, sum: 3 });
  });

  it('gives arguments the types of the input schema', () => {
    const input: JsonObject = {
      type: 'object',
      properties: {
        text: { type: 'string' },
        flag: { type: 'boolean' },
        nothing: { type: ['null', 'string'] },
        whole: { type: 'integer' },
        wholeNumber: { type: 'number' },
        fraction: { type: 'number' },
        price: { type: 'number', multipleOf: 0.01 },
        referenced: { $ref: '#/$defs/money' },
        words: { type: 'array', items: { type: 'string' } },
        prices: { type: 'array', items: { $ref: '#/$defs/money' } },
        none: { type: 'array', items: { type: 'string' } },
        mixed: { type: 'array' },
        rows: { type: 'array', items: { type: 'object' } },
        inner: { type: 'object', properties: { deep: { type: 'string' } } },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        huge: { type: 'number' },
      },
      $defs: { money: { type: 'number', multipleOf: 0.0001 } },
    };
    const { arguments: typed, inexact } = context(
      put(
        plain({
          text: 'x',
          flag: true,
          nothing: null,
          whole: 7,
          wholeNumber: 8,
          fraction: 0.5,
          price: 5,
          referenced: -0.0001,
          words: ['a', 'a', 'b'],
          prices: [1, 1.5],
          none: [],
          mixed: [1, 'a'],
          rows: [{}],
          inner: { deep: 'y', unknown: 1 },
          map: { key: 'v' },
          huge: 2 ** 53,
        }),
      ),
      lawWith({ input }),
    );
    const decimal = (arg: string): JsonObject => ({ __extn: { fn: 'decimal', arg } });
    expect(typed).toEqual({
      text: 'x',
      flag: true,
      whole: 7,
      wholeNumber: 8,
      price: decimal('5.0000'),
      referenced: decimal('-0.0001'),
      words: ['a', 'b'],
      prices: [decimal('1.0000'), decimal('1.5000')],
      none: [],
      inner: { deep: 'y' },
      map: {},
    });
    expect(inexact).toEqual(['/fraction', '/huge', '/inner/*', '/map/*', '/mixed', '/rows']);
  });

  it('never lets an argument become an entity or an extension value', () => {
    const input: JsonObject = {
      type: 'object',
      properties: { x: { type: 'object', properties: { __entity: {}, __extn: {} } } },
    };
    const sneaky = plain({ x: { __entity: { type: 'Action', id: 'a' } } });
    expect(context(put(sneaky), lawWith({ input }))).toMatchObject({ arguments: { x: {} }, inexact: ['/x/*'] });
  });

  it('counts a sum that is not exact as none', () => {
    const input: JsonObject = {
      type: 'object',
      properties: { a: { type: 'number', multipleOf: 0.5 }, b: { type: 'integer' } },
    };
    const of = lawWith({ input, sum: [pointerOf('/a'), pointerOf('/b')] });
    expect(context(put(plain({ a: 1.5, b: 2 })), of)).toMatchObject({
      total: { '/a': { __extn: { fn: 'decimal', arg: '1.5000' } }, '/b': 2 },
      sum: 2,
      inexact: [],
    });
    const odd = context(put(plain({ a: 0.000_03, b: 2 })), of);
    expect(odd).toMatchObject({ total: { '/b': 2 }, inexact: ['/a'] });
    expect(Object.hasOwn(odd, 'sum')).toBe(false);
    expect(context(put(plain({ a: -5, b: -5 })), of)).toMatchObject({ sum: 0 });
    const many = {
      history: {
        calls: new Map(),
        totals: new Map([['box/put' as const, new Map([[pointerOf('/b'), Number.MAX_SAFE_INTEGER]])]]),
      },
    };
    expect(context(put(plain({ a: 0, b: 1 }), many), of)).toMatchObject({ inexact: ['/b'] });
  });
});

describe('the pointers of a request', () => {
  const input: JsonObject = {
    type: 'object',
    properties: {
      to: { type: 'array', items: { type: 'string' } },
      note: { type: 'string' },
      extra: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['to'],
  };

  it('name every untrusted place, the length of a list and the names of a map too', () => {
    const value = objectValue(
      new Map([
        ['to', arrayValue([by(USER, 'a'), by(BY_MODEL, 'b')], BY_CALLER)],
        ['note', by(label(['tool:mail/list_messages']), 'n')],
        ['extra', objectValue(new Map([['k', by(USER, 'v')]]), BY_MODEL)],
      ]),
      USER,
    );
    const of = { ...lawWith({ input }), servers: new Map([...law().servers, ...lawWith({ input }).servers]) };
    expect(context(put(value), of)).toMatchObject({ untrusted: ['/to', '/to/*', '/note', '/extra'], authored: [] });
  });

  it('count what tools return as trusted only where the contract says so', () => {
    const from = (origin: `tool:${string}`): Json =>
      context(call('directory/add', args({ name: 'x', note: by(label([origin]), 'n') })))['untrusted'] ?? null;
    expect(from('tool:directory/find')).toEqual([]);
    expect(from('tool:mail/list_messages')).toEqual(['/note']);
    expect(from('tool:gone/away')).toEqual(['/note']);
  });

  it('count as authored what the author wrote, not the shape around what others chose', () => {
    const value = args({ to: list('a'), note: by(BY_AUTHOR, 'n') });
    expect(context(put(value), lawWith({ input }))).toMatchObject({ authored: ['/note'] });
    expect(context(put(args({ to: by(BY_AUTHOR, []) })), lawWith({ input }))).toMatchObject({ authored: ['/to'] });
    const named = objectValue(
      new Map([
        ['to', list('a')],
        ['extra', objectValue(new Map([['k', by(USER, 'v')]]), BY_AUTHOR)],
      ]),
      BY_AUTHOR,
    );
    expect(context(put(named), lawWith({ input }))).toMatchObject({ authored: ['/extra'] });
  });

  it('leave out an object that its schema fixes, and only that', () => {
    const fixed: JsonObject = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    const value = objectValue(new Map([['a', by(USER, 'x')]]), BY_MODEL);
    expect(context(put(value), lawWith({ input: fixed }))).toMatchObject({ untrusted: [] });
    for (const open of [{ required: [] }, { additionalProperties: true }, { patternProperties: { x: {} } }]) {
      expect(context(put(value), lawWith({ input: { ...fixed, ...open } }))).toMatchObject({ untrusted: [''] });
    }
  });

  it('are the targets that the contract names, with the list that holds them', () => {
    const of = lawWith({ input, target: [pointerOf('/to/*')] });
    expect(context(put(args({ to: list('a', 'b'), note: 'n' })), of)).toMatchObject({ targets: ['/to', '/to/*'] });
  });

  it('hold an optional target’s object too: whoever built it could leave the target out', () => {
    const of = lawWith({ input, target: [pointerOf('/note')] });
    expect(context(put(args({ to: list('a'), note: 'n' })), of)).toMatchObject({ targets: ['', '/note'] });
    const required = lawWith({ input: { ...input, required: ['to', 'note'] }, target: [pointerOf('/note')] });
    expect(context(put(args({ to: list('a'), note: 'n' })), required)).toMatchObject({ targets: ['/note'] });
  });

  it.each([
    ['irreversible', { effect: 'irreversible' }, ['', '/to', '/to/*', '/note']],
    [
      'outgoing',
      { leaves: new Map([[pointerOf('/note'), { secrecy: [], untrusted: true }]]) },
      ['', '/to', '/to/*', '/note'],
    ],
    ['a plain write', { effect: 'write' }, []],
    ['a read', { effect: 'read' }, []],
  ] as const)('are every argument where %s names no target', (_what, facts, targets) => {
    expect(context(put(args({ to: list('a'), note: 'n' })), lawWith({ input, ...facts }))).toMatchObject({ targets });
  });

  it('tell listed targets from the others, a list only when all of it is', () => {
    const config = { targets: new Map([['box', ['a', 'b']]]) };
    const of = lawWith({ input, target: [pointerOf('/to')] }, {}, config);
    expect(context(put(args({ to: list('a', 'b') })), of)).toMatchObject({ listed: ['/to', '/to/*'], unlisted: [] });
    expect(context(put(args({ to: list('a', 'c') })), of)).toMatchObject({ listed: [], unlisted: ['/to', '/to/*'] });
    expect(context(put(args({ to: list() })), of)).toMatchObject({ listed: [], unlisted: ['/to'] });
  });

  it('say which arguments carry a tag, and which of them may not leave with it', () => {
    const leaves = new Map([
      [pointerOf('/to'), { secrecy: ['internal'], untrusted: false }],
      [pointerOf('/to/*'), { secrecy: [], untrusted: false }],
      [pointerOf('/note'), { secrecy: ['internal'], untrusted: true }],
    ]);
    const secret = by(marked(['internal', 'patient']), 'n');
    const value = args({ to: list(by(marked(['internal']), 'a')), note: secret, extra: by(marked(['internal']), {}) });
    expect(context(put(value), lawWith({ input, leaves }))).toMatchObject({
      secrecy: { internal: ['/to/*', '/note', '/extra'], patient: ['/note'] },
      uncleared: ['/to/*', '/note', '/extra'],
      guarded: ['', '/to', '/to/*', '/extra'],
    });
    expect(context(put(value), lawWith({ input }))).toMatchObject({ uncleared: [], guarded: [] });
  });

  it('let no decision’s secret leave that any leaving argument is not cleared for', () => {
    type Leave = [Pointer, { secrecy: readonly string[]; untrusted: boolean }];
    const note: Leave = [pointerOf('/note'), { secrecy: ['internal'], untrusted: true }];
    const to: Leave = [pointerOf('/to'), { secrecy: ['internal'], untrusted: true }];
    const bare: Leave = [pointerOf('/to'), { secrecy: [], untrusted: true }];
    const uncleared = (tag: string, fields: Parameters<typeof args>[0], ...entries: Leave[]): Json => {
      const { control } = context(
        put(args(fields), { control: marks([], [tag]) }),
        lawWith({ input: { ...input, required: ['to', 'note', 'extra'] }, leaves: new Map(entries) }),
      );
      return (control as JsonObject)['uncleared'] ?? null;
    };
    expect(uncleared('internal', { to: list('a'), note: 'n' }, note, to)).toBe(false);
    expect(uncleared('patient', { to: list('a'), note: 'n' }, note, to)).toBe(true);
    expect(uncleared('internal', { to: list('a'), note: 'n' }, note)).toBe(true);
    expect(uncleared('internal', { to: list('a'), note: 'n' }, note, bare)).toBe(true);
  });
});

describe('a server’s memory', () => {
  const input: JsonObject = { type: 'object', properties: { note: { type: 'string' } }, required: ['note'] };
  const secret = args({ note: by(marked(['patient']), 'n') });
  const memory = (facts: Partial<Tool>, changes: Partial<Server> = {}): Json =>
    context(put(secret, { control: marks([], ['internal']) }), lawWith({ input, ...facts }, changes))['memory'] ?? null;

  it('is what the contract says', () => {
    expect(memory({}, { memory: { trusted: true, secrecy: ['internal'] } })).toEqual({
      trusted: true,
      uncleared: ['/note'],
      decision: false,
    });
    expect(memory({}, { memory: { trusted: false, secrecy: ['patient'] } })).toEqual({
      trusted: false,
      uncleared: [],
      decision: true,
    });
  });

  it('takes nothing from a read', () => {
    expect(memory({ effect: 'read' }, { memory: { trusted: true, secrecy: [] } })).toEqual({
      trusted: false,
      uncleared: [],
      decision: false,
    });
  });

  it('is, where the contract is silent, what the reading tools hand out', () => {
    expect(memory({})).toEqual({ trusted: false, uncleared: [], decision: false });
    const { tools } = lawWith({ input }).servers.get('box')!;
    const read = (trust: boolean, secrecy: readonly string[]): Tool => ({
      ...tools.get('put')!,
      id: 'box/get',
      name: `get-${trust}`,
      effect: 'read',
      returns: { trust, secrecy },
    });
    const reading = (...readers: readonly Tool[]): Partial<Server> => ({
      tools: new Map([...tools, ...readers.map((one) => [one.name, one] as const)]),
    });
    expect(memory({}, reading(read(true, [])))).toEqual({ trusted: true, uncleared: ['/note'], decision: true });
    expect(memory({}, reading(read(false, ['patient', 'internal'])))).toEqual({
      trusted: false,
      uncleared: [],
      decision: false,
    });
    expect(memory({}, reading(read(false, ['patient']), read(true, ['internal'])))).toEqual({
      trusted: true,
      uncleared: ['/note'],
      decision: true,
    });
  });
});

describe('the request of a sink', () => {
  const secret = by(marked(['patient']), { a: 'x' });

  it.each([
    [infer(secret), 'infer', 'proofmark:model', ['', '/a']],
    [approve('clinic/add_note', secret as ObjectValue), 'approve', 'proofmark:approver', []],
    [end('return', secret), 'return', 'proofmark:caller', ['', '/a']],
    [end('raise', secret), 'raise', 'proofmark:caller', ['', '/a']],
  ])('%# asks for the clearance of who receives it', (effect, action, resource, uncleared) => {
    expect(built(effect)).toMatchObject({
      action: { __entity: { type: 'Action', id: action } },
      resource: { __entity: { type: 'Server', id: resource } },
      groups: [],
      context: { uncleared, arguments: {}, secrecy: { patient: ['', '/a'] } },
    });
  });

  it('reveals the decisions behind a value as much as the value', () => {
    const value = lift('x', labelFrom(marks(['user']), marks([], ['patient'])));
    expect(context(end('return', value))).toMatchObject({ uncleared: [''] });
  });
});

describe('a declassification', () => {
  const grant = {
    workflow: WORKFLOW,
    secrecy: 'patient',
    to: 'mail/send',
    at: pointerOf('/body'),
    as: { enum: ['x', 'y'] },
    why: 'a word',
  };
  const secret = call('mail/send', args({ to: list('a@b.example'), subject: 's', body: by(marked(['patient']), 'x') }));

  it('lets its tag pass at its place for its workflow, and is told', () => {
    expect(built(secret)).toMatchObject({ grants: 0, context: { uncleared: ['/body'] } });
    expect(built(secret, law({ declassify: [grant] }))).toMatchObject({ grants: 1, context: { uncleared: [] } });
  });

  it.each([
    ['another workflow', { workflow: 'finance/other' }],
    ['another tag', { secrecy: 'internal' }],
    ['another sink', { to: 'return' }],
    ['another place', { at: pointerOf('/subject') }],
  ])('is nothing for %s', (_what, change) => {
    expect(built(secret, law({ declassify: [{ ...grant, ...change }] }))).toMatchObject({
      grants: 0,
      context: { uncleared: ['/body'] },
    });
  });

  it('of an object’s every member is one of the object, but no list’s items are its length', () => {
    const at = (pointer: string): Law => law({ declassify: [{ ...grant, to: 'return', at: pointerOf(pointer) }] });
    expect(built(end('return', by(marked(['patient']), { a: 'x' })), at('/a'))).toMatchObject({
      context: { uncleared: [] },
    });
    expect(built(end('return', by(marked(['patient']), { a: 'x', b: 'y' })), at('/a'))).toMatchObject({
      context: { uncleared: ['', '/b'] },
    });
    expect(built(end('return', by(marked(['patient']), {})), at('/a'))).toMatchObject({ context: { uncleared: [''] } });
    expect(built(end('return', by(marked(['patient']), ['x'])), at('/*'))).toMatchObject({
      context: { uncleared: [''] },
    });
  });

  it('lets only what its schema takes pass, and all of it or nothing', () => {
    const sent = (body: string) =>
      call('mail/send', args({ to: list('a@b.example'), subject: 's', body: by(marked(['patient']), body) }));
    expect(built(sent('y'), law({ declassify: [grant] }))).toMatchObject({ context: { uncleared: [] } });
    expect(built(sent('the whole list'), law({ declassify: [grant] }))).toMatchObject({
      grants: 0,
      context: { uncleared: ['/body'] },
    });
    expect(built(sent('x'), law({ declassify: [{ ...grant, as: { pattern: '(' } }] }))).toMatchObject({
      context: { uncleared: ['/body'] },
    });
    const items = law({ declassify: [{ ...grant, to: 'return', at: pointerOf('/*') }] });
    expect(built(end('return', list('x', 'y')), items)).toMatchObject({ context: { uncleared: [] } });
    expect(built(end('return', by(marked(['patient']), ['x', 'no'])), items)).toMatchObject({
      context: { uncleared: ['', '/*'] },
    });
  });

  it('of every member does not grant what members are called', () => {
    const any = law({ declassify: [{ ...grant, to: 'return', at: pointerOf('/*') }] });
    expect(built(end('return', by(marked(['patient']), { 'all the drugs': 'x' })), any)).toMatchObject({
      context: { uncleared: [''] },
    });
  });

  it('names workflows whole or by namespace', () => {
    expect(matchesWorkflow('finance/*', 'finance/pay')).toBe(true);
    expect(matchesWorkflow('finance/pay', 'finance/pay')).toBe(true);
    expect(matchesWorkflow('finance/*', 'finance-2/pay')).toBe(false);
    expect(matchesWorkflow('finance/pa', 'finance/pay')).toBe(false);
  });
});
