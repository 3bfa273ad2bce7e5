import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { ConnectError } from '../connect/error.ts';
import { type ModelSettings, modelSettings } from '../connect/model.ts';
import { openOutside, type RealOutside } from '../connect/outside.ts';
import { gitReleases } from '../connect/releases.ts';
import { isIdentity, NOBODY_THERE, type Person, personAtTerminal } from '../connect/terminal.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { readFile } from '../kernel/disk.ts';
import { parseDocument } from '../kernel/document.ts';
import { encodeLine } from '../kernel/encode.ts';
import type { Finding } from '../kernel/finding.ts';
import type { Json } from '../kernel/json.ts';
import { inputLabelling } from '../machine/labels.ts';
import { execute } from '../machine/run.ts';
import { LOCKFILE } from '../registry/lockfile.ts';
import { type Loaded, loadStore } from '../pipeline/load.ts';
import type { Difference } from '../policy/compare.ts';
import { findingBlock } from '../report/pretty.ts';
import type { Style } from '../report/style.ts';
import { executeLive, type Watcher } from '../simulate/execute.ts';
import type { Gate, Run } from '../simulate/model.ts';
import { recordingOf } from '../simulate/recording.ts';
import { replyToJson } from '../simulate/reply.ts';
import { scripted } from '../simulate/scripted.ts';
import { run as simulate, type Subject } from '../stages/subject.ts';
import type { Server } from '../store/model.ts';
import { ingress, lift, lower } from '../value/concrete.ts';
import { bindingsFrom, explainConnection } from './connection.ts';
import { openFolder } from './folder.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { shipped } from './shipped.ts';
import { styleOf } from './style.ts';

const CALL_SECONDS = 60;

/**
 * `proofmark run WORKFLOW`: executes against real servers, a real model and a person, every effect decided before it happens.
 * `person` is who approves: by default whoever sits at the terminal.
 */
export async function run(args: readonly string[], io: Io, person: Person = personAtTerminal()): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      store: { type: 'string' },
      input: { type: 'string' },
      bind: { type: 'string', multiple: true, default: [] },
      as: { type: 'string' },
      trace: { type: 'string' },
      'model-url': { type: 'string' },
      model: { type: 'string' },
      'call-timeout': { type: 'string' },
      'yes-to-none': { type: 'boolean', default: false },
    },
  });
  const [workflow, ...rest] = positionals;
  if (workflow === undefined || rest.length > 0)
    throw new UsageError('name one workflow, for example: run finance/pay-invoice');
  if (values.as !== undefined && !isIdentity(values.as))
    throw new UsageError('--as takes a name of letters, digits and . _ @ -');
  if (values.input === undefined) throw new UsageError('--input FILE or --input JSON is needed');
  const callTimeout = seconds('--call-timeout', values['call-timeout']);
  const bindings = bindingsFrom(values.bind);
  const { root, name } = target(workflow, values.store, io.cwd);
  const input = readInput(values.input, io.cwd);
  const style = styleOf(io);
  if (!existsSync(join(root, 'store.yaml')) && existsSync(join(root, LOCKFILE)))
    throw new UsageError(
      'an installed workflow runs under the law of its store, which is not installed with it: name a checkout of the store with --store DIR',
    );

  const loaded = await load(root, name, io);
  const { subject } = loaded;
  const errors = loaded.findings.filter(({ severity }) => severity === 'error');
  if (subject === undefined || errors.length > 0) return refuse(errors, style, io);

  const recording = values.trace === undefined ? undefined : reserve(resolve(io.cwd, values.trace));
  let outside: RealOutside | undefined;
  try {
    const model = modelFrom(values['model-url'], values.model, io);
    if (model === undefined && subject.files.contract.budgets.infers > 0) {
      throw new UsageError('the workflow asks a model: set PROOFMARK_MODEL_URL and PROOFMARK_MODEL');
    }
    outside = await openOutside({
      servers: serversOf(subject),
      bindings,
      where: { from: [root, io.cwd], cwd: io.cwd, env: io.env },
      model,
      person: values['yes-to-none'] ? NOBODY_THERE : person,
      as: values.as,
      style,
      callTimeout,
    });
    const { finished, differences } = await perform(subject, input, outside, progress(io, style));
    if (recording !== undefined) record(recording, finished, subject, io);
    return report(finished, differences, style, io);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    io.stderr(explainConnection('proofmark run', error));
    return 2;
  } finally {
    await outside?.close();
  }
}

/** The run, and where our policy interpreter and the real Cedar engine did not agree: such an effect does not happen. */
async function perform(
  subject: Subject,
  input: Json,
  outside: RealOutside,
  watcher: Watcher,
): Promise<{ readonly finished: Run; readonly differences: readonly Difference[] }> {
  const { law, files, program } = subject;
  const differences: Difference[] = [];
  const gate: Gate = (effect) => {
    const verdict = subject.gate(effect);
    const difference = subject.compare(verdict);
    if (difference === undefined) return verdict;
    differences.push(difference);
    const detail = `we decide ${difference.ours}, Cedar decides ${difference.cedar}`;
    return {
      ...verdict,
      allowed: false,
      refusals: [...verdict.refusals, { reason: 'policy-error', id: 'engines-disagree', detail }],
    };
  };
  const labelled = lift(input, inputLabelling(law, files.contract, files.name));
  const finished = await executeLive(
    (observer) => execute(program, labelled, { budgets: files.contract.budgets, observer }),
    input,
    outside,
    gate,
    watcher,
  );
  return { finished, differences };
}

async function load(root: string, name: string, io: Io): Promise<Loaded> {
  const home = shipped(io.home);
  const tree = openFolder(root);
  const releases = gitReleases(root, io.env['PATH'], { judging: false });
  const store = await loadStore({
    tree,
    policies: home.policies,
    attacks: [],
    wanted: [name],
    releases,
    runs: undefined,
    seed: 1,
  });
  const loaded = store.workflows.find((one) => one.name === name);
  const lawErrors = store.findings.filter(({ severity }) => severity === 'error');
  if (loaded === undefined && lawErrors.length === 0)
    throw new UsageError(`the store has no workflow ${encodeLine(name, 120)}`);
  if (loaded === undefined)
    return {
      name,
      digest: '',
      subject: undefined,
      findings: lawErrors,
      counts: { files: 0, tasks: 0, capabilities: 0, cases: 0 },
    };
  return { ...loaded, findings: [...lawErrors, ...loaded.findings] };
}

/** A workflow as `<namespace>/<name>` of a store, or as the path of its folder. */
function target(
  workflow: string,
  store: string | undefined,
  cwd: string,
): { readonly root: string; readonly name: string } {
  if (store === undefined) {
    const parts = resolve(cwd, workflow).split(sep);
    const [folder, namespace, own] = parts.slice(-3);
    if (workflow.includes('workflows') && folder === 'workflows')
      return { root: parts.slice(0, -3).join(sep), name: `${namespace}/${own}` };
  }
  if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(workflow))
    throw new UsageError('a workflow is <namespace>/<name>, or the path of its folder');
  return { root: resolve(cwd, store ?? '.'), name: workflow };
}

function readInput(given: string, cwd: string): Json {
  const inline = /^\s*[{["\d-]|^\s*(?:true|false|null)\s*$/.test(given);
  let bytes: Uint8Array;
  try {
    bytes = inline ? new TextEncoder().encode(given) : readFile(resolve(cwd, given));
  } catch {
    throw new UsageError(`the input file ${encodeLine(given, 200)} cannot be read`);
  }
  const { value, findings } = parseDocument(inline ? 'input.json' : given, bytes);
  const [first] = findings;
  if (first !== undefined || value === undefined) {
    throw new UsageError(
      `the input cannot be read: ${first === undefined ? 'it is empty' : `${first.rule} at line ${first.place.line}`}`,
    );
  }
  const admitted = ingress(value);
  if (!admitted.ok)
    throw new UsageError(`the input holds ${admitted.error.detail} at ${encodeLine(admitted.error.at, 200)}`);
  return admitted.value;
}

function modelFrom(url: string | undefined, model: string | undefined, io: Io): ModelSettings | undefined {
  const address = url ?? io.env['PROOFMARK_MODEL_URL'];
  const name = model ?? io.env['PROOFMARK_MODEL'];
  if (address === undefined || address === '') return undefined;
  if (name === undefined || name === '')
    throw new UsageError('a model address needs a model: set PROOFMARK_MODEL or give --model');
  const key = io.env['PROOFMARK_MODEL_KEY'];
  return modelSettings(address, name, key === '' ? undefined : key);
}

/** The servers whose tools the contract may call: nothing else is started. */
function serversOf({ law, files }: Subject): ReadonlyMap<string, Server> {
  const names = new Set(files.contract.capabilities.map(({ tool }) => tool.slice(0, tool.indexOf('/'))));
  return new Map([...law.servers].filter(([name]) => names.has(name)));
}

function progress(io: Io, style: Style): Watcher {
  return {
    asking: (effect) => {
      const what =
        effect.kind === 'infer'
          ? encodeLine(effect.instructions, 100)
          : `${encodeLine(effect.tool, 120)} ${short(lower(effect.arguments))}`;
      io.stderr(`${style.strong(effect.kind.padEnd(7))} ${what}\n`);
    },
    answered: (effect, reply) => {
      if (effect.kind !== 'approve') io.stderr(`${style.dim(`      → ${short(replyToJson(reply))}`)}\n`);
    },
  };
}

function refuse(findings: readonly Finding[], style: Style, io: Io): ExitCode {
  for (const found of findings.slice(0, 20))
    io.stderr(`${findingBlock(found, { style, sourceOf: () => undefined })}\n`);
  io.stderr('proofmark run: the workflow is not run: verify it first\n');
  return 1;
}

function report({ ending }: Run, differences: readonly Difference[], style: Style, io: Io): ExitCode {
  for (const { action, ours, cedar } of differences) {
    io.stderr(
      `proofmark run: our policy interpreter and Cedar disagree on ${encodeLine(action, 120)} (${encodeLine(ours, 200)}; ${encodeLine(cedar, 200)}): please report it\n`,
    );
  }
  if (differences.length > 0) return 3;
  switch (ending.kind) {
    case 'output':
      io.stdout(`${canonicalJson(lower(ending.value))}\n`);
      return 0;
    case 'error':
      io.stderr(
        `${style.bad('ended')} with ${encodeLine(ending.name, 120)} at ${encodeLine(ending.at, 200)}${ending.why === '' ? '' : `: ${encodeLine(ending.why, 300)}`}\n`,
      );
      return 1;
    case 'refused':
      io.stderr(`${style.bad('refused')} ${encodeLine(ending.action, 120)} at ${encodeLine(ending.at, 200)}\n`);
      for (const { reason, id, detail } of ending.refusals)
        io.stderr(`  ${reason} ${encodeLine(id, 120)}: ${encodeLine(detail, 300)}\n`);
      return 1;
    case 'over-budget':
      io.stderr(
        `${style.bad('stopped')} at ${encodeLine(ending.at, 200)}: more than ${ending.limit} ${ending.budget}\n`,
      );
      return 1;
    case 'no-reply':
      return 3;
  }
}

/** Makes the file of a recording before anything happens that would have to be recorded. */
function reserve(file: string): string {
  try {
    writeFileSync(file, '', { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch {
    throw new UsageError(`the trace cannot be written to ${encodeLine(file, 200)}`);
  }
  return file;
}

/** Writes a recording that `proofmark replay` runs again; it holds what the run read, so only its owner may read it. */
function record(file: string, finished: Run, subject: Subject, io: Io): void {
  const { files, workflow, law } = subject;
  const recording = recordingOf(
    finished,
    { name: files.name, version: workflow.version, digest: files.digest },
    law.digest,
  );
  writeFileSync(file, `${canonicalJson(recording)}\n`);
  const again = simulate(subject, finished.world.input, scripted(finished.world));
  if (canonicalJson({ ...again.trace }) !== canonicalJson({ ...finished.trace })) {
    io.stderr(
      'proofmark run: the recording shows what happened but does not replay; this is a fault of Proofmark: please report it\n',
    );
  }
}

function seconds(option: string, text: string | undefined): number {
  if (text === undefined) return CALL_SECONDS * 1_000;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`${option} takes whole seconds`);
  return Number(text) * 1_000;
}

function short(json: Json): string {
  return encodeLine(canonicalJson(json), 160);
}
