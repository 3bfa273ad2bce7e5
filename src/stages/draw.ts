import fc from 'fast-check';

/** Draws one value of a generated world. */
export type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

/**
 * fast-check's runner with everything pinned that could differ between two machines: no time limit, no reporter, a given
 * seed. `holds` answers whether the world drawn is fine; after a `false` the following calls are smaller worlds that
 * fast-check tries. A crash of ours is rethrown, not shrunk.
 */
export function drawWorlds(seed: number, worlds: number, holds: (draw: Draw) => boolean): void {
  let crash: { readonly error: unknown } | undefined;
  fc.check(
    fc.property(fc.gen(), (gen) => {
      if (crash !== undefined) return true;
      try {
        return holds((arbitrary) => gen(builderOf(arbitrary)));
      } catch (error) {
        crash = { error };
        return true;
      }
    }),
    { seed, numRuns: worlds, endOnFailure: false },
  );
  if (crash !== undefined) throw crash.error;
}

const builders = new WeakMap<fc.Arbitrary<unknown>, () => fc.Arbitrary<unknown>>();

/** One builder per arbitrary: fast-check tells draws apart by the identity of what builds them. */
function builderOf<T>(arbitrary: fc.Arbitrary<T>): () => fc.Arbitrary<T> {
  let builder = builders.get(arbitrary);
  if (builder === undefined) {
    builder = () => arbitrary;
    builders.set(arbitrary, builder);
  }
  // The map holds under each arbitrary only what builds that very one.
  return builder as () => fc.Arbitrary<T>;
}

/** At most `most` of the items, taken evenly, so that every part of the list keeps its share. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)] as T);
}
