import { isArray, isObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import type { Draw } from '../expression/programs.ts';

/** Changes of documents: of their tree (what the grammar knows), of their text, of their bytes. All from a seed. */

export function pick<T>(list: readonly T[], draw: Draw): T {
  const found = list[draw(list.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

/** Values that some reader somewhere has stumbled over. */
const ODD_VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e308,
  9_007_199_254_740_991,
  '',
  ' ',
  'yes',
  '${ . }',
  'x ${ . } y',
  '${ $secrets.NAME }',
  '${',
  '${ }',
  '/',
  '//',
  '~',
  '#',
  '../../etc/passwd',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0000',
  '\ufeff',
  '\u202e',
  '\ud800',
  '😀',
  'é',
  'e\u0301',
  '𝒶',
  'a'.repeat(2_000),
  'PT',
  'P1Y',
  'PT1S',
  '1.2.3',
  '^1.2.3',
  'latest',
  '(a+)+$',
  '[',
  'end',
  'exit',
  [],
  {},
  [[]],
  [null],
  { constructor: { prototype: {} } },
  { toString: null },
  { $ref: '#' },
  { $ref: '#/$defs/x' },
  { type: ['string', 'null'] },
  { seconds: 1 },
  { after: 'PT1S' },
];

const ODD_KEYS: readonly string[] = [
  'constructor',
  'toString',
  '__proto__',
  '__entity',
  'then',
  'if',
  'call',
  'x',
  '',
  ' ',
  'on',
  'metadata',
  'a'.repeat(300),
  '/a~b',
  '😀',
];

/** A document with one to three changes of its tree. `others` are documents to take parts from. */
export function mutateTree(value: Json, others: readonly Json[], draw: Draw): Json {
  let changed = value;
  for (let times = 1 + draw(3); times > 0; times -= 1) changed = changeOne(changed, others, draw);
  return changed;
}

function changeOne(value: Json, others: readonly Json[], draw: Draw): Json {
  const places = placesOf(value);
  const place = pick(places, draw);
  return replaceAt(value, place, (found, remove) => {
    switch (draw(8)) {
      case 0:
        return remove;
      case 1:
        return pick(ODD_VALUES, draw);
      case 2:
        return valueAt(pick(others, draw), draw);
      case 3:
        return isObject(found) ? renameOne(found, draw) : pick(ODD_VALUES, draw);
      case 4:
        return isObject(found)
          ? {
              ...found,
              [pick(ODD_KEYS, draw)]: draw(2) === 0 ? pick(ODD_VALUES, draw) : valueAt(pick(others, draw), draw),
            }
          : [found];
      case 5:
        return isArray(found) ? twice(found, draw) : { value: found };
      case 6:
        return isArray(found) ? found.toReversed() : isObject(found) ? Object.values(found) : String(found);
      default:
        return typeof found === 'string'
          ? changeText(found, draw)
          : typeof found === 'number'
            ? pick([-found, found + 0.5, found * 1e9], draw)
            : pick(ODD_VALUES, draw);
    }
  });
}

function twice(list: readonly Json[], draw: Draw): readonly Json[] {
  const item = list[draw(Math.max(1, list.length))];
  return item === undefined ? [null] : [...list, item];
}

function renameOne(object: JsonObject, draw: Draw): JsonObject {
  const keys = Object.keys(object);
  if (keys.length === 0) return { x: null };
  const old = pick(keys, draw);
  const renamed = draw(2) === 0 ? pick(ODD_KEYS, draw) : changeText(old, draw);
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key === old ? renamed : key, item]));
}

const INSERTS = [
  'a',
  'A',
  '-',
  '/',
  '~',
  '~2',
  ' ',
  '\n',
  '${',
  '}',
  '0',
  '.',
  ':',
  '\\',
  '"',
  '\u0301',
  '😀',
  '*',
  '?',
  '%',
];

function changeText(text: string, draw: Draw): string {
  const at = draw(text.length + 1);
  return draw(2) === 0
    ? text.slice(0, at) + text.slice(at + 1 + draw(3))
    : text.slice(0, at) + pick(INSERTS, draw) + text.slice(at);
}

/** Some part of a document. */
function valueAt(value: Json, draw: Draw): Json {
  let found = value;
  for (const token of pick(placesOf(value), draw)) {
    const next: Json | undefined = isArray(found) ? found[Number(token)] : isObject(found) ? found[token] : undefined;
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

/** The path of every node. */
function placesOf(root: Json): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const visit = (value: Json, path: readonly string[]): void => {
    found.push(path);
    if (isArray(value)) value.forEach((item, i) => visit(item, [...path, String(i)]));
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
  };
  visit(root, []);
  return found;
}

const REMOVE = Symbol('remove');

function replaceAt(
  value: Json,
  path: readonly string[],
  change: (found: Json, remove: typeof REMOVE) => Json | typeof REMOVE,
): Json {
  const replaced = inside(value, path, change);
  return replaced === REMOVE ? null : replaced;
}

function inside(
  value: Json,
  [token, ...rest]: readonly string[],
  change: (found: Json, remove: typeof REMOVE) => Json | typeof REMOVE,
): Json | typeof REMOVE {
  if (token === undefined) return change(value, REMOVE);
  if (isArray(value)) {
    return value.flatMap((item, i) => {
      const next = String(i) === token ? inside(item, rest, change) : item;
      // An item that is a list must stay one item.
      return next === REMOVE ? [] : [next];
    });
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const next = key === token ? inside(item, rest, change) : item;
      return next === REMOVE ? [] : [[key, next]];
    }),
  );
}
