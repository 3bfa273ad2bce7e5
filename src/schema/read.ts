import { isArray, isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import { child, type Pointer, ROOT, tokensOf } from '../kernel/pointer.ts';
import { isCheckedFormat, isStandardFormat } from './formats.ts';
import { inPlace, type SchemaNode, TYPE_NAMES, type TypeName } from './node.ts';
import { compilePattern, type Pattern } from './patterns.ts';
import { excerpt, type SchemaProblem } from './problem.ts';

export interface ReadOptions {
  /** Whether `format` constrains values or is an annotation; default `assert`. */
  readonly formats?: 'assert' | 'annotation';
  /** Whether keywords and formats that no vocabulary of ours has are refused or, as the specification has it, ignored; default `ignore`. */
  readonly unknown?: 'refuse' | 'ignore';
}

/** A schema as far as it could be read; the nodes mean something only when there is no problem. */
export interface ReadSchema {
  readonly root: SchemaNode;
  /** By id. */
  readonly nodes: readonly SchemaNode[];
  /** The weight of its patterns together. */
  readonly patterns: number;
  readonly problems: readonly SchemaProblem[];
}

/** What one schema document may hold. `unfolded` and `height` bound the schemas that apply to one value, and those in a row, once references are followed. */
const LIMIT = {
  depth: 100,
  members: 50_000,
  text: 1_000_000,
  schemas: 10_000,
  /** Of the weights of its patterns: the same again as forty patterns of the largest size. */
  patterns: 10_000,
  unfolded: 20_000,
  height: 200,
  problems: 50,
};

type Dialect = '2020-12' | 'draft-07' | 'draft-06' | 'draft-04';

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
  ['http://json-schema.org/draft-07/schema', 'draft-07'],
  ['http://json-schema.org/draft-06/schema', 'draft-06'],
  ['http://json-schema.org/draft-04/schema', 'draft-04'],
]);

type Draft = { -readonly [K in keyof SchemaNode]: SchemaNode[K] };

/**
 * Reads a JSON Schema of draft 2020-12, or of an older draft where `$schema` says so (a widespread server library writes
 * draft-07), into nodes whose meaning no longer depends on the draft. References stay inside the document.
 */
export function readSchema(json: Json, options: ReadOptions = {}): ReadSchema {
  const tooLarge = sizeProblem(json);
  if (tooLarge !== undefined) {
    return {
      root: emptyNode(0, ROOT, true),
      nodes: [],
      problems: [{ code: 'schema-too-large', pointer: ROOT, detail: tooLarge }],
      patterns: 0,
    };
  }
  return new Reader(json, options).read();
}

/** Why a schema is too large to be read at all; the walk has a stack of its own, since the depth is what it measures. */
export function sizeProblem(json: Json): string | undefined {
  const stack: [Json, number][] = [[json, 0]];
  let members = 0;
  let text = 0;
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [value, depth] = top;
    members += 1;
    if (depth > LIMIT.depth) return `nested deeper than ${LIMIT.depth}`;
    if (members > LIMIT.members) return `more than ${LIMIT.members} members and items`;
    if (typeof value === 'string') text += value.length;
    else if (isArray(value)) for (const item of value) stack.push([item, depth + 1]);
    else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        text += key.length;
        stack.push([item, depth + 1]);
      }
    }
    if (text > LIMIT.text) return `longer than ${LIMIT.text} characters`;
  }
  return undefined;
}

function emptyNode(id: number, pointer: Pointer, json: boolean | JsonObject): Draft {
  return {
    id,
    pointer,
    json,
    always: typeof json === 'boolean' ? json : undefined,
    ref: undefined,
    type: undefined,
    const: undefined,
    enum: undefined,
    minimum: undefined,
    maximum: undefined,
    exclusiveMinimum: undefined,
    exclusiveMaximum: undefined,
    multipleOf: undefined,
    minLength: undefined,
    maxLength: undefined,
    pattern: undefined,
    format: undefined,
    prefixItems: undefined,
    items: undefined,
    contains: undefined,
    minContains: undefined,
    maxContains: undefined,
    minItems: undefined,
    maxItems: undefined,
    uniqueItems: undefined,
    unevaluatedItems: undefined,
    properties: undefined,
    patternProperties: undefined,
    additionalProperties: undefined,
    propertyNames: undefined,
    required: undefined,
    dependentRequired: undefined,
    dependentSchemas: undefined,
    minProperties: undefined,
    maxProperties: undefined,
    unevaluatedProperties: undefined,
    allOf: undefined,
    anyOf: undefined,
    oneOf: undefined,
    not: undefined,
    if: undefined,
    then: undefined,
    else: undefined,
  };
}

/** Keywords that say something about the author or the reader and nothing about the value, with the type that the meta-schema asks. */
const ANNOTATIONS: ReadonlyMap<string, 'string' | 'boolean' | 'array' | 'any'> = new Map([
  ['title', 'string'],
  ['description', 'string'],
  ['$comment', 'string'],
  ['default', 'any'],
  ['examples', 'array'],
  ['deprecated', 'boolean'],
  ['readOnly', 'boolean'],
  ['writeOnly', 'boolean'],
  ['contentEncoding', 'string'],
  ['contentMediaType', 'string'],
]);

/** Keywords of drafts that we know and do not give a meaning to; ignoring them would change what the schema says. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
  '$vocabulary',
]);

const NOT_IN_07 = [
  ...['$anchor', 'prefixItems', 'minContains', 'maxContains', 'unevaluatedItems', 'unevaluatedProperties'],
  ...['dependentRequired', 'dependentSchemas'],
];
const NOT_IN_06 = [...NOT_IN_07, 'if', 'then', 'else'];
const NOT_IN_04 = [...NOT_IN_06, '$id', 'const', 'contains', 'propertyNames'];

/** Unknown words to an older draft; that somebody who wrote them meant nothing by them is not believed. */
const TOO_NEW: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  '2020-12': new Set(),
  'draft-07': new Set(NOT_IN_07),
  'draft-06': new Set(NOT_IN_06),
  'draft-04': new Set(NOT_IN_04),
};

class Reader {
  private readonly json: Json;
  private readonly options: ReadOptions;
  private readonly nodes: Draft[] = [];
  private readonly byPointer = new Map<string, Draft>();
  private readonly anchors = new Map<string, Draft>();
  private readonly references: { readonly node: Draft; readonly ref: string }[] = [];
  private readonly problems: SchemaProblem[] = [];
  private dialect: Dialect = '2020-12';
  private isFull = false;
  /** The weights of the patterns so far. */
  private patterns = 0;

  constructor(json: Json, options: ReadOptions) {
    this.json = json;
    this.options = options;
  }

  read(): ReadSchema {
    const named = isObject(this.json) ? member(this.json, '$schema') : undefined;
    if (typeof named === 'string') {
      const dialect = DIALECTS.get(named.replace(/#$/u, ''));
      if (dialect === undefined)
        this.unsupported(child(ROOT, '$schema'), '$schema', `unknown dialect ${excerpt(named)}`);
      else this.dialect = dialect;
    }
    const root = this.node(this.json, ROOT);
    // Resolving a reference may read a schema in a place that no keyword names, with references of its own.
    for (let i = 0; i < this.references.length; i += 1) {
      const reference = this.references[i];
      if (reference !== undefined) reference.node.ref = this.target(reference.node, reference.ref);
    }
    if (this.problems.length === 0) this.unfold();
    return { root, nodes: this.nodes, problems: this.problems, patterns: this.patterns };
  }

  private problem(problem: SchemaProblem): void {
    if (this.problems.length < LIMIT.problems) this.problems.push(problem);
  }

  private invalid(pointer: Pointer, detail: string): void {
    this.problem({ code: 'schema-invalid', pointer, detail });
  }

  private unsupported(pointer: Pointer, keyword: string, detail = `${keyword} is not supported`): void {
    this.problem({ code: 'schema-unsupported', pointer, keyword, detail });
  }

  private node(json: Json | undefined, pointer: Pointer): Draft {
    const known = this.byPointer.get(pointer);
    if (known !== undefined) return known;
    const isSchema = typeof json === 'boolean' || isObject(json);
    if (!isSchema) this.invalid(pointer, 'a schema is an object or a boolean');
    const node = emptyNode(this.nodes.length, pointer, isSchema ? json : true);
    if (this.nodes.length >= LIMIT.schemas) {
      if (!this.isFull)
        this.problem({ code: 'schema-too-large', pointer, detail: `more than ${LIMIT.schemas} schemas` });
      this.isFull = true;
      return node;
    }
    this.nodes.push(node);
    this.byPointer.set(pointer, node);
    if (isObject(json)) this.keywords(node, json);
    return node;
  }

  private keywords(node: Draft, json: JsonObject): void {
    const ref = member(json, '$ref');
    for (const [keyword, value] of Object.entries(json)) {
      // Draft-07, 8.3: the siblings of `$ref` are ignored.
      if (this.dialect !== '2020-12' && ref !== undefined && keyword !== '$ref' && keyword !== 'definitions') continue;
      this.keyword(node, keyword, value, child(node.pointer, keyword));
    }
  }

  private keyword(node: Draft, keyword: string, value: Json, at: Pointer): void {
    if (TOO_NEW[this.dialect].has(keyword)) {
      return this.unsupported(at, keyword, `${keyword} has no meaning in ${this.dialect}`);
    }
    switch (keyword) {
      case '$schema':
        if (typeof value !== 'string') this.invalid(at, 'must be a string');
        else if (node.id !== 0 && value.replace(/#$/u, '') !== this.schemaUri())
          this.unsupported(at, keyword, 'a second dialect');
        return;
      case '$id':
        return this.id(node, value, at);
      case '$anchor':
        return this.anchor(node, value, at);
      case '$ref':
        if (typeof value !== 'string') return this.invalid(at, 'must be a string');
        this.references.push({ node, ref: value });
        return;
      case '$defs':
      case 'definitions':
        this.schemaMap(value, at);
        return;
      case 'type':
        node.type = this.types(value, at);
        return;
      case 'const':
        node.const = { value };
        return;
      case 'enum':
        if (isArray(value)) node.enum = value;
        else this.invalid(at, 'must be an array');
        return;
      case 'minimum':
      case 'maximum':
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        // Draft-04, 5.1.2: a boolean there gives `minimum` and `maximum` another meaning.
        if (this.dialect === 'draft-04' && keyword.startsWith('e'))
          this.unsupported(at, keyword, `${keyword} of draft-04 is not supported`);
        else node[keyword] = this.number(value, at);
        return;
      case 'id':
        if (this.dialect === 'draft-04') this.id(node, value, at);
        else this.other(keyword, value, at);
        return;
      case 'multipleOf':
        node.multipleOf = this.number(value, at);
        if (node.multipleOf !== undefined && node.multipleOf <= 0) this.invalid(at, 'must be greater than 0');
        return;
      case 'minLength':
      case 'maxLength':
      case 'minItems':
      case 'maxItems':
      case 'minContains':
      case 'maxContains':
      case 'minProperties':
      case 'maxProperties':
        node[keyword] = this.count(value, at);
        return;
      case 'pattern':
        if (typeof value === 'string') node.pattern = this.pattern(value, at);
        else this.invalid(at, 'must be a string');
        return;
      case 'format':
        node.format = this.format(value, at);
        return;
      case 'items':
        return this.items(node, value, at);
      case 'additionalItems':
        return this.additionalItems(node, value, at);
      case 'prefixItems':
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
        node[keyword] = this.schemaList(value, at);
        return;
      case 'contains':
      case 'unevaluatedItems':
      case 'additionalProperties':
      case 'propertyNames':
      case 'unevaluatedProperties':
      case 'not':
      case 'if':
      case 'then':
      case 'else':
        node[keyword] = this.node(value, at);
        return;
      case 'contentSchema':
        this.node(value, at);
        return;
      case 'uniqueItems':
        if (typeof value === 'boolean') node.uniqueItems = value;
        else this.invalid(at, 'must be a boolean');
        return;
      case 'properties':
        node.properties = this.schemaMap(value, at);
        return;
      case 'patternProperties':
        node.patternProperties = this.patternMap(value, at);
        return;
      case 'required':
        node.required = this.names(value, at);
        return;
      case 'dependentRequired':
      case 'dependentSchemas':
      case 'dependencies':
        return this.dependencies(node, keyword, value, at);
      default:
        return this.other(keyword, value, at);
    }
  }

  private other(keyword: string, value: Json, at: Pointer): void {
    const annotation = ANNOTATIONS.get(keyword);
    if (annotation === undefined) {
      if (UNSUPPORTED.has(keyword)) this.unsupported(at, keyword);
      else if (this.options.unknown === 'refuse')
        this.unsupported(at, excerpt(keyword), `${excerpt(keyword)} is no keyword`);
      return;
    }
    const isRight = annotation === 'any' || (annotation === 'array' ? isArray(value) : typeof value === annotation);
    if (!isRight) this.invalid(at, `must be ${annotation === 'array' ? 'an array' : `a ${annotation}`}`);
  }

  private schemaUri(): string {
    const entry = [...DIALECTS].find(([, dialect]) => dialect === this.dialect);
    return entry?.[0] ?? '';
  }

  private id(node: Draft, value: Json, at: Pointer): void {
    if (typeof value !== 'string' || !/^[^#]*#?$/u.test(value))
      this.invalid(at, 'must be a URI reference without a fragment');
    // Another base would give references inside another meaning.
    else if (node.id !== 0) this.unsupported(at, '$id', '$id is supported at the root only');
  }

  private anchor(node: Draft, value: Json, at: Pointer): void {
    if (typeof value !== 'string' || !/^[A-Za-z_][-A-Za-z0-9._]*$/u.test(value))
      return this.invalid(at, 'must be a plain name');
    if (this.anchors.has(value)) return this.invalid(at, `a second anchor ${excerpt(value)}`);
    this.anchors.set(value, node);
  }

  private target(node: Draft, ref: string): Draft | undefined {
    const at = child(node.pointer, '$ref');
    const own = isObject(this.json) ? member(this.json, '$id') : undefined;
    const base = typeof own === 'string' ? own.replace(/#$/u, '') : '';
    const local = base !== '' && (ref === base || ref.startsWith(`${base}#`)) ? ref.slice(base.length) : ref;
    if (local !== '' && !local.startsWith('#')) {
      this.problem({
        code: 'schema-remote-ref',
        pointer: at,
        ref: excerpt(ref),
        detail: `${excerpt(ref)} is outside the schema`,
      });
      return undefined;
    }
    const fragment = decodeFragment(local.slice(1));
    const found =
      fragment === undefined || fragment === '' || fragment.startsWith('/')
        ? this.atPointer(fragment)
        : this.anchors.get(fragment);
    if (found === undefined) this.invalid(at, `${excerpt(ref)} names no schema`);
    return found;
  }

  private atPointer(fragment: string | undefined): Draft | undefined {
    const tokens = fragment === undefined ? undefined : tokensOf(fragment);
    if (tokens === undefined) return undefined;
    const pointer = child(ROOT, ...tokens);
    const known = this.byPointer.get(pointer);
    if (known !== undefined) return known;
    let json: Json | undefined = this.json;
    for (const token of tokens) {
      if (isArray(json)) json = /^(?:0|[1-9]\d*)$/u.test(token) ? json[Number(token)] : undefined;
      else json = isObject(json) ? member(json, token) : undefined;
    }
    return typeof json === 'boolean' || isObject(json) ? this.node(json, pointer) : undefined;
  }

  private types(value: Json, at: Pointer): readonly TypeName[] | undefined {
    const names = isArray(value) ? value : [value];
    const known = TYPE_NAMES.filter((name) => names.includes(name));
    if (known.length === 0 || known.length !== names.length) {
      this.invalid(at, 'must be a type name, or an array of different ones');
      return undefined;
    }
    return known;
  }

  private number(value: Json, at: Pointer): number | undefined {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.invalid(at, 'must be a number');
    return undefined;
  }

  private count(value: Json, at: Pointer): number | undefined {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    this.invalid(at, 'must be a non-negative integer');
    return undefined;
  }

  private pattern(source: string, at: Pointer): Pattern | undefined {
    if (this.patterns > LIMIT.patterns) return undefined;
    const compiled = compilePattern(source);
    if (compiled.ok) {
      this.patterns += compiled.value.weight;
      if (this.patterns > LIMIT.patterns)
        this.problem({ code: 'schema-too-large', pointer: at, detail: 'its patterns have too many states together' });
      return compiled.value;
    }
    this.problem({ code: 'pattern-unsafe', pointer: at, pattern: excerpt(source), detail: compiled.error.detail });
    return undefined;
  }

  private format(value: Json, at: Pointer): string | undefined {
    if (typeof value !== 'string') {
      this.invalid(at, 'must be a string');
      return undefined;
    }
    if (this.options.formats === 'annotation') return undefined;
    if (isCheckedFormat(value)) return value;
    // A standard format would be relied on and not hold; any other has no meaning to lose.
    if (isStandardFormat(value) || this.options.unknown === 'refuse') {
      this.unsupported(at, 'format', `the format ${excerpt(value)} is not supported`);
    }
    return undefined;
  }

  private items(node: Draft, value: Json, at: Pointer): void {
    if (this.dialect === 'draft-07' && isArray(value))
      node.prefixItems = value.map((item, i) => this.node(item, child(at, i)));
    else node.items = this.node(value, at);
  }

  private additionalItems(node: Draft, value: Json, at: Pointer): void {
    if (this.dialect === '2020-12') return this.other('additionalItems', value, at);
    // Draft-07, 6.4.2: without an array of items it says nothing.
    const additional = this.node(value, at);
    if (isObject(node.json) && isArray(member(node.json, 'items'))) node.items = additional;
  }

  private schemaList(value: Json, at: Pointer): readonly SchemaNode[] | undefined {
    if (isArray(value) && value.length > 0) return value.map((item, i) => this.node(item, child(at, i)));
    this.invalid(at, 'must be an array of at least one schema');
    return undefined;
  }

  private schemaMap(value: Json, at: Pointer): ReadonlyMap<string, SchemaNode> | undefined {
    if (isObject(value))
      return new Map(Object.entries(value).map(([key, item]) => [key, this.node(item, child(at, key))]));
    this.invalid(at, 'must be an object of schemas');
    return undefined;
  }

  private patternMap(value: Json, at: Pointer): SchemaNode['patternProperties'] {
    const nodes = this.schemaMap(value, at);
    if (nodes === undefined) return undefined;
    return [...nodes].flatMap(([source, node]) => {
      const pattern = this.pattern(source, child(at, source));
      return pattern === undefined ? [] : [{ pattern, node }];
    });
  }

  private names(value: Json, at: Pointer): readonly string[] | undefined {
    if (isArray(value)) {
      const names = value.filter((item) => typeof item === 'string');
      if (names.length === value.length && new Set(names).size === names.length) return names;
    }
    this.invalid(at, 'must be an array of different strings');
    return undefined;
  }

  /** `dependencies` (draft-07, 6.5.7; later drafts keep the word, deprecated) is the other two in one. */
  private dependencies(
    node: Draft,
    keyword: 'dependentRequired' | 'dependentSchemas' | 'dependencies',
    value: Json,
    at: Pointer,
  ): void {
    if (!isObject(value)) return this.invalid(at, 'must be an object');
    const required = new Map(node.dependentRequired);
    const schemas = new Map(node.dependentSchemas);
    for (const [key, item] of Object.entries(value)) {
      const isList = keyword === 'dependentRequired' || (keyword === 'dependencies' && isArray(item));
      if (isList) required.set(key, [...(required.get(key) ?? []), ...(this.names(item, child(at, key)) ?? [])]);
      else schemas.set(key, this.node(item, child(at, key)));
    }
    if (required.size > 0) node.dependentRequired = required;
    if (schemas.size > 0) node.dependentSchemas = schemas;
  }

  /**
   * Follows every reference that applies to the same value: one that comes back to itself would never end, and references that
   * share targets can multiply into more work than the schema is long.
   */
  private unfold(): void {
    const size = new Map<SchemaNode, number>();
    const height = new Map<SchemaNode, number>();
    const open = new Set<SchemaNode>();
    for (const node of this.nodes) {
      const stack: SchemaNode[] = [node];
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const next = inPlace(top);
        if (size.has(top)) {
          stack.pop();
        } else if (open.has(top)) {
          stack.pop();
          open.delete(top);
          size.set(
            top,
            next.reduce((sum, it) => Math.min(sum + (size.get(it) ?? 0), Number.MAX_SAFE_INTEGER), 1),
          );
          height.set(top, 1 + Math.max(0, ...next.map((it) => height.get(it) ?? 0)));
        } else {
          open.add(top);
          const again = next.find((it) => open.has(it));
          if (again !== undefined)
            return this.invalid(top.pointer, 'refers to itself without a member or item in between');
          stack.push(...next.filter((it) => !size.has(it)));
        }
      }
      if ((size.get(node) ?? 0) > LIMIT.unfolded) {
        const detail = `references multiply to more than ${LIMIT.unfolded} schemas for one value`;
        return this.problem({ code: 'schema-too-large', pointer: node.pointer, detail });
      }
      if ((height.get(node) ?? 0) > LIMIT.height) {
        const detail = `more than ${LIMIT.height} schemas in a row for one value`;
        return this.problem({ code: 'schema-too-large', pointer: node.pointer, detail });
      }
    }
  }
}

function decodeFragment(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
