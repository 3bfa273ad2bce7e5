import type { Expression } from '../expression/tree.ts';
import { unreachable } from '../kernel/result.ts';
import type { Code, ErrorCode, ExpressionCode, Program, Step, StepList } from './model.ts';

/** Every step of a program and of the programs that it runs, in document order, a step before those inside it. */
export function stepsOf(program: Program): readonly Step[] {
  return listed(program.body, true);
}

function listed({ steps }: StepList, callees: boolean): readonly Step[] {
  return steps.flatMap((step) => {
    const lists = callees && step.kind === 'run' ? [step.callee.body] : listsOf(step);
    return [step, ...lists.flatMap((list) => listed(list, callees))];
  });
}

/** The lists directly inside a step of a program's own document. */
export function listsOf(step: Step): readonly StepList[] {
  switch (step.kind) {
    case 'do':
    case 'for':
      return [step.do];
    case 'fork':
      return step.branches;
    case 'try':
      return step.catch.do === undefined ? [step.try] : [step.try, step.catch.do];
    case 'set':
    case 'switch':
    case 'raise':
    case 'wait':
    case 'call':
    case 'run':
      return [];
    default:
      return unreachable(step);
  }
}

/** The programs that make up a run: this one and those that it runs. */
export function programsOf(program: Program): readonly Program[] {
  return [program, ...stepsOf(program).flatMap((step) => (step.kind === 'run' ? [step.callee] : []))];
}

/** Every expression of a program and of those that it runs. */
export function expressionsOf(program: Program): readonly Expression[] {
  return programsOf(program).flatMap((one) => ownExpressions(one).map(({ expression }) => expression));
}

/** The expressions of a program's own document, with their places. */
export function ownExpressions(program: Program): readonly ExpressionCode[] {
  const codes = [program.input.code, program.output.code, ...ownSteps(program).flatMap(codesOf)];
  return codes.flatMap((code) => (code === undefined ? [] : expressionsIn(code)));
}

/** The steps of a program's own document. */
export function ownSteps(program: Program): readonly Step[] {
  return listed(program.body, false);
}

function codesOf(step: Step): readonly (Code | undefined)[] {
  return [step.if, step.input.code, step.output.code, step.export.code, ...own(step)];
}

function own(step: Step): readonly (Code | undefined)[] {
  switch (step.kind) {
    case 'set':
      return [step.set];
    case 'switch':
      return step.arms.map(({ when }) => when);
    case 'for':
      return [step.in, step.while];
    case 'try': {
      const { when, exceptWhen, retry } = step.catch;
      return [when, exceptWhen, retry?.when, retry?.exceptWhen];
    }
    case 'raise':
      return worded(step.error);
    case 'call':
      return [step.with?.code, ...called(step.call)];
    case 'run':
      return [step.argument];
    case 'do':
    case 'fork':
    case 'wait':
      return [];
    default:
      return unreachable(step);
  }
}

function called(call: Extract<Step, { kind: 'call' }>['call']): readonly (Code | undefined)[] {
  switch (call.kind) {
    case 'tool':
      return [call.arguments];
    case 'infer':
      return [call.data];
    case 'approve':
      return [call.arguments, ...worded(call.otherwise)];
    default:
      return unreachable(call);
  }
}

function worded({ title, detail, instance }: ErrorCode): readonly (Code | undefined)[] {
  return [title, detail, instance];
}

function expressionsIn(code: Code): readonly ExpressionCode[] {
  switch (code.kind) {
    case 'constant':
      return [];
    case 'expression':
      return [code];
    case 'array':
      return code.items.flatMap(expressionsIn);
    case 'object':
      return code.fields.flatMap(([, field]) => expressionsIn(field));
    default:
      return unreachable(code);
  }
}
