import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConnectError } from '../connect/error.ts';
import { makeKey } from '../connect/key.ts';
import { encodeLine } from '../kernel/encode.ts';
import { trustText } from '../seal/trust.ts';
import { isName } from '../store/words.ts';
import { explainConnection } from './connection.ts';
import { writeText } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark key FILE`: a signing key, and the trust file that others need to verify what it signs. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { operator: { type: 'string', default: 'local' } },
  });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError('name one file, for example: key seal-key.pem');
  if (!isName(values.operator)) throw new UsageError('--operator takes lowercase letters, digits and hyphens');
  const path = resolve(io.cwd, file);
  const trust = `${path}.trust.json`;
  if (existsSync(trust)) throw new UsageError(`${encodeLine(trust, 300)} exists already; nothing was written`);
  try {
    const { publicKey } = makeKey(path);
    try {
      writeText(trust, trustText(values.operator, publicKey), { fresh: true });
    } catch (error) {
      // A key whose trust file nobody has signs what nobody can verify.
      rmSync(path, { force: true });
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    io.stderr(explainConnection('proofmark key', error));
    return 2;
  }
  io.stdout(`wrote ${encodeLine(file, 300)}: the private key, which only you can read; keep it so
wrote ${encodeLine(file, 300)}.trust.json: who trusts this file trusts what the key signs

Next: proofmark seal NAMESPACE/NAME --key ${encodeLine(file, 300)} --output sealed
`);
  return 0;
}
