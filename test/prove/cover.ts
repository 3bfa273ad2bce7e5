import { canonicalJson } from '../../src/kernel/canonical.ts';
import type { Json } from '../../src/kernel/json.ts';
import type { CallEffect, Effect } from '../../src/machine/effect.ts';
import type { Path } from '../../src/prove/explore.ts';
import { worldOf } from '../../src/prove/witness.ts';
import { meets } from '../../src/schema/generate/demand.ts';
import type { Run, World } from '../../src/simulate/model.ts';
import { deepLabel, lower } from '../../src/value/concrete.ts';
import type { Label, Marks } from '../../src/value/label.ts';
import type { Term } from '../../src/value/term.ts';
import type { SymbolValue, Value } from '../../src/value/value.ts';

/** What the oracles compare: a run is covered by a path that takes the same way with labels that hold all of the run's. */

export function within(marks: Marks, bound: Marks): boolean {
  return (
    marks.influence.every((who) => bound.influence.includes(who)) &&
    marks.secrecy.every((tag) => bound.secrecy.includes(tag))
  );
}

function below(label: Label, bound: Label): boolean {
  return within(label.direct, bound.direct) && within(label.control, bound.control);
}

/** What a run would have to be for a path to cover it: one value for each unknown. */
export class Reading {
  private readonly path: Pick<Path, 'knowledge'>;
  private readonly values = new Map<Term, string>();

  constructor(path: Pick<Path, 'knowledge'>) {
    this.path = path;
  }

  /** Whether what is not wholly known may stand for a concrete value, labels included. `isOne`: it stands for one value only. */
  covers(bound: Value, value: Value, isOne = true): boolean {
    if (!below(value.label, bound.label)) return false;
    switch (bound.kind) {
      case 'symbol':
        return this.stands(bound, value, isOne);
      case 'list':
        // What describes any number of items stands for another value each time.
        return (
          value.kind === 'array' &&
          value.items.every((item) => bound.items.some((some) => this.covers(some, item, false)))
        );
      case 'null':
        return value.kind === 'null';
      case 'boolean':
      case 'number':
      case 'string':
        return value.kind === bound.kind && value.value === bound.value;
      case 'array':
        return (
          value.kind === 'array' &&
          value.items.length === bound.items.length &&
          bound.items.every((item, i) => this.covers(item, value.items[i] ?? item, isOne))
        );
      case 'object':
        return (
          value.kind === 'object' &&
          value.fields.size === bound.fields.size &&
          [...bound.fields].every(([name, field]) => {
            const other = value.fields.get(name);
            return other !== undefined && this.covers(field, other, isOne);
          })
        );
    }
  }

  private stands({ term, members, inner }: SymbolValue, value: Value, isOne: boolean): boolean {
    const { knowledge } = this.path;
    const json = lower(value);
    if (!meets(json, knowledge.demandOf(term))) return false;
    const isBelow = (one: Value): boolean => below(deepLabel(one), inner);
    if (members === undefined) {
      if (value.kind === 'array' && !value.items.every(isBelow)) return false;
      if (value.kind === 'object' && ![...value.fields.values()].every(isBelow)) return false;
      return !isOne || this.isSame(knowledge.representative(term), json);
    }
    const { known, open } = members;
    return (
      value.kind === 'object' &&
      [...value.fields].every(([name, field]) => {
        const member = known.get(name)?.value;
        return member === undefined ? open && isBelow(field) : this.covers(member, field, isOne);
      })
    );
  }

  private isSame(term: Term, json: Json): boolean {
    const text = canonicalJson(json);
    const known = this.values.get(term) ?? text;
    this.values.set(term, known);
    return known === text;
  }
}

export type Decided = Exclude<Effect, { kind: 'wait' | 'race' | 'jitter' }>;

export function isDecided(effect: Effect): effect is Decided {
  return effect.kind !== 'wait' && effect.kind !== 'race' && effect.kind !== 'jitter';
}

export function dataOf(effect: Decided): Value {
  switch (effect.kind) {
    case 'call':
    case 'approve':
      return effect.arguments;
    case 'infer':
      return effect.data;
    case 'return':
    case 'raise':
      return effect.value;
  }
}

/** What policies ask of a call besides its arguments: approvals and attempts exactly, counts at the most. */
function isSameCall(call: CallEffect, bound: CallEffect): boolean {
  return (
    call.approved === bound.approved &&
    call.approvers.length === bound.approvers.length &&
    call.attempt === bound.attempt &&
    call.keyed === bound.keyed &&
    [...call.history.calls].every(([tool, count]) => count <= (bound.history.calls.get(tool) ?? 0))
  );
}

/** Whether the run does what the path does: covered by it, with the same decisions, and with no label that the path has beyond the run's. */
function isSame(run: Run, path: Path): boolean {
  if (!isCovered(run, path)) return false;
  const arms = run.steps.flatMap((step) => (step.kind === 'arm' ? [`${step.at}:${step.arm}`] : []));
  if (arms.join() !== path.arms.join()) return false;
  return path.effects.filter(isDecided).every((effect, i) => {
    const other = run.decided[i]?.effect;
    return (
      other !== undefined &&
      within(effect.control, other.control) &&
      (effect.kind !== 'call' || other.kind !== 'call' || isSameCall(effect, other)) &&
      within(deepLabel(dataOf(effect)).flat, deepLabel(dataOf(other)).flat)
    );
  });
}

/** Whether the path covers the run: same effects at the same places, labels at least as high, an ending that may be the run's. */
export function isCovered(run: Run, path: Path): boolean {
  const effects = path.effects.filter(isDecided);
  if (effects.length !== run.decided.length) return false;
  const reading = new Reading(path);
  const alike = effects.every((effect, i) => {
    const other = run.decided[i]?.effect;
    if (other === undefined || other.kind !== effect.kind || other.at !== effect.at) return false;
    if (effect.kind === 'call' && other.kind === 'call' && !isSameCall(other, effect)) return false;
    return within(other.control, effect.control) && reading.covers(dataOf(effect), dataOf(other));
  });
  if (!alike) return false;
  const { ending } = run;
  const { outcome } = path;
  if (outcome?.kind !== ending.kind) return false;
  if (ending.kind === 'error' && outcome.kind === 'error')
    return ending.at === outcome.at && (outcome.names ?? [outcome.name]).includes(ending.name);
  return true;
}

/**
 * Worlds that are tried for one path. Most paths need one; what must be equal between the items of two lists is not known to the
 * drawing of values, and has to come about.
 */
const WORLDS = 60;

/** Whether the run of a path's own values does the same, or is at least covered; `unsolved` where there are no values. */
export function replayed(
  path: Path,
  run: (world: World) => Run,
  isAlike: (run: Run, path: Path) => boolean = isSame,
): 'same' | 'unlike' | 'unsolved' {
  let isSolved = false;
  for (let seed = 0; seed < WORLDS; seed += 1) {
    const world = worldOf(path, seed);
    if (world === undefined) continue;
    isSolved = true;
    if (isAlike(run(world), path)) return 'same';
  }
  return isSolved ? 'unlike' : 'unsolved';
}

/** Which way a path goes, for people. */
export function ways({ effects, arms, outcome }: Path): string {
  return [...effects.map(({ kind, at }) => `${kind} ${at}`), ...arms, outcome?.kind].join(', ');
}
