import { canonicalJson } from '../kernel/canonical.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import { LEVELS } from '../seal/levels.ts';
import type { Level, Risk } from '../store/model.ts';
import { RegistryError } from './error.ts';
import { readLines } from './lines.ts';
import { STABLE } from './names.ts';
import type { IndexRecord, KnownVersion } from './record.ts';

/** The lists of an index, all of them signed targets: `catalog.json` says what there is, `search/` what each thing may do. */

export const CATALOG = 'proofmark-catalog/1';
export const SEARCH = 'proofmark-search/1';

/** Far above what 10,000 workflows need; beyond it a list must be cut into several. */
export const LIST_LIMIT = 64 << 20;

/** The risks, the least first. */
export const RISKS: readonly Risk[] = ['low', 'moderate', 'high'];

/** What `search` knows of the foremost version of a workflow. Domain and intents are the author's words; all else was computed. */
export interface SearchEntry {
  readonly name: string;
  readonly version: string;
  readonly channel: string;
  readonly level: Level;
  readonly risk: Risk;
  readonly domain?: string;
  readonly intents: readonly string[];
  readonly tools: readonly string[];
  readonly effects: readonly string[];
  readonly outgoing: readonly string[];
  readonly approvals: readonly string[];
  readonly secretsRead: readonly string[];
  readonly deterministic: string;
}

/** A line for search about the foremost version of a workflow. */
export function searchLine({ version, channel, level, guarantees, domain, intents }: IndexRecord): string {
  const { risk, tools, effects, outgoing, approvals, secretsRead, deterministic } = guarantees;
  return canonicalJson({
    version,
    channel,
    level,
    risk,
    ...(domain === undefined ? {} : { domain }),
    intents,
    tools,
    effects,
    outgoing,
    approvals,
    secretsRead,
    deterministic,
  });
}

/** Every entry of a file for search, in the order of names. The bytes were found good; a wrong shape is refused all the same. */
export function* readSearch(file: Uint8Array): Generator<SearchEntry> {
  for (const { name, json } of readLines(SEARCH, file)) {
    const entry = entryFrom(name, parseJson(json));
    if (entry === undefined) throw new RegistryError('malformed', 'a search list of the index has a wrong shape');
    yield entry;
  }
}

/** A line of `catalog.json`: the versions of a workflow, and what is most asked about the foremost one; no more, for it is one file. */
export function catalogLine(versions: readonly KnownVersion[], foremost: IndexRecord | undefined): string {
  const listed: Json = versions.map(({ version, channel, revoked }) => ({
    version,
    ...(channel === STABLE ? {} : { channel }),
    ...(revoked ? { revoked } : {}),
  }));
  if (foremost === undefined) return canonicalJson({ versions: listed });
  const { version, level, guarantees, domain } = foremost;
  const { risk } = guarantees;
  return canonicalJson({ version, level, risk, ...(domain === undefined ? {} : { domain }), versions: listed });
}

/** By hand: there are thousands of entries, and a general validator takes longer with them than the search. */
function entryFrom(name: string, value: Json | undefined): SearchEntry | undefined {
  if (!isObject(value)) return undefined;
  const { version, channel, domain, deterministic } = value;
  const level = LEVELS.find((one) => one === value['level']);
  const risk = RISKS.find((one) => one === value['risk']);
  const [intents, tools, effects] = [wordsOf(value, 'intents'), wordsOf(value, 'tools'), wordsOf(value, 'effects')];
  const [outgoing, approvals] = [wordsOf(value, 'outgoing'), wordsOf(value, 'approvals')];
  const secretsRead = wordsOf(value, 'secretsRead');
  if (typeof version !== 'string' || typeof channel !== 'string' || typeof deterministic !== 'string') return undefined;
  if (level === undefined || risk === undefined || intents === undefined || tools === undefined) return undefined;
  if (effects === undefined || outgoing === undefined || approvals === undefined) return undefined;
  if (secretsRead === undefined || (domain !== undefined && typeof domain !== 'string')) return undefined;
  const facts = { level, risk, intents, tools, effects, outgoing, approvals, secretsRead, deterministic };
  return { name, version, channel, ...(domain === undefined ? {} : { domain }), ...facts };
}

function wordsOf(value: JsonObject, key: string): readonly string[] | undefined {
  const list = member(value, key);
  return isArray(list) && list.every((one) => typeof one === 'string') ? list : undefined;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
