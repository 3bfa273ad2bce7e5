import { parseExpression } from '../../expression/parse.ts';
import { type Finding, finding } from '../../kernel/finding.ts';
import { brief } from '../../kernel/text.ts';
import type { Call, Task, Template, Workflow } from '../../workflow/model.ts';
import { tasksOf } from '../../workflow/walk.ts';

/** What an expression begins with and text hardly ever: a variable that the specification gives. */
const LIKE_EXPRESSION = /^\s*\$(?:context|input|output|task|workflow|runtime)\b/;

/** Characters of what somebody may have meant for an expression. */
const LONGEST = 500;

/** Text that reads as an expression and is none, because `${ }` is missing around it. */
export function literalExpressions(workflow: Workflow): readonly Finding[] {
  return tasksOf(workflow.do)
    .flatMap(templatesOf)
    .flatMap(literalsOf)
    .flatMap(({ value, at }) => {
      if (typeof value !== 'string' || value.length > LONGEST || !LIKE_EXPRESSION.test(value)) return [];
      if (!parseExpression(value).ok) return [];
      const data = { text: brief(value.trim(), 80) };
      return [
        finding('structure/literal-expression', workflow.locate(at), data, {
          severity: 'warning',
          confidence: 'likely',
        }),
      ];
    });
}

/** Where an expression needs `${ }`: everywhere but in conditions, `from`, `as` and `in`. */
function templatesOf(task: Task): readonly (Template | undefined)[] {
  switch (task.kind) {
    case 'set':
      return [task.set];
    case 'call':
      return [task.with?.arguments, ...ofCall(task.call)];
    case 'run':
      return [task.argument];
    case 'raise':
      return [task.error.title, task.error.detail, task.error.instance];
    case 'do':
    case 'switch':
    case 'for':
    case 'fork':
    case 'try':
    case 'wait':
      return [];
  }
}

function ofCall(call: Call): readonly Template[] {
  return [call.kind === 'infer' ? call.data : call.arguments];
}

function literalsOf(template: Template | undefined): readonly Extract<Template, { kind: 'literal' }>[] {
  switch (template?.kind) {
    case 'literal':
      return [template];
    case 'array':
      return template.items.flatMap(literalsOf);
    case 'object':
      return [...template.fields.values()].flatMap(literalsOf);
    case 'expression':
    case undefined:
      return [];
  }
}
