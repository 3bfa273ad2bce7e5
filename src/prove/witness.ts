import { fromEntries, isObject, type Json, member } from '../kernel/json.ts';
import { leafPaths, put, valueAt } from '../kernel/paths.ts';
import { type Demand, meets, must } from '../schema/generate/demand.ts';
import { sequence } from '../schema/generate/sequence.ts';
import { Graph, Walker } from '../schema/generate/walk.ts';
import type { Chance } from '../schema/language.ts';
import type { World } from '../simulate/model.ts';
import type { ScriptedReply } from '../store/model.ts';
import type { Term, Terms } from '../value/term.ts';
import type { ListValue, SymbolValue, Value } from '../value/value.ts';
import { type Situation, TIME } from './explore.ts';
import { clause } from './facts.ts';
import { freshName } from './explorer.ts';
import type { Knowledge } from './knowledge.ts';
import type { Values } from './smt/solver.ts';
import type { Source } from './unknown.ts';

/** Draws for one place before a world is given up, and places that one may visit. */
const TRIES = 8;
const VISITS = 600;
/** Items beyond those that a path tells apart. */
const MORE_ITEMS = 3;
/** One text or number in so many is looked for among those that were used before. */
const MIXED = 3;

/**
 * A world that may take a path so far: values for what is known of its unknowns. What is known leaves out relations that
 * the exploration did not follow, so that a world is tried and not believed. `undefined` where no values were found. `solved` are
 * values that some unknowns are given, and lengths of texts.
 */
export function worldOf(path: Situation, seed: number, solved?: Values): World | undefined {
  const model = modelOf(path, seed, solved);
  try {
    const input = model.json(path.input);
    const replies = new Map<string, ScriptedReply[]>();
    const choices = new Map<string, string>();
    for (const [i, answer] of path.answers.entries()) {
      if (answer.kind === 'winner') {
        choices.set(answer.at, answer.branch);
        continue;
      }
      const list = replies.get(answer.at) ?? [];
      replies.set(answer.at, list);
      const late = isLate(path, i) ? { elapsed: LATE } : model.time(answer.within);
      switch (answer.kind) {
        case 'unknown':
          list.push({ ...replyOf(answer.from, model.json(answer.value)), ...late });
          break;
        case 'approval': {
          const by = model.json(answer.by);
          list.push({ kind: 'approval', approved: true, by: typeof by === 'string' ? by : '', ...late });
          break;
        }
        case 'declined':
          list.push({ kind: 'approval', approved: false, by: 'reviewer', ...late });
          break;
        case 'failure': {
          const type = model.value(answer.type);
          const error = typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : 'runtime';
          list.push({ kind: 'error', error, detail: 'the call failed', ...late });
          break;
        }
      }
    }
    return { input, replies, choices };
  } catch (error) {
    if (error instanceof NoValue) return undefined;
    throw error;
  }
}

/** What is known of the unknowns of a path. */
type Known = Pick<Situation, 'knowledge' | 'terms' | 'lists'>;

/** Values for the unknowns of one path, drawn by the seed. Asking for one can fail with {@link NoValue}. */
export function modelOf(path: Known, seed: number, solved?: Values): Model {
  return new Model(path, sequence(seed), seed % 3 !== 0, solved);
}

/** No value was found that meets what is known. */
export class NoValue extends Error {}

/** Longer than any time limit. */
const LATE = 2 ** 40;

/** Whether the path has a time limit run out while the answer was waited for. */
function isLate({ answers, terms, knowledge }: Situation, index: number): boolean {
  const from = answers[index]?.asked ?? 0;
  const to = answers[index + 1]?.asked ?? from + MAX_LIMITS;
  for (let n = from + 1; n <= to; n += 1)
    if (knowledge.answer(terms.variable(freshName(TIME, n))) === false) return true;
  return false;
}

/** Time limits that are looked at behind the last answer of a path. */
const MAX_LIMITS = 8;

function replyOf(from: 'tool' | 'model', result: Json): ScriptedReply {
  if (from === 'model') return { kind: 'value', value: result };
  const structured = isObject(result) ? member(result, 'structuredContent') : undefined;
  if (structured !== undefined) return { kind: 'structured', structured };
  return isObject(result) ? { kind: 'result', result } : { kind: 'text', text: '' };
}

/**
 * Values for the unknowns of one path. Now and then a text or number is one that stands elsewhere in the world already: what a
 * path needs to be equal in two lists, nothing that is known of them says.
 */
export class Model {
  private readonly knowledge: Knowledge;
  private readonly terms: Terms;
  private readonly lists: ReadonlyMap<string, Source>;
  private readonly chance: Chance;
  private readonly isEdgy: boolean;
  private readonly values = new Map<Term, Json>();
  private readonly lengths: Values['lengths'] | undefined;
  /** Texts and numbers of the world so far. */
  private readonly used = new Set<string | number>();

  constructor(path: Known, chance: Chance, isEdgy: boolean, solved?: Values) {
    const { knowledge, terms, lists } = path;
    this.knowledge = knowledge;
    this.terms = terms;
    this.lists = lists;
    this.chance = chance;
    this.isEdgy = isEdgy;
    this.lengths = solved?.lengths;
    for (const [term, value] of solved?.values ?? [])
      if (meets(value, knowledge.demandOf(term))) this.values.set(knowledge.representative(term), value);
  }

  /** The value of a term; equal terms have one. */
  value(term: Term): Json {
    const at = this.knowledge.representative(term);
    let value = this.values.get(at);
    if (value === undefined) {
      const demand = this.demandOf(at);
      value = this.draw(demand);
      for (let i = 0; i < TRIES && this.isTaken(at, value); i += 1) value = this.draw(demand);
      this.values.set(at, value);
    }
    return value;
  }

  private demandOf(term: Term): Demand {
    const length = this.lengths?.get(term);
    const known = this.knowledge.demandOf(term);
    return length === undefined ? known : [...known, clause({ minLength: length, maxLength: length })];
  }

  /** Whether the value is that of a term which differs. */
  private isTaken(term: Term, value: Json): boolean {
    return [...this.values].some(([other, its]) => its === value && this.knowledge.areApart(term, other));
  }

  /** How long an answer takes that comes within a time limit: mostly none, now and then all that there is. */
  time(within: number | undefined): { readonly elapsed?: number } {
    if (within === undefined || this.chance.below(4) > 0) return {};
    return { elapsed: this.chance.below(2) === 0 ? within : Math.floor(within / 2) };
  }

  private draw(demand: Demand): Json {
    const value = this.mixed(this.made(demand), demand);
    for (const path of leafPaths(value)) {
      const leaf = valueAt(value, path);
      if (typeof leaf === 'string' || typeof leaf === 'number') this.used.add(leaf);
    }
    return value;
  }

  /** The value with texts and numbers exchanged for some that were used before, where the demand allows it. */
  private mixed(value: Json, demand: Demand): Json {
    let mixed = value;
    if (this.used.size === 0) return mixed;
    const used = [...this.used];
    for (const path of leafPaths(value)) {
      if (this.chance.below(MIXED) > 0) continue;
      const like = used.filter((one) => typeof one === typeof valueAt(mixed, path));
      const other = like[this.chance.below(Math.max(1, like.length))];
      const candidate = other === undefined ? mixed : put(mixed, path, other);
      if (candidate !== mixed && meets(candidate, demand)) mixed = candidate;
    }
    return mixed;
  }

  private made(demand: Demand): Json {
    const graph = new Graph(...demand.map(({ node }) => node));
    for (let i = 0; i < TRIES; i += 1) {
      const options = { edgy: this.isEdgy, violation: undefined, extras: false, visits: VISITS };
      const drawn = new Walker(this.chance, options, graph).draw(demand);
      if (drawn !== undefined) return drawn.value;
    }
    throw new NoValue();
  }

  json(value: Value): Json {
    switch (value.kind) {
      case 'null':
        return null;
      case 'boolean':
      case 'number':
      case 'string':
        return value.value;
      case 'array':
        return value.items.map((item) => this.json(item));
      case 'object':
        return fromEntries([...value.fields].map(([name, field]) => [name, this.json(field)] as const));
      case 'symbol':
        return this.symbol(value);
      case 'list':
        return this.list(value);
    }
  }

  private symbol({ term, members }: SymbolValue): Json {
    if (members === undefined) return this.value(term);
    return fromEntries(
      [...members.known].flatMap(([name, { value, present }]) => {
        const isThere = present === undefined || (this.knowledge.answer(present) ?? this.chance.below(2) === 0);
        return isThere ? [[name, this.json(value)] as const] : [];
      }),
    );
  }

  private list({ name, length, items }: ListValue): Json {
    const taken = [...(this.lists.get(name)?.taken ?? [])].filter(([key]) => key !== '*');
    const { low, high } = this.boundsOf(length);
    const placed = new Map<number, Value>();
    const loose: Value[] = [];
    for (const [key, item] of taken) {
      const index = this.indexOf(key);
      if (index === undefined || placed.has(index)) loose.push(item);
      else placed.set(index, item);
    }
    const needed = Math.max(low, placed.size + loose.length, ...[...placed.keys()].map((index) => index + 1));
    const size = Math.min(high, needed + (needed > low ? 0 : this.chance.below(MORE_ITEMS)));
    const schema = this.lists.get(name)?.items;
    return Array.from({ length: size }, (_, index) => {
      const item = placed.get(index) ?? loose.shift();
      if (item !== undefined) return this.json(item);
      if (schema !== undefined) return this.draw([must(schema)]);
      return items[0] === undefined ? null : this.json(items[0]);
    });
  }

  private boundsOf(length: Term): { readonly low: number; readonly high: number } {
    const value = this.values.get(this.knowledge.representative(length));
    return typeof value === 'number' ? { low: value, high: value } : this.knowledge.bounds(length);
  }

  private indexOf(key: string): number | undefined {
    if (/^\d+$/u.test(key)) return Number(key);
    const id = /^at (\d+)$/u.exec(key)?.[1];
    const term = id === undefined ? undefined : this.terms.get(Number(id));
    const value = term === undefined ? undefined : this.value(term);
    return typeof value === 'number' ? value : undefined;
  }
}
