import type { Marks } from '../value/label.ts';
import type { Span } from './problem.ts';

/**
 * `type`: an operation is not defined for these kinds. `no-value`, `many-values`: not exactly one value. `number`: a
 * division by zero, a result that is no exact number, or text that is no number. `unbound`: an unknown variable.
 * `steps`, `size`, `depth`: a bound on work was reached.
 */
export type ExpressionErrorCode = 'type' | 'no-value' | 'number' | 'unbound' | 'steps' | 'size' | 'depth';

/**
 * The evaluation of an expression failed (`errors/expression`). The message names kinds, never content. `label` is what
 * the failure reveals: the marks of the values that it depends on and of the decisions that led there.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly code: ExpressionErrorCode;
  readonly span: Span;
  readonly label: Marks;

  constructor(code: ExpressionErrorCode, message: string, span: Span, label: Marks) {
    super(message);
    this.code = code;
    this.span = span;
    this.label = label;
  }

  /** A bound on work, not a meaning of the expression: `?` does not catch it, nor should a workflow's `catch`. */
  get resource(): boolean {
    return this.code === 'steps' || this.code === 'size' || this.code === 'depth';
  }
}
