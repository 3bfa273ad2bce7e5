import type { Kind } from '../value/value.ts';
import { childrenOf, type Node, type NodeOf, type Partiality } from './tree.ts';

/** A set of kinds, one bit each: what is known of a value before it is there. */
export type Kinds = number;

const BITS: Readonly<Record<Kind, Kinds>> = { null: 1, boolean: 2, number: 4, string: 8, array: 16, object: 32 };

export function kinds(...some: readonly Kind[]): Kinds {
  return some.reduce((set, kind) => set | BITS[kind], 0);
}

export const ANYTHING: Kinds = kinds('null', 'boolean', 'number', 'string', 'array', 'object');

const NULL = kinds('null');
const BOOLEAN = kinds('boolean');
const NUMBER = kinds('number');
const STRING = kinds('string');
const ARRAY = kinds('array');
const OBJECT = kinds('object');
const CONTAINER = ARRAY | OBJECT;

/** What is known of the kinds of an expression's input and of its free variables, by name without `$`. */
export interface KnownKinds {
  readonly input: Kinds;
  readonly variables: ReadonlyMap<string, Kinds>;
}

const NOTHING_KNOWN: KnownKinds = { input: ANYTHING, variables: new Map() };

/** Which nodes of a tree may fail, given what is known of the kinds of its input and variables. */
export function partiality(root: Node, known: KnownKinds = NOTHING_KNOWN): Partiality {
  const operations = new Set<Node>();
  new Inference(operations).kinds(root, known.input, known.variables);
  const subtrees = new Set<Node>();
  failuresOf(root, operations, subtrees);
  // Of an expression that may yield no value, that alone is a failure, and no `?` catches it.
  if (root.count !== 'one') subtrees.add(root);
  return { operations, subtrees };
}

/** `some`: a failure may come out of the node; `uncaught`: one that no `?` would catch. */
interface Failures {
  readonly some: boolean;
  readonly uncaught: boolean;
}

function failuresOf(node: Node, operations: ReadonlySet<Node>, subtrees: Set<Node>): Failures {
  const partial = operations.has(node);
  let uncaught = partial && mayEscape(node);
  let some = partial && !('optional' in node && node.optional);
  for (const below of childrenOf(node)) {
    const inner = failuresOf(below, operations, subtrees);
    some ||= node.kind === 'try' ? inner.uncaught : inner.some;
    uncaught ||= inner.uncaught;
  }
  some ||= uncaught;
  if (some) subtrees.add(node);
  return { some, uncaught };
}

/** Operations where jq may have a value that the profile has not (`ExpressionError.catchable`). */
function mayEscape(node: Node): boolean {
  return (
    node.kind === 'arithmetic' ||
    node.kind === 'index' ||
    (node.kind === 'plain' && (node.name === 'add' || node.name === 'tonumber'))
  );
}

type Variables = ReadonlyMap<string, Kinds>;

class Inference {
  readonly #operations: Set<Node>;

  constructor(operations: Set<Node>) {
    this.#operations = operations;
  }

  /** Notes that the node's operation fails unless the condition holds. */
  #unless(node: Node, total: boolean): void {
    if (!total) this.#operations.add(node);
  }

  /** The kinds of the values that a node yields for inputs of these kinds. */
  kinds(node: Node, input: Kinds, variables: Variables): Kinds {
    switch (node.kind) {
      case 'identity':
        return input;
      case 'literal':
        return node.value.kind === 'symbol' || node.value.kind === 'list' ? ANYTHING : BITS[node.value.kind];
      case 'variable':
        return variables.get(node.name) ?? ANYTHING;
      case 'field':
        this.#unless(node, within(this.kinds(node.base, input, variables), OBJECT | NULL));
        return ANYTHING;
      case 'item':
        this.#unless(node, within(this.kinds(node.base, input, variables), ARRAY | NULL));
        return ANYTHING;
      case 'index': {
        const key = this.kinds(node.key, input, variables);
        const base = this.kinds(node.base, input, variables);
        this.#unless(
          node,
          (within(key, STRING) && within(base, OBJECT | NULL)) || (within(key, NUMBER) && within(base, ARRAY | NULL)),
        );
        return ANYTHING;
      }
      case 'slice': {
        const base = this.kinds(node.base, input, variables);
        this.#unless(node, within(base, NULL | STRING | ARRAY));
        return base & (NULL | STRING | ARRAY);
      }
      case 'each':
        this.#unless(node, within(this.kinds(node.base, input, variables), CONTAINER));
        return ANYTHING;
      case 'array':
        if (node.body !== undefined) this.kinds(node.body, input, variables);
        return ARRAY;
      case 'object':
        for (const { key, value } of node.entries) {
          if (typeof key !== 'string') this.#unless(node, within(this.kinds(key, input, variables), STRING));
          this.kinds(value, input, variables);
        }
        return OBJECT;
      case 'text':
        for (const part of node.parts) if (typeof part !== 'string') this.kinds(part, input, variables);
        return STRING;
      case 'negate':
        this.#unless(node, within(this.kinds(node.operand, input, variables), NUMBER));
        return NUMBER;
      case 'arithmetic':
        return this.#arithmetic(
          node,
          this.kinds(node.left, input, variables),
          this.kinds(node.right, input, variables),
        );
      case 'compare':
      case 'and':
      case 'or':
        this.kinds(node.left, input, variables);
        this.kinds(node.right, input, variables);
        return BOOLEAN;
      case 'alternative': {
        const left = this.kinds(node.left, input, variables);
        return (left & ~NULL) | this.kinds(node.right, input, variables);
      }
      case 'if':
        this.kinds(node.condition, input, variables);
        return this.kinds(node.then, input, variables) | this.kinds(node.otherwise, input, variables);
      case 'try':
        return this.kinds(node.body, input, variables);
      case 'pipe':
        return this.kinds(node.right, this.kinds(node.left, input, variables), variables);
      case 'comma':
        return node.parts.reduce((all, part) => all | this.kinds(part, input, variables), 0);
      case 'bind': {
        const source = this.kinds(node.source, input, variables);
        return this.kinds(node.body, input, new Map(variables).set(node.name, source));
      }
      case 'plain':
        return this.#plain(node, input);
      case 'call':
        return this.#call(node, input, this.kinds(node.argument, input, variables));
      case 'map':
        this.#unless(node, within(input, CONTAINER));
        this.kinds(node.body, ANYTHING, variables);
        return ARRAY;
      case 'with_entries':
        // What the function makes of an entry may be no entry.
        this.#unless(node, false);
        this.kinds(node.body, OBJECT, variables);
        return OBJECT;
      case 'select':
        this.kinds(node.condition, input, variables);
        return input;
      case 'any':
      case 'all':
        this.kinds(node.condition, this.kinds(node.source, input, variables), variables);
        return BOOLEAN;
      case 'first':
        return this.kinds(node.source, input, variables);
      case 'last':
        return this.kinds(node.source, input, variables) | NULL;
      case 'order':
        this.#unless(node, within(input, ARRAY));
        this.kinds(node.key, ANYTHING, variables);
        return ARRAY;
      case 'test':
        this.#unless(node, within(input, STRING));
        return BOOLEAN;
      case 'range':
        return NUMBER;
    }
  }

  /** A result may be no exact number, so only the operators of other kinds are total. */
  #arithmetic(node: NodeOf<'arithmetic'>, left: Kinds, right: Kinds): Kinds {
    const both = left | right;
    switch (node.operator) {
      case '+': {
        const merged = [STRING, ARRAY, OBJECT].some((kind) => within(both, kind | NULL));
        this.#unless(node, merged);
        // Null only of two nulls.
        return (left & right & NULL) === 0 ? both & ~NULL : both;
      }
      case '-':
        this.#unless(node, within(both, ARRAY));
        return both & (NUMBER | ARRAY);
      case '*':
        this.#unless(node, within(both, OBJECT));
        return within(both, OBJECT) ? OBJECT : NUMBER | STRING | OBJECT | NULL;
      case '/':
        this.#unless(node, within(both, STRING));
        return within(both, STRING) ? ARRAY : NUMBER | ARRAY;
      case '%':
        this.#unless(node, false);
        return NUMBER;
    }
  }

  #plain(node: NodeOf<'plain'>, input: Kinds): Kinds {
    switch (node.name) {
      case 'length':
        this.#unless(node, within(input, ANYTHING & ~BOOLEAN));
        return NUMBER;
      case 'keys':
        this.#unless(node, within(input, CONTAINER));
        return ARRAY;
      case 'unique':
        this.#unless(node, within(input, ARRAY));
        return ARRAY;
      case 'min':
      case 'max':
        this.#unless(node, within(input, ARRAY));
        return ANYTHING;
      case 'floor':
        this.#unless(node, within(input, NUMBER));
        return NUMBER;
      case 'add':
        this.#unless(node, false);
        return ANYTHING;
      case 'tostring':
        return STRING;
      case 'tonumber':
        this.#unless(node, within(input, NUMBER));
        return NUMBER;
      case 'ascii_downcase':
        this.#unless(node, within(input, STRING));
        return STRING;
      case 'to_entries':
        this.#unless(node, within(input, CONTAINER));
        return ARRAY;
      case 'from_entries':
        this.#unless(node, false);
        return OBJECT;
      case 'not':
        return BOOLEAN;
    }
  }

  #call(node: NodeOf<'call'>, input: Kinds, argument: Kinds): Kinds {
    switch (node.name) {
      case 'has':
        this.#unless(node, hasKey(input, argument));
        return BOOLEAN;
      case 'in':
        this.#unless(node, hasKey(argument, input));
        return BOOLEAN;
      case 'contains':
        this.#unless(node, input === argument && isSingle(input));
        return BOOLEAN;
      case 'startswith':
      case 'endswith':
        this.#unless(node, within(input | argument, STRING));
        return BOOLEAN;
      case 'split':
        this.#unless(node, within(input | argument, STRING));
        return ARRAY;
      case 'join':
        this.#unless(node, false);
        return STRING;
    }
  }
}

function within(some: Kinds, allowed: Kinds): boolean {
  return (some & ~allowed) === 0;
}

function isSingle(some: Kinds): boolean {
  return some !== 0 && (some & (some - 1)) === 0;
}

function hasKey(container: Kinds, key: Kinds): boolean {
  return (
    (within(container, OBJECT | NULL) && within(key, STRING)) ||
    (within(container, ARRAY | NULL) && within(key, NUMBER))
  );
}
