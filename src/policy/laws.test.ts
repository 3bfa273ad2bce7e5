import { readFileSync, readdirSync } from 'node:fs';
import * as wasm from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { pointerOf } from '../kernel/pointer.ts';
import type { CallEffect } from '../machine/effect.ts';
import type { ToolId } from '../store/model.ts';
import { lift, relabel } from '../value/concrete.ts';
import type { Label, Marks, Origin } from '../value/label.ts';
import { join, joinMarks, label, marks } from '../value/label.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import type { Verdict } from './authority.ts';
import { gate } from './authority.ts';
import type { PolicySet } from './cedar.ts';
import { comparer } from './compare.ts';
import type { CedarEngine } from './engine.ts';
import { cedarJson, loadEngine } from './engine.ts';
import { readPolicies } from './law.ts';
import type { Request } from './model.ts';
import type { Decidable } from './request.ts';
import { cedarSchema } from './schema.ts';
import { contract, end, infer, law } from './testing.ts';

/** Laws of the shipped packs over random effects with random labels. */

const PACKS = {
  payment: { secondApproverAbove: 5, totalAtMost: 20 },
  identity: { approversAtLeast: 2 },
  message: { mostPerRun: 3 },
};
const LAW = {
  ...law({ packs: PACKS }),
  policies: readdirSync('policies').map((name) => ({ path: name, text: readFileSync(`policies/${name}`, 'utf8') })),
};
const SCHEMA = cedarSchema(LAW);

let engine: CedarEngine;
let set: PolicySet;
let decide: (effect: Decidable) => Verdict;
beforeAll(async () => {
  engine = await loadEngine();
  set = readPolicies(LAW, engine).set!;
  decide = gate(LAW, set, contract(), 'finance/pay-invoice');
});

const origins = fc.subarray<Origin>([
  'author',
  'caller',
  'user',
  'model',
  'tool:mail/list_messages',
  'tool:directory/find',
]);
const tags = fc.subarray(['internal', 'patient']);
/** Mostly the user's, or nothing would ever be permitted. */
const someMarks: fc.Arbitrary<Marks> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(marks(['user'])) },
  { weight: 1, arbitrary: fc.tuple(origins, tags).map(([who, what]) => marks(who, what)) },
);
const labels: fc.Arbitrary<Label> = someMarks.map(({ influence, secrecy }) => label(influence, secrecy));

const text = fc.constantFrom('', 'x', 'desk@acme.example', 'eve@evil.example', 'DE02100100109307118603');
const texts = fc.array(text, { maxLength: 3 });
const inputs: Readonly<Record<ToolId, fc.Arbitrary<Json>>> = {
  'payments/transfer': fc.record({
    payee: text,
    amount: fc.integer({ min: 0, max: 3000 }).map((n) => n / 100),
    reference: text,
  }),
  'mail/list_messages': fc.record({ folder: text }),
  'mail/send': fc.record(
    { to: texts, subject: text, body: text, cc: text },
    { requiredKeys: ['to', 'subject', 'body'] },
  ),
  'directory/find': fc.record({ name: text }),
  'directory/add': fc.record({ name: text, note: text }),
  'directory/grant': fc.record({ name: text, role: text }),
  'clinic/read_record': fc.record({ patient: text }),
  'clinic/add_note': fc.record(
    {
      patient: text,
      note: text,
      codes: fc.array(fc.integer(), { maxLength: 2 }),
      extra: fc.dictionary(text, text, { maxKeys: 2 }),
    },
    { requiredKeys: ['patient', 'note'] },
  ),
  'grid/shed': fc.record({ feeder: text }),
  'grid/dim': fc.record({ feeder: text }),
};

/** A value whose nodes have labels of their own, drawn in turn. */
function labelled(json: Json, drawn: readonly Label[]): Value {
  let next = 0;
  return relabel(lift(json, label([])), () => drawn[next++ % drawn.length] ?? label([]));
}

const drawnLabels = fc.array(labels, { minLength: 1, maxLength: 5 });
const calls: fc.Arbitrary<CallEffect> = fc.constantFrom(...(Object.keys(inputs) as ToolId[])).chain((tool) =>
  fc.record({
    kind: fc.constant('call' as const),
    at: fc.constant('/do/0/x' as CallEffect['at']),
    tool: fc.constant(tool),
    arguments: fc.tuple(inputs[tool]!, drawnLabels).map(([json, drawn]) => labelled(json, drawn) as ObjectValue),
    control: someMarks,
    approved: fc.boolean(),
    approvers: fc.subarray(['ann', 'bob', 'cyd']),
    attempt: fc.constantFrom(1, 1, 2),
    keyed: fc.boolean(),
    history: fc.record({
      calls: fc.integer({ min: 0, max: 4 }).map((n) => new Map([[tool, n]])),
      totals: fc
        .integer({ min: 0, max: 20 })
        .map((n) => new Map([['payments/transfer' as const, new Map([[pointerOf('/amount'), n]])]])),
    }),
  }),
);
const sinks: fc.Arbitrary<Decidable> = fc
  .tuple(fc.constantFrom('infer', 'return', 'raise'), fc.jsonValue({ maxDepth: 2 }), drawnLabels, someMarks)
  .map(([kind, json, drawn, control]) => {
    const value = labelled(json as Json, drawn);
    return kind === 'infer' ? infer(value, { control }) : end(kind, value, { control });
  });
const effects: fc.Arbitrary<Decidable> = fc.oneof({ weight: 4, arbitrary: calls }, { weight: 1, arbitrary: sinks });

const isValid = (request: Request): string => {
  const { principal, action, resource, context } = request;
  const uid = ({ type, id }: typeof principal): { type: string; id: string } => ({ type, id });
  const answer = wasm.isAuthorized({
    principal: uid(principal),
    action: uid(action),
    resource: uid(resource),
    context: cedarJson(context) as never,
    entities: [],
    policies: { staticPolicies: {} },
    schema: SCHEMA as never,
    validateRequest: true,
  });
  return answer.type === 'success' ? 'valid' : answer.errors.map(({ message }) => message).join();
};

describe('the shipped packs', () => {
  it('never fail, decide as the real engine does, and see requests that fit the schema', { timeout: 60_000 }, () => {
    const same = comparer(set, engine);
    const seen = { allowed: 0, refused: 0 };
    fc.assert(
      fc.property(effects, (effect) => {
        const verdict = decide(effect);
        expect(verdict.decision?.errors).toEqual([]);
        expect(same(verdict)).toBeUndefined();
        seen[verdict.allowed ? 'allowed' : 'refused'] += 1;
      }),
      { seed: 7, numRuns: 400 },
    );
    expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(60);
    fc.assert(
      fc.property(effects, (effect) => {
        expect(isValid(decide(effect).request!)).toBe('valid');
      }),
      { seed: 8, numRuns: 40 },
    );
  });

  it('never allow because somebody more could have chosen something, or because it reveals more', () => {
    let compared = 0;
    fc.assert(
      fc.property(effects, labels, someMarks, fc.nat(6), (effect, more, control, which) => {
        let nth = 0;
        const raised = (value: Value): Value =>
          relabel(value, (old) => ((nth += 1) - 1 === which ? join(old, more) : old));
        const worse: Decidable = { ...effect, control: joinMarks(effect.control, control) };
        const loaded: Decidable =
          worse.kind === 'call' || worse.kind === 'approve'
            ? { ...worse, arguments: raised(worse.arguments) as ObjectValue }
            : worse.kind === 'infer'
              ? { ...worse, data: raised(worse.data) }
              : { ...worse, value: raised(worse.value) };
        if (!decide(loaded).allowed) return;
        compared += 1;
        expect(decide(effect).allowed).toBe(true);
      }),
      { seed: 9, numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it('never refuse because a person approved, or because a call carries a key', () => {
    fc.assert(
      fc.property(calls, (effect) => {
        if (!decide(effect).allowed) return;
        expect(decide({ ...effect, approved: true, approvers: ['ann', 'bob', 'cyd'], keyed: true }).allowed).toBe(true);
      }),
      { seed: 10, numRuns: 1500 },
    );
  });
});
