import { parseArgs } from 'node:util';
import { RegistryError } from '../registry/error.ts';
import { searchEntries } from '../registry/lookup.ts';
import { type Query, search } from '../registry/search.ts';
import { LEVELS } from '../seal/levels.ts';
import { searchText } from '../report/registry.ts';
import { COLOUR, PLAIN } from '../report/style.ts';
import { CLIENT_OPTIONS, explainRefusal, openForReading } from './index-client.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark search WORDS`: finds workflows by what they are asked for, and says what each may do. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLIENT_OPTIONS,
      domain: { type: 'string' },
      tool: { type: 'string', multiple: true, default: [] },
      level: { type: 'string' },
      risk: { type: 'string' },
      limit: { type: 'string', default: '10' },
      format: { type: 'string', default: 'pretty' },
    },
  });
  const level = oneOf('--level', values.level, LEVELS);
  const risk = oneOf('--risk', values.risk, ['low', 'moderate', 'high'] as const);
  if (!/^[1-9]\d{0,3}$/.test(values.limit)) throw new UsageError('--limit takes a whole number from 1 to 9999');
  const format = oneOf('--format', values.format, ['pretty', 'json'] as const);
  const query: Query = {
    words: positionals.join(' '),
    tools: values.tool,
    ...(values.domain === undefined ? {} : { domain: values.domain }),
    ...(level === undefined ? {} : { level }),
    ...(risk === undefined ? {} : { risk }),
  };
  try {
    const { index } = await openForReading(values, io);
    const hits = search(await searchEntries(index), query);
    const limit = Number(values.limit);
    if (format === 'json') {
      const results = hits.slice(0, limit).map(({ entry, matches }) => ({ ...entry, matches }));
      io.stdout(`${JSON.stringify({ format: 'proofmark-results/1', found: hits.length, results }, null, 2)}\n`);
    } else io.stdout(searchText(hits, limit, io.isTTY ? COLOUR : PLAIN));
    return hits.length === 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return explainRefusal('search', error, io);
  }
}

function oneOf<T extends string>(option: string, given: string | undefined, known: readonly T[]): T | undefined {
  if (given === undefined) return undefined;
  const found = known.find((one) => one === given);
  if (found === undefined) throw new UsageError(`${option} takes one of ${known.join(', ')}`);
  return found;
}
