import { compileProgram } from '../src/flow/program.ts';
import { typeFindings } from '../src/flow/types.ts';
import { diskTree } from '../src/kernel/disk.ts';
import { parseDocument } from '../src/kernel/document.ts';
import { loadLaw } from '../src/store/law.ts';
import { parseWorkflow } from '../src/workflow/parse.ts';
import { median, row } from './measure.ts';

/** What the structure stage does to one document, step by step, for each workflow of the sample store. */

const tree = diskTree('fixtures/store');
const shipped = diskTree('policies');
const policies = shipped
  .list()
  .map(({ path }) => ({ path: `policies/${path}`, text: new TextDecoder().decode(shipped.read(path)) }));
const { law } = loadLaw(tree, policies);
if (law === undefined) throw new Error('the sample store has no law');

for (const { path } of tree.list().filter((entry) => entry.path.endsWith('/workflow.yaml'))) {
  const bytes = tree.read(path) ?? new Uint8Array();
  const parse = (): ReturnType<typeof parseDocument> => parseDocument(path, bytes);
  const document = parse();
  const read = (): ReturnType<typeof parseWorkflow> =>
    parseWorkflow({ document: document.value ?? null, locate: document.locate }, law.servers);
  const { workflow } = read();
  if (workflow === undefined) throw new Error(path);
  const compile = (): ReturnType<typeof compileProgram> => compileProgram(workflow, law, new Map());
  const { program } = compile();
  if (program === undefined) throw new Error(path);
  process.stdout.write(`${path.split('/').slice(1, 3).join('/')} (${bytes.length} bytes)\n`);
  process.stdout.write(`${row('  YAML with places', median(5, 10, parse))}\n`);
  process.stdout.write(`${row('  profile and official schema', median(5, 10, read))}\n`);
  process.stdout.write(`${row('  expressions, schemas, control flow', median(5, 10, compile))}\n`);
  process.stdout.write(
    `${row(
      '  types',
      median(5, 10, () => typeFindings(program, law)),
    )}\n`,
  );
}
