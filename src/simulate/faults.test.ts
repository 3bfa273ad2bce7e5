import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { atOf, type CallEffect, type InferEffect } from '../machine/effect.ts';
import type { ScriptedReply } from '../store/model.ts';
import { objectValue } from '../value/concrete.ts';
import { BOTTOM, NO_MARKS } from '../value/label.ts';
import { faultsOf, struck } from './faults.ts';
import type { Asking, Run } from './model.ts';

const CALL: CallEffect = {
  kind: 'call',
  at: atOf('', '/do/0/look'),
  tool: 'mail/list',
  arguments: objectValue(new Map(), BOTTOM),
  control: NO_MARKS,
  approved: false,
  approvers: [],
  attempt: 1,
  keyed: false,
  history: { calls: new Map(), totals: new Map() },
  within: 30_000,
};
const INFER: InferEffect = {
  kind: 'infer',
  at: atOf('', '/do/1/read'),
  instructions: 'Read.',
  data: objectValue(new Map(), BOTTOM),
  schema: {},
  control: NO_MARKS,
};
const { tool, arguments: given, control } = CALL;
const APPROVE: Asking = { kind: 'approve', at: atOf('', '/do/2/ask'), tool, arguments: given, control };

const GOOD: ScriptedReply = { kind: 'structured', structured: { mails: ['a', 'bc'] } };

function ran(...answered: readonly (readonly [Asking, ScriptedReply])[]): Pick<Run, 'asked' | 'world'> {
  return {
    asked: new Map(answered.map(([effect]) => [effect.at, [effect]])),
    world: { input: {}, replies: new Map(answered.map(([effect, reply]) => [effect.at, [reply]])), choices: new Map() },
  };
}

const anything = (): boolean => true;

describe('faults', () => {
  it('strike every call in every way', () => {
    const kinds = faultsOf(ran([CALL, GOOD]), 500, anything).map(({ kind }) => kind);
    expect(kinds).toEqual([
      ...['timeout', 'communication', 'runtime', 'validation', 'outage', 'malformed'],
      ...['empty', 'huge', 'duplicated', 'late'],
    ]);
  });

  it('refuse and delay an approval, and make a model fail and say too much', () => {
    const approval: ScriptedReply = { kind: 'approval', approved: true, by: 'ana' };
    expect(faultsOf(ran([APPROVE, approval]), 500, anything).map(({ kind, reply }) => [kind, reply])).toEqual([
      ['refused', { kind: 'approval', approved: false, by: 'ana' }],
      ['late', { ...approval, elapsed: 500 }],
    ]);
    const kinds = faultsOf(ran([INFER, { kind: 'value', value: 'yes' }]), 500, anything).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['timeout', 'malformed', 'empty', 'huge', 'late']));
  });

  it('come just after the time limit that waits, and as slowly as said where none does', () => {
    const late = (effect: Asking): number | undefined =>
      faultsOf(ran([effect, GOOD]), 500, anything).find(({ kind }) => kind === 'late')?.reply.elapsed;
    const { within: _, ...patient } = CALL;
    expect([late(CALL), late(patient)]).toEqual([30_001, 500]);
  });

  it('make only what could really come', () => {
    const said = (isValid: (effect: Asking, json: Json) => boolean) =>
      Object.fromEntries(
        faultsOf(ran([CALL, GOOD]), 500, isValid).flatMap(({ kind, reply }) =>
          reply.kind === 'structured' && kind !== 'late' ? [[kind, reply.structured]] : [],
        ),
      );
    expect(said(anything)).toMatchObject({ empty: { mails: [] }, duplicated: { mails: ['a', 'a', 'bc', 'bc'] } });
    expect(said(() => false)).toEqual({});
    const short = said((_effect, json) => JSON.stringify(json).length < 20);
    expect(short).toEqual({ empty: { mails: [] } });
  });

  it('strike once or from then on, and leave the rest as it was', () => {
    const base = ran([CALL, GOOD]).world;
    const faults = faultsOf(ran([CALL, GOOD]), 500, anything);
    const answers = (kind: string): readonly (string | undefined)[] => {
      const fault = faults.find((one) => one.kind === kind);
      if (fault === undefined) throw new Error(`no ${kind}`);
      const answer = struck(base, fault);
      return [answer(CALL, 0)?.kind, answer(CALL, 1)?.kind, answer(INFER, 0)?.kind];
    };
    expect(answers('timeout')).toEqual(['error', 'structured', undefined]);
    expect(answers('outage')).toEqual(['error', 'error', undefined]);
  });
});
