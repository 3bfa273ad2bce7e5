import { nodesOf, type Node } from '../../src/expression/tree.ts';

/**
 * Every construct of the profile, by the kind of its node and what the parser and the evaluator tell apart in it. The record is
 * exhaustive: a new kind of node does not compile before it is listed, and is not tested before programs with it are generated.
 */
const VARIANTS: Readonly<Record<Node['kind'], readonly string[]>> = {
  identity: [''],
  literal: ['null', 'boolean', 'number', 'string'],
  variable: ['bound', 'free'],
  field: ['', '?'],
  item: ['', '?', 'negative'],
  /** `many`: several keys, or several bases. */
  index: ['', '?', 'many'],
  slice: ['from', 'to', 'both', '?', 'negative'],
  each: ['', '?'],
  array: ['empty', 'one', 'many'],
  object: ['empty', 'names', 'computed', 'many'],
  text: ['', 'many'],
  negate: ['', 'many'],
  arithmetic: ['+', '-', '*', '/', '%', 'many'],
  compare: ['==', '!=', '<', '<=', '>', '>=', 'many'],
  and: ['', 'many'],
  or: ['', 'many'],
  alternative: ['', 'maybe', 'many'],
  if: ['', 'without else', 'elif', 'many'],
  try: [''],
  pipe: ['', 'many'],
  comma: [''],
  bind: ['', 'many'],
  plain: [
    'length',
    'keys',
    'unique',
    'min',
    'max',
    'floor',
    'add',
    'tostring',
    'tonumber',
    'ascii_downcase',
    'to_entries',
    'from_entries',
    'not',
  ],
  call: ['has', 'in', 'contains', 'startswith', 'endswith', 'split', 'join', 'many'],
  map: ['', 'many'],
  with_entries: ['', 'many'],
  select: ['', 'many'],
  any: ['/0', '/1', '/2'],
  all: ['/0', '/1', '/2'],
  first: ['', 'many'],
  last: ['', 'many'],
  order: ['sort_by', 'group_by', 'unique_by', 'several keys'],
  test: [''],
  range: ['up', 'down', 'step'],
};

export const CONSTRUCTS: readonly string[] = Object.entries(VARIANTS).flatMap(([kind, variants]) =>
  variants.map((variant) => nameOf(kind, variant)),
);

function nameOf(kind: string, variant: string): string {
  return variant === '' ? kind : `${kind} ${variant}`;
}

/** The constructs in a program. */
export function constructsOf(root: Node): ReadonlySet<string> {
  return new Set(nodesOf(root).flatMap((node) => variantsOf(node).map((variant) => nameOf(node.kind, variant))));
}

function variantsOf(node: Node): readonly string[] {
  const many = node.count === 'many' ? ['many'] : [];
  switch (node.kind) {
    case 'literal':
      return [node.value.kind];
    case 'variable':
      return [node.bound ? 'bound' : 'free'];
    case 'try':
    case 'comma':
      return [''];
    case 'field':
    case 'each':
      return [node.optional ? '?' : ''];
    case 'item':
      return [node.optional ? '?' : '', ...(node.index < 0 ? ['negative'] : [])];
    case 'index':
      return [node.optional ? '?' : '', ...many];
    case 'slice': {
      const { from, to } = node;
      return [
        from === undefined ? 'to' : to === undefined ? 'from' : 'both',
        ...(node.optional ? ['?'] : []),
        ...([from, to].some((bound) => (bound ?? 0) < 0) ? ['negative'] : []),
      ];
    }
    case 'array':
      return [node.body === undefined ? 'empty' : node.body.count === 'many' ? 'many' : 'one'];
    case 'object': {
      const computed = node.entries.map(({ key }) => typeof key !== 'string');
      if (computed.length === 0) return ['empty'];
      return [
        ...(computed.includes(true) ? ['computed'] : []),
        ...(computed.includes(false) ? ['names'] : []),
        ...many,
      ];
    }
    case 'arithmetic':
    case 'compare':
      return [node.operator, ...many];
    case 'alternative':
      return ['', ...(node.left.count === 'maybe' ? ['maybe'] : []), ...many];
    case 'if':
      return [
        '',
        ...(node.otherwise.kind === 'identity' ? ['without else'] : []),
        ...(node.otherwise.kind === 'if' ? ['elif'] : []),
        ...many,
      ];
    case 'plain':
      return [node.name];
    case 'call':
      return [node.name, ...many];
    case 'map':
    case 'with_entries':
      return ['', ...(node.body.count === 'many' ? ['many'] : [])];
    case 'select':
      return ['', ...(node.condition.count === 'many' ? ['many'] : [])];
    case 'any':
    case 'all': {
      const overItems = node.source.kind === 'each' && node.source.base.kind === 'identity';
      return [overItems ? (node.condition.kind === 'identity' ? '/0' : '/1') : '/2'];
    }
    case 'first':
    case 'last':
      return ['', ...(node.source.count === 'many' ? ['many'] : [])];
    case 'order':
      return [node.name, ...(node.key.count === 'one' ? [] : ['several keys'])];
    case 'range':
      return [node.by < 0 ? 'down' : 'up', ...(Math.abs(node.by) > 1 ? ['step'] : [])];
    default:
      return ['', ...many];
  }
}
