import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPolicies } from '../policy/law.ts';
import { type CedarEngine, loadEngine } from '../policy/engine.ts';
import { law } from '../policy/testing.ts';
import type { Law } from '../store/model.ts';
import { accountsOf, type PolicyAccount } from './policies.ts';

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

function account(text: string, under: Law = law()): PolicyAccount {
  const annotated = `@id("p") @title("t") @reference("r")\n${text}`;
  const { set, findings } = readPolicies(
    { ...under, policies: [{ path: 'policies/own.cedar', text: annotated }] },
    engine,
  );
  expect(findings).toEqual([]);
  const [only] = accountsOf(under, set!.policies, engine);
  return only!;
}

const forbid = (condition: string, action = 'action'): string =>
  `forbid (principal, ${action}, resource) when { ${condition} };`;
const PAY = 'action == Action::"payments/transfer"';
const FIND = 'action == Action::"directory/find"';

describe('a policy', () => {
  it.each<readonly [what: string, text: string, expected: PolicyAccount['applies']]>([
    ['that speaks of everything', 'permit (principal, action, resource);', 'sometimes'],
    ['of a tool', forbid('context.approved', PAY), 'sometimes'],
    ['of a workflow', 'permit (principal == Workflow::"finance/pay", action, resource);', 'sometimes'],
    ['of another server than the tool’s', `forbid (principal, ${PAY}, resource == Server::"mail");`, 'never'],
    ['of a sink', 'forbid (principal, action == Action::"infer", resource == Server::"proofmark:model");', 'sometimes'],
    ['of a class that no tool has', forbid('context.approved', 'action in Action::"calendar"'), 'open'],
    [
      'that asks for a class that no tool has',
      forbid('action in Action::"calendar" && context.control.untrusted'),
      'open',
    ],
    ['that contradicts itself', forbid('context.approved && !context.approved', PAY), 'never'],
    ['that asks for two effects of one call', forbid('action in Action::"read" && action in Action::"write"'), 'never'],
    ['that asks for a negative count', forbid('context.count < 0', PAY), 'never'],
    [
      'about an amount',
      forbid('context.arguments has amount && context.arguments.amount.greaterThan(decimal("9999999.5"))', PAY),
      'sometimes',
    ],
    [
      'about an amount above what the tool takes',
      forbid('context.arguments has amount && context.arguments.amount.greaterThan(decimal("10000000.0"))', PAY),
      'never',
    ],
    ['about a pointer of the tool', forbid('context.untrusted.contains("/payee")', PAY), 'sometimes'],
    ['about a pointer that the tool has not', forbid('context.untrusted.contains("/payeee")', PAY), 'never'],
    ['about a secrecy tag', forbid('context.control.secrecy.contains("patient")'), 'sometimes'],
    ['about a secrecy tag that the store has not', forbid('context.control.secrecy.contains("patients")'), 'never'],
    ['about a parameter that the store has not set', forbid('context.packs.payment has totalAtMost', PAY), 'never'],
    ['about an optional argument', forbid('context.arguments has cc', 'action == Action::"mail/send"'), 'sometimes'],
    ['about a text', forbid('context.arguments.name like "a*" && context.arguments.name == "b"', FIND), 'never'],
    [
      'about earlier calls',
      forbid('context.calls has "mail/send" && context.calls["mail/send"] > 3', PAY),
      'sometimes',
    ],
    [
      'about totals',
      forbid('context.total has "/amount" && context.total["/amount"].lessThan(decimal("0.0"))', PAY),
      'never',
    ],
    ['that only a certain record meets', forbid('context.arguments == {name: "x"}', FIND), 'sometimes'],
  ])('%s', (_what, text, expected) => {
    const { applies, error } = account(text);
    expect([applies, error]).toEqual([expected, undefined]);
  });

  it('that multiplies what nothing bounds errs, as the engine shows', () => {
    const { applies, error } = account(forbid('context.count * 1000000000000 > 5', PAY));
    expect(applies).toBe('sometimes');
    expect(error).toMatchObject({ action: 'payments/transfer', detail: 'integer overflow' });
    const shown = error?.shown;
    expect(typeof (shown as { readonly count?: unknown }).count).toBe('number');
  });

  it('that multiplies what is not known errs', () => {
    const { error } = account(forbid('context.count * context.approvers * context.count > 5', PAY));
    expect(error?.shown).toMatchObject({ count: Number.MAX_SAFE_INTEGER });
  });

  it('that multiplies what is bounded does not', () => {
    const bounded: Law = law({ packs: { payment: { totalAtMost: 1000 } } });
    const text = forbid(
      'context.packs.payment has totalAtMost && context.packs.payment.totalAtMost * 9000000000000000 > 5',
      PAY,
    );
    expect(account(text, bounded)).toMatchObject({ applies: 'sometimes', error: undefined });
    expect(account(forbid('context.count < 1000 && context.count * 9000000000000000 > 5', PAY)).error).toBeUndefined();
    expect(
      account(forbid('context.count < 1100 && context.count * 9000000000000000 > 5', PAY)).error?.shown,
    ).toBeDefined();
  });

  it('that errs where it need not be looked at is none that errs', () => {
    expect(account(forbid('false && context.count * 9007199254740991 * 4096 > 5', PAY)).error).toBeUndefined();
  });
});

describe('the shipped policies', () => {
  it('never err, and each can apply where its parameters are set', { timeout: 60_000 }, () => {
    const packs = {
      payment: { secondApproverAbove: 1000, totalAtMost: 5000 },
      identity: { approversAtLeast: 2 },
      control: { approversAtLeast: 2 },
      message: { mostPerRun: 3 },
    };
    const policies = readdirSync('policies')
      .toSorted()
      .map((name) => ({ path: `policies/${name}`, text: readFileSync(`policies/${name}`, 'utf8') }));
    const whole: Law = { ...law({ packs }), policies };
    const { set } = readPolicies(whole, engine);
    const accounts = accountsOf(whole, set!.policies, engine);
    expect(accounts.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(accounts.filter(({ applies }) => applies !== 'sometimes').map(({ policy }) => policy.id)).toEqual([]);
    expect(accounts).toHaveLength(set!.policies.length);
  });
});
