import type { Node } from '../flow/model.ts';
import type { Region } from '../flow/model.ts';
import { assert } from '../kernel/result.ts';
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

/** The decisions that control what happens now: of the whole run and of each callee on the way, those of its own program. */
export class RegionStack {
  private programs: Active[][] = [[]];
  private joined: Marks | undefined = NO_MARKS;

  /** The run enters a callee. */
  open(): void {
    this.programs.push([]);
  }

  /** The run leaves a callee, whose regions have been left. */
  close(): void {
    this.programs.pop();
  }

  /** A decision that carries `marks` falls. */
  enter(region: Region, marks: Marks, context: Value): void {
    if (marks === NO_MARKS) return;
    this.joined = undefined;
    const active = this.innermost();
    for (let i = active.length - 1; i >= 0; i -= 1) {
      const entry = active[i];
      if (entry?.region !== region) continue;
      entry.marks = joinMarks(entry.marks, marks);
      return;
    }
    active.push({ region, marks, context });
  }

  /** The marks of every decision that controls what happens now. */
  control(): Marks {
    if (this.joined === undefined) {
      let all = NO_MARKS;
      for (const active of this.programs) for (const { marks } of active) all = joinMarks(all, marks);
      this.joined = all;
    }
    return this.joined;
  }

  /** Control passes `node`: the regions that end there, innermost first. */
  leave(node: Node): readonly Active[] {
    const active = this.innermost();
    if (active.length === 0) return NOTHING;
    let left: Active[] | undefined;
    for (let i = active.length - 1; i >= 0; i -= 1) {
      const entry = active[i];
      if (entry?.region.end !== node) continue;
      active.splice(i, 1);
      (left ??= []).push(entry);
    }
    if (left === undefined) return NOTHING;
    this.joined = undefined;
    return left;
  }

  /** Control leaves the program: every region that it opened. */
  leaveAll(): readonly Active[] {
    const active = this.innermost();
    if (active.length === 0) return NOTHING;
    this.joined = undefined;
    return active.splice(0).toReversed();
  }

  /** The regions of each program, from the outside, as they are now. */
  copy(): readonly (readonly Active[])[] {
    return this.programs.map((active) => active.map((entry) => ({ ...entry })));
  }

  /** Makes them what {@link copy} gave. */
  reset(programs: readonly (readonly Active[])[]): void {
    this.programs = programs.map((active) => active.map((entry) => ({ ...entry })));
    this.joined = undefined;
  }

  private innermost(): Active[] {
    const active = this.programs.at(-1);
    assert(active !== undefined, 'the whole run is a program');
    return active;
  }
}

const NOTHING: readonly Active[] = [];
