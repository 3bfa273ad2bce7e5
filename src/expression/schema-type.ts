import { evaluators, type SchemaNode, type TypeName } from '../schema/node.ts';
import {
  ANY,
  ARRAY,
  arrayType,
  BOOLEAN,
  from,
  INTEGER,
  isNever,
  join,
  joinAll,
  kindsOf,
  literalType,
  meet,
  type Member,
  memberOf,
  NEVER,
  NULL,
  NUMBER,
  numberType,
  OBJECT,
  objectType,
  only,
  type Origin,
  STRING,
  stringsOf,
  type Type,
} from './type.ts';

/**
 * A type of everything that a schema accepts. Keywords that only narrow further (`not`, `uniqueItems`, `multipleOf`, …) are
 * left out, and a schema inside itself is anything, so that the type is never too small.
 */
export function schemaType(root: SchemaNode, origin?: Origin): Type {
  return new Reader(origin).type(root);
}

const OF_NAME: Readonly<Record<TypeName, Type>> = {
  null: NULL,
  boolean: BOOLEAN,
  number: NUMBER,
  integer: INTEGER,
  string: STRING,
  array: ARRAY,
  object: OBJECT,
};

class Reader {
  private readonly origin: Origin | undefined;
  private readonly known = new Map<SchemaNode, Type>();
  private readonly open = new Set<SchemaNode>();

  constructor(origin: Origin | undefined) {
    this.origin = origin;
  }

  type(node: SchemaNode): Type {
    const known = this.known.get(node);
    if (known !== undefined) return known;
    if (this.open.has(node)) return ANY;
    this.open.add(node);
    const read = this.read(node);
    const type = this.origin === undefined ? read : from(read, this.origin);
    this.open.delete(node);
    this.known.set(node, type);
    return type;
  }

  private read(node: SchemaNode): Type {
    if (node.always !== undefined) return node.always ? ANY : NEVER;
    let type = this.own(node);
    for (const schema of [node.ref, ...(node.allOf ?? [])])
      if (schema !== undefined) type = meet(type, this.type(schema));
    for (const list of [node.anyOf, node.oneOf]) {
      if (list !== undefined) type = meet(type, joinAll(list.map((schema) => this.type(schema))));
    }
    if (node.if !== undefined) {
      // A value that meets `if` meets `then`; one that does not, `else`.
      const met = meet(this.type(node.if), node.then === undefined ? ANY : this.type(node.then));
      type = meet(type, join(met, node.else === undefined ? ANY : this.type(node.else)));
    }
    return this.closed(node, type);
  }

  /** What the keywords of the schema itself say. */
  private own(node: SchemaNode): Type {
    const named = node.type === undefined ? ANY : joinAll(node.type.map((name) => OF_NAME[name]));
    const listed = [node.const === undefined ? undefined : [node.const.value], node.enum];
    const type = listed.reduce<Type>(
      (sofar, values) => (values === undefined ? sofar : meet(sofar, joinAll(values.map(literalType)))),
      named,
    );
    const kinds = new Set(kindsOf(type));
    const parts = [only(type, 'null', 'boolean')];
    if (kinds.has('number')) parts.push(meet(only(type, 'number'), range(node)));
    if (kinds.has('string'))
      parts.push(hasStringRule(node) ? meet(only(type, 'string'), stringsOf(node)) : only(type, 'string'));
    if (kinds.has('array')) parts.push(meet(only(type, 'array'), this.items(node)));
    if (kinds.has('object')) parts.push(meet(only(type, 'object'), this.members(node)));
    return joinAll(parts);
  }

  private items({ prefixItems, items, minItems, maxItems }: SchemaNode): Type {
    const every = [
      ...(prefixItems ?? []).map((schema) => this.type(schema)),
      items === undefined ? ANY : this.type(items),
    ];
    const closed = items !== undefined && isNever(this.type(items));
    const max = Math.min(maxItems ?? Infinity, closed ? (prefixItems?.length ?? 0) : Infinity);
    return arrayType(joinAll(every), minItems ?? 0, max);
  }

  private members(node: SchemaNode): Type {
    const { properties, patternProperties, additionalProperties, required } = node;
    const rest = joinAll([
      additionalProperties === undefined ? ANY : this.type(additionalProperties),
      ...(patternProperties ?? []).map((one) => this.type(one.node)),
    ]);
    const named = new Map<string, Member>();
    for (const [name, schema] of properties ?? []) named.set(name, { type: this.type(schema), required: false });
    for (const name of required ?? []) named.set(name, { type: named.get(name)?.type ?? rest, required: true });
    return objectType(named, rest);
  }

  /** `unevaluatedProperties`: of the members of which no schema that applies here says anything. */
  private closed(node: SchemaNode, type: Type): Type {
    const { object } = type;
    if (node.unevaluatedProperties === undefined || object === undefined) return type;
    const named = new Map(object.named);
    for (const schema of evaluators(node)) {
      const isOpen = schema.patternProperties ?? schema.additionalProperties;
      if (isOpen !== undefined || (schema !== node && schema.unevaluatedProperties !== undefined)) return type;
      for (const name of schema.properties?.keys() ?? []) {
        if (!named.has(name)) named.set(name, memberOf(object, name) ?? { type: NEVER, required: false });
      }
    }
    const rest = meet(object.rest, this.type(node.unevaluatedProperties));
    return join(only(type, 'null', 'boolean', 'number', 'string', 'array'), objectType(named, rest));
  }
}

function range({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): Type {
  const min = Math.max(minimum ?? -Infinity, exclusiveMinimum ?? -Infinity);
  const max = Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity);
  return numberType(min, max, type?.includes('number') === false && type.includes('integer'));
}

function hasStringRule({ pattern, minLength, maxLength, format }: SchemaNode): boolean {
  return pattern !== undefined || minLength !== undefined || maxLength !== undefined || format !== undefined;
}
