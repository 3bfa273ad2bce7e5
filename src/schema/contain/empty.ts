import { fromEntries, isObject, type Json } from '../../kernel/json.ts';
import { align, type Decimal, decimalOf, toNumber } from '../decimal.ts';
import { equalityKey } from '../equality.ts';
import { formatOf } from '../formats.ts';
import { type Clause, type Demand, meets, must, mustNot } from '../generate/demand.ts';
import { type Kind, KINDS } from '../generate/facts.ts';
import { type Language, Words } from '../language.ts';
import { evaluators, type SchemaNode } from '../node.ts';
import type { Pattern } from '../patterns.ts';
import { Branch, type SomeMember } from './branch.ts';
import { allOfKind, literal, type Option, readNegative, readPositive } from './options.ts';

/** Branches and places looked at before a question is left open. */
const BUDGET = 40_000;
/** Steps of exploring a language that weigh as much as a branch. */
const WORDS_COST = 1000;
const MAX_DEPTH = 60;
/** Numbers that are tried one by one rather than reasoned about. */
const MAX_NUMBERS = 500;
/** Combinations of name patterns that are followed. */
const MAX_REGIONS = 64;
/** Listed names that are kept out of a region one by one. */
const MAX_LISTED = 60;

type Choice = readonly Option[];

/** The work ran out. */
export class Undecided extends Error {}

interface Range {
  readonly low: bigint;
  readonly high: bigint;
  readonly step: Decimal;
}

/**
 * Shows that no value meets a demand, by reading it into branches of plain conditions, kind by kind, and showing each to be
 * empty. It answers `true` only for what is empty; `false` says nothing. A demand that comes up again below itself, of a
 * member or an item, is taken to be empty there: a smallest value that met it would hold a smaller one.
 */
export class Prover {
  private readonly known = new Map<string, boolean>();
  private readonly open = new Map<string, number>();
  /** The outermost open demand that the answer in progress leans on. */
  private leansOn = Infinity;
  private budget = BUDGET;
  private readonly languages = new Map<string, boolean>();
  private readonly ids = new Map<SchemaNode | string, number>();

  isEmpty(demand: Demand): boolean {
    const clauses = demand
      .map(({ node, holds }) => ({ node: targetOf(node), holds }))
      .filter(({ node, holds }) => node.always !== holds);
    const keys = new Set(clauses.map((clause) => this.keyOf(clause)));
    if (clauses.some(({ node }) => node.always !== undefined) || [...keys].some((it) => keys.has(-it))) return true;
    const key = [...keys].sort((a, b) => a - b).join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const level = this.open.get(key);
    if (level !== undefined) {
      this.leansOn = Math.min(this.leansOn, level);
      return true;
    }
    const own = this.open.size;
    if (own > MAX_DEPTH) return false;
    const outer = this.leansOn;
    this.leansOn = Infinity;
    this.open.set(key, own);
    const answer = KINDS.every((kind) => this.isEmptyOf(kind, clauses));
    this.open.delete(key);
    // An answer that leans on a demand outside is good for this question only.
    if (!answer || this.leansOn >= own) {
      this.known.set(key, answer);
      this.leansOn = outer;
    } else {
      this.leansOn = Math.min(outer, this.leansOn);
    }
    return answer;
  }

  /** One number for all schemas that read alike, negative for a clause that denies them. */
  private keyOf({ node, holds }: Clause): number {
    let id = this.ids.get(node);
    if (id === undefined) {
      const same = reading(node) ?? node;
      id = this.ids.get(same) ?? this.ids.size + 1;
      this.ids.set(same, id);
      this.ids.set(node, id);
    }
    return holds ? id : -id;
  }

  private spend(amount = 1): void {
    this.budget -= amount;
    if (this.budget < 0) throw new Undecided();
  }

  private isEmptyOf(kind: Kind, demand: Demand): boolean {
    return this.close(kind, demand, new Branch(), demand, []);
  }

  /** Reads what is pending into the branch, then follows each way of the choice that leaves the fewest. */
  private close(
    kind: Kind,
    demand: Demand,
    branch: Branch,
    pending: readonly Clause[],
    waiting: readonly Choice[],
  ): boolean {
    let choices = waiting;
    let clauses = pending;
    do {
      this.spend(1 + (choices.length >> 4));
      const read = this.read(kind, branch, clauses);
      if (read === undefined || branch.isPlainlyEmpty) return true;
      const settled = this.settle(branch, [...choices, ...read]);
      if (settled === undefined) return true;
      ({ choices, clauses } = settled);
    } while (clauses.length > 0);
    if (branch.candidates !== undefined) return this.noneMeets(branch.candidates, demand);
    // What is known so far may do, and then no choice needs to be followed.
    if (this.isLeafEmpty(kind, demand, branch)) return true;
    let best: { readonly choice: Choice; readonly ways: Choice } | undefined;
    for (const choice of choices) {
      const ways = choice.filter((option) => !this.isDead(kind, demand, branch, option));
      if (ways.length === 0) return true;
      if (best === undefined || isBetter(ways, best.ways)) best = { choice, ways };
      if (ways.length === 1) break;
    }
    if (best === undefined) return false;
    const rest = choices.filter((it) => it !== best?.choice);
    return best.ways.every((option) => {
      const copy = branch.copy();
      option.apply?.(copy);
      return this.close(kind, demand, copy, option.clauses ?? [], rest);
    });
  }

  /** Whether one way, with what follows from it at once, leaves nothing: most choices are settled by looking so far ahead. */
  private isDead(kind: Kind, demand: Demand, branch: Branch, option: Option): boolean {
    this.spend();
    const copy = branch.copy();
    option.apply?.(copy);
    if (this.read(kind, copy, option.clauses ?? []) === undefined || copy.isPlainlyEmpty) return true;
    return copy.candidates === undefined
      ? this.isLeafEmpty(kind, demand, copy)
      : this.noneMeets(copy.candidates, demand);
  }

  /** Puts clauses and all that follows from them into the branch; the choices that they leave, or `undefined` for a contradiction. */
  private read(kind: Kind, branch: Branch, pending: readonly Clause[]): readonly Choice[] | undefined {
    const clauses = [...pending];
    const choices: Choice[] = [];
    for (let next = clauses.pop(); next !== undefined; next = clauses.pop()) {
      const clause = { node: targetOf(next.node), holds: next.holds };
      const key = this.keyOf(clause);
      if (branch.seen.includes(-key)) return undefined;
      if (branch.seen.includes(key)) continue;
      branch.seen = [...branch.seen, key];
      const reading = clause.holds ? readPositive(clause.node, kind, branch) : readNegative(clause.node, kind);
      clauses.push(...reading.clauses);
      choices.push(...reading.choices);
    }
    return choices;
  }

  /** Drops the ways that the branch plainly excludes, and takes those that are left alone; `undefined` where none is left. */
  private settle(
    branch: Branch,
    waiting: readonly Choice[],
  ): { readonly choices: readonly Choice[]; readonly clauses: readonly Clause[] } | undefined {
    const clauses: Clause[] = [];
    let choices = waiting;
    for (let before = Infinity; choices.length < before;) {
      before = choices.length;
      const open: Choice[] = [];
      for (const choice of choices) {
        const alive = choice.filter((option) => this.isAlive(branch, option));
        const [only] = alive;
        if (only === undefined) return undefined;
        // A way that asks for nothing leaves nothing to choose.
        if (alive.some((option) => option.apply === undefined && (option.clauses ?? []).length === 0)) continue;
        if (alive.length > 1) {
          open.push(alive);
        } else {
          only.apply?.(branch);
          clauses.push(...(only.clauses ?? []));
          if (branch.isPlainlyEmpty) return undefined;
        }
      }
      choices = open;
    }
    return { choices, clauses };
  }

  private isAlive(branch: Branch, { apply, clauses = [] }: Option): boolean {
    if (
      clauses.some(
        (clause) =>
          branch.seen.includes(-this.keyOf({ ...clause, node: targetOf(clause.node) })) ||
          clause.node.always === !clause.holds,
      )
    )
      return false;
    if (apply === undefined) return true;
    const copy = branch.copy();
    apply(copy);
    return !copy.isPlainlyEmpty;
  }

  private noneMeets(candidates: readonly Json[], demand: Demand): boolean {
    return candidates.every((it) => {
      this.spend();
      return !meets(it, demand);
    });
  }

  private isLeafEmpty(kind: Kind, demand: Demand, branch: Branch): boolean {
    const few = allOfKind(kind);
    if (few !== undefined) return this.noneMeets(few, demand);
    if (kind === 'number') return this.isNumberEmpty(branch, demand);
    if (kind === 'string') return this.isStringEmpty(branch);
    return kind === 'array' ? this.isArrayEmpty(branch) : this.isObjectEmpty(branch);
  }

  private isNumberEmpty(branch: Branch, demand: Demand): boolean {
    const { low, high, multiples, notMultiples } = branch;
    if (low === high) return this.noneMeets([low], demand);
    if (multiples.length === 0) return false;
    const step = multiples.map(decimalOf).reduce(leastCommonMultiple);
    // Whatever is a multiple of the step is one of what the step is a multiple of.
    if (notMultiples.some((it) => isWholeMultiple(step, decimalOf(it)))) return true;
    const range = Number.isFinite(low) && Number.isFinite(high) ? rangeOf(branch, step) : undefined;
    if (range === undefined) return false;
    if (range.high - range.low >= BigInt(MAX_NUMBERS)) return false;
    const numbers: number[] = [];
    for (let factor = range.low; factor <= range.high; factor += 1n) {
      numbers.push(toNumber({ digits: factor * step.digits, exponent: step.exponent }));
    }
    return this.noneMeets(numbers, demand);
  }

  private isStringEmpty({ patterns, notPatterns, formats, notFormats, minLength, maxLength }: Branch): boolean {
    if (formats.some((it) => notFormats.includes(it))) return true;
    // A format lies within its pattern; only where the pattern is all of it does its absence say anything.
    const all = [...patterns, ...formats.map((it) => formatOf(it).pattern)];
    const none = [
      ...notPatterns,
      ...notFormats.flatMap((it) => (formatOf(it).also === undefined ? [formatOf(it).pattern] : [])),
    ];
    if (all.length + none.length === 0) return false;
    return this.isLanguageEmpty({ all, none, minLength, maxLength });
  }

  private isLanguageEmpty(language: Language): boolean {
    const key = JSON.stringify([
      language.all.map((it) => it.source),
      language.none.map((it) => it.source),
      [language.minLength, String(language.maxLength)],
    ]);
    let answer = this.languages.get(key);
    if (answer === undefined) {
      const words = new Words(language);
      answer = words.isEmpty === true;
      this.languages.set(key, answer);
      this.spend(Math.ceil(words.cost / WORDS_COST));
    }
    return answer;
  }

  private isArrayEmpty(branch: Branch): boolean {
    const { arrays, itemAt, someItem, isUnique, minItems } = branch;
    const nowhere = branch.contains.filter((it) => it.max === 0).map((it) => mustNot(it.node));
    /** From here on every item is asked the same. */
    const last = Math.max(
      0,
      ...arrays.map((it) => it.prefix.length),
      ...itemAt.map((it) => it.index + 1),
      ...someItem.map((it) => it.from),
    );
    const demandAt = (index: number): Demand => [
      ...arrays.flatMap((it) => it.prefix[index] ?? it.rest ?? []).map(must),
      ...itemAt.filter((it) => it.index === index).map((it) => it.clause),
      ...nowhere,
    ];
    let { maxItems } = branch;
    for (let index = 0; index <= last && index < maxItems; index += 1) {
      if (this.isEmpty(demandAt(index))) maxItems = index;
    }
    if (minItems > maxItems) return true;
    const indices = Array.from({ length: Math.min(last + 1, maxItems) }, (_, index) => index);
    const isSomeEmpty = someItem.some(({ from, clause }) =>
      indices.every((index) => index < from || this.isEmpty([...demandAt(index), clause])),
    );
    if (isSomeEmpty || branch.contains.some((it) => it.min > it.max)) return true;
    if (isUnique) {
      const most = this.countOf(demandAt(last));
      if (most !== undefined && last + most < minItems) return true;
    }
    return branch.contains.some(({ node, min, max }) => {
      if (min > 0) {
        const possible = indices.filter((index) => !this.isEmpty([...demandAt(index), must(node)]));
        if (!possible.includes(last) && possible.length < min) return true;
      }
      if (max === Infinity || max >= minItems) return false;
      const forced = Array.from({ length: Math.min(minItems, 100) }, (_, index) => Math.min(index, last));
      return forced.filter((index) => this.isEmpty([...demandAt(index), mustNot(node)])).length > max;
    });
  }

  /** At most how many different values meet the demand, where constants say so. */
  private countOf(demand: Demand): number | undefined {
    const listed = demand.flatMap(({ node, holds }) => {
      const all = [node, ...(node.ref === undefined ? [] : [node.ref])];
      return holds
        ? all.flatMap((it) => (it.enum === undefined ? (it.const === undefined ? [] : [[it.const.value]]) : [it.enum]))
        : [];
    });
    const [first] = listed.toSorted((a, b) => a.length - b.length);
    if (first !== undefined) return first.filter((it) => meets(it, demand)).length;
    const isSmall = demand.some(
      ({ node, holds }) => holds && node.type?.every((it) => it === 'null' || it === 'boolean') === true,
    );
    return isSmall ? [null, true, false].filter((it) => meets(it, demand)).length : undefined;
  }

  private isObjectEmpty(branch: Branch): boolean {
    const names = new Names(branch);
    const possible = (name: string): boolean =>
      !branch.absent.includes(name) && names.takes(name) && !this.isEmpty(names.demandOf(name));
    if (!branch.required.every(possible)) return true;
    if (branch.someMember.some((some) => this.isNoMember(some, branch, names))) return true;
    if (branch.minProperties <= branch.required.length) return false;
    const regions = names.regions(this.isNone);
    const isElsewhere = regions?.some((region) => this.isPossibleRegion(region, [])) !== false;
    return !isElsewhere && [...names.listed].filter(possible).length < branch.minProperties;
  }

  /** Whether no name and value can be the member that is asked for. */
  private isNoMember({ pattern, undeclaredIn, name, clause }: SomeMember, branch: Branch, names: Names): boolean {
    const more = clause === undefined ? [] : [clause];
    const isMeant = (it: string): boolean =>
      (pattern === undefined || pattern.test(it)) &&
      !undeclaredIn.some((node) => declares(node, it)) &&
      (name === undefined || meets(it, [name]));
    for (const it of names.listed) {
      if (branch.absent.includes(it) || !names.takes(it) || !isMeant(it)) continue;
      if (!this.isEmpty([...names.demandOf(it), ...more])) return false;
    }
    const excluded = undeclaredIn.flatMap((node) => (node.patternProperties ?? []).map((it) => it.pattern));
    const regions = names.regions(this.isNone, {
      all: pattern === undefined ? [] : [pattern],
      none: excluded,
      clauses: name === undefined ? [] : [name],
    });
    return regions?.every((region) => !this.isPossibleRegion(region, more)) === true;
  }

  /** Whether no text matches all of the patterns. */
  private readonly isNone = (all: readonly Pattern[]): boolean =>
    this.isLanguageEmpty({ all, none: [], minLength: 0, maxLength: Infinity });

  private isPossibleRegion(region: Region, more: readonly Clause[]): boolean {
    this.spend();
    return !this.isTextEmpty(region) && !this.isEmpty([...region.demand, ...more]);
  }

  /** Whether no name of the region exists. */
  private isTextEmpty({ names, all, none }: Region): boolean {
    const branch = new Branch();
    branch.patterns = all;
    branch.notPatterns = none;
    return this.close('string', names, branch, names, []);
  }
}

/** Names alike in the patterns that they match, and listed nowhere. */
interface Region {
  readonly all: readonly Pattern[];
  readonly none: readonly Pattern[];
  /** What is asked of the names besides. */
  readonly names: readonly Clause[];
  /** What is asked of the members. */
  readonly demand: Demand;
}

/** What a branch says about members, name by name. */
class Names {
  /** Every name that some schema of the branch mentions. */
  readonly listed: ReadonlySet<string>;
  private readonly branch: Branch;
  private readonly closing: readonly { readonly node: SchemaNode; readonly evaluators: readonly SchemaNode[] }[];

  constructor(branch: Branch) {
    this.branch = branch;
    this.closing = branch.objects
      .filter((node) => node.unevaluatedProperties !== undefined)
      .map((node) => ({ node, evaluators: [...evaluators(node)] }))
      .filter(({ node, evaluators }) =>
        evaluators.every(
          (it) => it.additionalProperties === undefined && (it === node || it.unevaluatedProperties === undefined),
        ),
      );
    const mentioned = [
      ...branch.objects,
      ...this.closing.flatMap((it) => it.evaluators),
      ...branch.someMember.flatMap((it) => it.undeclaredIn),
    ];
    this.listed = new Set([
      ...branch.required,
      ...branch.absent,
      ...mentioned.flatMap((node) => [...(node.properties?.keys() ?? [])]),
    ]);
  }

  takes(name: string): boolean {
    return meets(name, this.branch.names);
  }

  demandOf(name: string): Demand {
    const own = this.branch.memberAt.filter((it) => it.name === name).map((it) => it.clause);
    const schemas = this.branch.objects.flatMap((node) => {
      const named = node.properties?.get(name);
      const matching = (node.patternProperties ?? []).filter(({ pattern }) => pattern.test(name)).map((it) => it.node);
      const found = named === undefined ? matching : [named, ...matching];
      return found.length > 0 ? found : [node.additionalProperties].filter((it) => it !== undefined);
    });
    const unevaluated = this.closing.filter(({ evaluators }) => !evaluators.some((it) => declares(it, name)));
    return [
      ...own,
      ...schemas.map(must),
      ...unevaluated.flatMap(({ node }) => node.unevaluatedProperties ?? []).map(must),
    ];
  }

  /** The names that no schema lists, split by the patterns of the branch, among those that meet further conditions; `undefined` for too many parts. */
  regions(
    isNone: (all: readonly Pattern[]) => boolean,
    more: {
      readonly all: readonly Pattern[];
      readonly none: readonly Pattern[];
      readonly clauses: readonly Clause[];
    } = NO_MORE,
  ): readonly Region[] | undefined {
    const nodes = [...this.branch.objects, ...this.closing.flatMap((it) => it.evaluators)];
    const patterns = new Map(
      nodes.flatMap((node) => node.patternProperties ?? []).map(({ pattern }) => [pattern.source, pattern]),
    );
    const fixed = new Map([
      ...more.all.map((it) => [it.source, true] as const),
      ...more.none.map((it) => [it.source, false] as const),
    ]);
    let choices: (readonly string[])[] = [[]];
    for (const source of patterns.keys()) {
      const known = fixed.get(source);
      const matching = choices
        .map((it) => [...it, source])
        .filter((it) => !isNone(it.flatMap((one) => patterns.get(one) ?? [])));
      choices = known === true ? matching : known === false ? choices : [...choices, ...matching];
      if (choices.length > MAX_REGIONS) return undefined;
    }
    return choices.map((matched) => {
      const all = [...patterns.values()].filter((it) => matched.includes(it.source));
      const none = [...patterns.values()].filter((it) => !matched.includes(it.source));
      const demand = this.demandWhere((pattern) => matched.includes(pattern.source));
      const wanted = [...all, ...more.all];
      // A name that is listed is in no region; that is worth saying where a pattern may single it out.
      const listed = wanted.length > 0 && this.listed.size <= MAX_LISTED ? [...this.listed] : [];
      const excluded = listed.filter((name) => wanted.every((it) => it.test(name))).flatMap(literal);
      return {
        all: wanted,
        none: [...none, ...more.none, ...excluded],
        names: [...this.branch.names, ...more.clauses],
        demand,
      };
    });
  }

  private demandWhere(matches: (pattern: Pattern) => boolean): Demand {
    const schemas = this.branch.objects.flatMap((node) => {
      const matching = (node.patternProperties ?? []).filter(({ pattern }) => matches(pattern)).map((it) => it.node);
      return matching.length > 0 ? matching : [node.additionalProperties].filter((it) => it !== undefined);
    });
    const unevaluated = this.closing.filter(
      ({ evaluators }) =>
        !evaluators.some((it) => (it.patternProperties ?? []).some(({ pattern }) => matches(pattern))),
    );
    return [...schemas, ...unevaluated.flatMap(({ node }) => node.unevaluatedProperties ?? [])].map(must);
  }
}

const NO_MORE = { all: [], none: [], clauses: [] };

function declares(node: SchemaNode, name: string): boolean {
  return (
    node.properties?.has(name) === true || (node.patternProperties ?? []).some(({ pattern }) => pattern.test(name))
  );
}

/** Which choice to follow first: a forced one, one that says what the value is before one that says what it is not, the smaller. */
function isBetter(ways: Choice, others: Choice): boolean {
  const rank = (choice: Choice): number => {
    const isTelling = choice.every((option) => option.clauses?.some((clause) => clause.holds) === true);
    return choice.length === 1 ? 0 : isTelling ? 1 : 2;
  };
  const difference = rank(ways) - rank(others);
  return difference < 0 || (difference === 0 && ways.length < others.length);
}

/** What schemas are without meaning for the value; a definition has one only through a reference. */
const SILENT: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'examples'],
]);

/** Where a schema leads that is nothing but a reference. */
function targetOf(node: SchemaNode): SchemaNode {
  let target = node;
  while (
    target.ref !== undefined &&
    isObject(target.json) &&
    Object.keys(target.json).every((key) => key === '$ref' || SILENT.has(key))
  ) {
    target = target.ref;
  }
  return target;
}

/** A text that is equal for schemas that read alike, in whatever document; `undefined` for one that refers elsewhere. */
function reading(node: SchemaNode): string | undefined {
  if (node.always !== undefined) return String(node.always);
  const own = isObject(node.json) ? Object.entries(node.json).filter(([key]) => !SILENT.has(key)) : [];
  const text = equalityKey(fromEntries(own));
  // `additionalItems` has a meaning in some drafts only.
  return /"(?:\$ref|additionalItems)":/u.test(text) ? undefined : text;
}

function leastCommonMultiple(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = align(a, b);
  let [gcd, rest] = [x, y];
  while (rest !== 0n) [gcd, rest] = [rest, gcd % rest];
  return { digits: (x / gcd) * y, exponent };
}

function isWholeMultiple(a: Decimal, b: Decimal): boolean {
  const [x, y] = align(a, b);
  return x % y === 0n;
}

/** The factors of the step within the bounds. */
function rangeOf({ low, high }: Branch, step: Decimal): Range {
  const floor = (value: number): bigint => {
    const [a, b] = align(decimalOf(value), step);
    return a / b - (a % b < 0n ? 1n : 0n);
  };
  // Ends that are not included fall to the validator.
  return { low: -floor(-low), high: floor(high), step };
}
