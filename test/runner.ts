import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A GitHub runner as far as a step can see it: environment, event file, output and summary files, and commands in the log. */

export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

export interface Step {
  readonly code: number | null;
  readonly log: string;
  readonly commands: readonly Command[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface Job {
  /** The built file that runs. */
  readonly main: string;
  /** The Node that runs it; this one where absent. */
  readonly node?: string;
  readonly workspace: string;
  /** A folder for the files of the step. */
  readonly temporary: string;
  readonly event: string;
  readonly payload: string;
  readonly sha: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a step with nothing of this process's environment but where programs are. */
export async function runStep(job: Job): Promise<Step> {
  const file = (name: string, content: string): string => {
    const path = join(job.temporary, name);
    writeFileSync(path, content);
    return path;
  };
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: job.event,
    GITHUB_EVENT_PATH: file('event.json', job.payload),
    GITHUB_OUTPUT: file('output', ''),
    GITHUB_STEP_SUMMARY: file('summary.md', ''),
    GITHUB_SHA: job.sha,
    GITHUB_WORKSPACE: job.workspace,
    GITHUB_REPOSITORY: 'octo-org/store',
    GITHUB_SERVER_URL: 'https://github.com',
    RUNNER_TEMP: job.temporary,
    ...Object.fromEntries(
      Object.entries(job.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
    ...job.env,
  };
  const child = spawn(job.node ?? process.execPath, [job.main], {
    cwd: job.workspace,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  return {
    code,
    log,
    commands: commandsIn(log),
    outputs: outputsIn(readFileSync(join(job.temporary, 'output'), 'utf8')),
    summary: readFileSync(join(job.temporary, 'summary.md'), 'utf8'),
  };
}

const REGISTERED: ReadonlySet<string> = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'internal-set-repo-path',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/** Reads commands out of a log as the runner does, the old syntax included (actions/runner, ActionCommand.cs). */
export function commandsIn(log: string): readonly Command[] {
  return log.split(/\r\n|\r|\n/u).flatMap((line) => parseNew(line) ?? parseOld(line) ?? []);
}

function parseNew(line: string): Command | undefined {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return undefined;
  return command(text.slice(2, end), ',', text.slice(end + 2));
}

function parseOld(line: string): Command | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  return command(line.slice(start + 3, end), ';', line.slice(end + 1));
}

function command(head: string, separator: string, data: string): Command | undefined {
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!REGISTERED.has(name)) return undefined;
  const pairs = (space < 0 ? '' : head.slice(space + 1)).split(separator).flatMap((pair) => {
    const [key = '', ...value] = pair.trim().split('=');
    return value.length === 0 ? [] : [[key, unescape(value.join('='))] as const];
  });
  return { name, properties: Object.fromEntries(pairs), data: unescape(data) };
}

function unescape(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}

/** Reads `name<<delimiter` entries and `name=value` lines (GitHub Docs, "Workflow commands"). */
function outputsIn(file: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = file.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, name, delimiter] = /^([^=]*?)<<(.*)$/u.exec(line) ?? [];
    if (name !== undefined) {
      const end = lines.indexOf(delimiter ?? '', at + 1);
      if (end < 0) throw new Error(`the output ${name} does not end`);
      outputs[name] = lines.slice(at + 1, end).join('\n');
      at = end;
    } else if (line.includes('=')) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    } else if (line !== '') throw new Error(`this is no output: ${line}`);
  }
  return outputs;
}

/** A payload of `fixtures/events` with its `{{commits}}` filled in. */
export function payloadOf(name: string, commits: Readonly<Record<string, string>>): string {
  return readFileSync(`fixtures/events/${name}.json`, 'utf8').replaceAll(/\{\{(\w+)\}\}/gu, (_, key: string) => {
    const id = commits[key];
    if (id === undefined) throw new Error(`the payload ${name} needs the commit ${key}`);
    return id;
  });
}
