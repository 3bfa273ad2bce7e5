import type { Json, JsonObject } from '../kernel/json.ts';
import { isArray, isObject, member } from '../kernel/json.ts';

/**
 * Labels are upper bounds of who could have chosen something. A policy that refuses because of them is then at worst too strict;
 * one that permits because something is *not* in them would permit what it should not. This file tells them apart.
 */

/** The attributes of `context` that follow labels. */
const BOUNDS: ReadonlySet<string> = new Set([
  'untrusted',
  'authored',
  'secrecy',
  'uncleared',
  'control',
  'targets',
  'unlisted',
  'guarded',
  'memory',
]);

/** How the truth of an expression follows the bounds in it: not at all, with them, against them, or both. */
type Way = 'none' | 'with' | 'against' | 'both';

/** Whether a policy that decides with upper bounds refuses whatever it would refuse with anything below them. */
export function isMonotone(policy: JsonObject): boolean {
  const conditions = member(policy, 'conditions');
  let way: Way = 'none';
  for (const clause of isArray(conditions) ? conditions : []) {
    if (!isObject(clause)) return false;
    const body = wayOf(member(clause, 'body'));
    way = both(way, member(clause, 'kind') === 'unless' ? contrary(body) : body);
  }
  return way === 'none' || way === (member(policy, 'effect') === 'forbid' ? 'with' : 'against');
}

function wayOf(json: Json | undefined): Way {
  if (!isObject(json)) return 'none';
  const [entry] = Object.entries(json);
  if (entry === undefined) return 'none';
  const [operator, operand] = entry;
  if (!isObject(operand)) return isArray(operand) && operand.some((it) => mentions(it)) ? 'both' : 'none';
  const [left, right] = [member(operand, 'left'), member(operand, 'right')];
  switch (operator) {
    case '&&':
    case '||':
      return both(wayOf(left), wayOf(right));
    case '!':
      return contrary(wayOf(member(operand, 'arg')));
    case 'isEmpty':
      return isBound(member(operand, 'arg')) ? 'against' : mentions(operand) ? 'both' : 'none';
    case 'contains':
      if (!mentions(operand)) return 'none';
      return isBound(left) && !mentions(right) ? 'with' : 'both';
    case 'containsAny':
      if (!mentions(operand)) return 'none';
      return (isBound(left) || !mentions(left)) && (isBound(right) || !mentions(right)) ? 'with' : 'both';
    case '.':
      return isBound(json) ? 'with' : 'none';
    case 'has':
      return 'none';
    default:
      return mentions(operand) ? 'both' : 'none';
  }
}

/** Whether an expression is one of the bounds, or a part of one. */
function isBound(json: Json | undefined): boolean {
  const access = isObject(json) ? member(json, '.') : undefined;
  if (!isObject(access)) return false;
  const [left, attr] = [member(access, 'left'), member(access, 'attr')];
  const isContext = isObject(left) && member(left, 'Var') === 'context';
  if (isContext) return typeof attr === 'string' && BOUNDS.has(attr);
  return isBound(left);
}

function mentions(json: Json | undefined): boolean {
  if (isArray(json)) return json.some((it) => mentions(it));
  if (!isObject(json)) return false;
  // The whole of `context` holds the bounds.
  if (member(json, 'Var') === 'context') return true;
  const access = member(json, '.');
  if (isObject(access)) {
    const left = member(access, 'left');
    const attr = member(access, 'attr');
    if (isObject(left) && member(left, 'Var') === 'context') return typeof attr !== 'string' || BOUNDS.has(attr);
  }
  const test = member(json, 'has');
  if (isObject(test)) {
    const left = member(test, 'left');
    if (isObject(left) && member(left, 'Var') === 'context') return false;
  }
  return Object.values(json).some((it) => mentions(it));
}

function contrary(way: Way): Way {
  return way === 'with' ? 'against' : way === 'against' ? 'with' : way;
}

function both(a: Way, b: Way): Way {
  if (a === 'none' || a === b) return b;
  return b === 'none' ? a : 'both';
}
