/**
 * Results that are kept for as long as they are small together, so that making one again is a look-up. Only time depends on
 * what is kept.
 */
export class Kept<V> {
  readonly #most: number;
  readonly #values = new Map<string, V>();
  #cost = 0;

  /** `most`: what all values together may cost, in the unit of {@link keep}. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** Where there is no room, all that was kept goes. */
  keep(key: string, value: V, cost: number): V {
    if (this.#cost + cost > this.#most) {
      this.#values.clear();
      this.#cost = 0;
    }
    if (cost <= this.#most) {
      this.#values.set(key, value);
      this.#cost += cost;
    }
    return value;
  }
}
