/** A committed file that a script derives from pinned inputs: installed packages, other files of the project, tables of the engine. */
export type Generated = {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
};

/** One `scripts/generate-<name>.ts`, listed in `generate.ts`. The same inputs give the same bytes in every clone. */
export type Generator = {
  readonly name: string;
  /** Why this machine cannot derive the files; undefined where it can. */
  readonly unavailable?: string | undefined;
  readonly generate: () => Promise<readonly Generated[]>;
};
