import { compareText } from '../kernel/json.ts';
import { editDistance } from '../kernel/suggest.ts';
import { LEVELS } from '../seal/levels.ts';
import type { Level, Risk } from '../store/model.ts';
import { RISKS, type SearchEntry } from './lists.ts';

/** What somebody looks for: words, and conditions that every result meets. */
export interface Query {
  readonly words: string;
  readonly domain?: string;
  /** `<server>/<tool>`, or a server. */
  readonly tools: readonly string[];
  /** At least this level. */
  readonly level?: Level;
  /** At most this risk. */
  readonly risk?: Risk;
}

type Field = 'name' | 'intent' | 'domain' | 'tool';

/** Why a result matched: which word of the query met which word of which field. */
export interface Match {
  readonly word: string;
  readonly met: string;
  readonly field: Field;
}

export interface Hit {
  readonly entry: SearchEntry;
  readonly matches: readonly Match[];
}

/** What a word is worth where it stands; a name is chosen with more care than a sample request. */
const WEIGHT: Readonly<Record<Field, number>> = { name: 4, intent: 3, domain: 3, tool: 2 };

/** Too frequent in requests to tell one workflow from another. */
const STOP = new Set(
  'a an and any are at be by can do does for from have how i in into is it me my of on or our please so some that the their them then this to up us want we what when which with you your'.split(
    ' ',
  ),
);

/** An entry with the words of its fields, made once for a query. */
interface Prepared {
  readonly entry: SearchEntry;
  /** By stem: the word as it stands in the best field that holds it. */
  readonly words: ReadonlyMap<string, { readonly word: string; readonly field: Field }>;
}

/**
 * The entries that meet every condition and at least one word, best first: by how many words of the query are met, then by how
 * rare and how well placed those are, then by level, then by name. Equal input gives equal order on every machine: counts only.
 * Without words, all that meet the conditions.
 */
export function search(entries: Iterable<SearchEntry>, query: Query): readonly Hit[] {
  const prepared: Prepared[] = [];
  let total = 0;
  const words = wordsOf(query.words);
  for (const entry of entries) {
    total += 1;
    if (meets(entry, query)) prepared.push({ entry, words: words.length === 0 ? new Map() : fieldsOf(entry) });
  }
  if (words.length === 0) {
    return prepared
      .map(({ entry }) => ({ entry, matches: [] }))
      .sort((a, b) => byLevel(a.entry, b.entry) || compareText(a.entry.name, b.entry.name));
  }
  const meanings = words.map((word) => meaningOf(word, prepared));
  const scored = prepared.flatMap(({ entry, words: own }) => {
    const matches: Match[] = [];
    let score = 0;
    for (const { word, met } of meanings) {
      const best = bestOf(own, met);
      if (best === undefined) continue;
      matches.push({ word, met: best.word, field: best.field });
      score += WEIGHT[best.field] * rarity(met.get(best.stem) ?? 0, total) * (best.stem === stem(word) ? 2 : 1);
    }
    return matches.length === 0 ? [] : [{ hit: { entry, matches }, score }];
  });
  return scored
    .sort(
      (a, b) =>
        b.hit.matches.length - a.hit.matches.length ||
        b.score - a.score ||
        byLevel(a.hit.entry, b.hit.entry) ||
        compareText(a.hit.entry.name, b.hit.entry.name),
    )
    .map(({ hit }) => hit);
}

/** The words of a text in lower case without accents, without those that tell nothing, each once, in order. */
export function wordsOf(text: string): readonly string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  const found = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(found.filter((word) => word.length > 1 && !STOP.has(word)))].slice(0, 64);
}

/** A word without the endings that English puts on it: enough that `invoices` meets `invoice` and `paying` meets `pay`. */
export function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith('ing')) return undouble(word.slice(0, -3));
  if (word.length > 4 && word.endsWith('ed')) return undouble(word.slice(0, -2));
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return dropE(word.slice(0, -1));
  return dropE(word);
}

function undouble(word: string): string {
  const shorter = /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
  return dropE(shorter);
}

/** `schedule` and `scheduling` must come to the same. */
function dropE(word: string): string {
  return word.length > 4 && word.endsWith('e') ? word.slice(0, -1) : word;
}

function fieldsOf(entry: SearchEntry): Prepared['words'] {
  const words = new Map<string, { readonly word: string; readonly field: Field }>();
  const add = (field: Field, text: string): void => {
    for (const word of wordsOf(text)) {
      const key = stem(word);
      const known = words.get(key);
      if (known === undefined || WEIGHT[field] > WEIGHT[known.field]) words.set(key, { word, field });
    }
  };
  add('name', entry.name);
  for (const intent of entry.intents) add('intent', intent);
  if (entry.domain !== undefined) add('domain', entry.domain);
  for (const tool of entry.tools) add('tool', tool);
  return words;
}

/**
 * The words of the entries that a word of the query stands for, with how many entries hold each: itself; where nothing holds it,
 * those that it begins; where there are none either, those one slip of the pen away.
 */
function meaningOf(
  word: string,
  prepared: readonly Prepared[],
): { readonly word: string; readonly met: ReadonlyMap<string, number> } {
  const key = stem(word);
  const count = (accept: (candidate: string) => boolean): ReadonlyMap<string, number> => {
    const met = new Map<string, number>();
    for (const { words } of prepared) {
      for (const candidate of words.keys()) if (accept(candidate)) met.set(candidate, (met.get(candidate) ?? 0) + 1);
    }
    return met;
  };
  const exact = prepared.filter(({ words }) => words.has(key)).length;
  if (exact > 0) return { word, met: new Map([[key, exact]]) };
  const begun = key.length < 3 ? new Map<string, number>() : count((candidate) => candidate.startsWith(key));
  if (begun.size > 0 || key.length < 5) return { word, met: begun };
  return { word, met: count((candidate) => editDistance(candidate, key, 1) <= 1) };
}

function bestOf(
  own: Prepared['words'],
  met: ReadonlyMap<string, number>,
): { readonly stem: string; readonly word: string; readonly field: Field } | undefined {
  let best: { readonly stem: string; readonly word: string; readonly field: Field } | undefined;
  for (const candidate of met.keys()) {
    const found = own.get(candidate);
    if (found === undefined) continue;
    const isBetter =
      best === undefined ||
      WEIGHT[found.field] > WEIGHT[best.field] ||
      (WEIGHT[found.field] === WEIGHT[best.field] && compareText(candidate, best.stem) < 0);
    if (isBetter) best = { stem: candidate, ...found };
  }
  return best;
}

/** 1 for a word that every entry holds, and one more for each halving of those that do. A whole number, so that sums are exact. */
function rarity(holders: number, total: number): number {
  return 1 + Math.max(0, Math.clz32(holders) - Math.clz32(total));
}

function meets(entry: SearchEntry, { domain, tools, level, risk }: Query): boolean {
  return (
    (domain === undefined || entry.domain === domain) &&
    tools.every((wanted) => entry.tools.some((tool) => tool === wanted || tool.startsWith(`${wanted}/`))) &&
    (level === undefined || LEVELS.indexOf(entry.level) >= LEVELS.indexOf(level)) &&
    (risk === undefined || RISKS.indexOf(entry.risk) <= RISKS.indexOf(risk))
  );
}

function byLevel(a: SearchEntry, b: SearchEntry): number {
  return LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level);
}
