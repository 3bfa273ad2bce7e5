import type { Quantity } from '../expression/symbolic.ts';
import type { Marks } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Reading } from './clock.ts';

/** An item of the list that a loop runs over, and how many came before it. */
export interface Item {
  readonly value: Value;
  readonly index: Quantity;
}

/** What a task, or a construct that holds tasks, keeps while those run. */
export interface Held {
  /** The data with which it began. */
  data: Value;
  /** Its transformed input. */
  input: Value;
  /** Of a loop: what it runs over. */
  items: Value | undefined;
  /** Values of variables that it gives back when it is done. */
  outer: readonly (Value | undefined)[];
  /** What a loop's own decision carries. */
  marks: Marks;
  startedAt: Reading;
}
