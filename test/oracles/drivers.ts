import fc from 'fast-check';
import { assert } from '../../src/kernel/result.ts';
import type { Json } from '../../src/kernel/json.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { pointerOf } from '../../src/kernel/pointer.ts';
import { inputLabelling } from '../../src/machine/labels.ts';
import { leak, pairs, sway } from '../../src/machine/noninterference.ts';
import { execute } from '../../src/machine/run.ts';
import { BUDGETS, law } from '../../src/machine/testing.ts';
import { policySet } from '../../src/policy/cedar.ts';
import { explore, type Path } from '../../src/prove/explore.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import { type Demand, must, mustNot } from '../../src/schema/generate/demand.ts';
import { sequence } from '../../src/schema/generate/sequence.ts';
import { Graph, Walker } from '../../src/schema/generate/walk.ts';
import type { Chance } from '../../src/schema/language.ts';
import { drive } from '../../src/simulate/drive.ts';
import type { Asking, Gate, Responder, Run, World } from '../../src/simulate/model.ts';
import { loadLaw } from '../../src/store/law.ts';
import type { Contract, Law, ScriptedReply } from '../../src/store/model.ts';
import { lift } from '../../src/value/concrete.ts';
import { compareDocuments } from '../language/compare.ts';
import { type Small, TOOLS, WORKFLOWS } from './workflows.ts';

/**
 * Both drivers of one machine over the small workflows, and the two oracles that need no more than that. Bundled once for each
 * mutant, with the mutant in the place of the machine.
 */

const STORE = loadLaw(memoryTree({ 'store.yaml': "store: test\nnamespaces: { test: { owners: ['@x'] } }\n" }), []).law;
assert(STORE !== undefined, 'the smallest store has a law');
const LAW: Law = { ...STORE, servers: law(TOOLS).servers };
const CONTRACT: Contract = {
  risk: 'low',
  intents: [],
  labels: { input: new Map(['/s', '/o/deep'].map((at) => [pointerOf(at), { secrecy: ['secret'] }])) },
  capabilities: [],
  errors: [],
  budgets: BUDGETS,
  invariants: [],
  locate: (pointer) => ({ file: 'contract.yaml', pointer, line: 1, column: 1 }),
};
const NAME = 'test/main';
const LABELLING = inputLabelling(LAW, CONTRACT, NAME);
const LIMITS = { paths: 4000, decisions: 100_000 };
const GRANTED: Gate = () => ({ allowed: true, refusals: [], grants: [] });

function smallOf(name: string): Small {
  const found = WORKFLOWS.find((one) => one.name === name);
  assert(found !== undefined, 'a small workflow has this name');
  return found;
}

/** Every path of a small workflow. */
export function pathsOf(name: string): readonly Path[] {
  const { program, input } = smallOf(name);
  const compiled = compileSchema(input);
  assert(compiled.ok, 'the input schema can be compiled');
  const paths: Path[] = [];
  const subject = { law: LAW, policies: policySet([]), program, contract: CONTRACT, name: NAME } as const;
  const { unexplored } = explore({ ...subject, inputSchema: compiled.value }, LIMITS, (path) => paths.push(path));
  assert(unexplored === undefined, `every path of ${name} is explored: ${unexplored}`);
  return paths;
}

/** The run of a small workflow with these answers. */
function runOf(name: string, input: Json, responder: Responder): Run {
  const { program } = smallOf(name);
  const labelled = lift(input, LABELLING);
  return drive((observer) => execute(program, labelled, { budgets: BUDGETS, observer }), input, responder, GRANTED);
}

/** The run of a small workflow in a world. What the world does not answer is drawn: a mutant may ask more than the machine did. */
export function runIn(name: string, { input, replies, choices }: World): Run {
  const chance = sequence(1);
  return runOf(name, input, {
    reply: (effect, nth) => replies.get(effect.at)?.[nth] ?? reply(chance, effect),
    choose: ({ at, branches }) => choices.get(at) ?? branches[0],
  });
}

/** A world with drawn input and answers, of which some fail, some come late and some break their schema. */
export function drawnWorld(name: string, seed: number): World {
  const chance = sequence(seed * 7919 + 1);
  for (let i = 0; i < 6; i += 1) chance.below(2);
  const input = drawn(chance, smallOf(name).input, true);
  const { world } = runOf(name, input, {
    reply: (effect) => ({ ...reply(chance, effect), elapsed: chance.below(3) === 0 ? chance.below(12) : 0 }),
    choose: ({ branches }) => branches[chance.below(branches.length)],
  });
  return world;
}

const FAILURES = ['runtime', 'communication', 'timeout', 'validation', 'authorization', 'authentication'] as const;

function reply(chance: Chance, effect: Asking): ScriptedReply {
  const fate = chance.below(12);
  if (effect.kind === 'approve')
    return { kind: 'approval', approved: fate > 2, by: chance.below(2) === 0 ? 'ann' : 'bob' };
  if (fate < 2)
    return { kind: 'error', error: FAILURES[chance.below(FAILURES.length)] ?? 'runtime', detail: 'so it was' };
  const output = effect.kind === 'infer' ? effect.schema : TOOLS.find(({ id }) => id === effect.tool)?.output;
  const value = drawn(chance, output ?? {}, fate !== 2);
  return effect.kind === 'infer' ? { kind: 'value', value } : { kind: 'structured', structured: value };
}

function drawn(chance: Chance, schema: Json, isValid: boolean): Json {
  const compiled = compileSchema(schema);
  assert(compiled.ok, 'the schema can be compiled');
  const { root } = compiled.value;
  const demand: Demand = [isValid ? must(root) : mustNot(root)];
  const options = { edgy: chance.below(2) === 0, violation: undefined, extras: false };
  const value = new Walker(chance, options, new Graph(root)).draw(demand);
  return value === undefined ? null : value.value;
}

/** Noninterference: the first of `count` pairs of runs, drawn from `seed`, that can be told apart by what is hidden. */
export function interference(seed: number, count: number): string | undefined {
  const found = fc.check(
    fc.property(pairs, (pair) => leak(pair) === undefined && sway(pair) === undefined),
    { seed, numRuns: count, endOnFailure: true },
  );
  const [pair] = found.counterexample ?? [];
  return pair && (leak(pair) ?? sway(pair));
}

/** The reference: how many of `count` generated documents mean something else than in a second reading of the specification. */
export function misreadings(seed: number, count: number): number {
  return compareDocuments(seed, count).different.length;
}

export { isCovered, replayed } from '../prove/cover.ts';
