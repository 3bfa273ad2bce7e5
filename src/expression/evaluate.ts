import { assert, Defect } from '../kernel/result.ts';
import {
  arrayValue,
  booleanValue,
  controlledDeep,
  deepLabel,
  isConcrete,
  MAX_DEPTH,
  MAX_WEIGHT,
  nullValue,
  numberValue,
  objectValue,
  placed,
  stringValue,
  symbolValue,
  weightOf,
  withLabel,
} from '../value/concrete.ts';
import {
  AUTHOR,
  BOTTOM,
  controlled,
  covers,
  join,
  joinMarks,
  NO_MARKS,
  type Label,
  type Marks,
} from '../value/label.ts';
import type { ArrayValue, KnownValue, ListValue, SymbolValue, Value } from '../value/value.ts';
import type { Environment } from './environment.ts';
import { ExpressionError, type ExpressionErrorCode } from './error.ts';
import { fromEntries, itemsOf, ordered, orderedUnknown, plainFunction, toEntries, valueFunction } from './functions.ts';
import { arithmetic, compare, isUnknown, kindIn, type Steps, unsupported } from './operations.ts';
import {
  areEqual,
  asList,
  either,
  isLess,
  isLonger,
  memberOf,
  meets,
  oneOf,
  partOf,
  textOf,
  textValue,
  truthOf,
  unknownOf,
  written,
} from './symbolic.ts';
import type { Symbols } from './symbols.ts';
import { jsonText, scalarCount, sliceBounds } from './text.ts';
import type { Entry, Expression, Node, NodeOf, Partiality } from './tree.ts';

/** What catching a failure costs in steps: throwing is dear. */
const CAUGHT = 50;

/** Variables bound by `as`, innermost first. */
interface Scope {
  readonly name: string;
  readonly value: Value;
  readonly outer: Scope | undefined;
}

/** Takes a value of a generator; false when it wants no more. */
type Emit = (value: Value) => boolean;

/**
 * The one value that an expression yields.
 *
 * Labels (FORMATS, "Labels"): what is computed joins the labels of what it is computed from; literals are the author's;
 * choosing a path or a branch adds no author influence. `if`, `select`, `//` and computed indices yield with the label of
 * what they yield and put the flattened label of what decided into its `control`, on every node below. A missing member
 * is null with the label of the shape that lacks it.
 *
 * @throws {ExpressionError} where the expression has no value, or work exceeds its bound
 */
export function evaluate(expression: Expression, environment: Environment): Value {
  return new Evaluation(expression, environment).result(expression.root);
}

class Evaluation implements Steps {
  readonly #expression: Expression;
  readonly #environment: Environment;
  readonly #partial: Partiality;
  /** Whether a failure may come out of the expression; if not, no decision in it can show in one. */
  readonly #mayFail: boolean;
  /** The decisions under which the evaluation is where it is. */
  #pc: Marks = NO_MARKS;
  /**
   * What the number of values depends on that the generator of the innermost collector has yielded so far: the shapes it
   * has run over, the conditions that let values pass.
   */
  #shape: Label = BOTTOM;
  /** The shapes that it is running over: whether there is a next value at all. */
  #running: Marks = NO_MARKS;
  /** What the innermost `?` has caught or might have caught. */
  #caught: Marks | undefined;
  /**
   * The generator of the innermost collector ran over a list that is not known: what it yielded stands for any number of
   * values, none included.
   */
  #isSummary = false;
  /** The same of the collector that was just done. */
  #wasSummary = false;
  /** What the generator of the innermost collector has yielded, where that is kept. */
  #yielded: Value[] | undefined;
  /** Instead of standing for all, the items of lists that are not known are those of this key. */
  #instance: string | undefined;

  constructor(expression: Expression, environment: Environment) {
    this.#expression = expression;
    this.#environment = environment;
    this.#partial = expression.partial;
    this.#mayFail = expression.partial.subtrees.has(expression.root);
  }

  result(root: Node): Value {
    const { input } = this.#environment;
    if (root.count === 'one') return this.#one(root, input, undefined);
    let value: Value | undefined;
    this.#each(root, input, undefined, (made) => {
      value = made;
      return true;
    });
    const place = this.#place();
    this.#environment.mayThrow(place);
    if (value === undefined) return this.fail(root, 'no-value', 'the expression yields no value', place);
    return placed(value, place);
  }

  risk(node: Node, marks: Marks, escapes = false): void {
    if (this.#partial.operations.has(node)) this.#risked(marks, escapes);
  }

  #risked(marks: Marks, escapes = false): void {
    const all = joinMarks(this.#pc, marks);
    if (all === NO_MARKS) return;
    if (this.#mayFail && (this.#caught === undefined || escapes)) this.#environment.mayThrow(all);
    if (this.#caught !== undefined) this.#caught = joinMarks(this.#caught, all);
  }

  fail(node: Node, code: ExpressionErrorCode, message: string, marks: Marks): never {
    throw new ExpressionError(code, message, node.span, joinMarks(this.#pc, marks));
  }

  failVaguely(node: Node, code: ExpressionErrorCode, message: string, marks: Marks): never {
    throw new ExpressionError(code, message, node.span, joinMarks(this.#pc, marks), true);
  }

  readonly symbols = (): Symbols => {
    const { symbols } = this.#environment;
    assert(symbols !== undefined, 'only a driver of unknown values has them');
    return symbols;
  };

  tick(node: Node, count: number): void {
    const { fuel } = this.#environment;
    fuel.steps -= count;
    if (!(fuel.steps >= 0)) this.fail(node, 'steps', 'the expression takes too many steps', NO_MARKS);
  }

  #bounded<V extends Value>(node: Node, value: V): V {
    if (weightOf(value) > MAX_WEIGHT) return this.fail(node, 'size', `a value larger than ${MAX_WEIGHT}`, NO_MARKS);
    if ((value.kind === 'array' || value.kind === 'object') && value.depth > MAX_DEPTH) {
      return this.fail(node, 'depth', `a value nested deeper than ${MAX_DEPTH}`, NO_MARKS);
    }
    return value;
  }

  /** Picked by a decision; walks the value, so it is paid for. */
  picked(node: Node, value: Value, decision: Marks): Value {
    if (decision === NO_MARKS) return value;
    this.tick(node, weightOf(value) >> 3);
    return controlledDeep(value, decision);
  }

  placed(node: Node, value: Value, decision: Marks): Value {
    if (decision === NO_MARKS) return value;
    this.tick(node, weightOf(value) >> 3);
    return placed(value, decision);
  }

  /**
   * A condition was decided, and because of it one of `guarded` is evaluated or is not. If that might fail, the decision
   * might show in whether it does, also when it was decided the other way.
   */
  #under(decision: Marks, ...guarded: readonly Node[]): void {
    if (decision === NO_MARKS) return;
    if (guarded.some((node) => this.#partial.subtrees.has(node))) this.#risked(decision, true);
    this.#pc = joinMarks(this.#pc, decision);
  }

  /** How many values come depends on `decision`, and with it whether anything that takes them is evaluated. */
  #counted(decision: Marks): void {
    if (decision === NO_MARKS) return;
    this.#risked(decision, true);
    this.#shape = controlled(this.#shape, decision);
    this.#pc = joinMarks(this.#pc, decision);
  }

  /** A generator begins to run over a shape. */
  #run(decision: Marks): void {
    if (decision === NO_MARKS) return;
    this.#risked(decision, true);
    this.#running = joinMarks(this.#running, decision);
    this.#pc = joinMarks(this.#pc, decision);
  }

  /** What decides that the next value of the innermost generator comes, and at which place. */
  #place(): Marks {
    return joinMarks(this.#shape.decision, this.#running);
  }

  /** Runs a generator to its own collector; hands back what its number of values depends on. */
  #collector(generate: () => void, yielded?: Value[]): Label {
    const outer = this.#yielded;
    this.#yielded = yielded;
    const shape = this.#shape;
    const running = this.#running;
    const pc = this.#pc;
    const isSummary = this.#isSummary;
    const instance = this.#instance;
    this.#shape = BOTTOM;
    this.#running = NO_MARKS;
    this.#isSummary = false;
    this.#instance = undefined;
    generate();
    // A generator that was left early is still running.
    const own = covers(this.#shape, this.#running) ? this.#shape : controlled(this.#shape, this.#running);
    this.#wasSummary = this.#isSummary;
    this.#shape = shape;
    this.#running = running;
    this.#pc = pc;
    this.#isSummary = isSummary;
    this.#instance = instance;
    this.#yielded = outer;
    return own;
  }

  #variable(node: NodeOf<'variable'>, scope: Scope | undefined): Value {
    if (node.bound) {
      for (let at = scope; at !== undefined; at = at.outer) if (at.name === node.name) return at.value;
    }
    return (
      this.#environment.variables.get(node.name) ??
      this.fail(node, 'unbound', `$${node.name} is not defined here`, NO_MARKS)
    );
  }

  /** The value of a node that yields exactly one. */
  #one(node: Node, input: Value, scope: Scope | undefined): Value {
    this.tick(node, 1);
    switch (node.kind) {
      case 'identity':
        return input;
      case 'literal':
        return node.value;
      case 'variable':
        return this.#variable(node, scope);
      case 'field':
        return this.#field(node, this.#one(node.base, input, scope));
      case 'item':
        return this.#item(node, this.#one(node.base, input, scope));
      case 'index': {
        const key = this.#one(node.key, input, scope);
        return this.#index(node, this.#one(node.base, input, scope), key);
      }
      case 'slice':
        return this.#slice(node, this.#one(node.base, input, scope));
      case 'array':
        return this.#array(node, input, scope);
      case 'object':
        return this.#object(
          node,
          node.entries.map(({ key, value }) => ({
            key: typeof key === 'string' ? key : this.#one(key, input, scope),
            value: this.#one(value, input, scope),
          })),
        );
      case 'text':
        return this.#text(
          node,
          node.parts.map((part) => (typeof part === 'string' ? part : this.#one(part, input, scope))),
        );
      case 'negate':
        return this.#negate(node, this.#one(node.operand, input, scope));
      case 'arithmetic': {
        const right = this.#one(node.right, input, scope);
        const left = this.#one(node.left, input, scope);
        return this.#bounded(node, arithmetic(this, node, node.operator, left, right));
      }
      case 'compare': {
        const right = this.#one(node.right, input, scope);
        return compare(this, node, node.operator, this.#one(node.left, input, scope), right);
      }
      case 'and':
      case 'or': {
        const left = this.#one(node.left, input, scope);
        const truth = this.#environment.decide(left);
        const pc = this.#pc;
        this.#under(left.label.decision, node.right);
        if (truth === (node.kind === 'or')) {
          this.#pc = pc;
          return booleanValue(truth, left.label);
        }
        const right = this.#one(node.right, input, scope);
        this.#pc = pc;
        return booleanValue(truthOf(this.symbols, right), join(left.label, right.label));
      }
      case 'alternative':
        return this.#alternative(node, input, scope);
      case 'if': {
        const condition = this.#one(node.condition, input, scope);
        const truth = this.#environment.decide(condition, node);
        const decision = condition.label.decision;
        const pc = this.#pc;
        this.#under(decision, node.then, node.otherwise);
        const value = this.#one(truth ? node.then : node.otherwise, input, scope);
        this.#pc = pc;
        return this.picked(node, value, decision);
      }
      case 'pipe':
        return this.#one(node.right, this.#one(node.left, input, scope), scope);
      case 'bind':
        return this.#one(node.body, input, {
          name: node.name,
          value: this.#one(node.source, input, scope),
          outer: scope,
        });
      case 'plain':
        return this.#bounded(node, plainFunction(this, node, node.name, input));
      case 'call':
        return this.#bounded(node, valueFunction(this, node, node.name, input, this.#one(node.argument, input, scope)));
      case 'map':
        return this.#map(node, input, scope);
      case 'with_entries': {
        const entries = toEntries(this, node, input);
        return this.#bounded(node, fromEntries(this, node, this.#map(node, entries, scope)));
      }
      case 'any':
      case 'all':
        return this.#quantifier(node, input, scope);
      case 'first':
      case 'last':
        return this.#lastOf(node, input, scope);
      case 'order':
        return this.#order(node, input, scope);
      case 'test': {
        this.risk(node, input.label.decision);
        if (input.kind === 'symbol' && kindIn(this, input) === 'string') {
          const matches = meets(this.symbols(), input.term, { pattern: node.pattern.source });
          return booleanValue(matches, join(input.label, AUTHOR));
        }
        if (input.kind !== 'string')
          return this.fail(node, 'type', `test is not defined for ${kindIn(this, input)}`, input.label.decision);
        this.tick(node, input.value.length);
        return booleanValue(node.pattern.test(input.value), join(input.label, AUTHOR));
      }
      case 'each':
      case 'try':
      case 'comma':
      case 'select':
      case 'range':
        throw new Defect(`${node.kind} does not yield exactly one value`);
    }
  }

  /** Every value of a node, in jq's order; false when `emit` wanted no more. */
  #each(node: Node, input: Value, scope: Scope | undefined, emit: Emit): boolean {
    if (node.count === 'one') return emit(this.#one(node, input, scope));
    this.tick(node, 1);
    switch (node.kind) {
      case 'field':
        return this.#each(node.base, input, scope, (base) =>
          this.#optional(node, base.label, () => this.#field(node, base), emit),
        );
      case 'item':
        return this.#each(node.base, input, scope, (base) =>
          this.#optional(node, base.label, () => this.#item(node, base), emit),
        );
      case 'slice':
        return this.#each(node.base, input, scope, (base) =>
          this.#optional(node, base.label, () => this.#slice(node, base), emit),
        );
      case 'index':
        return this.#each(node.key, input, scope, (key) =>
          this.#each(node.base, input, scope, (base) =>
            this.#optional(node, join(base.label, key.label), () => this.#index(node, base, key), emit),
          ),
        );
      case 'each':
        return this.#each(node.base, input, scope, (base) => this.#items(node, base, emit));
      case 'object':
        return this.#objects(node, 0, [], input, scope, emit);
      case 'text':
        return this.#texts(node, node.parts.length - 1, [], input, scope, emit);
      case 'negate':
        return this.#each(node.operand, input, scope, (value) => emit(this.#negate(node, value)));
      case 'arithmetic':
        return this.#each(node.right, input, scope, (right) =>
          this.#each(node.left, input, scope, (left) =>
            emit(this.#bounded(node, arithmetic(this, node, node.operator, left, right))),
          ),
        );
      case 'compare':
        return this.#each(node.right, input, scope, (right) =>
          this.#each(node.left, input, scope, (left) => emit(compare(this, node, node.operator, left, right))),
        );
      case 'and':
      case 'or':
        return this.#each(node.left, input, scope, (left) => {
          if (node.right.count === 'one') this.#under(left.label.decision, node.right);
          else this.#counted(left.label.decision);
          if (this.#environment.decide(left) === (node.kind === 'or'))
            return emit(booleanValue(node.kind === 'or', left.label));
          return this.#each(node.right, input, scope, (right) =>
            emit(booleanValue(truthOf(this.symbols, right), join(left.label, right.label))),
          );
        });
      case 'alternative':
        return this.#alternatives(node, input, scope, emit);
      case 'if':
        return this.#each(node.condition, input, scope, (condition) => {
          const truth = this.#environment.decide(condition, node);
          const decision = condition.label.decision;
          if (node.then.count === 'one' && node.otherwise.count === 'one')
            this.#under(decision, node.then, node.otherwise);
          else this.#counted(decision);
          return this.#each(truth ? node.then : node.otherwise, input, scope, (value) =>
            emit(this.picked(node, value, decision)),
          );
        });
      case 'try':
        return this.#try(node, input, scope, emit);
      case 'pipe':
        return this.#each(node.left, input, scope, (value) => this.#each(node.right, value, scope, emit));
      case 'comma':
        return node.parts.every((part) => this.#each(part, input, scope, emit));
      case 'bind':
        return this.#each(node.source, input, scope, (value) =>
          this.#each(node.body, input, { name: node.name, value, outer: scope }, emit),
        );
      case 'call':
        return this.#each(node.argument, input, scope, (argument) =>
          emit(this.#bounded(node, valueFunction(this, node, node.name, input, argument))),
        );
      case 'select':
        return this.#each(node.condition, input, scope, (condition) => {
          const decision = condition.label.decision;
          const truth = this.#environment.decide(condition);
          this.#counted(decision);
          return !truth || emit(this.picked(node, input, decision));
        });
      case 'first':
        return this.#first(node, input, scope, emit);
      case 'range':
        for (let at = node.from; node.by > 0 ? at < node.to : at > node.to; at += node.by) {
          this.tick(node, 1);
          if (!emit(numberValue(at, AUTHOR))) return false;
        }
        return true;
      default:
        throw new Defect(`${node.kind} yields exactly one value`);
    }
  }

  #field(node: NodeOf<'field'>, base: Value): Value {
    this.risk(node, base.label.decision);
    if (base.kind === 'object') return base.fields.get(node.name) ?? nullValue(base.label);
    if (base.kind === 'null') return base;
    if (base.kind === 'symbol') {
      const kind = kindIn(this, base);
      if (kind === 'object') return memberOf(this.symbols(), base, node.name);
      if (kind === 'null') return nullValue(base.label);
    }
    return this.fail(node, 'type', `${kindIn(this, base)} has no members`, base.label.decision);
  }

  #item(node: NodeOf<'item'>, base: Value): Value {
    this.risk(node, base.label.decision);
    if (base.kind === 'array') return this.#itemAt(node, base, node.index);
    if (base.kind === 'null') return base;
    const list = this.#listOf(base);
    if (list?.kind === 'null') return list;
    if (list !== undefined) return this.#itemOfList(node, list, node.index);
    return this.fail(node, 'type', `${kindIn(this, base)} has no items`, base.label.decision);
  }

  /** Which item a place counted from the end is depends on how many there are. */
  #itemAt(node: Node, base: ArrayValue, index: number): Value {
    const item = base.items.at(index);
    if (item === undefined) return nullValue(base.label);
    return index < 0 ? this.placed(node, item, base.label.decision) : item;
  }

  /** A list, or nothing: what an unknown value is, if it is one of them. */
  #listOf(value: Value): ListValue | Extract<KnownValue, { kind: 'null' }> | undefined {
    if (value.kind === 'list') return value;
    if (value.kind !== 'symbol') return undefined;
    const kind = kindIn(this, value);
    if (kind === 'null') return { kind: 'null', label: value.label };
    return kind === 'array' ? asList(this.symbols(), value) : undefined;
  }

  /** The item at a place of a list that is not known; from the end, which one it is depends on how many there are. */
  #itemOfList(node: Node, list: ListValue, index: number): Value {
    const symbols = this.symbols();
    if (!isLonger(symbols, list, index < 0 ? -index - 1 : index)) return nullValue(list.label);
    const item = list.take(String(index));
    return index < 0 ? this.placed(node, item, list.label.decision) : item;
  }

  #indexOfUnknown(node: NodeOf<'index'>, base: Value, key: Value, marks: Marks): Value {
    const decision = key.label.decision;
    const symbols = this.symbols();
    const [outer, inner] = [kindIn(this, base), kindIn(this, key)];
    if (outer === 'null' && (inner === 'string' || inner === 'number'))
      return nullValue(controlled(base.label, decision));
    if (outer === 'object' && inner === 'string') {
      const picked = (value: Value): Value => this.picked(node, value, decision);
      if (key.kind === 'string' && base.kind === 'symbol') return picked(memberOf(symbols, base, key.value));
      const names = base.kind === 'object' ? base.fields : base.kind === 'symbol' ? base.members?.known : undefined;
      for (const name of names?.keys() ?? []) {
        if (!areEqual(this.symbols, key, { kind: 'string', value: name, label: key.label })) continue;
        if (base.kind === 'symbol') return picked(memberOf(symbols, base, name));
        if (base.kind === 'object') return picked(base.fields.get(name) ?? nullValue(base.label));
      }
      const isOpen = base.kind === 'symbol' && base.members?.open !== false;
      return isOpen ? unsupported(this, node, 'index', [base, key]) : picked(nullValue(base.label));
    }
    if (outer === 'array' && inner === 'number') return this.#itemOfUnknown(node, base, key);
    const code = inner === 'array' || inner === 'object' ? 'unsupported' : 'type';
    return this.fail(node, code, `${inner} is no key of ${outer}`, marks);
  }

  #itemOfUnknown(node: NodeOf<'index'>, base: Value, key: Value): Value {
    const decision = key.label.decision;
    const symbols = this.symbols();
    const list = asList(symbols, base);
    if (list === undefined) return unsupported(this, node, 'index', [base, key]);
    if (key.kind === 'number') return this.picked(node, this.#itemOfList(node, list, Math.trunc(key.value)), decision);
    if (key.kind !== 'symbol') return unsupported(this, node, 'index', [base, key]);
    const { low, isInteger } = symbols.bounds(key.term);
    if (!isInteger || low < 0) return unsupported(this, node, 'index', [base, key]);
    if (base.kind === 'array') {
      for (const [i, item] of base.items.entries())
        if (meets(symbols, key.term, { const: i })) return this.picked(node, item, decision);
      return this.picked(node, nullValue(base.label), decision);
    }
    if (!isLess(symbols, key.term, list.length)) return this.picked(node, nullValue(base.label), decision);
    const at = `at ${key.term.id}`;
    return this.picked(node, list.take(at), decision);
  }

  #index(node: NodeOf<'index'>, base: Value, key: Value): Value {
    const decision = key.label.decision;
    const marks = joinMarks(base.label.decision, decision);
    this.risk(node, marks, true);
    if (isUnknown(base) || isUnknown(key)) return this.#indexOfUnknown(node, base, key, marks);
    if (base.kind === 'object' && key.kind === 'string') {
      return this.picked(node, base.fields.get(key.value) ?? nullValue(base.label), decision);
    }
    if (base.kind === 'array' && key.kind === 'number')
      return this.picked(node, this.#itemAt(node, base, Math.trunc(key.value)), decision);
    if (base.kind === 'null' && (key.kind === 'string' || key.kind === 'number')) {
      return nullValue(controlled(base.label, decision));
    }
    // jq searches for an array and takes an object for the bounds of a slice.
    const code = key.kind === 'array' || key.kind === 'object' ? 'unsupported' : 'type';
    return this.fail(node, code, `${key.kind} is no key of ${base.kind}`, marks);
  }

  #slice(node: NodeOf<'slice'>, base: Value): Value {
    this.risk(node, base.label.decision);
    if (base.kind === 'null') return base;
    if (base.kind === 'string') {
      this.tick(node, base.value.length >> 2);
      const scalars = scalarCount(base.value) === base.value.length ? undefined : Array.from(base.value);
      const [start, end] = sliceBounds(scalars?.length ?? base.value.length, node.from, node.to);
      const text = scalars === undefined ? base.value.slice(start, end) : scalars.slice(start, end).join('');
      // A part of a text is a new text that the author had a hand in, unlike an item of an array.
      return stringValue(text, join(base.label, AUTHOR));
    }
    if (base.kind === 'array') {
      this.tick(node, base.items.length);
      const [start, end] = sliceBounds(base.items.length, node.from, node.to);
      const items = base.items.slice(start, end);
      const shifted = (node.from ?? 0) < 0 || (node.to ?? 0) < 0;
      return arrayValue(
        shifted ? items.map((item) => this.placed(node, item, base.label.decision)) : items,
        base.label,
      );
    }
    return this.#sliceOfUnknown(node, base);
  }

  #sliceOfUnknown(node: NodeOf<'slice'>, base: Value): Value {
    const kind = kindIn(this, base);
    const { from = 0, to } = node;
    const most = to === undefined ? Infinity : from >= 0 === to >= 0 ? Math.max(0, to - from) : Infinity;
    if (kind === 'null') return nullValue(base.label);
    if (kind === 'string' && base.kind === 'symbol') {
      const symbols = this.symbols();
      const term = symbols.terms.apply('function', 'slice', base.term, from, to ?? null);
      const longest = Math.min(most, symbols.lengths(base.term).high);
      symbols.note(term, { type: 'string', ...(Number.isFinite(longest) ? { maxLength: longest } : {}) });
      return { kind: 'symbol', term, label: join(base.label, AUTHOR), inner: base.inner };
    }
    const list = this.#listOf(base);
    if (list?.kind === 'list') {
      const part = partOf(this.symbols(), list, base.label, most, 'slice');
      const isShifted = from < 0 || (to ?? 0) < 0;
      return isShifted ? this.#placedItems(node, part, base.label.decision) : part;
    }
    return this.fail(node, 'type', `${kind} has no slices`, base.label.decision);
  }

  #placedItems(node: Node, list: ListValue, decision: Marks): ListValue {
    return {
      ...list,
      items: list.items.map((item) => this.placed(node, item, decision)),
      take: (key) => this.placed(node, list.take(key), decision),
    };
  }

  /** A path with or without `?`, on one base; `label` is what its failing would depend on. */
  #optional(node: NodeOf<'field' | 'item' | 'slice' | 'index'>, label: Label, path: () => Value, emit: Emit): boolean {
    if (!node.optional) return emit(path());
    const outer = this.#caught;
    this.#caught = NO_MARKS;
    let value: Value | undefined;
    try {
      value = path();
    } catch (error) {
      if (!(error instanceof ExpressionError) || !error.catchable) throw error;
      this.tick(node, CAUGHT);
    }
    const decision = joinMarks(this.#caught, value === undefined ? label.decision : NO_MARKS);
    this.#caught = outer;
    this.#counted(decision);
    return value === undefined || emit(this.placed(node, value, decision));
  }

  #items(node: NodeOf<'each'>, base: Value, emit: Emit): boolean {
    const decision = base.label.decision;
    if (base.kind === 'symbol' || base.kind === 'list') {
      const kind = kindIn(this, base);
      if (kind === 'array' || kind === 'object') return this.#itemsOfUnknown(node, base, emit);
    }
    if (base.kind !== 'array' && base.kind !== 'object') {
      if (!node.optional) return this.fail(node, 'type', `${kindIn(this, base)} cannot be iterated over`, decision);
      this.#counted(decision);
      return true;
    }
    this.#run(decision);
    for (const item of itemsOf(base)) {
      this.tick(node, 1);
      if (!emit(item)) return false;
    }
    this.#shape = join(this.#shape, base.label);
    return true;
  }

  /** Any number of items, each of which is described by some stand-in; or, of an instance, one. */
  #itemsOfUnknown(node: Node, base: SymbolValue | ListValue, emit: Emit): boolean {
    const list = this.#listOf(base);
    if (list?.kind !== 'list') return this.#membersOfUnknown(node, base, emit);
    this.#run(list.label.decision);
    if (this.#instance !== undefined) {
      const key = this.#instance;
      if (!isLonger(this.symbols(), list, 0)) return this.symbols().impossible();
      const item = list.take(key);
      const goOn = emit(item);
      this.#shape = join(this.#shape, list.label);
      return goOn;
    }
    if (!isLonger(this.symbols(), list, 0)) {
      this.#shape = join(this.#shape, list.label);
      return true;
    }
    this.#everyItem(node, list.items, (item) => {
      emit(item);
    });
    this.#shape = join(this.#shape, list.label);
    return true;
  }

  #membersOfUnknown(node: Node, base: SymbolValue | ListValue, emit: Emit): boolean {
    const members: Value[] =
      base.kind === 'symbol' && base.members?.open === false
        ? [...base.members.known.values()].map(({ value }) => value)
        : [unsupported(this, node, 'members', [base])];
    this.#run(base.label.decision);
    if (this.#instance !== undefined) return emit(oneOf(this.symbols(), members));
    this.#everyItem(node, members, (item) => {
      emit(item);
    });
    this.#shape = join(this.#shape, base.label);
    return true;
  }

  /**
   * Does for each stand-in what is done for any number of values, on every way that it can go. What the ways leave in the
   * state of the evaluation only grows, so that in the end it bounds what any sequence of items would leave.
   */
  #everyItem(node: Node, items: readonly Value[], each: (item: Value) => void): void {
    const symbols = this.symbols();
    this.#isSummary = true;
    const errors: ExpressionError[] = [];
    const start = this.#yielded?.length ?? 0;
    for (let before = ''; before !== this.#state();) {
      before = this.#state();
      errors.length = 0;
      if (this.#yielded !== undefined) this.#yielded.length = start;
      for (const item of items) {
        const [pc, shape, running, caught] = [this.#pc, this.#shape, this.#running, this.#caught];
        const found = symbols.everyWay(() => {
          const [instance, yielded] = [this.#instance, this.#yielded];
          try {
            each(item);
          } catch (error) {
            // What was being evaluated has left its own state behind.
            this.#pc = joinMarks(this.#pc, pc);
            this.#shape = join(this.#shape, shape);
            this.#running = joinMarks(this.#running, running);
            this.#caught = caught === undefined ? undefined : joinMarks(caught, this.#caught ?? NO_MARKS);
            this.#instance = instance;
            this.#yielded = yielded;
            throw error;
          } finally {
            this.#isSummary = true;
          }
        });
        errors.push(...found);
      }
    }
    const seen = new Set<string>();
    for (const error of errors) {
      if (seen.has(error.code)) continue;
      seen.add(error.code);
      if (!either(symbols, 'an item fails')) continue;
      let marks = this.#pc;
      for (const { label } of errors) marks = joinMarks(marks, label);
      throw new ExpressionError(error.code, error.message, node.span, marks, true);
    }
  }

  #state(): string {
    return [this.#pc.id, this.#shape.id, this.#running.id, this.#caught?.id].join();
  }

  /**
   * The array of what a generator yields over a list that is not known: `yielded` are stand-ins for its items. An item is
   * what the generator yields for an instance of the lists that it runs over.
   */
  #summary(
    generator: Node,
    yielded: readonly Value[],
    label: Label,
    most: number,
    again: (evaluation: Evaluation, emit: Emit) => void,
  ): ListValue {
    const symbols = this.symbols();
    const length = symbols.fresh('length', {
      type: 'integer',
      minimum: 0,
      ...(Number.isFinite(most) ? { maximum: most } : {}),
    });
    const { variables, input, ...rest } = this.#environment;
    const environment: Environment = { ...rest, input, variables: new Map(variables) };
    const place = joinMarks(label.decision, this.#pc);
    const name = `#${length.id}`;
    return {
      kind: 'list',
      label,
      name,
      length,
      items: yielded,
      take: (key) =>
        symbols.memo(`${name} ${key}`, () => {
          const evaluation = new Evaluation(this.#expression, environment);
          evaluation.#instance = `${name} ${key}`;
          evaluation.#pc = this.#pc;
          const values: Value[] = [];
          try {
            again(evaluation, (value) => {
              values.push(value);
              return true;
            });
          } catch (error) {
            if (!(error instanceof ExpressionError)) throw error;
            return symbols.impossible();
          }
          return this.placed(generator, oneOf(symbols, values), place);
        }),
    };
  }

  /** Gathers what a generator yields; each value is placed by all that the number of values before it depends on. */
  #gather(node: Node, generator: Node, input: Value, scope: Scope | undefined, items: Value[]): Label {
    let weight = 0;
    return this.#collector(() => {
      this.#each(generator, input, scope, (value) => {
        weight += weightOf(value);
        if (weight > MAX_WEIGHT) this.fail(node, 'size', `a value larger than ${MAX_WEIGHT}`, NO_MARKS);
        items.push(this.placed(node, value, this.#place()));
        return true;
      });
    }, items);
  }

  #array(node: NodeOf<'array'>, input: Value, scope: Scope | undefined): Value {
    const items: Value[] = [];
    const { body } = node;
    const shape = body === undefined ? BOTTOM : this.#gather(node, body, input, scope, items);
    if (body !== undefined && this.#wasSummary) {
      const label = node.authored ? join(AUTHOR, shape) : shape;
      return this.#summary(body, items, label, this.#most(body, input), (evaluation, emit) => {
        evaluation.#each(body, input, scope, emit);
      });
    }
    return this.#bounded(node, arrayValue(items, node.authored ? join(AUTHOR, shape) : shape));
  }

  #map(node: NodeOf<'map' | 'with_entries'>, input: Value, scope: Scope | undefined): Value {
    const decision = input.label.decision;
    this.risk(node, decision);
    if (input.kind === 'symbol' || input.kind === 'list') {
      const kind = kindIn(this, input);
      if (kind === 'array' || kind === 'object') return this.#mapUnknown(node, input, scope);
    }
    if (input.kind !== 'array' && input.kind !== 'object')
      return this.fail(node, 'type', `${kindIn(this, input)} cannot be iterated over`, decision);
    const items: Value[] = [];
    let weight = 0;
    const shape = this.#collector(() => {
      this.#under(decision, node.body);
      this.#running = decision;
      for (const item of itemsOf(input)) {
        this.#each(node.body, item, scope, (value) => {
          weight += weightOf(value);
          if (weight > MAX_WEIGHT) this.fail(node, 'size', `a value larger than ${MAX_WEIGHT}`, NO_MARKS);
          items.push(this.placed(node, value, this.#place()));
          return true;
        });
      }
      this.#shape = join(this.#shape, input.label);
    }, items);
    if (this.#wasSummary) {
      const label = node.authored ? join(AUTHOR, shape) : shape;
      return this.#summary(node.body, items, label, Infinity, (evaluation, emit) => {
        evaluation.#each(node.body, oneOf(this.symbols(), [...itemsOf(input)]), scope, emit);
      });
    }
    return this.#bounded(node, arrayValue(items, node.authored ? join(AUTHOR, shape) : shape));
  }

  #mapUnknown(node: NodeOf<'map' | 'with_entries'>, input: SymbolValue | ListValue, scope: Scope | undefined): Value {
    const decision = input.label.decision;
    const list = this.#listOf(input);
    if (list?.kind !== 'list') return unsupported(this, node, node.kind, [input]);
    const items: Value[] = [];
    const shape = this.#collector(() => {
      this.#under(decision, node.body);
      this.#running = decision;
      this.#everyItem(node, list.items, (item) => {
        this.#each(node.body, item, scope, (value) => {
          items.push(this.placed(node, value, this.#place()));
          return true;
        });
      });
      this.#shape = join(this.#shape, input.label);
    }, items);
    const label = node.authored ? join(AUTHOR, shape) : shape;
    const { high } = this.symbols().bounds(list.length);
    const most = node.body.count === 'many' ? Infinity : high;
    const summary = this.#summary(node.body, items, label, most, (evaluation, emit) => {
      const key = evaluation.#instance ?? '';
      const symbols = this.symbols();
      if (!isLonger(symbols, list, 0)) return symbols.impossible();
      evaluation.#instance = undefined;
      const item = list.take(key);
      evaluation.#instance = key;
      evaluation.#each(node.body, item, scope, emit);
    });
    return node.body.count === 'one' ? { ...summary, length: list.length } : summary;
  }

  /** At most how many values a generator yields over a list that is not known, as far as that is easily seen. */
  #most(generator: Node, input: Value): number {
    let at = generator;
    while (at.kind === 'pipe') {
      if (at.right.count === 'many') return Infinity;
      at = at.left;
    }
    if (at.kind !== 'each' || at.base.count !== 'one') return Infinity;
    // Evaluated before, with the same result: nothing can fail or be decided anew here.
    const path: string[] = [];
    let base = at.base;
    while (base.kind === 'field') {
      path.unshift(base.name);
      base = base.base;
    }
    let value: Value | undefined =
      base.kind === 'identity'
        ? input
        : base.kind === 'variable' && !base.bound
          ? this.#environment.variables.get(base.name)
          : undefined;
    for (const name of path) value = value?.kind === 'object' ? value.fields.get(name) : undefined;
    return value?.kind === 'list' ? this.symbols().bounds(value.length).high : Infinity;
  }

  #object(node: Node, entries: readonly { readonly key: string | Value; readonly value: Value }[]): Value {
    let shape = entries.length === 0 ? AUTHOR : BOTTOM;
    // A computed name might be that of an entry before it, and would replace it.
    const placing: Marks[] = [];
    let later = NO_MARKS;
    for (const { key } of entries.toReversed()) {
      placing.push(later);
      if (typeof key === 'string') shape = join(shape, AUTHOR);
      else {
        shape = join(shape, key.label);
        later = joinMarks(later, key.label.decision);
      }
    }
    if (entries.some(({ key }) => typeof key !== 'string' && isUnknown(key))) {
      for (const { key } of entries)
        if (typeof key !== 'string' && kindIn(this, key) !== 'string') this.#name(node, key);
      const parts = entries.flatMap(({ key, value }) => (typeof key === 'string' ? [value] : [key, value]));
      const { label: all } = unknownOf(this.symbols(), 'object with computed names', parts);
      const term = this.symbols().fresh('object', { type: 'object' });
      return symbolValue(term, join(shape, all), all);
    }
    const fields = new Map<string, Value>();
    for (const { key, value } of entries) {
      const moved = this.placed(node, value, placing.pop() as Marks);
      if (typeof key === 'string') fields.set(key, moved);
      else fields.set(this.#name(node, key), this.picked(node, moved, key.label.decision));
    }
    this.tick(node, entries.length);
    return this.#bounded(node, objectValue(fields, shape));
  }

  #name(node: Node, key: Value): string {
    this.risk(node, key.label.decision);
    return key.kind === 'string'
      ? key.value
      : this.fail(node, 'type', `${kindIn(this, key)} is no member name`, key.label.decision);
  }

  /** jq runs through the entries of an object with the first one outermost, and inserts each before it goes on. */
  #objects(
    node: NodeOf<'object'>,
    from: number,
    done: readonly { readonly key: string | Value; readonly value: Value }[],
    input: Value,
    scope: Scope | undefined,
    emit: Emit,
  ): boolean {
    const entry: Entry | undefined = node.entries[from];
    if (entry === undefined) return emit(this.#object(node, done));
    const { key, value } = entry;
    const withKey = (name: string | Value): boolean =>
      this.#each(value, input, scope, (field) => {
        if (typeof name !== 'string') this.#name(node, name);
        return this.#objects(node, from + 1, [...done, { key: name, value: field }], input, scope, emit);
      });
    return typeof key === 'string' ? withKey(key) : this.#each(key, input, scope, withKey);
  }

  #text(node: Node, parts: readonly (string | Value)[]): Value {
    if (parts.some((part) => typeof part !== 'string' && !isConcrete(part))) return this.#textOfUnknown(parts);
    let text = '';
    // Of one part alone it is that part's text.
    let label = parts.length > 1 ? AUTHOR : BOTTOM;
    for (const part of parts) {
      if (typeof part === 'string') {
        text += part;
        label = join(label, AUTHOR);
        continue;
      }
      this.tick(node, weightOf(part) >> 2);
      text += part.kind === 'string' ? part.value : jsonText(part);
      label = join(label, deepLabel(part));
      if (text.length > MAX_WEIGHT) return this.fail(node, 'size', `a text longer than ${MAX_WEIGHT}`, NO_MARKS);
    }
    return this.#bounded(node, stringValue(text, label));
  }

  #textOfUnknown(parts: readonly (string | Value)[]): Value {
    let label = parts.length > 1 ? AUTHOR : BOTTOM;
    const pieces = parts.map((part) => {
      label = join(label, typeof part === 'string' ? AUTHOR : deepLabel(part));
      if (typeof part === 'string') return part;
      if (isConcrete(part)) return part.kind === 'string' ? part.value : jsonText(part);
      const isText = kindIn(this, part) === 'string';
      return (isText ? textOf(part) : undefined) ?? this.symbols().fresh('tostring', { type: 'string' });
    });
    return textValue(written(this.symbols, pieces), label);
  }

  /** jq runs through the interpolations of a string with the last one outermost. */
  #texts(
    node: NodeOf<'text'>,
    from: number,
    done: readonly (string | Value)[],
    input: Value,
    scope: Scope | undefined,
    emit: Emit,
  ): boolean {
    const part = node.parts[from];
    if (part === undefined) return emit(this.#text(node, done));
    if (typeof part === 'string') return this.#texts(node, from - 1, [part, ...done], input, scope, emit);
    return this.#each(part, input, scope, (value) => this.#texts(node, from - 1, [value, ...done], input, scope, emit));
  }

  #negate(node: Node, value: Value): Value {
    this.risk(node, value.label.decision);
    if (value.kind === 'symbol' && kindIn(this, value) === 'number')
      return withLabel(arithmetic(this, node, '-', numberValue(0, value.label), value), value.label);
    if (value.kind !== 'number')
      return this.fail(node, 'type', `${kindIn(this, value)} cannot be negated`, value.label.decision);
    return numberValue(-value.value, value.label);
  }

  /** `a // b` where both yield at most one value, and b exactly one. */
  #alternative(node: NodeOf<'alternative'>, input: Value, scope: Scope | undefined): Value {
    let left: Value | undefined;
    let decision = NO_MARKS;
    if (node.left.count === 'one') left = this.#one(node.left, input, scope);
    else {
      const shape = this.#collector(() => {
        this.#each(node.left, input, scope, (value) => {
          left = value;
          return true;
        });
      });
      decision = shape.decision;
      if (this.#wasSummary) left = this.#someOf(node.left, input, scope, 'left');
      if (left !== undefined) left = this.placed(node, left, decision);
    }
    // A value that is itself the condition needs no more in its `control` than its own label says.
    let truth = false;
    if (left !== undefined) {
      truth = this.#environment.decide(left, node);
      decision = joinMarks(decision, left.label.decision);
    }
    const pc = this.#pc;
    this.#under(decision, node.right);
    if (left !== undefined && truth) {
      this.#pc = pc;
      return left;
    }
    const right = this.#one(node.right, input, scope);
    this.#pc = pc;
    return this.picked(node, right, decision);
  }

  #alternatives(node: NodeOf<'alternative'>, input: Value, scope: Scope | undefined, emit: Emit): boolean {
    let found = false;
    const goOn = this.#each(node.left, input, scope, (left) => {
      const truth = this.#environment.decide(left, node);
      this.#counted(left.label.decision);
      found ||= truth;
      return !truth || emit(left);
    });
    // Of a list that is not known, some item was true or none was.
    if (found && this.#isSummary && either(this.symbols(), 'nothing is true')) found = false;
    if (found || !goOn) return goOn;
    const decision = this.#place();
    return this.#each(node.right, input, scope, (right) => emit(this.picked(node, right, decision)));
  }

  /** Values up to the first failure; what might have failed decides about each and about their number. */
  #try(node: NodeOf<'try'>, input: Value, scope: Scope | undefined, emit: Emit): boolean {
    const outer = this.#caught;
    const pc = this.#pc;
    const shape = this.#shape;
    const running = this.#running;
    const values: Value[] = [];
    let failed = NO_MARKS;
    this.#caught = NO_MARKS;
    try {
      this.#each(node.body, input, scope, (value) => {
        values.push(this.placed(node, value, this.#place()));
        return true;
      });
    } catch (error) {
      if (!(error instanceof ExpressionError) || !error.catchable) throw error;
      this.tick(node, CAUGHT);
      // Holds all that decided whether the evaluation came so far; a collector inside may have been left half-way.
      failed = error.label;
      this.#shape = shape;
      this.#running = running;
    }
    const decision = joinMarks(this.#caught, failed);
    this.#caught = outer;
    this.#pc = joinMarks(pc, this.#place());
    this.#counted(decision);
    return values.every((value) => emit(this.placed(node, value, decision)));
  }

  #quantifier(node: NodeOf<'any' | 'all'>, input: Value, scope: Scope | undefined): Value {
    const sought = node.kind === 'any';
    let label = BOTTOM;
    let found = false;
    const shape = this.#collector(() => {
      this.#each(node.source, input, scope, (value) =>
        this.#each(node.condition, value, scope, (condition) => {
          label = join(label, condition.label);
          this.#under(condition.label.decision, node.source, node.condition);
          const isFound = this.#environment.decide(condition) === sought;
          if (isFound) found = true;
          return !isFound;
        }),
      );
    });
    if (found && this.#wasSummary) found = either(this.symbols(), node.kind);
    return booleanValue(found === sought, join(label, shape));
  }

  /** The first or last or any value of a generator that ran over lists that are not known; `undefined` where there is none. */
  #someOf(generator: Node, input: Value, scope: Scope | undefined, hint: string): Value | undefined {
    const symbols = this.symbols();
    if (either(symbols, `no ${hint}`)) return undefined;
    const name = `#${symbols.fresh(hint, {}).id}`;
    const values: Value[] = [];
    const [instance, isSummary, pc] = [this.#instance, this.#isSummary, this.#pc];
    this.#collector(() => {
      this.#instance = name;
      try {
        this.#each(generator, input, scope, (value) => {
          values.push(value);
          return true;
        });
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        symbols.impossible();
      }
    });
    [this.#instance, this.#isSummary, this.#pc] = [instance, isSummary, pc];
    return oneOf(symbols, values);
  }

  #first(node: NodeOf<'first'>, input: Value, scope: Scope | undefined, emit: Emit): boolean {
    let value: Value | undefined;
    const shape = this.#collector(() => {
      this.#each(node.source, input, scope, (first) => {
        value = first;
        return false;
      });
    });
    if (this.#wasSummary) value = this.#someOf(node.source, input, scope, 'first');
    this.#counted(shape.decision);
    return value === undefined || emit(this.placed(node, value, shape.decision));
  }

  /** `last(f)`, null of no values; `first(f)` where f yields exactly one. */
  #lastOf(node: NodeOf<'first' | 'last'>, input: Value, scope: Scope | undefined): Value {
    let value: Value | undefined;
    const shape = this.#collector(() => {
      this.#each(node.source, input, scope, (each) => {
        value = each;
        return true;
      });
    });
    if (this.#wasSummary) value = this.#someOf(node.source, input, scope, 'last');
    return value === undefined ? nullValue(shape) : this.placed(node, value, shape.decision);
  }

  #order(node: NodeOf<'order'>, input: Value, scope: Scope | undefined): Value {
    const decision = input.label.decision;
    this.risk(node, decision);
    if (input.kind === 'symbol' || input.kind === 'list') {
      const list = this.#listOf(input);
      if (list?.kind === 'list') return this.#orderOfUnknown(node, list, scope);
    }
    if (input.kind !== 'array')
      return this.fail(node, 'type', `${node.name} is not defined for ${kindIn(this, input)}`, decision);
    const pc = this.#pc;
    this.#under(decision, node.key);
    const keys = input.items.map((item): Value => {
      if (node.key.count === 'one') return this.#one(node.key, item, scope);
      const parts: Value[] = [];
      const shape = this.#gather(node, node.key, item, scope, parts);
      return arrayValue(parts, shape);
    });
    this.#pc = pc;
    return this.#bounded(node, ordered(this, node, node.name, input, keys));
  }

  #orderOfUnknown(node: NodeOf<'order'>, list: ListValue, scope: Scope | undefined): Value {
    const pc = this.#pc;
    this.#under(list.label.decision, node.key);
    const keys: Value[] = [];
    this.#collector(() => {
      this.#everyItem(node, list.items, (item) => {
        if (node.key.count === 'one') {
          keys.push(this.#one(node.key, item, scope));
          return;
        }
        const parts: Value[] = [];
        const shape = this.#gather(node, node.key, item, scope, parts);
        keys.push(arrayValue(parts, shape));
      });
    }, keys);
    this.#pc = pc;
    return orderedUnknown(this, node, node.name, list, keys);
  }
}
