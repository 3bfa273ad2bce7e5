import type { Json } from '../kernel/json.ts';
import type { At, EndEffect, RaceEffect } from '../machine/effect.ts';
import type { Observer } from '../machine/run.ts';
import type { Verdict } from '../policy/authority.ts';
import type { Marks } from '../value/label.ts';
import type { ScriptedReply, ToolId } from '../store/model.ts';
import type { Asking, Ending, Run, Step } from './model.ts';
import { type Recorded, traceOf } from './trace.ts';

/** What happens in one run, in order, whichever driver runs it; {@link RunLog.finish} makes the run of it. */
export class RunLog {
  private readonly input: Json;
  private readonly steps: Step[] = [];
  private readonly branches = new Set<string>();
  private readonly decided: Run['decided'][number][] = [];
  private readonly recorded: Recorded[] = [];
  private readonly called: ToolId[] = [];
  private readonly replies = new Map<string, ScriptedReply[]>();
  private readonly asked = new Map<string, Asking[]>();
  private readonly choices = new Map<string, string>();

  readonly observer: Observer = {
    task: (at: At) => {
      this.steps.push({ kind: 'task', at });
    },
    arm: (at: At, arm: string, decision: Marks) => {
      this.steps.push({ kind: 'arm', at, arm, decision });
    },
    branch: (at: At, offset: number, truth: boolean) => {
      this.branches.add(branchOf(at, offset, truth));
    },
  };

  constructor(input: Json) {
    this.input = input;
  }

  decide(effect: Asking | EndEffect, verdict: Verdict): void {
    this.steps.push({ kind: 'effect', decided: this.decided.length });
    this.decided.push({ effect, verdict });
  }

  /** The call goes out, whether or not an answer comes. */
  call(effect: Asking): void {
    if (effect.kind === 'call') this.called.push(effect.tool);
  }

  /** How many replies the task has had. */
  repliesTo(at: string): number {
    return this.replies.get(at)?.length ?? 0;
  }

  reply(effect: Asking, reply: ScriptedReply): void {
    append(this.replies, effect.at, reply);
    append(this.asked, effect.at, effect);
    this.recorded.push({ effect, reply });
  }

  win(effect: RaceEffect, branch: string): void {
    this.choices.set(effect.at, branch);
  }

  /**
   * The next pseudo-random fraction for back-off jitter, in [0, 1): FNV-1a over the place and the replies so far, so that a
   * recorded run replays without a seed.
   */
  fraction(at: string): number {
    let hash = 0x811c9dc5;
    for (const unit of `${at}#${this.recorded.length}`) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
    return (hash >>> 0) / 2 ** 32;
  }

  finish(ending: Ending): Run {
    const { input, steps, decided, recorded, called, asked, replies, choices } = this;
    const tasks = steps.flatMap((step) => (step.kind === 'task' ? [step.at] : []));
    const arms = steps.flatMap((step) => (step.kind === 'arm' ? [`${step.at}:${step.arm}`] : []));
    let trace: Run['trace'] | undefined;
    return {
      ending,
      // Most runs are never looked at that closely.
      get trace() {
        return (trace ??= traceOf(input, ending, recorded, tasks));
      },
      coverage: { tasks: new Set(tasks), arms: new Set(arms), branches: this.branches },
      steps,
      decided,
      asked,
      called,
      world: { input, replies, choices },
    };
  }
}

/** How coverage names one way of an `if` or `//`. */
export function branchOf(at: string, offset: number, truth: boolean): string {
  return `${at}@${offset}:${truth ? 'then' : 'else'}`;
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
