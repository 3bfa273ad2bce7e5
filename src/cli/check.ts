import { parseArgs } from 'node:util';
import { installation } from '../connect/install-folder.ts';
import { checkInstalled, isGrave } from '../registry/check.ts';
import { RegistryError } from '../registry/error.ts';
import { LOCKFILE } from '../registry/lockfile.ts';
import { checkedText } from '../report/registry.ts';
import { COLOUR, PLAIN } from '../report/style.ts';
import { LEVELS } from '../seal/levels.ts';
import { CLIENT_OPTIONS, explainRefusal, findLockfile, openForReading } from './index-client.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark check`: whether what is installed is unchanged, and still what the index stands by. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...CLIENT_OPTIONS, level: { type: 'string', default: LEVELS[0] }, oldest: { type: 'string' } },
  });
  const level = LEVELS.find((one) => one === values.level);
  if (level === undefined) throw new UsageError(`--level takes one of ${LEVELS.join(', ')}`);
  try {
    const lockfile = findLockfile(io);
    if (lockfile === undefined) throw new UsageError(`there is no ${LOCKFILE} here: nothing is installed`);
    const style = io.isTTY ? COLOUR : PLAIN;
    const installed = installation(io.cwd, lockfile.folder);
    const oldest = values.oldest === undefined ? {} : { oldestVerifier: values.oldest };
    let refusal: RegistryError | undefined;
    let consumer: Parameters<typeof checkInstalled>[2];
    try {
      const open = await openForReading(values, io);
      consumer = { ...open, demands: { level, day: open.day, ...oldest } };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      refusal = error;
    }
    const checked = await checkInstalled(lockfile, (name) => installed.tree(name), consumer);
    io.stdout(checkedText(checked, style));
    if (refusal !== undefined) {
      io.stdout('Only what is on disk was checked: whether anything was revoked is not known.\n');
      return explainRefusal('check', refusal, io);
    }
    return checked.some(({ problems }) => problems.some(isGrave)) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return explainRefusal('check', error, io);
  }
}
