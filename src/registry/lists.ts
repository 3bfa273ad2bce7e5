import * as z from 'zod';
import { canonicalJson } from '../kernel/canonical.ts';
import type { Json } from '../kernel/json.ts';
import { RegistryError } from './error.ts';
import { readLines } from './lines.ts';
import { recordPath } from './layout.ts';
import type { IndexRecord, KnownVersion } from './record.ts';

/** The two lists of an index, both signed targets: `catalog.json` says what there is, `search.json` what each thing may do. */

export const CATALOG = 'proofmark-catalog/1';
export const SEARCH = 'proofmark-search/1';

/** Far above what 10,000 workflows need; beyond it a list must be cut into several. */
export const LIST_LIMIT = 64 << 20;

const words = z.array(z.string());

const searchEntry = z.strictObject({
  version: z.string(),
  channel: z.string(),
  level: z.enum(['structured', 'tested', 'hardened', 'proved']),
  risk: z.enum(['low', 'moderate', 'high']),
  /** The author's words. */
  domain: z.string().optional(),
  intents: words,
  /** What it may do: computed. */
  tools: words,
  effects: words,
  outgoing: words,
  approvals: words,
  secretsRead: words,
  deterministic: z.string(),
});

export type SearchEntry = { readonly name: string } & Readonly<z.output<typeof searchEntry>>;

/** A line of `search.json` about the foremost version of a workflow. */
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

/** Every entry of `search.json`, in the order of names. The bytes were found good; a wrong shape is refused all the same. */
export function* readSearch(file: Uint8Array): Generator<SearchEntry> {
  for (const { name, json } of readLines(SEARCH, file)) {
    const parsed = searchEntry.safeParse(parseJson(json));
    if (!parsed.success) throw new RegistryError('malformed', 'the search list of the index has a wrong shape');
    yield { name, ...parsed.data };
  }
}

/** A line of `catalog.json`: the versions of a workflow and where the record of the foremost one stands. */
export function catalogLine(
  name: string,
  versions: readonly KnownVersion[],
  foremost: IndexRecord | undefined,
): string {
  const listed: Json = versions.map(({ version, channel, revoked }) => ({ version, channel, revoked }));
  if (foremost === undefined) return canonicalJson({ versions: listed });
  const { version, level, guarantees, domain, package: packed, published } = foremost;
  return canonicalJson({
    version,
    level,
    risk: guarantees.risk,
    ...(domain === undefined ? {} : { domain }),
    package: packed.digest,
    record: recordPath(name, version),
    published,
    versions: listed,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
