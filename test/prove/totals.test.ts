import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { pointerOf } from '../../src/kernel/pointer.ts';
import type { CallEffect } from '../../src/machine/effect.ts';
import { gate, type Verdict } from '../../src/policy/authority.ts';
import { summary } from '../../src/policy/compare.ts';
import { loadEngine } from '../../src/policy/engine.ts';
import { readPolicies } from '../../src/policy/law.ts';
import { args, call, contract, law, USER } from '../../src/policy/testing.ts';
import type { Law, Server } from '../../src/store/model.ts';
import { numberValue, symbolValue } from '../../src/value/concrete.ts';
import type { Term } from '../../src/value/term.ts';
import type { Quantity } from '../../src/expression/symbolic.ts';
import { isTaken, type Known, Recorder } from './symbolic.ts';

/** What a run moves, where amounts and earlier totals are not known: the gate over symbols against the gate over their values. */

const CENTS: JsonObject = { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 3000 };
const NARROW: JsonObject = { type: 'number', multipleOf: 0.01, minimum: 999.01, maximum: 1000.01 };
const UNITS: JsonObject = { type: 'integer', minimum: -5, maximum: 3000 };
const ANY: JsonObject = { type: 'number' };
const AMOUNT = pointerOf('/amount');

/** The law of the tests with amounts of a schema, and with limits. */
function lawOf(amount: JsonObject): Law {
  const whole = law({ packs: { payment: { secondApproverAbove: 1000, totalAtMost: 2500 } } });
  const servers = new Map<string, Server>(
    [...whole.servers].map(([name, server]) => {
      const tools = [...server.tools].map(([id, tool]) => {
        if (tool.sum.length === 0) return [id, tool] as const;
        const input = {
          ...tool.input,
          properties: { payee: { type: 'string' }, amount, reference: { type: 'string' } },
        };
        return [id, { ...tool, input }] as const;
      });
      return [name, { ...server, tools: new Map(tools) }];
    }),
  );
  return { ...whole, servers };
}

const FILES = readdirSync('policies').map((name) => ({
  path: `policies/${name}`,
  text: readFileSync(`policies/${name}`, 'utf8'),
}));

type Gate = ReturnType<typeof gate>;
const gates = new Map<JsonObject, Gate>();
beforeAll(async () => {
  const engine = await loadEngine();
  for (const amount of [CENTS, NARROW, UNITS, ANY]) {
    const whole = lawOf(amount);
    const { set } = readPolicies({ ...whole, policies: FILES }, engine);
    const capabilities = [
      { tool: 'payments/transfer' as const, total: new Map([[AMOUNT, amount === NARROW ? 9000 : 2000]]) },
    ];
    gates.set(amount, gate(whole, set!, contract([], { capabilities }), 'finance/pay'));
  }
});

function pay(amount: CallEffect['arguments'], before: Quantity, approvers: readonly string[]): CallEffect {
  const totals = before === 0 ? new Map() : new Map([['payments/transfer' as const, new Map([[AMOUNT, before]])]]);
  return {
    ...call('payments/transfer', amount),
    keyed: true,
    approved: true,
    approvers,
    history: { calls: new Map(), totals },
  };
}

function wordsOf({ allowed, refusals, decision }: Verdict): string {
  const why = refusals.map(({ reason, id }) => `${reason} ${id}`).join();
  return `${allowed} ${why} ${decision === undefined ? 'unasked' : summary(decision)}`;
}

const some = fc.constantFrom(0.01, 0.1, 0.2, 999.99, 1000, 1000.01, 1500, 2000, 2000.01, 2500);

describe('totals of what is not known', () => {
  it.each([
    ['cents', CENTS, some, some],
    ['cents within bounds', NARROW, fc.constantFrom(999.01, 999.99, 1000, 1000.01), fc.constantFrom(0.99, 1000, 1500)],
    ['whole numbers', UNITS, fc.constantFrom(-3, 0, 1, 999, 1000, 1001, 2000, 3000), fc.constantFrom(0, 1, 999, 1000)],
    ['any numbers', ANY, fc.constantFrom(-0.5, 0.5, 0, 0.25, 1000, 2000, 2500.5, 1e12), fc.constantFrom(0, 0.5, 1000)],
  ] as const)('of %s are judged as their values are', (_what, schema, amounts, earlier) => {
    const decide = gates.get(schema)!;
    let refused = 0;
    fc.assert(
      fc.property(
        amounts,
        fc.oneof(fc.constant(0), earlier),
        fc.constantFrom(['ann'], ['ann', 'bob']),
        fc.boolean(),
        (amount, before, approvers, isOpen) => {
          const concrete = pay(
            args({ payee: 'x', amount: numberValue(amount, USER), reference: 'r' }),
            before,
            approvers,
          );
          const said = wordsOf(decide(concrete));
          refused += said.startsWith('false') ? 1 : 0;
          for (const form of ['pinned', 'typed'] as const) {
            const explorer = new Recorder({ paths: 300, decisions: 6000 });
            const ways: { readonly said: string; readonly taken: string }[] = [];
            explorer.explore(() => {
              explorer.log = [];
              const values = new Map<Term, Known>();
              const unknown = (name: string, value: number, type: JsonObject): Term => {
                const term = explorer.note(explorer.terms.variable(name), form === 'pinned' ? { const: value } : type);
                values.set(term, value);
                return term;
              };
              const given = symbolValue(unknown('amount', amount, schema), USER);
              const total = isOpen && before !== 0 ? unknown('before', before, { type: 'number', minimum: 0 }) : before;
              const effect = pay(args({ payee: 'x', amount: given, reference: 'r' }), total, approvers);
              ways.push({ said: wordsOf(decide(effect, explorer)), taken: isTaken(explorer.log, values) });
            });
            const taken = ways.filter((way) => way.taken !== 'no').map((way) => way.said);
            const isExact = form === 'pinned' || !ways.some((way) => way.taken === 'maybe');
            expect([form, isExact ? taken : taken.filter((one) => one === said).slice(0, 1)]).toEqual([form, [said]]);
          }
        },
      ),
      { seed: 7, numRuns: 120 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});
