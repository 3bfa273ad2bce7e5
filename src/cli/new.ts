import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeLine } from '../kernel/encode.ts';
import { schemaFile } from '../schema/editor/formats.ts';
import { loadLaw } from '../store/law.ts';
import { isName } from '../store/words.ts';
import { openFolder, writeNew } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { starter } from './starter.ts';

/** `proofmark new NAMESPACE/NAME`: a workflow that verifies as it is, to be changed step by step. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { store: { type: 'string' } },
  });
  const [full, ...rest] = positionals;
  if (full === undefined || rest.length > 0) throw new UsageError('one workflow at a time, as NAMESPACE/NAME');
  const match = /^([a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)$/u.exec(full);
  const [, namespace, name] = match ?? [];
  if (namespace === undefined || name === undefined || !isName(namespace) || !isName(name)) {
    throw new UsageError(
      `${encodeLine(full, 80)} is no NAMESPACE/NAME: at most 63 lowercase letters, digits and inner hyphens, a letter first`,
    );
  }
  const root = resolve(io.cwd, values.store ?? '.');
  const tree = openFolder(root);
  const { law } = loadLaw(tree, []);
  if (law === undefined)
    throw new UsageError(
      `${encodeLine(root, 200)} holds no store.yaml that can be read; proofmark verify says what is wrong`,
    );
  if (!law.config.namespaces.has(namespace)) {
    const known = [...law.config.namespaces.keys()].join(', ');
    throw new UsageError(
      `the store has no namespace ${namespace}: add it with its owners under namespaces in store.yaml (there are: ${known})`,
    );
  }
  const path = `workflows/${namespace}/${name}`;
  const standing = new Map(tree.list().map((entry) => [entry.path, entry.kind] as const));
  if (standing.has(path)) throw new UsageError(`${path} exists already; nothing was written`);
  for (const above of ['workflows', `workflows/${namespace}`]) {
    // Through a link the files would land outside the store.
    if ((standing.get(above) ?? 'directory') !== 'directory')
      throw new UsageError(`${above} is not a folder; nothing was written`);
  }
  const files = Object.entries(starter(namespace, name));
  writeNew(join(root, path), files);
  for (const [file] of files) io.stdout(`wrote ${path}/${file}\n`);
  io.stdout(`\nNext: proofmark verify ${values.store === undefined ? '' : `${values.store} `}${namespace}/${name}\n`);
  if (!standing.has(schemaFile('workflow')))
    io.stdout('For completion and help in editors, once for the store: proofmark schema --write\n');
  return 0;
}
