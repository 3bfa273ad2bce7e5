import { type Comparison, type Expression, nodesOf } from '../../expression/tree.ts';
import type { Program } from '../../flow/model.ts';
import { ownExpressions } from '../../flow/walk.ts';
import { fromEntries, isArray, isObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { pathOf, put, valueAt } from '../../kernel/paths.ts';
import { child, type Pointer } from '../../kernel/pointer.ts';
import type { Source, Task } from '../../workflow/model.ts';
import { tasksOf } from '../../workflow/walk.ts';

/** What was done to a workflow, as a report names it. */
export type Operator =
  | 'task dropped'
  | 'arms swapped'
  | 'condition negated'
  | 'limit shifted'
  | 'limit widened'
  | 'approval removed'
  | 'catch removed';

/** The workflow with one small defect. Tasks keep their pointers, so that scripted replies still find them. */
export interface Mutant {
  readonly operator: Operator;
  /** What was changed: a task, an arm or an expression. */
  readonly at: Pointer;
  readonly document: Json;
}

/** An expression as it stands in the document. */
type Written = Pick<Source, 'at' | 'offset' | 'source'>;

/** Every mutant of a workflow, in document order by operator (after DeMillo, Lipton and Sayward 1978). */
export function mutantsOf(program: Program): readonly Mutant[] {
  const { workflow } = program;
  const { document } = workflow;
  const tasks = tasksOf(workflow.do);
  const change = (operator: Operator, at: Pointer, value: Json): readonly Mutant[] => {
    const changed = put(document, pathOf(at), value);
    return changed === document ? [] : [{ operator, at, document: changed }];
  };
  const text = (operator: Operator, { at, offset, source }: Written, written: string): readonly Mutant[] => {
    const whole = valueAt(document, pathOf(at));
    if (typeof whole !== 'string') return [];
    return change(operator, at, `${whole.slice(0, offset)}${written}${whole.slice(offset + source.length)}`);
  };
  return [
    ...tasks.filter(isWorthDropping).flatMap(({ at }) => change('task dropped', at, { set: '${ . }' })),
    ...tasks.flatMap((task) => (task.kind === 'switch' ? swaps(document, task.at) : [])),
    ...tasks.flatMap(conditionsOf).flatMap((source) => text('condition negated', source, `(${source.source}) | not`)),
    ...ownExpressions(program).flatMap(({ at, offset, expression }) =>
      limits(expression).flatMap(({ operator, written }) =>
        text(operator, { at, offset, source: expression.source }, written),
      ),
    ),
    ...tasks
      .filter(isApproval)
      .flatMap(({ at }) => change('approval removed', at, approved(valueAt(document, pathOf(at))))),
    ...tasks
      .filter(({ kind }) => kind === 'try')
      .flatMap(({ at }) =>
        change('catch removed', child(at, 'catch'), neverCatches(valueAt(document, pathOf(child(at, 'catch'))))),
      ),
  ];
}

/** Nobody sees a wait that is gone, and an approval that is gone is a mutant of its own. */
function isWorthDropping(task: Task): boolean {
  return task.kind !== 'wait' && !isApproval(task);
}

function isApproval(task: Task): boolean {
  return task.kind === 'call' && task.call.kind === 'approve';
}

function swaps(document: Json, at: Pointer): readonly Mutant[] {
  const pointer = child(at, 'switch');
  const arms = valueAt(document, pathOf(pointer));
  if (!isArray(arms)) return [];
  return arms.slice(1).flatMap((_, i): readonly Mutant[] => {
    const swapped = arms.map((arm, j) =>
      j === i ? towards(arm, arms[i + 1]) : j === i + 1 ? towards(arm, arms[i]) : arm,
    );
    return [{ operator: 'arms swapped', at: child(pointer, i), document: put(document, pathOf(pointer), swapped) }];
  });
}

/** The arm with where the other goes. */
function towards(arm: Json, other: Json | undefined): Json {
  const [then] = isObject(other) ? Object.values(other) : [];
  const target = isObject(then) ? (then['then'] ?? 'continue') : 'continue';
  if (!isObject(arm)) return arm;
  return fromEntries(
    Object.entries(arm).map(([name, it]) => [name, isObject(it) ? { ...it, then: target } : it] as const),
  );
}

function conditionsOf(task: Task): readonly Source[] {
  const own = [task.if];
  if (task.kind === 'switch') own.push(...task.arms.map(({ when }) => when));
  if (task.kind === 'for') own.push(task.while);
  if (task.kind === 'try') own.push(task.catch.when, task.catch.exceptWhen);
  return own.filter((source) => source !== undefined);
}

const SHIFTED: Partial<Readonly<Record<Comparison, Comparison>>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

/** What an expression compares with, a little off: the other side of the boundary, and twice the number. */
function limits({ source, root }: Expression): readonly { readonly operator: Operator; readonly written: string }[] {
  return nodesOf(root).flatMap((node) => {
    if (node.kind !== 'compare') return [];
    const { operator, left, right } = node;
    const to = SHIFTED[operator];
    if (to === undefined) return [];
    const from = left.span.offset + left.span.length;
    const at = source.slice(from, right.span.offset).indexOf(operator);
    const shifted = at < 0 ? [] : [`${source.slice(0, from + at)}${to}${source.slice(from + at + operator.length)}`];
    const widened = [left, right].flatMap((side) => {
      if (side.kind !== 'literal' || side.value.kind !== 'number') return [];
      const { offset, length } = side.span;
      return [`${source.slice(0, offset)}${2 * side.value.value + 1}${source.slice(offset + length)}`];
    });
    return [
      ...shifted.map((written) => ({ operator: 'limit shifted', written }) as const),
      ...widened.map((written) => ({ operator: 'limit widened', written }) as const),
    ];
  });
}

/** The task as if somebody had said yes. */
function approved(task: Json | undefined): JsonObject {
  const rest = Object.entries(isObject(task) ? task : {}).filter(([name]) => name !== 'call' && name !== 'with');
  return { ...fromEntries(rest), set: { approved: true, by: 'nobody' } };
}

function neverCatches(clause: Json | undefined): JsonObject {
  const rest = Object.entries(isObject(clause) ? clause : {}).filter(([name]) => name !== 'retry');
  return { ...fromEntries(rest), when: '${ false }' };
}
