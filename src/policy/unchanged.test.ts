import { beforeAll, describe, expect, it } from 'vitest';
import type { Law } from '../store/model.ts';
import type { CedarEngine } from './engine.ts';
import { loadEngine } from './engine.ts';
import { readPolicies } from './law.ts';
import { law } from './testing.ts';
import { isUnchanged, type Policed } from './unchanged.ts';

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

const PAY = 'action == Action::"payments/transfer"';

function policy(id: string, scope: string, condition: string, title = 'A policy'): string {
  return `@id("${id}") @title("${title}") @reference("none")\nforbid (principal, ${scope}, resource) when { ${condition} };\n`;
}

function policed(text: string, changes: Partial<Law['config']> = {}): Policed {
  const plain = law();
  const changed = {
    ...plain,
    config: { ...plain.config, ...changes },
    policies: [{ path: 'policies/own.cedar', text }],
  };
  const { set, findings } = readPolicies(changed, engine);
  if (set === undefined) throw new Error(JSON.stringify(findings));
  return { law: changed, policies: set };
}

/** Of a payment, a message and what is returned: whether the laws say the same. */
function same(before: Policed, after: Policed): readonly boolean[] {
  return ['payments/transfer', 'mail/send', 'return'].map(isUnchanged(before, after, 'finance/pay-invoice'));
}

const APPROVED = policy('a', PAY, '!context.approved');

describe('two laws say the same of an action', () => {
  it('whatever comments, titles, and the order and number of other policies are', () => {
    const now = `// Words.\n${policy('z', 'action == Action::"raise"', 'true')}${policy('b', PAY, '!context.approved', 'B')}`;
    expect(same(policed(APPROVED), policed(now))).toEqual([true, true, true]);
  });

  it('unless a policy that can apply to it is another', () => {
    expect(same(policed(APPROVED), policed(policy('a', PAY, 'context.retry')))).toEqual([false, true, true]);
    expect(same(policed(APPROVED), policed(''))).toEqual([false, true, true]);
    expect(same(policed(APPROVED), policed(policy('a', 'action', '!context.control.untrusted')))[2]).toBe(false);
  });

  it('unless it may read a parameter that is another', () => {
    const reading = policy(
      'a',
      PAY,
      'context.packs.payment has totalAtMost && context has sum && context.sum > context.packs.payment.totalAtMost',
    );
    const packs = (totalAtMost: number): Partial<Law['config']> => ({ packs: { payment: { totalAtMost } } });
    expect(same(policed(reading, packs(5)), policed(reading, packs(5)))).toEqual([true, true, true]);
    expect(same(policed(reading, packs(5)), policed(reading, packs(6)))).toEqual([false, true, true]);
    expect(same(policed(APPROVED, packs(5)), policed(APPROVED, packs(6)))).toEqual([true, true, true]);
  });

  it('only where requests are made of the same', () => {
    const other: readonly Partial<Law['config']>[] = [
      { clearance: { model: [], approver: [], caller: [] } },
      { targets: new Map() },
      { secrecy: ['internal'] },
      { inputs: [{ workflow: 'finance/*', pointers: [], trust: true, secrecy: [] }] },
    ];
    for (const changes of other)
      expect(same(policed(APPROVED), policed(APPROVED, changes))).toEqual([false, false, false]);
    const elsewhere = { inputs: [{ workflow: 'health/*', pointers: [], trust: true, secrecy: [] }] };
    expect(same(policed(APPROVED), policed(APPROVED, elsewhere))).toEqual([true, true, true]);
  });

  it('only where the contracts of tools are the same', () => {
    const before = policed(APPROVED);
    const { servers } = before.law;
    const without = new Map([...servers].filter(([name]) => name !== 'mail'));
    expect(same(before, { ...before, law: { ...before.law, servers: without } })).toEqual([false, false, false]);
  });
});
