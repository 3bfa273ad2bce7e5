import { must } from '../schema/generate/demand.ts';
import type { Schema } from '../schema/compile.ts';
import type { SchemaNode } from '../schema/node.ts';
import { lower } from '../value/concrete.ts';
import type { Symbols } from '../expression/symbols.ts';
import type { Value } from '../value/value.ts';
import type { Knowledge } from './knowledge.ts';
import { asNode, compose, idOf, isBare, isEmpty, keyed, nodeOfText, NOTHING, OBJECT_KEYWORDS } from './facts.ts';

/** Where what is known of unknowns is asked: the path that is being explored. */
interface Path extends Pick<Symbols, 'bounds' | 'kinds'> {
  readonly knowledge: Knowledge;
}

/** A schema that every value takes which the given one can stand for on this path. */
export function describe(path: Path, value: Value): SchemaNode {
  switch (value.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return nodeOfText(JSON.stringify({ const: lower(value) }));
    case 'array': {
      const size = value.items.length;
      const prefixItems = value.items.map((item) => describe(path, item));
      return keyed(`array ${prefixItems.map(idOf).join()}`, () =>
        compose({ type: ['array'], prefixItems, minItems: size, maxItems: size }),
      );
    }
    case 'object': {
      const properties = new Map([...value.fields].map(([name, field]) => [name, describe(path, field)]));
      return keyed(`object ${keyOf(properties)}`, () =>
        compose({
          type: ['object'],
          properties,
          required: [...value.fields.keys()],
          additionalProperties: NOTHING,
        }),
      );
    }
    case 'list': {
      const { low, high } = path.bounds(value.length);
      const some = value.items.map((item) => describe(path, item));
      const [only, ...others] = some;
      return keyed(`list ${low} ${high} ${some.map(idOf).join()}`, () =>
        compose({
          type: ['array'],
          items: only === undefined ? NOTHING : others.length === 0 ? only : compose({ anyOf: some }),
          ...(Number.isFinite(low) && low > 0 ? { minItems: low } : {}),
          ...(Number.isFinite(high) ? { maxItems: high } : {}),
        }),
      );
    }
    case 'symbol': {
      const demand = path.knowledge.demandOf(value.term);
      if (value.members === undefined) return asNode(demand);
      const { known, open } = value.members;
      const properties = new Map([...known].map(([name, member]) => [name, describe(path, member.value)]));
      const required = [...known].flatMap(([name, { present }]) =>
        present === undefined || path.knowledge.answer(present) === true ? [name] : [],
      );
      const shape = keyed(`members ${open} ${required.join()} ${keyOf(properties)}`, () =>
        compose({ type: ['object'], properties, required, ...(open ? {} : { additionalProperties: NOTHING }) }),
      );
      return asNode([...demand, must(shape)]);
    }
  }
}

function keyOf(properties: ReadonlyMap<string, SchemaNode>): string {
  return JSON.stringify([...properties].map(([name, node]) => [name, idOf(node)]));
}

/** Whether every member anywhere in a value is declared by the schema that speaks of its object, as far as that is plain. */
export function isDeclared(path: Path, schema: SchemaNode | undefined, value: Value): boolean {
  const node = schema?.ref ?? schema;
  const isMember = (name: string, member: Value): boolean => {
    const declared = node?.properties?.get(name);
    return declared !== undefined && isDeclared(path, declared, member);
  };
  switch (value.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return true;
    case 'array':
    case 'list':
      return value.items.every((item) => isDeclared(path, node?.items, item));
    case 'object':
      return [...value.fields].every(([name, field]) => isMember(name, field));
    case 'symbol': {
      if (value.members !== undefined)
        return !value.members.open && [...value.members.known].every(([name, member]) => isMember(name, member.value));
      const mayHold = path.kinds(value.term).some((kind) => kind === 'object' || kind === 'array');
      return !mayHold || (node !== undefined && isClosed(node));
    }
  }
}

/** Whether the schema itself refuses what it does not declare, at every level. */
function isClosed(node: SchemaNode): boolean {
  const types = node.type ?? [];
  if (types.length === 0) return false;
  const isObjectClosed = node.additionalProperties !== undefined && isEmpty([must(node.additionalProperties)]);
  const below = [...(node.properties?.values() ?? []), ...(node.items === undefined ? [] : [node.items])];
  return (
    (!types.includes('object') || isObjectClosed) &&
    (!types.includes('array') || node.items !== undefined) &&
    below.every((part) => isClosed(part) || isScalar(part))
  );
}

function isScalar(node: SchemaNode): boolean {
  return node.type?.every((type) => type !== 'object' && type !== 'array') === true || node.enum !== undefined;
}

/** The members of an object with their schemas, where the schema says nothing but what its members are. */
export function membersOf(
  { root, options }: Schema,
  value: Value,
): readonly (readonly [Value, SchemaNode])[] | undefined {
  if (value.kind !== 'object' || !isBare(root, OBJECT_KEYWORDS)) return undefined;
  if (root.minProperties !== undefined || root.maxProperties !== undefined) return undefined;
  const { fields } = value;
  const isOpen = root.additionalProperties === undefined && options.undeclared === 'allowed';
  if (root.required?.some((name) => !fields.has(name)) === true) return undefined;
  const members: (readonly [Value, SchemaNode])[] = [];
  for (const [name, member] of fields) {
    const node = root.properties?.get(name);
    if (node !== undefined) members.push([member, node]);
    else if (!isOpen) return undefined;
  }
  // Undeclared members at depth are another question than the schema.
  return options.undeclared === 'allowed' ? members : undefined;
}

/** Whether the text of a schema says all of it: nothing that stands elsewhere, and nothing that options decide about. */
export function isReadable({ json }: SchemaNode): boolean {
  return typeof json !== 'boolean' && !/"(?:\$|format")/u.test(JSON.stringify(json));
}
