import { canonicalBytes } from '../kernel/canonical.ts';
import { type Digest, digestBytes, digestFiles } from '../kernel/digest.ts';
import { isObject, type Json } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { WorkflowName } from '../store/model.ts';
import { type ArchiveFile, type ArchiveProblem, decodeArchive, encodeArchive } from './ustar.ts';
import { type Evidence, readEvidence, withoutWitnesses } from './evidence.ts';
import { EVIDENCE_LIMITS, readJson } from './json-file.ts';
import { skillText } from './skill.ts';

/** What we add to a workflow's own files. */
const SKILL = 'SKILL.md';
const EVIDENCE = 'evidence.json';

/** Of what a package is made. */
export interface PackInput {
  /** The name of the store, from the law that judged. */
  readonly store: string;
  /** The files of the workflow's folder, with paths relative to it. */
  readonly files: readonly ArchiveFile[];
  /** The evidence as the verification gave it. */
  readonly evidence: Json;
  /** The author's own words, which SKILL.md quotes. */
  readonly author: { readonly domain?: string; readonly intents: readonly string[] };
}

/** A package as bytes. The digest covers exactly these. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The evidence as it stands in the package: witnesses replaced by their digests. */
  readonly evidence: Evidence;
  /** Digest of the bytes of `evidence.json`. */
  readonly evidenceDigest: Digest;
}

/** Why there is no package, or why bytes are none. `at` may be hostile. */
export interface PackageProblem {
  readonly code:
    | ArchiveProblem['code']
    | 'no-evidence'
    | 'several-folders'
    | 'missing-file'
    | 'reserved-file'
    | 'other-files';
  readonly at: string;
}

/** A package that was read: its files are those that its evidence speaks about. */
export interface Package {
  /** The folder that everything in it stands in: the workflow's own name. */
  readonly folder: string;
  /** Every file, with its path relative to the folder. */
  readonly files: readonly ArchiveFile[];
  readonly evidence: Evidence;
  readonly evidenceDigest: Digest;
}

/**
 * Packs a verified workflow: its files, SKILL.md and evidence.json, in one folder with the workflow's own name. Equal input gives
 * equal bytes on every machine. Refuses files that are not those that were verified: what changed after the verdict is not sealed.
 */
export function pack({ store, files, evidence: verdict, author }: PackInput): Result<Packed, PackageProblem> {
  if (!isObject(verdict)) return err({ code: 'no-evidence', at: 'it is no object' });
  const packed = withoutWitnesses(verdict);
  const read = readEvidence(packed);
  if ('problem' in read) return err({ code: 'no-evidence', at: read.problem });
  const { evidence } = read;
  const reserved = files.find(({ path }) => path.toLowerCase() === SKILL.toLowerCase() || path === EVIDENCE);
  if (reserved !== undefined) return err({ code: 'reserved-file', at: reserved.path });
  const evidenceBytes = line(packed);
  const folder = ownName(evidence);
  const archive = encodeArchive(
    [
      ...files,
      { path: SKILL, bytes: new TextEncoder().encode(skillText({ store, evidence, author })) },
      { path: EVIDENCE, bytes: evidenceBytes },
    ].map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes })),
  );
  if (!archive.ok) return archive;
  // What a reader would refuse is not handed out, files that are not those of the evidence among it.
  const again = readPackage(archive.value);
  if (!again.ok) return again;
  return ok({
    bytes: archive.value,
    digest: digestBytes(archive.value),
    evidence,
    evidenceDigest: digestBytes(evidenceBytes),
  });
}

/**
 * Reads a package from hostile bytes: bounded, and refused unless it is, byte for byte, what {@link pack} would write for its files.
 * Says nothing about who made it.
 */
export function readPackage(bytes: Uint8Array): Result<Package, PackageProblem> {
  const archive = decodeArchive(bytes);
  if (!archive.ok) return archive;
  const folder = archive.value[0]?.path.split('/')[0] ?? '';
  const stray = archive.value.find(({ path }) => !path.startsWith(`${folder}/`));
  if (stray !== undefined || folder === '') return err({ code: 'several-folders', at: stray?.path ?? '' });
  const files = archive.value.map((file) => ({ path: file.path.slice(folder.length + 1), bytes: file.bytes }));
  for (const needed of ['workflow.yaml', 'contract.yaml', SKILL, EVIDENCE])
    if (!files.some(({ path }) => path === needed)) return err({ code: 'missing-file', at: needed });
  const evidenceBytes = files.find(({ path }) => path === EVIDENCE)?.bytes ?? new Uint8Array();
  const json = readJson(evidenceBytes, EVIDENCE_LIMITS);
  const read = 'problem' in json ? json : readEvidence(json.value);
  if ('problem' in read) return err({ code: 'no-evidence', at: read.problem });
  const { evidence } = read;
  if (folder !== ownName(evidence)) return err({ code: 'several-folders', at: folder });
  const own = files.filter(({ path }) => path !== SKILL && path !== EVIDENCE);
  if (digestFiles(own) !== evidence.subject.digest) return err({ code: 'other-files', at: evidence.subject.digest });
  return ok({ folder, files, evidence, evidenceDigest: digestBytes(evidenceBytes) });
}

/** The file name of a package; its bundles stand beside it. */
export function packageFile(name: WorkflowName, version: string): string {
  return `${name.slice(name.indexOf('/') + 1)}-${version}.tar`;
}

function ownName({ subject }: Evidence): string {
  return subject.name.slice(subject.name.indexOf('/') + 1);
}

function line(value: Json): Uint8Array {
  const json = canonicalBytes(value);
  const bytes = new Uint8Array(json.length + 1);
  bytes.set(json);
  bytes[json.length] = 0x0a;
  return bytes;
}
