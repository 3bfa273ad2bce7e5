import { unreachable } from '../kernel/result.ts';
import type { ToolId } from '../store/model.ts';
import type { Step, StepList } from './model.ts';

/**
 * Upper bounds of the distinct intents per tool that one pass over a list can have. What stands in a loop, or is tried
 * again, may happen any number of times: Infinity.
 */
export function callBoundsOf(list: StepList): ReadonlyMap<ToolId, number> {
  const bounds = new Map<ToolId, number>();
  for (const step of list.steps) add(bounds, boundsOfStep(step), 1);
  return bounds;
}

function boundsOfStep(step: Step): ReadonlyMap<ToolId, number> {
  const bounds = new Map<ToolId, number>();
  switch (step.kind) {
    case 'set':
    case 'switch':
    case 'raise':
    case 'wait':
      break;
    case 'call':
      if (step.call.kind === 'tool') bounds.set(step.call.tool.id, 1);
      break;
    case 'run':
      return step.callee.callBounds;
    case 'do':
      return callBoundsOf(step.do);
    case 'for':
      add(bounds, callBoundsOf(step.do), Infinity);
      break;
    case 'fork':
      for (const branch of step.branches) add(bounds, callBoundsOf(branch), 1);
      break;
    case 'try':
      add(bounds, callBoundsOf(step.try), step.catch.retry === undefined ? 1 : Infinity);
      if (step.catch.do !== undefined) add(bounds, callBoundsOf(step.catch.do), 1);
      break;
    default:
      unreachable(step);
  }
  return bounds;
}

function add(bounds: Map<ToolId, number>, more: ReadonlyMap<ToolId, number>, times: number): void {
  for (const [tool, count] of more) bounds.set(tool, (bounds.get(tool) ?? 0) + count * times);
}
