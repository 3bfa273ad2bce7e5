import { lower } from '../value/concrete.ts';
import type { Node } from './tree.ts';
import {
  build,
  falsy,
  isNever,
  join,
  literalType,
  meet,
  type Member,
  type Members,
  memberOf,
  NEVER,
  NULL,
  only,
  truthy,
  type Type,
} from './type.ts';

/** What an expression is read in: the types of its input and of its variables, by name without `$`. */
export interface Scope {
  readonly input: Type;
  readonly variables: ReadonlyMap<string, Type>;
  /** A condition has made some type smaller than its source says. */
  readonly narrowed: boolean;
}

/** Where a condition looks: a variable or the input (`undefined`), and members below. */
interface Path {
  readonly variable: string | undefined;
  readonly members: readonly string[];
}

const INPUT: Path = { variable: undefined, members: [] };

/**
 * The scope in which `condition` was decided so; `undefined` where it never is. Conditions on a path (`.a.b`, `.a == "x"`,
 * `and`, `or`, `not`) say something of its type, others nothing.
 */
export function assume(condition: Node, holds: boolean, scope: Scope, here: Path | null = INPUT): Scope | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      if (holds !== (condition.kind === 'and')) return scope;
      // Whoever goes up a chain asks at each link for what all before it say.
      const known = here !== INPUT ? undefined : assumed(scope, holds);
      if (known?.has(condition) === true) return known.get(condition);
      const left = assume(condition.left, holds, scope, here);
      const both = left === undefined ? undefined : assume(condition.right, holds, left, here);
      known?.set(condition, both);
      return both;
    }
    case 'pipe': {
      const { left, right } = condition;
      if (right.kind === 'plain' && right.name === 'not') return assume(left, !holds, scope, here);
      return assume(right, holds, scope, pathOf(left, here));
    }
    case 'compare': {
      const { left, right, operator } = condition;
      if (operator !== '==' && operator !== '!=') return scope;
      const [path, other] = right.kind === 'literal' ? [pathOf(left, here), right] : [pathOf(right, here), left];
      if (path === null || other.kind !== 'literal') return scope;
      const wanted = literalType(lower(other.value));
      return refine(
        scope,
        path,
        holds === (operator === '==') ? (type) => meet(type, wanted) : (type) => unlike(type, wanted),
      );
    }
    default: {
      const path = pathOf(condition, here);
      return path === null ? scope : refine(scope, path, holds ? truthy : falsy);
    }
  }
}

const kept = { true: new WeakMap<Scope, Assumed>(), false: new WeakMap<Scope, Assumed>() };
type Assumed = Map<Node, Scope | undefined>;

function assumed(scope: Scope, holds: boolean): Assumed {
  const scopes = holds ? kept.true : kept.false;
  const known = scopes.get(scope) ?? new Map<Node, Scope | undefined>();
  scopes.set(scope, known);
  return known;
}

function pathOf(node: Node, here: Path | null): Path | null {
  switch (node.kind) {
    case 'identity':
      return here;
    case 'variable':
      return { variable: node.name, members: [] };
    case 'field': {
      const base = pathOf(node.base, here);
      return base === null ? null : { ...base, members: [...base.members, node.name] };
    }
    case 'pipe': {
      const left = pathOf(node.left, here);
      return left === null ? null : pathOf(node.right, left);
    }
    default:
      return null;
  }
}

type Filter = (type: Type) => Type;

function refine(scope: Scope, { variable, members }: Path, filter: Filter): Scope | undefined {
  const before = variable === undefined ? scope.input : scope.variables.get(variable);
  if (before === undefined) return scope;
  const after = refined(before, members, filter);
  if (isNever(after)) return undefined;
  if (variable === undefined) return { ...scope, input: after, narrowed: true };
  return { ...scope, variables: new Map(scope.variables).set(variable, after), narrowed: true };
}

/** The values of a type at whose path there is what the filter leaves; a path through another kind fails, and decides nothing. */
function refined(type: Type, path: readonly string[], filter: Filter): Type {
  const [name, ...deeper] = path;
  if (name === undefined) return filter(type);
  const { object } = type;
  const isNull = type.null && !isNever(refined(NULL, deeper, filter));
  const members = object === undefined ? undefined : refinedMember(object, name, deeper, filter);
  return build({ null: isNull, object: members, origins: type.origins });
}

function refinedMember(object: Members, name: string, deeper: readonly string[], filter: Filter): Members | undefined {
  const before: Member = memberOf(object, name) ?? { type: NEVER, required: false };
  const after = refined(before.required ? before.type : join(before.type, NULL), deeper, filter);
  if (isNever(after)) return undefined;
  // Where null is left, the member may be missing as it was.
  const required = before.required || !after.null;
  const type = meet(after, before.type);
  if (required && isNever(type)) return undefined;
  return { named: new Map(object.named).set(name, { type, required }), rest: object.rest };
}

/** Without a literal, where a type can say so. */
function unlike(type: Type, literal: Type): Type {
  const [value] = literal.string?.values ?? literal.number?.values ?? [];
  const boolean = {
    true: type.boolean.true && !literal.boolean.true,
    false: type.boolean.false && !literal.boolean.false,
  };
  const string = type.string?.values?.filter((one) => one !== value);
  const number = type.number?.values?.filter((one) => one !== value);
  return build({
    ...only(type, 'array', 'object'),
    null: type.null && !literal.null,
    boolean,
    string: string === undefined ? type.string : string.length === 0 ? undefined : { values: string, rules: [] },
    number:
      number === undefined || type.number === undefined
        ? type.number
        : number.length === 0
          ? undefined
          : { ...type.number, values: number },
    origins: type.origins,
  });
}
