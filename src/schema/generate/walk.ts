import { equalJson, fromEntries, type Json } from '../../kernel/json.ts';
import { equalityKey } from '../equality.ts';
import type { Chance } from '../language.ts';
import { below, evaluators, inPlace, type SchemaNode } from '../node.ts';
import { type Clause, type Demand, meets, must, mustNot, type Violation } from './demand.ts';
import { Contradiction, Facts, type Kind, KINDS, kindOf } from './facts.ts';
import { drawNumber } from './number.ts';
import { drawText } from './text.ts';

/** How deep a value goes before only what must be there is added, and how deep it can go at all. */
const DEPTH = { easy: 4, most: 30 };
/** Places visited for one value, unless the options say otherwise, and for each schema of the document besides. */
const MAX_VISITS = { value: 3000, schema: 3 };
/** Draws for a place, fewer the deeper it is: each failure above costs all the tries below. */
const ATTEMPTS = [12, 6, 4] as const;
const EXTRA_NAMES = ['extra', 'other', 'x', 'y', 'a', 'b', 'key', 'A1', 'é', '', 'toString', 'x-y', '0'];

export interface WalkOptions {
  /** Whether bounds, constants and toggles at their ends are preferred. */
  readonly edgy: boolean;
  readonly violation: Violation | undefined;
  /** Whether members that no schema declares may be made up. */
  readonly extras: boolean;
  /** Places that may be visited before the value is given up. */
  readonly visits?: number;
}

/** Builds values that meet a demand, place by place. What it returns has been checked unless a keyword is to be violated on the way. */
export class Walker {
  /** Whether the keyword that was to be broken was. */
  isViolated = false;
  private readonly chance: Chance;
  private readonly options: WalkOptions;
  private readonly towards: ReadonlySet<SchemaNode>;
  private readonly recursive: ReadonlySet<SchemaNode>;
  /** Places visited so far. */
  visits = 0;
  private readonly most: number;

  constructor(chance: Chance, options: WalkOptions, graph: Graph) {
    this.chance = chance;
    this.options = options;
    this.towards = options.violation === undefined ? new Set() : graph.leadingTo(options.violation.node);
    this.recursive = graph.recursive;
    this.most = options.visits ?? MAX_VISITS.value + MAX_VISITS.schema * graph.nodes.size;
  }

  /** A value for the place, or `undefined` where none was found. */
  draw(demand: Demand, depth = 0): { readonly value: Json } | undefined {
    const isOnTheWay = !this.isViolated && this.isOnTheWay(demand);
    for (let attempt = 0; attempt < (ATTEMPTS[depth] ?? 3); attempt += 1) {
      this.visits += 1;
      if (this.visits > this.most || depth > DEPTH.most) return undefined;
      const before = this.isViolated;
      const drawn = this.attempt(demand, depth);
      // A violated place breaks its own demand on purpose; what it breaks is judged once, for the whole value.
      if (drawn !== undefined && (isOnTheWay || meets(drawn.value, demand))) return drawn;
      this.isViolated = before;
    }
    return undefined;
  }

  private isOnTheWay(demand: Demand): boolean {
    return demand.some(({ node, holds }) => holds && this.towards.has(node));
  }

  private attempt(demand: Demand, depth: number): { readonly value: Json } | undefined {
    try {
      const violation = this.isViolated ? undefined : this.options.violation;
      const prefers = (node: SchemaNode): boolean =>
        violation === undefined ? depth > DEPTH.easy && !this.recursive.has(node) : this.towards.has(node);
      const facts = new Facts(this.chance, violation, prefers).addAll(demand);
      this.isViolated ||= facts.isViolated;
      const value = this.build(facts, depth);
      return value === undefined ? undefined : { value };
    } catch (error) {
      if (error instanceof Contradiction) return undefined;
      throw error;
    }
  }

  private pick<T>(list: readonly T[]): T | undefined {
    return list[this.chance.below(Math.max(1, list.length))];
  }

  private happens(percent: number): boolean {
    return this.chance.below(100) < percent;
  }

  private build(facts: Facts, depth: number): Json | undefined {
    if (facts.allowed !== undefined) {
      return this.pick(facts.allowed.filter((value) => facts.kinds.has(kindOf(value)) && !isForbidden(facts, value)));
    }
    const value = this.ofKind(this.kind(facts, depth), facts, depth);
    return value === undefined || isForbidden(facts, value) ? undefined : value;
  }

  private kind(facts: Facts, depth: number): Kind {
    const kinds = KINDS.filter((kind) => facts.kinds.has(kind));
    if (this.options.violation !== undefined && !this.isViolated) {
      // The way to the violation leads through members or items.
      const containers = kinds.filter(
        (kind) => (kind === 'object' ? facts.objects.size : kind === 'array' ? facts.arrays.size : 0) > 0,
      );
      return this.pick(containers) ?? this.pick(kinds) ?? 'null';
    }
    // A schema that says something about one kind of value only is most of the time about that.
    const spoken = kinds.filter((kind) => speaksOf(facts, kind));
    if (spoken.length > 0 && this.happens(75)) return this.pick(spoken) ?? 'null';
    return (
      this.pick(depth > 1 ? kinds.filter((kind) => kind !== 'array' && kind !== 'object') : kinds) ??
      this.pick(kinds) ??
      'null'
    );
  }

  private ofKind(kind: Kind, facts: Facts, depth: number): Json | undefined {
    switch (kind) {
      case 'null':
        return null;
      case 'boolean':
        return this.chance.below(2) === 0;
      case 'number':
        return drawNumber(facts, this.chance, this.isEdgy());
      case 'string':
        return drawText(facts, this.chance, this.isEdgy());
      case 'array':
        return this.array(facts, depth);
      case 'object':
        return this.object(facts, depth);
    }
  }

  private isEdgy(): boolean {
    return this.happens(this.options.edgy ? 80 : 20);
  }

  private array(facts: Facts, depth: number): readonly Json[] | undefined {
    const extra = new Map<number, Clause[]>(facts.itemAt);
    const least = Math.max(
      facts.minItems,
      ...facts.someItem.map((it) => it.from + 1),
      ...facts.contains.map((it) => it.min),
      0,
    );
    const length = this.length(facts, least, depth);
    if (length === undefined || length > 5000) return undefined;
    for (const { from, clause } of facts.someItem) {
      if (clause !== undefined) add(extra, from + this.chance.below(length - from), clause);
    }
    for (const contained of facts.contains) this.place(contained, length, extra);
    const items: Json[] = [];
    const seen = new Set<string>();
    for (let i = 0; i < length; i += 1) {
      const item = this.item([...itemDemand(facts, i), ...(extra.get(i) ?? [])], facts, seen, depth);
      if (item === undefined)
        return items.length >= facts.minItems && facts.contains.length === 0 && facts.someItem.length === 0
          ? items
          : undefined;
      items.push(item.value);
    }
    if (facts.hasRepeats) {
      const from = this.chance.below(items.length);
      const to = (from + 1) % items.length;
      const copied = items[from];
      if (copied !== undefined) items[to] = copied;
    }
    return items;
  }

  private length(facts: Facts, least: number, depth: number): number | undefined {
    const { maxItems } = facts;
    if (least > maxItems) return undefined;
    if (depth > DEPTH.easy) return least;
    const leads = !this.isViolated && facts.arrays.size > 0 && this.options.violation !== undefined;
    const prefix = Math.max(0, ...[...facts.arrays].map((node) => node.prefixItems?.length ?? 0));
    const choices = this.isEdgy()
      ? [least, least + 1, maxItems - 1, maxItems, prefix - 1, prefix, prefix + 1].filter(
          (it) => it <= Math.max(least + 8, 12),
        )
      : [least, least + this.chance.below(3), least + 1, prefix];
    const fitting = choices.filter((it) => it >= Math.max(least, leads ? 1 : 0) && it <= maxItems);
    return this.pick(fitting) ?? least;
  }

  /** Chooses the items that one `contains` counts, and keeps the others out of it where that matters. */
  private place(
    { node, min, max }: { readonly node: SchemaNode; readonly min: number; readonly max: number },
    length: number,
    extra: Map<number, Clause[]>,
  ): void {
    const indices = Array.from({ length }, (_, i) => i);
    const start = this.chance.below(Math.max(1, length - min + 1));
    const chosen = new Set(indices.slice(start, start + min));
    for (const i of indices) {
      if (chosen.has(i)) add(extra, i, must(node));
      else if (max !== Infinity) add(extra, i, mustNot(node));
    }
  }

  private item(demand: Demand, facts: Facts, seen: Set<string>, depth: number): { readonly value: Json } | undefined {
    for (let attempt = 0; attempt < (facts.isUnique ? 40 : 1); attempt += 1) {
      const drawn = this.draw(demand, depth + 1);
      if (drawn === undefined || !facts.isUnique) return drawn;
      const key = equalityKey(drawn.value);
      if (seen.has(key)) continue;
      seen.add(key);
      return drawn;
    }
    return undefined;
  }

  private object(facts: Facts, depth: number): Json | undefined {
    const names = this.memberNames(facts, depth);
    if (names === undefined) return undefined;
    const members: [string, Json][] = [];
    for (const [name, clauses] of names.chosen) {
      const drawn = this.draw([...memberDemand(facts, name), ...clauses], depth + 1);
      if (drawn !== undefined) members.push([name, drawn.value]);
      else if (names.needed.has(name)) return undefined;
    }
    return fromEntries(members);
  }

  private memberNames(
    facts: Facts,
    depth: number,
  ): { readonly chosen: ReadonlyMap<string, readonly Clause[]>; readonly needed: ReadonlySet<string> } | undefined {
    const needed = new Set([...facts.required, ...[...facts.memberAt.keys()]]);
    const chosen = new Map<string, readonly Clause[]>(
      [...needed].map((name) => [name, facts.memberAt.get(name) ?? []]),
    );
    for (const some of facts.someMember) {
      const name = this.someName(facts, some, chosen);
      if (name === undefined) return undefined;
      needed.add(name);
      chosen.set(name, some.clause === undefined ? [] : [some.clause]);
    }
    if (this.leadsToName(facts)) {
      const name = this.violatingName(facts) ?? this.extraName(facts, chosen);
      if (name === undefined) return undefined;
      needed.add(name);
      chosen.set(name, chosen.get(name) ?? []);
    }
    const optional = this.optionalNames(facts).filter((name) => !chosen.has(name));
    const percent = this.optionalPercent(depth);
    for (const name of optional) {
      const leads = !this.isViolated && this.isOnTheWay(memberDemand(facts, name));
      if (leads || this.happens(percent)) chosen.set(name, []);
    }
    if (this.options.extras && depth <= DEPTH.easy && this.happens(this.options.edgy ? 25 : 12)) {
      const name = this.extraName(facts, chosen);
      if (name !== undefined) chosen.set(name, []);
    }
    this.depend(facts, chosen, needed);
    const spare = optional.filter((name) => !chosen.has(name));
    while (chosen.size < facts.minProperties) {
      const name = spare.shift() ?? this.extraName(facts, chosen);
      if (name === undefined) return undefined;
      chosen.set(name, []);
    }
    for (const name of [...chosen.keys()].toReversed()) {
      if (chosen.size > facts.maxProperties && !needed.has(name)) chosen.delete(name);
    }
    const isImpossible = chosen.size > facts.maxProperties || [...needed].some((name) => facts.absent.has(name));
    return isImpossible ? undefined : { chosen, needed };
  }

  /** Whether the way to the violation leads through a name that no schema lists. */
  private leadsToName(facts: Facts): boolean {
    if (this.isViolated || this.options.violation === undefined) return false;
    const closing = [...facts.objects].flatMap((node) => [node.additionalProperties, node.unevaluatedProperties]);
    return (
      this.isOnTheWay(facts.names) ||
      (closing.some((node) => node !== undefined && this.towards.has(node)) && this.happens(80))
    );
  }

  private violatingName(facts: Facts): string | undefined {
    return this.isOnTheWay(facts.names) ? this.name(facts, [], [], this.options.violation) : undefined;
  }

  private optionalPercent(depth: number): number {
    if (depth > DEPTH.easy) return 0;
    const extremes = [0, 100, 50, 50];
    return this.options.edgy || this.happens(30) ? (this.pick(extremes) ?? 50) : depth > 2 ? 30 : 60;
  }

  private depend(facts: Facts, chosen: Map<string, readonly Clause[]>, needed: Set<string>): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const { name, others } of facts.dependencies) {
        if (!chosen.has(name)) continue;
        if (others.some((other) => facts.absent.has(other)) && !needed.has(name)) {
          chosen.delete(name);
          changed = true;
          continue;
        }
        for (const other of others) {
          if (needed.has(name)) needed.add(other);
          if (chosen.has(other)) continue;
          chosen.set(other, []);
          changed = true;
        }
      }
    }
  }

  /** Names that schemas declare, in their order, and for each name pattern now and then a name. */
  private optionalNames(facts: Facts): readonly string[] {
    const names = new Set<string>();
    for (const node of facts.objects) for (const name of node.properties?.keys() ?? []) names.add(name);
    for (const node of facts.objects) {
      for (const { pattern } of node.patternProperties ?? []) {
        if (!this.happens(60)) continue;
        const name = this.name(facts, [pattern]);
        if (name !== undefined) names.add(name);
      }
    }
    return [...names].filter(
      (name) => !facts.absent.has(name) && this.isPossible(facts, name) && meets(name, facts.names),
    );
  }

  private isPossible(facts: Facts, name: string): boolean {
    return memberDemand(facts, name).every(({ node, holds }) => node.always !== !holds || this.towards.has(node));
  }

  /** A name that the schemas for names take and that matches the patterns. */
  private name(
    facts: Facts,
    patterns: Facts['patterns'],
    more: readonly Clause[] = [],
    violation?: Violation,
  ): string | undefined {
    try {
      const prefers = (node: SchemaNode): boolean => violation !== undefined && this.towards.has(node);
      const named = new Facts(this.chance, violation, prefers).addAll([...facts.names, ...more]);
      this.isViolated ||= named.isViolated;
      if (named.allowed !== undefined) {
        return this.pick(named.allowed.filter((it) => typeof it === 'string'));
      }
      named.patterns.push(...patterns);
      if (named.forbidden.length > 0 && this.happens(50)) return this.pick(EXTRA_NAMES);
      const isPlain =
        named.patterns.length + named.notPatterns.length + named.formats.length + named.notFormats.length === 0;
      if (isPlain && named.minLength <= 1 && named.maxLength >= 5 && this.happens(80))
        return this.pick(EXTRA_NAMES.slice(0, 7));
      return drawText(named, this.chance, false);
    } catch (error) {
      if (error instanceof Contradiction) return undefined;
      throw error;
    }
  }

  private extraName(facts: Facts, chosen: ReadonlyMap<string, unknown>): string | undefined {
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const name = attempt % 2 === 0 ? this.name(facts, []) : this.otherName(facts, attempt);
      if (name === undefined || chosen.has(name) || facts.absent.has(name)) continue;
      if (this.isPossible(facts, name) && meets(name, facts.names)) return name;
    }
    return undefined;
  }

  /** A name of one of the patterns, or any. */
  private otherName(facts: Facts, attempt: number): string | undefined {
    const pattern = this.pick([...facts.objects].flatMap((node) => node.patternProperties ?? []))?.pattern;
    if (pattern !== undefined && attempt < 6) return this.name(facts, [pattern]);
    return attempt < 4 ? this.pick(EXTRA_NAMES) : `extra${this.chance.below(100_000)}`;
  }

  private someName(
    facts: Facts,
    { pattern, undeclaredIn, name: clause }: Facts['someMember'][number],
    chosen: ReadonlyMap<string, unknown>,
  ): string | undefined {
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const drawn = this.name(facts, pattern === undefined ? [] : [pattern], clause === undefined ? [] : [clause]);
      const name = attempt < 8 ? drawn : this.pick(EXTRA_NAMES);
      if (name === undefined || chosen.has(name) || facts.absent.has(name)) continue;
      if (undeclaredIn !== undefined && isDeclared(undeclaredIn, name)) continue;
      if (pattern !== undefined && !pattern.test(name)) continue;
      if (meets(name, facts.names) && (clause === undefined || meets(name, [clause]))) return name;
    }
    return undefined;
  }
}

function add(map: Map<number, Clause[]>, index: number, clause: Clause): void {
  map.set(index, [...(map.get(index) ?? []), clause]);
}

function isForbidden(facts: Facts, value: Json): boolean {
  return facts.forbidden.some((it) => equalJson(it, value));
}

function speaksOf(facts: Facts, kind: Kind): boolean {
  switch (kind) {
    case 'number':
      return (
        facts.isInteger !== undefined ||
        facts.multiples.length > 0 ||
        Number.isFinite(facts.low.value) ||
        Number.isFinite(facts.high.value)
      );
    case 'string':
      return (
        facts.patterns.length + facts.formats.length + facts.notPatterns.length > 0 ||
        facts.minLength > 0 ||
        facts.maxLength < Infinity
      );
    case 'array':
      return (
        facts.arrays.size + facts.contains.length > 0 ||
        facts.minItems > 0 ||
        facts.maxItems < Infinity ||
        facts.isUnique
      );
    case 'object':
      return (
        facts.objects.size + facts.required.size + facts.names.length > 0 ||
        facts.minProperties > 0 ||
        facts.maxProperties < Infinity
      );
    default:
      return false;
  }
}

function isDeclared(node: SchemaNode, name: string): boolean {
  return (
    node.properties?.has(name) === true || (node.patternProperties ?? []).some(({ pattern }) => pattern.test(name))
  );
}

/** The schemas of the facts that look at what others have left over, where no other one inside them has done so before. */
function closing(
  nodes: ReadonlySet<SchemaNode>,
  keyword: 'unevaluatedProperties' | 'unevaluatedItems',
): readonly SchemaNode[] {
  const all = [...nodes].filter((node) => node[keyword] !== undefined);
  if (all.length < 2) return all;
  return all.filter((node) => !all.some((other) => other !== node && evaluators(node).has(other)));
}

/** What the schemas of the facts ask of the member under a name. */
function memberDemand(facts: Facts, name: string): Demand {
  const demand: Clause[] = [];
  const speaking: SchemaNode[] = [];
  for (const node of facts.objects) {
    const before = demand.length;
    const named = node.properties?.get(name);
    if (named !== undefined) demand.push(must(named));
    for (const { pattern, node: schema } of node.patternProperties ?? [])
      if (pattern.test(name)) demand.push(must(schema));
    if (demand.length === before && node.additionalProperties !== undefined)
      demand.push(must(node.additionalProperties));
    if (demand.length > before) speaking.push(node);
  }
  for (const node of closing(facts.objects, 'unevaluatedProperties')) {
    const isEvaluated = speaking.some((it) => evaluators(node).has(it));
    if (!isEvaluated && node.unevaluatedProperties !== undefined) demand.push(must(node.unevaluatedProperties));
  }
  return demand;
}

/** What the schemas of the facts ask of the item at an index. */
function itemDemand(facts: Facts, index: number): Demand {
  const demand: Clause[] = [];
  const speaking: SchemaNode[] = [];
  for (const node of facts.arrays) {
    const schema = node.prefixItems?.[index] ?? node.items;
    if (schema === undefined) continue;
    demand.push(must(schema));
    speaking.push(node);
  }
  for (const node of closing(facts.arrays, 'unevaluatedItems')) {
    const isEvaluated = speaking.some((it) => evaluators(node).has(it));
    if (!isEvaluated && node.unevaluatedItems !== undefined) demand.push(must(node.unevaluatedItems));
  }
  return demand;
}

/** What leads where among the schemas of a document. */
export class Graph {
  /** The schemas from which a cycle can be reached: a value may nest in them without end. */
  readonly recursive: ReadonlySet<SchemaNode>;
  readonly nodes: ReadonlySet<SchemaNode>;
  private readonly before = new Map<SchemaNode, SchemaNode[]>();

  constructor(...roots: readonly SchemaNode[]) {
    const nodes = new Set(roots);
    const open = new Map<SchemaNode, number>();
    for (const node of nodes) {
      const following = [...inPlace(node), ...below(node)];
      open.set(node, following.length);
      for (const next of following) {
        nodes.add(next);
        const list = this.before.get(next);
        if (list === undefined) this.before.set(next, [node]);
        else list.push(node);
      }
    }
    this.nodes = nodes;
    const ending = [...nodes].filter((node) => open.get(node) === 0);
    for (let node = ending.pop(); node !== undefined; node = ending.pop()) {
      for (const before of this.before.get(node) ?? []) {
        const rest = (open.get(before) ?? 0) - 1;
        open.set(before, rest);
        if (rest === 0) ending.push(before);
      }
    }
    this.recursive = new Set([...nodes].filter((node) => (open.get(node) ?? 0) > 0));
  }

  /** The schemas from which `node` can be reached, itself included. */
  leadingTo(node: SchemaNode): ReadonlySet<SchemaNode> {
    const found = new Set([node]);
    for (const it of found) for (const before of this.before.get(it) ?? []) found.add(before);
    return found;
  }
}
