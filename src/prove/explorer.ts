import { ExpressionError } from '../expression/error.ts';
import { either, escaped } from '../expression/symbolic.ts';
import { type Range, type Symbols, Unexplored } from '../expression/symbols.ts';
import type { JsonObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type { Schema } from '../schema/compile.ts';
import { must, mustNot } from '../schema/generate/demand.ts';
import type { SchemaNode } from '../schema/node.ts';
import { compilePattern } from '../schema/patterns.ts';
import { isTerm, type Term, Terms } from '../value/term.ts';
import type { Kind, Value } from '../value/value.ts';
import { type Bounds, isEmpty, nodeOfText, sizesOf, textsIn, wholesIn } from './facts.ts';
import { itemOf, memberOf } from './below.ts';
import { Knowledge } from './knowledge.ts';
import { describe, isDeclared, isReadable, membersOf } from './describe.ts';

/** No run takes the path that is being explored. */
class Impossible extends Error {}

/** The work ran out: nothing is proved. */
export class Exhausted extends Error {
  override readonly name = 'Exhausted';
}

/** The decisions of one level: the machine's own, or those of something that is done on every way and forgotten. */
interface Level {
  readonly prefix: readonly boolean[];
  readonly taken: boolean[];
}

/** How far an exploration goes before it gives up. */
export interface Limits {
  readonly paths: number;
  /** Decisions on all paths together. */
  readonly decisions: number;
}

/** Ways that one piece of work may go. */
const MAX_WAYS = 2000;

/**
 * Follows a piece of work on every way that its decisions can go: it is done again and again from the start, each time with one
 * decision more fixed in advance. Deterministic: the same work takes the same decisions in the same order.
 */
export class Explorer implements Symbols {
  readonly terms = new Terms();
  knowledge = new Knowledge();
  /** What was replaced by unknowns of which nothing is known. */
  readonly replaced = new Set<string>();
  /** Decisions taken, for the evidence. */
  decisions = 0;
  private level: Level | undefined;
  private readonly names = new Map<string, number>();
  private limits: Limits;
  /** Where paths are put together, no two unknowns may have one name, on whichever paths they came up. */
  private readonly isMerging: boolean;

  constructor(limits: Limits, isMerging = false) {
    this.limits = limits;
    this.isMerging = isMerging;
  }

  /** How many paths have been followed. */
  paths = 0;

  /**
   * Does the work on every path that begins with the decisions `base`. Errors that are not the workflow's come out.
   */
  explore(work: () => void, base: readonly boolean[] = []): void {
    this.follow(() => {
      this.paths += 1;
      if (this.paths > this.limits.paths) throw new Exhausted('paths');
      this.knowledge = new Knowledge();
      if (!this.isMerging) this.names.clear();
      work();
    }, base);
  }

  /**
   * Does the work on some more paths, where there are too many: those first that leave the usual way early, and so differ from it in
   * one decision, then in two. For what may be found anywhere; nothing is proved by it.
   */
  sweep(work: () => void, paths: number): void {
    const { limits } = this;
    this.limits = { paths: Infinity, decisions: this.decisions + paths * limits.decisions };
    const waiting: (readonly boolean[])[] = [[]];
    const outer = this.level;
    for (let i = 0; i < Math.min(paths, waiting.length); i += 1) {
      const prefix = waiting[i] ?? [];
      const level: Level = { prefix, taken: [] };
      this.level = level;
      this.paths += 1;
      this.knowledge = new Knowledge();
      this.names.clear();
      try {
        work();
      } catch (error) {
        const isOver = error instanceof Impossible || error instanceof Exhausted || error instanceof Unexplored;
        if (!isOver) throw error;
      }
      for (let at = prefix.length; at < level.taken.length && waiting.length < paths; at += 1)
        if (level.taken[at] === true) waiting.push([...level.taken.slice(0, at), false]);
    }
    this.level = outer;
    this.limits = limits;
  }

  /** How many decisions the path has taken so far. */
  count(): number {
    return this.level?.taken.length ?? 0;
  }

  /** The decisions of the path so far. */
  taken(): readonly boolean[] {
    return [...(this.level?.taken ?? [])];
  }

  /** What is known here, as it will still be known when the exploration has moved on. */
  snapshot(): Knowledge {
    return new Knowledge(this.knowledge);
  }

  /** Does something as where other things are known. */
  under<T>(knowledge: Knowledge, work: () => T): T {
    const outer = this.knowledge;
    this.knowledge = new Knowledge(knowledge);
    try {
      return work();
    } finally {
      this.knowledge = outer;
    }
  }

  everyWay(work: () => void): readonly ExpressionError[] {
    const errors: ExpressionError[] = [];
    const before = this.knowledge;
    let ways = 0;
    this.follow(() => {
      ways += 1;
      if (ways > MAX_WAYS) throw new Exhausted('ways of one effect or expression');
      this.knowledge = new Knowledge(before);
      try {
        work();
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        errors.push(error);
      } finally {
        this.knowledge = before;
      }
    });
    return errors;
  }

  /** Every way of a piece of work that begins with `base`, true before false. */
  private follow(work: () => void, base: readonly boolean[] = []): void {
    const outer = this.level;
    let prefix: readonly boolean[] = base;
    try {
      for (;;) {
        const level: Level = { prefix, taken: [] };
        this.level = level;
        try {
          work();
        } catch (error) {
          if (!(error instanceof Impossible)) throw error;
        }
        const next = [...level.taken];
        while (next.length > base.length && next.at(-1) === false) next.pop();
        if (next.length <= base.length) return;
        next[next.length - 1] = false;
        prefix = next;
      }
    } finally {
      this.level = outer;
    }
  }

  holds(condition: Term): boolean {
    const known = this.knowledge.answer(condition);
    if (known !== undefined) return known;
    const { level } = this;
    assert(level !== undefined, 'decisions fall inside an exploration');
    const truth = level.prefix[level.taken.length] ?? this.first();
    level.taken.push(truth);
    this.knowledge.assume(condition, truth);
    return truth;
  }

  /** A decision that was not taken before falls. */
  private first(): boolean {
    this.decisions += 1;
    if (this.decisions > this.limits.decisions) throw new Exhausted('decisions');
    return true;
  }

  kinds(term: Term): readonly Kind[] {
    const kinds = this.knowledge.kinds(term);
    return kinds.length === 0 ? this.impossible() : kinds;
  }

  fresh(hint: string, schema: JsonObject): Term {
    const count = (this.names.get(hint) ?? 0) + 1;
    this.names.set(hint, count);
    return this.note(this.terms.variable(freshName(hint, count)), schema);
  }

  /** How many terms {@link fresh} has given for the hint on this path. */
  countOf(hint: string): number {
    return this.names.get(hint) ?? 0;
  }

  /** The term that {@link fresh} will give for the hint the next time. */
  peek(hint: string): Term {
    return this.terms.variable(freshName(hint, this.countOf(hint) + 1));
  }

  note(term: Term, schema: JsonObject): Term {
    if (Object.keys(schema).length > 0)
      this.knowledge.add(term, { node: nodeOfText(JSON.stringify(schema)), holds: true });
    return term;
  }

  member(term: Term, name: string): Term {
    const member = this.terms.apply('member', term, name);
    this.knowledge.add(member, ...memberOf(this.knowledge.demandOf(term), name));
    return member;
  }

  item(term: Term, key: string): Term {
    const item = this.terms.apply('member', term, key);
    this.knowledge.add(item, ...itemOf(this.knowledge.demandOf(term)));
    return item;
  }

  size(term: Term): Term {
    const { low, high } = sizesOf(this.knowledge.demandOf(term));
    const most = Number.isFinite(high) ? { maximum: high } : {};
    return this.note(this.terms.apply('length', term), { type: 'integer', minimum: low, ...most });
  }

  bounds(term: Term): Range {
    return this.knowledge.bounds(term);
  }

  lengths(term: Term): Range {
    return this.knowledge.lengths(term);
  }

  texts(term: Term): readonly string[] | undefined {
    return textsIn(this.knowledge.demandOf(term));
  }

  text(parts: readonly (string | Term)[]): Term {
    const term = this.terms.apply('text', ...parts);
    let [least, most] = [0, 0];
    let pattern = '^';
    for (const part of parts) {
      const { low, high } = isTerm(part) ? this.lengths(part) : sizeOf(part);
      least += low;
      most += high;
      pattern += isTerm(part) ? this.patternOf(part) : escaped(part);
    }
    pattern += '$';
    const schema = { type: 'string', minLength: least, ...(Number.isFinite(most) ? { maxLength: most } : {}) };
    return this.note(term, compilePattern(pattern).ok ? { ...schema, pattern } : schema);
  }

  /** The source of a pattern that takes every text that the term can stand for. */
  private patternOf(term: Term): string {
    const demand = this.knowledge.demandOf(term);
    const texts = textsIn(demand);
    if (texts !== undefined) return `(?:${texts.map(escaped).join('|')})`;
    const [whole] = wholesIn(demand);
    return whole === undefined ? '[^]*' : `(?:${whole.inner})`;
  }

  valid(schema: Schema, value: Value): boolean {
    const node = must(describe(this, value));
    const isSurely =
      isEmpty([node, mustNot(schema.root)]) &&
      (schema.options.undeclared === 'allowed' || isDeclared(this, schema.root, value));
    if (isSurely) return true;
    if (isEmpty([node, must(schema.root)])) return false;
    const members = membersOf(schema, value);
    if (members === undefined) return either(this, 'valid');
    return members.every(([member, part]) => this.takes(part, member));
  }

  /** Whether a member meets its own schema; what is decided about it is known from then on. */
  private takes(node: SchemaNode, value: Value): boolean {
    if (value.kind === 'symbol' && value.members === undefined && isReadable(node))
      return this.holds(this.terms.apply('meets', value.term, JSON.stringify(node.json)));
    const known = must(describe(this, value));
    if (isEmpty([known, mustNot(node)])) return true;
    return !isEmpty([known, must(node)]) && either(this, 'valid');
  }

  memo(key: string, make: () => Value): Value {
    const known = this.knowledge.memo.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.knowledge.memo.set(key, value);
    return value;
  }

  unsupported(what: string): void {
    this.replaced.add(what);
  }

  impossible(): never {
    throw new Impossible();
  }
}

/** The name of the n-th fresh term of a hint, from 1. */
export function freshName(hint: string, n: number): string {
  return `${hint}~${n}`;
}

function sizeOf(text: string): Bounds {
  const size = Array.from(text).length;
  return { low: size, high: size, isInteger: true };
}
