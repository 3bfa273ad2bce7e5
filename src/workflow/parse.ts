import type { Finding } from '../kernel/finding.ts';
import type { Json } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import type { Locate, Server } from '../store/model.ts';
import { reportCredentials } from '../store/credential.ts';
import { isSemver } from '../store/version.ts';
import { readDataFlow } from './data-flow.ts';
import type { ErrorDefinition, Workflow } from './model.ts';
import { checkOfficialDocument } from './official.ts';
import {
  checkOpenObject,
  invalid,
  readLiteral,
  readObject,
  readTimeout,
  required,
  unsupported,
  unsupportedKey,
} from './reader.ts';
import { readTasks } from './task.ts';
import { readUse } from './use.ts';

/** A parsed workflow.yaml; without `locateKey`, keys are found where their values are. */
export interface WorkflowDocument {
  readonly document: Json;
  readonly locate: Locate;
  readonly locateKey?: Locate;
}

const ROOT_KEYS: readonly string[] = ['document', 'input', 'use', 'do', 'timeout', 'output', 'schedule', 'evaluate'];
const DSL = '1.0.3';

/**
 * Checks a document against the official schema and the strict profile (DESIGN 4) and gives it its meaning. `servers` are
 * the law's tool contracts. `workflow` is absent where there is any finding; all that can be seen are reported at once.
 */
export function parseWorkflow(
  files: WorkflowDocument,
  servers: ReadonlyMap<string, Server>,
): { readonly workflow?: Workflow; readonly findings: readonly Finding[] } {
  const { document, locate } = files;
  const reporter = new Reporter({ locate, locateKey: files.locateKey ?? locate });
  const workflow = readWorkflow(document, locate, servers, reporter);
  reportCredentials(document, reporter);
  return workflow === undefined || reporter.count > 0 ? { findings: reporter.findings } : { workflow, findings: [] };
}

function readWorkflow(
  document: Json,
  locate: Locate,
  servers: ReadonlyMap<string, Server>,
  reporter: Reporter,
): Workflow | undefined {
  const fields = readObject(document, ROOT, ROOT_KEYS, reporter);
  if (fields === undefined) return undefined;
  const header = readHeader(required(fields, 'document', reporter), fields.place('document'), reporter);
  if (fields.get('schedule') !== undefined) {
    unsupportedKey(
      reporter,
      fields.place('schedule'),
      'schedule',
      'whatever starts the workflow: the store says what it does, not when',
    );
  }
  readEvaluate(fields.get('evaluate'), fields.place('evaluate'), reporter);
  const reusable = readUse(fields.get('use'), fields.place('use'), servers, reporter);
  const context = { reporter, servers, reusable };
  const dataFlow = readDataFlow(fields.get('input'), fields.get('output'), ROOT, reporter);
  const timeoutValue = fields.get('timeout');
  const timeout = timeoutValue === undefined ? undefined : readTimeout(timeoutValue, fields.place('timeout'), context);
  const tasks = required(fields, 'do', reporter);
  const list = tasks === undefined ? undefined : readTasks(tasks, fields.place('do'), context);
  if (reporter.count === 0) checkOfficialDocument(fields.value, ROOT, reporter);
  if (header === undefined || list === undefined) return undefined;
  const errors = new Map<string, ErrorDefinition>();
  for (const [name, definition] of reusable.errors) if (definition !== undefined) errors.set(name, definition);
  return { ...header, ...dataFlow, ...(timeout === undefined ? {} : { timeout }), do: list, errors, locate, document };
}

type Header = Pick<Workflow, 'namespace' | 'name' | 'version' | 'title' | 'summary'>;

function readHeader(value: Json | undefined, at: Pointer, reporter: Reporter): Header | undefined {
  if (value === undefined) return undefined;
  const keys = ['dsl', 'namespace', 'name', 'version', 'title', 'summary', 'tags', 'metadata'];
  const fields = readObject(value, at, keys, reporter);
  if (fields === undefined) return undefined;
  const text = (key: string, must: boolean): string | undefined => {
    const found = must ? required(fields, key, reporter) : fields.get(key);
    return found === undefined ? undefined : readLiteral(found, fields.place(key), `document.${key}`, reporter);
  };
  const dsl = text('dsl', true);
  if (dsl !== undefined && dsl !== DSL)
    unsupported(reporter, fields.place('dsl'), `dsl ${brief(dsl, 40)}`, `dsl: '${DSL}'`);
  const [namespace, name, version] = ['namespace', 'name', 'version'].map((key) => text(key, true));
  const [title, summary] = ['title', 'summary'].map((key) => text(key, false));
  for (const [key, found] of [
    ['namespace', namespace],
    ['name', name],
  ] as const) {
    if (found !== undefined && !/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(found)) {
      reporter.report('structure/bad-name', fields.place(key), { name: brief(found) });
    }
  }
  if (version !== undefined && !isSemver(version))
    invalid(reporter, fields.place('version'), 'a version is exact and semantic, such as 1.2.3');
  for (const key of ['tags', 'metadata']) checkOpenObject(fields, key, reporter);
  if (namespace === undefined || name === undefined || version === undefined) return undefined;
  return {
    namespace,
    name,
    version,
    ...(title === undefined ? {} : { title }),
    ...(summary === undefined ? {} : { summary }),
  };
}

function readEvaluate(value: Json | undefined, at: Pointer, reporter: Reporter): void {
  const fields = value === undefined ? undefined : readObject(value, at, ['language', 'mode'], reporter);
  if (fields === undefined) return;
  for (const [key, only] of [
    ['language', 'jq'],
    ['mode', 'strict'],
  ] as const) {
    const found = fields.get(key);
    if (found !== undefined && found !== only)
      unsupported(reporter, child(at, key), `evaluate.${key} other than ${only}`, `${key}: ${only}`);
  }
}
