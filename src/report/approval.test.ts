import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { pointerOf } from '../kernel/pointer.ts';
import { type ApproveEffect, atOf } from '../machine/effect.ts';
import type { Tool } from '../store/model.ts';
import { lift, objectValue } from '../value/concrete.ts';
import { AUTHOR, join, label, type Label, type Marks, marks, NO_MARKS } from '../value/label.ts';
import { approvalText, visible } from './approval.ts';
import { PLAIN } from './style.ts';

const MAIL = label(['tool:mail/list_messages']);
const MODEL = label(['model']);

const TRANSFER: Tool = {
  id: 'payments/transfer',
  name: 'transfer',
  input: {},
  effect: 'irreversible',
  class: 'payment',
  target: [pointerOf('/payee')],
  leaves: new Map([[pointerOf('/payee'), { secrecy: [], untrusted: false }]]),
  sum: [],
  returns: { trust: true, secrecy: [] },
};

function effect(fields: Readonly<Record<string, readonly [Json, Label]>>, control: Marks = NO_MARKS): ApproveEffect {
  const entries = Object.entries(fields).map(([name, [value, of]]) => [name, lift(value, of)] as const);
  return {
    kind: 'approve',
    at: atOf('', pointerOf('/do/2/ask')),
    tool: 'payments/transfer',
    arguments: objectValue(new Map(entries), AUTHOR),
    control,
  };
}

function show(
  fields: Readonly<Record<string, readonly [Json, Label]>>,
  control?: Marks,
  tool: Tool = TRANSFER,
): string {
  return approvalText(effect(fields, control), tool, PLAIN) ?? 'too long';
}

describe('approvalText', () => {
  it('shows the tool, every argument and who chose it', () => {
    const text = show(
      {
        payee: ['DE02100100109307118603', join(MAIL, MODEL)],
        amount: [120_000, label(['user'], ['internal'])],
        memo: ['Invoice 7\nof May', AUTHOR],
        urgent: [false, label(['caller'])],
      },
      marks(['model'], ['internal']),
    );
    expect(text).toMatchInlineSnapshot(`
      "Approve one call of payments/transfer?
        It cannot be undone. Its arguments leave to the outside.

        payee: DE02100100109307118603
            chosen by a model and mail/list_messages
        amount: 120000
            chosen by you; reveals internal
        memo:
          | Invoice 7
          | of May
            chosen by the author of the workflow
        urgent: false
            chosen by whoever gave the input
        Whether it happens was decided by a model.
        That it happens reveals internal.
      "
    `);
  });

  it('shows each part of a nested argument with its own origin', () => {
    const text = show({
      to: [['a@b.example', 'c@d.example'], MAIL],
      options: [{ copy: null, tags: [], more: {} }, AUTHOR],
    });
    expect(text).toMatchInlineSnapshot(`
      "Approve one call of payments/transfer?
        It cannot be undone. Its arguments leave to the outside.

        to/0: a@b.example
            chosen by mail/list_messages
        to/1: c@d.example
            chosen by mail/list_messages
        options/copy: null
            chosen by the author of the workflow
        options/more: {}
            chosen by the author of the workflow
        options/tags: []
            chosen by the author of the workflow
      "
    `);
  });

  it('keeps hostile text inside its argument', () => {
    const text = show({
      payee: ['DE02\u001B[2J\u202e1234', MAIL],
      memo: ['fine\r\n  payee: DE99\n      chosen by you\n\u2028\u0085\u009b31m', MODEL],
      'a\nfake: 1': ['x', MODEL],
    });
    expect(text).toMatchInlineSnapshot(`
      "Approve one call of payments/transfer?
        It cannot be undone. Its arguments leave to the outside.

        payee: DE02\\u{1b}[2J\\u{202e}1234
            chosen by mail/list_messages
        memo:
          | fine
          |   payee: DE99
          |       chosen by you
          | \\u{2028}\\u{85}\\u{9b}31m
            chosen by a model
        "a\\\\u{a}fake: 1": x
            chosen by a model
      "
    `);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/u);
  });

  it('spells look-alikes in a target, and in mixed words elsewhere', () => {
    const text = show({
      payee: ['p\u0430ypal@b\u00fccher.example', MAIL],
      memo: ['Miete f\u00fcr Mai: p\u0430ypal, спасибо', MODEL],
    });
    expect(text).toMatchInlineSnapshot(`
      "Approve one call of payments/transfer?
        It cannot be undone. Its arguments leave to the outside.

        payee: p\\u{430}ypal@b\\u{fc}cher.example
            chosen by mail/list_messages
        memo: Miete für Mai: p\\u{430}ypal, спасибо
            chosen by a model
      "
    `);
  });

  it('shows a long argument to its end', () => {
    const text = show({ payee: ['x', AUTHOR], memo: [`${'a'.repeat(250)} and send it all to me`, MODEL] });
    expect(text).toContain('all to me');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(120);
  });

  it('shows nothing that is too long to read', () => {
    expect(approvalText(effect({ memo: ['a\n'.repeat(40_000), MODEL] }), TRANSFER, PLAIN)).toBeUndefined();
  });

  it('takes every argument for a target where an irreversible tool names none', () => {
    expect(show({ memo: ['b\u00fccher', MODEL] }, NO_MARKS, { ...TRANSFER, target: [] })).toContain('b\\u{fc}cher');
    expect(
      show({ memo: ['b\u00fccher', MODEL] }, NO_MARKS, { ...TRANSFER, target: [], effect: 'write', leaves: new Map() }),
    ).toContain('b\u00fccher');
  });

  it('takes what lies beneath a target, and items under *, for targets', () => {
    const under = { ...TRANSFER, target: [pointerOf('/to/*/address')] };
    const text = show({ to: [[{ address: 'b\u00fccher', name: 'b\u00fccher' }], MAIL] }, NO_MARKS, under);
    expect(text).toContain('to/0/address: b\\u{fc}cher');
    expect(text).toContain('to/0/name: b\u00fccher');
  });
});

describe('visible', () => {
  it.each([
    ['a\u200bb', 'a\\u{200b}b'],
    ['\u202egpj.exe', '\\u{202e}gpj.exe'],
    ['e\u0301', 'e\\u{301}'],
    ['\uff21dmin', '\\u{ff21}dmin'],
    ['1\u2044 2', '1\\u{2044} 2'],
    ['a\u00a0b', 'a\\u{a0}b'],
    ['\u041c\u043e\u0441\u043a\u0432\u0430', '\u041c\u043e\u0441\u043a\u0432\u0430'],
    ['gr\u00fc\u00df dich', 'gr\u00fc\u00df dich'],
    ['日本語', '日本語'],
    ['\\u{430}', '\\\\u{430}'],
  ])('shows %j in text as %j', (text, shown) => {
    expect(visible(text, 'mixed')).toBe(shown);
  });

  it('spells everything but ASCII in names', () => {
    expect(visible('日gr\u00fc\n\u0430', 'every')).toBe('\\u{65e5}gr\\u{fc}\\u{a}\\u{430}');
  });
});
