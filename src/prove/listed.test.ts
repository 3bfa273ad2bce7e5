import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kernel/json.ts';
import type { CallEffect } from '../machine/effect.ts';
import { requestBuilder } from '../policy/request.ts';
import { args, call, contract, law, list, USER } from '../policy/testing.ts';
import { symbolValue } from '../value/concrete.ts';
import type { Value } from '../value/value.ts';
import { Explorer } from './explorer.ts';

/** The allow-list of a store over targets that are not known. */

const LISTED = 'DE02100100109307118603';

/** The sets of unlisted pointers on every way that the request of a call can be built. */
function unlisted(make: (unknown: (schema: JsonObject) => Value, explorer: Explorer) => CallEffect): readonly string[] {
  const explorer = new Explorer({ paths: 40, decisions: 400 });
  const build = requestBuilder(law(), contract(), 'finance/pay');
  const found = new Set<string>();
  explorer.explore(() => {
    const unknown = (schema: JsonObject): Value => symbolValue(explorer.fresh('target', schema), USER);
    const field = build(make(unknown, explorer), explorer)?.request.context.fields.get('unlisted');
    found.add(field?.kind === 'set' ? [...field.items.keys()].toSorted().join() : 'none');
  });
  return [...found].toSorted();
}

const pay = (payee: Value): CallEffect => call('payments/transfer', args({ payee, amount: 1, reference: 'r' }));
const send = (to: Value): CallEffect => call('mail/send', args({ to, subject: 's', body: 'b' }));

describe('a target that is not known', () => {
  it('is listed where everything that it can be is', () => {
    expect(unlisted((unknown) => pay(unknown({ const: LISTED })))).toEqual(['']);
    expect(unlisted((unknown) => pay(unknown({ enum: ['x', 'y'] })))).toEqual(['s/payee']);
    expect(unlisted((unknown) => pay(unknown({ enum: [LISTED, 'x'] })))).toEqual(['', 's/payee']);
  });

  it('may be either where it is any text', () => {
    expect(unlisted((unknown) => pay(unknown({ type: 'string' })))).toEqual(['', 's/payee']);
  });

  it('is looked up among the others of a list', () => {
    const mailbox = { enum: ['any@partner.example', 'desk@ACME.example'] };
    // Which members the arguments have is a target as well, and on no list.
    expect(unlisted((unknown) => send(list(unknown(mailbox), 'desk@acme.example')))).toEqual(['s']);
    expect(unlisted((unknown) => send(list(unknown(mailbox), 'eve@evil.example')))).toEqual(['s,s/to,s/to/*']);
  });

  it('that stands for every item of a list is not asked what it is', () => {
    let texts: readonly string[] | undefined = [];
    const ways = unlisted((unknown, explorer) => {
      const item = explorer.fresh('item', { enum: [LISTED, 'any@partner.example', 'eve@evil.example'] });
      const length = explorer.fresh('length', { type: 'integer', minimum: 0 });
      const value: Value = {
        kind: 'list',
        label: USER,
        name: 'to',
        length,
        items: [symbolValue(item, USER)],
        take: () => unknown({}),
      };
      texts = explorer.texts(item);
      return send(value);
    });
    expect(ways).toEqual(['s', 's,s/to', 's,s/to,s/to/*', 's,s/to/*']);
    expect(texts).toHaveLength(3);
  });
});
