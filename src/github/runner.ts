import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { githubIdentity, type IdentityToken } from '../connect/keyless.ts';
import { originOf } from '../connect/origin.ts';
import { type Annotation, annotationCommand, outputEntry } from './command.ts';
import { EventError, type GithubEvent, parseEvent } from './event.ts';

/** What a step of a job is given, and where its results go (GitHub Docs, "Variables reference"). */
export interface Runner {
  readonly event: GithubEvent;
  /** The commit that the event is about: for a pull request the merge of head into base. */
  readonly sha: string;
  /** The folder of the checkout. */
  readonly workspace: string;
  /** `owner/name`. */
  readonly repository: string;
  /** `https://api.github.com`. */
  readonly api: string;
  /** What the provenance of a package says of this job. */
  readonly origin: ReturnType<typeof originOf>;
  /** Where the job may ask who it is (`permissions: id-token: write`). */
  readonly identity: IdentityToken | undefined;
  /** A folder that is the job's own. */
  readonly temporary: string;
  readonly path: string | undefined;
  /** An input of the step, as written in the workflow file; '' where absent. */
  input(name: string): string;
  /** Text for the log; what an author wrote must be encoded in it. */
  log(text: string): void;
  annotate(annotation: Annotation): void;
  summarise(markdown: string): void;
  output(name: string, value: string): void;
  /** Writes a file below `folder`; gives its path. */
  write(folder: string, path: string, text: string): string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A payload is at most 25 MB. */
const LARGEST_EVENT = 32 * 1024 * 1024;

/** Reads the environment of a step. Throws {@link EventError} with what is missing. */
export function openRunner(env: Environment, stdout: (text: string) => void): Runner {
  const workspace = needed(env, 'GITHUB_WORKSPACE');
  const summary = env['GITHUB_STEP_SUMMARY'];
  return {
    event: parseEvent(needed(env, 'GITHUB_EVENT_NAME'), payload(needed(env, 'GITHUB_EVENT_PATH'))),
    sha: needed(env, 'GITHUB_SHA'),
    workspace,
    repository: needed(env, 'GITHUB_REPOSITORY'),
    api: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    origin: originOf(env),
    identity: githubIdentity(env),
    temporary: env['RUNNER_TEMP'] ?? join(workspace, '.proofmark'),
    path: env['PATH'],
    input: (name) => (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim(),
    log: stdout,
    annotate: (annotation) => stdout(annotationCommand(annotation)),
    summarise: (markdown) => {
      if (summary !== undefined) appendFileSync(summary, markdown);
    },
    output: (name, value) => writeOutput(env, name, value),
    write: (folder, path, text) => {
      const file = resolve(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
  };
}

/** Sets an output of the step, also where nothing else of the environment can be used. */
export function writeOutput(env: Environment, name: string, value: string): void {
  const file = env['GITHUB_OUTPUT'];
  if (file !== undefined) appendFileSync(file, outputEntry(name, value));
}

function needed(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new EventError(
      `${name} is not set: this runs as a step of a GitHub workflow; elsewhere use proofmark verify`,
    );
  return value;
}

function payload(path: string): unknown {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > LARGEST_EVENT) throw new EventError('the payload of the event is too large');
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof EventError) throw error;
    throw new EventError('the payload of the event cannot be read: GITHUB_EVENT_PATH names no JSON file');
  }
}
