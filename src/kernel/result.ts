/** A value, or why there is none. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** A breach of an invariant that only our own code can cause; a run that meets one exits 3. */
export class Defect extends Error {
  override readonly name = 'Defect';
}

export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Defect(invariant);
}

/** For the `default` of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Defect(`unreachable: ${String(value)}`);
}
