import type { JsonObject } from '../../kernel/json.ts';
import { TYPE_NAMES } from '../node.ts';

/** Where {@link schemaDefinition} stands in the schema of a format. */
export const SCHEMA_REFERENCE: JsonObject = { $ref: '#/$defs/schema' };

const map: JsonObject = { type: 'object', additionalProperties: SCHEMA_REFERENCE };
const list: JsonObject = { type: 'array', minItems: 1, items: SCHEMA_REFERENCE };
const count: JsonObject = { type: 'integer', minimum: 0 };
const names: JsonObject = { type: 'array', items: { type: 'string' }, uniqueItems: true };
const text: JsonObject = { type: 'string' };
const flag: JsonObject = { type: 'boolean' };
const number: JsonObject = { type: 'number' };

/** The keywords of JSON Schema that {@link readSchema} gives a meaning, with what an editor says about each. */
const KEYWORDS: Readonly<Record<string, readonly [schema: JsonObject, description: string]>> = {
  type: [
    {
      anyOf: [
        { enum: [...TYPE_NAMES] },
        { type: 'array', minItems: 1, uniqueItems: true, items: { enum: [...TYPE_NAMES] } },
      ],
    },
    'The type of the value, or several.',
  ],
  properties: [map, 'The members of an object, each with its schema.'],
  required: [names, 'Members that must be there.'],
  additionalProperties: [SCHEMA_REFERENCE, 'Members that are not named: false refuses them.'],
  patternProperties: [map, 'Members whose name matches a pattern.'],
  propertyNames: [SCHEMA_REFERENCE, 'What every name of a member must be.'],
  minProperties: [count, 'The fewest members.'],
  maxProperties: [count, 'The most members.'],
  dependentRequired: [{ type: 'object', additionalProperties: names }, 'Members that another member asks for.'],
  dependentSchemas: [map, 'What else must hold where a member is there.'],
  unevaluatedProperties: [SCHEMA_REFERENCE, 'Members that nothing else has looked at.'],
  items: [
    { anyOf: [SCHEMA_REFERENCE, { type: 'array', items: SCHEMA_REFERENCE }] },
    'Every item of a list; after prefixItems, the others.',
  ],
  prefixItems: [list, 'The first items of a list, one by one.'],
  contains: [SCHEMA_REFERENCE, 'What some item must be.'],
  minContains: [count, 'How many items at least match contains.'],
  maxContains: [count, 'How many items at most match contains.'],
  minItems: [count, 'The fewest items.'],
  maxItems: [count, 'The most items.'],
  uniqueItems: [flag, 'No two items are equal.'],
  unevaluatedItems: [SCHEMA_REFERENCE, 'Items that nothing else has looked at.'],
  minLength: [count, 'The fewest characters (code points).'],
  maxLength: [count, 'The most characters (code points).'],
  pattern: [text, 'An ECMA-262 regular expression without lookaround and backreferences; unanchored.'],
  format: [text, 'date, date-time, email, uri, uuid and the like; asserted in inputs.'],
  minimum: [number, 'The least number.'],
  maximum: [number, 'The greatest number.'],
  exclusiveMinimum: [{ type: ['number', 'boolean'] }, 'The number must be greater than this.'],
  exclusiveMaximum: [{ type: ['number', 'boolean'] }, 'The number must be less than this.'],
  multipleOf: [{ type: 'number', exclusiveMinimum: 0 }, 'The number is a multiple of this.'],
  const: [{}, 'The one value.'],
  enum: [{ type: 'array' }, 'The values that are allowed.'],
  allOf: [list, 'All of these hold.'],
  anyOf: [list, 'At least one of these holds.'],
  oneOf: [list, 'Exactly one of these holds.'],
  not: [SCHEMA_REFERENCE, 'This does not hold.'],
  if: [SCHEMA_REFERENCE, 'Decides between then and else.'],
  then: [SCHEMA_REFERENCE, 'Holds where if does.'],
  else: [SCHEMA_REFERENCE, 'Holds where if does not.'],
  $ref: [text, 'Another schema of this document, such as #/$defs/name.'],
  $defs: [map, 'Schemas to refer to.'],
  $anchor: [text, 'A name to refer to this schema by.'],
  $id: [text, 'The address of the schema; at its root only.'],
  $schema: [text, 'The draft: 2020-12 where it is absent.'],
  $comment: [text, 'For readers.'],
  title: [text, 'For readers.'],
  description: [text, 'For readers, and for the model that fills the value in.'],
  default: [{}, 'For readers: it fills nothing in.'],
  examples: [{ type: 'array' }, 'For readers.'],
  deprecated: [flag, 'For readers.'],
  readOnly: [flag, 'For readers.'],
  writeOnly: [flag, 'For readers.'],
  contentEncoding: [text, 'For readers.'],
  contentMediaType: [text, 'For readers.'],
  contentSchema: [SCHEMA_REFERENCE, 'For readers.'],
  definitions: [map, 'As $defs, of older drafts.'],
  dependencies: [
    { type: 'object', additionalProperties: { anyOf: [names, SCHEMA_REFERENCE] } },
    'As dependentRequired and dependentSchemas, of older drafts.',
  ],
};

/**
 * What {@link readSchema} reads, as a JSON Schema for editors. In captured contracts unknown keywords are the server's and have
 * no meaning (`open`); elsewhere they are refused.
 */
export function schemaDefinition(open: boolean): JsonObject {
  return {
    type: ['object', 'boolean'],
    description: 'JSON Schema, draft 2020-12.',
    properties: Object.fromEntries(
      Object.entries(KEYWORDS).map(([name, [schema, description]]) => [name, { ...schema, description }]),
    ),
    ...(open ? {} : { additionalProperties: false }),
  };
}
