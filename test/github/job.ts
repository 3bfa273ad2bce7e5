import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { git } from '../repository.ts';
import { runStep, type Step } from '../runner.ts';
import { TOKENS } from './stand-in.ts';

/**
 * Runs a job of a workflow file, step by step, as far as the files that `init` writes need it: `actions/checkout` from a bare
 * repository, our own actions from their built files, scripts in bash, expressions that are listed here and no others.
 */

export interface JobOptions {
  /** The workflow file. */
  readonly file: string;
  readonly job: string;
  /** A bare repository. */
  readonly remote: string;
  /** An empty folder, for checkout and files of the steps. */
  readonly folder: string;
  readonly event: string;
  readonly payload: string;
  readonly sha: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** The results of the jobs that this one needs. */
  readonly needs?: Readonly<Record<string, string>>;
  /** The built file of each action of ours, by the folder of the action: '' or `actions/publish`. */
  readonly actions: Readonly<Record<string, string>>;
  /** Inputs that the test adds to those actions: where services of the outside are. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** What the runner sets for each step. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it sets only for a job that may ask for identity tokens. */
  readonly identity?: Readonly<Record<string, string>>;
}

export interface JobResult {
  readonly result: 'success' | 'failure';
  /** What each step came to, in order. */
  readonly outcomes: readonly Outcome[];
  /** The steps of our own actions. */
  readonly steps: readonly Step[];
  readonly log: string;
}

type Outcome = 'success' | 'failure' | 'skipped';

interface StepFile {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}

interface JobFile {
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly StepFile[];
}

export async function runJob(options: JobOptions): Promise<JobResult> {
  const text = readFileSync(options.file, 'utf8');
  const job = (parse(text) as { readonly jobs: Readonly<Record<string, JobFile>> }).jobs[options.job];
  if (job === undefined) throw new Error(`there is no job ${options.job}`);
  const workspace = join(options.folder, 'workspace');
  rmSync(workspace, { recursive: true, force: true });
  const outcomes: Outcome[] = [];
  const byId = new Map<string, Outcome>();
  const steps: Step[] = [];
  let log = '';
  for (const step of job.steps) {
    const failed = outcomes.includes('failure');
    let outcome: Outcome = 'skipped';
    if (step.if === undefined ? !failed : condition(step.if, byId)) {
      const fill = (value: unknown): string => filled(String(value), options, job);
      const env = {
        ...options.env,
        ...(job.permissions['id-token'] === 'write' ? options.identity : {}),
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(value)])),
      };
      const given = Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, fill(value)]));
      if (step.run !== undefined) {
        const cwd = join(workspace, step['working-directory'] ?? '');
        const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', fill(step.run)], {
          cwd: step['working-directory'] === undefined ? options.folder : cwd,
          env: {
            PATH: process.env['PATH'],
            HOME: options.folder,
            GIT_CONFIG_NOSYSTEM: '1',
            GITHUB_SHA: options.sha,
            ...env,
          },
          encoding: 'utf8',
        });
        log += ran.stdout + ran.stderr;
        outcome = ran.status === 0 ? 'success' : 'failure';
      } else if (step.uses?.startsWith('actions/checkout@') === true) {
        outcome = checkout(options, workspace, given) ? 'success' : 'failure';
      } else {
        const main = options.actions[actionOf(step.uses ?? '')];
        if (main === undefined) throw new Error(`the job uses ${step.uses ?? 'nothing'}`);
        const { event, payload, sha, folder: temporary } = options;
        const inputs = { ...given, ...options.inputs };
        const ran = await runStep({ main, workspace, temporary, event, payload, sha, inputs, env });
        steps.push(ran);
        log += ran.log;
        outcome = ran.code === 0 ? 'success' : 'failure';
      }
    }
    outcomes.push(outcome);
    if (step.id !== undefined) byId.set(step.id, outcome);
  }
  return { result: outcomes.includes('failure') ? 'failure' : 'success', outcomes, steps, log };
}

/** `owner/repository/actions/publish@<commit>` -> `actions/publish`. */
function actionOf(uses: string): string {
  return /^[^/]+\/[^/@]+\/?([^@]*)@[0-9a-f]{40}$/u.exec(uses)?.[1] ?? uses;
}

function checkout(
  { remote, sha }: JobOptions,
  workspace: string,
  given: Readonly<Record<string, string | undefined>>,
): boolean {
  const depth = given['fetch-depth'] === '0' ? [] : ['--depth', '1'];
  const ref = given['ref'] === undefined ? [] : ['--branch', given['ref']];
  const target = join(workspace, given['path'] ?? '');
  try {
    git('/', 'clone', '-q', ...depth, ...ref, `file://${remote}`, target);
    if (given['ref'] === undefined) git(target, 'checkout', '-q', '--detach', sha);
    return true;
  } catch {
    return false;
  }
}

function condition(text: string, steps: ReadonlyMap<string, Outcome>): boolean {
  if (text === 'always()') return true;
  const [, id] = /^\$\{\{ !cancelled\(\) && steps\.([a-z]+)\.outcome != 'skipped' \}\}$/u.exec(text) ?? [];
  if (id === undefined) throw new Error(`the condition ${text}`);
  return (steps.get(id) ?? 'skipped') !== 'skipped';
}

function filled(text: string, { secrets = {}, needs = {} }: JobOptions, job: JobFile): string {
  return text.replaceAll(/\$\{\{ ([^}]*) \}\}/gu, (_, expression: string) => {
    const [space, ...path] = expression.split('.');
    if (expression === 'github.token') return job.permissions['contents'] === 'write' ? TOKENS.write : TOKENS.read;
    const value = space === 'secrets' ? secrets[path[0] ?? ''] : space === 'needs' ? needs[path[0] ?? ''] : undefined;
    if (value === undefined) throw new Error(`the expression ${expression}`);
    return value;
  });
}
