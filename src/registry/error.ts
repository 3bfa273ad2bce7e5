/** What an index, a package or a user can cause. Each refusal has one code, so that a test can name the attack that it stops. */
export type RegistryCode =
  /** Older than what was seen before. */
  | 'rollback'
  /** Past the day until which it was signed: an old index served as the present one. */
  | 'freeze'
  /** Parts of different states of the index put together, or altered. */
  | 'mix-and-match'
  /** Not signed by the keys that the trusted root names. */
  | 'unsigned'
  | 'malformed'
  | 'too-large'
  | 'unavailable'
  | 'not-found'
  /** What was seen of an index before cannot be read any more. */
  | 'state-damaged'
  /** Bytes of a package or bundle are not those of the record. */
  | 'altered'
  /** The record says another thing than the package or its seals. */
  | 'contradiction'
  /** The seals do not satisfy the trust configuration. */
  | 'not-trusted'
  | 'revoked'
  | 'look-alike'
  | 'already-published'
  | 'not-verified'
  | 'busy'
  | 'no-space'
  | 'wrong-key'
  | 'occupied';

/** A refusal: nothing was installed, published or changed. `message` is ours; words of others are only in `said`, bounded and shown encoded. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryCode;
  /** What the person can do; one sentence. */
  readonly remedy: string | undefined;
  readonly said: string | undefined;

  constructor(
    code: RegistryCode,
    message: string,
    more: { readonly remedy?: string; readonly said?: string; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.remedy = more.remedy;
    this.said = more.said?.slice(0, 500);
  }
}
