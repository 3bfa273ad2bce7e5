/** A part of an expression's source; UTF-16 code units from its start. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Why a source is no expression of the profile. `instead` says what to write; it is our own text. */
export type ExpressionProblem =
  | { readonly kind: 'syntax'; readonly offset: number; readonly length: number; readonly detail: string }
  | {
      readonly kind: 'unsupported';
      readonly offset: number;
      readonly length: number;
      readonly construct: string;
      readonly instead: string;
    };

/** Ends a parse from wherever it is; never leaves `parseExpression`. */
export class ParseFailure extends Error {
  readonly problem: ExpressionProblem;
  constructor(problem: ExpressionProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}

export function syntax(span: Span, detail: string): ParseFailure {
  return new ParseFailure({ kind: 'syntax', offset: span.offset, length: span.length, detail });
}

export function unsupported(span: Span, construct: string, instead: string): ParseFailure {
  return new ParseFailure({ kind: 'unsupported', offset: span.offset, length: span.length, construct, instead });
}
