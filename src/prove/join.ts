import type { Approval } from '../machine/approvals.ts';
import { type Earlier, type Failed, type Intent, NOTHING_EARLIER, type Wanted } from '../machine/intents.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import type { Active } from '../machine/stack.ts';
import { sumOf } from '../expression/symbolic.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { ToolId } from '../store/model.ts';
import { type Clause, must, mustNot } from '../schema/generate/demand.ts';
import { arrayValue, deepLabel, objectValue, relabel, symbolValue, withLabel } from '../value/concrete.ts';
import { join, joinMarks, type Label, type Marks } from '../value/label.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { Members, ObjectValue, Value } from '../value/value.ts';
import { describe } from './describe.ts';
import { clause, compose, isEmpty } from './facts.ts';
import type { Explorer } from './explorer.ts';
import { Knowledge } from './knowledge.ts';
import { liveIn } from './live.ts';
import { haveSameNames, isSameValue } from './same.ts';

/** Where a path stands: what the machine is, and what is known of the unknowns in it. */
export interface Standing {
  readonly snapshot: Snapshot;
  readonly knowledge: Knowledge;
}

/** How a state came to the head of a loop. */
export interface Turn {
  /** Where the iteration began that leads there; absent where the loop is entered. */
  readonly start: Standing | undefined;
  /** At most how many iterations there are. */
  readonly iterations: number;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

const NO_OFFSET: Range = { low: 0, high: 0 };

/** A list that stands for those of several paths. */
interface Summary {
  readonly length: Term;
  /** The length is this and `own` together, where every path's has to do with it. */
  readonly base: Term | undefined;
  readonly own: Term;
  /** Bounds of what `own` is where no iteration has lengthened the list. */
  low: number;
  high: number;
  /** By how much an iteration of the loop lengthens it at most; `undefined` where none was followed yet. */
  growth: number | undefined;
  /** How often they have changed. */
  changes: number;
}

type Counts = Pick<Snapshot, 'tasks' | 'calls' | 'infers'>;

/** How many states weaken what is known of an unknown before only its kinds are kept, and before nothing is. */
const WEAKENED = { kinds: 3, nothing: 6 };

/**
 * Puts together the states in which several paths stand at one place, as one that describes them all: what differs becomes unknown,
 * labels and counts are joined, and only what is known on every path is known. One for each place: states come one after the
 * other, and what they become only grows until it holds them all.
 *
 * At the head of a loop ({@link Turn}) a state comes from the entry first and then from the end of each iteration. What one
 * iteration adds to counts and to lengths of lists, each may add; where the loop has a bound, so have they.
 */
export class Joiner {
  private readonly symbols: Explorer;
  /** What is known of the unknowns that stand for what differs. */
  private readonly own = new Map<Term, readonly Clause[]>();
  private readonly weakened = new Map<Term, Set<Knowledge>>();
  private readonly summaries = new Map<string, Summary>();
  private entry: Counts = { tasks: 0, calls: 0, infers: 0 };
  private growth: Counts = { tasks: 0, calls: 0, infers: 0 };
  private entryWanted: Earlier = NOTHING_EARLIER;
  private growthWanted: Earlier = NOTHING_EARLIER;
  private iterations = 0;
  // Of the joining in progress.
  private before = new Knowledge();
  private after = new Knowledge();
  private turn: Turn | undefined;
  private isNew = false;
  private isFolding = false;
  /** Of two terms that differ, what stands for both wherever they are a pair; and of what stands for several, what it met. */
  private readonly pairs = new Map<string, Term>();
  private readonly stands = new Map<Term, Value>();

  constructor(symbols: Explorer) {
    this.symbols = symbols;
  }

  /** The first state of the place. */
  first(state: Standing, turn: Turn | undefined): Standing {
    if (turn === undefined) return state;
    const { snapshot } = state;
    this.entry = snapshot;
    this.iterations = turn.iterations;
    this.entryWanted = summed(snapshot.wanted, state.knowledge);
    const wanted: Wanted = { earlier: this.entryWanted, known: [], failed: [] };
    return { ...state, snapshot: { ...snapshot, wanted } };
  }

  /** A state that describes both; `known` itself where that does already. */
  with(known: Standing, next: Standing, turn: Turn | undefined): Standing {
    // Copies: what comes up while they are joined is known to both.
    this.before = new Knowledge(known.knowledge);
    this.after = new Knowledge(next.knowledge);
    this.turn = turn;
    this.isNew = false;
    this.pairs.clear();
    this.stands.clear();
    const [a, b] = [known.snapshot, next.snapshot];
    this.keep(a, b);
    const values = new Map<string, Value>();
    for (const [slot, value] of a.values) {
      const other = b.values.get(slot);
      if (other === undefined) this.isNew = true;
      else values.set(slot, this.value(slot, value, other));
    }
    const marks = new Map<string, Marks>();
    for (const [slot, some] of a.marks) marks.set(slot, this.marks(some, b.marks.get(slot) ?? some));
    const snapshot: Snapshot = {
      place: a.place,
      values,
      marks,
      regions: a.regions.map((active, i) => this.regions(`region ${i}`, active, b.regions[i] ?? [])),
      approvals: a.approvals.map((given, i) => this.approvals(`approval ${i}`, given, b.approvals[i] ?? [])),
      ...(turn === undefined ? this.counts(a, b) : this.turned(a, b, turn)),
    };
    const knowledge = this.knowledge(snapshot);
    return this.isNew ? { snapshot, knowledge } : known;
  }

  // Values

  /** What stands for several and has stayed what it was in one place cannot stand for anything else in another. */
  private keep(a: Snapshot, b: Snapshot): void {
    for (const [slot, value] of a.values) this.kept(value, b.values.get(slot));
    for (const [i, active] of a.regions.entries()) {
      for (const { region, context } of active)
        this.kept(context, b.regions[i]?.find((entry) => entry.region === region)?.context);
    }
    for (const [i, given] of a.approvals.entries()) {
      for (const [one, other] of pairsOf(given, b.approvals[i] ?? [])) {
        this.kept(one.arguments, other?.arguments);
        this.kept(one.by, other?.by);
      }
    }
  }

  private kept(a: Value, b: Value | undefined): void {
    if (b === undefined) return;
    const [left, right] = [membersOf(a), membersOf(b)];
    if (left !== undefined && right !== undefined) {
      for (const [name, member] of left.known) this.kept(member.value, (right.known.get(name) ?? member).value);
    } else if (a.kind === 'array' && b.kind === 'array') {
      if (a.items.length === b.items.length) for (const [i, item] of a.items.entries()) this.kept(item, b.items[i]);
    } else if (a.kind === 'symbol' && isSameValue(a, b) && this.own.has(a.term)) this.stands.set(a.term, a);
  }

  private value(slot: string, a: Value, b: Value): Value {
    if (a === b) return a;
    if (a.kind === 'object' && b.kind === 'object' && haveSameNames(a, b)) return this.object(slot, a, b);
    if (a.kind === 'array' && b.kind === 'array' && a.items.length === b.items.length) {
      const items = a.items.map((item, i) => this.value(`${slot}/${i}`, item, b.items[i] ?? item));
      const label = this.label(a.label, b.label);
      return label === a.label && items.every((item, i) => item === a.items[i]) ? a : arrayValue(items, label);
    }
    if (isObjectLike(a) && isObjectLike(b)) return this.members(slot, a, b) ?? this.anything(a, b);
    if (isArrayLike(a) && isArrayLike(b)) return this.list(slot, a, b);
    return this.alike(a, b) ?? this.anything(a, b);
  }

  /** The one value that both are, labels apart. */
  private alike(a: Value, b: Value): Value | undefined {
    const label = (): Label => this.label(a.label, b.label);
    switch (a.kind) {
      case 'null':
        return b.kind === 'null' ? withLabel(a, label()) : undefined;
      case 'boolean':
      case 'number':
      case 'string':
        return b.kind === a.kind && a.value === b.value ? withLabel(a, label()) : undefined;
      case 'symbol': {
        if (b.kind !== 'symbol' || a.term !== b.term || a.members !== undefined || b.members !== undefined)
          return undefined;
        const inner = this.label(a.inner, b.inner);
        return label() === a.label && inner === a.inner ? a : symbolValue(a.term, label(), inner);
      }
      case 'array':
      case 'object':
      case 'list':
        return undefined;
    }
  }

  private object(slot: string, a: ObjectValue, b: ObjectValue): Value {
    let isSame = true;
    const fields = new Map<string, Value>();
    for (const [name, field] of a.fields) {
      const joined = this.value(`${slot}/${name}`, field, b.fields.get(name) ?? field);
      isSame &&= joined === field;
      fields.set(name, joined);
    }
    const label = this.label(a.label, b.label);
    return isSame && label === a.label ? a : objectValue(fields, label);
  }

  /** An object that has the members of either; `undefined` where they are not told by name. */
  private members(slot: string, a: Value, b: Value): Value | undefined {
    const [left, right] = [membersOf(a), membersOf(b)];
    if (left === undefined || right === undefined) return undefined;
    const isSameTerm = a.kind === 'symbol' && b.kind === 'symbol' && a.term === b.term;
    const isOwn = a.kind === 'symbol' && this.own.has(a.term);
    const term = isSameTerm || isOwn ? a.term : this.fresh([clause({ type: 'object' })]);
    const known = new Map<string, { readonly value: Value; readonly present?: Term }>();
    let isSame = isSameTerm || isOwn;
    for (const name of new Set([...left.known.keys(), ...right.known.keys()])) {
      const [mine, theirs] = [left.known.get(name), right.known.get(name)];
      const [one, other] = [mine ?? theirs, theirs ?? mine];
      if (one === undefined || other === undefined) continue;
      const value = this.value(`${slot}/${name}`, one.value, other.value);
      const isThere = mine !== undefined && theirs !== undefined && !mine.present && !theirs.present;
      const kept = isSameTerm || (isOwn && mine?.present !== undefined) ? mine?.present : undefined;
      const present = isThere ? undefined : (kept ?? this.symbols.terms.apply('has', term, name));
      isSame &&= value === mine?.value && present === mine.present;
      known.set(name, present === undefined ? { value } : { value, present });
    }
    const label = this.label(a.label, b.label);
    const inner = this.label(innerOf(a), innerOf(b));
    if (isSame && a.kind === 'symbol' && label === a.label && inner === a.inner) return a;
    this.isNew = true;
    return symbolValue(term, label, inner, { known, open: false });
  }

  private list(slot: string, a: Value, b: Value): Value {
    if (a.kind === 'list' && b.kind === 'list' && a.name === b.name) {
      const label = this.label(a.label, b.label);
      const mine = deepLabel(a);
      const theirs = deepLabel(b);
      if (join(mine, theirs) === mine) return withLabel(a, label);
      this.isNew = true;
      const items = a.items.map((item) => relabel(item, (own) => join(own, theirs)));
      return { ...a, label, items, take: (key) => relabel(a.take(key), (own) => join(own, theirs)) };
    }
    const summary = a.kind === 'list' ? this.summaries.get(a.name) : undefined;
    const label = this.label(a.label, b.label);
    const before =
      a.kind === 'list' && summary !== undefined ? a.items : this.standIn(slot, this.itemsOf(a, this.before));
    let items = before;
    for (const item of this.itemsOf(b, this.after)) {
      const [known] = items;
      if (known === undefined) {
        this.isNew = true;
        items = [item];
      } else items = [this.folded(() => this.value(`${slot}/*`, known, item))];
    }
    const length = this.lengthOf(a, b, summary);
    if (a.kind === 'list' && summary !== undefined && label === a.label && items[0] === before[0]) return a;
    this.isNew = true;
    const name = `#${length.id}`;
    return {
      kind: 'list',
      label,
      name,
      length,
      items,
      take: (key) => this.symbols.memo(`${name} ${key}`, () => this.item(items)),
    };
  }

  /** One value for all items of a list, in which nothing is any particular one of them. */
  private standIn(slot: string, items: readonly Value[]): readonly Value[] {
    const [first, ...others] = items;
    if (first === undefined) return [];
    return [others.reduce((one, item) => this.folded(() => this.value(`${slot}/*`, one, item)), first)];
  }

  /** What the items of a list may be, each as something that stands for any item like it. */
  private itemsOf(list: Value, knowledge: Knowledge): readonly Value[] {
    if (list.kind === 'array') return list.items.map((item) => this.general(item, knowledge));
    if (list.kind !== 'list' || list.items.length === 0) return [];
    // Of an item that is taken, all is known that it was chosen by.
    const items: Value[] = [];
    const { symbols } = this;
    symbols.under(knowledge, () => {
      const key = `any ${symbols.fresh('item', {}).id}`;
      symbols.everyWay(() => {
        items.push(this.general(list.take(key), symbols.knowledge));
      });
    });
    return items;
  }

  /** Joins items of a list: each of its unknowns stands for one after the other. */
  private folded(work: () => Value): Value {
    const outer = this.isFolding;
    this.isFolding = true;
    const value = work();
    this.isFolding = outer;
    return value;
  }

  private general(value: Value, knowledge: Knowledge): Value {
    switch (value.kind) {
      case 'object':
        return objectValue(
          new Map([...value.fields].map(([name, field]) => [name, this.general(field, knowledge)])),
          value.label,
        );
      case 'array':
        return arrayValue(
          value.items.map((item) => this.general(item, knowledge)),
          value.label,
        );
      case 'symbol':
      case 'list': {
        const inner = deepLabel(value);
        return symbolValue(this.fresh([must(describe(pathOf(knowledge), value))]), value.label, inner);
      }
      default:
        return value;
    }
  }

  /** Another item of a list that stands for those of several paths: its own unknowns are new, and meet what is known of any. */
  private item(items: readonly Value[]): Value {
    const [standIn] = items;
    if (standIn === undefined) return this.symbols.impossible();
    return this.renewed(standIn);
  }

  private renewed(value: Value): Value {
    switch (value.kind) {
      case 'object':
        return objectValue(new Map([...value.fields].map(([name, field]) => [name, this.renewed(field)])), value.label);
      case 'array':
        return arrayValue(
          value.items.map((item) => this.renewed(item)),
          value.label,
        );
      case 'symbol': {
        const clauses = this.own.get(value.term);
        if (clauses === undefined) return value;
        const term = this.symbols.fresh('item', {});
        this.symbols.knowledge.add(term, ...clauses);
        return symbolValue(term, value.label, deepLabel(value));
      }
      case 'list': {
        // Each item has a list of its own.
        const term = this.symbols.fresh('item', { type: 'array' });
        return symbolValue(term, value.label, deepLabel(value));
      }
      default:
        return value;
    }
  }

  private lengthOf(a: Value, b: Value, summary: Summary | undefined): Term {
    const isTurned = this.turn?.start !== undefined;
    const theirs = boundsOfLength(b, this.after);
    if (a.kind !== 'list' || summary === undefined) {
      const mine = boundsOfLength(a, this.before);
      const offset = isTurned || a.kind !== 'list' ? undefined : this.addedTo(a.length, b);
      if (a.kind === 'list' && offset !== undefined) return this.summarised(a.length, within(NO_OFFSET, offset));
      if (isTurned) return this.summarised(undefined, mine);
      return this.summarised(undefined, within(mine, theirs), 0);
    }
    const { base, low, high, growth } = summary;
    const added = this.addedTo(base ?? summary.length, b);
    if (base !== undefined) {
      // Nothing is known of a length that has nothing to do with the other.
      const both = within(summary, added ?? { low: -Infinity, high: Infinity });
      summary.low = both.low;
      summary.high = both.high;
    } else if (added === undefined || !isTurned) {
      const both = within(summary, theirs);
      summary.low = both.low;
      summary.high = both.high;
    } else {
      if (added.low < 0) summary.low = 0;
      summary.growth = Math.max(growth ?? 0, added.high);
    }
    if (summary.low !== low || summary.high !== high || summary.growth !== growth) {
      this.isNew = true;
      summary.changes += 1;
      if (summary.changes > WEAKENED.nothing) summary.high = Infinity;
      this.bound(summary);
    }
    return summary.length;
  }

  /** The length of a new list that stands for several; with `base`, as what is added to that. */
  private summarised(base: Term | undefined, { low, high }: Range, growth?: number): Term {
    const own = this.fresh([]);
    const length =
      base === undefined
        ? own
        : sumOf(this.symbols, [
            [1, base],
            [1, own],
          ]);
    const summary: Summary = { base, own, length, low, high, growth: base === undefined ? growth : 0, changes: 0 };
    this.summaries.set(`#${length.id}`, summary);
    this.bound(summary);
    return length;
  }

  /** What is known of a summary's length. */
  private bound({ own, low, high, growth }: Summary): void {
    const most = growth === undefined ? Infinity : grown(high, this.iterations - 1, growth);
    const clauses = [
      clause({
        type: 'integer',
        ...(Number.isFinite(low) ? { minimum: low } : {}),
        ...(Number.isFinite(most) ? { maximum: most } : {}),
      }),
    ];
    this.own.set(own, clauses);
  }

  /** By how much the list is longer than `length`; `undefined` where its length has nothing to do with that. */
  private addedTo(length: Term, list: Value): Range | undefined {
    if (list.kind !== 'list') return undefined;
    if (list.length === length) return NO_OFFSET;
    const difference = sumOf(this.symbols, [
      [1, list.length],
      [-1, length],
    ]);
    const { low, high } = this.after.bounds(difference);
    return Number.isFinite(low) && Number.isFinite(high) ? { low, high } : undefined;
  }

  /** Anything that either may be. */
  private anything(a: Value, b: Value): Value {
    const label = this.label(a.label, b.label);
    const theirs = describe(pathOf(this.after), b);
    const inner = this.label(innerOf(a), innerOf(b));
    if (a.kind === 'symbol' && a.members === undefined) {
      const clauses = this.own.get(a.term);
      const met = this.stands.get(a.term);
      if (clauses !== undefined && (this.isFolding || met === undefined || isSameValue(met, b))) {
        if (!this.isFolding) this.stands.set(a.term, b);
        this.weaken(a.term, clauses, must(theirs));
        return label === a.label && inner === a.inner ? a : symbolValue(a.term, label, inner);
      }
    }
    this.isNew = true;
    const key = !this.isFolding && a.kind === 'symbol' && b.kind === 'symbol' ? `${a.term.id} ${b.term.id}` : undefined;
    let term = key === undefined ? undefined : this.pairs.get(key);
    if (term === undefined) {
      term = this.fresh([must(compose({ anyOf: [describe(pathOf(this.before), a), theirs] }))]);
      if (key !== undefined) this.pairs.set(key, term);
    }
    return symbolValue(term, label, inner);
  }

  private weaken(term: Term, clauses: readonly Clause[], { node }: Clause): void {
    const isHeld = clauses.every((it) => isEmpty([must(node), it.holds ? mustNot(it.node) : must(it.node)]));
    if (isHeld) return;
    this.isNew = true;
    const times = this.timesOf(term);
    if (times >= WEAKENED.nothing) this.own.set(term, []);
    else if (times >= WEAKENED.kinds) {
      const some = new Knowledge();
      some.add(term, must(compose({ anyOf: [...clauses.map((it) => it.node), node] })));
      this.own.set(term, [clause({ type: [...some.kinds(term)] })]);
    } else this.own.set(term, [must(compose({ anyOf: [compose({ allOf: clauses.map((it) => it.node) }), node] }))]);
  }

  /** How many states have weakened what is known of the term. */
  private timesOf(term: Term): number {
    const states = this.weakened.get(term) ?? new Set();
    this.weakened.set(term, states.add(this.after));
    return states.size;
  }

  private fresh(clauses: readonly Clause[]): Term {
    const term = this.symbols.fresh('joined', {});
    this.own.set(term, clauses);
    this.before.add(term, ...clauses);
    this.after.add(term, ...clauses);
    return term;
  }

  // Labels, regions, approvals, counts

  label(a: Label, b: Label): Label {
    const both = join(a, b);
    if (both !== a) this.isNew = true;
    return both;
  }

  private marks(a: Marks, b: Marks): Marks {
    const both = joinMarks(a, b);
    if (both !== a) this.isNew = true;
    return both;
  }

  regions(slot: string, a: readonly Active[], b: readonly Active[]): readonly Active[] {
    const kept = a.map((entry) => {
      const other = b.find(({ region }) => region === entry.region);
      if (other === undefined) return entry;
      const context = this.value(`${slot} ${entry.region.from}`, entry.context, other.context);
      return { region: entry.region, marks: this.marks(entry.marks, other.marks), context };
    });
    const more = b.filter((entry) => !a.some(({ region }) => region === entry.region));
    if (more.length > 0) this.isNew = true;
    return [...kept, ...more];
  }

  /** Those that hold on both ways, one after the other: an approval too few is at worst a call refused. */
  private approvals(slot: string, a: readonly Approval[], b: readonly Approval[]): readonly Approval[] {
    const kept: Approval[] = [];
    for (const [at, [one, other]] of pairsOf(a, b).entries()) {
      if (other === undefined) {
        this.isNew = true;
        continue;
      }
      const args = this.value(`${slot} ${at}`, one.arguments, other.arguments);
      const by = this.value(`${slot} ${at} by`, one.by, other.by);
      if (args.kind === 'object') kept.push({ ...one, arguments: args, by });
      else this.isNew = true;
    }
    return kept;
  }

  private counts(a: Snapshot, b: Snapshot): Counts & { readonly wanted: Wanted } {
    const counts = greatest(a, b);
    if (!areSameCounts(counts, a)) this.isNew = true;
    return { ...counts, wanted: this.wanted(a.wanted, b.wanted) };
  }

  private wanted(a: Wanted, b: Wanted): Wanted {
    const known = commonOf(a.known, b.known, isSameIntent);
    const failed = commonOf(a.failed, b.failed, isSameFailed);
    const rest = ({ earlier, known: all, failed: others }: Wanted): Wanted => ({
      earlier,
      known: all.slice(known),
      failed: others.slice(failed),
    });
    const earlier = most(summed(rest(a), this.before), summed(rest(b), this.after));
    const isKept = known === a.known.length && failed === a.failed.length && isSameEarlier(earlier, a.earlier);
    if (isKept) return a;
    this.isNew = true;
    return { earlier, known: a.known.slice(0, known), failed: a.failed.slice(0, failed) };
  }

  /** At the head of a loop, what the entry brings and the iterations add. */
  private turned(a: Snapshot, b: Snapshot, { start, iterations }: Turn): Counts & { readonly wanted: Wanted } {
    this.iterations = Math.max(this.iterations, iterations);
    if (start === undefined) {
      this.entry = greatest(this.entry, b);
      this.entryWanted = most(this.entryWanted, summed(b.wanted, this.after));
    } else {
      const { snapshot } = start;
      this.growth = greatest(this.growth, {
        tasks: b.tasks - snapshot.tasks,
        calls: b.calls - snapshot.calls,
        infers: b.infers - snapshot.infers,
      });
      this.growthWanted = most(this.growthWanted, less(summed(b.wanted, this.after), snapshot.wanted.earlier));
    }
    const times = this.iterations - 1;
    const counts = {
      tasks: grown(this.entry.tasks, times, this.growth.tasks),
      calls: grown(this.entry.calls, times, this.growth.calls),
      infers: grown(this.entry.infers, times, this.growth.infers),
    };
    const earlier = more(this.entryWanted, times, this.growthWanted);
    if (!areSameCounts(counts, a) || !isSameEarlier(earlier, a.wanted.earlier)) this.isNew = true;
    return { ...counts, wanted: { earlier, known: [], failed: [] } };
  }

  // Knowledge

  private knowledge(snapshot: Snapshot): Knowledge {
    const shared = this.before.sharedMemo(this.after).map(([, value]) => value);
    const live = liveIn(snapshot, shared);
    const { knowledge, isWeaker } = this.before.common(this.after, live, this.own);
    if (isWeaker) this.isNew = true;
    return knowledge;
  }
}

/** What is known, for describing a value. */
function pathOf(knowledge: Knowledge): Parameters<typeof describe>[0] {
  return { knowledge, bounds: (term) => knowledge.bounds(term), kinds: (term) => knowledge.kinds(term) };
}

function isObjectLike(value: Value): boolean {
  return value.kind === 'object' || (value.kind === 'symbol' && value.members !== undefined);
}

function isArrayLike(value: Value): boolean {
  return value.kind === 'array' || value.kind === 'list';
}

/** The members of an object that is known to have no others. */
function membersOf(value: Value): Members | undefined {
  if (value.kind === 'object')
    return { known: new Map([...value.fields].map(([name, field]) => [name, { value: field }])), open: false };
  return value.kind === 'symbol' && value.members?.open === false ? value.members : undefined;
}

function innerOf(value: Value): Label {
  return value.kind === 'symbol' && value.members === undefined ? value.inner : deepLabel(value);
}

function within(a: Range, b: Range): Range {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

function boundsOfLength(list: Value, knowledge: Knowledge): Range {
  if (list.kind === 'array') return { low: list.items.length, high: list.items.length };
  if (list.kind !== 'list') return { low: 0, high: Infinity };
  const { low, high } = knowledge.bounds(list.length);
  return { low: Math.max(0, low), high };
}

/** Approvals with those of the same tool and use on another way, in their order. */
function pairsOf(
  a: readonly Approval[],
  b: readonly Approval[],
): readonly (readonly [Approval, Approval | undefined])[] {
  let next = 0;
  return a.map((one) => {
    const at = b.findIndex((other, i) => i >= next && one.tool === other.tool && isSameUse(one.usedBy, other.usedBy));
    if (at >= 0) next = at + 1;
    return [one, b[at]];
  });
}

function isSameOptional(a: Value | undefined, b: Value | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isSameValue(a, b);
}

function isSameUse(a: Approval['usedBy'], b: Approval['usedBy']): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.at === b.at && isSameOptional(a.key, b.key);
}

function isSameIntent(a: Intent, b: Intent): boolean {
  return (
    a.tool === b.tool &&
    isSameOptional(a.key, b.key) &&
    a.amounts.size === b.amounts.size &&
    [...a.amounts].every(([pointer, amount]) => b.amounts.get(pointer) === amount)
  );
}

function isSameFailed(a: Failed, b: Failed): boolean {
  return a.tool === b.tool && isSameValue(a.arguments, b.arguments);
}

/** How many items two lists have in common from their beginning. */
function commonOf<T>(a: readonly T[], b: readonly T[], isAlike: (a: T, b: T) => boolean): number {
  let common = 0;
  for (const [i, item] of a.entries()) {
    const other = b[i];
    if (other === undefined || !isAlike(item, other)) break;
    common += 1;
  }
  return common;
}

function greatest(a: Counts, b: Counts): Counts {
  return {
    tasks: Math.max(a.tasks, b.tasks),
    calls: Math.max(a.calls, b.calls),
    infers: Math.max(a.infers, b.infers),
  };
}

function areSameCounts(a: Counts, b: Counts): boolean {
  return a.tasks === b.tasks && a.calls === b.calls && a.infers === b.infers;
}

function grown(from: number, times: number, by: number): number {
  return by <= 0 || times <= 0 ? from : from + times * by;
}

type Sums = ReadonlyMap<Pointer, number>;

/** Two bounds of counts and sums put together, number by number. */
function combined(a: Earlier, b: Earlier, put: (a: number, b: number) => number): Earlier {
  const both = <K>(x: ReadonlyMap<K, number>, y: ReadonlyMap<K, number>): Map<K, number> =>
    new Map([...new Set([...x.keys(), ...y.keys()])].map((key) => [key, put(x.get(key) ?? 0, y.get(key) ?? 0)]));
  const none: Sums = new Map();
  const tools = new Set<ToolId>([...a.totals.keys(), ...b.totals.keys()]);
  return {
    calls: both(a.calls, b.calls),
    totals: new Map([...tools].map((id) => [id, both(a.totals.get(id) ?? none, b.totals.get(id) ?? none)])),
    failed: new Set([...a.failed, ...b.failed]),
  };
}

function most(a: Earlier, b: Earlier): Earlier {
  return combined(a, b, Math.max);
}

function less(a: Earlier, b: Earlier): Earlier {
  return combined(a, b, (x, y) => (x === y ? 0 : x - y));
}

function more(a: Earlier, times: number, b: Earlier): Earlier {
  return combined(a, b, (x, y) => grown(x, times, y));
}

function isSameEarlier(a: Earlier, b: Earlier): boolean {
  const isAlike = <K>(x: ReadonlyMap<K, number>, y: ReadonlyMap<K, number>): boolean =>
    [...x].every(([key, count]) => y.get(key) === count);
  const none: Sums = new Map();
  return (
    isAlike(a.calls, b.calls) &&
    [...a.totals].every(([id, sums]) => isAlike(sums, b.totals.get(id) ?? none)) &&
    [...a.failed].every((id) => b.failed.has(id))
  );
}

/** All that was wanted, as bounds. */
function summed({ earlier, known, failed }: Wanted, knowledge: Knowledge): Earlier {
  const calls = new Map(earlier.calls);
  const totals = new Map([...earlier.totals].map(([id, sums]) => [id, new Map(sums)]));
  for (const { tool, amounts } of known) {
    calls.set(tool, (calls.get(tool) ?? 0) + 1);
    const sums = totals.get(tool) ?? new Map<Pointer, number>();
    for (const [pointer, amount] of amounts)
      sums.set(pointer, (sums.get(pointer) ?? 0) + (isTerm(amount) ? knowledge.bounds(amount).high : amount));
    if (sums.size > 0) totals.set(tool, sums);
  }
  return { calls, totals, failed: new Set([...earlier.failed, ...failed.map(({ tool }) => tool)]) };
}
