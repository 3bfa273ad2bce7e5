import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { canonicalJson } from '../kernel/canonical.ts';
import { diskTree, readFile } from '../kernel/disk.ts';
import { parseDocument } from '../kernel/document.ts';
import { encodeLine } from '../kernel/encode.ts';
import type { Json } from '../kernel/json.ts';
import { loadStore } from '../pipeline/load.ts';
import { replay } from '../pipeline/replay.ts';
import { NO_RELEASES } from '../pipeline/releases.ts';
import { findingBlock } from '../report/pretty.ts';
import { COLOUR, PLAIN } from '../report/style.ts';
import { transcript } from '../report/transcript.ts';
import { parseWitness } from '../simulate/witness.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { shipped } from './shipped.ts';

/** `proofmark replay WITNESS`: the run that a witness stands for, as a transcript. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { store: { type: 'string' }, format: { type: 'string' } },
  });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError('one witness file at a time');
  const format = values.format ?? 'pretty';
  if (format !== 'pretty' && format !== 'json') throw new UsageError('--format takes one of pretty, json');

  const parsed = parseWitness(readWitness(resolve(io.cwd, file)));
  if (!parsed.ok) throw new UsageError(`${file} is no witness: ${parsed.error}`);
  const { witness, world } = parsed.value;
  const home = shipped(io.home);
  const tree = diskTree(resolve(io.cwd, values.store ?? '.'));
  const store = await loadStore({ tree, policies: home.policies, wanted: [witness.subject.name], releases: NO_RELEASES, runs: undefined, seed: 1, attacks: home.attacks });
  const loaded = store.workflows.find(({ name }) => name === witness.subject.name);
  if (loaded?.subject === undefined) {
    throw new UsageError(`the store has no workflow ${encodeLine(witness.subject.name, 120)} that can be run; name the store with --store`);
  }
  if (loaded.digest !== witness.subject.digest) {
    throw new UsageError(`the witness is for another version of ${witness.subject.name}: its files have changed since`);
  }
  if (store.law?.digest !== witness.law) throw new UsageError('the witness was found under another law: store.yaml, tools or policies have changed since');

  const shown = replay(loaded.subject, witness.rule, world);
  if (format === 'json') {
    io.stdout(`${canonicalJson({ rule: witness.rule, replays: shown.findings.length > 0, trace: { ...shown.run.trace } })}\n`);
  } else {
    const style = io.isTTY ? COLOUR : PLAIN;
    io.stdout(`${style.strong(encodeLine(`${witness.subject.name}@${witness.subject.version}`, 160))}  ${encodeLine(witness.rule, 80)}\n\n`);
    io.stdout(transcript(shown.run, style));
    for (const found of shown.findings) io.stdout(`${findingBlock(found, style, () => undefined)}\n`);
  }
  if (shown.findings.length > 0) return 0;
  io.stderr('proofmark replay: the witness does not show the breach again; this is a fault of Proofmark: please report it with the file\n');
  return 3;
}

function readWitness(path: string): Json {
  const parsed = parseDocument('witness.json', readFile(path));
  const [problem] = parsed.findings;
  if (problem !== undefined || parsed.value === undefined) throw new UsageError(`${path} cannot be read as JSON`);
  return parsed.value;
}
