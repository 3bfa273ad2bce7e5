import { equalJson, isArray, isObject, type Json, type JsonObject } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import { isMultipleOf } from './decimal.ts';
import { equalityKey } from './equality.ts';
import { hasFormat } from './formats.ts';
import type { SchemaNode, TypeName } from './node.ts';
import { excerpt } from './problem.ts';

/** One thing that a value breaks. `pointer` is the place in the value, `schema` that of the schema that says so. */
export interface SchemaError {
  readonly pointer: Pointer;
  readonly keyword: string;
  readonly detail: string;
  readonly schema: Pointer;
}

/** The most errors of one value that are told. */
const MAX_ERRORS = 20;
/** Schemas applied, members and items looked at, per value: what a value that multiplies with a schema may cost. */
const FUEL = 5_000_000;
const MAX_DEPTH = 1000;
/** The greatest weight of the pattern of a format. */
const FORMAT_WEIGHT = 30;

/** The work ran out: neither valid nor invalid, so the value is not taken. */
class Exhausted extends Error {}

/** Where in a value the walk is; written out only for an error. */
interface Path {
  readonly above: Path | undefined;
  readonly key: string | number;
}

function pointerOf(path: Path | undefined): Pointer {
  const tokens: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.above) tokens.push(at.key);
  return child(ROOT, ...tokens.reverse());
}

/**
 * What the schemas that accept a value say about its members and items (the annotations of Core, 11): needed by
 * `unevaluated*`, and, with what they say below, to tell which members of a whole value are declared.
 */
class Evaluated {
  readonly members = new Set<string>();
  readonly items = new Set<number>();
  /** Items before this index are evaluated too. */
  prefix = 0;
  /** Whether a schema that accepts the value speaks of objects at all. */
  isObjectDescribed = false;
  readonly below = new Map<string | number, Evaluated>();

  add(other: Evaluated): void {
    for (const key of other.members) this.members.add(key);
    for (const index of other.items) this.items.add(index);
    this.prefix = Math.max(this.prefix, other.prefix);
    this.isObjectDescribed ||= other.isObjectDescribed;
    for (const [key, it] of other.below) this.at(key).add(it);
  }

  at(key: string | number): Evaluated {
    let it = this.below.get(key);
    if (it === undefined) this.below.set(key, (it = new Evaluated()));
    return it;
  }
}

interface ValidateOptions {
  readonly undeclared: 'allowed' | 'refused';
}

/** What `value` breaks of the schema `root`. Work is bounded: a value that would cost more breaks the schema with the keyword `$budget`. */
export function validate(root: SchemaNode, value: Json, options: ValidateOptions): readonly SchemaError[] {
  try {
    // Most values are valid: the first pass stops at the first error and builds no text.
    if (new Walk(options, undefined).accepts(root, value)) return [];
    const errors: SchemaError[] = [];
    new Walk(options, errors).accepts(root, value);
    return errors;
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    return [{ pointer: ROOT, keyword: '$budget', detail: 'takes more work than a value may', schema: root.pointer }];
  }
}

/** Whether `node` accepts `value`; false where telling would take more work than a value may. */
export function accepts(node: SchemaNode, value: Json): boolean {
  try {
    return new Walk({ undeclared: 'allowed' }, undefined).accepts(node, value);
  } catch (error) {
    if (error instanceof Exhausted) return false;
    throw error;
  }
}

class Walk {
  private readonly options: ValidateOptions;
  private readonly errors: SchemaError[] | undefined;
  /** Whether this walk only finds the reason of an error of another: it asks for no further reasons. */
  private readonly isReason: boolean;
  /** Above 0 inside a schema whose failure is not by itself an error. */
  private quiet = 0;
  private fuel = FUEL;
  private depth = 0;

  constructor(options: ValidateOptions, errors: SchemaError[] | undefined, isReason = false) {
    this.options = options;
    this.errors = errors;
    this.isReason = isReason;
  }

  accepts(root: SchemaNode, value: Json): boolean {
    if (this.options.undeclared === 'allowed') return this.node(root, value, undefined, undefined);
    const evaluated = new Evaluated();
    const valid = this.node(root, value, undefined, evaluated);
    return (valid || this.errors !== undefined) && this.declared(root, value, undefined, evaluated) && valid;
  }

  /** Whether every member below `value` is declared by a schema that accepts the object it is in. */
  private declared(root: SchemaNode, value: Json, path: Path | undefined, evaluated: Evaluated | undefined): boolean {
    if (evaluated === undefined) return true;
    let valid = true;
    if (isArray(value)) {
      for (const [key, item] of value.entries()) {
        valid = this.declared(root, item, { above: path, key }, evaluated.below.get(key)) && valid;
      }
    } else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        const at = { above: path, key };
        if (evaluated.isObjectDescribed && !evaluated.members.has(key)) {
          valid = this.fail(root, at, 'undeclared', 'is not declared');
        } else {
          valid = this.declared(root, item, at, evaluated.below.get(key)) && valid;
        }
      }
    }
    return valid;
  }

  private get goesOn(): boolean {
    return this.errors !== undefined && this.quiet === 0 && this.errors.length < MAX_ERRORS;
  }

  private fail(node: SchemaNode, path: Path | undefined, keyword: string, detail: string): false {
    if (this.errors !== undefined && this.goesOn) {
      this.errors.push({ pointer: pointerOf(path), keyword, detail, schema: child(node.pointer, keyword) });
    }
    return false;
  }

  private spend(amount: number): void {
    this.fuel -= amount;
    if (this.fuel < 0) throw new Exhausted();
  }

  private node(node: SchemaNode, value: Json, path: Path | undefined, evaluated: Evaluated | undefined): boolean {
    if (node.always !== undefined) {
      if (node.always) return true;
      return this.failAlways(node, path);
    }
    this.spend(1);
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new Exhausted();
    const own = this.ownEvaluated(node, evaluated);
    let valid = this.constants(node, value, path);
    if (valid || this.goesOn) valid = this.kind(node, value, path, own) && valid;
    if (valid || this.goesOn) valid = this.applicators(node, value, path, own) && valid;
    if (valid || this.goesOn) valid = this.unevaluated(node, value, path, own) && valid;
    if (valid && evaluated !== undefined && own !== undefined) evaluated.add(own);
    this.depth -= 1;
    return valid;
  }

  private failAlways(node: SchemaNode, path: Path | undefined): false {
    if (this.errors !== undefined && this.goesOn) {
      this.errors.push({ pointer: pointerOf(path), keyword: 'false', detail: 'is not allowed', schema: node.pointer });
    }
    return false;
  }

  /** What this schema says is its caller's only once it has accepted the value. */
  private ownEvaluated(node: SchemaNode, evaluated: Evaluated | undefined): Evaluated | undefined {
    const asks = node.unevaluatedItems !== undefined || node.unevaluatedProperties !== undefined;
    return asks || evaluated !== undefined ? new Evaluated() : undefined;
  }

  private constants(node: SchemaNode, value: Json, path: Path | undefined): boolean {
    let valid = true;
    if (node.type !== undefined && !node.type.some((type) => isOfType(value, type))) {
      valid = this.fail(node, path, 'type', `must be ${node.type.join(' or ')}`);
    }
    if ((valid || this.goesOn) && node.const !== undefined && !equalJson(value, node.const.value)) {
      valid = this.fail(node, path, 'const', `must be ${quote(node.const.value)}`);
    }
    if ((valid || this.goesOn) && node.enum !== undefined) {
      this.spend(node.enum.length);
      if (!node.enum.some((item) => equalJson(value, item))) {
        valid = this.fail(node, path, 'enum', `must be one of ${excerpt(node.enum.map(quote).join(', '), 200)}`);
      }
    }
    return valid;
  }

  private kind(node: SchemaNode, value: Json, path: Path | undefined, own: Evaluated | undefined): boolean {
    if (typeof value === 'number') return this.number(node, value, path);
    if (typeof value === 'string') return this.string(node, value, path);
    if (isArray(value)) return this.array(node, value, path, own);
    if (isObject(value)) return this.object(node, value, path, own);
    return true;
  }

  private number(node: SchemaNode, value: number, path: Path | undefined): boolean {
    let valid = true;
    if (node.minimum !== undefined && value < node.minimum) {
      valid = this.fail(node, path, 'minimum', `must be at least ${node.minimum}`);
    }
    if (node.maximum !== undefined && value > node.maximum) {
      valid = this.fail(node, path, 'maximum', `must be at most ${node.maximum}`);
    }
    if (node.exclusiveMinimum !== undefined && value <= node.exclusiveMinimum) {
      valid = this.fail(node, path, 'exclusiveMinimum', `must be above ${node.exclusiveMinimum}`);
    }
    if (node.exclusiveMaximum !== undefined && value >= node.exclusiveMaximum) {
      valid = this.fail(node, path, 'exclusiveMaximum', `must be below ${node.exclusiveMaximum}`);
    }
    if (node.multipleOf !== undefined && !isMultipleOf(value, node.multipleOf)) {
      valid = this.fail(node, path, 'multipleOf', `must be a multiple of ${node.multipleOf}`);
    }
    return valid;
  }

  private string(node: SchemaNode, value: string, path: Path | undefined): boolean {
    let valid = true;
    if (node.minLength !== undefined && !isLengthAtLeast(value, node.minLength)) {
      valid = this.fail(node, path, 'minLength', `must have at least ${node.minLength} characters`);
    }
    if (node.maxLength !== undefined && isLengthAtLeast(value, node.maxLength + 1)) {
      valid = this.fail(node, path, 'maxLength', `must have at most ${node.maxLength} characters`);
    }
    if (node.pattern !== undefined) {
      this.spend(value.length * node.pattern.weight);
      if (!node.pattern.test(value))
        valid = this.fail(node, path, 'pattern', `must match ${excerpt(node.pattern.source)}`);
    }
    if (node.format !== undefined) {
      this.spend(value.length * FORMAT_WEIGHT);
      if (!hasFormat(node.format, value))
        valid = this.fail(node, path, 'format', `must be of the format ${node.format}`);
    }
    return valid;
  }

  private array(node: SchemaNode, value: readonly Json[], path: Path | undefined, own: Evaluated | undefined): boolean {
    const { prefixItems, items, minItems, maxItems } = node;
    let valid = true;
    if (minItems !== undefined && value.length < minItems) {
      valid = this.fail(node, path, 'minItems', `must have at least ${minItems} items`);
    }
    if (maxItems !== undefined && value.length > maxItems) {
      valid = this.fail(node, path, 'maxItems', `must have at most ${maxItems} items`);
      if (!this.goesOn) return false;
    }
    if (node.uniqueItems === true && (valid || this.goesOn)) valid = this.unique(node, value, path) && valid;
    const prefix = Math.min(prefixItems?.length ?? 0, value.length);
    const end = items === undefined ? prefix : value.length;
    for (let i = 0; i < end && (valid || this.goesOn); i += 1) {
      const schema = (i < prefix ? prefixItems?.[i] : undefined) ?? items;
      if (schema !== undefined) valid = this.member(schema, value[i] ?? null, i, path, own) && valid;
    }
    if (own !== undefined) own.prefix = Math.max(own.prefix, end);
    if (node.contains !== undefined && (valid || this.goesOn))
      valid = this.contains(node, node.contains, value, path, own) && valid;
    return valid;
  }

  private member(
    schema: SchemaNode,
    value: Json,
    key: string | number,
    path: Path | undefined,
    own: Evaluated | undefined,
  ): boolean {
    // What is said below a member matters only to `declared`, which asks for the whole value.
    const wanted = this.options.undeclared === 'refused' ? own?.at(key) : undefined;
    return this.node(schema, value, { above: path, key }, wanted);
  }

  private unique(node: SchemaNode, value: readonly Json[], path: Path | undefined): boolean {
    const seen = new Map<string, number>();
    for (const [i, item] of value.entries()) {
      const key = equalityKey(item);
      this.spend(1 + (key.length >> 3));
      const earlier = seen.get(key);
      if (earlier !== undefined)
        return this.fail(node, path, 'uniqueItems', `must not repeat item ${earlier} as item ${i}`);
      seen.set(key, i);
    }
    return true;
  }

  private contains(
    node: SchemaNode,
    schema: SchemaNode,
    value: readonly Json[],
    path: Path | undefined,
    own: Evaluated | undefined,
  ): boolean {
    const least = node.minContains ?? 1;
    const most = node.maxContains;
    let count = 0;
    this.quiet += 1;
    for (const [i, item] of value.entries()) {
      if (own === undefined && most === undefined && count >= least) break;
      if (!this.member(schema, item, i, path, own)) continue;
      count += 1;
      own?.items.add(i);
    }
    this.quiet -= 1;
    if (count < least) {
      return this.fail(
        node,
        path,
        node.minContains === undefined ? 'contains' : 'minContains',
        `must contain ${least} matching items`,
      );
    }
    if (most !== undefined && count > most) {
      return this.fail(node, path, 'maxContains', `must contain at most ${most} matching items`);
    }
    return true;
  }

  private object(node: SchemaNode, value: JsonObject, path: Path | undefined, own: Evaluated | undefined): boolean {
    const keys = Object.keys(value);
    let valid = true;
    if (node.minProperties !== undefined && keys.length < node.minProperties) {
      valid = this.fail(node, path, 'minProperties', `must have at least ${node.minProperties} members`);
    }
    if (node.maxProperties !== undefined && keys.length > node.maxProperties) {
      valid = this.fail(node, path, 'maxProperties', `must have at most ${node.maxProperties} members`);
      if (!this.goesOn) return false;
    }
    for (const name of node.required ?? []) {
      if (Object.hasOwn(value, name)) continue;
      valid = this.fail(node, path, 'required', `must have the member ${excerpt(name)}`);
      if (!this.goesOn) return false;
    }
    for (const [name, others] of node.dependentRequired ?? []) {
      const missing = Object.hasOwn(value, name) ? others.find((other) => !Object.hasOwn(value, other)) : undefined;
      if (missing === undefined) continue;
      valid = this.fail(
        node,
        path,
        'dependentRequired',
        `must have the member ${excerpt(missing)} beside ${excerpt(name)}`,
      );
      if (!this.goesOn) return false;
    }
    if (own !== undefined) own.isObjectDescribed = describesObjects(node);
    return (valid || this.goesOn) && this.members(node, value, keys, path, own) && valid;
  }

  private members(
    node: SchemaNode,
    value: JsonObject,
    keys: readonly string[],
    path: Path | undefined,
    own: Evaluated | undefined,
  ): boolean {
    const { properties, patternProperties, additionalProperties, propertyNames } = node;
    if ((properties ?? patternProperties ?? additionalProperties ?? propertyNames) === undefined) return true;
    let valid = true;
    for (const key of keys) {
      if (!valid && !this.goesOn) return false;
      this.spend(1);
      const item = value[key] ?? null;
      if (propertyNames !== undefined) valid = this.node(propertyNames, key, { above: path, key }, undefined) && valid;
      let isNamed = false;
      const named = properties?.get(key);
      if (named !== undefined) {
        isNamed = true;
        valid = this.member(named, item, key, path, own) && valid;
      }
      for (const { pattern, node: schema } of patternProperties ?? []) {
        this.spend(key.length * pattern.weight);
        if (!pattern.test(key)) continue;
        isNamed = true;
        valid = this.member(schema, item, key, path, own) && valid;
      }
      if (!isNamed && additionalProperties !== undefined) {
        if (additionalProperties.always === false) {
          valid = this.fail(node, { above: path, key }, 'additionalProperties', 'is not declared');
        } else {
          valid = this.member(additionalProperties, item, key, path, own) && valid;
        }
        isNamed = !this.isOpen(node, additionalProperties);
      }
      if (isNamed) own?.members.add(key);
    }
    return valid;
  }

  /** Whether further members are merely let in beside declared ones, which in a tool call declares nothing. */
  private isOpen(node: SchemaNode, further: SchemaNode): boolean {
    if (this.options.undeclared === 'allowed' || node.properties === undefined) return false;
    return further.always === true || (isObject(further.json) && Object.keys(further.json).length === 0);
  }

  private applicators(node: SchemaNode, value: Json, path: Path | undefined, own: Evaluated | undefined): boolean {
    let valid = node.ref === undefined || this.node(node.ref, value, path, own);
    for (const schema of node.allOf ?? []) {
      if (!valid && !this.goesOn) return false;
      valid = this.node(schema, value, path, own) && valid;
    }
    if (isObject(value)) {
      for (const [name, schema] of node.dependentSchemas ?? []) {
        if (Object.hasOwn(value, name)) valid = this.node(schema, value, path, own) && valid;
      }
    }
    if (node.anyOf !== undefined && (valid || this.goesOn))
      valid = this.anyOf(node, node.anyOf, value, path, own) && valid;
    if (node.oneOf !== undefined && (valid || this.goesOn))
      valid = this.oneOf(node, node.oneOf, value, path, own) && valid;
    if (node.not !== undefined && (valid || this.goesOn) && this.quietly(node.not, value, path, undefined)) {
      valid = this.fail(node, path, 'not', 'must not match what is excluded');
    }
    if (node.if !== undefined && (valid || this.goesOn)) {
      const branch = this.quietly(node.if, value, path, own) ? node.then : node.else;
      if (branch !== undefined) valid = this.node(branch, value, path, own) && valid;
    }
    return valid;
  }

  private quietly(node: SchemaNode, value: Json, path: Path | undefined, own: Evaluated | undefined): boolean {
    this.quiet += 1;
    const valid = this.node(node, value, path, own);
    this.quiet -= 1;
    return valid;
  }

  private anyOf(
    node: SchemaNode,
    schemas: readonly SchemaNode[],
    value: Json,
    path: Path | undefined,
    own: Evaluated | undefined,
  ): boolean {
    let count = 0;
    for (const schema of schemas) {
      if (this.quietly(schema, value, path, own)) count += 1;
      if (count > 0 && own === undefined) return true;
    }
    return count > 0 || this.fail(node, path, 'anyOf', this.alternatives('at least one', schemas, value));
  }

  private oneOf(
    node: SchemaNode,
    schemas: readonly SchemaNode[],
    value: Json,
    path: Path | undefined,
    own: Evaluated | undefined,
  ): boolean {
    let count = 0;
    for (const schema of schemas) {
      if (this.quietly(schema, value, path, own)) count += 1;
      if (count > 1)
        return this.fail(node, path, 'oneOf', 'must match exactly one of the alternatives and matches several');
    }
    return count === 1 || this.fail(node, path, 'oneOf', this.alternatives('exactly one', schemas, value));
  }

  /** Says why the one alternative that is of the value's type fails, where there is one such. */
  private alternatives(how: string, schemas: readonly SchemaNode[], value: Json): string {
    const text = `must match ${how} of the ${schemas.length} alternatives`;
    const fitting = schemas.filter(
      (schema) => schema.type === undefined || schema.type.some((type) => isOfType(value, type)),
    );
    const only = fitting.length === 1 ? fitting[0] : undefined;
    if (only === undefined || !this.goesOn || this.isReason) return text;
    const errors: SchemaError[] = [];
    const reason = new Walk({ undeclared: 'allowed' }, errors, true);
    reason.fuel = this.fuel;
    reason.node(only, value, undefined, undefined);
    this.fuel = reason.fuel;
    const [first] = errors;
    return first === undefined
      ? text
      : `${text}: ${first.pointer === '' ? 'it' : first.pointer} ${excerpt(first.detail)}`;
  }

  private unevaluated(node: SchemaNode, value: Json, path: Path | undefined, own: Evaluated | undefined): boolean {
    if (own === undefined) return true;
    let valid = true;
    if (node.unevaluatedItems !== undefined && isArray(value)) {
      for (const [i, item] of value.entries()) {
        if (i < own.prefix || own.items.has(i)) continue;
        if (!valid && !this.goesOn) return false;
        valid = this.member(node.unevaluatedItems, item, i, path, own) && valid;
      }
      own.prefix = value.length;
    }
    if (node.unevaluatedProperties !== undefined && isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (own.members.has(key)) continue;
        if (!valid && !this.goesOn) return false;
        valid = this.member(node.unevaluatedProperties, item, key, path, own) && valid;
        if (!this.isOpen(node, node.unevaluatedProperties)) own.members.add(key);
      }
    }
    return valid;
  }
}

function describesObjects(node: SchemaNode): boolean {
  return (
    node.type?.includes('object') === true ||
    (node.properties ??
      node.patternProperties ??
      node.additionalProperties ??
      node.required ??
      node.propertyNames ??
      node.minProperties ??
      node.maxProperties ??
      node.dependentRequired ??
      node.dependentSchemas ??
      node.unevaluatedProperties) !== undefined
  );
}

export function isOfType(value: Json, type: TypeName): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** Whether `text` has at least `least` code points. */
function isLengthAtLeast(text: string, least: number): boolean {
  if (text.length < least) return false;
  if (text.length >= 2 * least) return true;
  let count = 0;
  for (let i = 0; i < text.length && count < least; i += 1, count += 1) {
    if ((text.codePointAt(i) ?? 0) > 0xffff) i += 1;
  }
  return count >= least;
}

function quote(value: Json): string {
  return excerpt(JSON.stringify(value));
}
