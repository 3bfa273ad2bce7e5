import semver from 'semver';
import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { pointerOf } from '../../kernel/pointer.ts';
import { conclude, type StageResult } from '../stage.ts';
import type { Solver } from '../../prove/smt/solver.ts';
import { lower } from '../../value/concrete.ts';
import { placeOf, type Release, type Subject, type UnreadRelease } from '../subject.ts';
import { callsBeyond } from './calls.ts';
import { type Bump, type Change, changes, required } from './compare.ts';

/** The smallest version bump that the change needs, against every release of the major line and the newest before it. */
export async function compatibility(subject: Subject, solver: Solver | undefined): Promise<StageResult> {
  const { releases, unread, workflow, files } = subject;
  const findings: Finding[] = [];
  const { version } = workflow;
  const place = workflow.locate(pointerOf('/document/version'));
  const same = releases.find((release) => release.version === version);
  const compared = against(releases, version);
  for (const { version: released, detail } of blind(unread, releases, version))
    findings.push(finding('compatibility/release-unreadable', place, { version: released, detail }));
  let differences = 0;
  if (same !== undefined && same.digest !== files.digest) {
    findings.push(finding('compatibility/released-changed', place, { version }));
  }
  let calls = NO_CALLS;
  for (const release of compared) {
    const found = [
      ...changes(
        { workflow: release.workflow, contract: release.files.contract },
        { workflow, contract: files.contract },
      ),
    ];
    // What older releases could do, this one was held against when it was new; and a major step promises nothing.
    if (release === compared.at(-1) && found.length > 0 && !allows(release.version, version, 'major')) {
      const beyond = await beyondRelease(subject, release, solver);
      found.push(...beyond.changes);
      findings.push(...beyond.findings);
      calls = beyond.counts;
    }
    differences += found.length;
    const needed = required(found);
    if (needed === undefined || allows(release.version, version, needed)) continue;
    const reasons = found.filter(({ bump }) => bump === needed);
    const first = reasons.find(({ undecided }) => undecided !== true) ?? reasons[0];
    if (first === undefined) continue;
    if (first.undecided === true) {
      findings.push(
        finding('compatibility/undecided', place, { detail: `from ${release.version} to ${version} ${first.because}` }),
      );
      continue;
    }
    const data = {
      from: release.version,
      to: version,
      needed: semver.inc(release.version, needed) ?? '',
      because: first.because,
      witness: first.witness ?? null,
    };
    findings.push(finding('compatibility/version-bump', place, data));
  }
  const newest = releases
    .map((release) => release.version)
    .toSorted(semver.compare)
    .at(-1);
  if (
    same === undefined &&
    newest !== undefined &&
    semver.lt(version, newest) &&
    semver.major(version) === semver.major(newest)
  ) {
    findings.push(finding('compatibility/version-not-newer', place, { from: newest, to: version }));
  }
  const first = releases.length + unread.length === 0 ? 1 : 0;
  return conclude(
    'compatibility',
    // Of every release it is checked whether it is this version, an older one to keep the promises of, or a newer one.
    releases.length + unread.length + first,
    {
      releases: releases.length,
      unread: unread.length,
      compared: compared.length,
      differences,
      firstRelease: first,
      ...calls,
    },
    findings,
  );
}

/** Calls of which it is told one by one that nothing is proved of them; the rest are counted. */
const TOLD = 8;

type CallCounts = Readonly<Record<'calls' | 'callsProved' | 'callsMore', number>>;
const NO_CALLS: CallCounts = { calls: 0, callsProved: 0, callsMore: 0 };

/** What the version may call beyond a release: what a run shows asks for as much as more authority in the contract. */
async function beyondRelease(
  subject: Subject,
  release: Release,
  solver: Solver | undefined,
): Promise<{
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  readonly counts: CallCounts;
}> {
  const place = subject.workflow.locate(pointerOf('/document/version'));
  const beyond = await callsBeyond(subject, release, solver);
  const unproved = (action: string, at: string, why: string): Finding =>
    finding(
      'compatibility/authority-unproved',
      at === '' ? place : placeOf(subject, at),
      { from: release.version, action, at, why },
      { severity: 'warning' },
    );
  if (beyond === undefined)
    return {
      changes: [],
      findings: [unproved('every call', '', 'the release cannot be run any more')],
      counts: NO_CALLS,
    };
  const { calls, unexplored } = beyond;
  const more = calls.filter(({ status }) => status === 'more');
  const open = calls.filter(({ status, why }) => status === 'unknown' && why !== '');
  return {
    changes: more.map(({ at, tool, why, example }) => ({
      bump: 'major',
      because: `at ${at} it may do more with ${tool} than before: ${why}`,
      ...(example === undefined ? {} : { witness: lower(example.call.arguments) }),
    })),
    findings: [
      ...(unexplored === undefined ? [] : [unproved('every call', '', unexplored)]),
      ...open.slice(0, TOLD).map(({ at, tool, why }) => unproved(tool, at, why)),
    ],
    counts: {
      calls: calls.length,
      callsProved: calls.filter(({ status }) => status === 'proved').length,
      callsMore: more.length,
    },
  };
}

/** The releases of the version's own major line, and the newest release older than it. */
function against<T extends { readonly version: string }>(releases: readonly T[], version: string): readonly T[] {
  const older = releases
    .filter((release) => semver.lt(release.version, version))
    .toSorted((a, b) => semver.compare(a.version, b.version));
  const newest = older.at(-1);
  return older.filter((release) => semver.major(release.version) === semver.major(version) || release === newest);
}

/** The releases that would have to be looked at, did anybody know what they say. */
function blind(
  unread: readonly UnreadRelease[],
  releases: readonly Release[],
  version: string,
): readonly UnreadRelease[] {
  const versioned = unread.filter((one) => semver.valid(one.version) === one.version);
  const needed = against([...releases, ...versioned], version);
  return unread.filter((one) => !versioned.includes(one) || one.version === version || needed.includes(one));
}

/** Whether going from `from` to `to` is at least the bump; before 1.0.0 a minor step may break (Semantic Versioning 2.0.0, 4). */
function allows(from: string, to: string, needed: Bump): boolean {
  const least = semver.major(from) === 0 && needed !== 'patch' ? (needed === 'major' ? 'minor' : 'patch') : needed;
  return semver.gte(to, semver.inc(from, least) ?? to);
}
