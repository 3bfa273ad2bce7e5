import {
  arrayValue,
  booleanValue,
  deepLabel,
  isConcrete,
  isTruthy,
  MAX_WEIGHT,
  nullValue,
  numberProblem,
  numberValue,
  objectValue,
  stringValue,
  symbolValue,
  weightOf,
} from '../value/concrete.ts';
import type { JsonObject } from '../kernel/json.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { Symbols } from './symbols.ts';
import { controlled, join, joinMarks, NO_MARKS, type Label, type Marks } from '../value/label.ts';
import { compareValues, equalValues, sortedNames } from '../value/order.ts';
import type { ArrayValue, ObjectValue, Value } from '../value/value.ts';
import { arithmetic, containsValue, kindIn, made, split, type Steps, unsupported } from './operations.ts';
import {
  asList,
  either,
  escaped,
  hasMember,
  isLonger,
  meets,
  partOf,
  symbolLength,
  textOf,
  textValue,
  truthOf,
  written,
} from './symbolic.ts';
import { asciiDowncase, jsonText, scalarCount } from './text.ts';
import type { Node, OrderFunction, PlainFunction, ValueFunction } from './tree.ts';

/**
 * The functions of the profile that look at their input as a whole, with the meaning that jq 1.7 gives them. The label of
 * a result: what is computed joins the labels of all that it was computed from, and of the author where it is {@link made};
 * what is picked or moved keeps its own
 * label and takes into `control` what decided about it; what only counts or names members has the label of the shape.
 */
export function plainFunction(steps: Steps, node: Node, name: PlainFunction, input: Value): Value {
  if (!isConcrete(input)) return ofUnknown(steps, node, name, input);
  switch (name) {
    case 'length':
      return length(steps, node, input);
    case 'keys':
      return keys(steps, node, input);
    case 'unique':
      return unique(steps, node, input);
    case 'min':
    case 'max':
      return extreme(steps, node, name, input);
    case 'floor':
      steps.risk(node, input.label.decision);
      if (input.kind !== 'number') return undefinedFor(steps, node, name, input);
      return numberValue(Math.floor(input.value), input.label);
    case 'add':
      return add(steps, node, input);
    case 'tostring':
      if (input.kind === 'string') return input;
      steps.tick(node, weightOf(input) >> 2);
      return stringValue(jsonText(input), deepLabel(input));
    case 'tonumber':
      return tonumber(steps, node, input);
    case 'ascii_downcase':
      steps.risk(node, input.label.decision);
      if (input.kind !== 'string') return undefinedFor(steps, node, name, input);
      steps.tick(node, input.value.length >> 4);
      return stringValue(asciiDowncase(input.value), input.label);
    case 'to_entries':
      return toEntries(steps, node, input);
    case 'from_entries':
      return fromEntries(steps, node, input);
    case 'not':
      return booleanValue(!isTruthy(input), input.label);
  }
}

/** The same of a value that is not known, or that holds something that is not. */
function ofUnknown(steps: Steps, node: Node, name: PlainFunction, input: Value): Value {
  const { symbols } = steps;
  if (name === 'not') return booleanValue(!truthOf(symbols, input), input.label);
  const kind = kindIn(steps, input);
  if (kind === 'null' && input.kind !== 'null') return plainFunction(steps, node, name, nullValue(input.label));
  const refused = (): never => {
    steps.risk(node, input.label.decision, name === 'tonumber');
    return steps.fail(node, 'type', `${name} is not defined for ${kind}`, input.label.decision);
  };
  switch (name) {
    case 'length': {
      if (kind === 'boolean') return refused();
      steps.risk(node, input.label.decision);
      if (input.kind === 'array' || input.kind === 'object') return length(steps, node, input);
      return symbolLength(symbols(), kind, input, made(input.label));
    }
    case 'keys':
      if (input.kind === 'object') return keys(steps, node, input);
      if (kind !== 'object' && kind !== 'array') return refused();
      return unsupported(steps, node, name, [input]);
    case 'unique':
    case 'min':
    case 'max': {
      if (kind !== 'array') return refused();
      steps.risk(node, input.label.decision);
      const list = asList(symbols(), input);
      if (list === undefined) return unsupported(steps, node, name, [input]);
      const marks = deepLabel(input).decision;
      const moved = steps.placed(node, steps.picked(node, list, marks), input.label.decision);
      if (moved.kind !== 'list') return unsupported(steps, node, name, [input]);
      if (name === 'unique') {
        const part = partOf(symbols(), moved, controlled(input.label, marks), Infinity, name);
        // Of some there is at least one.
        if (!isLonger(symbols(), list, 0)) return arrayValue([], part.label);
        symbols().note(part.length, { minimum: 1 });
        return part;
      }
      if (!isLonger(symbols(), list, 0)) return nullValue(controlled(input.label, marks));
      return moved.take(`${name} ${list.name}`);
    }
    case 'floor':
      if (kind !== 'number') return refused();
      steps.risk(node, input.label.decision);
      if (input.kind === 'symbol' && symbols().bounds(input.term).isInteger) return input;
      return ofTerm(symbols(), name, input, { type: 'integer' });
    case 'add':
      if (kind !== 'array' && kind !== 'object') return refused();
      if (input.kind === 'array' || input.kind === 'object') return add(steps, node, input);
      return unsupported(steps, node, name, [input]);
    case 'tostring':
      if (kind === 'string') return input;
      return symbolValue(symbols().fresh(name, { type: 'string' }), deepLabel(input));
    case 'tonumber':
      if (kind === 'number') return input;
      if (kind !== 'string') return refused();
      steps.risk(node, input.label.decision, true);
      if (either(symbols(), 'is no number'))
        return steps.fail(node, 'number', 'the text is no number', input.label.decision);
      if (either(symbols(), 'is out of range'))
        return steps.failVaguely(node, 'range', 'the text is no number of ours', input.label.decision);
      return ofTerm(symbols(), name, input, { type: 'number' });
    case 'ascii_downcase':
      if (kind !== 'string') return refused();
      steps.risk(node, input.label.decision);
      return ofTerm(symbols(), name, input, { type: 'string' });
    case 'to_entries':
    case 'from_entries':
      if (input.kind === 'object' && name === 'to_entries') return toEntries(steps, node, input);
      if (kind !== 'object' && kind !== 'array') return refused();
      return unsupported(steps, node, name, [input]);
  }
}

/** What a function makes of an unknown: a value of which this schema is known. */
function ofTerm(symbols: Symbols, name: string, input: Value, schema: JsonObject): Value {
  const term = input.kind === 'symbol' ? symbols.terms.apply('function', name, input.term) : symbols.fresh(name, {});
  return symbolValue(symbols.note(term, schema), input.label);
}

function undefinedFor(steps: Steps, node: Node, name: string, input: Value, more: Marks = NO_MARKS): never {
  return steps.fail(node, 'type', `${name} is not defined for ${input.kind}`, joinMarks(input.label.decision, more));
}

/** The values that `.[]` of a container yields, in its order, one at a time: who takes only the first pays for no more. */
export function itemsOf(value: ArrayValue | ObjectValue): Iterable<Value> {
  return value.kind === 'array' ? value.items : value.fields.values();
}

function length(steps: Steps, node: Node, input: Value): Value {
  steps.risk(node, input.label.decision);
  const label = made(input.label);
  switch (input.kind) {
    case 'null':
      return numberValue(0, label);
    case 'number':
      return numberValue(Math.abs(input.value), label);
    case 'string':
      steps.tick(node, input.value.length >> 4);
      return numberValue(scalarCount(input.value), label);
    case 'array':
      return numberValue(input.items.length, label);
    case 'object':
      return numberValue(input.fields.size, label);
    case 'boolean':
    case 'symbol':
    case 'list':
      return undefinedFor(steps, node, 'length', input);
  }
}

function keys(steps: Steps, node: Node, input: Value): Value {
  steps.risk(node, input.label.decision);
  if (input.kind === 'object') {
    let letters = 0;
    for (const name of input.fields.keys()) letters += name.length + 4;
    // Sorting compares each with about log n others, letter by letter.
    steps.tick(node, (letters * (32 - Math.clz32(input.fields.size))) >> 2);
    const names = sortedNames(input.fields).map((name) => stringValue(name, input.label));
    return arrayValue(names, input.label);
  }
  if (input.kind === 'array') {
    steps.tick(node, input.items.length);
    return arrayValue(
      input.items.map((_, i) => numberValue(i, made(input.label))),
      input.label,
    );
  }
  return undefinedFor(steps, node, 'keys', input);
}

function unique(steps: Steps, node: Node, input: Value): Value {
  steps.risk(node, input.label.decision);
  if (input.kind !== 'array') return undefinedFor(steps, node, 'unique', input);
  return ordered(steps, node, 'unique_by', input, input.items);
}

function extreme(steps: Steps, node: Node, name: 'min' | 'max', input: Value): Value {
  steps.risk(node, input.label.decision);
  if (input.kind !== 'array') return undefinedFor(steps, node, name, input);
  steps.tick(node, input.weight >> 2);
  let best = input.items[0];
  if (best === undefined) return nullValue(input.label);
  for (const item of input.items) {
    const order = compareValues(item, best);
    // Of equal ones jq takes the first least and the last greatest.
    if (name === 'min' ? order < 0 : order >= 0) best = item;
  }
  return steps.picked(node, best, deepLabel(input).decision);
}

function add(steps: Steps, node: Node, input: Value): Value {
  steps.risk(node, input.label.decision);
  if (input.kind !== 'array' && input.kind !== 'object') return undefinedFor(steps, node, 'add', input);
  let sum: Value = nullValue(input.label);
  let isEmpty = true;
  for (const item of itemsOf(input)) {
    isEmpty = false;
    steps.tick(node, 1);
    sum = arithmetic(steps, node, '+', sum, item);
    if (weightOf(sum) > MAX_WEIGHT)
      return steps.fail(node, 'size', `a value larger than ${MAX_WEIGHT}`, deepLabel(input).flat);
  }
  if (isEmpty) return sum;
  // How many items there are decides about every part of the sum, about the last operand's members too.
  return steps.placed(node, sum, input.label.decision);
}

const NUMBER_TEXT = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u;

function tonumber(steps: Steps, node: Node, input: Value): Value {
  steps.risk(node, input.label.decision, true);
  if (input.kind === 'number') return input;
  if (input.kind !== 'string') return undefinedFor(steps, node, 'tonumber', input);
  steps.tick(node, input.value.length >> 4);
  if (!NUMBER_TEXT.test(input.value)) return steps.fail(node, 'number', 'the text is no number', input.label.decision);
  const value = Number(input.value);
  const problem = numberProblem(value);
  if (problem !== undefined) return steps.fail(node, 'range', `the text is ${problem}`, input.label.decision);
  return numberValue(value, input.label);
}

export function toEntries(steps: Steps, node: Node, input: Value): Value {
  if (input.kind === 'symbol' || input.kind === 'list') return ofUnknown(steps, node, 'to_entries', input);
  steps.risk(node, input.label.decision);
  if (input.kind !== 'object' && input.kind !== 'array') return undefinedFor(steps, node, 'to_entries', input);
  const shape = input.label;
  const entries: Value[] = [];
  const entry = (key: Value, value: Value): void => {
    steps.tick(node, 2);
    entries.push(
      objectValue(
        new Map([
          ['key', key],
          ['value', value],
        ]),
        shape,
      ),
    );
  };
  // Which member stands at which place depends on the other members; items stay where they are.
  if (input.kind === 'object')
    for (const [name, field] of input.fields)
      entry(stringValue(name, shape), steps.placed(node, field, shape.decision));
  else input.items.forEach((item, i) => entry(numberValue(i, made(shape)), item));
  return arrayValue(entries, shape);
}

export function fromEntries(steps: Steps, node: Node, input: Value): Value {
  if (!isConcrete(input)) return unsupported(steps, node, 'from_entries', [input]);
  steps.risk(node, input.label.decision);
  if (input.kind !== 'object' && input.kind !== 'array') return undefinedFor(steps, node, 'from_entries', input);
  // Later entries of the same key win, so every key and every entry's shape decides about every member.
  let shape = input.label;
  const members: (readonly [string, Value])[] = [];
  for (const entry of itemsOf(input)) {
    steps.tick(node, 4);
    steps.risk(node, entry.label.decision);
    shape = join(shape, entry.label);
    if (entry.kind !== 'object') return undefinedFor(steps, node, 'from_entries', entry, shape.decision);
    let key: Value | undefined;
    for (const name of KEY_NAMES) {
      const candidate = entry.fields.get(name);
      if (candidate === undefined) continue;
      key = candidate;
      shape = join(shape, key.label);
      steps.risk(node, shape.decision);
      if (isTruthy(key)) break;
    }
    if (key?.kind !== 'string')
      return steps.fail(node, 'type', `a key of from_entries is ${key?.kind ?? 'null'}, not string`, shape.decision);
    members.push([key.value, entry.fields.get('value') ?? entry.fields.get('Value') ?? nullValue(entry.label)]);
  }
  const fields = new Map<string, Value>();
  for (const [name, value] of members) fields.set(name, steps.placed(node, value, shape.decision));
  return objectValue(fields, shape);
}

const KEY_NAMES = ['key', 'Key', 'name', 'Name'] as const;

/** Functions of the input and one value. */
export function valueFunction(steps: Steps, node: Node, name: ValueFunction, input: Value, argument: Value): Value {
  if (!isConcrete(input) || !isConcrete(argument)) return valueOfUnknown(steps, node, name, input, argument);
  const label = join(input.label, argument.label);
  switch (name) {
    case 'has':
      return has(steps, node, input, argument);
    case 'in':
      return has(steps, node, argument, input);
    case 'contains': {
      steps.risk(node, label.decision);
      if (input.kind !== argument.kind)
        return steps.fail(
          node,
          'type',
          `contains is not defined for ${input.kind} and ${argument.kind}`,
          label.decision,
        );
      steps.tick(node, ((weightOf(input) + 1) * (weightOf(argument) + 1)) / 16);
      return booleanValue(containsValue(input, argument), join(deepLabel(input), deepLabel(argument)));
    }
    case 'startswith':
    case 'endswith':
      steps.risk(node, label.decision);
      if (input.kind !== 'string' || argument.kind !== 'string') {
        return steps.fail(
          node,
          'type',
          `${name} is not defined for ${input.kind} and ${argument.kind}`,
          label.decision,
        );
      }
      steps.tick(node, Math.min(input.value.length, argument.value.length) >> 4);
      return booleanValue(
        name === 'startswith' ? input.value.startsWith(argument.value) : input.value.endsWith(argument.value),
        label,
      );
    case 'split':
      steps.risk(node, label.decision);
      if (input.kind !== 'string' || argument.kind !== 'string') {
        return steps.fail(node, 'type', `split is not defined for ${input.kind} and ${argument.kind}`, label.decision);
      }
      return split(steps, node, input.value, argument.value, label);
    case 'join':
      return joined(steps, node, input, argument);
  }
}

/** The same where the input or the argument is not known or holds something that is not. */
function valueOfUnknown(steps: Steps, node: Node, name: ValueFunction, input: Value, argument: Value): Value {
  const { symbols } = steps;
  const label = join(input.label, argument.label);
  switch (name) {
    case 'has':
      return hasUnknown(steps, node, input, argument);
    case 'in':
      return hasUnknown(steps, node, argument, input);
    case 'contains': {
      const [whole, part] = [kindIn(steps, input), kindIn(steps, argument)];
      const marks = label.decision;
      steps.risk(node, marks);
      if (whole !== part) return steps.fail(node, 'type', `contains is not defined for ${whole} and ${part}`, marks);
      const all = join(deepLabel(input), deepLabel(argument));
      const pattern = argument.kind === 'string' && input.kind === 'symbol' ? escaped(argument.value) : undefined;
      if (pattern !== undefined && input.kind === 'symbol')
        return booleanValue(meets(symbols(), input.term, { pattern }), all);
      return booleanValue(either(symbols(), name), all);
    }
    case 'startswith':
    case 'endswith': {
      const [whole, part] = [kindIn(steps, input), kindIn(steps, argument)];
      steps.risk(node, label.decision);
      if (whole !== 'string' || part !== 'string')
        return steps.fail(node, 'type', `${name} is not defined for ${whole} and ${part}`, label.decision);
      if (argument.kind === 'string' && input.kind === 'symbol') {
        const literal = escaped(argument.value);
        const pattern = name === 'startswith' ? `^${literal}` : `${literal}$`;
        return booleanValue(meets(symbols(), input.term, { pattern }), label);
      }
      return booleanValue(either(symbols(), name), label);
    }
    case 'split': {
      const [whole, part] = [kindIn(steps, input), kindIn(steps, argument)];
      steps.risk(node, label.decision);
      if (whole !== 'string' || part !== 'string')
        return steps.fail(node, 'type', `split is not defined for ${whole} and ${part}`, label.decision);
      return textsOf(symbols(), name, made(label));
    }
    case 'join':
      return joinedUnknown(steps, node, input, argument);
  }
}

/** Some texts of which nothing is known. */
function textsOf(symbols: Symbols, hint: string, label: Label): Value {
  const term = symbols.fresh(hint, { type: 'array' });
  const item = (key: string): Value =>
    symbolValue(symbols.note(symbols.terms.apply('member', term, key), { type: 'string' }), label);
  const length = symbols.note(symbols.terms.apply('length', term), { type: 'integer', minimum: 0 });
  return { kind: 'list', label, name: `#${term.id}`, length, items: [item('*')], take: item };
}

function hasUnknown(steps: Steps, node: Node, container: Value, key: Value): Value {
  const label = join(container.label, key.label);
  steps.risk(node, label.decision);
  const symbols = steps.symbols();
  const [outer, inner] = [kindIn(steps, container), kindIn(steps, key)];
  const chosen =
    node.kind === 'call' && node.argument.kind === 'literal' && node.name === 'has' ? container.label : label;
  if (outer === 'null') return booleanValue(false, chosen);
  if (outer === 'object' && inner === 'string') {
    if (key.kind === 'string' && container.kind === 'object') return has(steps, node, container, key);
    if (key.kind === 'string' && container.kind === 'symbol')
      return booleanValue(hasMember(symbols, container, key.value), chosen);
    return booleanValue(either(symbols, 'has'), chosen);
  }
  if (outer === 'array' && inner === 'number') {
    const list = asList(symbols, container);
    if (key.kind === 'number' && list !== undefined) {
      const index = Math.trunc(key.value);
      return booleanValue(index >= 0 && isLonger(symbols, list, index), chosen);
    }
    return booleanValue(either(symbols, 'has'), chosen);
  }
  return steps.fail(node, 'type', `${inner} is no key of ${outer}`, label.decision);
}

/** Of a list that is not known, any text; of items that are not, their texts one after the other. */
function joinedUnknown(steps: Steps, node: Node, input: Value, separator: Value): Value {
  const symbols = steps.symbols();
  steps.risk(node, input.label.decision);
  const kind = kindIn(steps, input);
  if (kind !== 'array' && kind !== 'object')
    return steps.fail(node, 'type', `join is not defined for ${kind}`, input.label.decision);
  let label = made(join(input.label, separator.label));
  const marks = join(deepLabel(input), separator.label).decision;
  if (input.kind === 'array') {
    const parts: (string | Term)[] = [];
    for (const [i, item] of input.items.entries()) {
      label = join(label, item.label);
      steps.risk(node, label.decision);
      const part = joinedPartOf(steps, item);
      const between = i === 0 ? '' : kindIn(steps, separator) === 'null' ? '' : textIn(steps, separator);
      if (part === undefined || between === undefined)
        return steps.failVaguely(node, 'type', 'join is not defined for an item or the separator', label.decision);
      parts.push(between, part);
    }
    return textValue(written(steps.symbols, parts), label);
  }
  const list = asList(symbols, input);
  if (list === undefined) return unsupported(steps, node, 'join', [input, separator]);
  label = join(label, deepLabel(input));
  steps.risk(node, marks);
  let isDefined = true;
  let most = 0;
  symbols.everyWay(() => {
    if (list.items.length === 0 || !isLonger(symbols, list, 0)) return;
    // Of an item that is taken, all is known that it was made by.
    const item = list.take(`joined ${symbols.fresh('item', {}).id}`);
    const between = kindIn(steps, separator);
    isDefined &&= between === 'string' || between === 'null';
    const size = joinedSizeOf(steps, item);
    if (size === undefined) isDefined = false;
    else most = Math.max(most, size + (between === 'string' ? (joinedSizeOf(steps, separator) ?? 0) : 0));
  });
  if (!isDefined && either(symbols, 'join fails'))
    return steps.failVaguely(node, 'type', 'join is not defined for an item or the separator', marks);
  const longest = most === 0 ? 0 : symbols.bounds(list.length).high * most;
  const bound = Number.isFinite(longest) ? { maxLength: longest } : {};
  return symbolValue(symbols.fresh('join', { type: 'string', ...bound }), label);
}

/** A number as text: a sign, 17 digits, a point, an exponent. */
const NUMBER_LENGTH = 24;

/** How long the text of an item is at most; `undefined` where it has none. */
function joinedSizeOf(steps: Steps, item: Value): number | undefined {
  switch (kindIn(steps, item)) {
    case 'null':
      return 0;
    case 'string': {
      const text = textOf(item) ?? '';
      return isTerm(text) ? steps.symbols().lengths(text).high : Array.from(text).length;
    }
    case 'boolean':
      return 'false'.length;
    case 'number':
      return NUMBER_LENGTH;
    case 'array':
    case 'object':
      return undefined;
  }
}

/** A text, where the value is one. */
function textIn(steps: Steps, value: Value): string | Term | undefined {
  return kindIn(steps, value) === 'string' ? textOf(value) : undefined;
}

function joinedPartOf(steps: Steps, item: Value): string | Term | undefined {
  switch (kindIn(steps, item)) {
    case 'null':
      return '';
    case 'string':
      return textOf(item);
    case 'boolean':
    case 'number':
      return isConcrete(item) ? jsonText(item) : steps.symbols().fresh('tostring', { type: 'string' });
    case 'array':
    case 'object':
      return undefined;
  }
}

function has(steps: Steps, node: Node, container: Value, key: Value): Value {
  const label = join(container.label, key.label);
  steps.risk(node, label.decision);
  // A literal key only says which member is asked for: that is choosing a path.
  const chosen =
    node.kind === 'call' && node.argument.kind === 'literal' && node.name === 'has' ? container.label : label;
  if (container.kind === 'null') return booleanValue(false, chosen);
  if (container.kind === 'object' && key.kind === 'string')
    return booleanValue(container.fields.has(key.value), chosen);
  if (container.kind === 'array' && key.kind === 'number') {
    const index = Math.trunc(key.value);
    return booleanValue(index >= 0 && index < container.items.length, chosen);
  }
  return steps.fail(node, 'type', `${key.kind} is no key of ${container.kind}`, label.decision);
}

function joined(steps: Steps, node: Node, input: Value, separator: Value): Value {
  steps.risk(node, input.label.decision);
  if (input.kind !== 'array' && input.kind !== 'object') return undefinedFor(steps, node, 'join', input);
  let label = made(join(input.label, separator.label));
  let text: string | undefined;
  for (const item of itemsOf(input)) {
    label = join(label, item.label);
    steps.risk(node, label.decision);
    const part = joinedPart(item);
    if (part === undefined) return undefinedFor(steps, node, 'join', item, label.decision);
    if (text === undefined) text = part;
    else {
      if (separator.kind !== 'string' && separator.kind !== 'null')
        return undefinedFor(steps, node, 'join', separator, label.decision);
      text += (separator.kind === 'string' ? separator.value : '') + part;
    }
    steps.tick(node, 1 + (part.length >> 4));
    if (text.length > MAX_WEIGHT) return steps.fail(node, 'size', `a text longer than ${MAX_WEIGHT}`, label.flat);
  }
  return stringValue(text ?? '', label);
}

function joinedPart(item: Value): string | undefined {
  switch (item.kind) {
    case 'null':
      return '';
    case 'string':
      return item.value;
    case 'boolean':
    case 'number':
      return jsonText(item);
    case 'array':
    case 'object':
    case 'symbol':
    case 'list':
      return undefined;
  }
}

/**
 * The items of an array in the order of their keys. Every key decides where every item goes and, for the grouping
 * functions, how many there are; so does the shape of the array.
 */
export function ordered(
  steps: Steps,
  node: Node,
  name: OrderFunction,
  input: ArrayValue,
  keys: readonly Value[],
): Value {
  const { items } = input;
  if (!keys.every(isConcrete)) return orderedUnknown(steps, node, name, input, keys);
  let weight = 1;
  for (const key of keys) weight += weightOf(key);
  // Comparing keys is the work: each takes part in about log n comparisons.
  steps.tick(node, weight * (32 - Math.clz32(items.length)));
  let marks = NO_MARKS;
  for (const key of keys) marks = joinMarks(marks, deepLabel(key).decision);
  const order = items.map((_, i) => i).toSorted((a, b) => compareValues(keys[a] as Value, keys[b] as Value) || a - b);
  const moved = (i: number): Value =>
    steps.placed(node, steps.picked(node, items[i] as Value, marks), input.label.decision);
  const shape = controlled(input.label, marks);
  switch (name) {
    case 'sort_by':
      return arrayValue(order.map(moved), input.label);
    case 'group_by':
      return arrayValue(
        groups(order, keys).map((group) => arrayValue(group.map(moved), placedLabel(shape, input.label))),
        shape,
      );
    case 'unique_by':
      return arrayValue(
        groups(order, keys).map((group) => moved(group[0] as number)),
        shape,
      );
  }
}

/** In some order, where the keys are not known. */
export function orderedUnknown(
  steps: Steps,
  node: Node,
  name: OrderFunction,
  input: Value,
  keys: readonly Value[],
): Value {
  const symbols = steps.symbols();
  const list = asList(symbols, input);
  if (list === undefined || name === 'group_by') return unsupported(steps, node, name, [input, ...keys]);
  let marks = NO_MARKS;
  for (const key of keys) marks = joinMarks(marks, deepLabel(key).decision);
  const moved = steps.placed(node, steps.picked(node, list, marks), input.label.decision);
  if (moved.kind !== 'list') return unsupported(steps, node, name, [input, ...keys]);
  if (name === 'sort_by') {
    const ordered = partOf(symbols, moved, input.label, Infinity, name);
    return { ...ordered, length: list.length };
  }
  if (!isLonger(symbols, list, 0)) return arrayValue([], controlled(input.label, marks));
  const some = partOf(symbols, moved, controlled(input.label, marks), Infinity, name);
  symbols.note(some.length, { minimum: 1 });
  return some;
}

/** A group's shape is decided by the same as the whole's. */
function placedLabel(shape: Label, input: Label): Label {
  return shape.flat === joinMarks(shape.flat, input.decision) ? shape : controlled(shape, input.decision);
}

/** Runs of equal keys. */
function groups(order: readonly number[], keys: readonly Value[]): readonly (readonly number[])[] {
  const all: number[][] = [];
  let last: number[] | undefined;
  for (const i of order) {
    if (last !== undefined && equalValues(keys[last[0] as number] as Value, keys[i] as Value)) last.push(i);
    else {
      last = [i];
      all.push(last);
    }
  }
  return all;
}
