import { joinMarks, type Marks, NO_MARKS } from '../value/label.ts';

/** What a clock showed, and what that reveals. */
export type Reading = Readonly<Pick<Clock, 'now' | 'marks'>>;

/** Virtual time: milliseconds since the run began, moved only by what replies and waits take. */
export class Clock {
  now = 0;
  /** Who could have chosen how much time has passed, and what it reveals. */
  marks: Marks = NO_MARKS;
  private readonly limits: number[] = [];

  reading(): Reading {
    const { now, marks } = this;
    return { now, marks };
  }

  /** How many time limits are in force. */
  get depth(): number {
    return this.limits.length;
  }

  /** A limit of `milliseconds` from now; gives the number that {@link advance} names it by. */
  limit(milliseconds: number): number {
    return this.limits.push(this.now + milliseconds) - 1;
  }

  /** How long from now until the first limit runs out; `undefined` where none is in force. */
  get left(): number | undefined {
    return this.limits.length === 0 ? undefined : Math.max(0, Math.min(...this.limits) - this.now);
  }

  /** Takes back limit `number` and every later one. */
  release(number: number): void {
    this.limits.length = number;
  }

  /**
   * Lets time pass. Where a limit runs out on the way, time stops there and the number of that limit is given, of several
   * the outermost; a limit that is just met has not run out.
   */
  advance(milliseconds: number, marks: Marks): number | undefined {
    this.marks = joinMarks(this.marks, marks);
    const end = this.now + milliseconds;
    let first: number | undefined;
    let earliest = end;
    for (const [number, at] of this.limits.entries()) {
      if (at < earliest) {
        earliest = at;
        first = number;
      }
    }
    this.now = Math.max(this.now, earliest);
    return first;
  }
}
