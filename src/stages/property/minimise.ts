import { equalJson, type Json } from '../../kernel/json.ts';
import { smaller } from '../../schema/generate/shrink.ts';
import type { Run, World } from '../../simulate/model.ts';
import { replyToJson } from '../../simulate/reply.ts';
import type { ScriptedReply } from '../../store/model.ts';
import type { Breach } from '../breach.ts';
import type { Subject } from '../subject.ts';
import { schemaOf } from './world.ts';

/** A breach with the run that shows it, and the run that it is compared with where one alone shows nothing. */
export interface Shown {
  readonly breach: Breach;
  readonly run: Run;
  readonly other?: Run;
}

/** Runs one world, or two, again: what they show of the same breach. */
export type Judge = (world: World, other: World | undefined) => Shown | undefined;

/** Runs that shrinking one breach may take, and smaller values of one part that are looked at in a row. */
const RUNS = 240;
const LOOKS = 400;

/** Where a part of a world stands: its input, or the n-th reply to a task. */
type Part = { readonly kind: 'input' } | { readonly kind: 'reply'; readonly at: string; readonly nth: number };

/**
 * The smallest worlds found in which the breach still shows: each value made smaller as long as its schema takes it, each reply
 * as quick and its words as few as they can be. What two worlds share is made smaller in both.
 */
export function minimise(subject: Subject, shown: Shown, judge: Judge): Shown {
  let best = shown;
  let runs = 0;
  let improved = true;
  while (improved && runs < RUNS) {
    improved = false;
    for (const part of partsOf(best)) {
      for (let found = true; found && runs < RUNS;) {
        found = false;
        for (const [world, other] of candidates(subject, best, part)) {
          if (runs >= RUNS) break;
          runs += 1;
          const again = judge(world, other);
          if (again === undefined) continue;
          best = again;
          found = true;
          improved = true;
          break;
        }
      }
    }
  }
  return best;
}

function partsOf({ run, other }: Shown): readonly Part[] {
  const keys = new Map<string, Part>([['', { kind: 'input' }]]);
  for (const world of [run.world, ...(other === undefined ? [] : [other.world])])
    for (const [at, list] of world.replies)
      for (const nth of list.keys()) keys.set(`${at}#${nth}`, { kind: 'reply', at, nth });
  return [...keys.values()];
}

function* candidates(
  subject: Subject,
  { run, other }: Shown,
  part: Part,
): Generator<readonly [World, World | undefined]> {
  const second = other?.world;
  const shared = second === undefined || equalJson(jsonAt(run.world, part), jsonAt(second, part));
  let looks = 0;
  for (const make of changes(subject, run, run.world, part)) {
    if ((looks += 1) > LOOKS) return;
    yield [make(run.world), shared && second !== undefined ? make(second) : second];
  }
  if (shared || other === undefined || second === undefined) return;
  for (const make of changes(subject, other, second, part)) {
    if ((looks += 1) > 2 * LOOKS) return;
    yield [run.world, make(second)];
  }
}

function jsonAt(world: World, part: Part): Json {
  if (part.kind === 'input') return world.input;
  const reply = world.replies.get(part.at)?.[part.nth];
  return reply === undefined ? null : replyToJson(reply);
}

type Change = (world: World) => World;

function* changes(subject: Subject, run: Run, world: World, part: Part): Generator<Change> {
  if (part.kind === 'input') {
    for (const input of smaller(world.input))
      if (subject.inputSchema?.isValid(input) !== false) yield (before) => ({ ...before, input });
    return;
  }
  const { at, nth } = part;
  const reply = world.replies.get(at)?.[nth];
  if (reply === undefined) return;
  for (const simpler of simplerReplies(subject, run, part, reply)) {
    yield (before) => {
      const list = before.replies.get(at);
      if (list === undefined || nth >= list.length) return before;
      return { ...before, replies: new Map([...before.replies, [at, list.with(nth, simpler)]]) };
    };
  }
}

function* simplerReplies(
  subject: Subject,
  run: Run,
  { at, nth }: Extract<Part, { kind: 'reply' }>,
  reply: ScriptedReply,
): Generator<ScriptedReply> {
  const { elapsed, ...quick } = reply;
  if (elapsed !== undefined) {
    yield quick;
    for (const less of smaller(elapsed)) if (typeof less === 'number' && less > 0) yield { ...quick, elapsed: less };
  }
  const timed = elapsed === undefined ? {} : { elapsed };
  switch (reply.kind) {
    case 'value':
    case 'structured': {
      const effect = run.asked.get(at)?.[nth];
      const schema = effect === undefined ? undefined : schemaOf(subject, effect);
      const json = reply.kind === 'value' ? reply.value : reply.structured;
      for (const less of smaller(json)) {
        if (schema?.isValid(less) !== true) continue;
        yield reply.kind === 'value'
          ? { kind: 'value', value: less, ...timed }
          : { kind: 'structured', structured: less, ...timed };
      }
      return;
    }
    case 'text':
      for (const less of smaller(reply.text))
        if (typeof less === 'string') yield { kind: 'text', text: less, ...timed };
      return;
    case 'error':
      if (reply.detail !== undefined && reply.detail !== '')
        yield { kind: 'error', error: reply.error, detail: '', ...timed };
      return;
    case 'result':
    case 'approval':
      return;
  }
}
