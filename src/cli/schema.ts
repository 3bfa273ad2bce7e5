import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeLine } from '../kernel/encode.ts';
import { editorSchemaText, KINDS, schemaFile } from '../schema/editor/formats.ts';
import { makeFolder, openFolder, writeText } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark schema KIND`: a JSON Schema for editors; with `--write`, all of them into a store. */
export function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { write: { type: 'boolean', default: false }, store: { type: 'string' } },
  });
  const [wanted, ...rest] = positionals;
  if (values.write) {
    if (wanted !== undefined) throw new UsageError('--write writes every kind: name none');
    write(resolve(io.cwd, values.store ?? '.'), io);
    return Promise.resolve(0);
  }
  if (values.store !== undefined) throw new UsageError('--store goes with --write');
  const kind = KINDS.find((one) => one === wanted);
  if (kind === undefined || rest.length > 0) throw new UsageError(`name one kind of file: ${KINDS.join(', ')}`);
  io.stdout(editorSchemaText(kind));
  return Promise.resolve(0);
}

function write(root: string, io: Io): void {
  const entries = new Map(
    openFolder(root)
      .list()
      .map(({ path, kind }) => [path, kind] as const),
  );
  if (entries.get('store.yaml') !== 'file')
    throw new UsageError(`${encodeLine(root, 200)} holds no store.yaml; name the store with --store`);
  for (const kind of KINDS) {
    const path = schemaFile(kind);
    // Through a link the files would land outside the store.
    for (const [above, what] of [
      [dirname(dirname(path)), 'directory'],
      [dirname(path), 'directory'],
      [path, 'file'],
    ] as const) {
      if ((entries.get(above) ?? what) !== what) throw new UsageError(`${above} is not a ${what}; nothing was written`);
    }
  }
  for (const kind of KINDS) {
    const path = schemaFile(kind);
    makeFolder(dirname(join(root, path)));
    writeText(join(root, path), editorSchemaText(kind));
    io.stdout(`wrote ${path}\n`);
  }
}
