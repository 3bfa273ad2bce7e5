import type { Json } from '../../kernel/json.ts';
import { decimalOf } from '../../schema/decimal.ts';
import { formatOf } from '../../schema/formats.ts';
import { type Clause, meets } from '../../schema/generate/demand.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { textsIn } from '../facts.ts';
import { EVERY_TEXT, exactly, languageOf, literal, nary, NO_TEXT, ofLength } from './texts.ts';

/** What stands for a value in SMT-LIB. Numbers that are no integers are reals: the doubles lie among them in the same order. */
export type Sort = 'Int' | 'Real' | 'String' | 'Bool';

/** Texts of a list that are written one by one. */
const MAX_TEXTS = 200;
/** Longer, what one schema says is left out; and so is what lies behind so many of its nodes. */
const MAX_CLAUSE = 6000;
const MAX_NODES = 300;

/** How what schemas say of a value of one sort is written: as conditions on a variable, or as languages of texts. */
interface Algebra {
  /** Nodes that may still be looked at. */
  left: number;
  readonly all: string;
  readonly none: string;
  readonly and: string;
  readonly or: string;
  readonly not: string;
  /** What the keywords of one node say, each by itself; `undefined` for what is not expressed. */
  leaves(node: SchemaNode): readonly (string | undefined)[];
}

/**
 * What a value of the sort that meets the clauses fulfils, as a condition on the variable `name`: whatever is not expressed is
 * left out, so that the condition holds of at least all values that meet them. `undefined` where nothing is said.
 */
export function conditionOn(name: string, sort: Sort, clauses: readonly Clause[]): string | undefined {
  const listed = sort === 'String' ? listedTexts(clauses) : undefined;
  if (listed !== undefined)
    return nary(
      'or',
      listed.map((text) => `(= ${name} ${text})`),
      'false',
    );
  const algebra = algebraOf(name, sort);
  const said = new Set<string>();
  for (const { node, holds } of clauses) {
    algebra.left = MAX_NODES;
    const known = approximate(algebra, node, holds);
    const one = holds ? known : negation(algebra, known);
    if (one !== algebra.all && one.length <= MAX_CLAUSE) said.add(one);
  }
  if (said.size === 0) return undefined;
  const together = nary(algebra.and, [...said], algebra.all);
  return sort === 'String' ? `(str.in_re ${name} ${together})` : together;
}

/** Every text that meets the clauses, where one of them lists few: a solver takes far fewer steps for these than for a language. */
function listedTexts(clauses: readonly Clause[]): readonly string[] | undefined {
  const texts = textsIn(clauses);
  if (texts === undefined || texts.length > MAX_TEXTS) return undefined;
  const written = texts.filter((text) => meets(text, clauses)).map(literal);
  const known = written.filter((text) => text !== undefined);
  return known.length === written.length ? known : undefined;
}

function algebraOf(name: string, sort: Sort): Algebra {
  const left = MAX_NODES;
  const truth = { left, all: 'true', none: 'false', and: 'and', or: 'or', not: 'not' };
  switch (sort) {
    case 'String':
      return {
        left,
        all: EVERY_TEXT,
        none: NO_TEXT,
        and: 're.inter',
        or: 're.union',
        not: 're.comp',
        leaves: textLeaves,
      };
    case 'Bool':
      return { ...truth, leaves: (node) => booleanLeaves(name, node) };
    case 'Int':
      return { ...truth, leaves: (node) => integerLeaves(name, node) };
    case 'Real':
      return { ...truth, leaves: (node) => realLeaves(name, node) };
  }
}

/** What a node says of a value: with `over` of at least all values that meet it, else of none that does not. */
function approximate(algebra: Algebra, node: SchemaNode, over: boolean): string {
  if (node.always !== undefined) return node.always ? algebra.all : algebra.none;
  algebra.left -= 1;
  if (algebra.left < 0) return over ? algebra.all : algebra.none;
  const within = (part: SchemaNode): string => approximate(algebra, part, over);
  const against = (part: SchemaNode): string => negation(algebra, approximate(algebra, part, !over));
  const parts: (string | undefined)[] = [...algebra.leaves(node)];
  if (node.ref !== undefined) parts.push(within(node.ref));
  for (const part of node.allOf ?? []) parts.push(within(part));
  if (node.anyOf !== undefined) parts.push(disjunction(algebra, node.anyOf.map(within)));
  if (node.oneOf !== undefined) {
    const all = node.oneOf;
    const alone = all.map((part, i) =>
      conjunction(algebra, [within(part), ...all.filter((_, j) => j !== i).map(against)]),
    );
    parts.push(disjunction(algebra, alone));
  }
  if (node.not !== undefined) parts.push(against(node.not));
  if (node.if !== undefined && (node.then !== undefined || node.else !== undefined)) {
    const then = node.then === undefined ? algebra.all : within(node.then);
    const otherwise = node.else === undefined ? algebra.all : within(node.else);
    parts.push(
      disjunction(algebra, [
        conjunction(algebra, [within(node.if), then]),
        conjunction(algebra, [against(node.if), otherwise]),
      ]),
    );
  }
  return conjunction(
    algebra,
    parts.map((part) => part ?? (over ? algebra.all : algebra.none)),
  );
}

function conjunction({ and, all, none }: Algebra, parts: readonly string[]): string {
  if (parts.includes(none)) return none;
  return nary(
    and,
    [...new Set(parts)].filter((part) => part !== all),
    all,
  );
}

function disjunction({ or, all, none }: Algebra, parts: readonly string[]): string {
  if (parts.includes(all)) return all;
  return nary(
    or,
    [...new Set(parts)].filter((part) => part !== none),
    none,
  );
}

function negation({ not, all, none }: Algebra, part: string): string {
  if (part === all) return none;
  return part === none ? all : `(${not} ${part})`;
}

function listedIn(node: SchemaNode): readonly Json[] | undefined {
  return node.const === undefined ? node.enum : [node.const.value];
}

/** Any of some; where one of them is not expressed, none of them is. */
function anyOf(operator: string, none: string, parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? nary(operator, known, none) : undefined;
}

function textLeaves(node: SchemaNode): readonly (string | undefined)[] {
  const leaves: (string | undefined)[] = [];
  if (node.type !== undefined) leaves.push(node.type.includes('string') ? EVERY_TEXT : NO_TEXT);
  const listed = listedIn(node)?.filter((it) => typeof it === 'string');
  if (listed !== undefined) leaves.push(anyOf('re.union', NO_TEXT, listed.map(exactly)));
  if (node.minLength !== undefined || node.maxLength !== undefined)
    leaves.push(ofLength(node.minLength ?? 0, node.maxLength ?? Infinity));
  if (node.pattern !== undefined) leaves.push(languageOf(node.pattern));
  if (node.format !== undefined) {
    const { pattern, also } = formatOf(node.format);
    // A format that is more than its pattern lies within it, which is something only of what meets it.
    leaves.push(languageOf(pattern), ...(also === undefined ? [] : [undefined]));
  }
  return leaves;
}

function booleanLeaves(name: string, node: SchemaNode): readonly (string | undefined)[] {
  const leaves: string[] = [];
  if (node.type !== undefined) leaves.push(node.type.includes('boolean') ? 'true' : 'false');
  const listed = listedIn(node);
  if (listed !== undefined) {
    const ways = listed.flatMap((it) => (it === true ? [name] : it === false ? [`(not ${name})`] : []));
    leaves.push(nary('or', ways, 'false'));
  }
  return leaves;
}

function integerLeaves(name: string, node: SchemaNode): readonly (string | undefined)[] {
  const leaves: string[] = [];
  if (node.type !== undefined)
    leaves.push(node.type.some((it) => it === 'number' || it === 'integer') ? 'true' : 'false');
  const listed = listedIn(node)?.filter((it) => typeof it === 'number');
  if (listed !== undefined)
    leaves.push(
      nary(
        'or',
        listed.filter(Number.isInteger).map((it) => `(= ${name} ${integer(it)})`),
        'false',
      ),
    );
  if (node.minimum !== undefined) leaves.push(`(>= ${name} ${integer(Math.ceil(node.minimum))})`);
  if (node.maximum !== undefined) leaves.push(`(<= ${name} ${integer(Math.floor(node.maximum))})`);
  if (node.exclusiveMinimum !== undefined) leaves.push(`(> ${name} ${integer(Math.floor(node.exclusiveMinimum))})`);
  if (node.exclusiveMaximum !== undefined) leaves.push(`(< ${name} ${integer(Math.ceil(node.exclusiveMaximum))})`);
  if (node.multipleOf === undefined) return leaves;
  const isWhole = Number.isInteger(node.multipleOf) && node.multipleOf > 0;
  return [...leaves, isWhole ? `(= (mod ${name} ${integer(node.multipleOf)}) 0)` : undefined];
}

function realLeaves(name: string, node: SchemaNode): readonly (string | undefined)[] {
  const leaves: (string | undefined)[] = [];
  if (node.type !== undefined)
    leaves.push(node.type.includes('number') ? 'true' : node.type.includes('integer') ? `(is_int ${name})` : 'false');
  const listed = listedIn(node)?.filter((it) => typeof it === 'number');
  if (listed !== undefined)
    leaves.push(
      nary(
        'or',
        listed.map((it) => `(= ${name} ${real(it)})`),
        'false',
      ),
    );
  if (node.minimum !== undefined) leaves.push(`(>= ${name} ${real(node.minimum)})`);
  if (node.maximum !== undefined) leaves.push(`(<= ${name} ${real(node.maximum)})`);
  if (node.exclusiveMinimum !== undefined) leaves.push(`(> ${name} ${real(node.exclusiveMinimum)})`);
  if (node.exclusiveMaximum !== undefined) leaves.push(`(< ${name} ${real(node.exclusiveMaximum)})`);
  if (node.multipleOf !== undefined) leaves.push(undefined);
  return leaves;
}

/** A whole number, exactly. */
export function integer(value: number): string {
  return signed(BigInt(value) < 0n, String(value < 0 ? -BigInt(value) : BigInt(value)));
}

/** The decimal that the shortest text of a double names: doubles keep their order among these. */
export function real(value: number): string {
  const { digits, exponent } = decimalOf(value);
  const whole = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return signed(digits < 0n, `${whole}${'0'.repeat(exponent)}.0`);
  const padded = whole.padStart(1 - exponent, '0');
  return signed(digits < 0n, `${padded.slice(0, exponent)}.${padded.slice(exponent)}`);
}

function signed(isNegative: boolean, text: string): string {
  return isNegative ? `(- ${text})` : text;
}
