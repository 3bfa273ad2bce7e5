import { withSolver } from '../connect/solver.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { ConnectError } from '../connect/error.ts';
import { neededCommit, type Repository, wholeRepository } from '../connect/git.ts';
import { gitReleases } from '../connect/releases.ts';
import { hexOf, digestBytes } from '../kernel/digest.ts';
import { encodeLine, encodeMarkdown } from '../kernel/encode.ts';
import type { Tree } from '../kernel/tree.ts';
import { type ChangeReport } from '../pipeline/change.ts';
import { type LoadedStore, loadStore } from '../pipeline/load.ts';
import type { Report, WorkflowReport } from '../pipeline/report.ts';
import { type SealedWorkflow, sealWorkflow } from '../pipeline/seal.ts';
import { shipped } from '../pipeline/shipped.ts';
import { verify } from '../pipeline/verify.ts';
import { conclusion, workflowBlock } from '../report/pretty.ts';
import { PLAIN } from '../report/style.ts';
import { summaryOf } from '../report/summary.ts';
import { RegistryError } from '../registry/error.ts';
import { instantOf } from '../registry/publish.ts';
import { annotationsOf } from './annotations.ts';
import { ApiError, GithubApi, type Ref } from './api.ts';
import { EventError } from './event.ts';
import { addToIndex, entriesFor, indexTarget, type IndexTarget, renewIndex } from './index-target.ts';
import { refuse } from './refuse.ts';
import type { Runner } from './runner.ts';
import { checkSeal, type Signing, signingOf } from './signing.ts';
import { storeFolder } from './store-folder.ts';

const SEED = 1;

/** What became of one version. */
interface Published {
  readonly tag: string;
  readonly sealed: SealedWorkflow;
  readonly url: string;
}

/**
 * Publishes what a push to the default branch brings: every workflow whose version has no tag is verified again from scratch
 * at that commit, sealed, and released with its package and bundles. A run that was interrupted is repeated without loss:
 * drafts are replaced, and what is public stays. By a clock, nothing is published and the index is signed for another while.
 * Gives the exit code.
 * @param home the folder that holds what ships with Proofmark.
 */
export async function publishEvent(runner: Runner, home: string): Promise<ChangeReport['exitCode']> {
  const { event, sha } = runner;
  try {
    if (event.kind === 'whole' && event.by === 'clock') return await renewByClock(runner);
    if (event.kind !== 'push' || !event.isDefault)
      throw new EventError('publishing needs a push to the default branch: what is sealed has been merged');
    if (event.after !== sha) throw new EventError('the commit of the job is not the one that was pushed');
    const api = new GithubApi({ base: runner.api, token: runner.input('token'), repository: runner.repository });
    const signing = signingOf(runner);
    const index = indexTarget(runner);
    return await publish({
      runner,
      api,
      signing,
      index,
      home,
      commit: sha,
      branch: event.ref.replace('refs/heads/', ''),
    });
  } catch (error) {
    if (!(error instanceof ConnectError || error instanceof ApiError || error instanceof RegistryError)) throw error;
    refuse(runner, [error.message, ...[error.said, error.remedy].filter((line) => line !== undefined)]);
    return 2;
  }
}

async function renewByClock(runner: Runner): Promise<0> {
  const index = indexTarget(runner);
  if (index === undefined) throw new EventError('a schedule renews an index, and the input `index` names none');
  for (const line of await renewIndex(index, new Date()))
    runner.annotate({ severity: 'warning', title: 'the index wants its owner', lines: [line] });
  runner.summarise('## Proofmark: renewed\n\nThe index is signed for another while; nothing was published.\n');
  runner.output('verdict', 'passed');
  runner.output('tags', '');
  return 0;
}

interface Publishing {
  readonly runner: Runner;
  readonly api: GithubApi;
  readonly signing: Signing;
  readonly index: IndexTarget | undefined;
  readonly home: string;
  readonly commit: string;
  readonly branch: string;
}

async function publish(publishing: Publishing): Promise<ChangeReport['exitCode']> {
  const { runner, api, commit, branch } = publishing;
  // Somebody may have forced the branch back since: then this commit is no longer what was merged.
  if (!(await api.isAncestor(commit, branch)))
    throw new ApiError('conflict', 'the commit is not in the history of the default branch', {
      remedy: 'Only what was merged is published.',
    });
  const folder = storeFolder(runner);
  const repository = wholeRepository(folder, runner.path);
  const tree = repository.tree(neededCommit(repository, commit));
  const { report, store } = await judge(publishing, tree, folder, repository);
  const wanted = runner.input('output') === '' ? join(runner.temporary, 'proofmark') : runner.input('output');
  const now = new Date();
  const sealed: SealedWorkflow[] = [];
  for (const one of report.workflows) if (one.passed) sealed.push(await seal(publishing, tree, store, one, now));
  const { index } = publishing;
  // Before anything is released: a key that the index does not trust must not cost a version.
  const entries = index === undefined ? [] : entriesFor(index, sealed, now);
  const published: Published[] = [];
  for (const one of sealed) published.push(await release(publishing, one, wanted));
  // Last, so that the index offers nothing that was not released; a run that ends before is repeated at the same commit.
  if (index !== undefined) await addToIndex(index, entries, now);
  tell(publishing, report, published, relative(runner.workspace, folder), wanted);
  return report.exitCode;
}

interface Judged {
  readonly report: Report;
  readonly store: LoadedStore;
}

/** Verifies every workflow whose version has no tag yet, or whose tag this very commit already has. */
async function judge(
  { runner, api, home, commit }: Publishing,
  tree: Tree,
  folder: string,
  repository: Repository,
): Promise<Judged> {
  const ours = shipped(home);
  const all = await loadStore({
    tree,
    wanted: [],
    policies: ours.policies,
    attacks: ours.attacks,
    releases: gitReleases(folder, runner.path),
    runs: undefined,
    seed: SEED,
  });
  const local = repository.releases();
  const due: LoadedStore['workflows'][number][] = [];
  for (const loaded of all.workflows) {
    const version = loaded.subject?.workflow.version;
    const remote = await api.tags(`${loaded.name}/v`);
    checkTags(
      remote,
      local.filter(({ workflow }) => workflow === loaded.name).map(({ version: one }) => one),
    );
    const tag = remote.find(({ ref }) => ref === `refs/tags/${loaded.name}/v${version ?? ''}`);
    if (version === undefined || tag === undefined || tag.object.sha === commit) due.push(loaded);
  }
  const store = { ...all, workflows: due };
  const page = { style: PLAIN, sourceOf: () => undefined };
  const report = await withSolver(home, (solver) =>
    verify(store, {
      seed: SEED,
      asOf: undefined,
      verifier: ours.digest,
      solver,
      judged: (one) => runner.log(workflowBlock(one, page)),
    }),
  );
  runner.log(conclusion(report, page));
  // Nothing new is nothing to do, not a failure; a law that cannot be read is one.
  const nothing =
    due.length === 0 && all.law !== undefined && all.findings.every(({ severity }) => severity !== 'error');
  return { store, report: nothing ? { ...report, passed: true, exitCode: 0 } : report };
}

/** A checkout without tags would take a new version for the first one and compare it with nothing. */
function checkTags(remote: readonly Ref[], local: readonly string[]): void {
  const missing = remote.find(({ ref }) => {
    const version = /\/v([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)$/u.exec(ref)?.[1];
    return version !== undefined && !local.includes(version);
  });
  if (missing !== undefined)
    throw new ConnectError('git', 'the checkout lacks a tag of a released version', {
      said: missing.ref,
      remedy: 'Check out the whole history: fetch-depth: 0 in actions/checkout.',
    });
}

async function seal(
  { runner, signing }: Publishing,
  tree: Tree,
  store: LoadedStore,
  report: WorkflowReport,
  now: Date,
): Promise<SealedWorkflow> {
  const claims = {
    verifier: manifest.version,
    ...runner.origin,
    timeVerified: instantOf(now),
  };
  const sealed = await sealWorkflow({ tree, store, report, signer: signing.signer(), claims });
  if (!sealed.ok)
    throw new ConnectError('git', 'what passed cannot be packed', {
      said:
        sealed.error.code === 'no-package' ? `${sealed.error.problem.code} ${sealed.error.problem.at}` : report.name,
    });
  if (signing.trust !== undefined) checkSeal(sealed.value, signing.trust);
  return sealed.value;
}

/**
 * A draft, every file of it, and only then the tag, which publishing a draft creates: whoever sees the tag sees all files.
 * (Immutable releases ask for the same order.)
 */
async function release(
  { runner, api, commit }: Publishing,
  sealed: SealedWorkflow,
  output: string,
): Promise<Published> {
  const { name, version, file, packed, bundles } = sealed;
  const tag = `${name}/v${version}`;
  const files = [{ name: file, bytes: packed.bytes }, ...bundles];
  keep(join(output, 'sealed', name), files);
  let done: { readonly html_url: string } | undefined;
  for (const found of await api.releases(tag)) {
    // A draft is what an interrupted run left: its files may not be all, so that it is made again.
    if (found.draft) await api.remove(found);
    else done = found;
  }
  if (done === undefined) {
    const draft = await api.createDraft({ tag, commit, title: `${name} ${version}`, body: bodyOf(sealed) });
    for (const { name: path, bytes } of files) await api.upload(draft, path, bytes, hexOf(digestBytes(bytes)));
    done = await api.publish(draft);
  }
  const made = (await api.tags(tag)).find(({ ref }) => ref === `refs/tags/${tag}`);
  if (made?.object.sha !== commit)
    throw new ApiError('conflict', 'the tag of the release is on another commit than the one that was verified', {
      said: tag,
      remedy: 'Delete that release and its tag: somebody made them by hand.',
    });
  runner.log(`released ${encodeLine(tag, 200)}  sha256:${hexOf(packed.digest)}\n`);
  return { tag, sealed, url: done.html_url };
}

function keep(folder: string, files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes);
}

/** Computed facts only: nothing that an author wrote but the names. */
function bodyOf({ store, name, version, packed }: SealedWorkflow): string {
  const { level } = packed.evidence;
  return `${encodeMarkdown(`${store}:${name}@${version}`, 200)} reached the level **${level}**.

| | |
|---|---|
| package | \`sha256:${hexOf(packed.digest)}\` |
| evidence | \`sha256:${hexOf(packed.evidenceDigest)}\` |

The bundles beside the package are in-toto statements in Sigstore bundles; the package holds the evidence.
`;
}

function tell(
  { runner }: Publishing,
  report: Judged['report'],
  published: readonly Published[],
  folder: string,
  output: string,
): void {
  const workflows = report.workflows.flatMap(({ name }) => {
    const [namespace, own] = name.split('/');
    return namespace === undefined || own === undefined
      ? []
      : [{ name: `${namespace}/${own}` as const, because: 'whole' as const }];
  });
  const change: ChangeReport = {
    outcome: 'judged',
    scope: { workflows, removed: [], owned: [], law: false },
    reports: [{ under: 'head', report }],
    passed: report.passed,
    exitCode: report.exitCode,
  };
  for (const annotation of annotationsOf(change, folder)) runner.annotate(annotation);
  const list = published.map(({ tag }) => `- ${encodeMarkdown(tag, 200)}\n`).join('');
  runner.summarise(
    published.length === 0 ? '## Proofmark: nothing published\n\n' : `## Proofmark: published\n\n${list}\n`,
  );
  if (report.workflows.length > 0) runner.summarise(summaryOf(change));
  runner.output('tags', published.map(({ tag }) => tag).join('\n'));
  runner.output('sealed', join(output, 'sealed'));
  runner.output('verdict', report.exitCode >= 2 ? 'error' : report.passed ? 'passed' : 'failed');
}
