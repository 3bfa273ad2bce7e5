import semver from 'semver';
import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { pointerOf } from '../../kernel/pointer.ts';
import { conclude, type StageResult } from '../stage.ts';
import type { Release, Subject, UnreadRelease } from '../subject.ts';
import { type Bump, changes, required } from './compare.ts';

/** The smallest version bump that the change needs, against every release of the major line and the newest before it. */
export function compatibility(subject: Subject): StageResult {
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
  for (const release of compared) {
    const found = changes(
      { workflow: release.workflow, contract: release.files.contract },
      { workflow, contract: files.contract },
    );
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
    { releases: releases.length, unread: unread.length, compared: compared.length, differences, firstRelease: first },
    findings,
  );
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
