import { equalJson, isArray, isObject, type Json } from '../../kernel/json.ts';
import type { Chance } from '../language.ts';
import type { SchemaNode, TypeName } from '../node.ts';
import type { Pattern } from '../patterns.ts';
import { type Clause, type Demand, must, mustNot, type Violation } from './demand.ts';

export type Kind = Exclude<TypeName, 'integer'>;
export const KINDS: readonly Kind[] = ['null', 'boolean', 'number', 'string', 'array', 'object'];

export function kindOf(value: Json): Kind {
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'boolean';
}

/** There is no value along this choice of alternatives; another choice may have one. */
export class Contradiction extends Error {}
// One for all: it is thrown often, and a stack would cost more than the work that it ends.
const CONTRADICTION = new Contradiction();

interface Contained {
  readonly node: SchemaNode;
  readonly min: number;
  readonly max: number;
}

/**
 * What a demand comes to once an alternative is picked wherever there are several: plain facts about one value. They are
 * necessary or nearly so; whether a value built from them meets the demand is the validator's to say.
 */
export class Facts {
  readonly kinds = new Set<Kind>(KINDS);
  isInteger: boolean | undefined;
  allowed: readonly Json[] | undefined;
  readonly forbidden: Json[] = [];

  /** Bounds of numbers, both ends included unless `open`. */
  low: { readonly value: number; readonly open: boolean } = { value: -Infinity, open: false };
  high: { readonly value: number; readonly open: boolean } = { value: Infinity, open: false };
  readonly multiples: number[] = [];

  minLength = 0;
  maxLength = Infinity;
  readonly patterns: Pattern[] = [];
  readonly notPatterns: Pattern[] = [];
  readonly formats: string[] = [];
  readonly notFormats: string[] = [];

  minItems = 0;
  maxItems = Infinity;
  isUnique = false;
  hasRepeats = false;
  readonly arrays = new Set<SchemaNode>();
  readonly contains: Contained[] = [];
  /** Further clauses of the item at an index. */
  readonly itemAt = new Map<number, Clause[]>();
  /** Each is asked of some item at or after an index. */
  readonly someItem: { readonly from: number; readonly clause: Clause | undefined }[] = [];

  minProperties = 0;
  maxProperties = Infinity;
  readonly objects = new Set<SchemaNode>();
  readonly required = new Set<string>();
  readonly absent = new Set<string>();
  readonly memberAt = new Map<string, Clause[]>();
  readonly names: Clause[] = [];
  /** Each is asked of some member whose name matches, and whose name the schema does not declare. */
  readonly someMember: {
    readonly pattern: Pattern | undefined;
    readonly undeclaredIn: SchemaNode | undefined;
    readonly name: Clause | undefined;
    readonly clause: Clause | undefined;
  }[] = [];
  readonly dependencies: { readonly name: string; readonly others: readonly string[] }[] = [];

  /** Whether the keyword that was to be broken is broken in these facts. */
  isViolated = false;

  private readonly chance: Chance;
  private readonly violation: Violation | undefined;
  private readonly prefers: (node: SchemaNode) => boolean;
  private readonly seen = new Set<SchemaNode>();
  private readonly denied = new Set<SchemaNode>();

  /** `prefers` says which alternatives to take where there is a choice. */
  constructor(chance: Chance, violation: Violation | undefined, prefers: (node: SchemaNode) => boolean) {
    this.chance = chance;
    this.violation = violation;
    this.prefers = prefers;
  }

  addAll(demand: Demand): this {
    for (const { node, holds } of demand) {
      if (holds) this.add(node);
      else this.deny(node);
    }
    if (this.kinds.size === 0) throw CONTRADICTION;
    return this;
  }

  private pick<T>(list: readonly T[]): T {
    const item = list[this.chance.below(list.length)];
    if (item === undefined) throw CONTRADICTION;
    return item;
  }

  private pickNode(list: readonly SchemaNode[]): SchemaNode {
    const open = list.filter((node) => this.isOpen(node));
    const preferred = open.filter(this.prefers);
    return this.pick(preferred.length > 0 ? preferred : open);
  }

  /** Whether something may match: `false` only where it is what is to be broken. */
  private isOpen(node: SchemaNode): boolean {
    return node.always !== false || this.violation?.node === node;
  }

  private only(...kinds: readonly Kind[]): void {
    for (const kind of KINDS) if (!kinds.includes(kind)) this.kinds.delete(kind);
    if (this.kinds.size === 0) throw CONTRADICTION;
  }

  private add(node: SchemaNode): void {
    if (this.seen.has(node)) return;
    this.seen.add(node);
    if (this.denied.has(node) || !this.isOpen(node)) throw CONTRADICTION;
    const broken = this.violation?.node === node ? this.violation.keyword : undefined;
    if (broken !== undefined) this.isViolated = true;
    const keeps = (keyword: string): boolean => keyword !== broken;
    this.addConstants(node, keeps);
    this.addNumber(node, keeps);
    this.addString(node, keeps);
    this.addArray(node, keeps);
    this.addObject(node, keeps);
    if (broken !== undefined) this.break(node, broken);
    if (this.kinds.size === 0) throw CONTRADICTION;
    this.addApplicators(node, keeps);
  }

  private addConstants(node: SchemaNode, keeps: (keyword: string) => boolean): void {
    if (node.type !== undefined && keeps('type')) this.addTypes(node.type);
    if (node.const !== undefined && keeps('const')) this.allow([node.const.value]);
    if (node.enum !== undefined && keeps('enum')) this.allow(node.enum);
  }

  private addTypes(types: readonly TypeName[]): void {
    this.only(...types.map((type) => (type === 'integer' ? 'number' : type)));
    if (types.includes('integer') && !types.includes('number')) {
      if (this.isInteger === false) this.exclude('number');
      else this.isInteger = true;
    }
  }

  private exclude(kind: Kind): void {
    this.kinds.delete(kind);
    if (this.kinds.size === 0) throw CONTRADICTION;
  }

  private allow(values: readonly Json[]): void {
    this.allowed = (this.allowed ?? values).filter((value) => values.some((other) => equalJson(value, other)));
    if (this.allowed.length === 0) throw CONTRADICTION;
  }

  private addNumber(node: SchemaNode, keeps: (keyword: string) => boolean): void {
    if (node.minimum !== undefined && keeps('minimum')) this.atLeast(node.minimum, false);
    if (node.maximum !== undefined && keeps('maximum')) this.atMost(node.maximum, false);
    if (node.exclusiveMinimum !== undefined && keeps('exclusiveMinimum')) this.atLeast(node.exclusiveMinimum, true);
    if (node.exclusiveMaximum !== undefined && keeps('exclusiveMaximum')) this.atMost(node.exclusiveMaximum, true);
    if (node.multipleOf !== undefined && keeps('multipleOf')) this.multiples.push(node.multipleOf);
  }

  private atLeast(value: number, open: boolean): void {
    if (value > this.low.value || (value === this.low.value && open)) this.low = { value, open };
  }

  private atMost(value: number, open: boolean): void {
    if (value < this.high.value || (value === this.high.value && open)) this.high = { value, open };
  }

  private addString(node: SchemaNode, keeps: (keyword: string) => boolean): void {
    if (node.minLength !== undefined && keeps('minLength')) this.minLength = Math.max(this.minLength, node.minLength);
    if (node.maxLength !== undefined && keeps('maxLength')) this.maxLength = Math.min(this.maxLength, node.maxLength);
    if (node.pattern !== undefined && keeps('pattern')) this.patterns.push(node.pattern);
    if (node.format !== undefined && keeps('format')) this.formats.push(node.format);
  }

  private addArray(node: SchemaNode, keeps: (keyword: string) => boolean): void {
    if (node.minItems !== undefined && keeps('minItems')) this.minItems = Math.max(this.minItems, node.minItems);
    if (node.maxItems !== undefined && keeps('maxItems')) this.maxItems = Math.min(this.maxItems, node.maxItems);
    if (node.uniqueItems === true && keeps('uniqueItems')) this.isUnique = true;
    if ((node.prefixItems ?? node.items ?? node.unevaluatedItems) !== undefined) this.arrays.add(node);
    if (node.contains !== undefined) {
      const isCounted = keeps('contains') && keeps('minContains');
      const min = isCounted ? (node.minContains ?? 1) : 0;
      const max = keeps('maxContains') ? (node.maxContains ?? Infinity) : Infinity;
      this.contains.push({ node: node.contains, min, max });
    }
  }

  private addObject(node: SchemaNode, keeps: (keyword: string) => boolean): void {
    const { minProperties, maxProperties, required, dependentRequired, propertyNames } = node;
    if (minProperties !== undefined && keeps('minProperties'))
      this.minProperties = Math.max(this.minProperties, minProperties);
    if (maxProperties !== undefined && keeps('maxProperties'))
      this.maxProperties = Math.min(this.maxProperties, maxProperties);
    if (required !== undefined && keeps('required')) for (const name of required) this.required.add(name);
    if (keeps('dependentRequired'))
      for (const [name, others] of dependentRequired ?? []) this.dependencies.push({ name, others });
    if (propertyNames !== undefined) this.names.push(must(propertyNames));
    if (
      (node.properties ?? node.patternProperties ?? node.additionalProperties ?? node.unevaluatedProperties) !==
      undefined
    ) {
      this.objects.add(node);
    }
  }

  private addApplicators(node: SchemaNode, keeps: (keyword: string) => boolean): void {
    if (node.ref !== undefined) this.add(node.ref);
    for (const it of node.allOf ?? []) this.add(it);
    if (node.anyOf !== undefined && keeps('anyOf')) this.add(this.pickNode(node.anyOf));
    // That the other alternatives fail is left to luck and the validator: denying each would leave little to vary.
    if (node.oneOf !== undefined && keeps('oneOf')) this.add(this.pickNode(node.oneOf));
    if (node.not !== undefined && keeps('not')) this.deny(node.not);
    if (node.if !== undefined) this.addCondition(node.if, node.then, node.else);
    for (const [name, schema] of node.dependentSchemas ?? []) {
      const isLikely = this.prefers(schema) || this.chance.below(2) === 0;
      const isIn = this.required.has(name) || (this.isOpen(schema) && !this.absent.has(name) && isLikely);
      if (!isIn) {
        this.absent.add(name);
      } else if (this.kinds.has('object')) {
        this.required.add(name);
        this.only('object');
        this.add(schema);
      }
    }
  }

  private addCondition(condition: SchemaNode, then: SchemaNode | undefined, otherwise: SchemaNode | undefined): void {
    const wantsThen = then !== undefined && this.prefers(then);
    const wantsElse = otherwise !== undefined && this.prefers(otherwise);
    const canThen = then === undefined || this.isOpen(then);
    const canElse = otherwise === undefined || this.isOpen(otherwise);
    const isThen = canThen && (!canElse || (wantsThen === wantsElse ? this.chance.below(2) === 0 : wantsThen));
    if (isThen) {
      this.add(condition);
      if (then !== undefined) this.add(then);
    } else {
      this.deny(condition);
      if (otherwise !== undefined) this.add(otherwise);
    }
  }

  /** Takes one of the ways not to match `node`. */
  private deny(node: SchemaNode): void {
    if (node.always === false || this.denied.has(node)) return;
    if (node.always === true || this.seen.has(node)) throw CONTRADICTION;
    this.denied.add(node);
    const keywords = DENIABLE.filter((keyword) => node[keyword] !== undefined && this.mayBreak(node, keyword));
    this.break(node, this.pick(keywords));
  }

  /** Whether a way is not ruled out by the kinds that are left. */
  private mayBreak(node: SchemaNode, keyword: Deniable): boolean {
    const kind = KIND_OF[keyword];
    if (kind !== undefined) return this.kinds.has(kind);
    if (keyword !== 'type') return true;
    const types = node.type ?? [];
    return [...this.kinds].some((it) => !types.includes(it));
  }

  /** Makes the value break one keyword of `node`. */
  private break(node: SchemaNode, keyword: string): void {
    const kind = isDeniable(keyword) ? KIND_OF[keyword] : undefined;
    if (kind !== undefined) this.only(kind);
    this.breakScalar(node, keyword);
    this.breakArray(node, keyword);
    this.breakObject(node, keyword);
    this.breakApplicator(node, keyword);
  }

  private breakScalar(node: SchemaNode, keyword: string): void {
    switch (keyword) {
      case 'type': {
        const types = node.type ?? [];
        for (const kind of KINDS) if (types.includes(kind)) this.kinds.delete(kind);
        if (types.includes('integer') && !types.includes('number')) {
          if (this.isInteger === true) this.exclude('number');
          else this.isInteger = false;
        }
        return;
      }
      case 'const':
        this.forbidden.push(node.const?.value ?? null);
        return;
      case 'enum':
        this.forbidden.push(...(node.enum ?? []));
        return;
      case 'minimum':
        return this.atMost(node.minimum ?? 0, true);
      case 'maximum':
        return this.atLeast(node.maximum ?? 0, true);
      case 'exclusiveMinimum':
        return this.atMost(node.exclusiveMinimum ?? 0, false);
      case 'exclusiveMaximum':
        return this.atLeast(node.exclusiveMaximum ?? 0, false);
      case 'minLength':
        this.maxLength = Math.min(this.maxLength, (node.minLength ?? 0) - 1);
        return;
      case 'maxLength':
        this.minLength = Math.max(this.minLength, (node.maxLength ?? 0) + 1);
        return;
      case 'pattern':
        if (node.pattern !== undefined) this.notPatterns.push(node.pattern);
        return;
      case 'format':
        if (node.format !== undefined) this.notFormats.push(node.format);
        return;
      default:
    }
  }

  private breakArray(node: SchemaNode, keyword: string): void {
    const from = node.prefixItems?.length ?? 0;
    switch (keyword) {
      case 'items':
        this.someItem.push({ from, clause: node.items === undefined ? undefined : mustNot(node.items) });
        return;
      case 'unevaluatedItems':
        this.someItem.push({
          from: 0,
          clause: node.unevaluatedItems === undefined ? undefined : mustNot(node.unevaluatedItems),
        });
        return;
      case 'prefixItems': {
        const index = this.chance.below(from);
        const schema = node.prefixItems?.[index];
        if (schema !== undefined) this.itemAt.set(index, [...(this.itemAt.get(index) ?? []), mustNot(schema)]);
        this.minItems = Math.max(this.minItems, index + 1);
        return;
      }
      case 'contains':
      case 'minContains': {
        const { contains, minContains = 1, maxContains } = node;
        if (contains === undefined) return;
        const tooMany =
          maxContains !== undefined && keyword === 'contains' && (minContains === 0 || this.chance.below(2) === 0);
        if (tooMany) this.contains.push({ node: contains, min: maxContains + 1, max: Infinity });
        else if (minContains === 0) throw CONTRADICTION;
        else this.contains.push({ node: contains, min: 0, max: minContains - 1 });
        return;
      }
      case 'maxContains':
        if (node.contains !== undefined)
          this.contains.push({ node: node.contains, min: (node.maxContains ?? 0) + 1, max: Infinity });
        return;
      case 'minItems':
        this.maxItems = Math.min(this.maxItems, (node.minItems ?? 0) - 1);
        return;
      case 'maxItems':
        this.minItems = Math.max(this.minItems, (node.maxItems ?? 0) + 1);
        return;
      case 'uniqueItems':
        if (node.uniqueItems !== true) throw CONTRADICTION;
        this.hasRepeats = true;
        this.minItems = Math.max(this.minItems, 2);
        return;
      default:
    }
  }

  private breakObject(node: SchemaNode, keyword: string): void {
    switch (keyword) {
      case 'properties': {
        const [name, schema] = this.pick([...(node.properties ?? [])].filter(([, it]) => it.always !== true));
        this.required.add(name);
        this.memberAt.set(name, [...(this.memberAt.get(name) ?? []), mustNot(schema)]);
        return;
      }
      case 'patternProperties': {
        const { pattern, node: schema } = this.pick(
          (node.patternProperties ?? []).filter((it) => it.node.always !== true),
        );
        this.someMember.push({ pattern, undeclaredIn: undefined, name: undefined, clause: mustNot(schema) });
        return;
      }
      case 'additionalProperties':
      case 'unevaluatedProperties': {
        const schema = node[keyword];
        const clause = schema === undefined ? undefined : mustNot(schema);
        this.someMember.push({ pattern: undefined, undeclaredIn: node, name: undefined, clause });
        return;
      }
      case 'propertyNames': {
        const name = node.propertyNames === undefined ? undefined : mustNot(node.propertyNames);
        this.someMember.push({ pattern: undefined, undeclaredIn: undefined, name, clause: undefined });
        return;
      }
      case 'required':
        this.absent.add(this.pick(node.required ?? []));
        return;
      case 'dependentRequired': {
        const [name, others] = this.pick([...(node.dependentRequired ?? [])].filter(([, it]) => it.length > 0));
        this.required.add(name);
        this.absent.add(this.pick(others));
        return;
      }
      case 'dependentSchemas': {
        const [name, schema] = this.pick([...(node.dependentSchemas ?? [])]);
        this.required.add(name);
        this.deny(schema);
        return;
      }
      case 'minProperties':
        this.maxProperties = Math.min(this.maxProperties, (node.minProperties ?? 0) - 1);
        return;
      case 'maxProperties':
        this.minProperties = Math.max(this.minProperties, (node.maxProperties ?? 0) + 1);
        return;
      default:
    }
  }

  private breakApplicator(node: SchemaNode, keyword: string): void {
    switch (keyword) {
      case 'ref':
        if (node.ref !== undefined) this.deny(node.ref);
        return;
      case 'allOf':
        return this.deny(this.pick(node.allOf ?? []));
      case 'anyOf':
        for (const it of node.anyOf ?? []) this.deny(it);
        return;
      case 'oneOf':
        return this.breakOneOf(node.oneOf ?? []);
      case 'not':
        if (node.not !== undefined) this.add(node.not);
        return;
      case 'if': {
        const branches: (readonly [Clause, SchemaNode])[] = [];
        if (node.if !== undefined && node.then !== undefined) branches.push([must(node.if), node.then]);
        if (node.if !== undefined && node.else !== undefined) branches.push([mustNot(node.if), node.else]);
        const [condition, branch] = this.pick(branches);
        if (condition.holds) this.add(condition.node);
        else this.deny(condition.node);
        this.deny(branch);
        return;
      }
      default:
    }
  }

  private breakOneOf(list: readonly SchemaNode[]): void {
    if (list.length > 1 && this.chance.below(2) === 0) {
      const first = this.chance.below(list.length);
      const second = (first + 1 + this.chance.below(list.length - 1)) % list.length;
      for (const index of [first, second]) {
        const it = list[index];
        if (it !== undefined) this.add(it);
      }
    } else {
      for (const it of list) this.deny(it);
    }
  }
}

const DENIABLE = [
  ...(['type', 'const', 'enum', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const),
  ...(['minLength', 'maxLength', 'pattern', 'format', 'items', 'unevaluatedItems', 'prefixItems', 'contains'] as const),
  ...(['minItems', 'maxItems', 'uniqueItems', 'properties', 'patternProperties', 'additionalProperties'] as const),
  ...(['unevaluatedProperties', 'propertyNames', 'required', 'dependentRequired', 'dependentSchemas'] as const),
  ...(['minProperties', 'maxProperties', 'ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'] as const),
] satisfies readonly (keyof SchemaNode)[];
type Deniable = (typeof DENIABLE)[number];

function isDeniable(keyword: string): keyword is Deniable {
  return DENIABLE.some((it) => it === keyword);
}

/** The kind of value that a keyword speaks of; none where it speaks of all. */
const KIND_OF: Readonly<Record<Deniable, Kind | undefined>> = {
  type: undefined,
  const: undefined,
  enum: undefined,
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'number',
  exclusiveMaximum: 'number',
  multipleOf: 'number',
  minLength: 'string',
  maxLength: 'string',
  pattern: 'string',
  format: 'string',
  items: 'array',
  unevaluatedItems: 'array',
  prefixItems: 'array',
  contains: 'array',
  minItems: 'array',
  maxItems: 'array',
  uniqueItems: 'array',
  properties: 'object',
  patternProperties: 'object',
  additionalProperties: 'object',
  unevaluatedProperties: 'object',
  propertyNames: 'object',
  required: 'object',
  dependentRequired: 'object',
  dependentSchemas: 'object',
  minProperties: 'object',
  maxProperties: 'object',
  ref: undefined,
  allOf: undefined,
  anyOf: undefined,
  oneOf: undefined,
  not: undefined,
  if: undefined,
};
