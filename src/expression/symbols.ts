import type { JsonObject } from '../kernel/json.ts';
import type { Term, Terms } from '../value/term.ts';
import type { Schema } from '../schema/compile.ts';
import type { Kind, Value } from '../value/value.ts';
import type { ExpressionError } from './error.ts';

/** Bounds of a number; infinite where nothing is known. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly isInteger: boolean;
}

/**
 * What a driver that explores does for values that are not known. Every answer holds on the path that is being explored and
 * on it alone; whatever is undecided there is decided both ways, on different paths.
 */
export interface Symbols {
  readonly terms: Terms;
  /** The kinds that a term may have on this path. */
  kinds(term: Term): readonly Kind[];
  /** Whether a truth value is true: known, or decided here. */
  holds(condition: Term): boolean;
  /** An unknown that nothing else mentions, of which only this is known. */
  fresh(hint: string, schema: JsonObject): Term;
  /** Gives back the term; what it stands for meets the schema because of how it came about. */
  note(term: Term, schema: JsonObject): Term;
  bounds(term: Term): Range;
  /** What an object that a term stands for has under the name: null where it has nothing. */
  member(term: Term, name: string): Term;
  /** An item of an array that a term stands for, by what tells it from others. */
  item(term: Term, key: string): Term;
  /** How many items an array has that a term stands for. */
  size(term: Term): Term;
  /** Whether a value that is not wholly known meets a schema; where that is not known either, it is decided. */
  valid(schema: Schema, value: Value): boolean;
  /** How long a text is, in code points. */
  lengths(term: Term): Range;
  /** The texts of which a term is known to be one; `undefined` where they are not counted up. */
  texts(term: Term): readonly string[] | undefined;
  /** The text of the parts, one after the other. */
  text(parts: readonly (string | Term)[]): Term;
  /**
   * Does the work on every way that its decisions can go and forgets them; gives the errors that came out. What the work
   * leaves behind must hold for all ways together.
   */
  everyWay(work: () => void): readonly ExpressionError[];
  /** What `make` gave for this key earlier on this path. */
  memo(key: string, make: () => Value): Value;
  /** Something was replaced by an unknown that nothing is known of: sound, and told. */
  unsupported(what: string): void;
  /** No run takes this path. */
  impossible(): never;
}

/** What happens here has no bound that a driver of unknown values could follow: nothing is proved of the workflow. */
export class Unexplored extends Error {
  override readonly name = 'Unexplored';
}
