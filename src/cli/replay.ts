import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gitReleases } from '../connect/releases.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { DISK_LIMITS, DiskError, readFile } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import { parseJsonText } from '../kernel/json-text.ts';
import { type DocumentLimits, textSource } from '../kernel/text.ts';
import type { Finding, Witness } from '../kernel/finding.ts';
import { equalJson, type Json } from '../kernel/json.ts';
import type { RuleId } from '../kernel/rules.ts';
import { loadStore } from '../pipeline/load.ts';
import { replay } from '../pipeline/replay.ts';
import { findingBlock } from '../report/pretty.ts';
import { transcript } from '../report/transcript.ts';
import type { Run, World } from '../simulate/model.ts';
import { parseRecording } from '../simulate/recording.ts';
import { scripted } from '../simulate/scripted.ts';
import { parseWitness } from '../simulate/witness.ts';
import { describe, isRule } from '../stages/texts.ts';
import { compareRun } from '../stages/policy/engines.ts';
import { run as simulate, type Subject } from '../stages/subject.ts';
import { openFolder } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { shipped } from './shipped.ts';
import { styleOf } from './style.ts';

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

  const witness = parse(readWitness(resolve(io.cwd, file)), file);
  const home = shipped(io.home);
  const root = resolve(io.cwd, values.store ?? '.');
  const tree = openFolder(root);
  const store = await loadStore({
    tree,
    policies: home.policies,
    wanted: [witness.subject.name],
    // A workflow may run a released version of another.
    releases: gitReleases(root, io.env['PATH'], { judging: false }),
    runs: undefined,
    seed: 1,
    attacks: home.attacks,
  });
  const loaded = store.workflows.find(({ name }) => name === witness.subject.name);
  if (loaded?.subject === undefined) {
    throw new UsageError(
      `the store has no workflow ${encodeLine(witness.subject.name, 120)} that can be run; name the store with --store`,
    );
  }
  if (loaded.digest !== witness.subject.digest) {
    throw new UsageError(`the witness is for another version of ${witness.subject.name}: its files have changed since`);
  }
  if (store.law?.digest !== witness.law)
    throw new UsageError('the witness was found under another law: store.yaml, tools or policies have changed since');

  const shown = show(loaded.subject, witness);
  if (format === 'json') {
    io.stdout(
      `${canonicalJson({ rule: witness.rule ?? null, replays: shown.replays, trace: { ...shown.run.trace } })}\n`,
    );
  } else {
    const style = styleOf(io);
    io.stdout(
      `${style.strong(encodeLine(`${witness.subject.name}@${witness.subject.version}`, 160))}  ${encodeLine(witness.rule ?? 'a recorded run', 80)}\n\n`,
    );
    if (shown.other !== undefined) {
      io.stdout(`${style.strong('the run that it is compared with')}\n\n${transcript(shown.other, style)}\n`);
      io.stdout(`${style.strong('the run')}\n\n`);
    }
    io.stdout(transcript(shown.run, style));
    for (const found of shown.findings) io.stdout(`${findingBlock(found, { style, sourceOf: () => undefined })}\n`);
  }
  if (shown.replays) return 0;
  if (witness.rule === undefined) {
    io.stderr(
      'proofmark replay: the run does not go as it was recorded: the file was changed, or another Proofmark recorded it\n',
    );
    return 1;
  }
  io.stderr(
    'proofmark replay: the witness does not show the breach again; this is a fault of Proofmark: please report it with the file\n',
  );
  return 3;
}

/** A witness, or the recording of a real run, which has a trace to give again instead of a rule to breach. */
interface Given {
  readonly subject: Witness['subject'];
  readonly law: string;
  readonly world: World;
  readonly other?: World;
  readonly rule?: RuleId;
  readonly trace?: Json;
}

function parse(json: Json, file: string): Given {
  const recording = parseRecording(json);
  if (recording.ok) return recording.value;
  const parsed = parseWitness(json);
  if (!parsed.ok) throw new UsageError(`${file} is no witness: ${parsed.error}`);
  const { witness, world, other } = parsed.value;
  if (!isRule(witness.rule))
    throw new UsageError(`${file} is no witness: this Proofmark has no rule ${encodeLine(witness.rule, 80)}`);
  return {
    subject: witness.subject,
    law: witness.law,
    world,
    rule: witness.rule,
    ...(other === undefined ? {} : { other }),
  };
}

function show(
  subject: Subject,
  { rule, world, other, trace }: Given,
): { readonly run: Run; readonly other?: Run; readonly findings: readonly Finding[]; readonly replays: boolean } {
  if (rule !== undefined) {
    return replay(subject, rule, world, other);
  }
  const finished = simulate(subject, world.input, scripted(world));
  const findings = compareRun(subject, finished);
  return { run: finished, findings, replays: findings.length === 0 && equalJson({ ...finished.trace }, trace ?? null) };
}

/** What a real run met may be larger than what people write, and a recording nests it. */
const LIMITS: DocumentLimits = { bytes: DISK_LIMITS.bytes, depth: 96, nodes: 1_000_000, aliases: 0 };

/** Canonical JSON holds every character as it is, so a witness may hold what no file that people write may. */
function readWitness(path: string): Json {
  const bytes = orUsage(() => readFile(path));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is not UTF-8`);
  }
  const { value, findings } = parseJsonText(textSource('witness.json', text), LIMITS);
  const [problem] = findings;
  if (problem !== undefined) {
    const { line, column } = problem.place;
    throw new UsageError(`${path} is no witness: line ${line}, column ${column}: ${describe(problem).sentence}`);
  }
  if (value === undefined) throw new UsageError(`${path} is no witness: it is empty`);
  return value;
}

/** A path that the user gave wrong is wrong use. */
function orUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DiskError) throw new UsageError(error.message);
    throw error;
  }
}
