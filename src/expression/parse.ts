import { Kept } from '../kernel/kept.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { suggest } from '../kernel/suggest.ts';
import { compilePattern } from '../schema/patterns.ts';
import { booleanValue, MAX_INTEGER, nullValue, numberValue, stringValue } from '../value/concrete.ts';
import { AUTHOR } from '../value/label.ts';
import { isExactLiteral } from './exact.ts';
import { Lexer, type Token } from './lexer.ts';
import { ParseFailure, syntax, unsupported, type ExpressionProblem, type Span } from './problem.ts';
import { OUTSIDE_COLLECTOR, REFUSED_FUNCTIONS, REFUSED_KEYWORDS, REFUSED_VARIABLES } from './refused.ts';
import {
  childrenOf,
  countOf,
  multiplies,
  type ArithmeticOperator,
  type Comparison,
  type Count,
  type Entry,
  type Expression,
  type Node,
  type Shapeless,
} from './tree.ts';
import { partiality } from './types.ts';

/** UTF-16 code units of source. */
const MAX_SOURCE = 16_384;
/** Levels of the tree, and of brackets in the source. */
const MAX_HEIGHT = 200;
/** Values of one `range`. */
const MAX_RANGE = 10_000;

/** By characters and by the weight of patterns. */
const kept = new Kept<Result<Expression, ExpressionProblem>>(400_000);
/** Characters that are worth an ordinary pattern. */
const PATTERN = 100;

/** Parses the source of an expression, without `${ }`. Results are kept, so that parsing again is a look-up. */
export function parseExpression(source: string): Result<Expression, ExpressionProblem> {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const made = parse(source);
  return kept.keep(source, made, 1 + source.length + (made.ok ? made.value.patterns * PATTERN : 0));
}

function parse(source: string): Result<Expression, ExpressionProblem> {
  try {
    if (source.length > MAX_SOURCE)
      throw syntax({ offset: MAX_SOURCE, length: 0 }, `longer than ${MAX_SOURCE} characters`);
    const half = /\p{Surrogate}/u.exec(source);
    if (half !== null) throw syntax({ offset: half.index, length: 1 }, 'half of a surrogate pair');
    const parser = new Parser(source);
    const root = parser.whole();
    if (root.count === 'many') {
      const cause = manyCause(root);
      throw unsupported(cause.span, `${describe(cause)} outside a collector`, OUTSIDE_COLLECTOR);
    }
    return ok({ source, root, free: parser.free, patterns: parser.patterns, partial: partiality(root) });
  } catch (failure) {
    if (failure instanceof ParseFailure) return err(failure.problem);
    throw failure;
  }
}

/** The innermost node that makes `node` yield many values. */
function manyCause(node: Node): Node {
  for (const below of childrenOf(node)) {
    if (below.count === 'many' && countsThrough(node)) return manyCause(below);
  }
  return node;
}

/** Whether a node's count comes from the nodes below it. */
function countsThrough(node: Node): boolean {
  return node.kind !== 'each' && node.kind !== 'comma' && node.kind !== 'range';
}

function describe(node: Node): string {
  switch (node.kind) {
    case 'each':
      return '.[]';
    case 'comma':
      return ',';
    default:
      return node.kind;
  }
}

/** What each function takes, for the message about a wrong number of arguments. */
const ARITIES: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries({
    length: [0],
    keys: [0],
    unique: [0],
    min: [0],
    max: [0],
    floor: [0],
    add: [0],
    tostring: [0],
    tonumber: [0],
    ascii_downcase: [0],
    to_entries: [0],
    from_entries: [0],
    not: [0],
    map: [1],
    select: [1],
    has: [1],
    in: [1],
    contains: [1],
    startswith: [1],
    endswith: [1],
    test: [1],
    split: [1],
    join: [1],
    unique_by: [1],
    sort_by: [1],
    group_by: [1],
    with_entries: [1],
    any: [0, 1, 2],
    all: [0, 1, 2],
    first: [0, 1],
    last: [0, 1],
    range: [1, 2, 3],
  }),
);

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '//', ...COMPARISONS]);

type Unfinished = Shapeless & { readonly span: Span; height: number; count: Count };

class Parser {
  readonly #lexer: Lexer;
  readonly free = new Set<string>();
  /** The weight of all. */
  patterns = 0;
  /** Variables bound by the `as` around the point being parsed, innermost last. */
  readonly #bound: string[] = [];
  #nesting = 0;

  constructor(source: string) {
    this.#lexer = new Lexer(source);
  }

  whole(): Node {
    if (this.#lexer.peek().kind === 'end')
      throw syntax(this.#lexer.peek().span, 'an empty expression; `.` is the identity');
    const root = this.#pipe();
    const rest = this.#lexer.peek();
    if (rest.kind !== 'end') throw this.#unexpected(rest);
    return root;
  }

  #make(offset: number, shape: Shapeless): Node {
    const span = this.#since(offset);
    // Height and count come from the nodes below, so that they follow.
    const node: Unfinished = { ...shape, span, height: 1, count: 'one' };
    for (const below of childrenOf(node)) node.height = Math.max(node.height, below.height + 1);
    if (node.height > MAX_HEIGHT) throw syntax(span, `more than ${MAX_HEIGHT} levels`);
    node.count = countOf(node);
    return node;
  }

  #since(offset: number): Span {
    return { offset, length: this.#lexer.end - offset };
  }

  #nested<T>(at: Span, parse: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > MAX_HEIGHT) throw syntax(at, `more than ${MAX_HEIGHT} levels`);
    const result = parse();
    this.#nesting -= 1;
    return result;
  }

  #isSymbol(...symbols: readonly string[]): boolean {
    const token = this.#lexer.peek();
    return token.kind === 'symbol' && symbols.includes(token.text);
  }

  #isKeyword(word: string): boolean {
    const token = this.#lexer.peek();
    return token.kind === 'keyword' && token.text === word;
  }

  #expect(text: string, opened?: Span): Token {
    const token = this.#lexer.peek();
    if ((token.kind === 'symbol' || token.kind === 'keyword') && token.text === text) return this.#lexer.next();
    if (token.kind === 'end' && opened !== undefined)
      throw syntax(opened, `this is not closed: \`${text}\` is missing`);
    throw this.#unexpected(token, text);
  }

  #unexpected(token: Token, expected?: string): ParseFailure {
    if (token.kind === 'keyword' || token.kind === 'name') {
      const instead = REFUSED_KEYWORDS.get(token.text);
      if (instead !== undefined) return unsupported(token.span, token.text, instead);
    }
    const what = token.kind === 'end' ? 'the expression ends here' : 'unexpected here';
    return syntax(token.span, expected === undefined ? what : `${what}; expected \`${expected}\``);
  }

  #pipe(): Node {
    const { offset } = this.#lexer.peek().span;
    return this.#nested(this.#lexer.peek().span, () => {
      let left = this.#comma();
      if (!this.#isSymbol('|')) return left;
      // Right-associative, but only a tree: folding from the left gives the same stream and keeps the stack flat.
      while (this.#isSymbol('|')) {
        this.#lexer.next();
        const right = this.#comma();
        left = this.#make(offset, { kind: 'pipe', left, right });
      }
      return left;
    });
  }

  #comma(): Node {
    const { offset } = this.#lexer.peek().span;
    const first = this.#alternative();
    if (!this.#isSymbol(',')) return first;
    const parts = [first];
    while (this.#isSymbol(',')) {
      this.#lexer.next();
      parts.push(this.#alternative());
    }
    return this.#make(offset, { kind: 'comma', parts });
  }

  #alternative(): Node {
    const { offset, length } = this.#lexer.peek().span;
    const left = this.#or();
    if (!this.#isSymbol('//')) return left;
    this.#lexer.next();
    const right = this.#nested({ offset, length }, () => this.#alternative());
    return this.#make(offset, { kind: 'alternative', left, right });
  }

  #or(): Node {
    const { offset } = this.#lexer.peek().span;
    let left = this.#and();
    while (this.#isKeyword('or')) {
      this.#lexer.next();
      const right = this.#and();
      left = this.#make(offset, { kind: 'or', left, right });
    }
    return left;
  }

  #and(): Node {
    const { offset } = this.#lexer.peek().span;
    let left = this.#compare();
    while (this.#isKeyword('and')) {
      this.#lexer.next();
      const right = this.#compare();
      left = this.#make(offset, { kind: 'and', left, right });
    }
    return left;
  }

  #compare(): Node {
    const { offset } = this.#lexer.peek().span;
    const left = this.#sum();
    const operator = this.#comparison();
    if (operator === undefined) return left;
    const right = this.#sum();
    const made = this.#make(offset, { kind: 'compare', operator, left, right });
    const again = this.#lexer.peek();
    if (this.#comparison() !== undefined) throw syntax(again.span, 'comparisons do not chain; use `and`');
    return made;
  }

  #comparison(): Comparison | undefined {
    const token = this.#lexer.peek();
    if (token.kind !== 'symbol' || !COMPARISONS.has(token.text)) return undefined;
    this.#lexer.next();
    // The set above holds exactly the comparisons.
    return token.text as Comparison;
  }

  #sum(): Node {
    const { offset } = this.#lexer.peek().span;
    let left = this.#factors();
    while (this.#isSymbol('+', '-')) {
      const operator = this.#lexer.next().text as ArithmeticOperator;
      const right = this.#factors();
      left = this.#make(offset, { kind: 'arithmetic', operator, left, right });
    }
    return left;
  }

  #factors(): Node {
    const { offset } = this.#lexer.peek().span;
    let left = this.#operand();
    while (this.#isSymbol('*', '/', '%')) {
      const operator = this.#lexer.next().text as ArithmeticOperator;
      const right = this.#operand();
      left = this.#make(offset, { kind: 'arithmetic', operator, left, right });
    }
    return left;
  }

  #operand(): Node {
    const token = this.#lexer.peek();
    if (token.kind === 'symbol' && token.text === '-') {
      this.#lexer.next();
      // In jq's grammar the minus sign binds as loosely as the binary one: `1 / -2 * 3` is `1 / -(2 * 3)`.
      const operand = this.#nested(token.span, () => this.#factors());
      return this.#negated(token.span.offset, operand);
    }
    let node: Node;
    if (token.kind === 'keyword' && token.text === 'if') node = this.#if();
    else {
      node = this.#term();
      if (this.#isKeyword('as')) return this.#binding(token.span, node);
    }
    // A `?` that is not part of a path ends its operand: jq takes neither a path nor `as` after it.
    while (this.#optional()) node = this.#make(token.span.offset, { kind: 'try', body: node });
    return node;
  }

  #negated(offset: number, operand: Node): Node {
    if (operand.kind === 'literal' && operand.value.kind === 'number') {
      return this.#make(offset, { kind: 'literal', value: numberValue(-operand.value.value, AUTHOR) });
    }
    return this.#make(offset, { kind: 'negate', operand });
  }

  #binding(start: Span, source: Node): Node {
    this.#lexer.next();
    const variable = this.#lexer.peek();
    if (variable.kind === 'symbol' && (variable.text === '[' || variable.text === '{')) {
      throw unsupported(variable.span, 'destructuring pattern', 'one variable, then its fields: `. as $x | $x.a`');
    }
    if (variable.kind !== 'variable') throw this.#unexpected(variable, '$name');
    this.#lexer.next();
    this.#refuseVariable(variable);
    this.#expect('|');
    this.#bound.push(variable.text);
    const body = this.#pipe();
    this.#bound.pop();
    return this.#make(start.offset, { kind: 'bind', source, name: variable.text, body });
  }

  #if(): Node {
    const start = this.#lexer.next().span;
    return this.#nested(start, () => {
      const condition = this.#pipe();
      this.#expect('then', start);
      const then = this.#pipe();
      let otherwise: Node;
      if (this.#isKeyword('elif'))
        return this.#make(start.offset, { kind: 'if', condition, then, otherwise: this.#if() });
      if (this.#isKeyword('else')) {
        this.#lexer.next();
        otherwise = this.#pipe();
      } else otherwise = this.#make(this.#lexer.end, { kind: 'identity' });
      this.#expect('end', start);
      return this.#make(start.offset, { kind: 'if', condition, then, otherwise });
    });
  }

  #term(): Node {
    const { offset } = this.#lexer.peek().span;
    let node = this.#primary();
    for (;;) {
      const token = this.#lexer.peek();
      if (token.kind === 'field') {
        this.#lexer.next();
        node = this.#make(offset, { kind: 'field', base: node, name: token.text, optional: this.#optional() });
      } else if (token.kind === 'symbol' && token.text === '.') {
        this.#lexer.next();
        node = this.#afterDot(offset, node);
      } else if (token.kind === 'symbol' && token.text === '[') {
        node = this.#bracket(offset, node);
      } else return node;
    }
  }

  #optional(): boolean {
    if (!this.#isSymbol('?')) return false;
    this.#lexer.next();
    return true;
  }

  /** After a dot that follows a term: `."name"` or `.[…]`. */
  #afterDot(offset: number, base: Node): Node {
    const token = this.#lexer.peek();
    if (token.kind === 'quote') return this.#named(offset, base);
    if (this.#isSymbol('[')) {
      const made = this.#bracket(offset, base);
      // jq 1.7 takes a dot before an index and none before a slice.
      if (made.kind === 'slice') throw syntax(token.span, 'no dot stands before a slice: .a[1:]');
      return made;
    }
    throw syntax(token.span, 'after a dot comes a name, ."name" or .[…]');
  }

  #named(offset: number, base: Node): Node {
    const key = this.#string();
    if (key.kind === 'literal' && key.value.kind === 'string') {
      return this.#make(offset, { kind: 'field', base, name: key.value.value, optional: this.#optional() });
    }
    return this.#make(offset, { kind: 'index', base, key, optional: this.#optional() });
  }

  #bracket(offset: number, base: Node): Node {
    const open = this.#lexer.next().span;
    if (this.#isSymbol(']')) {
      this.#lexer.next();
      return this.#make(offset, { kind: 'each', base, optional: this.#optional() });
    }
    const key = this.#isSymbol(':') ? undefined : this.#pipe();
    if (this.#isSymbol(':')) {
      this.#lexer.next();
      const to = this.#isSymbol(']') ? undefined : this.#pipe();
      const close = this.#expect(']', open);
      if (key === undefined && to === undefined) throw syntax(close.span, 'a slice needs a bound');
      const bounds = [key, to].map((bound) =>
        bound === undefined ? undefined : this.#integer(bound, 'slice with computed bounds'),
      );
      return this.#make(offset, { kind: 'slice', base, from: bounds[0], to: bounds[1], optional: this.#optional() });
    }
    this.#expect(']', open);
    if (key?.kind === 'literal' && key.value.kind === 'string') {
      return this.#make(offset, { kind: 'field', base, name: key.value.value, optional: this.#optional() });
    }
    if (key?.kind === 'literal' && key.value.kind === 'number' && Number.isInteger(key.value.value)) {
      return this.#make(offset, { kind: 'item', base, index: key.value.value, optional: this.#optional() });
    }
    return this.#make(offset, { kind: 'index', base, key: key as Node, optional: this.#optional() });
  }

  #integer(node: Node, construct: string): number {
    if (node.kind === 'literal' && node.value.kind === 'number' && Number.isInteger(node.value.value))
      return node.value.value;
    throw unsupported(node.span, construct, 'whole-number literals');
  }

  #primary(): Node {
    const token = this.#lexer.peek();
    const { offset } = token.span;
    switch (token.kind) {
      case 'field':
        this.#lexer.next();
        return this.#make(offset, {
          kind: 'field',
          base: this.#identity(offset),
          name: token.text,
          optional: this.#optional(),
        });
      case 'number':
        return this.#number();
      case 'quote':
        return this.#string();
      case 'variable':
        this.#lexer.next();
        return this.#variable(token);
      case 'name':
        return this.#function();
      case 'symbol':
        return this.#symbol(token);
      case 'keyword':
      case 'end':
        throw this.#unexpected(token);
    }
  }

  #identity(offset: number): Node {
    return { kind: 'identity', span: { offset, length: 1 }, count: 'one', height: 1 };
  }

  #symbol(token: Token): Node {
    const { offset } = token.span;
    switch (token.text) {
      case '.': {
        this.#lexer.next();
        const identity = this.#identity(offset);
        return this.#lexer.peek().kind === 'quote' ? this.#named(offset, identity) : identity;
      }
      case '..':
        throw unsupported(token.span, '..', 'name the path to the value; expressions must end on every input');
      case '(': {
        this.#lexer.next();
        const inner = this.#pipe();
        this.#expect(')', token.span);
        return inner;
      }
      case '[': {
        this.#lexer.next();
        const body = this.#isSymbol(']') ? undefined : this.#pipe();
        this.#expect(']', token.span);
        const authored = body === undefined || body.count !== 'many' || multiplies(body);
        return this.#make(offset, { kind: 'array', body, authored });
      }
      case '{':
        return this.#nested(token.span, () => this.#object());
      default:
        throw this.#unexpected(token);
    }
  }

  #variable(token: Token): Node {
    this.#refuseVariable(token);
    const bound = this.#bound.includes(token.text);
    if (!bound) this.free.add(token.text);
    return this.#make(token.span.offset, { kind: 'variable', name: token.text, bound });
  }

  #refuseVariable(token: Token): void {
    const instead = REFUSED_VARIABLES.get(token.text);
    if (instead !== undefined) throw unsupported(token.span, `$${token.text}`, instead);
  }

  #number(): Node {
    const { text, span } = this.#lexer.next();
    const value = Number(text);
    if (Math.abs(value) > MAX_INTEGER) throw unsupported(span, 'a number beyond 2^53', 'a string, or a smaller unit');
    if (!isExactLiteral(text)) throw unsupported(span, 'a number with more digits than are kept', String(value));
    return this.#make(span.offset, { kind: 'literal', value: numberValue(value, AUTHOR) });
  }

  /** A string literal, with or without interpolations. */
  #string(): Node {
    const opening = this.#lexer.next().span;
    return this.#nested(opening, () => {
      const parts: (string | Node)[] = [];
      for (;;) {
        const { text, end } = this.#lexer.stringPart(opening);
        if (text !== '') parts.push(text);
        if (end === 'string') break;
        parts.push(this.#pipe());
        this.#expect(')', opening);
      }
      if (parts.every((part) => typeof part === 'string')) {
        return this.#make(opening.offset, { kind: 'literal', value: stringValue(parts.join(''), AUTHOR) });
      }
      return this.#make(opening.offset, { kind: 'text', parts });
    });
  }

  #object(): Node {
    const open = this.#lexer.next().span;
    const entries: Entry[] = [];
    while (!this.#isSymbol('}')) {
      if (entries.length > 0) {
        this.#expect(',', open);
        if (this.#isSymbol('}')) break;
      }
      entries.push(this.#entry());
      if (!this.#isSymbol('}', ',')) {
        const token = this.#lexer.peek();
        if (token.kind === 'end') throw syntax(open, 'this is not closed: `}` is missing');
        if (OPERATORS.has(token.text) || token.kind === 'keyword')
          throw syntax(token.span, 'put the value of this member in parentheses');
        throw this.#unexpected(token, '}');
      }
    }
    this.#lexer.next();
    return this.#make(open.offset, { kind: 'object', entries });
  }

  #entry(): Entry {
    const token = this.#lexer.peek();
    const { offset } = token.span;
    const entry = (key: string | Node, value: Node): Entry => ({ key, value, span: this.#since(offset) });
    switch (token.kind) {
      case 'name':
      case 'keyword': {
        this.#lexer.next();
        if (token.text === '__loc__') throw unsupported(token.span, '__loc__', 'a literal');
        if (this.#isSymbol(':')) return entry(token.text, this.#memberValue());
        return entry(
          token.text,
          this.#make(offset, { kind: 'field', base: this.#identity(offset), name: token.text, optional: false }),
        );
      }
      case 'variable': {
        this.#lexer.next();
        const value = this.#variable(token);
        if (this.#isSymbol(':')) throw unsupported(token.span, 'a variable as member name', `($${token.text}): …`);
        return entry(token.text, value);
      }
      case 'quote': {
        const key = this.#string();
        const name = key.kind === 'literal' && key.value.kind === 'string' ? key.value.value : key;
        if (this.#isSymbol(':')) return entry(name, this.#memberValue());
        const base = this.#identity(offset);
        const value =
          typeof name === 'string'
            ? { kind: 'field' as const, base, name, optional: false }
            : { kind: 'index' as const, base, key, optional: false };
        return entry(name, this.#make(offset, value));
      }
      case 'symbol':
        if (token.text === '(') {
          this.#lexer.next();
          const key = this.#pipe();
          this.#expect(')', token.span);
          if (!this.#isSymbol(':')) throw this.#unexpected(this.#lexer.peek(), ':');
          if (key.kind !== 'literal') return entry(key, this.#memberValue());
          if (key.value.kind !== 'string') throw syntax(key.span, 'a member name is a string');
          return entry(key.value.value, this.#memberValue());
        }
        throw this.#unexpected(token);
      case 'number':
        throw syntax(token.span, 'a member name is a string');
      case 'field':
      case 'end':
        throw this.#unexpected(token);
    }
  }

  /** jq's grammar takes only terms as member values, joined by `|`; operators need parentheses. */
  #memberValue(): Node {
    const colon = this.#expect(':');
    let left = this.#memberTerm();
    while (this.#isSymbol('|')) {
      this.#lexer.next();
      const right = this.#memberTerm();
      left = this.#make(colon.span.offset + 1, { kind: 'pipe', left, right });
    }
    return left;
  }

  #memberTerm(): Node {
    const token = this.#lexer.peek();
    if (token.kind === 'symbol' && token.text === '-') {
      this.#lexer.next();
      return this.#negated(
        token.span.offset,
        this.#nested(token.span, () => this.#memberTerm()),
      );
    }
    if (token.kind === 'keyword' && token.text === 'if')
      throw syntax(token.span, 'put the value of this member in parentheses');
    return this.#term();
  }

  #function(): Node {
    const token = this.#lexer.next();
    const { offset } = token.span;
    const name = token.text;
    if (name === 'null') return this.#make(offset, { kind: 'literal', value: nullValue(AUTHOR) });
    if (name === 'true' || name === 'false')
      return this.#make(offset, { kind: 'literal', value: booleanValue(name === 'true', AUTHOR) });
    const keyword = REFUSED_KEYWORDS.get(name) ?? REFUSED_FUNCTIONS.get(name);
    if (keyword !== undefined) throw unsupported(token.span, name, keyword);
    const arities = ARITIES.get(name);
    if (arities === undefined) {
      const near = suggest(name, ARITIES.keys());
      throw unsupported(
        token.span,
        name,
        near === null ? `the functions of the profile: ${[...ARITIES.keys()].toSorted().join(' ')}` : near,
      );
    }
    const args = this.#isSymbol('(') ? this.#arguments() : [];
    if (!arities.includes(args.length)) {
      const wanted = arities
        .map((arity) => (arity === 0 ? name : `${name}(${Array.from({ length: arity }, () => '…').join('; ')})`))
        .join(' or ');
      throw unsupported(this.#since(offset), `${name}/${args.length}`, wanted);
    }
    return this.#make(offset, this.#call(name, token, args));
  }

  #arguments(): readonly Node[] {
    const open = this.#lexer.next().span;
    const args: Node[] = [];
    do {
      if (args.length > 0) this.#lexer.next();
      args.push(this.#pipe());
    } while (this.#isSymbol(';'));
    this.#expect(')', open);
    return args;
  }

  #call(name: string, token: Token, args: readonly Node[]): Shapeless {
    const [first, second] = args;
    const identity = this.#identity(token.span.offset);
    switch (name) {
      case 'length':
      case 'keys':
      case 'unique':
      case 'min':
      case 'max':
      case 'floor':
      case 'add':
      case 'tostring':
      case 'tonumber':
      case 'ascii_downcase':
      case 'to_entries':
      case 'from_entries':
      case 'not':
        return { kind: 'plain', name };
      case 'first':
      case 'last':
        if (first === undefined)
          return { kind: 'item', base: identity, index: name === 'first' ? 0 : -1, optional: false };
        return { kind: name, source: first };
      case 'any':
      case 'all': {
        const every = this.#make(token.span.offset, { kind: 'each', base: identity, optional: false });
        if (first === undefined) return { kind: name, source: every, condition: identity };
        return second === undefined
          ? { kind: name, source: every, condition: first }
          : { kind: name, source: first, condition: second };
      }
    }
    if (first === undefined) throw syntax(token.span, 'an argument is missing');
    switch (name) {
      case 'has':
      case 'in':
      case 'contains':
      case 'startswith':
      case 'endswith':
      case 'split':
      case 'join':
        return { kind: 'call', name, argument: first };
      case 'unique_by':
      case 'sort_by':
      case 'group_by':
        return { kind: 'order', name, key: first };
      case 'map':
      case 'with_entries':
        return { kind: name, body: first, authored: multiplies(first) };
      case 'select':
        return { kind: 'select', condition: first };
      case 'test':
        return this.#test(first);
      default:
        return this.#range(args);
    }
  }

  #test(argument: Node): Shapeless {
    if (argument.kind !== 'literal' || argument.value.kind !== 'string') {
      throw unsupported(argument.span, 'test with a computed pattern', 'a string literal without interpolation');
    }
    const pattern = compilePattern(argument.value.value);
    if (!pattern.ok) throw syntax(argument.span, `pattern: ${pattern.error.detail}`);
    this.patterns += pattern.value.weight;
    return { kind: 'test', pattern: pattern.value };
  }

  #range(args: readonly Node[]): Shapeless {
    const bounds = args.map((bound) => this.#integer(bound, 'range with computed bounds'));
    const [from, to, by] =
      bounds.length === 1 ? [0, bounds[0] as number, 1] : [bounds[0] as number, bounds[1] as number, bounds[2] ?? 1];
    const last = args.at(-1) as Node;
    if (by === 0) throw unsupported(last.span, 'range with step 0', 'a step that ends');
    if ((to - from) / by > MAX_RANGE)
      throw unsupported(last.span, `range of more than ${MAX_RANGE} values`, 'a `for` task');
    return { kind: 'range', from, to, by };
  }
}
