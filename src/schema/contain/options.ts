import type { Json } from '../../kernel/json.ts';
import { type Clause, must, mustNot } from '../generate/demand.ts';
import { type Kind, kindOf } from '../generate/facts.ts';
import { evaluators, type SchemaNode, type TypeName } from '../node.ts';
import { compilePattern, type Pattern } from '../patterns.ts';
import type { Branch } from './branch.ts';

/** One of several ways: what it adds to a branch, and what is still to be read. */
export interface Option {
  readonly apply?: (branch: Branch) => void;
  readonly clauses?: readonly Clause[];
}

/** What a schema says about values of one kind: to be added at once, and choices of which one way must hold. */
export interface Reading {
  readonly clauses: readonly Clause[];
  readonly choices: readonly (readonly Option[])[];
}

export const IMPOSSIBLE: Reading = { clauses: [], choices: [[]] };
const NOTHING: Reading = { clauses: [], choices: [] };

/** Reads a schema that a value of the kind matches; plain conditions go into the branch. */
export function readPositive(node: SchemaNode, kind: Kind, branch: Branch): Reading {
  if (node.always !== undefined) return node.always ? NOTHING : IMPOSSIBLE;
  const integer = node.type === undefined ? undefined : typeFit(node.type, kind);
  if (integer === 'none') return IMPOSSIBLE;
  if (integer === 'integers') branch.multiples = [...branch.multiples, 1];
  if (node.const !== undefined) branch.allow([node.const.value].filter((it) => kindOf(it) === kind));
  if (node.enum !== undefined) branch.allow(node.enum.filter((it) => kindOf(it) === kind));
  if (kind === 'number') addNumber(node, branch);
  if (kind === 'string') addString(node, branch);
  if (kind === 'array') addArray(node, branch);
  if (kind === 'object') addObject(node, branch);
  return applicators(node, kind);
}

function typeFit(types: readonly TypeName[], kind: Kind): 'all' | 'integers' | 'none' {
  if (types.includes(kind)) return 'all';
  return kind === 'number' && types.includes('integer') ? 'integers' : 'none';
}

function addNumber(node: SchemaNode, branch: Branch): void {
  if (node.minimum !== undefined) branch.atLeast(node.minimum, false);
  if (node.maximum !== undefined) branch.atMost(node.maximum, false);
  if (node.exclusiveMinimum !== undefined) branch.atLeast(node.exclusiveMinimum, true);
  if (node.exclusiveMaximum !== undefined) branch.atMost(node.exclusiveMaximum, true);
  if (node.multipleOf !== undefined) branch.multiples = [...branch.multiples, node.multipleOf];
}

function addString(node: SchemaNode, branch: Branch): void {
  branch.minLength = Math.max(branch.minLength, node.minLength ?? 0);
  branch.maxLength = Math.min(branch.maxLength, node.maxLength ?? Infinity);
  if (node.pattern !== undefined) branch.patterns = [...branch.patterns, node.pattern];
  if (node.format !== undefined) branch.formats = [...branch.formats, node.format];
}

function addArray(node: SchemaNode, branch: Branch): void {
  branch.minItems = Math.max(branch.minItems, node.minItems ?? 0);
  branch.maxItems = Math.min(branch.maxItems, node.maxItems ?? Infinity);
  branch.isUnique ||= node.uniqueItems === true;
  const rest = node.items ?? (isOnlyEvaluator(node) ? node.unevaluatedItems : undefined);
  if ((node.prefixItems ?? rest) !== undefined)
    branch.arrays = [...branch.arrays, { prefix: node.prefixItems ?? [], rest }];
  if (node.contains !== undefined) {
    const counted = { node: node.contains, min: node.minContains ?? 1, max: node.maxContains ?? Infinity };
    branch.contains = [...branch.contains, counted];
    branch.minItems = Math.max(branch.minItems, counted.min);
  }
}

/** Whether nothing but the schema's own items says which items are evaluated, so that `unevaluatedItems` is as good as `items`. */
function isOnlyEvaluator(node: SchemaNode): boolean {
  const others = [...evaluators(node)].filter((it) => it !== node);
  const speaks = (it: SchemaNode): boolean =>
    (it.prefixItems ?? it.items ?? it.contains ?? it.unevaluatedItems) !== undefined;
  return node.contains === undefined && !others.some(speaks);
}

function addObject(node: SchemaNode, branch: Branch): void {
  branch.minProperties = Math.max(branch.minProperties, node.minProperties ?? 0);
  branch.maxProperties = Math.min(branch.maxProperties, node.maxProperties ?? Infinity);
  for (const name of node.required ?? []) branch.require(name);
  if (node.propertyNames !== undefined) branch.names = [...branch.names, must(node.propertyNames)];
  if (
    (node.properties ?? node.patternProperties ?? node.additionalProperties ?? node.unevaluatedProperties) !== undefined
  ) {
    branch.objects = [...branch.objects, node];
  }
}

function applicators(node: SchemaNode, kind: Kind): Reading {
  const clauses: Clause[] = [];
  const choices: (readonly Option[])[] = [];
  if (node.ref !== undefined) clauses.push(must(node.ref));
  for (const it of node.allOf ?? []) clauses.push(must(it));
  if (node.not !== undefined) clauses.push(mustNot(node.not));
  if (node.anyOf !== undefined) choices.push(node.anyOf.map((it) => ({ clauses: [must(it)] })));
  if (node.oneOf !== undefined) choices.push(exactlyOne(node.oneOf));
  if (node.if !== undefined && (node.then ?? node.else) !== undefined) {
    choices.push([
      { clauses: [must(node.if), ...(node.then === undefined ? [] : [must(node.then)])] },
      { clauses: [mustNot(node.if), ...(node.else === undefined ? [] : [must(node.else)])] },
    ]);
  }
  if (kind === 'object') {
    for (const [name, others] of node.dependentRequired ?? [])
      choices.push([without(name), withMembers([name, ...others])]);
    for (const [name, it] of node.dependentSchemas ?? []) {
      choices.push([without(name), { ...withMembers([name]), clauses: [must(it)] }]);
    }
  }
  return { clauses, choices };
}

function exactlyOne(list: readonly SchemaNode[]): readonly Option[] {
  return list.map((it, i) => ({ clauses: [must(it), ...list.filter((_, j) => j !== i).map(mustNot)] }));
}

function without(name: string): Option {
  return { apply: (branch) => void (branch.absent = [...branch.absent, name]) };
}

function withMembers(names: readonly string[]): Option {
  return {
    apply: (branch) => {
      for (const name of names) branch.require(name);
    },
  };
}

/** Reads a schema that a value of the kind does not match: the ways not to. Without any, there is no such value. */
export function readNegative(node: SchemaNode, kind: Kind): Reading {
  if (node.always !== undefined) return node.always ? IMPOSSIBLE : NOTHING;
  const fit = node.type === undefined ? 'all' : typeFit(node.type, kind);
  if (fit === 'none') return NOTHING;
  const ways: Option[] = [];
  if (fit === 'integers') ways.push(set((branch) => (branch.notMultiples = [...branch.notMultiples, 1])));
  if (node.const !== undefined) ways.push(...constantWays([node.const.value], kind));
  if (node.enum !== undefined) ways.push(...constantWays(node.enum, kind));
  if (kind === 'number') ways.push(...numberWays(node));
  if (kind === 'string') ways.push(...stringWays(node));
  if (kind === 'array') ways.push(...arrayWays(node));
  if (kind === 'object') ways.push(...objectWays(node));
  ways.push(...applicatorWays(node));
  return { clauses: [], choices: [ways] };
}

function set(change: (branch: Branch) => unknown): Option {
  return { apply: (branch) => void change(branch) };
}

/** Constants that are written into a pattern, so many and so long at most. */
const LITERAL = { count: 30, length: 60 };

/** Not to be one of some constants. */
function constantWays(constants: readonly Json[], kind: Kind): readonly Option[] {
  const few = allOfKind(kind)?.filter((it) => !constants.includes(it));
  if (few !== undefined) return few.length === 0 ? [] : [set((branch) => branch.allow(few))];
  const texts = constants.filter((it) => typeof it === 'string').filter((it) => it.length <= LITERAL.length);
  const patterns = kind === 'string' ? texts.slice(0, LITERAL.count).flatMap(literal) : [];
  return [set((branch) => (branch.notPatterns = [...branch.notPatterns, ...patterns]))];
}

/** The pattern of one text, where there is one. */
export function literal(text: string): readonly Pattern[] {
  const compiled = compilePattern(`^${text.replaceAll(/[$()*+./?[\\\]^{|}]/gu, String.raw`\$&`)}$`);
  return compiled.ok ? [compiled.value] : [];
}

function numberWays(node: SchemaNode): readonly Option[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = node;
  const ways: Option[] = [];
  if (minimum !== undefined) ways.push(set((branch) => branch.atMost(minimum, true)));
  if (maximum !== undefined) ways.push(set((branch) => branch.atLeast(maximum, true)));
  if (exclusiveMinimum !== undefined) ways.push(set((branch) => branch.atMost(exclusiveMinimum, false)));
  if (exclusiveMaximum !== undefined) ways.push(set((branch) => branch.atLeast(exclusiveMaximum, false)));
  if (multipleOf !== undefined)
    ways.push(set((branch) => (branch.notMultiples = [...branch.notMultiples, multipleOf])));
  return ways;
}

function stringWays(node: SchemaNode): readonly Option[] {
  const { minLength, maxLength, pattern, format } = node;
  const ways: Option[] = [];
  if (minLength !== undefined)
    ways.push(set((branch) => (branch.maxLength = Math.min(branch.maxLength, minLength - 1))));
  if (maxLength !== undefined)
    ways.push(set((branch) => (branch.minLength = Math.max(branch.minLength, maxLength + 1))));
  if (pattern !== undefined) ways.push(set((branch) => (branch.notPatterns = [...branch.notPatterns, pattern])));
  if (format !== undefined) ways.push(set((branch) => (branch.notFormats = [...branch.notFormats, format])));
  return ways;
}

function arrayWays(node: SchemaNode): readonly Option[] {
  const { minItems, maxItems, prefixItems, items, contains, uniqueItems, unevaluatedItems } = node;
  const ways: Option[] = [];
  if (minItems !== undefined) ways.push(set((branch) => (branch.maxItems = Math.min(branch.maxItems, minItems - 1))));
  if (maxItems !== undefined) ways.push(set((branch) => (branch.minItems = Math.max(branch.minItems, maxItems + 1))));
  if (uniqueItems === true) ways.push(set((branch) => repeats(branch)));
  for (const [index, it] of (prefixItems ?? []).entries()) {
    ways.push(
      set((branch) => {
        branch.itemAt = [...branch.itemAt, { index, clause: mustNot(it) }];
        branch.minItems = Math.max(branch.minItems, index + 1);
      }),
    );
  }
  if (items !== undefined) ways.push(someItem(prefixItems?.length ?? 0, items));
  // Which items are not evaluated is not followed: some item breaks the schema.
  if (unevaluatedItems !== undefined)
    ways.push(someItem(items === undefined ? (prefixItems?.length ?? 0) : 0, unevaluatedItems));
  if (contains !== undefined) {
    const { minContains = 1, maxContains } = node;
    if (minContains > 0) ways.push(counts(contains, 0, minContains - 1));
    if (maxContains !== undefined) ways.push(counts(contains, maxContains + 1, Infinity));
  }
  return ways;
}

function repeats(branch: Branch): void {
  branch.minItems = Math.max(branch.minItems, branch.isUnique ? Infinity : 2);
}

function someItem(from: number, node: SchemaNode): Option {
  return set((branch) => {
    branch.someItem = [...branch.someItem, { from, clause: mustNot(node) }];
    branch.minItems = Math.max(branch.minItems, from + 1);
  });
}

function counts(node: SchemaNode, min: number, max: number): Option {
  return set((branch) => {
    branch.contains = [...branch.contains, { node, min, max }];
    branch.minItems = Math.max(branch.minItems, min);
  });
}

function objectWays(node: SchemaNode): readonly Option[] {
  const { minProperties, maxProperties, required, properties, patternProperties, additionalProperties, propertyNames } =
    node;
  const ways: Option[] = [];
  if (minProperties !== undefined)
    ways.push(set((branch) => (branch.maxProperties = Math.min(branch.maxProperties, minProperties - 1))));
  if (maxProperties !== undefined)
    ways.push(set((branch) => (branch.minProperties = Math.max(branch.minProperties, maxProperties + 1))));
  for (const name of required ?? []) ways.push(without(name));
  for (const [name, it] of properties ?? []) ways.push(memberBreaks(name, it));
  for (const { pattern, node: it } of patternProperties ?? []) {
    ways.push(someMember({ pattern, undeclaredIn: [], name: undefined, clause: mustNot(it) }));
  }
  if (additionalProperties !== undefined) {
    ways.push(
      someMember({ pattern: undefined, undeclaredIn: [node], name: undefined, clause: mustNot(additionalProperties) }),
    );
  }
  if (node.unevaluatedProperties !== undefined) {
    // The schemas that always apply beside it can be taken to hold: that they do not is another way.
    const beside = mandatory(node);
    const some = someMember({
      pattern: undefined,
      undeclaredIn: beside,
      name: undefined,
      clause: mustNot(node.unevaluatedProperties),
    });
    if (beside.every((it) => it.additionalProperties === undefined))
      ways.push({ ...some, clauses: beside.slice(1).map(must) });
  }
  if (propertyNames !== undefined) {
    ways.push(someMember({ pattern: undefined, undeclaredIn: [], name: mustNot(propertyNames), clause: undefined }));
  }
  for (const [name, others] of node.dependentRequired ?? []) {
    for (const other of others) ways.push(both(withMembers([name]), without(other)));
  }
  for (const [name, it] of node.dependentSchemas ?? []) ways.push({ ...withMembers([name]), clauses: [mustNot(it)] });
  return ways;
}

/** The schema and those that apply whenever it does. */
function mandatory(node: SchemaNode): readonly SchemaNode[] {
  return [node, ...[node.ref, ...(node.allOf ?? [])].filter((it) => it !== undefined).flatMap(mandatory)];
}

function memberBreaks(name: string, node: SchemaNode): Option {
  return set((branch) => {
    branch.require(name);
    branch.memberAt = [...branch.memberAt, { name, clause: mustNot(node) }];
  });
}

function someMember(some: Branch['someMember'][number]): Option {
  return set((branch) => {
    branch.someMember = [...branch.someMember, some];
    branch.minProperties = Math.max(branch.minProperties, 1);
  });
}

function both(a: Option, b: Option): Option {
  return {
    apply: (branch) => {
      a.apply?.(branch);
      b.apply?.(branch);
    },
  };
}

function applicatorWays(node: SchemaNode): readonly Option[] {
  const ways: Option[] = [];
  if (node.ref !== undefined) ways.push({ clauses: [mustNot(node.ref)] });
  for (const it of node.allOf ?? []) ways.push({ clauses: [mustNot(it)] });
  if (node.not !== undefined) ways.push({ clauses: [must(node.not)] });
  if (node.anyOf !== undefined) ways.push({ clauses: node.anyOf.map(mustNot) });
  if (node.oneOf !== undefined) ways.push(...notExactlyOne(node.oneOf));
  if (node.if !== undefined && node.then !== undefined) ways.push({ clauses: [must(node.if), mustNot(node.then)] });
  if (node.if !== undefined && node.else !== undefined) ways.push({ clauses: [mustNot(node.if), mustNot(node.else)] });
  return ways;
}

function notExactlyOne(list: readonly SchemaNode[]): readonly Option[] {
  const pairs = list.flatMap((a, i) => list.slice(i + 1).map((b) => ({ clauses: [must(a), must(b)] })));
  return [{ clauses: list.map(mustNot) }, ...pairs];
}

/** Every value of the kind, where there are few. */
export function allOfKind(kind: Kind): readonly Json[] | undefined {
  if (kind === 'null') return [null];
  return kind === 'boolean' ? [false, true] : undefined;
}
