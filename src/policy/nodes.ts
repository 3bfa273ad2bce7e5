import type { Pointer } from '../kernel/pointer.ts';
import { ROOT, child, tokensOf } from '../kernel/pointer.ts';
import { unreachable } from '../kernel/result.ts';
import type { Label } from '../value/label.ts';
import type { Value } from '../value/value.ts';
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
    default:
      unreachable(value);
  }
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
