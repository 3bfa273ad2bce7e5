import type { Marks } from '../value/label.ts';
import type { Span } from './problem.ts';

/**
 * `type`: an operation is not defined for these kinds. `number`: a division by zero, or text that is no number.
 * `no-value`: the expression yields none. `unbound`: an unknown variable. `range`: a result that is no exact number.
 * `unsupported`: jq has a meaning here that the profile leaves out. `steps`, `size`, `depth`: a bound on work was reached.
 */
export type ExpressionErrorCode =
  | 'type'
  | 'number'
  | 'no-value'
  | 'unbound'
  | 'range'
  | 'unsupported'
  | 'steps'
  | 'size'
  | 'depth';

/**
 * The evaluation of an expression failed (`errors/expression`). The message names kinds, never content. `label` is what
 * the failure reveals: the marks of the values that it depends on and of the decisions that led there.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly code: ExpressionErrorCode;
  readonly span: Span;
  readonly label: Marks;
  /** The message stands for others that are not known: something unknown failed. */
  readonly isVague: boolean;

  constructor(code: ExpressionErrorCode, message: string, span: Span, label: Marks, isVague = false) {
    super(message);
    this.code = code;
    this.span = span;
    this.label = label;
    this.isVague = isVague;
  }

  /** A bound on work, not a meaning of the expression: a workflow's `catch` should not see it either. */
  get resource(): boolean {
    return this.code === 'steps' || this.code === 'size' || this.code === 'depth';
  }

  /** Whether `?` catches it. Where jq would go on with a value, catching would make another value of it. */
  get catchable(): boolean {
    return this.code === 'type' || this.code === 'number';
  }
}
