import type { Chance } from '../language.ts';

/** A fixed sequence of numbers (a linear congruence, Numerical Recipes' constants), the same on every machine. */
export function sequence(seed: number): Chance {
  let state = seed >>> 0;
  return {
    below(n) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      // The high bits vary best.
      return Math.floor((state / 2 ** 32) * n);
    },
  };
}
