import { assert } from '../../kernel/result.ts';
import type { Clause } from '../../schema/generate/demand.ts';
import { isTerm, type Operand, type Term } from '../../value/term.ts';
import { MAX_INTEGER } from '../../value/concrete.ts';
import { constantOf, type Knowledge, partsOf, within } from '../knowledge.ts';
import { conditionOn, integer, type Sort } from './facts.ts';
import { literal } from './texts.ts';

/**
 * What is known on a path as questions for a solver of SMT-LIB 2.6: of relations between unknowns (orders, differences, sums, texts
 * put together, lengths) and of each unknown in them. What is not expressed is left out: where one of the questions has no
 * solution, no run takes the path; that all have one says little.
 */

/** What a variable of a question stands for: the value of a term, or the length of its text in code points. */
export interface Meaning {
  readonly term: Term;
  readonly of: 'value' | 'length';
  readonly sort: Sort;
}

export interface Query {
  readonly text: string;
  /** What the variables stand for, by name. */
  readonly variables: ReadonlyMap<string, Meaning>;
}

/** A relation of some variables. `write` is given their names in the same order. */
interface Relation {
  readonly variables: readonly Meaning[];
  readonly write: (names: readonly string[]) => string;
}

/** Relations and characters of one question, beyond which it is not asked. */
const MAX_RELATIONS = 400;
const MAX_TEXT = 40_000;

/** The questions about a path, one for each group of unknowns that relations connect. */
export function queriesOf(knowledge: Knowledge): readonly Query[] {
  return groupsOf(new Reader(knowledge).relations())
    .filter((group) => group.length <= MAX_RELATIONS)
    .map((group) => write(knowledge, group))
    .filter(({ text }) => text.length <= MAX_TEXT);
}

/** Reads the relations of a path. Terms that are equal there are one variable. */
class Reader {
  private readonly knowledge: Knowledge;
  private readonly found: Relation[] = [];
  private readonly seen = new Set<Term>();
  private readonly meanings = new Map<Term, Meaning | undefined>();
  private readonly lengths = new Map<Term, Meaning>();
  /** Of terms that are only known to be functions: the first of each kind with the same operands. */
  private readonly functions = new Map<string, Term>();

  constructor(knowledge: Knowledge) {
    this.knowledge = knowledge;
  }

  /**
   * Only terms that a decision is about are read, and what they are made of: there is a value that they stand for. Of an
   * optional member, or of the item that stands for all items of a list, something may be known although there is none.
   */
  relations(): readonly Relation[] {
    for (const [condition, truth] of this.knowledge.decisions()) {
      if (condition.kind !== 'apply') continue;
      const [a, b] = condition.operands;
      this.visitAll(condition.operands);
      if (!isTerm(a) || !isTerm(b)) continue;
      if (condition.operator === 'less') this.less(a, b, truth);
      else if (condition.operator === 'equal' && !truth) this.apart(a, b);
    }
    return this.found;
  }

  private visitAll(operands: readonly Operand[]): void {
    for (const operand of operands) if (isTerm(operand)) this.visit(operand);
  }

  /** What a term is because of how it came about. */
  private visit(term: Term): void {
    if (this.seen.has(term)) return;
    this.seen.add(term);
    if (term.kind === 'variable') return;
    this.visitAll(term.operands);
    const [first] = term.operands;
    switch (term.operator) {
      case 'sum':
        this.sum(term);
        break;
      case 'text':
        this.text(term, term.operands);
        break;
      case 'length': {
        const own = isTerm(first) ? this.lengthOf(first) : undefined;
        if (own === undefined) this.congruent(term, term.operands);
        else this.relate([this.valueOf(term), own], ([length, other]) => `(= ${length} ${other})`);
        break;
      }
      case 'member':
      case 'function':
        this.congruent(term, term.operands);
        break;
      case 'not':
      case 'equal':
      case 'less':
      case 'meets':
      case 'has':
        break;
    }
  }

  private less(a: Term, b: Term, truth: boolean): void {
    const [x, y] = [this.valueOf(a), this.valueOf(b)];
    if (x === undefined || y === undefined || !isNumber(x) || !isNumber(y)) return;
    const isMixed = x.sort !== y.sort;
    this.relate([x, y], ([p = '', q = '']) => asserted(`(< ${asReal(x, p, isMixed)} ${asReal(y, q, isMixed)})`, truth));
  }

  private apart(a: Term, b: Term): void {
    const [x, y] = [this.valueOf(a), this.valueOf(b)];
    if (x === undefined || y === undefined) return;
    const isMixed = x.sort !== y.sort;
    if (isMixed && !(isNumber(x) && isNumber(y))) return;
    this.relate([x, y], ([p = '', q = '']) => asserted(`(= ${asReal(x, p, isMixed)} ${asReal(y, q, isMixed)})`, false));
  }

  private sum(term: Term): void {
    const parts = partsOf(term);
    const values = [term, ...parts.map(([, part]) => part)].map((it) => this.valueOf(it));
    if (values.some((value) => value?.sort !== 'Int')) return;
    this.relate(values, ([whole, ...names]) => {
      const products = parts.map(([coefficient], i) => scaled(coefficient, names[i] ?? ''));
      return `(= ${whole} (+ ${[integer(constantOf(term)), ...products].join(' ')}))`;
    });
  }

  private text(term: Term, parts: readonly Operand[]): void {
    const terms = parts.filter(isTerm);
    const values = [term, ...terms].map((it) => this.valueOf(it));
    if (values.some((value) => value?.sort !== 'String')) return;
    const written = parts.map((part) => (typeof part === 'string' ? literal(part) : ''));
    if (!written.includes(undefined)) {
      this.relate(values, ([whole, ...names]) => {
        const rest = [...names];
        return `(= ${whole} (str.++ ${written.map((part) => (part === '' ? rest.shift() : part)).join(' ')}))`;
      });
    }
    const lengths = [term, ...terms].map((it) => this.lengthOf(it));
    let fixed = 0;
    for (const part of parts) if (typeof part === 'string') fixed += Array.from(part).length;
    this.relate(lengths, ([whole, ...names]) => `(= ${whole} (+ ${[integer(fixed), ...names].join(' ')}))`);
  }

  /** Equal operands give equal values. */
  private congruent(term: Term, operands: readonly Operand[]): void {
    if (term.kind !== 'apply') return;
    const own = operands.map((it) => (isTerm(it) ? `#${this.knowledge.representative(it).id}` : JSON.stringify(it)));
    const key = `${term.operator} ${own.join()}`;
    const first = this.functions.get(key);
    if (first === undefined) {
      this.functions.set(key, term);
      return;
    }
    const [x, y] = [this.valueOf(first), this.valueOf(term)];
    if (x !== undefined && y !== undefined && x.sort === y.sort) this.relate([x, y], ([p, q]) => `(= ${p} ${q})`);
  }

  private relate(variables: readonly (Meaning | undefined)[], write: Relation['write']): void {
    const known = variables.filter((variable) => variable !== undefined);
    if (known.length === variables.length) this.found.push({ variables: known, write });
  }

  private valueOf(term: Term): Meaning | undefined {
    const at = this.knowledge.representative(term);
    if (!this.meanings.has(at)) {
      const sort = sortOf(this.knowledge, at);
      this.meanings.set(at, sort === undefined ? undefined : { term: at, of: 'value', sort });
    }
    return this.meanings.get(at);
  }

  private lengthOf(term: Term): Meaning | undefined {
    const at = this.knowledge.representative(term);
    if (this.valueOf(at)?.sort !== 'String') return undefined;
    let length = this.lengths.get(at);
    if (length === undefined) {
      length = { term: at, of: 'length', sort: 'Int' };
      this.lengths.set(at, length);
    }
    return length;
  }
}

function sortOf(knowledge: Knowledge, term: Term): Sort | undefined {
  const [kind, ...others] = knowledge.kinds(term);
  if (others.length > 0) return undefined;
  switch (kind) {
    case 'number':
      return knowledge.bounds(term).isInteger ? 'Int' : 'Real';
    case 'string':
      return 'String';
    case 'boolean':
      return 'Bool';
    default:
      return undefined;
  }
}

function isNumber({ sort }: Meaning): boolean {
  return sort === 'Int' || sort === 'Real';
}

function asReal({ sort }: Meaning, name: string, isMixed: boolean): string {
  return isMixed && sort === 'Int' ? `(to_real ${name})` : name;
}

function asserted(condition: string, truth: boolean): string {
  return truth ? condition : `(not ${condition})`;
}

function scaled(coefficient: number, name: string): string {
  return coefficient === 1 ? name : `(* ${integer(coefficient)} ${name})`;
}

/** Relations that share variables, directly or by way of others, in the order in which they were found. */
function groupsOf(relations: readonly Relation[]): readonly (readonly Relation[])[] {
  const parents = new Map<Meaning, Meaning>();
  const rootOf = (variable: Meaning): Meaning => {
    let at = variable;
    for (let next = parents.get(at); next !== undefined; next = parents.get(at)) at = next;
    return at;
  };
  for (const { variables } of relations) {
    const [first, ...others] = variables;
    for (const other of others) {
      const [a, b] = first === undefined ? [other, other] : [rootOf(first), rootOf(other)];
      if (a !== b) parents.set(b, a);
    }
  }
  const groups = new Map<Meaning, Relation[]>();
  for (const relation of relations) {
    const [first] = relation.variables;
    if (first === undefined) continue;
    const root = rootOf(first);
    const group = groups.get(root) ?? [];
    groups.set(root, group);
    group.push(relation);
  }
  return [...groups.values()];
}

function write(knowledge: Knowledge, group: readonly Relation[]): Query {
  const names = new Map<Meaning, string>();
  const nameOf = (variable: Meaning): string => {
    const known = names.get(variable);
    if (known !== undefined) return known;
    const name = `v${names.size}`;
    names.set(variable, name);
    return name;
  };
  const relations = [...new Set(group.map((relation) => relation.write(relation.variables.map(nameOf))))];
  const lines = ['(set-logic ALL)'];
  for (const [{ sort }, name] of names) lines.push(`(declare-const ${name} ${sort})`);
  for (const [meaning, name] of names) {
    const condition = conditionOn(name, meaning.sort, clausesOf(knowledge, meaning));
    if (condition !== undefined) lines.push(`(assert ${condition})`);
  }
  for (const relation of relations) lines.push(`(assert ${relation})`);
  const variables = new Map([...names].map(([meaning, name]) => [name, meaning]));
  assert(variables.size === names.size, 'every variable has a name of its own');
  return { text: `${lines.join('\n')}\n(check-sat)\n`, variables };
}

function clausesOf(knowledge: Knowledge, { term, of }: Meaning): readonly Clause[] {
  if (of === 'value') return knowledge.demandOf(term);
  const { low, high } = knowledge.lengths(term);
  return within(Math.min(low, MAX_INTEGER), high);
}
