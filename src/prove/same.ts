import type { ObjectValue, Value } from '../value/value.ts';

/** Whether two values are the same one, labels apart. */
export function isSameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'null':
      return b.kind === 'null';
    case 'boolean':
    case 'number':
    case 'string':
      return b.kind === a.kind && a.value === b.value;
    case 'array':
      return (
        b.kind === 'array' &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => isSameValue(item, b.items[i] ?? item))
      );
    case 'object':
      return (
        b.kind === 'object' &&
        haveSameNames(a, b) &&
        [...a.fields].every(([name, field]) => isSameValue(field, b.fields.get(name) ?? field))
      );
    case 'symbol':
      return b.kind === 'symbol' && a.term === b.term;
    case 'list':
      return b.kind === 'list' && a.name === b.name;
  }
}

export function haveSameNames(a: ObjectValue, b: ObjectValue): boolean {
  return a.fields.size === b.fields.size && [...a.fields.keys()].every((name) => b.fields.has(name));
}
