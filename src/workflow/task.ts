import { isArray, isObject, type Json } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import { brief } from '../kernel/text.ts';
import { isWorkflowName } from '../store/words.ts';
import { isSemver } from '../store/version.ts';
import { readCall, readFunctionArguments } from './call.ts';
import { readDataFlow, readExport } from './data-flow.ts';
import { readErrorDefinition, STANDARD_ERROR_NAMES } from './errors.ts';
import type { ErrorDefinition, Retry, Task, TaskBase, TaskList, Template } from './model.ts';
import { checkOfficialTask, type TaskKeyword } from './official.ts';
import {
  checkOpenObject,
  type Context,
  type Fields,
  invalid,
  readArray,
  readDuration,
  readLiteral,
  readObject,
  readTimeout,
  required,
  unknownReference,
  unsupported,
  unsupportedKey,
  wrongType,
} from './reader.ts';
import { REFUSED_RUNS, REFUSED_TASKS } from './refused.ts';
import { readRetry } from './retry.ts';
import { readExpression, readTemplate, wholeExpression } from './template.ts';
import { checkJumps, DIRECTIVES, readThen } from './then.ts';
import { readVariable } from './variable.ts';

const BASE_KEYS: readonly string[] = ['if', 'input', 'output', 'export', 'timeout', 'then', 'metadata'];

/** The keyword that makes a task what it is, and the members that go with it. */
const KEYWORDS: Readonly<Record<TaskKeyword, readonly string[]>> = {
  call: ['call', 'with'],
  do: ['do'],
  for: ['for', 'while', 'do'],
  fork: ['fork'],
  raise: ['raise'],
  run: ['run'],
  set: ['set'],
  switch: ['switch'],
  try: ['try', 'catch'],
  wait: ['wait'],
};

/** Where a list of tasks stands. */
type ListKind = 'sequence' | 'branches';

/** A list of named tasks. Absent where any of them has a problem. */
export function readTasks(
  value: Json,
  at: Pointer,
  context: Context,
  kind: ListKind = 'sequence',
): TaskList | undefined {
  const { reporter } = context;
  const items = readArray(value, at, reporter);
  if (items === undefined) return undefined;
  if (items.length === 0) return invalid(reporter, at, 'a list without a task');
  const before = reporter.count;
  const names = new Set<string>();
  const entries: { readonly name: string; readonly value: Json; readonly at: Pointer }[] = [];
  items.forEach((item, i) => {
    const entry = readNamed(item, child(at, i), names, context);
    if (entry !== undefined) entries.push(entry);
  });
  // The branches of a fork run side by side: there is no next one to go to.
  const siblings = kind === 'branches' ? new Set<string>() : names;
  const tasks = entries.flatMap((entry) => readTask(entry.name, entry.value, entry.at, siblings, context) ?? []);
  if (tasks.length !== items.length || entries.length !== items.length) return undefined;
  if (kind === 'sequence') checkJumps(tasks, reporter);
  return reporter.count === before ? tasks : undefined;
}

/** An item of a task list or a switch: an object with one member, named unlike the others. */
function readNamed(
  item: Json,
  at: Pointer,
  names: Set<string>,
  { reporter }: Context,
): { readonly name: string; readonly value: Json; readonly at: Pointer } | undefined {
  if (!isObject(item)) return wrongType(reporter, at, 'object', item);
  const [entry, ...others] = Object.entries(item);
  const [other] = others[0] ?? [];
  if (entry !== undefined && other !== undefined) {
    const [first, second] = [brief(entry[0], 60), brief(other, 60)];
    const detail = `an item of this list has one name, and ${second} is a second one beside ${first}`;
    const fix = isTaskKey(other)
      ? `indent ${second} further, so that it is inside ${first}`
      : `begin an item of its own: - ${second}:`;
    reporter.reportKey('structure/invalid-value', child(at, other), { detail, fix });
    return undefined;
  }
  if (entry === undefined) return invalid(reporter, at, 'an item of this list has exactly one name');
  const [name, value] = entry;
  const place = child(at, name);
  if (names.has(name)) reporter.reportKey('structure/duplicate-key', place, { key: brief(name) });
  else if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name) || DIRECTIVES.includes(name)) {
    reporter.reportKey('structure/bad-name', place, { name: brief(name) });
  }
  names.add(name);
  return { name, value, at: place };
}

function readTask(
  name: string,
  value: Json,
  at: Pointer,
  siblings: ReadonlySet<string>,
  context: Context,
): Task | undefined {
  const { reporter } = context;
  const fields = readObject(value, at, null, reporter);
  if (fields === undefined) return undefined;
  const keyword = keywordOf(fields, context);
  if (keyword === undefined) return undefined;
  const before = reporter.count;
  for (const key of Object.keys(fields.value)) {
    if (!BASE_KEYS.includes(key) && !KEYWORDS[keyword].includes(key))
      reporter.unknownKey(at, key, [...BASE_KEYS, ...KEYWORDS[keyword]]);
  }
  const base = readBase(name, fields, siblings, context);
  const task = READERS[keyword](base, fields, siblings, context);
  if (reporter.count === before) checkOfficialTask(keyword, fields.value, at, reporter);
  return reporter.count === before ? task : undefined;
}

/** What kind of task this is; reports one that is none, several, or refused. */
function keywordOf(fields: Fields, { reporter }: Context): TaskKeyword | undefined {
  const keys = Object.keys(fields.value);
  const refused = keys.find((key) => REFUSED_TASKS.has(key));
  if (refused !== undefined) {
    reporter.reportKey('structure/unsupported-task', fields.place(refused), {
      keyword: refused,
      instead: REFUSED_TASKS.get(refused) ?? '',
    });
    return undefined;
  }
  const found = keys.filter(isKeyword).filter((key) => !(key === 'do' && keys.includes('for')));
  const [keyword, ...others] = found;
  if (keyword !== undefined && others.length === 0) return keyword;
  if (keyword !== undefined)
    return invalid(reporter, fields.at, `a task is one of these, not several: ${found.join(', ')}`);
  const unknown = keys.find((key) => !BASE_KEYS.includes(key));
  if (unknown !== undefined) reporter.unknownKey(fields.at, unknown, Object.keys(KEYWORDS));
  else invalid(reporter, fields.at, `a task has one of ${Object.keys(KEYWORDS).join(', ')}`);
  return undefined;
}

/** What stands inside a task, so that beside its name it is indented too little. */
function isTaskKey(key: string): boolean {
  return BASE_KEYS.includes(key) || Object.values(KEYWORDS).some((keys) => keys.includes(key));
}

function isKeyword(key: string): key is TaskKeyword {
  return Object.hasOwn(KEYWORDS, key);
}

function readBase(name: string, fields: Fields, siblings: ReadonlySet<string>, context: Context): TaskBase {
  const { reporter } = context;
  const condition = fields.get('if');
  const exported = fields.get('export');
  const timeoutValue = fields.get('timeout');
  const timeout = timeoutValue === undefined ? undefined : readTimeout(timeoutValue, fields.place('timeout'), context);
  const if_ = condition === undefined ? undefined : readExpression(condition, fields.place('if'), reporter);
  const export_ = exported === undefined ? undefined : readExport(exported, fields.place('export'), reporter);
  checkOpenObject(fields, 'metadata', reporter);
  return {
    name,
    at: fields.at,
    ...readDataFlow(fields.get('input'), fields.get('output'), fields.at, reporter),
    ...(if_ === undefined ? {} : { if: if_ }),
    ...(export_ === undefined ? {} : { export: export_ }),
    ...(timeout === undefined ? {} : { timeout }),
    then: readThen(fields.get('then'), fields.place('then'), siblings, reporter),
  };
}

type Reader = (base: TaskBase, fields: Fields, siblings: ReadonlySet<string>, context: Context) => Task | undefined;

const READERS: Readonly<Record<TaskKeyword, Reader>> = {
  call: readCallTask,
  do: (base, fields, _, context) => {
    const list = readTasks(fields.get('do') ?? null, fields.place('do'), context);
    return list === undefined ? undefined : { ...base, kind: 'do', do: list };
  },
  for: readFor,
  fork: readFork,
  raise: readRaise,
  run: readRun,
  set: readSet,
  switch: readSwitch,
  try: readTry,
  wait: (base, fields, _, { reporter }) => {
    const duration = readDuration(fields.get('wait') ?? null, fields.place('wait'), reporter);
    return duration === undefined ? undefined : { ...base, kind: 'wait', duration };
  },
};

function readCallTask(base: TaskBase, fields: Fields, _: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter, reusable } = context;
  const name = readLiteral(fields.get('call') ?? null, fields.place('call'), 'what a task calls', reporter);
  if (name === undefined) return undefined;
  if (!reusable.functions.has(name)) {
    const call = readCall(name, fields, context);
    return call === undefined ? undefined : { ...base, kind: 'call', call };
  }
  const definition = reusable.functions.get(name);
  const given = readFunctionArguments(fields, context);
  if (definition === undefined || given === undefined) return undefined;
  const { call, schema } = definition;
  return { ...base, kind: 'call', call, with: { arguments: given, ...(schema === undefined ? {} : { schema }) } };
}

function readFor(base: TaskBase, fields: Fields, _: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter } = context;
  const loop = readObject(fields.get('for') ?? null, fields.place('for'), ['each', 'in', 'at'], reporter);
  const condition = fields.get('while');
  const while_ = condition === undefined ? undefined : readExpression(condition, fields.place('while'), reporter);
  const body = required(fields, 'do', reporter);
  const list = body === undefined ? undefined : readTasks(body, fields.place('do'), context);
  if (loop === undefined) return undefined;
  const each = readVariable(loop.get('each'), loop.place('each'), 'item', reporter);
  const index = readVariable(loop.get('at'), loop.place('at'), 'index', reporter);
  if (each === index) invalid(reporter, loop.at, 'item and index are two variables');
  const collection = required(loop, 'in', reporter);
  const in_ = collection === undefined ? undefined : readCollection(collection, loop.place('in'), context);
  if (list === undefined || in_ === undefined) return undefined;
  return { ...base, kind: 'for', each, in: in_, index, ...(while_ === undefined ? {} : { while: while_ }), do: list };
}

function readCollection(value: Json, at: Pointer, { reporter }: Context): Template | undefined {
  if (typeof value === 'string') return readExpression(value, at, reporter);
  if (!isArray(value)) return wrongType(reporter, at, 'string or array', value);
  const other = value.findIndex((item) => !isObject(item));
  if (other !== -1) {
    return invalid(
      reporter,
      child(at, other),
      'the items of an inline list are objects; write ${ [1, 2] } for other values',
    );
  }
  return readTemplate(value, at, reporter);
}

function readFork(base: TaskBase, fields: Fields, _: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter } = context;
  const fork = readObject(fields.get('fork') ?? null, fields.place('fork'), ['branches', 'compete'], reporter);
  if (fork === undefined) return undefined;
  const compete = fork.get('compete');
  if (compete !== undefined && typeof compete !== 'boolean')
    wrongType(reporter, fork.place('compete'), 'boolean', compete);
  const listed = required(fork, 'branches', reporter);
  const branches = listed === undefined ? undefined : readTasks(listed, fork.place('branches'), context, 'branches');
  return branches === undefined ? undefined : { ...base, kind: 'fork', branches, compete: compete === true };
}

function readRaise(base: TaskBase, fields: Fields, _: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter, reusable } = context;
  const raise = readObject(fields.get('raise') ?? null, fields.place('raise'), ['error'], reporter);
  const value = raise === undefined ? undefined : required(raise, 'error', reporter);
  if (raise === undefined || value === undefined) return undefined;
  let error: ErrorDefinition | undefined;
  if (typeof value === 'string') {
    if (reusable.errors.has(value)) error = reusable.errors.get(value);
    else {
      const standard = STANDARD_ERROR_NAMES.includes(value) ? value : null;
      const suggestion = standard ?? reporter.suggest(value, reusable.errors.keys());
      reporter.report('structure/unknown-error', raise.place('error'), { name: brief(value), suggestion });
    }
  } else error = readErrorDefinition(value, raise.place('error'), reporter);
  return error === undefined ? undefined : { ...base, kind: 'raise', error };
}

function readRun(base: TaskBase, fields: Fields, _: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter } = context;
  const run = readObject(fields.get('run') ?? null, fields.place('run'), null, reporter);
  if (run === undefined) return undefined;
  const refused = Object.keys(run.value).find((key) => REFUSED_RUNS.has(key));
  if (refused !== undefined) {
    reporter.reportKey('structure/unsupported-task', run.place(refused), {
      keyword: `run: ${refused}`,
      instead: REFUSED_RUNS.get(refused) ?? '',
    });
    return undefined;
  }
  for (const key of Object.keys(run.value)) {
    if (!['workflow', 'await', 'return'].includes(key))
      reporter.unknownKey(run.at, key, ['workflow', 'await', 'return']);
  }
  const awaits = run.get('await');
  if (awaits !== undefined && awaits !== true)
    unsupported(reporter, run.place('await'), 'a workflow that nobody waits for', 'await: true');
  if (run.get('return') !== undefined)
    unsupportedKey(reporter, run.place('return'), 'return', 'output.as: what a workflow returns is its output');
  const target = required(run, 'workflow', reporter);
  if (target === undefined) return undefined;
  const workflow = readObject(target, run.place('workflow'), ['namespace', 'name', 'version', 'input'], reporter);
  if (workflow === undefined) return undefined;
  const [namespace, name, version] = (['namespace', 'name', 'version'] as const).map((key) => {
    const value = required(workflow, key, reporter);
    return value === undefined
      ? undefined
      : readLiteral(value, workflow.place(key), `the ${key} of a workflow`, reporter);
  });
  if (version !== undefined && !isSemver(version))
    reporter.report('structure/floating-version', workflow.place('version'), { text: brief(version) });
  const given = workflow.get('input');
  if (given !== undefined && !isObject(given)) wrongType(reporter, workflow.place('input'), 'object', given);
  const argument = given === undefined ? undefined : readTemplate(given, workflow.place('input'), reporter);
  if (namespace === undefined || name === undefined || version === undefined) return undefined;
  const full = `${namespace}/${name}`;
  if (!isWorkflowName(full)) {
    reporter.report('structure/bad-name', workflow.at, { name: brief(full) });
    return undefined;
  }
  return { ...base, kind: 'run', workflow: { name: full, version }, ...(argument === undefined ? {} : { argument }) };
}

function readSet(base: TaskBase, fields: Fields, _: ReadonlySet<string>, { reporter }: Context): Task | undefined {
  const value = fields.get('set') ?? null;
  const at = fields.place('set');
  if (typeof value === 'string' && wholeExpression(value, at) === undefined) {
    return invalid(reporter, at, 'set is an object, or an expression ${ } that yields what the task puts out');
  }
  if (typeof value !== 'string' && !isObject(value)) return wrongType(reporter, at, 'object', value);
  if (isObject(value) && Object.keys(value).length === 0) return invalid(reporter, at, 'a set without a member');
  const set = readTemplate(value, at, reporter);
  return set === undefined ? undefined : { ...base, kind: 'set', set };
}

function readSwitch(base: TaskBase, fields: Fields, siblings: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter } = context;
  const items = readArray(fields.get('switch') ?? null, fields.place('switch'), reporter);
  if (items === undefined) return undefined;
  if (items.length === 0) return invalid(reporter, fields.place('switch'), 'a switch without an arm');
  const names = new Set<string>();
  let defaults = 0;
  const arms = items.flatMap((item, i) => {
    const entry = readNamed(item, child(fields.place('switch'), i), names, context);
    const arm = entry === undefined ? undefined : readObject(entry.value, entry.at, ['when', 'then'], reporter);
    if (entry === undefined || arm === undefined) return [];
    const condition = arm.get('when');
    const when = condition === undefined ? undefined : readExpression(condition, arm.place('when'), reporter);
    if (condition === undefined) {
      defaults += 1;
      if (defaults === 2) invalid(reporter, arm.at, 'a second arm without when is never taken');
    }
    const target = required(arm, 'then', reporter);
    const then = readThen(target, arm.place('then'), siblings, reporter);
    return [{ name: entry.name, at: entry.at, ...(when === undefined ? {} : { when }), then }];
  });
  return { ...base, kind: 'switch', arms };
}

function readTry(base: TaskBase, fields: Fields, siblings: ReadonlySet<string>, context: Context): Task | undefined {
  const { reporter } = context;
  const list = readTasks(fields.get('try') ?? null, fields.place('try'), context);
  const value = required(fields, 'catch', reporter);
  if (value === undefined) return undefined;
  const keys = ['errors', 'as', 'when', 'exceptWhen', 'retry', 'do', 'then'];
  const handler = readObject(value, fields.place('catch'), keys, reporter);
  if (handler === undefined) return undefined;
  const [when, exceptWhen] = (['when', 'exceptWhen'] as const).map((key) => {
    const found = handler.get(key);
    return found === undefined ? undefined : readExpression(found, handler.place(key), reporter);
  });
  const errors = readFilter(handler, context);
  const as = readVariable(handler.get('as'), handler.place('as'), 'error', reporter);
  const retry = readRetryReference(handler, context);
  const body = handler.get('do');
  const do_ = body === undefined ? undefined : readTasks(body, handler.place('do'), context);
  const directive = handler.get('then');
  const then = directive === undefined ? undefined : readThen(directive, handler.place('then'), siblings, reporter);
  if (list === undefined) return undefined;
  return {
    ...base,
    kind: 'try',
    try: list,
    catch: {
      at: handler.at,
      as,
      ...(errors === undefined ? {} : { errors }),
      ...(when === undefined ? {} : { when }),
      ...(exceptWhen === undefined ? {} : { exceptWhen }),
      ...(retry === undefined ? {} : { retry }),
      ...(do_ === undefined ? {} : { do: do_ }),
      ...(then === undefined ? {} : { then }),
    },
  };
}

type Filter = Extract<Task, { readonly kind: 'try' }>['catch']['errors'];

function readFilter(handler: Fields, { reporter }: Context): Filter {
  const value = handler.get('errors');
  const errors = value === undefined ? undefined : readObject(value, handler.place('errors'), ['with'], reporter);
  const inner = errors === undefined ? undefined : required(errors, 'with', reporter);
  if (errors === undefined || inner === undefined) return undefined;
  const filter = readObject(inner, errors.place('with'), ['type', 'status', 'instance', 'title', 'detail'], reporter);
  if (filter === undefined) return undefined;
  if (Object.keys(filter.value).length === 0) invalid(reporter, filter.at, 'a filter without a member');
  const [type, instance, title, detail] = (['type', 'instance', 'title', 'detail'] as const).map((key) => {
    const found = filter.get(key);
    return found === undefined ? undefined : readLiteral(found, filter.place(key), 'a filter of errors', reporter);
  });
  const status = filter.get('status');
  if (status !== undefined && (typeof status !== 'number' || !Number.isInteger(status)))
    wrongType(reporter, filter.place('status'), 'integer', status);
  return {
    ...(type === undefined ? {} : { type }),
    ...(typeof status === 'number' ? { status } : {}),
    ...(instance === undefined ? {} : { instance }),
    ...(title === undefined ? {} : { title }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function readRetryReference(handler: Fields, { reporter, reusable }: Context): Retry | undefined {
  const value = handler.get('retry');
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return readRetry(value, handler.place('retry'), reporter);
  if (reusable.retries.has(value)) return reusable.retries.get(value);
  return unknownReference(reporter, handler.place('retry'), 'retry', value, reusable.retries.keys());
}
