import { must } from '../schema/generate/demand.ts';
import type { SchemaNode } from '../schema/node.ts';
import { lift, objectValue, symbolValue } from '../value/concrete.ts';
import type { Label } from '../value/label.ts';
import { compareScalars } from '../value/order.ts';
import type { Term } from '../value/term.ts';
import type { ListValue, Members, Value } from '../value/value.ts';
import type { Explorer } from './explorer.ts';
import { ARRAY_KEYWORDS, isBare, OBJECT_KEYWORDS } from './facts.ts';

/** The labels of a value that comes in from outside, by the path of a node; of everything below a path, an upper bound. */
export interface Labels {
  at(path: readonly string[]): Label;
  below(path: readonly string[]): Label;
}

/** One label for everything, as replies have it. */
export function uniform(label: Label): Labels {
  return { at: () => label, below: () => label };
}

/** A token that stands for any index in a path. */
export const ANY_INDEX = '999999999';

/** Deeper, nothing is told apart. */
const MAX_DEPTH = 24;

/** Every value that a schema takes, as one: what the schema fixes is known, what it leaves open are symbols and lists. */
export class Unknowns {
  private readonly explorer: Explorer;
  private readonly labels: Labels;
  /** Told of every list that is made, and of every item that is taken of one. */
  private readonly lists: Map<string, Source> | undefined;

  constructor(explorer: Explorer, labels: Labels, lists?: Map<string, Source>) {
    this.explorer = explorer;
    this.labels = labels;
    this.lists = lists;
  }

  of(schema: SchemaNode, name: string, path: readonly string[] = []): Value {
    const node = schema.ref !== undefined && isBare(schema, ['ref']) ? schema.ref : schema;
    const label = this.labels.at(path);
    if (node.const !== undefined && (typeof node.const.value !== 'object' || node.const.value === null))
      return lift(node.const.value, label);
    const only = node.type?.length === 1 ? node.type[0] : undefined;
    if (path.length < MAX_DEPTH) {
      if (only === 'object' && isBare(node, OBJECT_KEYWORDS)) return this.object(node, name, path, label);
      if (only === 'array' && isBare(node, ARRAY_KEYWORDS)) return this.list(node, name, path, label);
    }
    return this.symbol(node, name, path, label);
  }

  private symbol(node: SchemaNode, name: string, path: readonly string[], label: Label, members?: Members): Value {
    const term = this.explorer.terms.variable(name);
    this.explorer.knowledge.add(term, must(node));
    return symbolValue(term, label, this.labels.below(path), members);
  }

  private object(node: SchemaNode, name: string, path: readonly string[], label: Label): Value {
    const required = new Set(node.required);
    const isClosed = node.additionalProperties?.always === false;
    const declared = [...(node.properties ?? [])].toSorted(([a], [b]) => compareScalars(a, b));
    const isFixed =
      isClosed &&
      node.minProperties === undefined &&
      node.maxProperties === undefined &&
      declared.length === required.size &&
      declared.every(([member]) => required.has(member));
    const member = (key: string, part: SchemaNode): Value => this.of(part, `${name}/${key}`, [...path, key]);
    if (isFixed) return objectValue(new Map(declared.map(([key, part]) => [key, member(key, part)])), label);
    const known = new Map(
      declared.map(([key, part]) => {
        const value = member(key, part);
        if (required.has(key)) return [key, { value }] as const;
        return [
          key,
          { value, present: this.explorer.terms.apply('has', this.explorer.terms.variable(name), key) },
        ] as const;
      }),
    );
    return this.symbol(node, name, path, label, { known, open: !isClosed });
  }

  private list(node: SchemaNode, name: string, path: readonly string[], label: Label): ListValue {
    const { explorer } = this;
    const length = explorer.terms.apply('length', explorer.terms.variable(name));
    explorer.note(length, {
      type: 'integer',
      minimum: node.minItems ?? 0,
      ...(node.maxItems === undefined ? {} : { maximum: node.maxItems }),
    });
    const { items } = node;
    const source: Source = { length, items, taken: new Map() };
    this.lists?.set(name, source);
    const at = [...path, ANY_INDEX];
    const item = (key: string): Value => {
      if (items === undefined)
        return symbolValue(explorer.terms.variable(`${name}/${key}`), label, this.labels.below(path));
      return this.of(items, `${name}/${key}`, at);
    };
    return {
      kind: 'list',
      label,
      name,
      length,
      items: [item('*')],
      take: (key) => {
        const value = item(key);
        source.taken.set(key, value);
        return value;
      },
    };
  }
}

/** A list of a schema, and the items of it that were told apart on a path. */
export interface Source {
  readonly length: Term;
  readonly items: SchemaNode | undefined;
  readonly taken: Map<string, Value>;
}
