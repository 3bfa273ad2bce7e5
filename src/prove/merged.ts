import { asList, either, isLonger } from '../expression/symbolic.ts';
import { assert } from '../kernel/result.ts';
import { compareText } from '../kernel/json.ts';
import type { Held, Item } from '../machine/held.ts';
import type { Points, State } from '../machine/state.ts';
import { restore, snapshotOf } from '../machine/snapshot.ts';
import type { Approval } from '../machine/approvals.ts';
import type { Value } from '../value/value.ts';
import { type Exploration, explored, type Met, type Subject, Walk } from './explore.ts';
import { Explorer, type Limits } from './explorer.ts';
import { Joiner, type Standing, type Turn } from './join.ts';
import { Knowledge } from './knowledge.ts';

/**
 * Follows every path of a workflow from one place between its tasks to the next, and puts together what arrives there: independent
 * branches add up instead of multiplying, and a loop over a list of any length is followed until nothing new comes to its head
 * (abstract interpretation; Cousot & Cousot, 1977). What paths are put together knows less than each of them, so that what is doubted
 * here may still hold; there are no counterexamples.
 */
export function exploreMerged(subject: Subject, limits: Limits, onEffect?: (met: Met) => void): Exploration {
  const explorer = new Explorer(limits, true);
  const walk = new Walk(subject, explorer, { onEffect }, true);
  return explored(walk, explorer, () => {
    new Merging(explorer, walk).explore();
    return undefined;
  });
}

/** Ways to stand at one place that are told apart. */
const MAX_VARIANTS = 8;

/** A place at which paths meet, in one of its variants. */
interface Point {
  readonly place: readonly number[];
  readonly joiner: Joiner;
  state: Standing;
  /** How it is reached: the points on the way, as they were then, and all decisions. */
  readonly way: readonly Visit[];
  readonly decisions: readonly boolean[];
  /** It has not been gone on from since it became what it is. */
  isFresh: boolean;
  /** What it is now has been put to the gate. */
  isJudged: boolean;
  /** Of the head of a loop: what has left the loop, kept until nothing new comes to its head. */
  readonly left: Arrival[];
}

interface Visit {
  readonly key: string;
  readonly state: Standing;
}

/** What has come to a place. */
interface Arrival {
  readonly key: string;
  readonly state: Standing;
  readonly turn: Turn | undefined;
  readonly way: readonly Visit[];
  readonly decisions: readonly boolean[];
}

type Place = readonly number[];
const BEGINNING: Place = [];

class Merging implements Points {
  private readonly explorer: Explorer;
  private readonly walk: Walk;
  private readonly points = new Map<string, Point>();
  /** Variants of each place. */
  private readonly variants = new Map<string, Set<string>>();
  /** The points that the path in progress is led through; the last of them is the one that is gone on from. */
  private way: readonly Visit[] = [];
  private from = BEGINNING;
  private passed = 0;
  /** How many decisions had fallen when the path was at a point for the last time. */
  private decided = 0;
  /** Nothing new comes anywhere: what is left is to put every effect to the gate. */
  private isSettled = false;

  constructor(explorer: Explorer, walk: Walk) {
    this.explorer = explorer;
    this.walk = walk;
  }

  explore(): void {
    this.goOn(BEGINNING, [], [], true);
    for (let next = this.next(); next !== undefined; next = this.next()) {
      const [, point] = next;
      // What comes to a place without a loop has come when it is its turn: places are taken in their order.
      point.isJudged = !this.hasLoops();
      this.goOnFrom(next, point.isJudged);
    }
    this.isSettled = true;
    for (const entry of [...this.points].toSorted(compare)) if (!entry[1].isJudged) this.goOnFrom(entry, true);
  }

  private hasLoops(): boolean {
    return [...this.points.keys()].some((key) => key.endsWith(LOOP));
  }

  /** The first place at which something new has arrived: what leads to it has been looked at then. */
  private next(): [string, Point] | undefined {
    const fresh = [...this.points].filter(([, { isFresh }]) => isFresh);
    for (const [, head] of [...this.points].toSorted(compare).toReversed()) {
      if (head.left.length === 0 || fresh.some(([, { place }]) => isWithin(place, head.place))) continue;
      unlessAnew(() => {
        for (const arrival of head.left.splice(0)) this.deliver(arrival, head.place.slice(0, -1));
      });
      return this.next();
    }
    return fresh.toSorted(compare)[0];
  }

  private goOnFrom([key, point]: [string, Point], isJudged: boolean): void {
    point.isFresh = false;
    this.goOn(point.place, [...point.way, { key, state: point.state }], point.decisions, isJudged);
  }

  /** Follows every way from a place to the next. `isJudged`: effects are put to the gate. */
  private goOn(from: Place, way: readonly Visit[], decisions: readonly boolean[], isJudged: boolean): void {
    this.from = from;
    this.way = way;
    unlessAnew(() => {
      this.explorer.explore(() => {
        this.passed = 0;
        this.decided = 0;
        this.walk.path(this, () => !isJudged || this.passed < this.way.length);
      }, decisions);
    });
  }

  reach(run: State): void {
    // Where nothing was decided since, whatever comes here came by the point before.
    if (this.explorer.count() === this.decided) return;
    if (this.visit(run) !== undefined) return;
    const place = JSON.stringify([run.place, run.held.map(sizeOf)]);
    this.arrive(run, `${place} ${this.isSettled ? '' : this.variantOf(place, run)}`, undefined);
  }

  item(run: State, held: Held, count: number): Item | undefined {
    const { explorer } = this;
    const before = listOf(explorer, held);
    if (count === 0 ? !isLonger(explorer, before, 0) : !either(explorer, 'another item')) return undefined;
    run.place[run.place.length - 1] = 0;
    const key = `${JSON.stringify([run.place, run.held.map(sizeOf)])}${LOOP}`;
    const { high } = explorer.bounds(before.length);
    const start = count === 0 ? undefined : this.way.findLast((visit) => visit.key === key)?.state;
    if (this.visit(run) === undefined) this.arrive(run, key, { start, iterations: high });
    const list = listOf(explorer, held);
    const most = explorer.bounds(list.length).high - 1;
    const index = explorer.fresh('index', {
      type: 'integer',
      minimum: 0,
      ...(Number.isFinite(most) ? { maximum: most } : {}),
    });
    return { value: list.take(`item ${index.id}`), index };
  }

  isWithin(): boolean {
    return either(this.explorer, 'within budget');
  }

  /** The path in progress is led on from here, if it is still being led. */
  private visit(run: State): Visit | undefined {
    const visit = this.way[this.passed];
    this.passed += 1;
    if (visit === undefined) return undefined;
    const { snapshot, knowledge } = visit.state;
    assert(isSamePlace(run.place, snapshot.place), 'the same decisions lead to the same places');
    restore(run, snapshot);
    this.explorer.knowledge = new Knowledge(knowledge);
    this.decided = this.explorer.count();
    return visit;
  }

  /** Paths meet here: for the one in progress this is the end, for now. */
  private arrive(run: State, key: string, turn: Turn | undefined): void {
    const { explorer, way, from } = this;
    if (this.isSettled) explorer.impossible();
    const state: Standing = { snapshot: snapshotOf(run), knowledge: explorer.snapshot() };
    this.deliver({ key, state, turn, way, decisions: explorer.taken() }, from);
    explorer.impossible();
  }

  private deliver(arrival: Arrival, from: Place): void {
    const { key, state, turn, way, decisions } = arrival;
    const { place } = state.snapshot;
    const loop = this.leaves(from, place, way);
    if (loop !== undefined) {
      loop.left.push(arrival);
      return;
    }
    const known = this.points.get(key);
    if (known === undefined) {
      const joiner = new Joiner(this.explorer);
      const first = joiner.first(state, turn);
      this.points.set(key, { place, joiner, state: first, way, decisions, isFresh: true, isJudged: false, left: [] });
      return;
    }
    const joined = known.joiner.with(known.state, state, turn);
    if (joined === known.state) return;
    known.state = joined;
    known.isFresh = true;
    known.isJudged = false;
    if (turn?.start !== undefined) this.forget(known, arrival.key);
  }

  /** The innermost loop that is left on the way from one place to another. */
  private leaves(from: Place, to: Place, way: readonly Visit[]): Point | undefined {
    let innermost: Point | undefined;
    for (const [key, point] of this.points) {
      if (!key.endsWith(LOOP) || !isWithin(from, point.place) || isWithin(to, point.place)) continue;
      if (!isBehind(way, key)) continue;
      if (innermost === undefined || point.place.length > innermost.place.length) innermost = point;
    }
    return innermost;
  }

  /** What was found inside a loop holds for what came to its head before: it begins anew with what has come now. */
  private forget(head: Point, at: string): void {
    head.left.length = 0;
    for (const [key, point] of this.points)
      if (point !== head && isWithin(point.place, head.place) && isBehind(point.way, at)) this.points.delete(key);
    throw new Anew();
  }

  /** What tells ways to stand at a place apart, as long as there are few of them. */
  private variantOf(place: string, run: State): string {
    const names = run.frames.map(({ context }) => outlineOf(context));
    const given = run.frames.map(({ approvals }) => approvals.copy().filter(isUnused).map(approvalKey));
    const variant = JSON.stringify([names, given]);
    const all = this.variants.get(place) ?? new Set();
    this.variants.set(place, all);
    if (all.has(variant)) return variant;
    if (all.size >= MAX_VARIANTS) return 'any';
    all.add(variant);
    return variant;
  }
}

/** The head of a loop has changed: what is being followed from inside of it is out of date. */
class Anew extends Error {}

/** Does something as far as it is not out of date. */
function unlessAnew(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Anew)) throw error;
  }
}

/** Ends the key of a loop's head. */
const LOOP = ' loop';

/** Whether a way has come by the head of a loop: the same loop may also run over a list that is known. */
function isBehind(way: readonly Visit[], head: string): boolean {
  return way.some(({ key }) => key === head);
}

/** Whether a place is another one, or inside of what goes on there. */
function isWithin(place: Place, outer: Place): boolean {
  return place.length >= outer.length && outer.every((node, i) => node === place[i]);
}

function isSamePlace(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((node, i) => node === b[i]);
}

function listOf(explorer: Explorer, { items }: Held): NonNullable<ReturnType<typeof asList>> {
  const list = items === undefined ? undefined : asList(explorer, items);
  assert(list !== undefined, 'a loop runs over a list');
  return list;
}

/** How many items a loop runs over, where that is known: it is followed item by item then. */
function sizeOf({ items }: Held): number {
  return items?.kind === 'array' ? items.items.length : -1;
}

function compare([left, a]: [string, Point], [right, b]: [string, Point]): number {
  for (const [i, node] of a.place.entries()) {
    const other = b.place[i];
    if (other === undefined) return 1;
    if (node !== other) return node - other;
  }
  return a.place.length - b.place.length || compareText(left, right);
}

function isUnused({ usedBy }: Approval): boolean {
  return usedBy === undefined;
}

function approvalKey({ tool, arguments: args, by }: Approval): string {
  return `${tool} ${shapeOf(args)} ${shapeOf(by)}`;
}

/** Which members a value has, and of which kind they are. */
function outlineOf(value: Value): string {
  if (value.kind !== 'object') return value.kind;
  return [...value.fields].map(([name, field]) => `${JSON.stringify(name)}:${kindOf(field)}`).join();
}

function kindOf(value: Value): string {
  return value.kind === 'array' && value.items.length === 0 ? 'empty' : value.kind;
}

/** What a value looks like, whatever stands in it. */
function shapeOf(value: Value): string {
  switch (value.kind) {
    case 'array':
      return `[${value.items.map(shapeOf).join()}]`;
    case 'object':
      return `{${[...value.fields].map(([name, field]) => `${JSON.stringify(name)}:${shapeOf(field)}`).join()}}`;
    default:
      return value.kind;
  }
}
