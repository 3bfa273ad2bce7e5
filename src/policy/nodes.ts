import type { Pointer } from '../kernel/pointer.ts';
import { ROOT, child, tokensOf } from '../kernel/pointer.ts';
import { unreachable } from '../kernel/result.ts';
import { Unexplored } from '../expression/symbols.ts';
import type { Label } from '../value/label.ts';
import type { SymbolValue, Value } from '../value/value.ts';
import type { Shape } from './shape.ts';

/** One node of the data that an effect hands out, with what its label covers. */
export interface Node {
  /** Its name in the pointer sets of a request: items and undeclared members are `*`. */
  readonly pointer: Pointer;
  /** Its place in the data, index by index. */
  readonly path: readonly string[];
  readonly value: Value;
  readonly label: Label;
  /**
   * What there is to choose here: a scalar or an empty container (`content`), names of members that no schema declares
   * (`names`), or which declared members or how many items there are (`presence`).
   */
  readonly choice: 'content' | 'names' | 'presence';
}

/**
 * Every node at which something can be chosen. An object that its schema fixes (every member required, no others) has none of
 * its own: whoever built it could not have built another. That holds for valid data, so the gate validates first.
 */
export function nodesOf(value: Value, shape: Shape | undefined): readonly Node[] {
  const nodes: Node[] = [];
  walk(value, shape, ROOT, [], nodes);
  return nodes;
}

function walk(value: Value, shape: Shape | undefined, pointer: Pointer, path: readonly string[], nodes: Node[]): void {
  switch (value.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      nodes.push({ pointer, path, value, label: value.label, choice: 'content' });
      return;
    case 'array':
      nodes.push({
        pointer,
        path,
        value,
        label: value.label,
        choice: value.items.length === 0 ? 'content' : 'presence',
      });
      value.items.forEach((item, index) => {
        walk(item, shape?.items, child(pointer, '*'), [...path, String(index)], nodes);
      });
      return;
    case 'object': {
      const open = shape !== undefined && [...value.fields.keys()].some((name) => !shape.members.has(name));
      if (open || !isFixed(shape)) {
        const choice = open ? 'names' : value.fields.size === 0 ? 'content' : 'presence';
        nodes.push({ pointer, path, value, label: value.label, choice });
      }
      for (const [name, field] of value.fields) {
        const declared = shape?.members.get(name);
        const token = shape !== undefined && declared === undefined ? '*' : name;
        walk(field, declared, child(pointer, token), [...path, name], nodes);
      }
      return;
    }
    case 'symbol':
      unknownNodes(value, shape, pointer, path, nodes);
      return;
    case 'list':
      // Which items there are, of any number: the place of one is that of all.
      nodes.push({ pointer, path, value, label: value.label, choice: 'content' });
      for (const item of value.items) walk(item, shape?.items, child(pointer, '*'), [...path, '*'], nodes);
      return;
    default:
      unreachable(value);
  }
}

/** The greatest number of levels that are told of something unknown. */
const MAX_DEPTH = 12;

/** Every node that a value which is not known may have: an upper bound. */
function unknownNodes(
  value: SymbolValue,
  shape: Shape | undefined,
  pointer: Pointer,
  path: readonly string[],
  nodes: Node[],
): void {
  const { members, inner, label } = value;
  const add = (at: Pointer, tokens: readonly string[], own: Label, choice: Node['choice']): void => {
    nodes.push({ pointer: at, path: tokens, value, label: own, choice });
  };
  if (members === undefined && shape?.type !== undefined && shape.type !== 'object' && shape.type !== 'array') {
    add(pointer, path, label, 'content');
    return;
  }
  const closed = members?.open === false;
  if (!closed || !isFixed(shape)) add(pointer, path, label, closed ? 'content' : 'names');
  for (const [name, member] of members?.known ?? []) {
    walk(member.value, shape?.members.get(name), child(pointer, name), [...path, name], nodes);
  }
  if (closed) return;
  const below = (part: Shape | undefined, at: Pointer, tokens: readonly string[]): void => {
    add(at, tokens, inner, 'names');
    if (part === undefined || tokens.length > MAX_DEPTH) return;
    for (const [name, next] of part.members) below(next, child(at, name), [...tokens, name]);
    if (part.items !== undefined || part.open) below(part.items, child(at, '*'), [...tokens, '*']);
  };
  for (const [name, part] of shape?.members ?? []) {
    if (members?.known.has(name) !== true) below(part, child(pointer, name), [...path, name]);
  }
  if (shape === undefined || shape.open || shape.items !== undefined)
    below(shape?.items, child(pointer, '*'), [...path, '*']);
}

/** Whether every valid value of this shape is an object with the same members. */
function isFixed(shape: Shape | undefined): boolean {
  return (
    shape?.type === 'object' &&
    !shape.nullable &&
    !shape.open &&
    [...shape.members.keys()].every((name) => shape.required.has(name))
  );
}

/** A pointer of the law as tokens; one that is no pointer covers nothing. */
export type Pattern = readonly string[];

export function patternOf(pointer: string): Pattern {
  return tokensOf(pointer) ?? ['', '', 'no pointer'];
}

/** Whether a pointer of the law covers the node at `path` (FORMATS: everything beneath it; `*` is every item). */
export function covers(pattern: Pattern, path: readonly string[]): boolean {
  return pattern.length <= path.length && pattern.every((token, i) => token === '*' || token === path[i]);
}

/** Whether the node at `path` holds what `pattern` names: an object or array above it. */
export function holds(path: readonly string[], pattern: Pattern): boolean {
  return path.length < pattern.length && path.every((token, i) => pattern[i] === '*' || pattern[i] === token);
}

/** Every value that a pointer of the law names. */
export function valuesAt(value: Value, pattern: Pattern): readonly Value[] {
  const [token, ...rest] = pattern;
  if (token === undefined) return [value];
  if (value.kind === 'array') {
    return value.items.filter((_, i) => token === '*' || token === String(i)).flatMap((item) => valuesAt(item, rest));
  }
  if (value.kind === 'list' && token === '*') return value.items.flatMap((item) => valuesAt(item, rest));
  if (value.kind === 'symbol' || value.kind === 'list') throw new Unexplored('a pointer into what is not known');
  if (value.kind !== 'object') return [];
  return [...value.fields]
    .filter(([name]) => token === '*' || token === name)
    .flatMap(([, field]) => valuesAt(field, rest));
}
