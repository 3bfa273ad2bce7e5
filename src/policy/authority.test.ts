import { beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { pointerOf } from '../kernel/pointer.ts';
import type { Capability, Contract } from '../store/model.ts';
import { gate } from './authority.ts';
import type { PolicySet } from './cedar.ts';
import { comparer } from './compare.ts';
import type { CedarEngine } from './engine.ts';
import { loadEngine } from './engine.ts';
import { readPolicies } from './law.ts';
import type { Decidable } from './request.ts';
import { BY_MODEL, args, approve, by, call, contract, end, law } from './testing.ts';

const WORKFLOW = 'finance/pay-invoice';
const LAW = {
  ...law(),
  policies: [{ path: 'policies/core.cedar', text: readFileSync('policies/core.cedar', 'utf8') }],
};
let engine: CedarEngine;
let set: PolicySet;
let differ: ReturnType<typeof comparer>;
beforeAll(async () => {
  engine = await loadEngine();
  set = readPolicies(LAW, engine).set!;
  differ = comparer(set, engine);
});

function withCapability(changes: Partial<Capability>): Contract {
  return contract([], { capabilities: [{ tool: 'payments/transfer', total: new Map(), ...changes }] });
}

function reasons(effect: Decidable, of: Contract = contract()): readonly string[] {
  const verdict = gate(LAW, set, of, WORKFLOW)(effect);
  expect(verdict.allowed).toBe(verdict.refusals.length === 0);
  expect(differ(verdict)).toBeUndefined();
  return verdict.refusals.map(({ reason, id }) => `${reason} ${id}`);
}

const pay = (amount: number, history: { calls?: number; total?: number } = {}): Decidable =>
  call('payments/transfer', args({ payee: 'X', amount, reference: 'r' }), {
    keyed: true,
    history: {
      calls: new Map(history.calls === undefined ? [] : [['payments/transfer', history.calls]]),
      totals: new Map(
        history.total === undefined ? [] : [['payments/transfer', new Map([[pointerOf('/amount'), history.total]])]],
      ),
    },
  });

describe('the gate', () => {
  it('allows what the contract names and the policies permit', () => {
    expect(reasons(pay(10))).toEqual([]);
  });

  it('refuses a call, and a question about a call, that no capability names', () => {
    expect(reasons(pay(10), contract(['mail/send']))).toEqual(['capability payments/transfer']);
    expect(reasons(approve('payments/transfer', args({})), contract(['mail/send']))).toEqual([
      'capability payments/transfer',
    ]);
  });

  it('refuses a tool that the law does not know, whatever the contract says', () => {
    expect(reasons(call('nobody/x', args({})), contract(['nobody/x']))).toEqual(['capability nobody/x']);
    expect(reasons(call('toString/constructor', args({})), contract(['toString/constructor']))).toEqual([
      'capability toString/constructor',
    ]);
  });

  it('refuses arguments that the tool does not declare, before anything is said about them', () => {
    expect(reasons(call('mail/list_messages', args({ folder: 'inbox', hidden: 'x' })))).toEqual([
      'arguments mail/list_messages',
    ]);
    expect(reasons(call('mail/list_messages', args({ folder: 3 })))).toEqual(['arguments mail/list_messages']);
    expect(reasons(call('mail/list_messages', args({})))).toEqual(['arguments mail/list_messages']);
  });

  it('holds arguments to where', () => {
    const where = { properties: { amount: { maximum: 20 } } };
    expect(reasons(pay(20), withCapability({ where }))).toEqual([]);
    expect(reasons(pay(20.01), withCapability({ where }))).toEqual(['where payments/transfer']);
  });

  it('holds a run to most', () => {
    expect(reasons(pay(1, { calls: 1 }), withCapability({ most: 2 }))).toEqual([]);
    expect(reasons(pay(1, { calls: 2 }), withCapability({ most: 2 }))).toEqual(['most payments/transfer']);
  });

  it('holds a run to total, sums being exact in ten-thousandths', () => {
    const total = new Map([[pointerOf('/amount'), 0.3]]);
    expect(reasons(pay(0.1, { total: 0.1 + 0.1 }), withCapability({ total }))).toEqual([]);
    expect(reasons(pay(0.11, { total: 0.2 }), withCapability({ total }))).toEqual(['total payments/transfer']);
  });

  it('refuses a total that the tool contract does not sum, which no history could hold', () => {
    const total = new Map([[pointerOf('/reference'), 1]]);
    expect(reasons(pay(1), withCapability({ total }))).toEqual(['total payments/transfer']);
  });

  it('names every policy that forbids', () => {
    const effect = call('payments/transfer', args({ payee: by(BY_MODEL, 'X'), amount: 1, reference: 'r' }), {
      attempt: 2,
    });
    expect(reasons(effect)).toEqual([
      'policy irreversible-approved-or-clean',
      'policy no-blind-retry',
      'policy targets-chosen-by-user',
    ]);
  });

  it('denies when a policy fails, which Cedar alone would let pass', () => {
    const text = `${LAW.policies[0]?.text ?? ''}
      @id("overflows") @title("t") @reference("r")
      forbid (principal, action, resource) when { 9007199254740991 * 9007199254740991 > 0 };`;
    const failing = readPolicies({ ...LAW, policies: [{ path: 'p.cedar', text }] }, engine);
    const verdict = gate(LAW, failing.set!, contract(), WORKFLOW)(end('return', by(BY_MODEL, 'x')));
    expect(verdict.allowed).toBe(false);
    expect(verdict.refusals).toMatchObject([{ reason: 'policy-error', id: 'overflows' }]);
    expect(verdict.decision?.determining).toEqual(['sinks-are-open']);
  });

  it('says so when nothing permits', () => {
    const text = '@id("only") @title("t") @reference("r") permit (principal, action == Action::"infer", resource);';
    const strict = readPolicies({ ...LAW, policies: [{ path: 'p.cedar', text }] }, engine);
    const verdict = gate(LAW, strict.set!, contract(), WORKFLOW)(pay(1));
    expect(verdict.refusals).toMatchObject([{ reason: 'policy', id: 'default-deny' }]);
  });
});
