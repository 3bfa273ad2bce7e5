import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { diskTree } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import { loadLaw } from '../store/law.ts';
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
  if (namespace === undefined || name === undefined) {
    throw new UsageError(
      `${encodeLine(full, 80)} is no NAMESPACE/NAME: lowercase letters, digits and hyphens, a letter first`,
    );
  }
  const root = resolve(io.cwd, values.store ?? '.');
  const { law } = loadLaw(diskTree(root), []);
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
  const folder = join(root, 'workflows', namespace, name);
  if (existsSync(folder)) throw new UsageError(`workflows/${namespace}/${name} exists already; nothing was written`);
  for (const [path, text] of Object.entries(starter(namespace, name))) {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    io.stdout(`wrote workflows/${namespace}/${name}/${path}\n`);
  }
  io.stdout(`\nNext: proofmark verify ${values.store === undefined ? '' : `${values.store} `}${namespace}/${name}\n`);
  return 0;
}
