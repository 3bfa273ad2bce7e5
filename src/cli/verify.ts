import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { readChange } from '../connect/change.ts';
import { ConnectError } from '../connect/error.ts';
import { gitReleases } from '../connect/releases.ts';
import { type Installed, isInstalled, SECOND_SOLVERS } from '../connect/second-solver.ts';
import { withSolver } from '../connect/solver.ts';
import { writeResults } from '../connect/results.ts';
import { encodeLine } from '../kernel/encode.ts';
import { STAGES } from '../kernel/rules.ts';
import type { Tree } from '../kernel/tree.ts';
import {
  type Change,
  type ChangeOptions,
  hasLaw,
  isUnmerged,
  type Under,
  UNMERGED,
  verifyChange,
} from '../pipeline/change.ts';
import { loadStore } from '../pipeline/load.ts';
import { folderReleases } from '../pipeline/releases.ts';
import type { Progress, WorkflowReport } from '../pipeline/report.ts';
import { isLaw, type Scope } from '../pipeline/scope.ts';
import { verify, type VerifyOptions } from '../pipeline/verify.ts';
import { changeToJson, reportToJson } from '../report/json.ts';
import { lawChangeBlock } from '../report/law-change.ts';
import { conclusion, lawBlock, outcomeBlock, type Page, workflowBlock } from '../report/pretty.ts';
import type { ExitCode, Io } from './io.ts';
import { UsageError } from './io.ts';
import { makeFolder, openFolder } from './folder.ts';
import { shipped } from './shipped.ts';
import { isTerminal, styleOf } from './style.ts';

const SEED = 1;

/** `proofmark verify`: judges the workflows of a store. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      stage: { type: 'string', multiple: true },
      seed: { type: 'string' },
      runs: { type: 'string' },
      releases: { type: 'string' },
      base: { type: 'string' },
      head: { type: 'string' },
      'as-of': { type: 'string' },
      format: { type: 'string' },
      output: { type: 'string' },
      'self-test': { type: 'boolean' },
      'second-solver': { type: 'string' },
    },
  });
  const format = oneOf('--format', values.format ?? 'pretty', ['pretty', 'json']);
  const stages = values.stage?.map((name) => oneOf('--stage', name, STAGES));
  const seed = whole('--seed', values.seed) ?? SEED;
  const runs = whole('--runs', values.runs);
  if (runs === 0) throw new UsageError('--runs takes a whole number from 1: nothing would be tried');
  const asOf = values['as-of'];
  if (asOf !== undefined && !isDay(asOf)) throw new UsageError('--as-of takes a day as YYYY-MM-DD');

  const second = secondSolver(values['second-solver'], io);

  if (values['self-test'] === true) {
    if (positionals.length > 0)
      throw new UsageError('--self-test takes no store: it runs the one that ships with Proofmark');
    const { selfTest } = await import('./self-test.ts');
    return selfTest(io, { seed, runs });
  }

  const { root, wanted } = target(positionals, io.cwd);
  if (values.head !== undefined && values.base === undefined) throw new UsageError('--head needs --base');
  if (values.base !== undefined && wanted.length > 0)
    throw new UsageError('--base finds out itself which workflows a change touches');
  const tree = openFolder(root);
  const output = values.output === undefined ? undefined : outputFolder(values.output, root, io.cwd);
  const releases =
    values.releases === undefined
      ? gitReleases(root, io.env['PATH'])
      : folderReleases(releasesFolder(resolve(io.cwd, values.releases)));
  const human = format === 'pretty';
  if (human) io.stdout(`proofmark ${manifest.version} verifies ${encodeLine(shownPath(root, io.cwd), 200)}\n\n`);
  const home = shipped(io.home);
  const load = { policies: home.policies, releases, runs, seed, attacks: home.attacks };
  const page: Page = {
    style: styleOf(io),
    sourceOf: (file) => sourceOf(tree, file),
    ...(values.output === undefined ? {} : { output: values.output.replace(/\/+$/u, '') }),
  };
  const options: Omit<VerifyOptions, 'solver'> = {
    ...(stages === undefined ? {} : { stages }),
    seed,
    asOf,
    verifier: home.digest,
    ...(human
      ? {
          progress: progress(io),
          judged: (workflow) => {
            // Where nothing was judged, the findings of the law are what there is to read.
            const isSilent =
              workflow.needed === undefined && workflow.stages.every(({ findings }) => findings.length === 0);
            io.stdout(`${clear(io)}${isSilent ? '' : workflowBlock(workflow, page)}`);
          },
        }
      : {}),
  };
  if (values.base !== undefined) {
    const revisions = { base: values.base, ...(values.head === undefined ? {} : { head: values.head }) };
    const read = change(root, io, revisions);
    return withSolver(
      io.home,
      (solver) => judgeChange(read, { ...load, ...options, solver }, { io, page, human, output }),
      second,
    );
  }
  const store = await loadStore({ ...load, tree, wanted });
  if (store.absent.length > 0)
    throw new UsageError(`the store has no workflow ${store.absent.join(', ')}; a workflow is <namespace>/<name>`);
  const report = await withSolver(io.home, (solver) => verify(store, { ...options, solver }), second);
  if (output !== undefined) saveResults(output, report.workflows);
  io.stdout(human ? conclusion(report, page) : reportToJson(report));
  return report.exitCode;
}

function change(root: string, io: Io, revisions: { readonly base: string; readonly head?: string }): Change {
  try {
    const read = readChange(root, io.env['PATH'], revisions);
    if (!hasLaw(read.base))
      throw new UsageError(`${revisions.base} holds no store.yaml: a law must be merged before it can judge a change`);
    return read;
  } catch (error) {
    if (error instanceof ConnectError) {
      const said = error.said === undefined ? '' : ` (${error.said})`;
      throw new UsageError(
        `scope-unknown: ${error.message}${said}${error.remedy === undefined ? '' : `. ${error.remedy}`}`,
      );
    }
    throw error;
  }
}

async function judgeChange(
  revisions: Change,
  options: ChangeOptions,
  {
    io,
    page,
    human,
    output,
  }: { readonly io: Io; readonly page: Page; readonly human: boolean; readonly output: string | undefined },
): Promise<ExitCode> {
  const { head } = revisions;
  const pageUnder = (under: Under, scope: Scope): Page => ({
    ...page,
    sourceOf: (file) => sourceOf(under === 'base' && isLaw(file) ? revisions.base : head, file),
    noteOf: (found) => (isUnmerged(found, under, scope) ? UNMERGED : undefined),
    ...(page.output === undefined ? {} : { output: `${page.output}/${under}` }),
  });
  let shown = page;
  const report = await verifyChange(revisions, {
    ...options,
    judging: (under, scope) => {
      shown = pageUnder(under, scope);
      if (human) io.stdout(lawBlock(under, scope, page));
    },
    ...(human ? { judged: (workflow) => io.stdout(`${clear(io)}${workflowBlock(workflow, shown)}`) } : {}),
  });
  for (const { under, report: one } of report.reports) {
    if (output !== undefined) saveResults(join(output, under), one.workflows);
    if (human)
      io.stdout(`\n${lawBlock(under, report.scope, page).trimEnd()}${conclusion(one, pageUnder(under, report.scope))}`);
  }
  if (human) io.stdout(lawChangeBlock(report.lawChanges, page));
  io.stdout(human ? outcomeBlock(report.outcome, page) : changeToJson(report));
  return report.exitCode;
}

/** The installed program of `--second-solver`. */
function secondSolver(given: string | undefined, io: Io): Installed | undefined {
  if (given === undefined) return undefined;
  const second = { program: oneOf('--second-solver', given, SECOND_SOLVERS), path: io.env['PATH'] };
  if (!isInstalled(second)) throw new UsageError(`--second-solver: ${second.program} is not installed`);
  return second;
}

/** Which folder is the store, and which workflows of it are asked for. */
function target(
  positionals: readonly string[],
  cwd: string,
): { readonly root: string; readonly wanted: readonly string[] } {
  const [first, ...rest] = positionals;
  if (first === undefined) return { root: cwd, wanted: [] };
  const inside = /^(?:(.*)[\\/])?workflows[\\/]([^\\/]+)[\\/]([^\\/]+)[\\/]?$/u.exec(
    resolve(cwd, first).split(sep).join('/'),
  );
  // A store may itself stand in a folder of such a name; what a workflow's folder holds must not make a store of it.
  if (inside !== null && (hasStore(inside[1] ?? cwd) || !hasStore(resolve(cwd, first)))) {
    const root = inside[1] ?? cwd;
    return { root, wanted: positionals.map((path) => workflowName(path, root, cwd)) };
  }
  if (/^[a-z0-9-]+\/[a-z0-9-]+$/u.test(first) && hasStore(cwd) && !hasStore(resolve(cwd, first)))
    return { root: cwd, wanted: positionals };
  const root = resolve(cwd, first);
  return { root, wanted: rest.map((path) => workflowName(path, root, cwd)) };
}

function workflowName(path: string, root: string, cwd: string): string {
  const inside = relative(join(root, 'workflows'), resolve(cwd, path)).split(sep);
  return inside.length === 2 && inside[0] !== '..' ? inside.join('/') : path;
}

function hasStore(folder: string): boolean {
  return existsSync(join(folder, 'store.yaml'));
}

/** A folder that holds something, and no release, is another folder than was meant: every workflow would pass as the first. */
function releasesFolder(path: string): Tree {
  const tree = openFolder(path);
  const entries = tree.list();
  if (entries.length > 0 && !entries.some((entry) => RELEASE.test(entry.path)))
    throw new UsageError(`${path} holds no release: each is a folder <namespace>/<name>/<version>`);
  return tree;
}

const RELEASE = /^[^/]+\/[^/]+\/\d+\.\d+\.\d+[^/]*\//u;

/** Folders of a store in which results would be files that have no place there. */
const CHECKED: ReadonlySet<string> = new Set(['workflows', 'tools', 'policies']);

/** The folder for the results, made before the work so that a wrong one costs no time. */
function outputFolder(given: string, root: string, cwd: string): string {
  if (given === '') throw new UsageError('--output takes a folder');
  const folder = resolve(cwd, given);
  const [first = ''] = relative(root, folder).split(sep);
  if (CHECKED.has(first)) throw new UsageError(`--output lies in ${first}/ of the store, where every file is checked`);
  makeFolder(folder);
  return folder;
}

/** What cannot be written there is wrong use: the folder is the user's. */
function saveResults(folder: string, workflows: readonly WorkflowReport[]): void {
  try {
    writeResults(folder, workflows);
  } catch (error) {
    throw new UsageError(`the results cannot be written to ${encodeLine(folder, 200)}`, { cause: error });
  }
}

/** Progress on a terminal: one line that is written over. Elsewhere nothing: the report is what counts. */
function progress(io: Io): Progress {
  return ({ workflow, stage, done }) => {
    if (isTerminal(io) && !done)
      io.stdout(`${clear(io)}${encodeLine(`${workflow}: ${stage} …`, Math.max(0, io.columns - 1))}`);
  };
}

/** Takes the line of progress back. */
function clear(io: Io): string {
  return isTerminal(io) ? '\r\u001B[K' : '';
}

function shownPath(root: string, cwd: string): string {
  const path = relative(cwd, root);
  return path === '' ? '.' : path;
}

function sourceOf(tree: Tree, file: string): string | undefined {
  try {
    const bytes = tree.read(file);
    return bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // What cannot be read as text has a finding of its own; there is no line of it to show.
    return undefined;
  }
}

function oneOf<T extends string>(option: string, given: string, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found === undefined) throw new UsageError(`${option} takes one of ${known.join(', ')}`);
  return found;
}

function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/u.test(text)) throw new UsageError(`${option} takes a whole number below 1000000000`);
  return Number(text);
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/u.test(text)) return false;
  const midnight = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}
