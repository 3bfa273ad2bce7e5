import { brief } from '../kernel/text.ts';
import {
  isNever,
  kindsOf,
  memberOf,
  type Members,
  meet,
  type Numbers,
  type Origin,
  type Strings,
  type Type,
} from './type.ts';

/** A type as a sentence names it: `an integer from 1 to 9, or null`. Texts of a store are in it. */
export function describeType(type: Type): string {
  const kinds = kindsOf(type);
  if (kinds.length === 6) return 'anything';
  const parts = kinds.map((kind) => {
    switch (kind) {
      case 'null':
        return 'null';
      case 'boolean':
        return type.boolean.true && type.boolean.false ? 'true or false' : String(type.boolean.true);
      case 'number':
        return type.number === undefined ? '' : numbers(type.number);
      case 'string':
        return type.string === undefined ? '' : strings(type.string);
      case 'array':
        return type.array?.max === 0 ? 'an empty array' : 'an array';
      case 'object':
        return 'an object';
    }
  });
  return listed(parts, 'or');
}

function numbers({ min, max, integer, values }: Numbers): string {
  if (values !== undefined) return listed(values.map(String), 'or');
  const noun = integer ? 'an integer' : 'a number';
  if (min > -Infinity && max < Infinity) return `${noun} from ${min} to ${max}`;
  if (min > -Infinity) return `${noun} of at least ${min}`;
  return max < Infinity ? `${noun} of at most ${max}` : noun;
}

function strings({ values, rules }: Strings): string {
  if (values !== undefined)
    return listed(
      values.map((value) => JSON.stringify(brief(value, 40))),
      'or',
    );
  const pattern = rules.find((rule) => rule.pattern !== undefined)?.pattern?.source;
  if (pattern !== undefined) return `a string that matches ${brief(pattern, 60)}`;
  const format = rules.find((rule) => rule.format !== undefined)?.format;
  return format === undefined ? 'a string' : `a string of the format ${format}`;
}

const SHOWN = 8;

/** `a, b or c`; of many, the first. */
export function listed(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length > SHOWN) return `${words.slice(0, SHOWN).join(', ')}, …`;
  const [only = ''] = words;
  return words.length < 2 ? only : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

/** The members that an object may have, by name. */
export function memberNames({ named }: Members): readonly string[] {
  return [...named].flatMap(([name, { type }]) => (isNever(type) ? [] : [name]));
}

/** Where values come from, and how they came. */
export function describeOrigins(origins: readonly Origin[]): string {
  return origins
    .map(({ what, declared, via }) => [`${what}${declared === '' ? '' : ` (${declared})`}`, ...via].join(', '))
    .join(', or ');
}

/** Why no value of one type is one of the other, at the outermost place where that shows. */
export interface Conflict {
  /** Of members and items (`*`), from the outside. */
  readonly path: readonly string[];
  readonly detail: string;
  /** A member that must be there and is not, and those that are there and need not be. */
  readonly missing?: { readonly name: string; readonly instead: readonly string[] };
}

/** `undefined` where some value may be of both types. */
export function conflictOf(type: Type, wanted: Type): Conflict | undefined {
  if (!isNever(meet(type, wanted))) return undefined;
  const mismatch = { path: [], detail: `it is ${describeType(type)}, and ${describeType(wanted)} is asked for` };
  const shared = kindsOf(type).filter((kind) => kindsOf(wanted).includes(kind));
  const [kind] = shared;
  if (shared.length !== 1) return mismatch;
  if (kind === 'object' && type.object !== undefined && wanted.object !== undefined)
    return memberConflict(type.object, wanted.object) ?? mismatch;
  if (kind === 'array' && type.array !== undefined && wanted.array !== undefined) {
    const { item, min, max } = type.array;
    if (min > wanted.array.max)
      return { path: [], detail: `it has at least ${min} items, and at most ${wanted.array.max} are allowed` };
    if (max < wanted.array.min)
      return { path: [], detail: `it has at most ${max} items, and at least ${wanted.array.min} are asked for` };
    const inner = conflictOf(item, wanted.array.item);
    if (inner !== undefined) return { ...inner, path: ['*', ...inner.path] };
  }
  return mismatch;
}

function memberConflict(object: Members, wanted: Members): Conflict | undefined {
  for (const name of new Set([...wanted.named.keys(), ...object.named.keys()])) {
    const [mine, theirs] = [memberOf(object, name), memberOf(wanted, name)];
    if (mine === undefined && wanted.named.get(name)?.required === true) {
      const there = memberNames(object);
      const detail = `${brief(name, 60)} is missing: there ${
        there.length === 0
          ? 'is no member'
          : `are ${listed(
              there.map((one) => brief(one, 60)),
              'and',
            )}`
      }`;
      return { path: [], detail, missing: { name, instead: there.filter((one) => !wanted.named.has(one)) } };
    }
    if (theirs === undefined && object.named.get(name)?.required === true)
      return { path: [name], detail: 'the schema has no such member' };
    if (mine === undefined || theirs === undefined || (!mine.required && !theirs.required)) continue;
    const inner = conflictOf(mine.type, theirs.type);
    if (inner !== undefined) return { ...inner, path: [name, ...inner.path] };
  }
  return undefined;
}
