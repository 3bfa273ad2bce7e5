import { isTerm, type Term } from '../value/term.ts';
import { isSameValue } from './same.ts';
import type { Kind, Value } from '../value/value.ts';
import type { Clause, Demand } from '../schema/generate/demand.ts';
import type { SchemaNode } from '../schema/node.ts';
import { isLive, type Live } from './live.ts';
import { type Bounds, boundsOf, clause, isEmpty, kindsOf, lengthsOf, nodeOf, nodeOfText } from './facts.ts';

/**
 * What is known on one path: of each unknown a demand, which unknowns are equal, and which truth values have been decided. It
 * only grows; what it says holds in every run that takes the path, so that what it excludes cannot happen. What it does not
 * exclude may still be impossible.
 */
export class Knowledge {
  private readonly demands: Map<Term, Demand>;
  private readonly decided: Map<Term, boolean>;
  private readonly same: Map<Term, Term>;
  private readonly different: (readonly [Term, Term])[];
  readonly memo: Map<string, Value>;

  constructor(from?: Knowledge) {
    this.demands = new Map(from?.demands);
    this.decided = new Map(from?.decided);
    this.same = new Map(from?.same);
    this.different = [...(from?.different ?? [])];
    this.memo = new Map(from?.memo);
  }

  /**
   * What is known here and there of the terms that are live: what either knows and the other cannot break. `own` says all that is
   * known of some of them. `isWeaker`: less than here.
   */
  common(
    other: Knowledge,
    live: Live,
    own: ReadonlyMap<Term, readonly Clause[]>,
  ): { readonly knowledge: Knowledge; readonly isWeaker: boolean } {
    const knowledge = new Knowledge();
    let isWeaker = false;
    const terms = [...live.terms];
    for (const term of this.demands.keys()) if (!live.terms.has(term) && isLive(term, live)) terms.push(term);
    const classes = new Map<string, Term>();
    for (const term of terms) {
      const mine = this.representative(term);
      const key = `${mine.id} ${other.representative(term).id}`;
      const first = classes.get(key);
      if (first === undefined) classes.set(key, term);
      else knowledge.same.set(term, first);
      if (mine !== term && other.representative(mine) !== other.representative(term)) isWeaker = true;
    }
    for (const term of terms) {
      const all = own.get(term);
      if (all !== undefined) {
        knowledge.add(term, ...all);
        continue;
      }
      const theirs = other.demandOf(term);
      const known = this.demands.get(this.representative(term)) ?? [];
      const kept = known.filter(
        (it) =>
          theirs.some(({ node, holds }) => node === it.node && holds === it.holds) ||
          isEmpty([...theirs, { node: it.node, holds: !it.holds }]),
      );
      if (kept.length < known.length) isWeaker = true;
      knowledge.add(term, ...kept);
    }
    for (const [condition, truth] of this.decided) {
      if (!isLive(condition, live)) continue;
      if (other.answer(condition) === truth) knowledge.decided.set(condition, truth);
      else isWeaker = true;
    }
    for (const pair of this.different) {
      if (!pair.every((term) => isLive(term, live))) continue;
      if (other.areEqual(...pair) === false) knowledge.different.push(pair);
      else isWeaker = true;
    }
    for (const [key, value] of this.sharedMemo(other)) knowledge.memo.set(key, value);
    if (knowledge.memo.size < this.memo.size) isWeaker = true;
    return { knowledge, isWeaker };
  }

  /** What was kept under the same key here and there. */
  sharedMemo(other: Knowledge): readonly (readonly [string, Value])[] {
    return [...this.memo].filter(([key, value]) => {
      const theirs = other.memo.get(key);
      return theirs !== undefined && isSameValue(value, theirs);
    });
  }

  /** Equal terms have one of them in common. */
  representative(term: Term): Term {
    let at = term;
    for (let next = this.same.get(at); next !== undefined; next = this.same.get(at)) at = next;
    return at;
  }

  /** What has been decided on the path, in order. */
  decisions(): ReadonlyMap<Term, boolean> {
    return this.decided;
  }

  demandOf(term: Term): Demand {
    const known = this.demands.get(this.representative(term)) ?? [];
    if (term.kind !== 'apply' || term.operator !== 'sum') return known;
    const { low, high } = this.sumBounds(term);
    return [...known, ...within(low, high), INTEGER];
  }

  add(term: Term, ...clauses: readonly Clause[]): void {
    const at = this.representative(term);
    const known = this.demands.get(at) ?? [];
    const fresh = clauses.filter(({ node, holds }) => !known.some((it) => it.node === node && it.holds === holds));
    if (fresh.length > 0) this.demands.set(at, [...known, ...fresh]);
  }

  kinds(term: Term): readonly Kind[] {
    return kindsOf(this.demandOf(term));
  }

  bounds(term: Term): Bounds {
    const own = boundsOf(this.demands.get(this.representative(term)) ?? []);
    if (term.kind !== 'apply' || term.operator !== 'sum') return own;
    const { low, high } = this.sumBounds(term);
    return { low: Math.max(own.low, low), high: Math.min(own.high, high), isInteger: true };
  }

  lengths(term: Term): Bounds {
    return lengthsOf(this.demandOf(term));
  }

  /** Whether a truth value is known to be true or false here. */
  answer(condition: Term): boolean | undefined {
    if (condition.kind === 'variable') return this.meets(condition, TRUE);
    const known = this.decided.get(condition);
    if (known !== undefined) return known;
    const [a, b] = condition.operands;
    switch (condition.operator) {
      case 'meets':
        return isTerm(a) && typeof b === 'string' ? this.meets(a, nodeOfText(b)) : undefined;
      case 'equal':
        return isTerm(a) && isTerm(b) ? this.areEqual(a, b) : undefined;
      case 'less':
        return isTerm(a) && isTerm(b) ? this.isLess(a, b) : undefined;
      default:
        return undefined;
    }
  }

  /** From here on the condition has this truth value. */
  assume(condition: Term, truth: boolean): void {
    if (condition.kind === 'variable') {
      this.add(condition, { node: TRUE, holds: truth });
      return;
    }
    this.decided.set(condition, truth);
    const [a, b] = condition.operands;
    switch (condition.operator) {
      case 'meets':
        if (isTerm(a) && typeof b === 'string') this.learn(a, nodeOfText(b), truth);
        break;
      case 'equal':
        if (isTerm(a) && isTerm(b)) this.equate(a, b, truth);
        break;
      case 'less':
        if (isTerm(a) && isTerm(b)) this.order(a, b, truth);
        break;
      default:
        break;
    }
  }

  private meets(term: Term, node: SchemaNode): boolean | undefined {
    const demand = this.demandOf(term);
    if (isEmpty([...demand, { node, holds: true }])) return false;
    return isEmpty([...demand, { node, holds: false }]) ? true : undefined;
  }

  private learn(term: Term, node: SchemaNode, truth: boolean): void {
    this.add(term, { node, holds: truth });
    this.propagate(term);
  }

  /** What bounds of a sum say of its parts. */
  private propagate(term: Term): void {
    if (term.kind !== 'apply' || term.operator !== 'sum') return;
    const { low, high } = this.bounds(term);
    const parts = partsOf(term);
    for (const [i, [coefficient, part]] of parts.entries()) {
      let [least, most] = [constantOf(term), constantOf(term)];
      for (const [j, [other, term]] of parts.entries()) {
        if (i === j) continue;
        const [a, b] = scaled(other, this.bounds(term));
        least += a;
        most += b;
      }
      // coefficient * part lies between low - most and high - least.
      const [a, b] = coefficient > 0 ? [low - most, high - least] : [high - least, low - most];
      const [from, to] = [Math.ceil(a / coefficient), Math.floor(b / coefficient)];
      this.add(part, ...within(from, to));
    }
  }

  private sumBounds(term: Term): { readonly low: number; readonly high: number } {
    let [low, high] = [constantOf(term), constantOf(term)];
    for (const [coefficient, part] of partsOf(term)) {
      const [a, b] = scaled(coefficient, this.bounds(part));
      low += a;
      high += b;
    }
    return { low, high };
  }

  private areEqual(a: Term, b: Term): boolean | undefined {
    const [x, y] = [this.representative(a), this.representative(b)];
    if (x === y) return true;
    if (this.areApart(a, b) || isEmpty([...this.demandOf(a), ...this.demandOf(b)])) return false;
    return undefined;
  }

  /** Whether two unknowns were decided not to be equal. */
  areApart(a: Term, b: Term): boolean {
    const [x, y] = [this.representative(a), this.representative(b)];
    return this.different.some(([one, other]) => {
      const pair = new Set([this.representative(one), this.representative(other)]);
      return pair.has(x) && pair.has(y);
    });
  }

  private equate(a: Term, b: Term, truth: boolean): void {
    if (!truth) {
      this.different.push([a, b]);
      return;
    }
    const [x, y] = [this.representative(a), this.representative(b)];
    if (x === y) return;
    const both = [...this.demandOf(a), ...this.demandOf(b)];
    this.same.set(y, x);
    this.add(x, ...both);
    this.propagate(a);
    this.propagate(b);
  }

  private isLess(a: Term, b: Term): boolean | undefined {
    const [x, y] = [this.bounds(a), this.bounds(b)];
    if (x.high < y.low) return true;
    if (x.low >= y.high || this.representative(a) === this.representative(b)) return false;
    return undefined;
  }

  private order(a: Term, b: Term, truth: boolean): void {
    const [x, y] = [this.bounds(a), this.bounds(b)];
    const step = truth && x.isInteger && y.isInteger ? 1 : 0;
    const [low, high, lows, highs] = truth ? [a, b, x, y] : [b, a, y, x];
    this.add(low, ...within(-Infinity, highs.high - step));
    this.add(high, ...within(lows.low + step, Infinity));
    this.propagate(low);
    this.propagate(high);
  }
}

const INTEGER = clause({ type: 'integer' });
const TRUE = nodeOf({ const: true });

/** Clauses of numbers between two bounds; infinite ones say nothing. */
export function within(low: number, high: number): readonly Clause[] {
  return [
    ...(Number.isFinite(low) ? [{ node: nodeOfText(`{"minimum":${low}}`), holds: true }] : []),
    ...(Number.isFinite(high) ? [{ node: nodeOfText(`{"maximum":${high}}`), holds: true }] : []),
  ];
}

/** What a sum adds to its parts. */
export function constantOf(term: Term): number {
  const first = term.kind === 'apply' ? term.operands[0] : undefined;
  return typeof first === 'number' ? first : 0;
}

/** The parts of a sum with their coefficients. */
export function partsOf(term: Term): readonly (readonly [coefficient: number, part: Term])[] {
  const parts: (readonly [number, Term])[] = [];
  if (term.kind !== 'apply') return parts;
  for (let i = 1; i < term.operands.length; i += 2) {
    const [coefficient, part] = [term.operands[i], term.operands[i + 1]];
    if (typeof coefficient === 'number' && isTerm(part)) parts.push([coefficient, part]);
  }
  return parts;
}

function scaled(coefficient: number, { low, high }: Bounds): readonly [number, number] {
  return coefficient > 0 ? [coefficient * low, coefficient * high] : [coefficient * high, coefficient * low];
}
