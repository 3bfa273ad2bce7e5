import semver from 'semver';
import { looseExpressions } from '../flow/expression-finding.ts';
import { type CalleeName, type Compilation, compileProgram } from '../flow/program.ts';
import { typeFindings } from '../flow/types.ts';
import type { Program } from '../flow/model.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import type { RuleId } from '../kernel/rules.ts';
import { PROBLEM_LIMIT } from '../kernel/text.ts';
import { suggest } from '../kernel/suggest.ts';
import type { Tree } from '../kernel/tree.ts';
import { gate } from '../policy/authority.ts';
import type { PolicySet } from '../policy/cedar.ts';
import { comparer } from '../policy/compare.ts';
import { type CedarEngine, loadEngine } from '../policy/engine.ts';
import { readPolicies } from '../policy/law.ts';
import { compileSchema } from '../schema/compile.ts';
import type { AttackFixture } from '../stages/adversarial/fixture.ts';
import { policySetFindings } from '../stages/policy/set.ts';
import { lawSchemas } from '../stages/structure/schemas.ts';
import { crossChecks } from '../stages/structure/structure.ts';
import type { Release, Subject, UnreadRelease } from '../stages/subject.ts';
import { loadLaw } from '../store/law.ts';
import type { Law, TextFile, WorkflowName } from '../store/model.ts';
import { type LoadedWorkflow, loadWorkflows } from '../store/workflows.ts';
import type { Workflow } from '../workflow/model.ts';
import { parseWorkflow } from '../workflow/parse.ts';
import { findRecursion } from '../workflow/recursion.ts';
import { waiverFindings } from './waivers.ts';
import { tasksOf } from '../workflow/walk.ts';
import type { ReleasedFolder, Releases } from './releases.ts';
import { prefixTree } from './releases.ts';

/** One workflow as it was read; `subject` is there when it can be run. */
export interface Loaded {
  readonly name: string;
  readonly digest: string;
  readonly subject: Subject | undefined;
  /** What the structure stage found. */
  readonly findings: readonly Finding[];
  /** What the structure stage looked at: documents, tasks, capabilities, cases. */
  readonly counts: {
    readonly files: number;
    readonly tasks: number;
    readonly capabilities: number;
    readonly cases: number;
  };
}

export interface LoadedStore {
  /** Absent where the law has a problem: nothing is judged by half a law. */
  readonly law: Law | undefined;
  readonly findings: readonly Finding[];
  readonly workflows: readonly Loaded[];
  /** Names that were asked for and are not there. */
  readonly absent: readonly string[];
}

export interface LoadOptions {
  readonly tree: Tree;
  /** The policies that ship with Proofmark. */
  readonly policies: readonly TextFile[];
  readonly attacks: readonly AttackFixture[];
  /** `<namespace>/<name>`; all where empty. */
  readonly wanted: readonly string[];
  /** Workflows that were there before, which new ones may not look like. */
  readonly existing?: readonly WorkflowName[];
  readonly releases: Releases;
  /** Worlds per workflow, in place of store.yaml's `limits.worlds`. */
  readonly runs: number | undefined;
  readonly seed: number;
}

interface Parsed {
  readonly loaded: LoadedWorkflow;
  readonly workflow: Workflow | undefined;
  readonly findings: readonly Finding[];
}

/** Reads a store: law, policies and workflows, each problem a finding. Nothing is run. */
export async function loadStore(options: LoadOptions): Promise<LoadedStore> {
  const { tree, wanted } = options;
  const read = loadLaw(tree, options.policies);
  const schemas = read.law === undefined ? [] : lawSchemas(read.law);
  const law = schemas.length > 0 ? undefined : read.law;
  const engine = await loadEngine();
  const policies = law === undefined ? undefined : readPolicies(law, engine);
  const all = loadWorkflows(tree, law, options.existing, wanted.length === 0 ? undefined : new Set(wanted));
  // A folder without store.yaml is no store: that it holds no workflows either says nothing more.
  const isStore = tree.list().some(({ path }) => path === 'store.yaml');
  const layout = all.findings.filter(({ rule }) => isStore || rule !== 'structure/empty-store');
  const lawFindings = [
    ...read.findings,
    ...schemas,
    ...(policies?.findings ?? []),
    ...(law === undefined || policies?.set === undefined
      ? []
      : policySetFindings(law, policies.set, options.policies, engine)),
    ...(law === undefined ? [] : [...waiverFindings(law), ...absentWorkflows(law, all.names)]),
    ...layout,
  ];
  const names = new Set<string>(all.names);
  // What stands in a workflow's place and is no folder has a finding, which says more.
  const misplaced = new Set(all.findings.map(({ place }) => place.file));
  const absent = wanted.filter((name) => !names.has(name) && !misplaced.has(`workflows/${name}`));
  const parsed = withCallees(
    tree,
    law,
    all.workflows.map((loaded) => parse(loaded, law)),
  );
  const set = policies?.set;
  if (law === undefined || set === undefined) {
    const workflows = parsed.filter(({ loaded }) => wanted.length === 0 || wanted.includes(loaded.name));
    return { law: undefined, findings: lawFindings, workflows: workflows.map((one) => unjudged(tree, one)), absent };
  }
  const recursion = findRecursion(parsed.flatMap(({ workflow }) => workflow ?? []));
  const linker = new Linker(law, parsed, options.releases);
  const workflows = parsed
    .filter(({ loaded }) => wanted.length === 0 || wanted.includes(loaded.name))
    .map((one) => judgeable(one, { law, set, engine, recursion, linker, options }));
  return { law, findings: lawFindings, workflows, absent };
}

/** Workflows that store.yaml speaks of, that are not there, and whose name is close to one that is: what was meant for that one does not apply. */
function absentWorkflows(law: Law, names: readonly string[]): readonly Finding[] {
  const known = new Set(names);
  const absent = (['inputs', 'declassify', 'waivers'] as const).flatMap((list) =>
    law.config[list].flatMap(({ workflow: name }, i) =>
      name.endsWith('/*') || known.has(name) ? [] : [{ name, at: child(ROOT, list, i, 'workflow') }],
    ),
  );
  return absent.slice(0, PROBLEM_LIMIT).flatMap(({ name, at }) => {
    const suggestion = suggest(name, names);
    if (suggestion === null) return [];
    const data = { kind: 'workflow', name, suggestion };
    return [finding('structure/unknown-reference', law.config.locate(at), data, { severity: 'warning' })];
  });
}

/** With the workflows of the store that these run, and those that they run, each once. */
function withCallees(tree: Tree, law: Law | undefined, parsed: readonly Parsed[]): readonly Parsed[] {
  const known = new Set<string>(parsed.map(({ loaded }) => loaded.name));
  const called = parsed.flatMap(({ workflow }) =>
    tasksOf(workflow?.do ?? []).flatMap((task) => (task.kind === 'run' ? [task.workflow.name] : [])),
  );
  const missing = new Set<string>(called.filter((name) => !known.has(name)));
  if (missing.size === 0) return parsed;
  const found = loadWorkflows(tree, law, [], missing).workflows.map((loaded) => parse(loaded, law));
  return found.length === 0 ? parsed : withCallees(tree, law, [...parsed, ...found]);
}

function parse(loaded: LoadedWorkflow, law: Law | undefined): Parsed {
  const { document } = loaded;
  if (document?.value === undefined || law === undefined) return { loaded, workflow: undefined, findings: [] };
  const at = {
    document: document.value,
    locate: document.locate.bind(document),
    locateKey: document.locateKey.bind(document),
  };
  const { workflow, findings } = parseWorkflow(at, law.servers);
  return { loaded, workflow, findings };
}

function unjudged(tree: Tree, { loaded, workflow, findings }: Parsed): Loaded {
  return {
    name: loaded.name,
    digest: loaded.files?.digest ?? '',
    subject: undefined,
    findings: [...loaded.findings, ...findings],
    counts: countsOf(tree, loaded, workflow),
  };
}

function countsOf(tree: Tree, loaded: LoadedWorkflow, workflow: Workflow | undefined): Loaded['counts'] {
  return {
    files: tree.list().filter(({ path, kind }) => kind === 'file' && path.startsWith(`${loaded.folder}/`)).length,
    tasks: workflow === undefined ? 0 : tasksOf(workflow.do).length,
    capabilities: loaded.files?.contract.capabilities.length ?? 0,
    cases: loaded.files?.cases.length ?? 0,
  };
}

interface Context {
  readonly law: Law;
  readonly set: PolicySet;
  readonly engine: CedarEngine;
  readonly recursion: readonly Finding[];
  readonly linker: Linker;
  readonly options: LoadOptions;
}

function judgeable(one: Parsed, context: Context): Loaded {
  const { loaded, workflow } = one;
  const { law, set, engine, recursion, linker, options } = context;
  const plain = unjudged(options.tree, one);
  const { files } = loaded;
  const recursive = recursion.filter(({ place }) => place.file.startsWith(`${loaded.folder}/`));
  if (workflow === undefined || recursive.length > 0)
    return { ...plain, findings: [...plain.findings, ...recursive, ...hidden(one)] };
  const compiled = linker.program(workflow);
  const types = compiled.program === undefined ? [] : typeFindings(compiled.program, law);
  const across = files === undefined ? [] : crossChecks(files, workflow, law);
  const findings = [...plain.findings, ...compiled.findings, ...types, ...across];
  if (files === undefined || compiled.program === undefined || [...types, ...across].some(spoilsEveryRun))
    return { ...plain, findings };
  const input = workflow.input?.schema === undefined ? undefined : compileSchema(workflow.input.schema);
  const decide = gate(law, set, files.contract, files.name);
  const subject: Subject = {
    law,
    policies: set,
    files,
    workflow,
    program: compiled.program,
    compile: (document) => {
      const rewritten = parseWorkflow({ document, locate: workflow.locate }, law.servers).workflow;
      return rewritten === undefined ? undefined : linker.program(rewritten).program;
    },
    inputSchema: input?.ok === true ? input.value : undefined,
    gate: decide,
    compare: comparer(set, engine),
    releases: linker.releases(files.name),
    unread: linker.unread(files.name),
    attacks: options.attacks,
    seed: options.seed,
    worlds: options.runs ?? law.config.limits.worlds,
  };
  return { ...plain, findings, subject };
}

/** Findings that hold of every run: running what they are about would only tell of them again, in other words. */
const OF_EVERY_RUN: ReadonlySet<RuleId> = new Set<RuleId>([
  'structure/unknown-member',
  'structure/operation-fails',
  'structure/never-valid',
  'structure/call-arguments',
  'structure/undeclared-tool',
]);

function spoilsEveryRun({ rule, severity }: Finding): boolean {
  return severity === 'error' && OF_EVERY_RUN.has(rule);
}

/** What the problems of a document would hide: those of its expressions. */
function hidden({ loaded: { document }, workflow }: Parsed): readonly Finding[] {
  if (workflow !== undefined || document?.value === undefined) return [];
  return looseExpressions(document.value, document.locate.bind(document));
}

/** Compiles workflows with the released versions that they call. */
class Linker {
  private readonly law: Law;
  private readonly parsed: readonly Parsed[];
  private readonly source: Releases;
  private readonly cache = new Map<string, readonly (Release | UnreadRelease)[]>();
  private readonly compiled = new Map<Workflow, Compilation>();

  constructor(law: Law, parsed: readonly Parsed[], source: Releases) {
    this.law = law;
    this.parsed = parsed;
    this.source = source;
  }

  /** The released versions of a workflow that can be read. */
  releases(name: string): readonly Release[] {
    return this.released(name).flatMap((one) => ('detail' in one ? [] : [one]));
  }

  /** The others: no promise of theirs can be held against a new version. */
  unread(name: string): readonly UnreadRelease[] {
    return this.released(name).flatMap((one) => ('detail' in one ? [one] : []));
  }

  private released(name: string): readonly (Release | UnreadRelease)[] {
    let known = this.cache.get(name);
    if (known === undefined) {
      known = this.source.of(name).map((folder) => this.read(name, folder));
      this.cache.set(name, known);
    }
    return known;
  }

  private read(name: string, { version, tree }: ReleasedFolder): Release | UnreadRelease {
    if (semver.valid(version) !== version) return { version, detail: 'its folder is not called by an exact version' };
    const folder = `workflows/${name}`;
    const [loaded] = loadWorkflows(prefixTree(tree, folder), this.law).workflows;
    if (loaded === undefined) return { version, detail: 'it has no files' };
    const { workflow, findings } = parse(loaded, this.law);
    if (loaded.files === undefined || workflow === undefined) {
      const problem = [...loaded.findings, ...findings].find(({ severity }) => severity === 'error');
      if (problem === undefined) return { version, detail: 'it has no workflow' };
      const { file, line, column } = problem.place;
      return { version, detail: `${problem.rule} at ${file.slice(folder.length + 1)}:${line}:${column}` };
    }
    if (workflow.version !== version) return { version, detail: `its document.version is ${workflow.version}` };
    return { version, digest: loaded.files.digest, files: loaded.files, workflow };
  }

  /** Each workflow is compiled once, however often others run it. */
  program(workflow: Workflow): Compilation {
    const known = this.compiled.get(workflow);
    if (known !== undefined) return known;
    // One that would run itself finds no such program.
    this.compiled.set(workflow, { findings: [] });
    const made = this.compile(workflow);
    this.compiled.set(workflow, made);
    return made;
  }

  private compile(workflow: Workflow): Compilation {
    const callees = new Map<CalleeName, Program>();
    for (const task of tasksOf(workflow.do)) {
      if (task.kind !== 'run') continue;
      const { name, version } = task.workflow;
      const full: CalleeName = `${name}@${version}`;
      if (callees.has(full)) continue;
      const callee = this.find(name, version);
      const compiled = callee === undefined ? undefined : this.program(callee).program;
      if (compiled !== undefined) callees.set(full, compiled);
    }
    return compileProgram(workflow, this.law, callees);
  }

  /** An exact version: a release, or the store's own where that is the version asked for. */
  private find(name: string, version: string): Workflow | undefined {
    const released = this.releases(name).find((release) => release.version === version);
    return (
      released?.workflow ??
      this.parsed.find(({ loaded, workflow }) => loaded.name === name && workflow?.version === version)?.workflow
    );
  }
}
