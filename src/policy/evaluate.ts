import type { Json, JsonObject } from '../kernel/json.ts';
import { isArray, isObject, member } from '../kernel/json.ts';
import type { Result } from '../kernel/result.ts';
import { assert, err, ok } from '../kernel/result.ts';
import type { Symbols } from '../expression/symbols.ts';
import type { CedarValue, EntityValue, Outcome, RecordValue } from './model.ts';
import type { Arithmetic, DecimalOrder, Hierarchy, Order, SetRelation } from './operations.ts';
import * as operations from './operations.ts';
import { put } from './unknown.ts';
import { bool, clip, entity, isKnown, parseDecimal, set } from './values.ts';

/**
 * Cedar's policies in Cedar's own JSON form (the "EST" that `policyToJson` gives), compiled to closures. This file says
 * which operands are evaluated, in which order, and what an error in one means for the whole, as the Cedar language
 * reference has it; `operations.ts` says what the operators mean. Whatever is not named here is refused when the policy is loaded.
 */

/** What a policy is evaluated over. */
export interface Environment extends Hierarchy {
  readonly principal: EntityValue;
  readonly resource: EntityValue;
  readonly context: RecordValue;
  /** The only place where evaluation branches on a value; concrete values answer it themselves. */
  readonly decide: (condition: Condition) => boolean;
  /** The driver of values that are not known; concrete ones never ask for it. */
  readonly symbols: () => Symbols;
}

type Condition = Extract<CedarValue, { kind: 'bool' | 'question' }>;
type Code = (environment: Environment) => Outcome;

export interface CompiledPolicy {
  readonly effect: 'permit' | 'forbid';
  readonly annotations: ReadonlyMap<string, string>;
  /** Whether the scope's action part holds. Never an error. */
  readonly appliesTo: (hierarchy: Hierarchy) => boolean;
  /** Whether the policy is satisfied: the rest of the scope, then every `when` and no `unless`, left to right. */
  readonly satisfied: Code;
}

/** Deeper policies are refused, so that no policy can exhaust the stack. */
const MAX_DEPTH = 200;

/** Why a policy is not ours to evaluate. */
class Refused extends Error {
  override readonly name = 'Refused';
}

/** Compiles one policy in JSON form. The error names the construct that is not supported. */
export function compilePolicy(policy: JsonObject): Result<CompiledPolicy, string> {
  try {
    const { effect } = policy;
    if (effect !== 'permit' && effect !== 'forbid') throw new Refused('an effect that is neither permit nor forbid');
    const principal = scope(objectAt(policy, 'principal'), (environment) => environment.principal);
    const resource = scope(objectAt(policy, 'resource'), (environment) => environment.resource);
    const conditions = arrayAt(policy, 'conditions').map((clause) => condition(clause));
    const satisfied = [principal, resource, ...conditions].reduceRight<Code>(
      (rest, first) => and(first, rest),
      () => bool(true),
    );
    return ok({
      effect,
      annotations: annotationsOf(policy),
      appliesTo: actionScope(objectAt(policy, 'action')),
      satisfied,
    });
  } catch (error) {
    if (error instanceof Refused) return err(error.message);
    throw error;
  }
}

function annotationsOf(policy: JsonObject): ReadonlyMap<string, string> {
  const annotations = member(policy, 'annotations');
  if (!isObject(annotations)) return new Map();
  return new Map(Object.entries(annotations).map(([name, value]) => [name, typeof value === 'string' ? value : '']));
}

function scope(constraint: JsonObject, subject: (environment: Environment) => EntityValue): Code {
  const op = member(constraint, 'op');
  switch (op) {
    case 'All':
      return () => bool(true);
    case '==':
    case 'in': {
      const ancestor = scopeEntity(constraint);
      return op === '=='
        ? (environment) => operations.equality(subject(environment), ancestor)
        : (environment) => bool(operations.below(subject(environment), ancestor, environment));
    }
    case 'is': {
      const type = textAt(constraint, 'entity_type');
      const within = member(constraint, 'in');
      if (within === undefined) return (environment) => bool(subject(environment).type === type);
      if (!isObject(within)) throw new Refused('a scope without an entity');
      const ancestor = scopeEntity(within);
      return (environment) => {
        const found = subject(environment);
        return bool(found.type === type && operations.below(found, ancestor, environment));
      };
    }
    default:
      throw new Refused(`the scope operator ${JSON.stringify(op ?? null)}`);
  }
}

function actionScope(constraint: JsonObject): (hierarchy: Hierarchy) => boolean {
  const op = member(constraint, 'op');
  switch (op) {
    case 'All':
      return () => true;
    case '==': {
      const only = scopeEntity(constraint);
      return ({ action }) => action.type === only.type && action.id === only.id;
    }
    case 'in': {
      const listed = member(constraint, 'entities');
      const ancestors = isArray(listed) ? listed.map((item) => entityOf(item)) : [scopeEntity(constraint)];
      return (hierarchy) => ancestors.some((ancestor) => operations.below(hierarchy.action, ancestor, hierarchy));
    }
    default:
      throw new Refused(`the scope operator ${JSON.stringify(op ?? null)}`);
  }
}

function scopeEntity(constraint: JsonObject): EntityValue {
  if (member(constraint, 'slot') !== undefined) throw new Refused('a template slot');
  return entityOf(member(constraint, 'entity'));
}

function entityOf(json: Json | undefined): EntityValue {
  if (!isObject(json)) throw new Refused('a scope without an entity');
  const uid = member(json, '__entity') ?? json;
  if (!isObject(uid)) throw new Refused('a malformed entity');
  return entity(textAt(uid, 'type'), textAt(uid, 'id'));
}

function condition(clause: Json): Code {
  if (!isObject(clause)) throw new Refused('a malformed condition');
  const body = expression(member(clause, 'body'), 0);
  switch (member(clause, 'kind')) {
    case 'when':
      return body;
    case 'unless':
      return (environment) => {
        const value = body(environment);
        return value.kind === 'error' ? value : operations.not(value);
      };
    default:
      throw new Refused('a condition that is neither when nor unless');
  }
}

function expression(json: Json | undefined, depth: number): Code {
  if (depth > MAX_DEPTH) throw new Refused(`expressions deeper than ${MAX_DEPTH}`);
  if (!isObject(json)) throw new Refused('a malformed expression');
  const [entry, ...more] = Object.entries(json);
  if (entry === undefined || more.length > 0) throw new Refused('a malformed expression');
  const [operator, operand] = entry;
  const next = depth + 1;
  switch (operator) {
    case 'Value': {
      const value = literal(operand, depth);
      return () => value;
    }
    case 'Var':
      return variable(operand);
    case 'Slot':
      throw new Refused('a template slot');
    case '!':
      return unary(operand, next, operations.not);
    case 'neg':
      return unary(operand, next, (value, { symbols }) => operations.negate(value, symbols));
    case 'isEmpty':
      return unary(operand, next, operations.isEmpty);
    case '==':
      return binary(operand, next, operations.equality);
    case '!=':
      return binary(operand, next, (a, b) => {
        const equal = operations.equality(a, b);
        return equal.kind === 'error' ? equal : operations.not(equal);
      });
    case '<':
    case '<=':
    case '>':
    case '>=':
      return binary(operand, next, comparison(operator));
    case '+':
    case '-':
    case '*':
      return binary(operand, next, calculation(operator));
    case 'contains':
    case 'containsAll':
    case 'containsAny':
      return binary(operand, next, relation(operator));
    case 'in':
      return binary(operand, next, isIn);
    case '&&': {
      const sides = objectOf(operand);
      return and(expression(member(sides, 'left'), next), expression(member(sides, 'right'), next));
    }
    case '||': {
      const sides = objectOf(operand);
      return or(expression(member(sides, 'left'), next), expression(member(sides, 'right'), next));
    }
    case 'if-then-else': {
      const parts = objectOf(operand);
      return choose(
        expression(member(parts, 'if'), next),
        expression(member(parts, 'then'), next),
        expression(member(parts, 'else'), next),
      );
    }
    case '.': {
      const parts = objectOf(operand);
      const left = expression(member(parts, 'left'), next);
      const name = textAt(parts, 'attr');
      return (environment) => {
        const value = left(environment);
        return value.kind === 'error' ? value : operations.attribute(value, name);
      };
    }
    case 'has':
      return has(objectOf(operand), next);
    case 'like': {
      const parts = objectOf(operand);
      const left = expression(member(parts, 'left'), next);
      const pieces = patternPieces(arrayAt(parts, 'pattern'));
      return (environment) => {
        const value = left(environment);
        return value.kind === 'error' ? value : operations.like(value, pieces);
      };
    }
    case 'is':
      return isExpression(objectOf(operand), next);
    case 'Set':
      return setExpression(operand, next);
    case 'Record':
      return recordExpression(objectOf(operand), next);
    case 'decimal': {
      const [argument, ...others] = callArguments(operand);
      if (argument === undefined || others.length > 0) throw new Refused('decimal without one argument');
      const code = expression(argument, next);
      return (environment) => {
        const value = code(environment);
        return value.kind === 'error' ? value : operations.toDecimal(value, environment.symbols);
      };
    }
    case 'lessThan':
    case 'lessThanOrEqual':
    case 'greaterThan':
    case 'greaterThanOrEqual': {
      const [left, right, ...others] = callArguments(operand);
      if (right === undefined || others.length > 0) throw new Refused(`${operator} without two operands`);
      return binary({ left: left ?? null, right }, next, decimalComparison(operator));
    }
    default:
      throw new Refused(`the operator ${clip(operator)}`);
  }
}

function calculation(operator: Arithmetic): (a: CedarValue, b: CedarValue, environment: Environment) => Outcome {
  return (a, b, { symbols }) => operations.arithmetic(operator, a, b, symbols);
}

function isIn(value: CedarValue, other: CedarValue, environment: Environment): Outcome {
  return operations.isIn(value, other, environment, environment.symbols);
}

function comparison(operator: Order): (a: CedarValue, b: CedarValue) => Outcome {
  return (a, b) => operations.order(operator, a, b);
}

function decimalComparison(operator: DecimalOrder): (a: CedarValue, b: CedarValue) => Outcome {
  return (a, b) => operations.decimalOrder(operator, a, b);
}

function relation(operator: SetRelation): (a: CedarValue, b: CedarValue) => Outcome {
  return (a, b) => operations.setRelation(operator, a, b);
}

function literal(json: Json | undefined, depth: number): CedarValue {
  if (depth > MAX_DEPTH) throw new Refused(`values deeper than ${MAX_DEPTH}`);
  if (typeof json === 'boolean') return bool(json);
  if (typeof json === 'string') return { kind: 'string', value: json };
  if (typeof json === 'number') {
    // The engine's JSON rounds what a double cannot hold: such a literal would no longer be the one that was written.
    if (!Number.isSafeInteger(json)) throw new Refused('an integer literal beyond 2^53');
    return { kind: 'long', value: BigInt(json) };
  }
  if (isArray(json)) return set(json.map((item) => literal(item, depth + 1)));
  if (!isObject(json)) throw new Refused('a null literal');
  const uid = member(json, '__entity');
  if (uid !== undefined) return entityOf(uid);
  const extension = member(json, '__extn');
  if (extension !== undefined) return extensionLiteral(objectOf(extension));
  return {
    kind: 'record',
    fields: new Map(Object.entries(json).map(([name, value]) => [name, literal(value, depth + 1)])),
  };
}

function extensionLiteral(call: JsonObject): CedarValue {
  const name = member(call, 'fn');
  const argument = member(call, 'arg');
  if (name !== 'decimal' || typeof argument !== 'string') {
    throw new Refused(`the extension ${JSON.stringify(name ?? null)}`);
  }
  const value = parseDecimal(argument);
  if (value.kind === 'error') throw new Refused(value.detail);
  return value;
}

function variable(name: Json): Code {
  switch (name) {
    case 'principal':
      return (environment) => environment.principal;
    case 'action':
      return (environment) => environment.action;
    case 'resource':
      return (environment) => environment.resource;
    case 'context':
      return (environment) => environment.context;
    default:
      throw new Refused(`the variable ${JSON.stringify(name)}`);
  }
}

function unary(operand: Json, depth: number, apply: (value: CedarValue, environment: Environment) => Outcome): Code {
  const argument = expression(member(objectOf(operand), 'arg'), depth);
  return (environment) => {
    const value = argument(environment);
    return value.kind === 'error' ? value : apply(value, environment);
  };
}

function binary(
  operand: Json,
  depth: number,
  apply: (a: CedarValue, b: CedarValue, environment: Environment) => Outcome,
): Code {
  const sides = objectOf(operand);
  const left = expression(member(sides, 'left'), depth);
  const right = expression(member(sides, 'right'), depth);
  return (environment) => {
    const a = left(environment);
    if (a.kind === 'error') return a;
    const b = right(environment);
    return b.kind === 'error' ? b : apply(a, b, environment);
  };
}

function mustBeBool(value: Outcome): Outcome {
  return value.kind === 'error' || value.kind === 'bool' || value.kind === 'question'
    ? value
    : operations.wrongType('bool', value);
}

function isCondition(value: Outcome): value is Condition {
  return value.kind === 'bool' || value.kind === 'question';
}

function and(left: Code, right: Code): Code {
  return (environment) => {
    const value = mustBeBool(left(environment));
    if (!isCondition(value)) return value;
    return environment.decide(value) ? mustBeBool(right(environment)) : bool(false);
  };
}

function or(left: Code, right: Code): Code {
  return (environment) => {
    const value = mustBeBool(left(environment));
    if (!isCondition(value)) return value;
    return environment.decide(value) ? bool(true) : mustBeBool(right(environment));
  };
}

function choose(test: Code, then: Code, otherwise: Code): Code {
  return (environment) => {
    const value = mustBeBool(test(environment));
    if (!isCondition(value)) return value;
    return environment.decide(value) ? then(environment) : otherwise(environment);
  };
}

/** `e has a.b.c` is `e has a && e.a has b && e.a.b has c`. */
function has(parts: JsonObject, depth: number): Code {
  const left = expression(member(parts, 'left'), depth);
  const attr = member(parts, 'attr');
  const path = isArray(attr) ? attr.map((name) => textOf(name)) : [textOf(attr)];
  return (environment) => {
    let value = left(environment);
    let found: Outcome = bool(true);
    for (const [index, name] of path.entries()) {
      if (value.kind === 'error') return value;
      found = operations.hasAttribute(value, name);
      if (!isCondition(found) || !environment.decide(found)) return found;
      if (index < path.length - 1) value = operations.attribute(value, name);
    }
    return found;
  };
}

/** `e is T in f` is `e is T && e in f`. */
function isExpression(parts: JsonObject, depth: number): Code {
  const left = expression(member(parts, 'left'), depth);
  const type = textAt(parts, 'entity_type');
  const within = member(parts, 'in');
  const test: Code = (environment) => {
    const value = left(environment);
    return value.kind === 'error' ? value : operations.isOfType(value, type);
  };
  return within === undefined
    ? test
    : and(test, binary({ left: member(parts, 'left') ?? null, right: within }, depth, isIn));
}

function setExpression(operand: Json, depth: number): Code {
  if (!isArray(operand)) throw new Refused('a malformed set');
  const items = operand.map((item) => expression(item, depth));
  return (environment) => {
    const values: CedarValue[] = [];
    for (const item of items) {
      const value = item(environment);
      if (value.kind === 'error') return value;
      values.push(isKnown(value) ? value : put(environment.symbols(), value));
    }
    return set(values);
  };
}

function recordExpression(operand: JsonObject, depth: number): Code {
  const fields = Object.entries(operand).map(([name, field]) => [name, expression(field, depth)] as const);
  return (environment) => {
    const values = new Map<string, CedarValue>();
    for (const [name, field] of fields) {
      const value = field(environment);
      if (value.kind === 'error') return value;
      values.set(name, value);
    }
    return { kind: 'record', fields: values };
  };
}

/** The literal pieces between the wildcards of a pattern, the empty ones at its ends included. */
function patternPieces(pattern: readonly Json[]): readonly string[] {
  const pieces = [''];
  for (const element of pattern) {
    if (element === 'Wildcard') pieces.push('');
    else pieces[pieces.length - 1] += textAt(objectOf(element), 'Literal');
  }
  return pieces;
}

function callArguments(operand: Json): readonly Json[] {
  if (!isArray(operand)) throw new Refused('a malformed call');
  return operand;
}

function objectOf(json: Json): JsonObject {
  if (!isObject(json)) throw new Refused('a malformed expression');
  return json;
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = member(parent, key);
  if (!isObject(value)) throw new Refused(`a policy without ${key}`);
  return value;
}

function arrayAt(parent: JsonObject, key: string): readonly Json[] {
  const value = member(parent, key);
  if (!isArray(value)) throw new Refused(`a policy without ${key}`);
  return value;
}

function textAt(parent: JsonObject, key: string): string {
  return textOf(member(parent, key));
}

function textOf(json: Json | undefined): string {
  if (typeof json !== 'string') throw new Refused('a malformed name');
  return json;
}

/** The environment of a request; `symbols` of a driver whose values may be unknown. */
export function environmentOf(
  request: {
    readonly principal: EntityValue;
    readonly action: EntityValue;
    readonly resource: EntityValue;
    readonly groups: readonly string[];
    readonly context: RecordValue;
  },
  symbols: Symbols | undefined,
): Environment {
  const { principal, action, resource, groups, context } = request;
  const asked = (): Symbols => {
    assert(symbols !== undefined, 'only a driver of unknown values has them');
    return symbols;
  };
  const decide = (condition: Condition): boolean =>
    condition.kind === 'bool' ? condition.value : condition.ask(asked());
  return { principal, action, resource, groups, context, decide, symbols: asked };
}
