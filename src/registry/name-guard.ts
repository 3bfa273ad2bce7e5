import { fold, looksLike } from '../store/look-alike.ts';

/** Finds a name of another namespace that a new one could be taken for. */
export interface NameGuard {
  alike(name: string): string | undefined;
  add(name: string): void;
}

/** How many new names are compared with all others one by one before a table of all names pays. */
const FEW = 8;

/** Of the names that are there, for so many new ones. */
export function nameGuard(known: readonly string[], fresh: number): NameGuard {
  return fresh > FEW ? table(known) : list(known);
}

function list(known: readonly string[]): NameGuard {
  const names = [...known];
  return {
    alike: (name) => {
      const { own, joined } = partsOf(name);
      return names.find(
        (other) =>
          (other.endsWith(own) ||
            (other.length === name.length && other.replace('/', '') === joined) ||
            haveEqualFolds(name, other)) &&
          isAlike(name, other),
      );
    },
    add: (name) => void names.push(name),
  };
}

function table(known: readonly string[]): NameGuard {
  const names = new Map<string, string[]>();
  const keysOf = (name: string): readonly string[] => {
    const { own, joined } = partsOf(name);
    return [own, `=${joined}`, `~${fold(name)}`];
  };
  const add = (name: string): void => {
    for (const key of keysOf(name)) {
      const bucket = names.get(key);
      if (bucket === undefined) names.set(key, [name]);
      else bucket.push(name);
    }
  };
  for (const name of known) add(name);
  return {
    add,
    alike: (name) => {
      for (const key of keysOf(name)) {
        const other = names.get(key)?.find((one) => isAlike(name, one));
        if (other !== undefined) return other;
      }
      return undefined;
    },
  };
}

/**
 * What two names of different namespaces share when they look alike. One edit is either within the namespace, so that the own names
 * are equal, or swaps the slash with its neighbour, so that they are equal without it; else their folds are equal.
 */
function partsOf(name: string): { readonly own: string; readonly joined: string } {
  return { own: name.slice(name.indexOf('/')), joined: name.replace('/', '') };
}

/** Whether `fold(a) === fold(b)`, told at the first character where they differ: nearly all names differ early. */
function haveEqualFolds(a: string, b: string): boolean {
  let i = 0;
  let j = 0;
  for (;;) {
    while (a[i] === '-') i += 1;
    while (b[j] === '-') j += 1;
    if (i >= a.length || j >= b.length) return i >= a.length && j >= b.length;
    if (foldedAt(a, i) !== foldedAt(b, j)) return false;
    i += widthAt(a, i);
    j += widthAt(b, j);
  }
}

function foldedAt(name: string, at: number): string {
  const character = name.charAt(at);
  switch (character) {
    case '0':
      return 'o';
    case '1':
    case 'i':
      return 'l';
    case 'r':
      return widthAt(name, at) === 2 ? 'm' : 'r';
    default:
      return character;
  }
}

/** Two characters that look like one stand next to each other. */
function widthAt(name: string, at: number): 1 | 2 {
  return name[at] === 'r' && name[at + 1] === 'n' ? 2 : 1;
}

function isAlike(name: string, other: string): boolean {
  return !other.startsWith(name.slice(0, name.indexOf('/') + 1)) && looksLike(name, other);
}
