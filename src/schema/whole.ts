import { parseRegex, type Regex } from './regex.ts';

/** A pattern of whole texts; lengths in code points. */
export interface Whole {
  /** The source between the two ends. */
  readonly inner: string;
  readonly least: number;
  /** `Infinity` where there is no greatest length. */
  readonly most: number;
}

/** A pattern that is one text from its start to its end; `undefined` for any other. */
export function wholeOf(source: string): Whole | undefined {
  if (!source.startsWith('^') || !source.endsWith('$')) return undefined;
  const parsed = parseRegex(source);
  const only = parsed.ok && parsed.value.none.length === 0 ? parsed.value.all : [];
  const [regex] = only;
  if (only.length !== 1 || regex?.kind !== 'sequence') return undefined;
  const [first, ...rest] = regex.items;
  const last = rest.pop();
  if (first?.kind !== 'assert' || first.at !== 'start' || last?.kind !== 'assert' || last.at !== 'end')
    return undefined;
  if (rest.some(asserts)) return undefined;
  const [least, most] = sizes({ kind: 'sequence', items: rest });
  return { inner: source.slice(1, -1), least, most };
}

function asserts(regex: Regex): boolean {
  switch (regex.kind) {
    case 'assert':
      return true;
    case 'set':
      return false;
    case 'sequence':
    case 'choice':
      return regex.items.some(asserts);
    case 'repeat':
      return asserts(regex.body);
  }
}

function sizes(regex: Regex): readonly [number, number] {
  switch (regex.kind) {
    case 'assert':
      return [0, 0];
    case 'set':
      return [1, 1];
    case 'sequence': {
      let [least, most] = [0, 0];
      for (const item of regex.items) {
        const [a, b] = sizes(item);
        least += a;
        most += b;
      }
      return [least, most];
    }
    case 'choice': {
      const all = regex.items.map(sizes);
      return [Math.min(...all.map(([a]) => a)), Math.max(...all.map(([, b]) => b))];
    }
    case 'repeat': {
      const [a, b] = sizes(regex.body);
      return [a * regex.min, b === 0 ? 0 : b * regex.max];
    }
  }
}
