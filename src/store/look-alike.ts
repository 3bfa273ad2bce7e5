import { editDistance } from '../kernel/suggest.ts';

/**
 * Names that a reader takes for another: one edit away, or equal once look-alike characters are folded (0 and o; 1, l
 * and i; rn and m; a hyphen and none).
 */
export function looksLike(a: string, b: string): boolean {
  return a !== b && (fold(a) === fold(b) || editDistance(a, b, 1) <= 1);
}

/** A set of names that finds what looks like a given one without comparing all pairs. */
export class LookAlikeIndex {
  readonly #buckets = new Map<string, string[]>();

  add(name: string): void {
    for (const key of keysOf(name)) {
      const bucket = this.#buckets.get(key);
      if (bucket === undefined) this.#buckets.set(key, [name]);
      else bucket.push(name);
    }
  }

  /** The names that look like `name`, sorted, `name` itself left out. */
  find(name: string): readonly string[] {
    const candidates = new Set(keysOf(name).flatMap((key) => this.#buckets.get(key) ?? []));
    return [...candidates].filter((other) => looksLike(name, other)).sort();
  }
}

/** Two names within one edit or swap share the name itself or a form of it with one character deleted. */
function keysOf(name: string): readonly string[] {
  const deleted = Array.from(name, (_, i) => `-${name.slice(0, i)}${name.slice(i + 1)}`);
  return [...new Set([`=${fold(name)}`, `-${name}`, ...deleted])];
}

/** A name with look-alike characters made equal: two names whose folds are equal look alike. */
export function fold(name: string): string {
  return name.replaceAll('rn', 'm').replaceAll('0', 'o').replaceAll(/[1i]/g, 'l').replaceAll('-', '');
}
