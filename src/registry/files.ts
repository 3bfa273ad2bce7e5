/** What reads an index: a folder, or an address that serves one. */
export interface IndexReader {
  /**
   * The bytes at a path relative to the index; undefined where nothing stands. Throws `RegistryError` `unavailable` where it
   * cannot be told, `too-large` beyond `limit` bytes.
   */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
}

/** The folder of an index as a publisher has it. Paths are relative, `/`-separated and made by us. */
export interface IndexWriter extends IndexReader {
  /** The names in a folder; none where there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Writes a file that nobody refers to yet; it may be torn when we are killed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Resolves when every file written or staged so far survives a loss of power. */
  settle(): Promise<void>;
  /** Writes what a file is to become, beside it. */
  stage(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Puts what was staged in place of a file, at once and lasting: whoever reads it, and whenever we are killed, finds the old or the
   * new one, whole.
   */
  promote(path: string): Promise<void>;
  /** Puts a file that stands, and will never be changed, under another name too, at once. */
  alias(path: string, present: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Does the work while no other publisher does any; `busy` where another one holds the index for too long. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** What a client remembers of an index between runs. */
export interface Memory {
  load(): Promise<Seen | undefined>;
  save(seen: Seen): Promise<void>;
  /** Bytes kept earlier under their SHA-256; the caller checks them again. */
  cached(sha256: string): Promise<Uint8Array | undefined>;
  keep(sha256: string, bytes: Uint8Array): Promise<void>;
}

/** The newest metadata that was found good, as signed. */
export interface Seen {
  readonly root: string;
  readonly timestamp: string | undefined;
  readonly snapshot: string | undefined;
}

/** For readers that start from the trusted root every time. */
export const NO_MEMORY: Memory = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
  cached: () => Promise.resolve(undefined),
  keep: () => Promise.resolve(),
};
