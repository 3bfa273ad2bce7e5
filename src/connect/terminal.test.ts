import { describe, expect, it } from 'vitest';
import { pointerOf } from '../kernel/pointer.ts';
import { type ApproveEffect, atOf } from '../machine/effect.ts';
import { PLAIN } from '../report/style.ts';
import type { Tool } from '../store/model.ts';
import { objectValue, stringValue } from '../value/concrete.ts';
import { AUTHOR, label, NO_MARKS } from '../value/label.ts';
import { askPerson, isIdentity, NOBODY_THERE, type Person, personAtTerminal } from './terminal.ts';

const TOOL: Tool = {
  id: 'payments/transfer',
  name: 'transfer',
  input: {},
  effect: 'irreversible',
  class: 'payment',
  target: [],
  leaves: new Map(),
  sum: [],
  returns: { trust: true, secrecy: [] },
};

function effect(payee = 'DE02'): ApproveEffect {
  const fields = new Map([['payee', stringValue(payee, label(['model']))]]);
  return {
    kind: 'approve',
    at: atOf('', pointerOf('/do/0/ask')),
    tool: 'payments/transfer',
    arguments: objectValue(fields, AUTHOR),
    control: NO_MARKS,
  };
}

function person(
  ...answers: readonly (string | undefined)[]
): Person & { readonly shown: () => string; readonly asked: readonly string[] } {
  const left = [...answers];
  const asked: string[] = [];
  let shown = '';
  return {
    asked,
    shown: () => shown,
    show: (text) => {
      shown += text;
    },
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(left.shift());
    },
  };
}

describe('askPerson', () => {
  it('approves on the word yes, after showing the call', async () => {
    const someone = person('yes');
    expect(await askPerson(someone, effect(), TOOL, 'alice', PLAIN)).toEqual({
      kind: 'approval',
      approved: true,
      by: 'alice',
    });
    expect(someone.shown()).toContain('payee: DE02\n      chosen by a model');
  });

  it.each(['y', 'YES', 'yes please', 'no', '', ' '])('declines on %j', async (answer) => {
    expect(await askPerson(person(answer), effect(), TOOL, 'alice', PLAIN)).toEqual({
      kind: 'approval',
      approved: false,
      by: 'alice',
    });
  });

  it('asks who it is where nobody said', async () => {
    const someone = person('bob', 'yes');
    expect(await askPerson(someone, effect(), TOOL, undefined, PLAIN)).toEqual({
      kind: 'approval',
      approved: true,
      by: 'bob',
    });
    expect(someone.asked).toHaveLength(2);
  });

  it.each(['', 'nobody', 'a b', '\u202ebob', 'x'.repeat(65)])('takes %j for no identity and declines', async (name) => {
    expect(await askPerson(person(name, 'yes'), effect(), TOOL, undefined, PLAIN)).toMatchObject({ approved: false });
  });

  it('declines where nobody can answer', async () => {
    expect(await askPerson(NOBODY_THERE, effect(), TOOL, 'alice', PLAIN)).toEqual({
      kind: 'approval',
      approved: false,
      by: 'nobody',
    });
  });

  it('asks nothing about what cannot be read', async () => {
    const someone = person('yes');
    expect(await askPerson(someone, effect('a\n'.repeat(40_000)), TOOL, 'alice', PLAIN)).toMatchObject({
      approved: false,
    });
    expect(someone.asked).toEqual([]);
  });
});

describe('personAtTerminal', () => {
  it('is nobody where standard input is no terminal', async () => {
    expect(process.stdin.isTTY).not.toBe(true);
    expect(await personAtTerminal().ask('? ')).toBeUndefined();
  });
});

describe('isIdentity', () => {
  it.each([
    ['alice', true],
    ['a.b@c.example', true],
    ['nobody', false],
    ['-x', false],
  ])('%s: %s', (name, is) => {
    expect(isIdentity(name)).toBe(is);
  });
});
