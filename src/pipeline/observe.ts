import { runCases } from '../stages/functional/functional.ts';
import { property } from '../stages/property/property.ts';
import type { Subject } from '../stages/subject.ts';
import { type Asking, isAsking, type Run } from '../simulate/model.ts';
import type { EndEffect } from '../machine/effect.ts';
import { joinMarks, type Label, type Marks, NO_MARKS } from '../value/label.ts';
import type { Value } from '../value/value.ts';

/** What an effect carried in any run: by argument, or under `''` where the value has no members. */
export interface Sight {
  readonly kind: Asking['kind'] | EndEffect['kind'];
  /** The tool of a call or an approval. */
  readonly tool: string | undefined;
  readonly parts: ReadonlyMap<string, Marks>;
  /** The decisions that led there. */
  readonly control: Marks;
}

/** What was seen in simulated runs: the author's cases and generated worlds. */
export interface Observations {
  /** By task; for a task of a callee, `<caller>#<pointer>`. */
  readonly tasks: ReadonlySet<string>;
  /** Who decided for an arm, by `<at>:<arm>`. */
  readonly arms: ReadonlyMap<string, Marks>;
  /** By task. */
  readonly effects: ReadonlyMap<string, readonly Sight[]>;
}

/** Runs the cases and generated worlds of a subject and joins the labels of everything that happened in them. */
export function observe(subject: Subject): Observations {
  const tasks = new Set<string>();
  const arms = new Map<string, Marks>();
  const effects = new Map<string, Map<string, Sight>>();
  const enter = (run: Run): void => {
    for (const step of run.steps) {
      if (step.kind === 'task') tasks.add(step.at);
      if (step.kind !== 'arm') continue;
      const key = `${step.at}:${step.arm}`;
      arms.set(key, joinMarks(arms.get(key) ?? NO_MARKS, step.decision));
    }
    for (const { effect } of run.decided) {
      const seen = effects.get(effect.at) ?? new Map<string, Sight>();
      effects.set(effect.at, seen);
      const tool = isAsking(effect) && effect.kind !== 'infer' ? effect.tool : undefined;
      const key = `${effect.kind} ${tool ?? ''}`;
      seen.set(key, joined(seen.get(key), effect, tool));
    }
  };
  const cases = runCases(subject).map(({ run }) => run);
  cases.forEach(enter);
  property(subject, cases, enter);
  return {
    tasks,
    arms,
    effects: new Map([...effects].map(([at, seen]) => [at, [...seen.values()]] as const)),
  };
}

function joined(before: Sight | undefined, effect: Asking | EndEffect, tool: string | undefined): Sight {
  const parts = new Map(before?.parts);
  for (const [name, marks] of partsOf(effect)) parts.set(name, joinMarks(parts.get(name) ?? NO_MARKS, marks));
  return { kind: effect.kind, tool, parts, control: joinMarks(before?.control ?? NO_MARKS, effect.control) };
}

function partsOf(effect: Asking | EndEffect): readonly (readonly [string, Marks])[] {
  const value = effect.kind === 'call' || effect.kind === 'approve' ? effect.arguments : carried(effect);
  if (value.kind !== 'object') return [['', marksOf(value)]];
  return [...value.fields].map(([name, field]) => [name, marksOf(field)] as const);
}

function carried(effect: Exclude<Asking | EndEffect, { readonly kind: 'call' | 'approve' }>): Value {
  return effect.kind === 'infer' ? effect.data : effect.value;
}

/** The labels of a value and of all inside it, decisions apart: who could have chosen it. */
function marksOf(value: Value): Marks {
  const own = direct(value.label);
  if (value.kind === 'array') return value.items.reduce((all, item) => joinMarks(all, marksOf(item)), own);
  if (value.kind === 'object')
    return [...value.fields.values()].reduce((all, field) => joinMarks(all, marksOf(field)), own);
  return own;
}

function direct(label: Label): Marks {
  return label.direct;
}
