import type { Symbols } from '../expression/symbols.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { Term } from '../value/term.ts';

/** One Cedar policy of the law, as its annotations describe it. */
export interface PolicyInfo {
  /** `@id`, unique within the law. */
  readonly id: string;
  readonly title: string;
  readonly rationale?: string;
  readonly reference: string;
  readonly file: string;
  /** From 1, where the policy's text starts. */
  readonly line: number;
  readonly effect: 'permit' | 'forbid';
}

/** Why a policy has no value for a request. */
export interface PolicyError {
  readonly policy: string;
  readonly detail: string;
}

/**
 * Cedar's answer, ids sorted. `determining` are the policies that decided: the satisfied forbids, else the satisfied
 * permits. `allowed` is narrower than Cedar's own decision: an error in any policy denies (FORMATS, "Cedar request").
 */
export interface Decision {
  readonly allowed: boolean;
  readonly determining: readonly string[];
  readonly errors: readonly PolicyError[];
}

/** A Cedar request over our values (FORMATS, "Cedar request"). */
export interface Request {
  readonly principal: EntityValue;
  readonly action: EntityValue;
  readonly resource: EntityValue;
  /** The groups that the action is a member of, as ids of type `Action`; nothing else has ancestors. */
  readonly groups: readonly string[];
  readonly context: RecordValue;
  /** Where in the run the request arises; no part of what Cedar sees. */
  readonly at: Pointer | string;
}

/**
 * Cedar's values. A long is a 64-bit integer; a decimal counts ten-thousandths; a set's items stand under their
 * canonical keys (`values.ts`), so that equal items are one. A `symbol` stands for a value of its sort that is not known, a
 * `linear` for what arithmetic makes of such longs, a `question` for a truth value, which is decided where evaluation depends
 * on it, and an `unknown-set` for a set of which not even the number of items is known.
 */
export type CedarValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'long'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'decimal'; readonly tenThousandths: bigint }
  | EntityValue
  | SetValue
  | RecordValue
  | SymbolValue
  | LinearValue
  | UnknownSet
  | Question;

/** The term of a decimal stands for the number itself, not for ten-thousandths. */
export type SymbolValue = {
  readonly kind: 'symbol';
  readonly sort: 'long' | 'string' | 'decimal';
  readonly term: Term;
};
/** `constant` and so many times each term, exactly; a long, so within 64 bits. */
export type LinearValue = {
  readonly kind: 'linear';
  readonly constant: bigint;
  readonly parts: ReadonlyMap<Term, bigint>;
};
export type UnknownSet = {
  readonly kind: 'unknown-set';
  readonly term: Term;
  /** Zero exactly when the set is empty. */
  readonly length: Term;
  /** Every item is what one of these can stand for; `undefined` where it may be anything. */
  readonly items: readonly CedarValue[] | undefined;
};
export type Question = { readonly kind: 'question'; readonly ask: (symbols: Symbols) => boolean };

export type EntityValue = { readonly kind: 'entity'; readonly type: string; readonly id: string };
export type SetValue = {
  readonly kind: 'set';
  readonly items: ReadonlyMap<string, CedarValue>;
  /** Some item is not known: items under different keys may then be equal. */
  readonly isVague?: true;
};
export type RecordValue = { readonly kind: 'record'; readonly fields: ReadonlyMap<string, CedarValue> };

/** Evaluation failed here: what Cedar calls an evaluation error, as a value that every operation hands on. */
export interface CedarError {
  readonly kind: 'error';
  readonly detail: string;
}

/** What every node of a policy evaluates to. */
export type Outcome = CedarValue | CedarError;
