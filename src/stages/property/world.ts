import fc from 'fast-check';
import type { Json } from '../../kernel/json.ts';
import type { SchemaOptions } from '../../schema/compile.ts';
import { generator } from '../../schema/generate/generate.ts';
import type { Asking, Responder, Run, World } from '../../simulate/model.ts';
import { toolIn } from '../../policy/tools.ts';
import type { ScriptedReply } from '../../store/model.ts';
import type { Draw } from '../draw.ts';
import { run, type Subject } from '../subject.ts';

/** No values can be generated for a schema, so nothing would be tested there: a finding, never a silent gap. */
export class NotGenerable extends Error {
  override readonly name = 'NotGenerable';
  readonly at: string;
  constructor(at: string, detail: string) {
    super(detail);
    this.at = at;
  }
}

const FAILURES = ['runtime', 'communication', 'timeout', 'validation'] as const;
const failure: fc.Arbitrary<ScriptedReply> = fc
  .constantFrom(...FAILURES)
  .map((error) => ({ kind: 'error', error, detail: 'injected' }));
const approval: fc.Arbitrary<ScriptedReply> = fc.record({
  kind: fc.constant('approval' as const),
  approved: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, { arbitrary: fc.constant(false), weight: 1 }),
  by: fc.constantFrom('ana', 'ben'),
});
const text: fc.Arbitrary<ScriptedReply> = fc.string({ maxLength: 40 }).map((words) => ({ kind: 'text', text: words }));

/** Runs the subject in a world that `draw` makes up as the run goes; what `answer` does not answer is generated. */
export function generated(
  subject: Subject,
  draw: Draw,
  answer: (effect: Asking, nth: number) => ScriptedReply | undefined = () => undefined,
): Run {
  return runDrawn(subject, draw, draw(inputs(subject)), answer);
}

/**
 * A world near one of the author's own: some of its input and replies kept, the others generated. Values made up one by
 * one seldom fit together (the order that an invoice names must be among the orders), so that without these the far side
 * of every check would stay dark.
 */
export function varied(subject: Subject, draw: Draw, base: World): Run {
  const input = draw(mostly) ? base.input : draw(inputs(subject));
  return runDrawn(subject, draw, input, (effect, nth) =>
    draw(mostly) ? base.replies.get(effect.at)?.[nth] : undefined,
  );
}

const mostly = fc.nat(3).map((n) => n > 0);

function runDrawn(
  subject: Subject,
  draw: Draw,
  input: Json,
  answer: (effect: Asking, nth: number) => ScriptedReply | undefined,
): Run {
  const responder: Responder = {
    reply: (effect, nth) => answer(effect, nth) ?? draw(replies(subject, effect)),
    choose: (effect) => draw(fc.constantFrom(...effect.branches)),
  };
  return run(subject, input, responder);
}

const inputCache = new WeakMap<Subject, fc.Arbitrary<Json>>();
const replyCache = new WeakMap<Subject, Map<string, fc.Arbitrary<ScriptedReply>>>();

/** Inputs of the workflow: valid ones and ones at the edges of their schema. */
export function inputs(subject: Subject): fc.Arbitrary<Json> {
  let known = inputCache.get(subject);
  if (known === undefined) {
    known = subject.inputSchema === undefined ? fc.constant({}) : values('', subject.inputSchema.json);
    inputCache.set(subject, known);
  }
  return known;
}

/** What could answer an effect: values of its schema, values at the edges, and failures. */
export function replies(subject: Subject, effect: Asking): fc.Arbitrary<ScriptedReply> {
  const cache = replyCache.get(subject) ?? new Map<string, fc.Arbitrary<ScriptedReply>>();
  replyCache.set(subject, cache);
  let known = cache.get(effect.at);
  if (known === undefined) {
    known = arbitraryFor(subject, effect);
    cache.set(effect.at, known);
  }
  return known;
}

function arbitraryFor(subject: Subject, effect: Asking): fc.Arbitrary<ScriptedReply> {
  switch (effect.kind) {
    case 'approve':
      return approval;
    case 'infer':
      return withFailures(values(effect.at, effect.schema).map((value) => ({ kind: 'value', value })));
    case 'call': {
      const output = toolIn(subject.law, effect.tool)?.tool.output;
      if (output === undefined) return withFailures(text);
      return withFailures(
        values(effect.at, output, { formats: 'annotation' }).map((structured) => ({ kind: 'structured', structured })),
      );
    }
  }
}

function withFailures(good: fc.Arbitrary<ScriptedReply>): fc.Arbitrary<ScriptedReply> {
  return fc.oneof({ arbitrary: good, weight: 9 }, { arbitrary: failure, weight: 1 });
}

function values(at: string, schema: Json, options: SchemaOptions = {}): fc.Arbitrary<Json> {
  const valid = generator(schema, 'valid', options);
  const edges = generator(schema, 'boundary', options);
  if (!valid.ok) throw new NotGenerable(at, valid.error);
  return edges.ok
    ? fc.oneof({ arbitrary: valid.value, weight: 2 }, { arbitrary: edges.value, weight: 1 })
    : valid.value;
}
