import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeLine } from '../kernel/encode.ts';
import { isName } from '../store/words.ts';
import { writeNew } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { storeFiles } from './store-template.ts';

/** No commit: whoever adds the Action says which one they trust. */
const NO_ACTION = `OWNER/proofmark@${'0'.repeat(40)}`;
const NO_OWNER = '@OWNER/maintainers';

/** `proofmark init [DIR]`: a complete store with its GitHub workflows. Nothing that exists is overwritten. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      namespace: { type: 'string', default: 'examples' },
      owner: { type: 'string', default: NO_OWNER },
      branch: { type: 'string', default: 'main' },
      action: { type: 'string', default: NO_ACTION },
    },
  });
  const [folder = '.', ...rest] = positionals;
  if (rest.length > 0) throw new UsageError('one folder at a time');
  const root = resolve(io.cwd, folder);
  const store = values.name ?? nameOf(basename(root));
  for (const [option, name] of [
    ['--name', store],
    ['--namespace', values.namespace],
  ] as const) {
    if (!isName(name)) throw new UsageError(`${option} takes lowercase letters, digits and hyphens, a letter first`);
  }
  if (!/^@[A-Za-z0-9-]{1,39}(?:\/[A-Za-z0-9_.-]{1,100})?$/u.test(values.owner))
    throw new UsageError('--owner takes @user or @organisation/team');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?:\/[A-Za-z0-9_.-]{1,100}){0,4}$/u.test(values.branch))
    throw new UsageError('--branch takes the name of a branch');
  if (!/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9_.-]{1,100}@[0-9a-f]{40}$/u.test(values.action))
    throw new UsageError(
      '--action takes OWNER/REPOSITORY@COMMIT with all 40 digits of the commit: a tag or branch can be moved',
    );
  const { namespace, owner, branch, action } = values;
  const files = storeFiles({ store, namespace, owner, branch, action });
  const taken = [...files.keys()].find((path) => existsSync(join(root, path)));
  if (taken !== undefined) throw new UsageError(`${encodeLine(taken, 200)} exists already; nothing was written`);
  writeNew(root, files);
  for (const path of files.keys()) io.stdout(`wrote ${path}\n`);
  io.stdout(`\nNext:\n  proofmark verify${folder === '.' ? '' : ` ${encodeLine(folder, 200)}`}\n`);
  if (action === NO_ACTION)
    io.stdout('  put the commit of the Action that you trust into .github/workflows/, or repeat with --action\n');
  if (owner === NO_OWNER)
    io.stdout(
      `  put the owners' name in place of ${NO_OWNER} in store.yaml and .github/CODEOWNERS, or repeat with --owner\n`,
    );
  io.stdout(`  make proofmark-ok a required check of ${branch}
  set up publishing before the first merge (docs/github.md of Proofmark, "Once"), or remove .github/workflows/publish.yml
`);
  return 0;
}

/** The name of a folder as a store's name, as far as it can be one. */
function nameOf(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^[^a-z]+|-+$/gu, '');
  return isName(name) ? name : 'store';
}
