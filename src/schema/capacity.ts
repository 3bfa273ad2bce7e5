import type { SchemaNode, TypeName } from './node.ts';
import { TYPE_NAMES } from './node.ts';
import { Words } from './language.ts';

/** Bits of one Unicode scalar value. */
const CHARACTER = Math.log2(0x110000 - 0x800);
/** Longer texts are taken to be without bound: counting them is dear, and nobody means a few words by that. */
const LONGEST = 1_000;
const NONE = -Infinity;

/**
 * How much one valid value can say: the binary logarithm of how many valid values there are, or an upper bound of it.
 * `Infinity` where the schema leaves something open, `-Infinity` where no value is valid.
 */
export function capacity(root: SchemaNode): number {
  const within = new Set<SchemaNode>();
  const of = (node: SchemaNode): number => {
    if (node.always !== undefined) return node.always ? Infinity : NONE;
    // A schema that holds itself has values of any size.
    if (within.has(node)) return Infinity;
    within.add(node);
    const bounds = [
      node.const === undefined ? Infinity : 0,
      node.enum === undefined ? Infinity : Math.log2(node.enum.length),
      node.ref === undefined ? Infinity : of(node.ref),
      ...(node.allOf ?? []).map(of),
      node.anyOf === undefined ? Infinity : either(node.anyOf.map(of)),
      node.oneOf === undefined ? Infinity : either(node.oneOf.map(of)),
      either((node.type ?? TYPE_NAMES).map((type) => typed(node, type))),
    ];
    within.delete(node);
    return Math.min(...bounds);
  };

  const typed = (node: SchemaNode, type: TypeName): number => {
    switch (type) {
      case 'null':
        return 0;
      case 'boolean':
        return 1;
      case 'integer':
        return counted(node, node.multipleOf ?? 1);
      case 'number':
        return node.multipleOf === undefined ? Infinity : counted(node, node.multipleOf);
      case 'string':
        return texts(node);
      case 'array':
        return lists(node);
      case 'object':
        return objects(node);
    }
  };

  const lists = ({ prefixItems = [], items, minItems = 0, maxItems = Infinity }: SchemaNode): number => {
    const most = items?.always === false ? Math.min(maxItems, prefixItems.length) : maxItems;
    if (most === Infinity) return Infinity;
    const rest = Math.max(0, most - prefixItems.length);
    const each = [
      ...prefixItems.slice(0, most).map(of),
      rest === 0 ? 0 : rest * (items === undefined ? Infinity : of(items)),
    ];
    return Math.log2(Math.max(1, most - minItems + 1)) + all(each);
  };

  const objects = (node: SchemaNode): number => {
    const closed = node.additionalProperties?.always === false || node.unevaluatedProperties?.always === false;
    if (!closed || (node.patternProperties ?? []).length > 0) return Infinity;
    const required = new Set(node.required);
    return all(
      [...(node.properties ?? [])].map(([name, member]) => (required.has(name) ? of(member) : either([0, of(member)]))),
    );
  };

  return of(root);
}

/** Of the values of any of several sets. */
function either(bits: readonly number[]): number {
  const most = Math.max(NONE, ...bits);
  if (!Number.isFinite(most)) return most;
  return most + Math.log2(bits.reduce((sum, one) => sum + 2 ** (one - most), 0));
}

/** Of one value of each of several sets. A set without values leaves none, whatever the others hold; that is left to a plain bound. */
function all(bits: readonly number[]): number {
  return bits.reduce((sum, one) => sum + Math.max(0, one), 0);
}

function counted({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode, unit: number): number {
  const least = Math.max(minimum ?? -Infinity, exclusiveMinimum ?? -Infinity);
  const most = Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity);
  return least > most ? NONE : Math.log2(Math.floor((most - least) / unit) + 1);
}

function texts({ pattern, maxLength = Infinity, minLength = 0 }: SchemaNode): number {
  const plain = maxLength > LONGEST ? Infinity : (maxLength + 1) * CHARACTER;
  if (pattern === undefined || maxLength === 0) return maxLength === 0 ? 0 : plain;
  return Math.min(plain, new Words({ all: [pattern], none: [], minLength, maxLength }).bits(LONGEST));
}

/** How many bits a schema as JSON leaves, for a sentence. */
export function bitsOf(bits: number): string {
  const whole = Math.ceil(Math.max(0, bits));
  return whole === 1 ? '1 bit' : `${whole} bits`;
}
