import { beforeAll, describe, expect, it } from 'vitest';
import { diskTree } from '../../src/kernel/disk.ts';
import { isObject, type Json } from '../../src/kernel/json.ts';
import type { CallEffect } from '../../src/machine/effect.ts';
import { gate, type Verdict } from '../../src/policy/authority.ts';
import { summary } from '../../src/policy/compare.ts';
import { type CedarEngine, loadEngine } from '../../src/policy/engine.ts';
import { Explorer } from '../../src/prove/explorer.ts';
import { drawWorlds } from '../../src/stages/draw.ts';
import { runCases } from '../../src/stages/functional/functional.ts';
import { generated, varied } from '../../src/stages/property/world.ts';
import { sequence } from '../../src/schema/generate/sequence.ts';
import type { Subject } from '../../src/stages/subject.ts';
import type { Run } from '../../src/simulate/model.ts';
import { toolIn } from '../../src/policy/tools.ts';
import { uniform, Unknowns } from '../../src/prove/unknown.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import { arrayValue, lower, objectValue, relabel, symbolValue } from '../../src/value/concrete.ts';
import { type Label, label, marks } from '../../src/value/label.ts';
import type { Term } from '../../src/value/term.ts';
import type { ObjectValue, Value } from '../../src/value/value.ts';
import { load } from '../rules/sample.ts';
import { compare, isTaken, type Known, newlySeen, Recorder } from './symbolic.ts';

/** The shipped packs and the policies of the sample store, over requests that the machine makes of generated worlds. */

const WORLDS = 80;
const { workflows } = await load(diskTree('fixtures/store'));
const subjects = workflows.flatMap(({ name, subject }) => (subject === undefined ? [] : [{ name, subject }]));

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

type Decided = Run['decided'][number];

/** What the gate decided in the cases and in generated worlds. */
function decidedOf(subject: Subject): readonly Decided[] {
  const cases = runCases(subject).map((one) => one.run);
  const decided = cases.flatMap((run) => run.decided);
  let worlds = 0;
  drawWorlds(5, WORLDS, (draw) => {
    const base = cases[worlds % (2 * cases.length)];
    worlds += 1;
    decided.push(...(base === undefined ? generated(subject, draw) : varied(subject, draw, base.world)).decided);
    return true;
  });
  return decided;
}

describe('the packs over symbols, and Cedar over their values', () => {
  const all = subjects.map(({ subject }) => ({ subject, decided: decidedOf(subject) }));

  it('say the same of requests', { timeout: 120_000 }, () => {
    const seen = newlySeen();
    for (const { subject, decided } of all) {
      const real = engine.prepare(subject.policies.texts);
      const chance = sequence(20_263);
      const drawn = { below: (n: number): number => chance.below(n), most: 3 };
      for (const {
        verdict: { request },
      } of decided)
        if (request !== undefined) compare(subject.policies, request, summary(real(request)), drawn, seen);
    }

    expect(seen.requests).toBeGreaterThan(2000);
  });

  it('decide calls whose arguments are symbols of one value as they decide the values', { timeout: 120_000 }, () => {
    let calls = 0;
    let symbols = 0;
    for (const { subject, decided } of all) {
      const { law, policies, files } = subject;
      const decide = gate(law, policies, files.contract, files.name);
      for (const { effect, verdict } of decided) {
        if (effect.kind !== 'call') continue;
        calls += 1;
        const explorer = new Explorer({ paths: 2, decisions: 100 });
        const said: string[] = [];
        explorer.explore(() => {
          const pinned = pinnedCall(explorer, effect);
          symbols += pinned.symbols;
          said.push(wordsOf(decide(pinned.effect, explorer)));
        });
        expect(said).toEqual([wordsOf(verdict)]);
      }
    }

    expect(calls).toBeGreaterThan(500);
    expect(symbols).toBeGreaterThan(calls);
  });

  it('refuse over arguments of a schema whatever they refuse of its values', { timeout: 120_000 }, () => {
    const seen = { calls: 0, refused: 0 };
    const labels = [label(['user']), label(['model']), label(['author']), label(['user'], ['patient'])];
    for (const { subject, decided } of all) {
      const { law, policies, files } = subject;
      const decide = gate(law, policies, files.contract, files.name);
      for (const [i, { effect }] of decided.entries()) {
        if (effect.kind !== 'call' || i % 4 !== 0) continue;
        const own = labels[i % 3 === 0 ? 0 : seen.calls % labels.length]!;
        const changed = { ...effect, approved: i % 5 === 0, control: marks(i % 7 === 0 ? ['model'] : ['user']) };
        const concrete = { ...changed, arguments: relabelled(effect.arguments, own) };
        const verdict = decide(concrete);
        const verdicts = verdictsOf(subject, decide, changed, own);
        seen.calls += 1;
        seen.refused += verdict.allowed ? 0 : 1;
        expect([effect.tool, verdicts.length > 0]).toEqual([effect.tool, true]);
        expect([wordsOf(verdict), verdicts.some((one) => includes(one, verdict))]).toEqual([wordsOf(verdict), true]);
      }
    }
    expect(seen.refused).toBeGreaterThan(30);
    expect(seen.calls - seen.refused).toBeGreaterThan(30);
  });
});

/** Whether all that refuses in the one verdict refuses in the other. Labels are upper bounds, so that more may. */
function includes(verdict: Verdict, { refusals }: Verdict): boolean {
  const reasons = new Set(verdict.refusals.map(({ reason, id }) => `${reason} ${id}`));
  return refusals.every(({ reason, id }) => reasons.has(`${reason} ${id}`));
}

function relabelled(value: ObjectValue, own: Label): ObjectValue {
  const copy = relabel(value, () => own);
  if (copy.kind !== 'object') throw new Error('arguments are objects');
  return copy;
}

/** The verdicts on every way that the gate can go over arguments that are only known to be what the tool takes. */
function verdictsOf(
  subject: Subject,
  decide: ReturnType<typeof gate>,
  effect: CallEffect,
  label: Label,
): readonly Verdict[] {
  const json = lower(effect.arguments);
  const input = compileSchema(toolIn(subject.law, effect.tool)!.tool.input);
  if (!input.ok) throw new Error('the tools of the sample store have schemas');
  const explorer = new Recorder({ paths: 300, decisions: 9000 });
  const verdicts: Verdict[] = [];
  explorer.explore(() => {
    explorer.log = [];
    const unknown = new Unknowns(explorer, uniform(label)).of(input.value.root, 'arguments');
    const values = new Map<Term, Known>();
    name(explorer, json, 'arguments', values);
    const given = unknown.kind === 'object' ? unknown : membersOf(explorer, unknown, label);
    const verdict = decide({ ...effect, arguments: given }, explorer);
    if (isTaken(explorer.log, values) !== 'no') verdicts.push(verdict);
  });
  return verdicts;
}

/** What the unknowns of a schema stand for in a value. */
function name(explorer: Explorer, json: Json, path: string, values: Map<Term, Known>): void {
  values.set(explorer.terms.variable(path), json);
  if (isObject(json)) for (const [key, value] of Object.entries(json)) name(explorer, value, `${path}/${key}`, values);
}

function membersOf(explorer: Explorer, value: Value, label: Label): ObjectValue {
  if (value.kind !== 'symbol' || value.members === undefined) throw new Error('arguments are objects');
  const fields = [...value.members.known].filter(([, { present }]) => present === undefined || explorer.holds(present));
  return objectValue(new Map(fields.map(([key, member]) => [key, member.value])), label);
}

/** Everything that a verdict says but the wording of what is wrong with a value, which names no content of symbols. */
function wordsOf({ allowed, refusals, decision }: Verdict): string {
  const why = refusals.map(({ reason, id }) => `${reason} ${id}`).join();
  return `${allowed ? 'allowed' : 'refused'} ${why} ${decision === undefined ? 'unasked' : summary(decision)}`;
}

/** The call with every scalar of its arguments replaced by a symbol that can only be it. */
function pinnedCall(explorer: Explorer, effect: CallEffect): { readonly effect: CallEffect; readonly symbols: number } {
  let symbols = 0;
  const pin = (value: Value, path: string): Value => {
    switch (value.kind) {
      case 'string':
      case 'number':
      case 'boolean': {
        symbols += 1;
        const json: Json = value.value;
        return symbolValue(explorer.note(explorer.terms.variable(path), { const: json }), value.label);
      }
      case 'array':
        return arrayValue(
          value.items.map((item, i) => pin(item, `${path}/${i}`)),
          value.label,
        );
      case 'object':
        return pinObject(value, path);
      default:
        return value;
    }
  };
  const pinObject = (value: ObjectValue, path: string): ObjectValue =>
    objectValue(new Map([...value.fields].map(([name, field]) => [name, pin(field, `${path}/${name}`)])), value.label);
  return { effect: { ...effect, arguments: pinObject(effect.arguments, '') }, symbols };
}
