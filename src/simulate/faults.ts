import { isArray, type Json } from '../kernel/json.ts';
import { extentPaths, put, valueAt } from '../kernel/paths.ts';
import type { FailureName } from '../machine/effect.ts';
import type { ScriptedReply } from '../store/model.ts';
import type { Asking, Run, World } from './model.ts';
import { wordsOf } from './reply.ts';

/** What goes wrong at one call, model question or approval of a run. */
export interface Fault {
  readonly at: string;
  /** Which execution of the task, from 0. */
  readonly nth: number;
  readonly kind: FaultKind;
  /** What is answered instead. */
  readonly reply: ScriptedReply;
  /** Every later execution of the task as well. */
  readonly lasting: boolean;
}

export type FaultKind =
  /** A failure of that name. Nobody can tell whether a call happened whose answer is lost: both are meant. */
  | FailureName
  /** The same failure from then on. */
  | 'outage'
  | 'malformed'
  | 'empty'
  | 'huge'
  | 'duplicated'
  | 'late'
  | 'refused';

/** Failures that every tool and model can end in. */
const FAILURES: readonly FailureName[] = ['timeout', 'communication', 'runtime', 'validation'];
/** Items of a list that is made huge. */
const HUGE = 200;
const LONG_TEXT = 4_000;

/**
 * Every fault at every position of a run, in order. `isValid` says whether a value still is what the tool or model may answer, so
 * that an odd value is one that really could come; `slow` is how many milliseconds a late reply takes for which no limit waits.
 */
export function faultsOf(
  run: Pick<Run, 'asked' | 'world'>,
  slow: number,
  isValid: (effect: Asking, json: Json) => boolean,
): readonly Fault[] {
  return [...run.asked].flatMap(([at, effects]) =>
    effects.flatMap((effect, nth) => {
      const reply = run.world.replies.get(at)?.[nth];
      return reply === undefined ? [] : positioned(effect, reply, nth, slow, isValid);
    }),
  );
}

function positioned(
  effect: Asking,
  reply: ScriptedReply,
  nth: number,
  slow: number,
  isValid: (effect: Asking, json: Json) => boolean,
): readonly Fault[] {
  const { at } = effect;
  const fault = (kind: FaultKind, instead: ScriptedReply, lasting = false): Fault => ({
    at,
    nth,
    kind,
    reply: instead,
    lasting,
  });
  const late = fault('late', { ...reply, elapsed: effect.within === undefined ? slow : effect.within + 1 });
  if (effect.kind === 'approve') {
    return [fault('refused', { kind: 'approval', approved: false, by: 'ana' }), late];
  }
  const odd = (['empty', 'huge', 'duplicated'] as const).flatMap((kind) => {
    const words = wordsOf(reply);
    const json = words === undefined ? undefined : misshapen(words.json, kind, (one) => isValid(effect, one));
    return words === undefined || json === undefined ? [] : [fault(kind, words.as(json))];
  });
  return [
    ...FAILURES.map((error) => fault(error, { kind: 'error', error, detail: '' })),
    fault('outage', { kind: 'error', error: 'communication', detail: '' }, true),
    fault(
      'malformed',
      effect.kind === 'infer' ? { kind: 'value', value: [[]] } : { kind: 'result', result: { content: 'none' } },
    ),
    ...odd,
    late,
  ];
}

/** The value with every list or text in it emptied, filled or doubled, each where the value as a whole stays valid. */
function misshapen(
  json: Json,
  kind: 'empty' | 'huge' | 'duplicated',
  isValid: (json: Json) => boolean,
): Json | undefined {
  let now = json;
  let changed = false;
  for (const path of extentPaths(json)) {
    const value = valueAt(now, path);
    if (value === undefined) continue;
    for (const other of otherwise(value, kind)) {
      const candidate = put(now, path, other);
      if (!isValid(candidate)) continue;
      now = candidate;
      changed = true;
      break;
    }
  }
  return changed ? now : undefined;
}

function otherwise(value: Json, kind: 'empty' | 'huge' | 'duplicated'): readonly Json[] {
  if (isArray(value)) {
    if (value.length === 0) return [];
    if (kind === 'empty') return [[]];
    if (kind === 'duplicated') return [value.flatMap((item) => [item, item])];
    return [HUGE, 50, 20, 10].map((most) => Array.from({ length: most }, (_, i) => value[i % value.length] ?? null));
  }
  if (typeof value !== 'string' || kind === 'duplicated') return [];
  return kind === 'empty'
    ? ['']
    : [LONG_TEXT, 1_000, 200, 100].map((most) => value.padEnd(most, value === '' ? 'a' : value));
}

/** What a world in which the fault strikes answers; `undefined` where the run goes where the base never went. */
export function struck(base: World, fault: Fault): (effect: Asking, nth: number) => ScriptedReply | undefined {
  return (effect, nth) => {
    if (effect.at === fault.at && (nth === fault.nth || (fault.lasting && nth > fault.nth))) return fault.reply;
    const told = base.replies.get(effect.at);
    // A second attempt is answered as the first would have been.
    return told?.[nth] ?? told?.at(-1);
  };
}
