import { lower } from '../value/concrete.ts';
import { compareScalars } from '../value/order.ts';
import type { Kind } from '../value/value.ts';
import { assume, type Scope } from './narrow.ts';
import type { Span } from './problem.ts';
import type { Comparison, Node, NodeOf } from './tree.ts';
import {
  ANY,
  anyMember,
  ARRAY,
  arrayType,
  BOOLEAN,
  booleanType,
  falsy,
  INTEGER,
  isNever,
  type Items,
  join,
  joinAll,
  kindsOf,
  literalType,
  meet,
  type Member,
  memberOf,
  type Members,
  NEVER,
  NULL,
  NUMBER,
  numberType,
  OBJECT,
  objectType,
  only,
  STRING,
  stringsType,
  truthy,
  type Type,
} from './type.ts';

/** What is wrong with an expression whatever the values of its types are. */
export type TypeProblem = {
  readonly node: Node;
  /** The part of the source to point at. */
  readonly span: Span;
} & (
  | {
      /** A member that the objects of the type never have. */
      readonly kind: 'member';
      readonly name: string;
      readonly base: Type;
    }
  | {
      /** An operation that fails on every value of its operands. */
      readonly kind: 'fails';
      readonly detail: string;
      /** What to write instead, where that is known. */
      readonly fix: string | undefined;
      /** The operands that are to blame. */
      readonly operands: readonly Type[];
    }
  | {
      /** A comparison that always has the same answer. */
      readonly kind: 'constant';
      readonly holds: boolean;
      readonly operator: Comparison;
      readonly left: Type;
      readonly right: Type;
      /** It guards against what the types rule out: with null, or with a number beyond a range. */
      readonly guard: boolean;
    }
);

/** Counts down what inference may cost; below 0 it gives up. */
export interface Fuel {
  left: number;
}

/** Ends an inference whose fuel ran out: nothing is known then, and nothing wrong. */
export class OutOfFuel extends Error {}

/**
 * The type of what an expression yields, and what can be said to be wrong with it: every problem holds of all values of the
 * scope, so that there is none about an operation that could succeed.
 *
 * @throws {OutOfFuel}
 */
export function inferType(
  root: Node,
  scope: Scope,
  fuel: Fuel,
): { readonly type: Type; readonly problems: readonly TypeProblem[] } {
  const inference = new Inference(fuel);
  const type = inference.type(root, scope);
  return { type, problems: inference.problems };
}

class Inference {
  readonly problems: TypeProblem[] = [];
  private readonly fuel: Fuel;

  constructor(fuel: Fuel) {
    this.fuel = fuel;
  }

  /** The type of each value that a node yields; `NEVER` where it is never evaluated, or yields nothing. */
  type(node: Node, scope: Scope): Type {
    if (isNever(scope.input)) return NEVER;
    const type = this.infer(node, scope);
    this.fuel.left -= 1 + type.size / 4;
    if (this.fuel.left < 0) throw new OutOfFuel();
    return type;
  }

  /** The operation fails on whatever it meets. What it would have yielded is anything, so that it is told once. */
  private fails(node: Node, detail: string, ...operands: readonly Type[]): Type {
    // Under a `?` that is one way to have no value.
    if ('optional' in node && node.optional) return NEVER;
    this.problems.push({ kind: 'fails', node, span: node.span, detail, fix: fixOf(node, operands), operands });
    return ANY;
  }

  private infer(node: Node, scope: Scope): Type {
    const { input } = scope;
    switch (node.kind) {
      case 'identity':
        return input;
      case 'literal':
        return literalType(lower(node.value));
      case 'variable':
        return scope.variables.get(node.name) ?? ANY;
      case 'field':
        return this.field(node, this.type(node.base, scope));
      case 'item':
        return this.item(node, this.type(node.base, scope));
      case 'index':
        return this.index(node, this.type(node.base, scope), this.type(node.key, scope));
      case 'slice':
        return this.slice(node, this.type(node.base, scope));
      case 'each':
        return this.each(node, this.type(node.base, scope));
      case 'array':
        return this.array(node, scope);
      case 'object':
        return this.object(node, scope);
      case 'text':
        for (const part of node.parts) if (typeof part !== 'string') this.type(part, scope);
        return STRING;
      case 'negate':
        return this.negate(node, this.type(node.operand, scope));
      case 'arithmetic':
        return this.arithmetic(node, this.type(node.left, scope), this.type(node.right, scope));
      case 'compare':
        return this.compare(node, scope);
      case 'and':
      case 'or':
        return this.connective(node, scope);
      case 'alternative': {
        const left = this.type(node.left, scope);
        const isSettled = node.left.count === 'one' && !isNever(left) && isNever(falsy(left));
        return isSettled ? left : join(truthy(left), this.type(node.right, scope));
      }
      case 'if':
        return this.choice(node, scope);
      case 'try':
        return this.attempt(node, scope);
      case 'pipe': {
        const left = this.type(node.left, scope);
        return isNever(left) ? NEVER : this.type(node.right, { ...scope, input: left });
      }
      case 'comma':
        return joinAll(node.parts.map((part) => this.type(part, scope)));
      case 'bind': {
        const source = this.type(node.source, scope);
        if (isNever(source)) return NEVER;
        return this.type(node.body, { ...scope, variables: new Map(scope.variables).set(node.name, source) });
      }
      case 'plain':
        return this.plain(node, input);
      case 'call':
        return this.call(node, input, this.type(node.argument, scope));
      case 'map':
        return this.map(node, scope);
      case 'with_entries':
        return this.withEntries(node, scope);
      case 'select': {
        const condition = this.type(node.condition, scope);
        return isNever(truthy(condition)) ? NEVER : (assume(node.condition, true, scope)?.input ?? NEVER);
      }
      case 'any':
      case 'all': {
        const source = this.type(node.source, scope);
        if (!isNever(source)) this.type(node.condition, { ...scope, input: source });
        return BOOLEAN;
      }
      case 'first':
        return this.type(node.source, scope);
      case 'last':
        return join(this.type(node.source, scope), NULL);
      case 'order':
        return this.order(node, scope);
      case 'test':
        return input.string === undefined
          ? this.fails(node, `test is not defined for ${kindsIn(input)}`, input)
          : BOOLEAN;
      case 'range':
        return numberType(
          Math.min(node.from, node.to),
          Math.max(node.from, node.to),
          Number.isInteger(node.from) && Number.isInteger(node.by),
        );
    }
  }

  private field(node: NodeOf<'field'>, base: Type): Type {
    if (isNever(base)) return NEVER;
    if (base.object === undefined && !base.null) return this.fails(node, `${kindsIn(base)} has no members`, base);
    return join(
      base.null ? NULL : NEVER,
      base.object === undefined ? NEVER : this.member(node, base, base.object, node.name),
    );
  }

  /** The value of a member, null where it is missing; that it is never there is a problem. */
  private member(node: NodeOf<'field' | 'index'>, base: Type, object: Members, name: string): Type {
    const member = memberOf(object, name);
    if (member !== undefined) return member.required ? member.type : join(member.type, NULL);
    if (node.optional) return NULL;
    this.problems.push({ kind: 'member', node, span: after(node.base, node), name, base });
    return ANY;
  }

  private item(node: NodeOf<'item'>, base: Type): Type {
    if (isNever(base)) return NEVER;
    if (base.array === undefined && !base.null) return this.fails(node, `${kindsIn(base)} has no items`, base);
    return join(base.null ? NULL : NEVER, base.array === undefined ? NEVER : itemAt(base.array, node.index));
  }

  private index(node: NodeOf<'index'>, base: Type, key: Type): Type {
    if (isNever(base) || isNever(key)) return NEVER;
    const types: Type[] = [];
    if (base.object !== undefined && key.string !== undefined)
      types.push(this.named(node, base, base.object, key.string.values));
    if (base.array !== undefined && key.number !== undefined) types.push(join(base.array.item, NULL));
    if (base.null && (key.string !== undefined || key.number !== undefined)) types.push(NULL);
    return types.length > 0
      ? joinAll(types)
      : this.fails(node, `${kindsIn(key)} is no key of ${kindsIn(base)}`, key, base);
  }

  private named(node: NodeOf<'index'>, base: Type, object: Members, names: readonly string[] | undefined): Type {
    if (names === undefined) return join(anyMember(object), NULL);
    const [first] = names;
    if (names.length === 1 && first !== undefined) return this.member(node, base, object, first);
    const members = names.map((name) => memberOf(object, name));
    return joinAll(members.map((it) => (it === undefined ? NULL : it.required ? it.type : join(it.type, NULL))));
  }

  private slice(node: NodeOf<'slice'>, base: Type): Type {
    if (isNever(base)) return NEVER;
    const parts = [
      base.null ? NULL : NEVER,
      base.string === undefined ? NEVER : STRING,
      base.array === undefined ? NEVER : arrayType(base.array.item, 0, base.array.max),
    ];
    const type = joinAll(parts);
    return isNever(type) ? this.fails(node, `${kindsIn(base)} has no slices`, base) : type;
  }

  private each(node: NodeOf<'each'>, base: Type): Type {
    if (isNever(base)) return NEVER;
    return elementsOf(base) ?? this.fails(node, `${kindsIn(base)} cannot be iterated over`, base);
  }

  private array(node: NodeOf<'array'>, scope: Scope): Type {
    if (node.body === undefined) return arrayType(NEVER);
    const item = this.type(node.body, scope);
    const [low, high] = yields(node.body);
    // A body that is never evaluated to its end may still be one that yields nothing.
    return arrayType(item, isNever(item) ? 0 : low, high);
  }

  private object(node: NodeOf<'object'>, scope: Scope): Type {
    const named = new Map<string, Member>();
    let rest = NEVER;
    for (const { key, value } of node.entries) {
      const type = this.type(value, scope);
      if (typeof key === 'string') {
        named.set(key, { type, required: true });
        continue;
      }
      const name = this.type(key, scope);
      if (isNever(name)) return NEVER;
      if (name.string === undefined) {
        this.fails(key, `${kindsIn(name)} is no member name`, name);
        return ANY;
      }
      // A computed name may be that of an entry before it.
      for (const [known, member] of named) named.set(known, { ...member, type: join(member.type, type) });
      rest = join(rest, type);
    }
    return objectType(named, rest);
  }

  private negate(node: NodeOf<'negate'>, operand: Type): Type {
    if (isNever(operand)) return NEVER;
    const { number } = operand;
    return number === undefined
      ? this.fails(node, `${kindsIn(operand)} cannot be negated`, operand)
      : numberType(-number.max, -number.min, number.integer);
  }

  private arithmetic(node: NodeOf<'arithmetic'>, left: Type, right: Type): Type {
    if (isNever(left) || isNever(right)) return NEVER;
    const result = resultOf(node.operator, left, right);
    if (!isNever(result)) return result;
    const isZero = left.number !== undefined && right.number !== undefined;
    const detail = isZero
      ? 'the divisor is always 0'
      : `${kindsIn(left)} ${node.operator} ${kindsIn(right)} is not defined`;
    return this.fails(node, detail, left, right);
  }

  private compare(node: NodeOf<'compare'>, scope: Scope): Type {
    const [left, right] = [this.type(node.left, scope), this.type(node.right, scope)];
    if (isNever(left) || isNever(right)) return NEVER;
    const orders = ordersOf(left, right);
    const answers = { true: false, false: false };
    for (const order of orders) answers[`${holds(node.operator, order)}`] = true;
    if (answers.true && answers.false) return BOOLEAN;
    const isWritten = node.left.kind === 'literal' && node.right.kind === 'literal';
    // What an earlier condition has settled may be asked again.
    if (isWritten || (answers.true && scope.narrowed)) return booleanType(answers);
    const guard = isGuard(left, right) || isGuard(right, left);
    this.problems.push({
      kind: 'constant',
      node,
      span: node.span,
      holds: answers.true,
      operator: node.operator,
      left,
      right,
      guard,
    });
    return BOOLEAN;
  }

  private connective(node: NodeOf<'and' | 'or'>, scope: Scope): Type {
    const isAnd = node.kind === 'and';
    const left = this.type(node.left, scope);
    if (isNever(left)) return NEVER;
    const settled = isAnd ? falsy(left) : truthy(left);
    const open = isAnd ? truthy(left) : falsy(left);
    const inside = isNever(open) ? undefined : assume(node.left, isAnd, scope);
    const right = inside === undefined ? NEVER : this.type(node.right, inside);
    return booleanType({
      true: isAnd ? !isNever(truthy(right)) : !isNever(settled) || !isNever(truthy(right)),
      false: isAnd ? !isNever(settled) || !isNever(falsy(right)) : !isNever(falsy(right)),
    });
  }

  private choice(node: NodeOf<'if'>, scope: Scope): Type {
    const condition = this.type(node.condition, scope);
    const branch = (taken: boolean, body: Node): Type => {
      if (isNever(taken ? truthy(condition) : falsy(condition))) return NEVER;
      const inside = assume(node.condition, taken, scope);
      return inside === undefined ? NEVER : this.type(body, inside);
    };
    return join(branch(true, node.then), branch(false, node.otherwise));
  }

  /** What fails inside is caught; a member that is never there is no failure. */
  private attempt(node: NodeOf<'try'>, scope: Scope): Type {
    const before = this.problems.length;
    const type = this.type(node.body, scope);
    const inside = this.problems.splice(before);
    this.problems.push(...inside.filter(({ kind }) => kind !== 'fails'));
    return type;
  }

  private map(node: NodeOf<'map'>, scope: Scope): Type {
    const { input } = scope;
    const elements = elementsOf(input);
    if (elements === undefined) return this.fails(node, `${kindsIn(input)} cannot be iterated over`, input);
    if (isNever(elements)) return arrayType(NEVER);
    const item = this.type(node.body, { ...scope, input: elements });
    const [low, high] = yields(node.body);
    const [min, max] = countOf(input);
    return arrayType(item, isNever(item) ? 0 : low * min, max === 0 ? 0 : high * max);
  }

  private withEntries(node: NodeOf<'with_entries'>, scope: Scope): Type {
    const { input } = scope;
    const entry = entryOf(input);
    if (entry === undefined) return this.fails(node, `with_entries is not defined for ${kindsIn(input)}`, input);
    if (isNever(entry)) return objectType(new Map());
    const made = this.type(node.body, { ...scope, input: entry });
    return isNever(made) ? objectType(new Map()) : objectType(new Map(), fromEntry(made));
  }

  private order(node: NodeOf<'order'>, scope: Scope): Type {
    const { array } = scope.input;
    if (array === undefined)
      return this.fails(node, `${node.name} is not defined for ${kindsIn(scope.input)}`, scope.input);
    if (!isNever(array.item)) this.type(node.key, { ...scope, input: array.item });
    switch (node.name) {
      case 'sort_by':
        return arrayType(array.item, array.min, array.max);
      case 'unique_by':
        return arrayType(array.item, Math.min(array.min, 1), array.max);
      case 'group_by':
        return arrayType(arrayType(array.item, 1, array.max), Math.min(array.min, 1), array.max);
    }
  }

  private plain(node: NodeOf<'plain'>, input: Type): Type {
    if (isNever(input)) return NEVER;
    const type = plainResult(node, input);
    if (!isNever(type)) return type;
    const isText = node.name === 'tonumber' && input.string !== undefined;
    return this.fails(
      node,
      isText ? 'the text is never a number' : `${node.name} is not defined for ${kindsIn(input)}`,
      input,
    );
  }

  private call(node: NodeOf<'call'>, input: Type, argument: Type): Type {
    if (isNever(input) || isNever(argument)) return NEVER;
    const undefinedFor = (): Type =>
      this.fails(node, `${node.name} is not defined for ${kindsIn(input)} and ${kindsIn(argument)}`, input, argument);
    switch (node.name) {
      case 'has':
        return mayHave(input, argument) ? hasType(input, argument) : undefinedFor();
      case 'in':
        return mayHave(argument, input) ? hasType(argument, input) : undefinedFor();
      case 'contains':
        return kindsOf(input).some((kind) => kindsOf(argument).includes(kind)) ? BOOLEAN : undefinedFor();
      case 'startswith':
      case 'endswith':
        return input.string !== undefined && argument.string !== undefined ? BOOLEAN : undefinedFor();
      case 'split':
        return input.string !== undefined && argument.string !== undefined ? arrayType(STRING) : undefinedFor();
      case 'join':
        return elementsOf(input) === undefined ? undefinedFor() : STRING;
    }
  }
}

/** What to write in place of an operation that fails on these. */
function fixOf(node: Node, operands: readonly Type[]): string | undefined {
  const [first] = operands;
  const kinds = operands.map((operand) => kindsOf(operand).join());
  switch (node.kind) {
    case 'field':
      return first?.array === undefined ? undefined : `take one item, .[0].${node.name}, or all: map(.${node.name})`;
    case 'arithmetic':
      if (node.operator !== '+' || !operands.some(({ string }) => string !== undefined)) return undefined;
      return 'put the value into the text, "… \\(.value)", or convert it: tostring, tonumber';
    case 'each':
    case 'map':
      return kinds[0] === 'string' ? 'take the text as it is, or split it: split(",")' : undefined;
    default:
      return undefined;
  }
}

/** A comparison with null, with the empty text, or of a number with one out of its range makes sure of what a schema promises. */
function isGuard(one: Type, other: Type): boolean {
  if (kindsOf(one).join() === 'null' || one.string?.values?.join() === '') return true;
  return one.number?.values !== undefined && other.number !== undefined && other.number.values === undefined;
}

/** What stands in the source behind `base`, up to the end of `whole`: `.name` of a path. */
function after(base: Node, whole: Node): Span {
  const end = whole.span.offset + whole.span.length;
  const start = base.kind === 'identity' ? whole.span.offset : base.span.offset + base.span.length;
  return start < end ? { offset: start, length: end - start } : whole.span;
}

/** The kinds of a type as a sentence names them. */
function kindsIn(type: Type): string {
  return kindsOf(type).join(' or ');
}

function itemAt({ item, min }: Items, index: number): Type {
  const isThere = index >= 0 ? index < min : -index <= min;
  return isThere ? item : join(item, NULL);
}

/** What `.[]` yields of a type's arrays and objects; `undefined` where it has none. */
function elementsOf({ array, object }: Type): Type | undefined {
  if (array === undefined && object === undefined) return undefined;
  return join(array?.item ?? NEVER, object === undefined ? NEVER : anyMember(object));
}

/** How many elements a type's arrays and objects have. */
function countOf({ array, object }: Type): readonly [min: number, max: number] {
  const required = object === undefined ? [] : [...object.named.values()].filter((it) => it.required);
  const ofObject =
    object === undefined
      ? undefined
      : ([required.length, isNever(object.rest) ? object.named.size : Infinity] as const);
  const ofArray = array === undefined ? undefined : ([array.min, array.max] as const);
  const counts = [ofArray, ofObject].filter((count) => count !== undefined);
  return [Math.min(...counts.map(([min]) => min)), Math.max(...counts.map(([, max]) => max))];
}

/** How many values a node yields, as far as its form shows. */
function yields(node: Node): readonly [low: number, high: number] {
  switch (node.count) {
    case 'one':
      return [1, 1];
    case 'maybe':
      return [0, 1];
    case 'many': {
      if (node.kind !== 'comma') return [0, Infinity];
      const counts = node.parts.map(yields);
      return [counts.reduce((sum, [low]) => sum + low, 0), counts.reduce((sum, [, high]) => sum + high, 0)];
    }
  }
}

function resultOf(operator: NodeOf<'arithmetic'>['operator'], left: Type, right: Type): Type {
  const numbers = left.number !== undefined && right.number !== undefined;
  const strings = left.string !== undefined && right.string !== undefined;
  const integers = left.number?.integer === true && right.number?.integer === true;
  const number = integers ? INTEGER : NUMBER;
  switch (operator) {
    case '+':
      return joinAll([
        left.null ? right : NEVER,
        right.null ? left : NEVER,
        numbers ? number : NEVER,
        strings ? concatenation(left, right) : NEVER,
        left.array && right.array
          ? arrayType(
              join(left.array.item, right.array.item),
              left.array.min + right.array.min,
              left.array.max + right.array.max,
            )
          : NEVER,
        left.object && right.object ? merged(left.object, right.object) : NEVER,
      ]);
    case '-':
      return joinAll([
        numbers ? number : NEVER,
        left.array && right.array ? arrayType(left.array.item, 0, left.array.max) : NEVER,
      ]);
    case '*': {
      const repeats = (left.string && right.number) ?? (left.number && right.string);
      return joinAll([
        numbers ? number : NEVER,
        repeats === undefined ? NEVER : join(STRING, NULL),
        left.object && right.object ? OBJECT : NEVER,
      ]);
    }
    case '/':
      return joinAll([
        numbers && !isAlways(right, (value) => value === 0) ? NUMBER : NEVER,
        strings ? arrayType(STRING) : NEVER,
      ]);
    case '%':
      return numbers && !isAlways(right, (value) => Math.trunc(value) === 0) ? INTEGER : NEVER;
  }
}

function isAlways({ number }: Type, test: (value: number) => boolean): boolean {
  return number?.values?.every(test) === true;
}

function concatenation(left: Type, right: Type): Type {
  const [a, b] = [left.string?.values, right.string?.values];
  return a === undefined || b === undefined || a.length * b.length > 64
    ? STRING
    : stringsType(a.flatMap((head) => b.map((tail) => head + tail)));
}

/** `left + right` of objects: members of the right replace those of the left. */
function merged(left: Members, right: Members): Type {
  const named = new Map<string, Member>();
  for (const name of new Set([...left.named.keys(), ...right.named.keys()])) {
    const kept = left.named.get(name) ?? { type: left.rest, required: false };
    const put = right.named.get(name) ?? { type: right.rest, required: false };
    named.set(name, put.required ? put : { type: join(kept.type, put.type), required: kept.required });
  }
  return objectType(named, join(left.rest, right.rest));
}

type Order = -1 | 0 | 1;

const RANK: Readonly<Record<Kind, number>> = { null: 0, boolean: 1, number: 2, string: 3, array: 4, object: 5 };

/** How the values of two types may compare by jq's order. */
function ordersOf(left: Type, right: Type): ReadonlySet<Order> {
  const orders = new Set<Order>();
  for (const a of kindsOf(left)) {
    for (const b of kindsOf(right)) {
      if (a !== b) orders.add(RANK[a] < RANK[b] ? -1 : 1);
      else for (const order of ordersWithin(a, left, right)) orders.add(order);
    }
  }
  return orders;
}

function ordersWithin(kind: Kind, left: Type, right: Type): readonly Order[] {
  switch (kind) {
    case 'null':
      return [0];
    case 'boolean':
      return pairwise(booleansOf(left), booleansOf(right), (a, b) => a - b);
    case 'number': {
      const [a, b] = [left.number, right.number];
      if (a === undefined || b === undefined) return [];
      if (a.values !== undefined && b.values !== undefined) return pairwise(a.values, b.values, (x, y) => x - y);
      return [
        ...(a.min < b.max ? [-1 as const] : []),
        ...equalities(left, right, kind),
        ...(a.max > b.min ? [1 as const] : []),
      ];
    }
    case 'string': {
      const [a, b] = [left.string?.values, right.string?.values];
      if (a !== undefined && b !== undefined) return pairwise(a, b, compareScalars);
      return [-1, ...equalities(left, right, kind), 1];
    }
    case 'array':
    case 'object':
      return [-1, ...equalities(left, right, kind), 1];
  }
}

function equalities(left: Type, right: Type, kind: Kind): readonly Order[] {
  return isNever(meet(only(left, kind), only(right, kind))) ? [] : [0];
}

function booleansOf({ boolean }: Type): readonly number[] {
  return [...(boolean.false ? [0] : []), ...(boolean.true ? [1] : [])];
}

function pairwise<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): readonly Order[] {
  return left.flatMap((a) => right.map((b) => Math.sign(compare(a, b)) as Order));
}

function holds(operator: Comparison, order: Order): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** `{key, value}` of the elements of a type; `undefined` where it has none. */
function entryOf(type: Type): Type | undefined {
  const value = elementsOf(type);
  if (value === undefined || isNever(value)) return value;
  const key = join(
    type.object === undefined ? NEVER : namesOf(type.object),
    type.array === undefined ? NEVER : INTEGER,
  );
  return objectType(
    new Map([
      ['key', { type: key, required: true }],
      ['value', { type: value, required: true }],
    ]),
  );
}

function namesOf({ named, rest }: Members): Type {
  return isNever(rest) ? stringsType([...named].flatMap(([name, { type }]) => (isNever(type) ? [] : [name]))) : STRING;
}

/** What `from_entries` takes as the value of an entry. */
function fromEntry({ object }: Type): Type {
  if (object === undefined) return ANY;
  return joinAll([...['value', 'Value'].map((name) => memberOf(object, name)?.type ?? NEVER), NULL]);
}

function plainResult({ name }: NodeOf<'plain'>, input: Type): Type {
  const { array, object, string, number } = input;
  switch (name) {
    case 'length': {
      const counted = [array && [array.min, array.max], object && countOf(only(input, 'object'))].filter(
        (it) => it !== undefined,
      );
      return joinAll([
        input.null ? numberType(0, 0, true) : NEVER,
        number === undefined ? NEVER : meet(number.integer ? INTEGER : NUMBER, numberType(0, Infinity)),
        string === undefined ? NEVER : numberType(0, Infinity, true),
        ...counted.map(([min = 0, max = Infinity]) => numberType(min, max, true)),
      ]);
    }
    case 'keys':
      return joinAll([
        object === undefined ? NEVER : arrayType(namesOf(object), countOf(only(input, 'object'))[0]),
        array === undefined ? NEVER : arrayType(numberType(0, Infinity, true), array.min, array.max),
      ]);
    case 'unique':
      return array === undefined ? NEVER : arrayType(array.item, Math.min(array.min, 1), array.max);
    case 'min':
    case 'max':
      return array === undefined ? NEVER : array.min > 0 ? array.item : join(array.item, NULL);
    case 'floor':
      return number === undefined ? NEVER : INTEGER;
    case 'add':
      return elementsOf(input) === undefined ? NEVER : sumOf(elementsOf(input) ?? NEVER);
    case 'tostring':
      return STRING;
    case 'tonumber': {
      const isText = string !== undefined && string.values?.every((text) => !NUMBER_TEXT.test(text)) !== true;
      return join(only(input, 'number'), isText ? NUMBER : NEVER);
    }
    case 'ascii_downcase':
      return string === undefined ? NEVER : STRING;
    case 'to_entries': {
      const entry = entryOf(input);
      return entry === undefined ? NEVER : arrayType(entry);
    }
    case 'from_entries': {
      const elements = elementsOf(input);
      if (elements === undefined) return NEVER;
      if (isNever(elements)) return objectType(new Map());
      // Of no entries it is an empty object.
      return objectType(new Map(), fromEntry(elements));
    }
    case 'not':
      return booleanType({ true: !isNever(falsy(input)), false: !isNever(truthy(input)) });
  }
}

const NUMBER_TEXT = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u;

/** The sum of any number of values; null of none. */
function sumOf(item: Type): Type {
  switch (
    kindsOf(item)
      .filter((kind) => kind !== 'null')
      .join()
  ) {
    case '':
      return NULL;
    case 'number':
      return join(NULL, item.number?.integer === true ? INTEGER : NUMBER);
    case 'string':
      return join(NULL, STRING);
    case 'array':
      return join(NULL, item.array === undefined ? ARRAY : arrayType(item.array.item));
    default:
      return ANY;
  }
}

function mayHave(container: Type, key: Type): boolean {
  if (container.null) return true;
  return (
    (container.object !== undefined && key.string !== undefined) ||
    (container.array !== undefined && key.number !== undefined)
  );
}

function hasType(container: Type, key: Type): Type {
  const names = key.string?.values;
  if (kindsOf(container).join() !== 'object' || container.object === undefined || names === undefined) return BOOLEAN;
  if (kindsOf(key).join() !== 'string') return BOOLEAN;
  const members = names.map((name) => (container.object === undefined ? undefined : memberOf(container.object, name)));
  return booleanType({
    true: members.some((member) => member !== undefined),
    false: members.some((member) => member?.required !== true),
  });
}
