import { parseArgs } from 'node:util';
import { RegistryError } from '../registry/error.ts';
import { resolve, versionsOf } from '../registry/lookup.ts';
import { STABLE } from '../registry/names.ts';
import { recordText } from '../report/registry.ts';
import { COLOUR, PLAIN } from '../report/style.ts';
import { graph } from './graph.ts';
import { CLIENT_OPTIONS, explainRefusal, openForReading, referenceFrom } from './index-client.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark show NAMESPACE/NAME[@VERSION]`: what the index guarantees of one version; with `--graph`, a workflow of a store as a flowchart. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLIENT_OPTIONS,
      channel: { type: 'string', default: STABLE },
      format: { type: 'string', default: 'pretty' },
      graph: { type: 'boolean', default: false },
      store: { type: 'string' },
      releases: { type: 'string' },
    },
  });
  const [wanted, ...rest] = positionals;
  if (wanted === undefined || rest.length > 0)
    throw new UsageError('name one workflow, for example: show finance/pay-invoice');
  if (values.format !== 'pretty' && values.format !== 'json')
    throw new UsageError('--format takes one of pretty, json');
  const { name, version } = referenceFrom(wanted);
  if (values.graph) {
    if (version !== undefined) throw new UsageError('--graph draws what stands in the store: name no version');
    const of = [values.index, values.trust, values.state].some((option) => option !== undefined);
    if (of) throw new UsageError('--graph draws a workflow of a store: it asks no index');
    return graph(name, { store: values.store ?? '.', releases: values.releases }, io);
  }
  if (values.store !== undefined || values.releases !== undefined)
    throw new UsageError('--store and --releases go with --graph');
  try {
    const { index } = await openForReading(values, io);
    const record = await resolve(index, name, version, values.channel);
    const versions = await versionsOf(index, name);
    io.stdout(
      values.format === 'json'
        ? `${JSON.stringify({ ...record, versions }, null, 2)}\n`
        : recordText(record, versions, io.isTTY ? COLOUR : PLAIN),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return explainRefusal('show', error, io);
  }
}
