/** What stands at a path of a tree. Links and special files are listed, never followed. */
export interface Entry {
  /** Relative, `/`-separated, without `.` or `..`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes; 0 for what is no file. */
  readonly size: number;
}

/**
 * A read-only tree of files: a folder on disk, a commit in git, an overlay in a test. All access of the parts below
 * `connect` to files goes through one.
 */
export interface Tree {
  /** Every entry below the root, sorted by path (UTF-16 code units). */
  list(): readonly Entry[];
  /** The bytes of a file; `undefined` where there is no file at the path. */
  read(path: string): Uint8Array | undefined;
}
