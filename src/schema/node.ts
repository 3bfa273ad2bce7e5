import type { Json, JsonObject } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { Pattern } from './patterns.ts';

export type TypeName = 'null' | 'boolean' | 'object' | 'array' | 'number' | 'string' | 'integer';
export const TYPE_NAMES: readonly TypeName[] = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'];

/**
 * One schema of a document, read and with its references resolved: nodes form a graph, in which every cycle passes through a
 * member or an item, so that walking it along a finite value ends. Keywords that are absent are `undefined`.
 */
export interface SchemaNode {
  /** Dense from 0 within a document; the root is 0. */
  readonly id: number;
  readonly pointer: Pointer;
  readonly json: boolean | JsonObject;
  /** Boolean schemas: what they answer, whatever the value. */
  readonly always: boolean | undefined;
  readonly ref: SchemaNode | undefined;

  readonly type: readonly TypeName[] | undefined;
  readonly const: { readonly value: Json } | undefined;
  readonly enum: readonly Json[] | undefined;

  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: number | undefined;
  readonly exclusiveMaximum: number | undefined;
  readonly multipleOf: number | undefined;

  /** In code points. */
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly pattern: Pattern | undefined;
  /** Only where it is asserted and known. */
  readonly format: string | undefined;

  readonly prefixItems: readonly SchemaNode[] | undefined;
  readonly items: SchemaNode | undefined;
  readonly contains: SchemaNode | undefined;
  readonly minContains: number | undefined;
  readonly maxContains: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly uniqueItems: boolean | undefined;
  readonly unevaluatedItems: SchemaNode | undefined;

  readonly properties: ReadonlyMap<string, SchemaNode> | undefined;
  readonly patternProperties: readonly { readonly pattern: Pattern; readonly node: SchemaNode }[] | undefined;
  readonly additionalProperties: SchemaNode | undefined;
  readonly propertyNames: SchemaNode | undefined;
  readonly required: readonly string[] | undefined;
  readonly dependentRequired: ReadonlyMap<string, readonly string[]> | undefined;
  readonly dependentSchemas: ReadonlyMap<string, SchemaNode> | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly unevaluatedProperties: SchemaNode | undefined;

  readonly allOf: readonly SchemaNode[] | undefined;
  readonly anyOf: readonly SchemaNode[] | undefined;
  readonly oneOf: readonly SchemaNode[] | undefined;
  readonly not: SchemaNode | undefined;
  readonly if: SchemaNode | undefined;
  readonly then: SchemaNode | undefined;
  readonly else: SchemaNode | undefined;
}

/** The schemas that `node` applies to the same value as itself. */
export function inPlace(node: SchemaNode): readonly SchemaNode[] {
  return [
    node.ref,
    ...(node.allOf ?? []),
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
    node.not,
    node.if,
    node.then,
    node.else,
    ...(node.dependentSchemas?.values() ?? []),
  ].filter((it) => it !== undefined);
}

/** The schemas that `node` applies to members, items and member names of its value. */
export function below(node: SchemaNode): readonly SchemaNode[] {
  return [
    ...(node.prefixItems ?? []),
    node.items,
    node.contains,
    node.unevaluatedItems,
    ...(node.properties?.values() ?? []),
    ...(node.patternProperties ?? []).map((it) => it.node),
    node.additionalProperties,
    node.propertyNames,
    node.unevaluatedProperties,
  ].filter((it) => it !== undefined);
}

const evaluatorsOf = new WeakMap<SchemaNode, ReadonlySet<SchemaNode>>();

/** Every schema that may say something about members or items of the value of `node`, itself included. */
export function evaluators(node: SchemaNode): ReadonlySet<SchemaNode> {
  let found = evaluatorsOf.get(node);
  if (found === undefined) {
    const walked = new Set([node]);
    for (const it of walked) for (const next of inPlace(it)) walked.add(next);
    evaluatorsOf.set(node, (found = walked));
  }
  return found;
}
