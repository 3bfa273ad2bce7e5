import type { Node } from '../flow/model.ts';
import type { Region } from '../flow/model.ts';
import { joinMarks, type Marks, NO_MARKS } from '../value/label.ts';
import type { Value } from '../value/value.ts';

/** A decision whose region the run is in. */
export interface Active {
  readonly region: Region;
  /** What the decision carries; grows while the region lasts, as a loop's condition is decided again. */
  marks: Marks;
  /** `$context` where the region was entered. */
  readonly context: Value;
}

/**
 * The decisions that control what happens now. Regions of one program nest; those of a callee stand above those of its
 * caller, from `base` on.
 */
export class RegionStack {
  private readonly active: Active[] = [];
  private joined: Marks | undefined = NO_MARKS;
  private base = 0;

  /** The run enters a callee; gives back what {@link close} needs. */
  open(): number {
    const before = this.base;
    this.base = this.active.length;
    return before;
  }

  /** The run leaves a callee. */
  close(before: number): void {
    this.base = before;
  }

  /** A decision that carries `marks` falls. */
  enter(region: Region, marks: Marks, context: Value): void {
    if (marks === NO_MARKS) return;
    for (let i = this.active.length - 1; i >= this.base; i -= 1) {
      const entry = this.active[i];
      if (entry?.region === region) {
        entry.marks = joinMarks(entry.marks, marks);
        this.joined = undefined;
        return;
      }
    }
    this.active.push({ region, marks, context });
    this.joined = undefined;
  }

  /** The marks of every decision that controls what happens now. */
  control(): Marks {
    if (this.joined === undefined) {
      let all = NO_MARKS;
      for (const { marks } of this.active) all = joinMarks(all, marks);
      this.joined = all;
    }
    return this.joined;
  }

  /** Control passes `node`: the regions that end there, innermost first. */
  leave(node: Node): readonly Active[] {
    if (this.active.length === this.base) return NOTHING;
    let left: Active[] | undefined;
    for (let i = this.active.length - 1; i >= this.base; i -= 1) {
      const entry = this.active[i];
      if (entry?.region.end !== node) continue;
      this.active.splice(i, 1);
      (left ??= []).push(entry);
    }
    if (left === undefined) return NOTHING;
    this.joined = undefined;
    return left;
  }

  /** Control leaves the program: every region that it opened. */
  leaveAll(): readonly Active[] {
    if (this.active.length === this.base) return NOTHING;
    const left = this.active.splice(this.base).toReversed();
    this.joined = undefined;
    return left;
  }
}

const NOTHING: readonly Active[] = [];
