import { pointerOf } from '../../src/kernel/pointer.ts';
import { assert } from '../../src/kernel/result.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import type { Program } from '../../src/flow/model.ts';
import type { Effect } from '../../src/machine/effect.ts';
import { BUDGETS, law } from '../../src/machine/testing.ts';
import { policySet } from '../../src/policy/cedar.ts';
import { describe } from '../../src/prove/describe.ts';
import { isEmpty, nodeOf } from '../../src/prove/facts.ts';
import type { Knowledge } from '../../src/prove/knowledge.ts';
import { exploreMerged } from '../../src/prove/merged.ts';
import type { Subject } from '../../src/prove/prove.ts';
import type { Limits } from '../../src/prove/explorer.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import { must } from '../../src/schema/generate/demand.ts';
import type { SchemaNode } from '../../src/schema/node.ts';
import { loadLaw } from '../../src/store/law.ts';
import type { Contract, Tool } from '../../src/store/model.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { lower } from '../../src/value/concrete.ts';
import { dataOf, type Decided, isDecided, Reading, within } from './cover.ts';

/** Coverage where paths are put together: every effect of a run is described by one that was put to the gate at its place. */

export interface Described {
  readonly effect: Decided;
  readonly knowledge: Knowledge;
  /** What the data may be. */
  readonly node: SchemaNode;
}

export interface Explored {
  readonly effects: ReadonlyMap<string, readonly Described[]>;
  readonly unexplored: string | undefined;
  readonly paths: number;
}

/** What was put to the gate, by place and kind. */
export function merged(subject: Subject, limits: Limits): Explored {
  const effects = new Map<string, Described[]>();
  const { unexplored, paths } = exploreMerged(subject, limits, ({ effect, explorer }) => {
    const site = siteOf(effect);
    effects.set(site, [
      ...(effects.get(site) ?? []),
      { effect, knowledge: explorer.snapshot(), node: describe(explorer, dataOf(effect)) },
    ]);
  });
  return { effects, unexplored, paths };
}

/** The effects of a run that nothing describes. */
export function undescribed(effects: readonly Effect[], explored: Explored): readonly Decided[] {
  return effects
    .filter(isDecided)
    .filter((effect) => !(explored.effects.get(siteOf(effect)) ?? []).some((it) => isDescribed(effect, it)));
}

function isDescribed(effect: Decided, { effect: bound, knowledge, node }: Described): boolean {
  if (!within(effect.control, bound.control) || !new Reading({ knowledge }).covers(dataOf(bound), dataOf(effect)))
    return false;
  if (isEmpty([must(node), must(nodeOf({ const: lower(dataOf(effect)) }))])) return false;
  if (effect.kind !== 'call' || bound.kind !== 'call') return true;
  return (
    (effect.approved || !bound.approved) &&
    effect.keyed === bound.keyed &&
    (effect.attempt <= bound.attempt || bound.attempt > 1) &&
    [...effect.history.calls].every(([id, count]) => count <= (bound.history.calls.get(id) ?? 0))
  );
}

function siteOf({ at, kind }: Decided): string {
  return `${kind} ${at}`;
}

const STORE = loadLaw(memoryTree({ 'store.yaml': "store: test\nnamespaces: { test: { owners: ['@x'] } }\n" }), []).law;

/** A program under a law that grants nothing: its paths are what is looked at. `/s` and `/t` of the input are secret. */
export function bare(program: Program, input: JsonObject, tools: readonly Tool[]): Subject {
  assert(STORE !== undefined, 'the smallest store has a law');
  const contract: Contract = {
    risk: 'low',
    intents: [],
    labels: { input: new Map(['/s', '/t'].map((at) => [pointerOf(at), { secrecy: ['secret'] }])) },
    capabilities: [],
    errors: [],
    budgets: BUDGETS,
    invariants: [],
    locate: (pointer) => ({ file: 'contract.yaml', pointer, line: 1, column: 1 }),
  };
  const compiled = compileSchema(input);
  assert(compiled.ok, 'the input schema can be compiled');
  const servers = law(tools).servers;
  return {
    law: { ...STORE, servers },
    policies: policySet([]),
    program,
    contract,
    name: 'test/main',
    inputSchema: compiled.value,
  };
}
