/** What can go wrong between us and the world through no fault of our own. */
export type ConnectCode =
  | 'bad-transport'
  | 'missing-binding'
  | 'package-not-found'
  | 'package-mismatch'
  | 'server-start'
  | 'server-closed'
  | 'server-protocol'
  | 'server-refused'
  | 'unauthenticated'
  | 'unauthorized'
  | 'timeout'
  | 'too-large'
  | 'hostile-reply'
  | 'git'
  | 'signing-key'
  | 'identity-token'
  | 'sigstore'
  | 'solver'
  | 'solvers-disagree';

/**
 * A failure that a user, a server or a network causes; never an invariant of ours. `message` is our own sentence; text that
 * a server chose is only in `said`, bounded, and is encoded wherever it is shown.
 */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code: ConnectCode;
  /** What the person can do about it; one sentence. */
  readonly remedy: string | undefined;
  /** The other side's own words: hostile text. */
  readonly said: string | undefined;

  constructor(
    code: ConnectCode,
    message: string,
    more: { readonly remedy?: string; readonly said?: string; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.remedy = more.remedy;
    this.said = more.said === undefined ? undefined : bounded(more.said);
  }
}

const SAID_LIMIT = 500;

function bounded(text: string): string {
  return text.length <= SAID_LIMIT ? text : `${text.slice(0, SAID_LIMIT)}…`;
}
