import { expect } from 'vitest';
import { meets } from '../../src/expression/symbolic.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { PolicySet } from '../../src/policy/cedar.ts';
import { summary } from '../../src/policy/compare.ts';
import type { CedarValue, RecordValue, Request } from '../../src/policy/model.ts';
import { keyOf, parseDecimal, set } from '../../src/policy/values.ts';
import { Exhausted, Explorer } from '../../src/prove/explorer.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import { isTerm, type Operand, type Term } from '../../src/value/term.ts';

/**
 * The symbolic interpreter of policies beside the concrete one: a request whose leaves are symbols, decided on every way that
 * the interpreter goes, and which of those ways the values of the concrete request take.
 */

/** `pinned`: the driver knows each symbol to be its value. `typed`: it knows a schema that the value meets. */
type Form = 'pinned' | 'typed';

/** One way of the interpreter. */
interface Way {
  readonly said: string;
  /** Whether the concrete values take it; `maybe` where that depends on what nothing concrete decides. */
  readonly taken: 'yes' | 'no' | 'maybe';
}

interface Ways {
  readonly ways: readonly Way[];
  /** There are more than a test follows. */
  readonly isCut: boolean;
  readonly symbols: number;
}

/** The chances of a test. */
export interface Drawn {
  /** A whole number below `n`. */
  readonly below: (n: number) => number;
  /** How many leaves of a request are symbols of a type, about: ways multiply. */
  readonly most: number;
}

const LIMITS = { paths: 200, decisions: 40_000 };

/** Every way that a decision about the request can go where its leaves are symbols. */
function waysOf(policies: PolicySet, request: Request, form: Form, { below, most }: Drawn): Ways {
  const plan = new Map<string, number>();
  const explorer = new Recorder(LIMITS);
  const ways: Way[] = [];
  let values = new Map<Term, Known>();
  let isCut = false;
  try {
    explorer.explore(() => {
      explorer.log = [];
      values = new Map();
      const context = new Symbolising(explorer, form, plan, { below, most }, values).context(request.context);
      const said = summary(policies.decide({ ...request, context }, explorer));
      ways.push({ said, taken: isTaken(explorer.log, values) });
    });
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    isCut = true;
  }
  return { ways, isCut, symbols: values.size };
}

/** What was seen of a comparison, so that agreement means something. */
export interface Seen {
  requests: number;
  /** Some way depends on what no concrete value decides. */
  inexact: number;
  /** More than one answer, so that it mattered which way is taken. */
  telling: number;
  /** Too many ways to follow. */
  cut: number;
  erring: number;
}

export function newlySeen(): Seen {
  return { requests: 0, inexact: 0, telling: 0, cut: 0, erring: 0 };
}

/** Pinned symbols: one way, which says what Cedar says. Typed ones: so does every way that the values take, and one is taken. */
export function compare(policies: PolicySet, request: Request, said: string, drawn: Drawn, seen: Seen): void {
  seen.requests += 1;
  seen.erring += said.includes('errors') ? 1 : 0;
  const pinned = waysOf(policies, request, 'pinned', drawn);
  expect(pinned.ways).toEqual([{ said, taken: 'yes' }]);
  const typed = waysOf(policies, request, 'typed', drawn);
  seen.cut += typed.isCut ? 1 : 0;
  if (typed.isCut) return;
  seen.telling += new Set(typed.ways.map((way) => way.said)).size > 1 ? 1 : 0;
  const taken = typed.ways.filter((way) => way.taken !== 'no');
  const isExact = taken.every((way) => way.taken === 'yes');
  seen.inexact += isExact ? 0 : 1;
  if (isExact) expect(taken.map((way) => way.said)).toEqual([said]);
  else expect(taken.map((way) => way.said)).toContain(said);
}

/** What a symbol stands for in the concrete request: a scalar, or the keys of a set's items. */
export type Known = Json | bigint | ReadonlySet<string>;

/** Writes down what is decided. */
export class Recorder extends Explorer {
  log: (readonly [condition: Term, truth: boolean])[] = [];

  override holds(condition: Term): boolean {
    const truth = super.holds(condition);
    this.log.push([condition, truth]);
    return truth;
  }

  override everyWay(work: () => void): ReturnType<Explorer['everyWay']> {
    const { log } = this;
    try {
      return super.everyWay(() => {
        this.log = [];
        work();
      });
    } finally {
      this.log = log;
    }
  }
}

/** Types of the attributes that generated requests may have or not. */
const OPTIONAL: Readonly<Record<string, 'long' | 'string'>> = { count: 'long', name: 'string', missing: 'string' };

/** Replaces leaves by symbols: the same ones each time, as `plan` has them. */
class Symbolising {
  private readonly explorer: Explorer;
  private readonly form: Form;
  private readonly plan: Map<string, number>;
  private readonly below: Drawn['below'];
  private readonly values: Map<Term, Known>;
  private readonly most: number;
  private leaves = 1;

  constructor(
    explorer: Explorer,
    form: Form,
    plan: Map<string, number>,
    { below, most }: Drawn,
    values: Map<Term, Known>,
  ) {
    this.most = most;
    this.explorer = explorer;
    this.form = form;
    this.plan = plan;
    this.below = below;
    this.values = values;
  }

  context(value: RecordValue): RecordValue {
    this.leaves = leavesOf(value);
    return this.record(value, 'context');
  }

  private record(value: RecordValue, path: string): RecordValue {
    const fields = new Map<string, CedarValue>();
    for (const [name, field] of value.fields) fields.set(name, this.value(field, `${path}/${name}`));
    if (this.form === 'pinned') return { kind: 'record', fields };
    for (const [name, sort] of Object.entries(OPTIONAL)) {
      const has = this.explorer.terms.apply('has', this.explorer.terms.variable(path), name);
      if (this.choice(`${path} has ${name}`, 4 * this.leaves) >= this.most) continue;
      const own = value.fields.get(name);
      this.values.set(has, own !== undefined);
      if (!this.explorer.holds(has)) fields.delete(name);
      else if (own === undefined) {
        const term = this.explorer.terms.variable(`${path}/${name}`);
        this.explorer.note(term, { type: sort === 'long' ? 'integer' : 'string' });
        fields.set(name, { kind: 'symbol', sort, term });
      }
    }
    return { kind: 'record', fields };
  }

  private value(value: CedarValue, path: string): CedarValue {
    if (value.kind === 'record') return this.record(value, path);
    const isKept = this.form === 'pinned' ? this.choice(path, 8) === 0 : this.choice(path, this.leaves) >= this.most;
    if (isKept) return value;
    switch (value.kind) {
      case 'bool': {
        const term = this.symbol(path, value.value, { type: 'boolean' });
        return { kind: 'question', ask: (symbols) => meets(symbols, term, { const: true }) };
      }
      case 'long': {
        const number = Number(value.value);
        const near = { type: 'integer', minimum: number - 2, maximum: number + 3 };
        const schema =
          this.choice(`${path} near`, 2) === 0 && Number.isSafeInteger(number + 3) && Number.isSafeInteger(number - 2)
            ? near
            : { type: 'integer' };
        return { kind: 'symbol', sort: 'long', term: this.symbol(path, number, schema) };
      }
      case 'string':
        return {
          kind: 'symbol',
          sort: 'string',
          term: this.symbol(path, value.value, this.textSchema(path, value.value)),
        };
      case 'decimal': {
        const number = Number(value.tenThousandths) / 10_000;
        if (Math.abs(number) > 1e11) return value;
        return {
          kind: 'symbol',
          sort: 'decimal',
          term: this.symbol(path, number, { type: 'number', multipleOf: 0.0001 }),
        };
      }
      case 'set':
        return this.set([...value.items.values()], path) ?? value;
      default:
        return value;
    }
  }

  private set(items: readonly CedarValue[], path: string): CedarValue | undefined {
    const isOfTexts = items.every(({ kind }) => kind === 'string');
    if (this.form === 'typed' && this.choice(`${path} unknown`, 2) === 0) {
      const { explorer } = this;
      const length = this.symbol(`${path} length`, items.length, { type: 'integer', minimum: 0 });
      const item = explorer.note(explorer.terms.variable(`${path}/*`), { type: isOfTexts ? 'string' : 'integer' });
      const term = explorer.terms.variable(path);
      this.values.set(term, new Set(items.map(keyOf)));
      return {
        kind: 'unknown-set',
        term,
        length,
        items: [{ kind: 'symbol', sort: isOfTexts ? 'string' : 'long', term: item }],
      };
    }
    return set(items.map((item, i) => this.value(item, `${path}/${i}`)));
  }

  private textSchema(path: string, text: string): JsonObject {
    return this.choice(`${path} listed`, 2) === 0 ? { enum: ['a', text, 'ab', '1.5'] } : { type: 'string' };
  }

  private symbol(path: string, value: Json, schema: JsonObject): Term {
    const term = this.explorer.terms.variable(path);
    this.explorer.note(term, this.form === 'pinned' ? { const: value } : schema);
    this.values.set(term, value);
    return term;
  }

  private choice(what: string, among: number): number {
    let chosen = this.plan.get(what);
    if (chosen === undefined) {
      chosen = this.below(among);
      this.plan.set(what, chosen);
    }
    return chosen;
  }
}

function leavesOf(value: CedarValue): number {
  if (value.kind !== 'record') return 1;
  return [...value.fields.values()].reduce((sum, field) => sum + leavesOf(field), 0);
}

/** Whether the concrete values answer everything that was decided as it was decided: said without the driver's own knowledge. */
export function isTaken(log: Recorder['log'], values: ReadonlyMap<Term, Known>): Way['taken'] {
  let taken: Way['taken'] = 'yes';
  for (const [condition, truth] of log) {
    const really = truthOf(condition, values);
    if (really === undefined) taken = 'maybe';
    else if (really !== truth) return 'no';
  }
  return taken;
}

function truthOf(condition: Term, values: ReadonlyMap<Term, Known>): boolean | undefined {
  const known = values.get(condition);
  if (typeof known === 'boolean') return known;
  if (condition.kind === 'variable') return undefined;
  const [a, b] = condition.operands;
  switch (condition.operator) {
    case 'meets': {
      const value = isTerm(a) ? valueOf(a, values) : undefined;
      if (value === undefined || typeof b !== 'string') return undefined;
      const schema = compileSchema(JSON.parse(b) as Json);
      if (!schema.ok) throw new Error('a condition is a schema');
      return schema.value.isValid(typeof value === 'bigint' ? Number(value) : value);
    }
    case 'equal':
    case 'less': {
      const [x, y] = [operandOf(a, values), operandOf(b, values)];
      if (x === undefined || y === undefined || typeof x === 'object' || typeof y === 'object') return undefined;
      // Numbers beyond 2^53 are bigints, whose order beside numbers JavaScript knows exactly.
      if (condition.operator === 'less') return x < y;
      return typeof x === 'string' || typeof y === 'string' ? x === y : !(x < y) && !(y < x);
    }
    case 'has':
      return hasKey(a, b, values);
    default:
      return undefined;
  }
}

function hasKey(
  set: Operand | undefined,
  key: Operand | undefined,
  values: ReadonlyMap<Term, Known>,
): boolean | undefined {
  const keys = isTerm(set) ? values.get(set) : undefined;
  if (typeof keys === 'object' && keys !== null && !(keys instanceof Set) && typeof key === 'string')
    return Object.hasOwn(keys, key);
  if (!(keys instanceof Set) || typeof key !== 'string') return undefined;
  if (!key.includes('?')) return keys.has(key);
  const id = /^\?(string|long)(\d+)$/u.exec(key);
  const item = [...values].find(([term]) => String(term.id) === id?.[2])?.[1];
  if (typeof item === 'string') return keys.has(`s${item}`);
  return typeof item === 'number' ? keys.has(`l${item}`) : undefined;
}

function operandOf(operand: Operand | undefined, values: ReadonlyMap<Term, Known>): Json | bigint | undefined {
  return isTerm(operand) ? valueOf(operand, values) : operand;
}

/** What a term stands for; `undefined` where nothing concrete says so. */
function valueOf(term: Term, values: ReadonlyMap<Term, Known>): Json | bigint | undefined {
  const known = values.get(term);
  if (known !== undefined) return known instanceof Set ? undefined : (known as Json | bigint);
  if (term.kind === 'variable') return undefined;
  const { operator, operands } = term;
  if (operator === 'sum') {
    let sum = BigInt(Number(operands[0]));
    for (let i = 1; i < operands.length; i += 2) {
      const part = operandOf(operands[i + 1], values);
      if (typeof part !== 'number' && typeof part !== 'bigint') return undefined;
      sum += BigInt(Number(operands[i])) * BigInt(part);
    }
    return sum;
  }
  if (operator !== 'function') return undefined;
  const [name, a, b] = operands;
  const [x, y] = [operandOf(a, values), operandOf(b, values)];
  if (name === 'decimal' && typeof x === 'string') {
    const parsed = parseDecimal(x);
    return parsed.kind === 'decimal' ? Number(parsed.tenThousandths) / 10_000 : undefined;
  }
  if (name !== 'long *' || isJson(x) || isJson(y)) return undefined;
  return BigInt(x) * BigInt(y);
}

function isJson(value: Json | bigint | undefined): value is Exclude<Json, number> | undefined {
  return typeof value !== 'number' && typeof value !== 'bigint';
}
