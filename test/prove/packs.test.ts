import { beforeAll, describe, expect, it } from 'vitest';
import { diskTree } from '../../src/kernel/disk.ts';
import type { Json } from '../../src/kernel/json.ts';
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
import { arrayValue, objectValue, symbolValue } from '../../src/value/concrete.ts';
import type { ObjectValue, Value } from '../../src/value/value.ts';
import { load } from '../rules/sample.ts';
import { compare, newlySeen } from './symbolic.ts';

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
});

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
