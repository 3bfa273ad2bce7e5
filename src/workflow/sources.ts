import type { Call, ErrorDefinition, Source, Task, Template, Workflow } from './model.ts';
import { tasksOf } from './walk.ts';

/** Every expression of a workflow, those of reusable parts once for each place that uses them. */
export function sourcesOf(workflow: Workflow): readonly Source[] {
  return [
    ...inTemplate(workflow.input?.from),
    ...tasksOf(workflow.do).flatMap(inTask),
    ...inTemplate(workflow.output?.as),
  ];
}

function inTask(task: Task): readonly Source[] {
  return [
    ...present(task.if),
    ...inTemplate(task.input?.from),
    ...inKind(task),
    ...inTemplate(task.output?.as),
    ...inTemplate(task.export?.as),
  ];
}

function inKind(task: Task): readonly Source[] {
  switch (task.kind) {
    case 'do':
    case 'fork':
    case 'wait':
      return [];
    case 'set':
      return inTemplate(task.set);
    case 'switch':
      return task.arms.flatMap(({ when }) => present(when));
    case 'for':
      return [...inTemplate(task.in), ...present(task.while)];
    case 'try': {
      const { when, exceptWhen, retry } = task.catch;
      return [when, exceptWhen, retry?.when, retry?.exceptWhen].flatMap(present);
    }
    case 'raise':
      return inError(task.error);
    case 'call':
      return [...inTemplate(task.with?.arguments), ...inCall(task.call)];
    case 'run':
      return inTemplate(task.argument);
  }
}

function inCall(call: Call): readonly Source[] {
  return inTemplate(call.kind === 'infer' ? call.data : call.arguments);
}

function inError({ title, detail, instance }: ErrorDefinition): readonly Source[] {
  return [title, detail, instance].flatMap(inTemplate);
}

function inTemplate(template: Template | undefined): readonly Source[] {
  switch (template?.kind) {
    case undefined:
    case 'literal':
      return [];
    case 'expression':
      return [template];
    case 'array':
      return template.items.flatMap(inTemplate);
    case 'object':
      return [...template.fields.values()].flatMap(inTemplate);
  }
}

function present(source: Source | undefined): readonly Source[] {
  return source === undefined ? [] : [source];
}
