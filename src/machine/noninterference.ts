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

/** What somebody sees who sees everything but what is tagged. */
interface Observed {
  readonly what: string;
  readonly data: Value | undefined;
}

function tagged(marks: Marks, tag: string): boolean {
  return marks.secrecy.includes(tag);
}

function observe(effect: Effect, tag: string): readonly Observed[] {
  switch (effect.kind) {
    case 'call':
    case 'approve':
      return tagged(effect.control, tag)
        ? []
        : [{ what: `${effect.kind} ${effect.at} ${effect.tool}`, data: effect.arguments }];
    case 'infer':
      return tagged(effect.control, tag) ? [] : [{ what: `${effect.kind} ${effect.at}`, data: effect.data }];
    case 'return':
    case 'raise':
      return tagged(effect.control, tag) ? [] : [{ what: `${effect.kind} ${effect.at}`, data: effect.value }];
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

/** Why the two runs, of inputs that differ only in what is tagged, can be told apart; `undefined` where they cannot. */
function difference(a: Ran, b: Ran, tag: string): string | undefined {
  const left = a.effects.flatMap((effect) => observe(effect, tag));
  const right = b.effects.flatMap((effect) => observe(effect, tag));
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const [x, y] = [left[i], right[i]];
    if (x?.what !== y?.what) return `event ${i}: ${x?.what} or ${y?.what}`;
    const data = x?.data === undefined || y?.data === undefined ? undefined : unlike(x.data, y.data, tag, '');
    if (data !== undefined) return `${x?.what}: ${data}`;
  }
  if (left.length > right.length && !brokeOff(b)) return `only one does ${left[right.length]?.what}`;
  if (right.length > left.length && !brokeOff(a)) return `only one does ${right[left.length]?.what}`;
  return undefined;
}

function unlike(a: Value, b: Value, tag: string, at: string): string | undefined {
  const secret = tagged(a.label.flat, tag);
  if (secret !== tagged(b.label.flat, tag)) return `${at} is tagged in one run only (${show(a)}, ${show(b)})`;
  if (a.kind === 'array' && b.kind === 'array') {
    if (!secret && a.items.length !== b.items.length) return `${at} has ${a.items.length} or ${b.items.length} items`;
    return members(entries(a.items), entries(b.items), tag, at);
  }
  if (a.kind === 'object' && b.kind === 'object') {
    if (!secret && a.fields.size !== b.fields.size) return `${at} has other members`;
    return members(a.fields, b.fields, tag, at);
  }
  return secret || JSON.stringify(lower(a)) === JSON.stringify(lower(b))
    ? undefined
    : `${at} is ${show(a)} or ${show(b)}`;
}

function members(
  a: ReadonlyMap<string, Value>,
  b: ReadonlyMap<string, Value>,
  tag: string,
  at: string,
): string | undefined {
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(name), b.get(name)];
    if (x !== undefined && y !== undefined) {
      const found = unlike(x, y, tag, `${at}/${name}`);
      if (found !== undefined) return found;
    } else {
      const only = x ?? y;
      if (only !== undefined && !tagged(only.label.flat, tag)) return `${at}/${name} is there in one run only`;
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

/** A world without memory: what it answers depends on what it is asked and on nothing else. */
function answer(effect: Effect, before: readonly Effect[], seed: number): Reply {
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
        branch: effect.branches[hash(`${seed} ${inside(effect.at, before)}`) % effect.branches.length] ?? '',
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

function runOn(made: Program, input: Json, seed: number): Ran {
  const effects: Effect[] = [];
  const machine = execute(made, lift(input, LABELLING), { budgets: { ...BUDGETS, tasks: 200, calls: 60 } });
  let step = machine.next();
  while (step.done !== true) {
    effects.push(step.value);
    step = machine.next(answer(step.value, effects, seed));
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

/** The two runs of a pair, on a program that `change` may have spoilt. */
export function runsOf(
  { document, p, xs, secrets, seed }: Pair,
  change = (made: Program): Program => made,
): readonly Ran[] {
  const made = change(program(document, { callees: [change(callee)] }));
  return secrets.map((hidden) => runOn(made, { p, xs, ...hidden }, seed));
}

/** How the two runs of a pair can be told apart. */
export function leak(pair: Pair, change?: (made: Program) => Program): string | undefined {
  const [a, b] = runsOf(pair, change);
  return a === undefined || b === undefined ? undefined : difference(a, b, 'secret');
}
