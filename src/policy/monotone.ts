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

/** Where paths are put together, what came before is known by bounds only: of counts upper ones, of approvals lower ones. */
const COUNTS: ReadonlySet<string> = new Set(['retry', 'count', 'calls', 'total', 'sum', 'inexact']);
const APPROVALS: ReadonlySet<string> = new Set(['approved', 'approvers']);
const NONE: ReadonlySet<string> = new Set();

/** How the truth of an expression follows the bounds in it: not at all, with them, against them, or both. */
type Way = 'none' | 'with' | 'against' | 'both';

/**
 * Whether a policy that decides with upper bounds refuses whatever it would refuse with anything below them. `isMerged`: the
 * history of a run is known by bounds as well.
 */
export function isMonotone(policy: JsonObject, isMerged = false): boolean {
  const { way } = new Ways(isMerged ? new Set([...BOUNDS, ...COUNTS]) : BOUNDS, isMerged ? APPROVALS : NONE);
  const conditions = member(policy, 'conditions');
  let all: Way = 'none';
  for (const clause of isArray(conditions) ? conditions : []) {
    if (!isObject(clause)) return false;
    const body = way(member(clause, 'body'));
    all = both(all, member(clause, 'kind') === 'unless' ? contrary(body) : body);
  }
  return all === 'none' || all === (member(policy, 'effect') === 'forbid' ? 'with' : 'against');
}

class Ways {
  private readonly upper: ReadonlySet<string>;
  private readonly lower: ReadonlySet<string>;

  constructor(upper: ReadonlySet<string>, lower: ReadonlySet<string>) {
    this.upper = upper;
    this.lower = lower;
  }

  readonly way = (json: Json | undefined): Way => {
    if (!isObject(json)) return 'none';
    const [entry] = Object.entries(json);
    if (entry === undefined) return 'none';
    const [operator, operand] = entry;
    if (!isObject(operand)) return isArray(operand) && operand.some((it) => this.mentions(it)) ? 'both' : 'none';
    const [left, right] = [member(operand, 'left'), member(operand, 'right')];
    switch (operator) {
      case '&&':
      case '||':
        return both(this.way(left), this.way(right));
      case '!':
        return contrary(this.way(member(operand, 'arg')));
      case 'isEmpty':
        return contrary(this.bound(member(operand, 'arg'), operand));
      case 'contains':
        return this.mentions(right) ? 'both' : this.bound(left, operand);
      case 'containsAny':
        return both(
          this.mentions(left) ? this.bound(left, left) : 'none',
          this.mentions(right) ? this.bound(right, right) : 'none',
        );
      case '.':
        return this.isBound(json, this.upper) ? 'with' : this.isBound(json, this.lower) ? 'against' : 'none';
      case '>':
      case '>=':
        return both(this.number(left), contrary(this.number(right)));
      case '<':
      case '<=':
        return both(contrary(this.number(left)), this.number(right));
      case 'has':
        return this.isBound(left, COUNTS) && this.mentions(left) ? 'with' : 'none';
      default:
        return this.mentions(operand) ? 'both' : 'none';
    }
  };

  /** The way of a bound that is asked for what it holds; `all` is everything that the question mentions. */
  private bound(json: Json | undefined, all: Json | undefined): Way {
    if (!this.mentions(all)) return 'none';
    return this.isBound(json, this.upper) ? 'with' : this.isBound(json, this.lower) ? 'against' : 'both';
  }

  private number(json: Json | undefined): Way {
    return this.bound(json, json);
  }

  /** Whether an expression is one of the bounds, or a part of one. */
  private isBound(json: Json | undefined, bounds: ReadonlySet<string>): boolean {
    const access = isObject(json) ? member(json, '.') : undefined;
    if (!isObject(access)) return false;
    const [left, attr] = [member(access, 'left'), member(access, 'attr')];
    const isContext = isObject(left) && member(left, 'Var') === 'context';
    if (isContext) return typeof attr === 'string' && bounds.has(attr);
    return this.isBound(left, bounds);
  }

  private mentions(json: Json | undefined): boolean {
    if (isArray(json)) return json.some((it) => this.mentions(it));
    if (!isObject(json)) return false;
    // The whole of `context` holds the bounds.
    if (member(json, 'Var') === 'context') return true;
    const access = member(json, '.');
    if (isObject(access)) {
      const left = member(access, 'left');
      const attr = member(access, 'attr');
      if (isObject(left) && member(left, 'Var') === 'context')
        return typeof attr !== 'string' || this.upper.has(attr) || this.lower.has(attr);
    }
    const test = member(json, 'has');
    if (isObject(test)) {
      const left = member(test, 'left');
      if (isObject(left) && member(left, 'Var') === 'context') return false;
    }
    return Object.values(json).some((it) => this.mentions(it));
  }
}

function contrary(way: Way): Way {
  return way === 'with' ? 'against' : way === 'against' ? 'with' : way;
}

function both(a: Way, b: Way): Way {
  if (a === 'none' || a === b) return b;
  return b === 'none' ? a : 'both';
}
