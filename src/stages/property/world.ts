import fc from 'fast-check';
import type { Json } from '../../kernel/json.ts';
import { leafPaths, put, valueAt } from '../../kernel/paths.ts';
import { compileSchema, type Schema, type SchemaOptions } from '../../schema/compile.ts';
import { generator } from '../../schema/generate/generate.ts';
import type { Asking, Responder, Run, World } from '../../simulate/model.ts';
import { toolIn } from '../../policy/tools.ts';
import { replyToJson } from '../../simulate/reply.ts';
import type { ScriptedReply } from '../../store/model.ts';
import type { Draw } from '../draw.ts';
import { hintsOf } from './hints.ts';
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

/** What servers and people say in their own words: nothing in it may tell a rehearsal from a real run. */
const WORDING = [
  'HTTP 503 Service Unavailable',
  'connect ECONNREFUSED 203.0.113.7:443',
  'the server did not answer in time',
  'rate limit exceeded, retry after 30 s',
  'permission denied',
  '{"code":-32603,"message":"Internal error"}',
];
const PEOPLE = ['ana', 'ben', 'dana.reyes', 'Maria Oliveira', 'ops@clinic.example', '李雷'];

/** What is said freely, by people and servers, in worlds of one workflow: its own words among it. */
interface Voices {
  readonly failure: fc.Arbitrary<ScriptedReply>;
  readonly text: fc.Arbitrary<ScriptedReply>;
  readonly approval: fc.Arbitrary<ScriptedReply>;
}

const voiceCache = new WeakMap<Subject, Voices>();

function voicesOf(subject: Subject): Voices {
  let known = voiceCache.get(subject);
  if (known === undefined) {
    const hinted = hintsOf(subject.program).words.filter((word) => word.length <= 200);
    const anyText = fc.string({ maxLength: 40, unit: 'grapheme' });
    const wording = fc.oneof(fc.constantFrom('', ...WORDING, ...hinted), anyText);
    const by = fc.oneof(
      { arbitrary: fc.constantFrom(...PEOPLE), weight: 4 },
      { arbitrary: fc.stringMatching(/^[a-z]{2,8}[.][a-z]{2,8}$/u), weight: 1 },
    );
    known = {
      failure: fc.record({ kind: fc.constant('error' as const), error: fc.constantFrom(...FAILURES), detail: wording }),
      text: fc.oneof(anyText, wording).map((words) => ({ kind: 'text', text: words })),
      approval: fc.record({
        kind: fc.constant('approval' as const),
        approved: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, { arbitrary: fc.constant(false), weight: 1 }),
        by,
      }),
    };
    voiceCache.set(subject, known);
  }
  return known;
}

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
  const splice = splicing(subject, draw, base);
  const { inputSchema } = subject;
  const input = draw(mostly) ? splice(base.input, inputSchema) : draw(inputs(subject));
  return runDrawn(subject, draw, input, (effect, nth) => {
    const told = draw(mostly) ? base.replies.get(effect.at)?.[nth] : undefined;
    switch (told?.kind) {
      case 'value':
        return { ...told, value: splice(told.value, schemaOf(subject, effect)) };
      case 'structured':
        return { ...told, structured: splice(told.structured, schemaOf(subject, effect)) };
      default:
        return told;
    }
  });
}

const mostly = fc.nat(3).map((n) => n > 0);
const often = fc.boolean();

/**
 * Exchanges now and then one text or number for one that stands elsewhere in the world or in the workflow's own comparisons:
 * what must be equal, or just beyond a bound, hardly ever comes by chance.
 */
function splicing(subject: Subject, draw: Draw, base: World): (json: Json, schema: Schema | undefined) => Json {
  const { numbers, words } = hintsOf(subject.program);
  const own: readonly Json[] = [...words, ...numbers.flatMap((n) => [n - 1, n, n + 1])];
  let all: readonly Json[] | undefined;
  return (json, schema) => {
    if (schema === undefined || draw(often)) return json;
    const isOwn = own.length > 0 && draw(often);
    if (!isOwn) all ??= ingredientsOf(subject, base);
    return spliced(draw, json, schema, isOwn ? own : (all ?? own));
  };
}

/** `json` with one leaf exchanged for one of the pool, where the schema takes it. */
export function spliced(draw: Draw, json: Json, schema: Schema, pool: readonly Json[]): Json {
  const paths = leafPaths(json);
  const path = paths[draw(index) % Math.max(1, paths.length)];
  if (path === undefined) return json;
  const now = valueAt(json, path);
  const like = pool.filter((one) => typeof one === typeof now && one !== now);
  const other = like[draw(index) % Math.max(1, like.length)];
  if (other === undefined) return json;
  const candidate = put(json, path, other);
  return schema.isValid(candidate) ? candidate : json;
}

const index = fc.nat(10_000);

/** The texts and numbers of a world and of the workflow's comparisons. */
export function ingredientsOf(subject: Subject, base: World): readonly Json[] {
  const { numbers, words } = hintsOf(subject.program);
  const said = [...base.replies.values()].flat().map((reply) => replyToJson(reply));
  const leaves = [base.input, ...said].flatMap((json) => leafPaths(json).map((path) => valueAt(json, path) ?? null));
  return [...new Set([...words, ...numbers.flatMap((n) => [n - 1, n, n + 1]), ...leaves])];
}

const schemaCache = new WeakMap<Subject, Map<string, Schema | undefined>>();

/** What the answer to an effect is valid under; `undefined` for approvals and tools that answer in text. */
export function schemaOf(subject: Subject, effect: Asking): Schema | undefined {
  const cache = schemaCache.get(subject) ?? new Map<string, Schema | undefined>();
  schemaCache.set(subject, cache);
  if (!cache.has(effect.at)) cache.set(effect.at, schemaFor(subject, effect));
  return cache.get(effect.at);
}

function schemaFor(subject: Subject, effect: Asking): Schema | undefined {
  if (effect.kind === 'approve') return undefined;
  const output = effect.kind === 'infer' ? effect.schema : toolIn(subject.law, effect.tool)?.tool.output;
  if (output === undefined) return undefined;
  const compiled = compileSchema(output, effect.kind === 'infer' ? {} : { formats: 'annotation' });
  return compiled.ok ? compiled.value : undefined;
}

function runDrawn(
  subject: Subject,
  draw: Draw,
  input: Json,
  answer: (effect: Asking, nth: number) => ScriptedReply | undefined,
): Run {
  const timed = timing(subject, draw);
  const responder: Responder = {
    reply: (effect, nth) => timed(effect, answer(effect, nth) ?? draw(replies(subject, effect))),
    choose: (effect) => draw(fc.constantFrom(...effect.branches)),
  };
  return run(subject, input, responder);
}

const timesCache = new WeakMap<Subject, fc.Arbitrary<number>>();

/** Milliseconds that a reply may take: mostly none, else around what the workflow compares time with. */
function times(subject: Subject): fc.Arbitrary<number> {
  let known = timesCache.get(subject);
  if (known === undefined) {
    const { limits, numbers } = hintsOf(subject.program);
    const half = Math.floor(subject.files.contract.budgets.time / 2);
    const spoken = numbers.flatMap((n) => (Number.isSafeInteger(n) && n > 0 ? [n, n * 1_000] : []));
    const around = [...limits, ...spoken].flatMap((n) => [n, n + 1]);
    const pool = [...new Set([1, 40, 1_000, 60_000, ...around, half])].filter((n) => n > 0 && n <= 2 * half);
    known = fc.oneof(
      { arbitrary: fc.constant(0), weight: 5 },
      { arbitrary: pool.length === 0 ? fc.constant(0) : fc.constantFrom(...pool), weight: 3 },
      { arbitrary: fc.nat(Math.min(half, 10_000)), weight: 1 },
    );
    timesCache.set(subject, known);
  }
  return known;
}

/** Where in relation to a time limit a reply comes: as it may, just before, just in time, just too late. */
const punctuality = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 6 },
  { arbitrary: fc.constantFrom(-1, 0, 1), weight: 2 },
);

/**
 * Gives the replies of one run the time that they take. All together take at most half of the time that the contract allows,
 * so that what exceeds it is the workflow's own waiting.
 */
export function timing(subject: Subject, draw: Draw): (effect: Asking, reply: ScriptedReply) => ScriptedReply {
  let left = subject.files.contract.budgets.time / 2;
  return (effect, reply) => {
    if (reply.elapsed !== undefined) return reply;
    const { within } = effect;
    const beside = within === undefined ? undefined : draw(punctuality);
    const wanted = beside === undefined || within === undefined ? draw(times(subject)) : Math.max(0, within + beside);
    const taken = Math.min(wanted, within ?? Infinity);
    if (wanted === 0 || taken > left) return reply;
    left -= taken;
    return { ...reply, elapsed: wanted };
  };
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
  const voices = voicesOf(subject);
  const withFailures = (good: fc.Arbitrary<ScriptedReply>): fc.Arbitrary<ScriptedReply> =>
    fc.oneof({ arbitrary: good, weight: 9 }, { arbitrary: voices.failure, weight: 1 });
  switch (effect.kind) {
    case 'approve':
      return voices.approval;
    case 'infer':
      return withFailures(values(effect.at, effect.schema).map((value) => ({ kind: 'value', value })));
    case 'call': {
      const output = toolIn(subject.law, effect.tool)?.tool.output;
      if (output === undefined) return withFailures(voices.text);
      return withFailures(
        values(effect.at, output, { formats: 'annotation' }).map((structured) => ({ kind: 'structured', structured })),
      );
    }
  }
}

function values(at: string, schema: Json, options: SchemaOptions = {}): fc.Arbitrary<Json> {
  const valid = generator(schema, 'valid', options);
  const edges = generator(schema, 'boundary', options);
  if (!valid.ok) throw new NotGenerable(at, valid.error);
  return edges.ok
    ? fc.oneof({ arbitrary: valid.value, weight: 2 }, { arbitrary: edges.value, weight: 1 })
    : valid.value;
}
