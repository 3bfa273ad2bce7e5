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
      const { own, joined, first } = partsOf(name);
      const folded = fold(name);
      return names.find(
        (other) =>
          (other.endsWith(own) ||
            (other.length === name.length && other.replace('/', '') === joined) ||
            (firstOf(other) === first && fold(other) === folded)) &&
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
function partsOf(name: string): { readonly own: string; readonly joined: string; readonly first: string } {
  return { own: name.slice(name.indexOf('/')), joined: name.replace('/', ''), first: firstOf(name) };
}

/** The first character up to what a fold may make of it: most pairs of names differ here already. */
function firstOf(name: string): string {
  const [first = ''] = name;
  return '1il'.includes(first) ? 'l' : '0o'.includes(first) ? 'o' : 'rm'.includes(first) ? 'm' : first;
}

function isAlike(name: string, other: string): boolean {
  return !other.startsWith(name.slice(0, name.indexOf('/') + 1)) && looksLike(name, other);
}
