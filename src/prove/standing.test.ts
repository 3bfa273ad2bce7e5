import { describe, expect, it } from 'vitest';
import type { At, CallEffect } from '../machine/effect.ts';
import { arrayValue, lift, objectValue, symbolValue } from '../value/concrete.ts';
import { BOTTOM, label, labelFrom, type Label, marks, NO_MARKS } from '../value/label.ts';
import { Terms } from '../value/term.ts';
import type { Value } from '../value/value.ts';
import { beyond, profileOf, standingOf } from './standing.ts';

const isUntrusted = ({ influence }: { readonly influence: readonly string[] }): boolean =>
  influence.includes('caller') || influence.includes('model');

const USER = label(['user']);
const CALLER = label(['caller']);
const PATIENT = label(['user'], ['patient']);
const PICKED = labelFrom(marks(['user']), marks(['caller']));
const terms = new Terms();

function call(args: Readonly<Record<string, Value>>, facts: Partial<CallEffect> = {}): CallEffect {
  return {
    kind: 'call',
    at: '/do/0/x' as At,
    tool: 'mail/send',
    arguments: objectValue(new Map(Object.entries(args)), BOTTOM),
    control: NO_MARKS,
    approved: false,
    approvers: [],
    attempt: 1,
    keyed: false,
    history: { calls: new Map(), totals: new Map() },
    ...facts,
  };
}

/** `to` is a target. */
function stand(effect: CallEffect, isRead = false): Parameters<typeof beyond>[0] {
  return {
    standing: standingOf(effect, isRead, isUntrusted),
    labels: profileOf(effect.arguments, (name) => name === 'to', isUntrusted),
  };
}

function text(of: Label): Value {
  return lift('x', () => of);
}

function unknown(of: Label, inner: Label = of): Value {
  return symbolValue(terms.variable('x'), of, inner);
}

describe('a call goes beyond another', () => {
  it.each<readonly [string, CallEffect, CallEffect, readonly string[]]>([
    ['in nothing', call({ to: text(USER) }), call({ to: text(USER) }), []],
    ['not by a label that is lower', call({ to: text(USER) }), call({ to: text(CALLER) }), []],
    [
      'by who chose an argument',
      call({ to: text(CALLER) }),
      call({ to: text(USER) }),
      ['/to may follow something untrusted'],
    ],
    [
      'by who picked it',
      call({ to: text(PICKED) }),
      call({ to: text(USER) }),
      ['/to may be picked by something untrusted'],
    ],
    ['by what it reveals', call({ body: text(PATIENT) }), call({ body: text(USER) }), ['/body may reveal patient']],
    [
      'by an author who chose a target',
      call({ to: text(label(['author'])) }),
      call({ to: text(USER) }),
      ['/to may be chosen by the author'],
    ],
    ['not by an author who wrote the rest', call({ body: text(label(['author'])) }), call({ body: text(USER) }), []],
    [
      'by what lies below what is not known',
      call({ to: unknown(USER, CALLER) }),
      call({ to: objectValue(new Map([['name', text(USER)]]), USER) }),
      ['/to may follow something untrusted'],
    ],
    [
      'not by what lies below what was not known before',
      call({ to: objectValue(new Map([['name', text(CALLER)]]), USER) }),
      call({ to: unknown(USER, CALLER) }),
      [],
    ],
    [
      'by an item',
      call({ to: arrayValue([text(USER), text(CALLER)], USER) }),
      call({ to: arrayValue([text(USER)], USER) }),
      ['/to/* may follow something untrusted'],
    ],
    [
      'by an argument that was never there',
      call({ to: text(USER), copy: text(CALLER) }),
      call({ to: text(USER) }),
      ['/copy may follow something untrusted'],
    ],
    [
      'by who decided it',
      call({}, { control: marks(['model'], ['patient']) }),
      call({}),
      ['the decision to make it may follow something untrusted', 'the decision to make it may reveal patient'],
    ],
    [
      'by no approval',
      call({}),
      call({}, { approved: true, approvers: ['a'] }),
      ['no approval of it, which it had in the release'],
    ],
    [
      'by fewer approvers',
      call({}, { approved: true, approvers: ['a', 'a'] }),
      call({}, { approved: true, approvers: ['a', 'b'] }),
      ['fewer approvers than in the release'],
    ],
    ['by repeating it blindly', call({}, { attempt: 2 }), call({}), ['another attempt without a key']],
    ['not by repeating it with a key', call({}, { attempt: 2, keyed: true }), call({}), []],
  ])('%s', (_, now, before, expected) => {
    expect(beyond(stand(now), stand(before))).toEqual(expected);
  });

  it('not by repeating what only reads', () => {
    expect(beyond(stand(call({}, { attempt: 2 }), true), stand(call({}), true))).toEqual([]);
  });
});
