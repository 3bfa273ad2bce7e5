import { equalJson, type Json } from '../../kernel/json.ts';
import type { Clause } from '../generate/demand.ts';
import type { SchemaNode } from '../node.ts';
import type { Pattern } from '../patterns.ts';

/** A member whose name no schema lists is meant: its name matches, or is not declared, and its value breaks a schema. */
export interface SomeMember {
  readonly pattern: Pattern | undefined;
  /** Names that these declare are not meant. */
  readonly undeclaredIn: readonly SchemaNode[];
  readonly name: Clause | undefined;
  readonly clause: Clause | undefined;
}

interface Counted {
  readonly node: SchemaNode;
  readonly min: number;
  readonly max: number;
}

/**
 * Conditions that every value of one kind meets along one choice of alternatives. A condition that is left out makes the
 * branch larger, never smaller: what is shown to be empty is empty.
 */
export class Branch {
  /** The clauses that are in it, by key; the negative of a key is its contrary. */
  seen: readonly number[] = [];
  /** All values that constants leave; `undefined` where there are no constants. */
  candidates: readonly Json[] | undefined;

  low = -Infinity;
  isLowOpen = false;
  high = Infinity;
  isHighOpen = false;
  multiples: readonly number[] = [];
  notMultiples: readonly number[] = [];

  minLength = 0;
  maxLength = Infinity;
  patterns: readonly Pattern[] = [];
  notPatterns: readonly Pattern[] = [];
  formats: readonly string[] = [];
  notFormats: readonly string[] = [];

  minItems = 0;
  maxItems = Infinity;
  isUnique = false;
  arrays: readonly { readonly prefix: readonly SchemaNode[]; readonly rest: SchemaNode | undefined }[] = [];
  contains: readonly Counted[] = [];
  itemAt: readonly { readonly index: number; readonly clause: Clause }[] = [];
  someItem: readonly { readonly from: number; readonly clause: Clause }[] = [];

  minProperties = 0;
  maxProperties = Infinity;
  objects: readonly SchemaNode[] = [];
  required: readonly string[] = [];
  absent: readonly string[] = [];
  memberAt: readonly { readonly name: string; readonly clause: Clause }[] = [];
  someMember: readonly SomeMember[] = [];
  names: readonly Clause[] = [];

  copy(): Branch {
    return Object.assign(new Branch(), this);
  }

  atLeast(value: number, open: boolean): void {
    if (value > this.low || (value === this.low && open)) [this.low, this.isLowOpen] = [value, open];
  }

  atMost(value: number, open: boolean): void {
    if (value < this.high || (value === this.high && open)) [this.high, this.isHighOpen] = [value, open];
  }

  allow(values: readonly Json[]): void {
    this.candidates = this.candidates?.filter((it) => values.some((other) => equalJson(it, other))) ?? values;
  }

  require(name: string): void {
    if (!this.required.includes(name)) this.required = [...this.required, name];
  }

  /** Whether the simplest conditions already exclude each other; the dear ones are looked at once per finished branch. */
  get isPlainlyEmpty(): boolean {
    return (
      this.low > this.high ||
      (this.low === this.high && (this.isLowOpen || this.isHighOpen)) ||
      this.minLength > this.maxLength ||
      this.minItems > this.maxItems ||
      this.minProperties > this.maxProperties ||
      this.required.length > this.maxProperties ||
      this.required.some((name) => this.absent.includes(name)) ||
      this.candidates?.length === 0
    );
  }
}
