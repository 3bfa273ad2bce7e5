import {
  arrayValue,
  booleanValue,
  deepLabel,
  isConcrete,
  MAX_WEIGHT,
  nullValue,
  numberProblem,
  numberValue,
  objectValue,
  stringValue,
  symbolValue,
  weightOf,
  withLabel,
} from '../value/concrete.ts';
import { AUTHOR, BOTTOM, controlled, covers, join, joinMarks, type Label, type Marks } from '../value/label.ts';
import { compareValues, equalValues } from '../value/order.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { ArrayValue, Kind, ObjectValue, Value } from '../value/value.ts';
import type { ExpressionErrorCode } from './error.ts';
import {
  areEqual,
  asList,
  concatenated,
  either,
  isBefore,
  isExact,
  kindOf,
  marksOf,
  hasMember,
  memberOf,
  meets,
  quantityOf,
  quantityValue,
  sumOf,
  textOf,
  textValue,
  unknownOf,
  written,
} from './symbolic.ts';
import type { Symbols } from './symbols.ts';
import type { ArithmeticOperator, Comparison, Node } from './tree.ts';

/** What an operation needs of the evaluation it is part of; `node` is the operation's own node. */
export interface Steps {
  /** The operation might fail on other values with these marks; `escapes`, in a way that `?` does not catch. */
  risk(node: Node, marks: Marks, escapes?: boolean): void;
  fail(node: Node, code: ExpressionErrorCode, message: string, marks: Marks): never;
  /** The same where what exactly went wrong is not known. */
  failVaguely(node: Node, code: ExpressionErrorCode, message: string, marks: Marks): never;
  /** Pays for work in proportion to `count`. */
  tick(node: Node, count: number): void;
  /** `controlledDeep`, paid for. */
  picked(node: Node, value: Value, decision: Marks): Value;
  /** `placed`, paid for. */
  placed(node: Node, value: Value, decision: Marks): Value;
  /** The driver of values that are not known; there is one where there are such values. */
  readonly symbols: () => Symbols;
}

/** Whether a value is known, at its top at least. */
export function isUnknown(value: Value): boolean {
  return value.kind === 'symbol' || value.kind === 'list';
}

/**
 * What comes of an operation on values that are not known and for which it has no meaning here: anything, and where it is not
 * known to be total, perhaps a failure of any kind.
 */
export function unsupported(steps: Steps, node: Node, what: string, values: readonly Value[]): Value {
  const symbols = steps.symbols();
  const marks = marksOf(values);
  steps.risk(node, marks, true);
  if (either(symbols, `${what} fails`)) return steps.failVaguely(node, 'unsupported', what, marks);
  if (either(symbols, `${what} fails for its kind`)) return steps.failVaguely(node, 'type', what, marks);
  return unknownOf(symbols, what, values);
}

/** The kind of a value, decided where it is not known. */
export function kindIn(steps: Steps, value: Value): Kind {
  return kindOf(steps.symbols, value);
}

/**
 * The label of new content made of what has `label`. Which operation makes it is the author's choice, and with enough of
 * them anything can be made of anything: `x / x` is 1, and a text is put together from the letters of another.
 */
export function made(label: Label): Label {
  return join(label, AUTHOR);
}

/**
 * The operators of jq on values of each kind. A result's own label is the join of its operands', for numbers and texts as
 * {@link made}; what a container keeps
 * of one operand because of how the other looked carries the other's shape in its `control`.
 */
export function arithmetic(steps: Steps, node: Node, operator: ArithmeticOperator, left: Value, right: Value): Value {
  const marks = joinMarks(left.label.decision, right.label.decision);
  steps.risk(node, marks, true);
  if (isUnknown(left) || isUnknown(right)) return arithmeticOfUnknown(steps, node, operator, left, right, marks);
  if (left.kind === 'number' && right.kind === 'number') {
    return numberValue(
      numeric(steps, node, operator, left.value, right.value, marks),
      made(join(left.label, right.label)),
    );
  }
  switch (operator) {
    case '+':
      // Had the null been a container, it would have moved these items and might have replaced these members.
      if (left.kind === 'null')
        return joinedTo(right.kind === 'array' ? steps.placed(node, right, left.label.decision) : right, left.label);
      if (right.kind === 'null')
        return joinedTo(left.kind === 'object' ? steps.placed(node, left, right.label.decision) : left, right.label);
      if (left.kind === 'string' && right.kind === 'string') {
        steps.tick(node, (left.value.length + right.value.length) >> 4);
        return stringValue(left.value + right.value, made(join(left.label, right.label)));
      }
      if (left.kind === 'array' && right.kind === 'array') return concatenation(steps, node, left, right);
      if (left.kind === 'object' && right.kind === 'object') return union(steps, node, left, right);
      break;
    case '-':
      if (left.kind === 'array' && right.kind === 'array') return difference(steps, node, left, right);
      break;
    case '*':
      if (left.kind === 'object' && right.kind === 'object') return deepUnion(steps, node, left, right);
      if (left.kind === 'string' && right.kind === 'number')
        return repetition(steps, node, left.value, right.value, join(left.label, right.label));
      if (left.kind === 'number' && right.kind === 'string')
        return repetition(steps, node, right.value, left.value, join(left.label, right.label));
      break;
    case '/':
      if (left.kind === 'string' && right.kind === 'string')
        return split(steps, node, left.value, right.value, join(left.label, right.label));
      break;
    case '%':
      break;
  }
  return steps.fail(node, 'type', `${left.kind} ${operator} ${right.kind} is not defined`, marks);
}

function arithmeticOfUnknown(
  steps: Steps,
  node: Node,
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  marks: Marks,
): Value {
  const symbols = steps.symbols();
  const [a, b] = [kindIn(steps, left), kindIn(steps, right)];
  const label = join(left.label, right.label);
  if (a === 'null' && left.kind !== 'null') return arithmetic(steps, node, operator, nullValue(left.label), right);
  if (b === 'null' && right.kind !== 'null') return arithmetic(steps, node, operator, left, nullValue(right.label));
  if (a === 'number' && b === 'number') return unknownNumber(steps, node, operator, left, right, marks);
  if (operator === '+') {
    if (a === 'null')
      return joinedTo(b === 'array' ? steps.placed(node, right, left.label.decision) : right, left.label);
    if (b === 'null')
      return joinedTo(a === 'object' ? steps.placed(node, left, right.label.decision) : left, right.label);
    if (a === 'string' && b === 'string') {
      const parts = [textOf(left), textOf(right)].filter((part) => part !== undefined);
      return textValue(written(steps.symbols, parts), made(label));
    }
    if (a === 'array' && b === 'array') {
      const [first, second] = [asList(symbols, left), asList(symbols, steps.placed(node, right, left.label.decision))];
      if (first !== undefined && second !== undefined) return concatenated(symbols, first, second, label);
    }
    if (a === 'object' && b === 'object') return unionOfUnknown(steps, node, left, right);
  }
  const isDefined =
    (operator === '-' && a === 'array' && b === 'array') ||
    (operator === '*' && a === 'object' && b === 'object') ||
    (operator === '*' && ((a === 'string' && b === 'number') || (a === 'number' && b === 'string'))) ||
    (operator === '/' && a === 'string' && b === 'string');
  if (!isDefined) return steps.fail(node, 'type', `${a} ${operator} ${b} is not defined`, marks);
  return unsupported(steps, node, `${a} ${operator} ${b}`, [left, right]);
}

/** Exact where it stays within the integers that doubles hold; else any number, or none. */
function unknownNumber(
  steps: Steps,
  node: Node,
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  marks: Marks,
): Value {
  const symbols = steps.symbols();
  const [x, y] = [quantityOf(left), quantityOf(right)];
  const label = made(join(left.label, right.label));
  if (x !== undefined && y !== undefined) {
    if (operator === '+' || operator === '-') {
      const addends = [[1, x] as const, [operator === '+' ? 1 : -1, y] as const];
      if (isExact(symbols, addends)) return quantityValue(sumOf(symbols, addends), label);
    }
    const scaled = !isTerm(x) ? ([x, y] as const) : !isTerm(y) ? ([y, x] as const) : undefined;
    if (operator === '*' && scaled !== undefined && isExact(symbols, [scaled]))
      return quantityValue(sumOf(symbols, [scaled]), label);
    if (operator === '/' || operator === '%') {
      const zero = operator === '/' ? { const: 0 } : { exclusiveMinimum: -1, exclusiveMaximum: 1 };
      const isZero = isTerm(y) ? meets(symbols, y, zero) : Math.trunc(y) === 0 && (operator === '%' || y === 0);
      if (isZero) return steps.fail(node, 'number', operator === '/' ? 'division by zero' : 'remainder by zero', marks);
    }
  }
  symbols.unsupported(`number ${operator} number`);
  if (either(symbols, 'out of range'))
    return steps.failVaguely(node, 'range', 'the result is no number of ours', marks);
  return quantityValue(symbols.fresh('number', { type: 'number' }), label);
}

/** The members of the right, and those of the left that the right has not. */
function unionOfUnknown(steps: Steps, node: Node, left: Value, right: Value): Value {
  const symbols = steps.symbols();
  const kept = steps.placed(node, left, right.label.decision);
  const [before, after] = [membersOf(kept), membersOf(right)];
  const known = new Map<string, { readonly value: Value; readonly present?: Term }>();
  // A name that only one side knows may stand in what the other side does not show.
  for (const name of new Set([...before.known.keys(), ...after.known.keys()])) {
    const theirs = right.kind === 'symbol' ? hasMember(symbols, right, name) : after.known.has(name);
    const isThere = theirs || (kept.kind === 'symbol' ? hasMember(symbols, kept, name) : before.known.has(name));
    if (!isThere) continue;
    const from = theirs ? right : kept;
    const value =
      from.kind === 'symbol'
        ? memberOf(symbols, from, name)
        : from.kind === 'object'
          ? from.fields.get(name)
          : undefined;
    if (value !== undefined) known.set(name, { value });
  }
  const label = join(left.label, right.label);
  const inner = join(before.inner, after.inner);
  return symbolValue(symbols.fresh('object', { type: 'object' }), label, inner, {
    known,
    open: before.open || after.open,
  });
}

function membersOf(value: Value): {
  readonly known: ReadonlyMap<string, unknown>;
  readonly open: boolean;
  readonly inner: Label;
} {
  if (value.kind === 'object') return { known: value.fields, open: false, inner: BOTTOM };
  if (value.kind !== 'symbol') return { known: new Map(), open: true, inner: BOTTOM };
  return { known: value.members?.known ?? new Map(), open: value.members?.open ?? true, inner: value.inner };
}

/** The value with another label joined to its top node's. */
function joinedTo(value: Value, other: Label): Value {
  return withLabel(value, join(value.label, other));
}

function numeric(
  steps: Steps,
  node: Node,
  operator: ArithmeticOperator,
  left: number,
  right: number,
  marks: Marks,
): number {
  let result: number;
  switch (operator) {
    case '+':
      result = left + right;
      break;
    case '-':
      result = left - right;
      break;
    case '*':
      result = left * right;
      break;
    case '/':
      if (right === 0) return steps.fail(node, 'number', 'division by zero', marks);
      result = left / right;
      break;
    case '%':
      // jq takes the remainder of the integers towards zero.
      if (Math.trunc(right) === 0) return steps.fail(node, 'number', 'remainder by zero', marks);
      result = Math.trunc(left) % Math.trunc(right);
      break;
  }
  const problem = numberProblem(result);
  if (problem !== undefined) return steps.fail(node, 'range', `the result is ${problem}`, marks);
  return result;
}

function concatenation(steps: Steps, node: Node, left: ArrayValue, right: ArrayValue): Value {
  steps.tick(node, left.items.length + right.items.length);
  const moved = right.items.map((item) => steps.placed(node, item, left.label.decision));
  return arrayValue([...left.items, ...moved], join(left.label, right.label));
}

function union(steps: Steps, node: Node, left: ObjectValue, right: ObjectValue): Value {
  steps.tick(node, left.fields.size + right.fields.size);
  const fields = new Map<string, Value>();
  const kept = right.label.decision;
  for (const [name, field] of left.fields) fields.set(name, steps.placed(node, field, kept));
  for (const [name, field] of right.fields) fields.set(name, field);
  return objectValue(fields, join(left.label, right.label));
}

function deepUnion(steps: Steps, node: Node, left: ObjectValue, right: ObjectValue): Value {
  if (!isConcrete(left) || !isConcrete(right)) return unsupported(steps, node, 'object * object', [left, right]);
  steps.tick(node, left.fields.size + right.fields.size);
  const fields = new Map<string, Value>();
  const kept = right.label.decision;
  for (const [name, field] of left.fields) fields.set(name, steps.placed(node, field, kept));
  for (const [name, field] of right.fields) {
    if (field.kind !== 'object') {
      fields.set(name, field);
      continue;
    }
    // What the left has here decides the shape: its members, if it is an object.
    const old = left.fields.get(name);
    const merged =
      old?.kind === 'object'
        ? deepUnion(steps, node, old, field)
        : old === undefined
          ? field
          : joinedTo(field, old.label);
    const { decision } = left.label;
    fields.set(name, covers(merged.label, decision) ? merged : withLabel(merged, controlled(merged.label, decision)));
  }
  return objectValue(fields, join(left.label, right.label));
}

/** The items of `left` that equal none of `right`'s: every item of either decides about each. */
function difference(steps: Steps, node: Node, left: ArrayValue, right: ArrayValue): Value {
  if (!isConcrete(left) || !isConcrete(right)) return unsupported(steps, node, 'array - array', [left, right]);
  steps.tick(node, ((left.weight + 1) * (right.weight + 1)) >>> 4);
  const decision = joinMarks(deepLabel(left).decision, deepLabel(right).decision);
  const items = left.items.filter((item) => !right.items.some((other) => equalValues(item, other)));
  return arrayValue(
    items.map((item) => steps.picked(node, item, decision)),
    controlled(left.label, decision),
  );
}

function repetition(steps: Steps, node: Node, text: string, times: number, from: Label): Value {
  const label = made(from);
  if (times < 0) return nullValue(label);
  const count = Math.floor(times);
  if (text.length * count > MAX_WEIGHT) return steps.fail(node, 'size', `a text longer than ${MAX_WEIGHT}`, label.flat);
  steps.tick(node, (text.length * count) >> 4);
  return stringValue(text.repeat(text === '' ? 0 : count), label);
}

/** jq's split of a text at every separator; of the empty text nothing, at the empty separator every scalar value. */
export function split(steps: Steps, node: Node, text: string, separator: string, from: Label): Value {
  const label = made(from);
  // Searching for a long separator may look at it anew at every letter of the text.
  steps.tick(node, (text.length >> 2) + ((text.length + 1) * (separator.length + 1)) / 16);
  const parts = text === '' ? [] : separator === '' ? Array.from(text) : text.split(separator);
  // Before each part becomes a value of its own.
  if (parts.length + text.length - (parts.length - 1) * separator.length > MAX_WEIGHT)
    return steps.fail(node, 'size', `a value larger than ${MAX_WEIGHT}`, label.flat);
  return arrayValue(
    parts.map((part) => stringValue(part, label)),
    label,
  );
}

/** Comparison by jq's order. Where a scalar is on either side, a container's content does not matter, only its kind. */
export function compare(steps: Steps, node: Node, operator: Comparison, left: Value, right: Value): Value {
  if (!isConcrete(left) || !isConcrete(right)) return compareUnknown(steps, operator, left, right);
  const deep = left.kind === right.kind && (left.kind === 'array' || left.kind === 'object');
  const label = deep ? join(deepLabel(left), deepLabel(right)) : join(left.label, right.label);
  steps.tick(node, (deep ? weightOf(left) + weightOf(right) : Math.min(weightOf(left), weightOf(right))) >> 3);
  return booleanValue(holds(operator, left, right), label);
}

/** Decided at once, so that the result is known. */
function compareUnknown(steps: Steps, operator: Comparison, left: Value, right: Value): Value {
  const container = (value: Value): boolean => {
    if (value.kind === 'symbol' && value.members === undefined)
      return steps
        .symbols()
        .kinds(value.term)
        .some((kind) => kind === 'array' || kind === 'object');
    return value.kind === 'list' || value.kind === 'symbol' || value.kind === 'array' || value.kind === 'object';
  };
  const deep = container(left) && container(right);
  const label = deep ? join(deepLabel(left), deepLabel(right)) : join(left.label, right.label);
  return booleanValue(holdsUnknown(steps, operator, left, right), label);
}

function holdsUnknown(steps: Steps, operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return areEqual(steps.symbols, left, right);
    case '!=':
      return !areEqual(steps.symbols, left, right);
    case '<':
      return isBefore(steps.symbols(), left, right);
    case '<=':
      return !isBefore(steps.symbols(), right, left);
    case '>':
      return isBefore(steps.symbols(), right, left);
    case '>=':
      return !isBefore(steps.symbols(), left, right);
  }
}

function holds(operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equalValues(left, right);
    case '!=':
      return !equalValues(left, right);
    case '<':
      return compareValues(left, right) < 0;
    case '<=':
      return compareValues(left, right) <= 0;
    case '>':
      return compareValues(left, right) > 0;
    case '>=':
      return compareValues(left, right) >= 0;
  }
}

/** jq's `contains`: substrings in strings, some item for every item, every member for every member; else equality. */
export function containsValue(whole: Value, part: Value): boolean {
  if (whole.kind === 'object' && part.kind === 'object') {
    for (const [name, field] of part.fields) {
      const other = whole.fields.get(name);
      if (other === undefined || !containsValue(other, field)) return false;
    }
    return true;
  }
  if (whole.kind === 'array' && part.kind === 'array') {
    return part.items.every((item) => whole.items.some((other) => containsValue(other, item)));
  }
  if (whole.kind === 'string' && part.kind === 'string') return whole.value.includes(part.value);
  return equalValues(whole, part);
}
