import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConnectError } from '../connect/error.ts';
import { folderIndex } from '../connect/index-folder.ts';
import { readSigners } from '../connect/signing-keys.ts';
import { encodeLine } from '../kernel/encode.ts';
import { RegistryError } from '../registry/error.ts';
import { revoke } from '../registry/publish.ts';
import { readIndexTrust } from '../registry/trust.ts';
import { explainConnection } from './connection.ts';
import { explainRefusal, memoryOf, readOptional, referenceFrom } from './index-client.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark revoke NAMESPACE/NAME@VERSION --reason TEXT`: takes a version back; installed copies see it. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      index: { type: 'string' },
      keys: { type: 'string' },
      trust: { type: 'string' },
      reason: { type: 'string' },
      state: { type: 'string' },
    },
  });
  const [wanted, ...rest] = positionals;
  if (wanted === undefined || rest.length > 0)
    throw new UsageError('name one version, for example: revoke finance/pay-invoice@1.2.3');
  const { name, version } = referenceFrom(wanted);
  if (version === undefined) throw new UsageError('a revocation names the version: NAMESPACE/NAME@VERSION');
  const { index, keys, trust, reason } = values;
  if (index === undefined || keys === undefined || trust === undefined)
    throw new UsageError('--index DIR, --keys DIR and --trust FILE are needed');
  if (reason === undefined || reason.trim() === '' || reason.length > 500)
    throw new UsageError('--reason TEXT is needed, of at most 500 characters: people will decide by it');
  const bytes = readOptional(resolve(io.cwd, trust), 1 << 20);
  const known = bytes === undefined ? undefined : readIndexTrust('trust.json', bytes);
  if (known?.ok !== true)
    throw new UsageError(
      `${encodeLine(trust, 300)} is no trust file for an index: ${known?.error ?? 'it cannot be read'}`,
    );
  try {
    const signers = readSigners(resolve(io.cwd, keys));
    const writer = folderIndex(resolve(io.cwd, index));
    const done = await revoke(
      writer,
      signers,
      known.value.root,
      { name, version, reason },
      io.now(),
      memoryOf(known.value, values.state, io),
    );
    io.stdout(done === 'revoked' ? `revoked ${name}@${version}\n` : `${name}@${version} was revoked before\n`);
    return 0;
  } catch (error) {
    if (error instanceof ConnectError) {
      io.stderr(explainConnection('proofmark revoke', error));
      return 2;
    }
    if (!(error instanceof RegistryError)) throw error;
    return explainRefusal('revoke', error, io);
  }
}
