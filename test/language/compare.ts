import type { Program } from '../../src/flow/model.ts';
import { equalJson, type Json, type JsonObject } from '../../src/kernel/json.ts';
import type { Effect, Reply } from '../../src/machine/effect.ts';
import { execute } from '../../src/machine/run.ts';
import { BUDGETS } from '../../src/machine/testing.ts';
import { lift, lower } from '../../src/value/concrete.ts';
import { label } from '../../src/value/label.ts';
import { type Draw, drawSeeded } from '../expression/programs.ts';
import { drawDocument } from './documents.ts';
import { HEADER, read, textOf } from './harness.ts';
import { type Answer, type Ended, interpret } from './reference.ts';

function answering(draw: Draw): (n: number) => Answer {
  const answers: Answer[] = [];
  return (n) => {
    while (answers.length <= n) answers.push({ elapsed: draw(5), fails: draw(3) === 0, value: answers.length });
    return answers[n] as Answer;
  };
}

/** The machine's run, as the reference tells of one. */
function machine(program: Program, input: Json, answers: (n: number) => Answer): Ended {
  let calls = 0;
  const reply = (effect: Effect): Reply => {
    switch (effect.kind) {
      case 'call': {
        const { elapsed, fails, value } = answers(calls);
        calls += 1;
        return fails
          ? { kind: 'failure', error: 'runtime', detail: '', elapsed }
          : { kind: 'result', result: { structuredContent: value }, elapsed };
      }
      case 'race':
        return { kind: 'winner', branch: effect.branches[0] ?? '' };
      case 'wait':
        return { kind: 'waited' };
      case 'return':
      case 'raise':
        return { kind: 'granted' };
      default:
        throw new Error(`nothing here is ${effect.kind}`);
    }
  };
  const running = execute(program, lift(input, label(['caller'])), { budgets: BUDGETS });
  let step = running.next();
  while (step.done !== true) step = running.next(reply(step.value));
  const outcome = step.value;
  if (outcome.kind === 'output') return { kind: 'output', value: lower(outcome.value), calls };
  if (outcome.kind !== 'error') throw new Error(JSON.stringify(outcome));
  const { detail: _, ...error } = lower(outcome.error) as JsonObject;
  return { kind: 'error', value: error, calls };
}

/** What came of generated documents: the first that the machine and the reference tell differently, and what was met. */
export interface Compared {
  readonly different: readonly unknown[];
  readonly ends: Readonly<Record<Ended['kind'], number>>;
  /** Keywords of the documents, and what their runs came by. */
  readonly met: ReadonlySet<string>;
}

/** Runs `count` documents that the profile takes, drawn from seeds from `seed` on, both ways. */
export function compareDocuments(seed: number, count: number): Compared {
  const ends = { output: 0, error: 0 };
  const met = new Set<string>();
  const different: unknown[] = [];
  for (let at = seed; ends.output + ends.error < count; at += 1) {
    const draw = drawSeeded(at);
    const { do: tasks, ...members } = drawDocument(draw, 1 + draw(3));
    const document = { ...members, do: [{ start: { set: '${ ["start"] }' } }, ...(tasks as readonly Json[])] };
    const { program } = read(textOf(document));
    if (program === undefined) continue;
    const input = { data: draw(3) };
    const answers = answering(drawSeeded(at + 1_000_000));
    const mine = machine(program, input, answers);
    const theirs = interpret({ document: HEADER, ...document }, input, answers);
    ends[theirs.kind] += 1;
    const told = `${JSON.stringify(tasks)} ${JSON.stringify(theirs)}`;
    for (const way of WAYS) if (told.includes(way)) met.add(way);
    if (!equalJson({ ...mine }, { ...theirs })) different.push({ seed: at, mine, theirs });
  }
  return { different: different.slice(0, 3), ends, met };
}

/** What documents say and what their runs come by, as it stands in their text. */
export const WAYS: readonly string[] = [
  ...'fork compete try retry for while switch raise wait call then timeout export'
    .split(' ')
    .map((name) => `"${name}":`),
  ...[400, 408, 500].flatMap((status) => [`caught ${status} `, `"status":${status},"title"`]),
];
