/** The outside of a command, handed down so that a test can stand in for it. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether standard output is a terminal. */
  readonly isTTY: boolean;
  /** Columns of the terminal, or 100. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The time, for what expires; nothing that judges a workflow asks. */
  now(): Date;
  /** The folder that holds `policies/`, `catalog/`, `fixtures/` and `docs/` of this Proofmark. */
  readonly home: string;
}

/** 0 passed, 1 findings, 2 wrong use or configuration, 3 our own fault. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Wrong use of the command line: exit 2 with one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
