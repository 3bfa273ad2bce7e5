import fc from 'fast-check';
import { canonicalJson } from '../kernel/canonical.ts';
import type { Program } from '../flow/model.ts';
import type { Json } from '../kernel/json.ts';
import { pointerOf } from '../kernel/pointer.ts';
import { lift, lower } from '../value/concrete.ts';
import type { Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Effect, Reply } from './effect.ts';
import { CALLEE, workflows } from './generated.ts';
import { inputLabelling } from './labels.ts';
import { execute } from './run.ts';
import { approval, BUDGETS, failed, inferred, law, program, type Ran, type Shorthand, structured } from './testing.ts';

/** Noninterference by paired runs: what a label says is not secret must not change with the secret. */

/** What somebody sees who sees everything but what is hidden. */
interface Observed {
  readonly what: string;
  readonly data: Value | undefined;
}

/** Which marks say that something depends on what differs between the runs. */
type Hidden = (marks: Marks) => boolean;

function observe(effect: Effect, hides: Hidden): readonly Observed[] {
  switch (effect.kind) {
    case 'call':
    case 'approve':
      return hides(effect.control)
        ? []
        : [{ what: `${effect.kind} ${effect.at} ${effect.tool}`, data: effect.arguments }];
    case 'infer':
      return hides(effect.control) ? [] : [{ what: `${effect.kind} ${effect.at}`, data: effect.data }];
    case 'return':
    case 'raise':
      return hides(effect.control) ? [] : [{ what: `${effect.kind} ${effect.at}`, data: effect.value }];
    case 'wait':
    case 'race':
    case 'jitter':
      return [];
  }
}

/** Whether the run ended by the termination channel, which is excluded: by then it may have done less. */
function brokeOff({ outcome }: Ran): boolean {
  return (
    outcome.kind === 'over-budget' || outcome.kind === 'refused' || (outcome.kind === 'error' && !outcome.explicit)
  );
}

/** Why the two runs, of inputs that differ only in what is hidden, can be told apart; `undefined` where they cannot. */
function difference(a: Ran, b: Ran, hides: Hidden): string | undefined {
  const left = a.effects.flatMap((effect) => observe(effect, hides));
  const right = b.effects.flatMap((effect) => observe(effect, hides));
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const [x, y] = [left[i], right[i]];
    if (x?.what !== y?.what) return `event ${i}: ${x?.what} or ${y?.what}`;
    const data = x?.data === undefined || y?.data === undefined ? undefined : unlike(x.data, y.data, hides, '');
    if (data !== undefined) return `${x?.what}: ${data}`;
  }
  if (left.length > right.length && !brokeOff(b)) return `only one does ${left[right.length]?.what}`;
  if (right.length > left.length && !brokeOff(a)) return `only one does ${right[left.length]?.what}`;
  return undefined;
}

function unlike(a: Value, b: Value, hides: Hidden, at: string): string | undefined {
  const secret = hides(a.label.flat);
  if (secret !== hides(b.label.flat)) return `${at} is hidden in one run only (${show(a)}, ${show(b)})`;
  if (a.kind === 'array' && b.kind === 'array') {
    if (!secret && a.items.length !== b.items.length) return `${at} has ${a.items.length} or ${b.items.length} items`;
    return members(entries(a.items), entries(b.items), hides, at);
  }
  if (a.kind === 'object' && b.kind === 'object') {
    if (!secret && a.fields.size !== b.fields.size) return `${at} has other members`;
    return members(a.fields, b.fields, hides, at);
  }
  return secret || JSON.stringify(lower(a)) === JSON.stringify(lower(b))
    ? undefined
    : `${at} is ${show(a)} or ${show(b)}`;
}

function members(
  a: ReadonlyMap<string, Value>,
  b: ReadonlyMap<string, Value>,
  hides: Hidden,
  at: string,
): string | undefined {
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(name), b.get(name)];
    if (x !== undefined && y !== undefined) {
      const found = unlike(x, y, hides, `${at}/${name}`);
      if (found !== undefined) return found;
    } else {
      const only = x ?? y;
      if (only !== undefined && !hides(only.label.flat)) return `${at}/${name} is there in one run only`;
    }
  }
  return undefined;
}

function entries(items: readonly Value[]): ReadonlyMap<string, Value> {
  return new Map(items.map((item, i) => [String(i), item]));
}

function show(value: Value): string {
  return canonicalJson(lower(value));
}

const LABELLING = inputLabelling(
  law([]),
  { labels: { input: new Map(['/s', '/t'].map((at) => [pointerOf(at), { secrecy: ['secret'] }])) } },
  'test/main',
);

/** What the answers of tools and models, and the timing of races, are drawn from. */
interface Seeds {
  readonly seed: number;
  readonly race: number;
}

/** A world without memory: what it answers depends on what it is asked and on nothing else. */
function answer(effect: Effect, before: readonly Effect[], { seed, race }: Seeds): Reply {
  switch (effect.kind) {
    case 'call': {
      if (effect.tool === 's/probe') return structured(0);
      const drawn = hash(`${seed} ${effect.tool} ${canonicalJson(lower(effect.arguments))}`);
      return drawn % 4 === 0 ? failed('runtime', drawn % 9) : structured(drawn % 3, drawn % 9);
    }
    case 'infer':
      return inferred(hash(`${seed} ${canonicalJson(lower(effect.data))}`) % 3);
    case 'approve':
      return approval(true);
    case 'wait':
      return { kind: 'waited' };
    case 'race':
      // Whoever wins, it depends on what the branches did.
      return {
        kind: 'winner',
        branch: effect.branches[hash(`${race} ${inside(effect.at, before)}`) % effect.branches.length] ?? '',
      };
    case 'jitter':
      return { kind: 'jitter', fraction: 0 };
    case 'return':
    case 'raise':
      return { kind: 'granted' };
  }
}

function inside(at: string, effects: readonly Effect[]): string {
  const done = effects.filter((effect) => effect.at.startsWith(`${at}/`));
  return done.map((effect) => (effect.kind === 'call' ? canonicalJson(lower(effect.arguments)) : effect.kind)).join();
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state >>> 8) & 0xffff;
}

function runOn(made: Program, input: Json, seeds: Seeds): Ran {
  const effects: Effect[] = [];
  const machine = execute(made, lift(input, LABELLING), { budgets: { ...BUDGETS, tasks: 200, calls: 60 } });
  let step = machine.next();
  while (step.done !== true) {
    effects.push(step.value);
    step = machine.next(answer(step.value, effects, seeds));
  }
  return { outcome: step.value, effects, tasks: [], arms: [] };
}

const callee = program(CALLEE, {}, 'callee');

export interface Pair {
  readonly document: Shorthand;
  readonly p: Json;
  readonly xs: readonly Json[];
  readonly secrets: readonly { readonly s: Json; readonly t: readonly Json[] }[];
  readonly seed: number;
}

const small = fc.constantFrom<Json>(0, 1, 2, 'x');
const secret = fc.record({
  s: fc.oneof({ weight: 5, arbitrary: small }, { weight: 1, arbitrary: fc.constant<Json>([1]) }),
  t: fc.array(small, { maxLength: 2 }),
});
export const pairs: fc.Arbitrary<Pair> = fc.record({
  document: workflows,
  p: small,
  xs: fc.array(small, { maxLength: 3 }),
  secrets: fc.tuple(secret, secret),
  seed: fc.nat({ max: 20 }),
});

type Change = (made: Program) => Program;

const compiled = (document: Shorthand, change: Change = (made) => made): Program =>
  change(program(document, { callees: [change(callee)] }));

export function programOf(document: Shorthand): Program {
  return compiled(document);
}

/** The two runs of a pair. */
export function runsOf({ document, p, xs, secrets, seed }: Pair): readonly Ran[] {
  const made = compiled(document);
  return secrets.map((hidden) => runOn(made, { p, xs, ...hidden }, { seed, race: seed }));
}

/** How two runs that differ in a secret can be told apart, on a program that `change` may have spoilt. */
export function leak({ document, p, xs, secrets, seed }: Pair, change?: Change): string | undefined {
  const made = compiled(document, change);
  const [a, b] = secrets.map((hidden) => runOn(made, { p, xs, ...hidden }, { seed, race: seed }));
  if (a === undefined || b === undefined) return undefined;
  return difference(a, b, ({ secrecy }) => secrecy.includes('secret'));
}

/** How two runs that differ in what a tool and a model answer can be told apart, by what they are said not to choose. */
export function sway({ document, p, xs, secrets: [hidden], seed }: Pair, change?: Change): string | undefined {
  const made = compiled(document, change);
  const [a, b] = [seed, seed + 1].map((replies) => runOn(made, { p, xs, ...hidden }, { seed: replies, race: seed }));
  if (a === undefined || b === undefined) return undefined;
  return difference(a, b, ({ influence }) => influence.includes('model') || influence.includes('tool:s/t'));
}
