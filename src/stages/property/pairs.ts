import fc from 'fast-check';
import type { Json } from '../../kernel/json.ts';
import { leafPaths, type Path, put, valueAt } from '../../kernel/paths.ts';
import { inputLabelling } from '../../machine/labels.ts';
import type { Schema } from '../../schema/compile.ts';
import type { Run, World } from '../../simulate/model.ts';
import { wordsOf } from '../../simulate/reply.ts';
import { type Draw, drawWorlds, evenly } from '../draw.ts';
import { answeredIn } from '../answered.ts';
import { run, type Subject } from '../subject.ts';
import { originOf } from './interference.ts';
import { ingredientsOf, inputs, replies, schemaOf, spliced } from './world.ts';

/** Pairs that one workflow is given at the most. */
const PAIRS = 80;
/** Tries to change one part of a world before the pair is given up. */
const TRIES = 4;

/** A part of a world, and which of its leaves may differ within a pair. */
interface Source {
  readonly base: Run;
  readonly json: Json;
  readonly schema: Schema | undefined;
  readonly may: (path: Path) => boolean;
  readonly fresh: (draw: Draw) => Json | undefined;
  readonly with: (json: Json) => World;
}

/**
 * Pairs of runs that differ in untrusted data alone, or in data of one tag alone. `enter` is given both; gives how many there
 * were.
 */
export function tryPairs(subject: Subject, bases: readonly Run[], enter: (varied: Run, base: Run) => void): number {
  const sources = bases.flatMap((base) => [...inputSources(subject, base), ...replySources(subject, base)]);
  if (sources.length === 0) return 0;
  const most = Math.min(PAIRS, subject.worlds);
  const turns = Math.max(1, Math.min(6, Math.ceil(most / sources.length)));
  const chosen = evenly(Array.from({ length: turns }, () => sources).flat(), most);
  let tried = 0;
  let pairs = 0;
  drawWorlds(subject.seed + 4, chosen.length, (draw) => {
    const source = chosen[tried];
    tried += 1;
    const world = source === undefined ? undefined : otherWorld(subject, draw, source);
    if (source === undefined || world === undefined) return true;
    pairs += 1;
    const varied = run(subject, world.input, {
      reply: (effect, nth) => {
        const told = world.replies.get(effect.at);
        return told?.[nth] ?? told?.at(-1) ?? draw(replies(subject, effect));
      },
      choose: (effect) => world.choices.get(effect.at),
    });
    enter(varied, source.base);
    return true;
  });
  return pairs;
}

const splices = fc.boolean();
const keeps = fc.boolean();

function otherWorld(subject: Subject, draw: Draw, source: Source): World | undefined {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const other = otherJson(subject, draw, source);
    if (JSON.stringify(other) !== JSON.stringify(source.json)) return source.with(other);
  }
  return undefined;
}

/** The part with some of the leaves that may differ exchanged: for those of another value, or for what stands elsewhere. */
function otherJson(subject: Subject, draw: Draw, { base, json, schema, may, fresh }: Source): Json {
  const isValid = (candidate: Json): boolean => schema?.isValid(candidate) !== false;
  const whole = fresh(draw);
  const paths = leafPaths(json);
  const isFree = whole !== undefined && may([]) && [...paths, ...leafPaths(whole)].every(may);
  if (isFree && (paths.length === 0 || draw(keeps))) return whole;
  let now = json;
  if (schema !== undefined && draw(splices)) {
    const candidate = spliced(draw, json, schema, ingredientsOf(subject, base.world));
    const path = paths.find((one) => valueAt(candidate, one) !== valueAt(json, one));
    if (path !== undefined && may(path)) now = candidate;
  }
  for (const path of paths) {
    if (!may(path) || draw(keeps)) continue;
    const other = whole === undefined ? undefined : valueAt(whole, path);
    if (other === undefined) continue;
    const candidate = put(now, path, other);
    if (isValid(candidate)) now = candidate;
  }
  return now;
}

function inputSources(subject: Subject, base: Run): readonly Source[] {
  const labelling = inputLabelling(subject.law, subject.files.contract, subject.files.name);
  const { input } = base.world;
  const source = (may: (path: Path) => boolean): Source => ({
    base,
    json: input,
    schema: subject.inputSchema,
    may,
    fresh: (draw) => draw(inputs(subject)),
    with: (json) => ({ ...base.world, input: json }),
  });
  const labelOf = (path: Path) => labelling(path.map(String));
  const untrusted = source((path) => labelOf(path).influence.includes('caller'));
  const secret = subject.law.config.secrecy.map((tag) => source((path) => labelOf(path).secrecy.includes(tag)));
  return [untrusted, ...secret].filter(({ may }) => [[], ...leafPaths(input)].some(may));
}

function replySources(subject: Subject, base: Run): readonly Source[] {
  return answeredIn(base).flatMap(({ effect, nth, reply }) => {
    const said = wordsOf(reply);
    const { untrusted, secrecy } = originOf(subject, effect);
    if (said === undefined || (!untrusted && secrecy.length === 0)) return [];
    const { at } = effect;
    return [
      {
        base,
        json: said.json,
        schema: schemaOf(subject, effect),
        may: () => true,
        fresh: (draw: Draw) => {
          const drawn = wordsOf(draw(replies(subject, effect)));
          return drawn?.kind === said.kind ? drawn.json : undefined;
        },
        with: (json: Json): World => {
          const list = base.world.replies.get(at) ?? [];
          return { ...base.world, replies: new Map([...base.world.replies, [at, list.with(nth, said.as(json))]]) };
        },
      },
    ];
  });
}
