import type { Marks } from '../value/label.ts';
import type { At } from './effect.ts';

/** Told what a run reaches, for coverage. */
export interface Observer {
  /** A task begins (not: it is skipped). */
  task(at: At): void;
  /**
   * The arm of a switch by its name; `caught` of a try, `skipped` of any task; of a loop `0`, `1` or `many`, its
   * iterations. `decision`: who could have chosen that it is this one, and what that reveals.
   */
  arm(at: At, arm: string, decision: Marks): void;
  /** An `if` or `//` of the expression at `at`, by where it stands in the source, was decided. */
  branch?(at: At, offset: number, truth: boolean): void;
}

export const NOBODY: Observer = { task() {}, arm() {} };
